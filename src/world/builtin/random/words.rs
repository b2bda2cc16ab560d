//! The words that pets are named with.

use std::sync::LazyLock;

/// How something is.
pub(super) static ADVERBS: LazyLock<Vec<&'static str>> = LazyLock::new(|| split(ADVERB_LIST));
/// What it is like.
pub(super) static ADJECTIVES: LazyLock<Vec<&'static str>> = LazyLock::new(|| split(ADJECTIVE_LIST));
/// Who it is.
pub(super) static ANIMALS: LazyLock<Vec<&'static str>> = LazyLock::new(|| split(ANIMAL_LIST));

fn split(list: &'static str) -> Vec<&'static str> {
    list.split_whitespace().collect()
}

const ADVERB_LIST: &str = "
    absolutely actively actually admirably agreeably airily always amazingly ambitiously amply angularly     aptly ardently artfully astutely attentively audibly avidly basically beautifully boldly bountifully bravely
    breezily briefly brightly briskly broadly busily calmly candidly capably carefully casually centrally certainly
    charmingly cheerfully chiefly cleanly clearly cleverly closely comfortably commonly completely concisely
    constantly coolly cordially correctly courteously cozily crisply curiously daringly dearly decently deeply
    definitely deftly delicately densely diligently directly distinctly dryly duly dutifully eagerly early earnestly
    easily elegantly eminently endlessly endearingly enormously entirely equally especially essentially evenly
    eventually evidently exactly exceedingly factually fairly faithfully famously fervently finally finely firmly
    fondly formally forever frankly freely frequently freshly fully gallantly generally generously gently
    genuinely gladly gleefully globally gracefully gradually grandly gratefully greatly handily happily harmlessly
    heartily highly honestly hopefully hugely humbly ideally immensely incredibly infinitely instantly intensely
    inwardly jauntily jointly jovially joyfully joyously keenly kindly largely lastingly lately lavishly legally
    legibly lightly likely literally locally loftily logically loosely loudly lovingly loyally lucidly luckily
    mainly manually markedly mellowly merrily mightily mildly modestly mostly mutually namely naturally
    nearly neatly nicely nimbly nobly normally notably openly optimally outwardly patiently peacefully
    perfectly plainly playfully pleasantly politely precisely presently promptly properly proudly punctually purely
    quaintly quickly quietly radiantly rapidly readily really recently regally regularly reliably richly rightly
    robustly routinely safely secretly selectively sensibly serenely sharply shortly silently simply
    sincerely skillfully slightly slowly smartly smoothly snugly softly solely solidly soundly sparingly specially
    speedily squarely steadily strictly strongly suddenly sunnily surely sweetly swiftly tenderly thankfully
    thinly thoroughly tidily timely totally truly typically uniquely unusually usefully usually utterly vastly
    verbally vividly vocally warmly wholly widely willingly wisely wonderfully zealously
";

const ADJECTIVE_LIST: &str = "
    able active adept agile alert alive amber ample amused ancient apt ardent artful astute aware awake balanced
    basic beaming blissful bold bonny brave breezy brief bright brisk bronze bubbly busy calm candid careful caring
    casual central charming cheerful chief civic clean clear clever close coherent comfy composed content cool
    cordial cosmic cozy crafty creative crisp curious current dapper daring dear decent deep deft delicate devoted
    direct distinct driven dry dynamic eager early earnest eastern easy elated electric elegant eminent endless
    engaged equal eternal ethical even evident exact excited exotic expert fair faithful famous fancy fast fine firm
    first fit fleet fluent fluffy flying fond formal fresh frank free friendly frosty full funky funny gallant gentle
    genuine giddy gifted giving glad glossy golden good graceful grand grateful great green growing handy happy hardy
    harmless healthy helpful heroic hip holy honest hopeful hot huge humane humble humorous ideal immense infinite
    inspired intent inviting ivory jaunty jolly jovial joyful keen kind known large lasting legal lenient light
    likable literate live lively local lofty logical loved loving loyal lucid lucky magical main major mellow merry
    mighty mild mint model modern modest moral mutual native natural neat neutral nifty nimble noble normal northern
    noted novel open optimal orderly organic patient peaceful perfect pleasant plucky poetic polished polite popular
    precise premium prime prompt proper proud proven pumped pure quaint quick quiet radiant rapid rare ready real
    refined regal relaxed reliable rested rich right robust rosy rugged sacred safe saving secure select sensible
    serene settled sharp shining silent simple sincere skilled smart smiling smooth snug social soft solar solid
    sound southern sparkling special speedy splendid spry square stable star steady sterling stirring striking strong
    stunning sturdy subtle sunny super supple sure sweet swift tender tidy tight tolerant top tough tranquil true
    trusty unique united upbeat upright useful valid vast verified vital vivid warm welcome western whimsical whole
    willing winning wise witty wondrous worthy young zesty
";

const ANIMAL_LIST: &str = "
    aardvark adder albatross alpaca anchovy anemone anole ant anteater antelope ape armadillo asp auk avocet axolotl
    baboon badger barbet barnacle barracuda bass bat bear beaver bee beetle bengal bison bittern boa boar bobcat
    bonobo buck budgie buffalo bull bullfinch bunting burro bustard buzzard caiman camel canary capybara
    caracal cardinal caribou carp cat catfish centipede chameleon chamois cheetah chickadee chicken chimp chinchilla
    chipmunk cicada civet clam cobra cockatoo cod collie condor coral cormorant corgi cougar cow coyote crab crane
    crayfish cricket crow cuckoo curlew dassie deer dingo dodo doe dog dogfish dolphin donkey dormouse dory dove
    dragonfly drake duck duckling dugong dunlin eagle earwig echidna eel egret eider eland elephant elk emu ermine
    falcon fawn feline ferret filly finch firefly flamingo flounder fly foal fowl fox frog fulmar gannet gar gazelle
    gecko gelding gerbil gibbon giraffe glider gnu goat goldfinch goose gopher gorilla goshawk grackle grebe
    grouper grouse guanaco gull guppy haddock halibut hamster hare harrier hawk hedgehog hen heron herring
    heifer hippo hog honeybee hoopoe hornbill hornet horse hound hyena ibex ibis iguana impala jackal jackdaw jaguar
    jay jennet jerboa kangaroo katydid kestrel killdeer kingfisher kite kitten kiwi koala koi krill kudu lacewing
    ladybird lamb lamprey lapwing lark lemming lemur leopard linnet lion lionfish lizard llama lobster locust loon
    lorikeet lynx macaque macaw mackerel magpie mallard mammoth manatee mandrill manta mantis marlin
    marmoset marmot marten martin mastiff meerkat merlin midge mink minnow mite mole mollusk mongoose monitor monkey
    moose moth mouse mule muskox muskrat narwhal newt nightjar numbat ocelot octopus okapi opossum orca
    oriole oryx osprey ostrich otter owl ox oyster panda pangolin panther parakeet parrot partridge peacock pelican
    penguin perch pheasant pig pigeon pika pike pipit piranha plover polecat pony poodle porpoise prawn ptarmigan
    puffin pug puma pup python quail quetzal quokka rabbit raccoon ram rat raven ray redstart reindeer rhea rhino
    robin rooster sable salmon sawfish scorpion seagull seahorse seal serval shark sheep shrew shrimp skate skink
    skunk skylark sloth slug snail snake snipe sparrow spider sponge squid squirrel stag starfish starling stingray
    stoat stork sturgeon sunbird swallow swan swift tahr tanager tapir tarpon tarsier termite tern terrapin terrier
    thrush tiger titmouse toad tortoise toucan treefrog trout tuna turkey turtle urchin viper vole vulture wallaby
    walleye walrus warbler warthog wasp waxwing weasel weevil whale whippet whiting wildcat wolf wolverine wombat
    woodcock wren yak zebra zebu
";

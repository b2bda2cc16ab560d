//! Mistakes that are made on purpose, one in a program, each with the code that has to be reported for it.

use super::exprs::Place;
use super::scope::Gen;
use super::types::{Kind, Presence, Ty};

/// Where the planted text begins and ends; taken out before anything reads it.
pub const BEGIN: char = '\u{E000}';
pub const END: char = '\u{E001}';

macro_rules! mistakes {
    ($($code:literal: $($name:ident)*;)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mistake { $($($name),*),* }

        /// All of them.
        pub const ALL: &[Mistake] = &[$($(Mistake::$name),*),*];

        impl Mistake {
            /// The code it is reported with.
            pub fn code(self) -> &'static str {
                match self { $($(Mistake::$name)|* => $code),* }
            }
        }
    };
}

mistakes! {
    "type-mismatch":
        WrongType WrongArgumentType NeverMeet TextForNumber NumberForText TextForBool NotBool NotACondition
        TextArithmetic TextNegated QuantitiesMixed ComparedKinds UnequalKinds EmptyMapCompared SetAndListCompared
        ObjectsNeverMeet ListInTemplate ScalarWalked SetIndexed IndexedByText KeyNoText ScalarSpread
        ImpossiblePattern ListForEach NumbersForEach TextCount InstanceWithoutKey DefaultMisfit OutputMisfit
        FunctionMisfit ParameterMisfit CheckMisfit;
    "null-value": Null NullAttribute NullInTemplate NullArithmetic NullWalked NullCount NullDefault NotNullable;
    "constraint-violated": NotAMember OutOfRange TooLong NegativeCount NestedOutOfRange BrokenTwoModulesAway
        BrokenInstance;
    "undefined-reference":
        UndefinedReference OutsideOfFunction UnknownImport EachOutside MovedNowhere ImportedNowhere UnknownAlias UnknownAliasInCall
        ReadByACheck WaitsForNothing TriggeredByNothing ModuleMovedNowhere;
    "unknown-function": UnknownFunction;
    "wrong-argument-count": WrongArgumentCount;
    "unknown-attribute":
        UnknownAttribute UnknownAttributeByKey UnknownInSplat UnknownKey UnknownInput UnknownOutput
        UnknownArgument UnknownNestedArgument DecidedByProvider BlockAsArgument IgnoredNowhere UnknownSetting
        UnknownOfKept UnknownTrigger UnknownInMerge UnknownOwner;
    "missing-argument":
        MissingKey MissingInput MissingArgument MissingNestedArgument MissingSource MissingValue;
    "missing-key": MissingMapKey MissingInstance MissingInstanceOfModule;
    "index-out-of-range": IndexOutOfRange InstanceTooFar;
    "division-by-zero": DivisionByZero;
    "conversion-failed": FailedConversion;
    "match-not-exhaustive": NotExhaustive;
    "duplicate-definition": Twice RepeatedKey ResourceTwice;
    "secret-exposed": SecretOutput SecretKey SecretForKey SecretCount SecretForEach SecretInput SecretImport
        SecretOfResource SecretOfKept;
    "validation-failed": RefusedArgument RefusedTwoModulesAway RefusedInstance;
    "unknown-too-late": LateSwitch LateInput LateImport LateProvider LateImportInput LateProviderInput
        LateImports LateImportsId;
    "unknown-resource-kind": UnknownKind;
    "unknown-block": UnknownNestedBlock;
    "unknown-type": UnknownType;
    "invalid-type": QuotedType;
    "invalid-block": TooManyBlocks RemovedStillThere TriggeredByValue WrongProvider;
    "module-not-found": UnknownModule;
    "dependency-cycle": Cycle RecursiveFunction CycleOfValidation;
    // Warnings
    "never-succeeds": NeverSucceeds;
    "never-null": NeverNull;
    "lost-duplicates": LostDuplicates;
    "unreachable-arm": UnreachableArm;
    "deferred-instances": Deferred DeferredInput;
    "any-type": AnyVariable UntypedVariable;
    "unused-definition": UnusedLocal UnusedVariable;
    "deprecated": DeprecatedInput;
}

use Mistake::*;

/// What was planted.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    pub mistake: Mistake,
}

impl Gen<'_> {
    /// Whether this is the place for this mistake; says so once.
    pub fn due(&mut self, mistake: Mistake) -> bool {
        let Some((planned, left)) = &mut self.plan else { return false };
        if *planned != mistake || self.planted.is_some() || self.tried > 0 {
            return false;
        }
        if *left > 0 {
            *left -= 1;
            return false;
        }
        self.planted = Some(Planted { mistake });
        true
    }

    /// A wrong expression where one of this type is asked for, if that is the mistake to make.
    pub fn plant(&mut self, ty: &Ty, place: Place) -> Option<String> {
        let (mistake, _) = self.plan?;
        let needed = place != Place::Free;
        let checked = place == Place::Checked;
        let inferable = ty.inferable();
        let fits = match mistake {
            WrongType => needed,
            Null => checked && !ty.null,
            NotAMember => checked && matches!(ty.kind, Kind::Enum(_)),
            OutOfRange => checked && matches!(ty.kind, Kind::Int(Some(_)) | Kind::Ports),
            TooLong => checked && matches!(ty.kind, Kind::Text(Some(_))),
            UnknownKey => checked && matches!(ty.kind, Kind::Object(_)),
            MissingKey => checked && required(ty).is_some(),
            TextForNumber => needed && matches!(ty.kind, Kind::Int(_) | Kind::Ports | Kind::Number),
            NumberForText => needed && matches!(ty.kind, Kind::Text(_)),
            TextForBool => needed && ty.kind == Kind::Bool,
            // Branches are held to what is expected, each for itself.
            ObjectsNeverMeet => !needed,
            LostDuplicates => checked && matches!(&ty.kind, Kind::Set(ty) if ty.kind == Kind::Text(None)),
            // What is wrong here has a type all the same, which has to fit.
            NullAttribute | NotACondition | ImpossiblePattern | UnreachableArm | NeverSucceeds => inferable,
            UnequalKinds | EmptyMapCompared | SetAndListCompared | ComparedKinds | NotBool | NeverNull => {
                ty.kind == Kind::Bool
            }
            ListInTemplate | NullInTemplate | IndexedByText | NeverMeet => ty.kind == Kind::Text(None),
            NullArithmetic | NullWalked | ScalarWalked | KeyNoText | RepeatedKey | MissingMapKey
            | SecretForKey | UnknownInSplat => ty.kind == Kind::Int(None),
            DivisionByZero => ty.kind == Kind::Number,
            UndefinedReference
            | UnknownFunction
            | WrongArgumentCount
            | WrongArgumentType
            | UnknownAttribute
            | NotExhaustive
            | TextArithmetic
            | TextNegated
            | QuantitiesMixed
            | SetIndexed
            | ScalarSpread
            | IndexOutOfRange
            | FailedConversion
            | UnknownAttributeByKey => true,
            _ => false,
        };
        if !fits || !self.due(mistake) {
            return None;
        }
        // What surrounds a mistake is right, and simple.
        let plan = self.plan.take();
        let place = if inferable && checked { Place::Needed } else { place };
        let right = self.literal(&ty.clone().present(), place);
        let text = match mistake {
            WrongType => wrong(ty).to_owned(),
            Null => ["null".to_owned(), format!("(1 > 2 ? {right} : null)")][self.pick(2)].clone(),
            NotAMember => "\"no-member\"".into(),
            OutOfRange if ty.kind == Kind::Ports => "80".into(),
            OutOfRange => "1000000".into(),
            TooLong => format!("{:?}", "x".repeat(40)),
            UndefinedReference => {
                ["local.no_such_local", "var.no_such_variable", "nowhere"][self.pick(3)].into()
            }
            UnknownFunction => format!("no_such_function({right})"),
            WrongArgumentCount => {
                ["upper()", "upper(\"a\", \"b\")", "contains([\"a\"])"][self.pick(3)].into()
            }
            WrongArgumentType => {
                ["upper([1])", "length(7)", "keys(\"a\")", "sum([\"a\"])"][self.pick(4)].into()
            }
            UnknownAttribute => format!("{{ here = {right} }}.missing"),
            UnknownAttributeByKey => format!("{{ here = {right} }}[\"missing\"]"),
            UnknownKey => match right.strip_suffix(" }") {
                Some(rest) => format!("{rest}, qqq = 1 }}"),
                None => "{ qqq = 1 }".into(),
            },
            MissingKey => "{}".into(),
            DivisionByZero => "(1 / 0)".into(),
            NotExhaustive => format!("(match {} {{ true => {right} }})", self.literal_bool()),
            NeverMeet => "(1 > 2 ? 7 : \"seven\")".into(),
            TextForNumber => "\"80\"".into(),
            NumberForText => "80".into(),
            TextForBool => "\"true\"".into(),
            NotBool => ["!7", "(1 && true)", "(false || \"x\")"][self.pick(3)].into(),
            NotACondition => format!("(7 ? {right} : {right})"),
            TextArithmetic => ["(\"1\" + 1)", "(2 * \"3\")", "(\"a\" - \"b\")"][self.pick(3)].into(),
            TextNegated => "-\"a\"".into(),
            QuantitiesMixed => ["(30s + 5)", "(1GiB - 1s)", "(30s * 1GiB)"][self.pick(3)].into(),
            ComparedKinds => ["(1 < \"2\")", "(30s < 5)", "(1GiB >= 30s)"][self.pick(3)].into(),
            UnequalKinds => ["(1 == \"1\")", "(true != \"true\")", "(30s == 30)"][self.pick(3)].into(),
            EmptyMapCompared => "(tomap({ a = 1 }) == {})".into(),
            SetAndListCompared => "(toset([\"a\"]) == [\"a\"])".into(),
            ObjectsNeverMeet => "(1 > 2 ? { a = 1 } : { b = \"x\" })".into(),
            ListInTemplate => "\"a${[1]}b\"".into(),
            NullInTemplate => "\"a${1 > 2 ? \"a\" : null}b\"".into(),
            NullAttribute => format!("(1 > 2 ? {{ here = {right} }} : null).here"),
            NullArithmetic => "((1 > 2 ? 1 : null) + 1)".into(),
            NullWalked => "length([for x in (1 > 2 ? [1] : null) : x])".into(),
            ScalarWalked => "length([for x in 7 : x])".into(),
            SetIndexed => "toset([\"a\"])[0]".into(),
            IndexedByText => "tolist([\"a\"])[\"0\"]".into(),
            IndexOutOfRange => ["[1][3]", "tolist([1])[7]"][self.pick(2)].into(),
            MissingMapKey => ["tomap({ a = 1 })[\"b\"]", "tomap({ a = 1 }).b"][self.pick(2)].into(),
            KeyNoText => "length({ ([1]) = 1 })".into(),
            RepeatedKey => "{ a = 1, a = 2 }.a".into(),
            ScalarSpread => "max(7...)".into(),
            FailedConversion => {
                ["tonumber(\"x\")", "tobool(\"yes\")", "jsondecode(\"{\")", "toduration(\"soon\")"]
                    [self.pick(4)]
                .into()
            }
            UnknownInSplat => "length([{ here = 1 }][*].missing)".into(),
            SecretForKey => "length({ for k in toset([sensitive(\"a\")]) : k => 1 })".into(),
            ImpossiblePattern => {
                format!("(match true {{ true => {right}, false => {right}, \"x\" => {right} }})")
            }
            UnreachableArm => format!("(match true {{ true => {right}, false => {right}, _ => {right} }})"),
            NeverSucceeds => format!("try({{ here = {right} }}.missing, {right})"),
            NeverNull => ["(1 == null)", "(true ?? false)"][self.pick(2)].into(),
            LostDuplicates => "[\"a\", \"a\"]".into(),
            _ => unreachable!("made elsewhere"),
        };
        self.plan = plan;
        Some(super::program::marked(&text))
    }

    fn literal_bool(&mut self) -> String {
        ["true", "false"][self.pick(2)].into()
    }
}

fn required(ty: &Ty) -> Option<()> {
    let Kind::Object(fields) = &ty.kind else { return None };
    fields.iter().any(|field| field.presence == Presence::Required).then_some(())
}

/// A literal no value of the type is equal to.
fn wrong(ty: &Ty) -> &'static str {
    match &ty.kind {
        Kind::Bool => "\"yes\"",
        Kind::Int(_) | Kind::Ports | Kind::Number => "true",
        Kind::Text(_) | Kind::Enum(_) => "[1]",
        Kind::Duration => "30",
        Kind::Size => "\"5GiB\"",
        Kind::List(_) | Kind::Map(_) | Kind::Object(_) => "7",
        Kind::Set(_) => "true",
        Kind::Tuple(_) => "\"text\"",
    }
}

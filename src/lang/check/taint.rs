//! When a value is known and what makes it secret: what follows which inputs of its module, part by part.
//!
//! A map with keys that are written down is early even where its values are late, so a taint tells apart the whole, its
//! outline (which elements there are) and its parts. A module's taints speak of its own variables; a call puts in what
//! it gives them.

use std::sync::Arc;

use indexmap::IndexMap;

use super::inputs::Inputs;
use crate::base::Text;
use crate::base::schema::{Attribute, Schema};
use crate::base::source::Span;

/// When a value is known. An operation is as late as its latest input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum Phase {
    /// Before anything runs: literals and what is made of them.
    #[default]
    Static,
    /// When a plan is made: variables, data sources.
    Plan,
    /// When it is applied: what providers decide.
    Apply,
}

/// A variable of the module, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Input {
    /// By index; [`GATE`] for what calls of the module wait for.
    pub variable: u32,
    /// Attributes from the whole to the part.
    pub path: Arc<[Text]>,
    /// Only which elements there are, not what they hold.
    pub outline: bool,
}

/// No variable, but what the `depends_on` of a call names: data in the module is read when that is there.
pub const GATE: u32 = u32::MAX;

/// A place a late value went through, nearest first.
#[derive(Debug, PartialEq)]
pub struct Origin {
    /// The place.
    pub span: Span,
    /// What happens there.
    pub words: Text,
    /// Where it came from before.
    pub before: Option<Arc<Self>>,
    /// How many places there are.
    length: u32,
}

/// How late a value is, what it follows, and what is known of its inside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taint {
    /// Of the whole with everything in it, whatever the variables are.
    pub phase: Phase,
    /// What makes it late.
    pub origin: Option<Arc<Origin>>,
    /// What it is as late as.
    pub follows: Inputs,
    /// What makes it secret where that is.
    pub secrets: Inputs,
    /// It is this input and nothing else.
    pub alias: Option<Input>,
    /// More than what holds of the whole.
    inside: Option<Inside>,
}

/// What is known of the inside of a value.
#[derive(Debug, Clone, PartialEq)]
enum Inside {
    Parts(Arc<Parts>),
    Resource(Arc<ResourceTaint>),
}

#[derive(Debug, Clone, PartialEq)]
struct Parts {
    /// How many taints there are in it.
    size: usize,
    outline: Taint,
    named: IndexMap<Text, Taint>,
    /// Every part without a name of its own.
    rest: Taint,
}

/// What is known of the attributes of a resource.
#[derive(Debug, Clone)]
pub struct ResourceTaint {
    /// What the configuration sets.
    pub configured: Arc<rustc_hash::FxHashMap<Text, Taint>>,
    /// Which attributes the provider decides.
    pub schema: Arc<Schema>,
    /// Whether they are decided at apply; data is read when a plan is made.
    pub managed: bool,
    /// `aws_db_instance.core`
    pub name: Text,
    /// Its declaration.
    pub span: Span,
}

impl PartialEq for ResourceTaint {
    fn eq(&self, other: &Self) -> bool {
        (self.span, &self.name, self.managed) == (other.span, &other.name, other.managed)
            && self.configured == other.configured
    }
}

impl Input {
    fn below(&self, name: &Text) -> Self {
        let path = self.path.iter().cloned().chain([name.clone()]).collect();
        Self { path, outline: false, ..self.clone() }
    }
}

impl Taint {
    /// A variable: known when a plan is made, unless its caller gives it something later.
    pub fn variable(index: u32) -> Self {
        Self::input(Input { variable: index, path: Arc::default(), outline: false })
    }

    fn input(input: Input) -> Self {
        let inputs = Inputs::of(input.clone());
        Self {
            phase: Phase::Plan,
            follows: inputs.clone(),
            secrets: inputs,
            alias: Some(input),
            ..Self::default()
        }
    }

    /// What is read when a plan is made, unless a call of the module makes it wait.
    pub fn gate() -> Self {
        let gate = Input { variable: GATE, path: Arc::default(), outline: false };
        Self { phase: Phase::Plan, follows: Inputs::of(gate), ..Self::default() }
    }

    /// Whether it is read in the module.
    pub fn is_gated(&self) -> bool {
        self.follows.iter().any(|input| input.variable == GATE)
    }

    /// Whether it follows a variable, of which a caller may know more.
    pub fn follows_variables(&self) -> bool {
        self.follows.iter().any(|input| input.variable != GATE)
    }

    /// Not before a phase, because of what happens at a place.
    pub fn late(phase: Phase, span: Span, words: impl Into<Text>) -> Self {
        let origin = Arc::new(Origin { span, words: words.into(), before: None, length: 1 });
        Self { phase, origin: Some(origin), ..Self::default() }
    }

    /// A resource or data source.
    pub fn resource(resource: ResourceTaint) -> Self {
        let mut whole = Self { phase: Phase::Plan, ..Self::default() };
        if resource.managed {
            let words = format!("{} is decided by the provider when it is applied", resource.name);
            whole.join(&Self::late(Phase::Apply, resource.span, words));
        }
        resource.configured.values().for_each(|taint| whole.join(taint));
        Self { inside: resource.kept(), ..whole }
    }

    /// A collection with this outline whose elements all have this taint.
    pub fn collection(outline: &Self, element: &Self) -> Self {
        Self::of_parts(Parts::new(outline.flat(), IndexMap::new(), element.clone()))
    }

    /// An object whose attributes are all known by name.
    pub fn object(named: Vec<(Text, Self)>) -> Self {
        if named.iter().all(|(_, part)| part.says_nothing()) {
            return Self::default();
        }
        Self::of_parts(Parts::new(Self::default(), named.into_iter().collect(), Self::default()))
    }

    /// A list whose elements are all known by their place.
    pub fn tuple<'t>(elements: impl Iterator<Item = &'t Self> + Clone) -> Self {
        if elements.clone().all(Self::says_nothing) {
            return Self::default();
        }
        Self::object(elements.enumerate().map(|(at, part)| (at.to_string().into(), part.clone())).collect())
    }

    fn of_parts(parts: Parts) -> Self {
        let mut whole = Self::default();
        whole.join(&parts.outline);
        whole.join(&parts.rest);
        parts.named.values().for_each(|part| whole.join(part));
        if !whole.says_nothing() {
            whole.inside = parts.kept();
        }
        whole
    }

    fn size(&self) -> usize {
        match &self.inside {
            Some(Inside::Parts(parts)) => parts.size,
            Some(Inside::Resource(resource)) => resource.size(),
            None => 0,
        }
    }

    /// As late as the later of both, as a whole.
    pub fn join(&mut self, other: &Self) {
        if other.says_nothing() {
            return;
        }
        if other.phase > self.phase {
            self.phase = other.phase;
            self.origin.clone_from(&other.origin);
        }
        self.follows.extend(&other.follows);
        self.secrets.extend(&other.secrets);
        self.alias = None;
        self.inside = None;
    }

    /// The taint of the whole, without what is known of its inside.
    pub fn flat(&self) -> Self {
        Self { inside: None, alias: None, ..self.clone() }
    }

    /// Given a type of its own, so that it is no longer just what it came from.
    pub fn restated(self) -> Self {
        Self { alias: None, ..self }
    }

    /// What it is once it was reported as late: known when a plan is made.
    pub fn at_plan(&self) -> Self {
        Self { phase: self.phase.min(Phase::Plan), origin: None, ..self.flat() }
    }

    /// Static, and open.
    pub fn says_nothing(&self) -> bool {
        self.phase == Phase::Static && self.follows.is_empty() && self.secrets.is_empty()
    }

    /// As late as another as well, in every part: what decides between values, or where they come from.
    pub fn and(&self, other: &Self) -> Self {
        if other.says_nothing() {
            return Self { alias: None, ..self.clone() };
        }
        let other = other.flat();
        let mut all = self.flat();
        all.join(&other);
        all.inside = self.inside.as_ref().and_then(|inside| match inside {
            Inside::Parts(parts) => parts.each(&|part| part.and(&other)),
            Inside::Resource(resource) => {
                let names = resource.schema.block.attributes.keys();
                let named = names.map(|name| (name.clone(), resource.attribute(name).and(&other))).collect();
                Parts::new(other.clone(), named, all.flat()).kept()
            }
        });
        all
    }

    /// One of both, not known which: part by part.
    pub fn either(&self, other: &Self) -> Self {
        let mut all = self.flat();
        all.join(other);
        if let (Some(Inside::Parts(a)), Some(Inside::Parts(b))) = (&self.inside, &other.inside) {
            let mut named = IndexMap::new();
            for name in a.named.keys().chain(b.named.keys()) {
                named.entry(name.clone()).or_insert_with(|| a.named(name).either(b.named(name)));
            }
            let parts = Parts::new(a.outline.either(&b.outline), named, a.rest.either(&b.rest));
            all.inside = parts.kept();
        } else if other.says_nothing() {
            all.inside.clone_from(&self.inside);
        } else if self.says_nothing() {
            all.inside.clone_from(&other.inside);
        }
        all
    }

    /// A map with the entries of another laid over it.
    pub fn overlaid(&self, other: &Self) -> Self {
        let (a, b) = (self.own_parts(), other.own_parts());
        let mut outline = a.outline;
        outline.join(&b.outline);
        let mut named = a.named;
        if !b.rest.says_nothing() {
            named.values_mut().for_each(|part| *part = part.either(&b.rest));
        }
        named.extend(b.named);
        Self::of_parts(Parts::new(outline, named, a.rest.either(&b.rest)))
    }

    fn own_parts(&self) -> Parts {
        match &self.inside {
            Some(Inside::Parts(parts)) => (**parts).clone(),
            _ => Parts::new(self.outline(), IndexMap::new(), self.flat()),
        }
    }

    /// Which elements there are: keys, length, whether it is null.
    pub fn outline(&self) -> Self {
        match (&self.inside, &self.alias) {
            (Some(Inside::Parts(parts)), _) => parts.outline.clone(),
            (Some(Inside::Resource(_)), _) => Self::default(),
            (None, Some(input)) => Self::input(Input { outline: true, ..input.clone() }),
            (None, None) => self.flat(),
        }
    }

    /// The part of this name.
    pub fn part(&self, name: &Text) -> Self {
        match (&self.inside, &self.alias) {
            (Some(Inside::Parts(parts)), _) => parts.named(name).and(&parts.outline),
            (Some(Inside::Resource(resource)), _) => resource.attribute(name),
            (None, Some(input)) if !input.outline && input.path.len() < MAX_PATH => {
                Self::input(input.below(name))
            }
            (None, _) => self.flat(),
        }
    }

    /// The outline where it is known apart, else the whole.
    pub fn own_outline(&self) -> Self {
        match &self.inside {
            Some(Inside::Parts(parts)) => parts.outline.clone(),
            _ => self.flat(),
        }
    }

    /// The part of this name, without what its outline adds.
    pub fn own_part(&self, name: &Text) -> Self {
        match &self.inside {
            Some(Inside::Parts(parts)) => parts.named(name).clone(),
            Some(Inside::Resource(resource)) => resource.attribute(name),
            None => self.flat(),
        }
    }

    /// Whether parts are told apart.
    pub fn has_parts(&self) -> bool {
        self.inside.is_some()
    }

    /// Any part.
    pub fn element(&self) -> Self {
        match &self.inside {
            Some(Inside::Parts(parts)) => {
                let all = parts.named.values().fold(None::<Self>, |all, part| {
                    Some(all.map_or_else(|| part.clone(), |all| all.either(part)))
                });
                match all {
                    None => parts.rest.clone(),
                    Some(all) if parts.rest.says_nothing() => all,
                    Some(all) => all.either(&parts.rest),
                }
            }
            _ => self.flat(),
        }
    }

    /// The parts that have names, and whether there are no others.
    pub fn named_parts(&self) -> Option<&IndexMap<Text, Self>> {
        match &self.inside {
            Some(Inside::Parts(parts)) if !parts.named.is_empty() => Some(&parts.named),
            _ => None,
        }
    }

    /// What an input stands for, where this is the whole variable.
    pub fn at(&self, path: &[Text], outline: bool) -> Self {
        let part = path.iter().fold(self.clone(), |taint, name| taint.part(name));
        if outline { part.outline() } else { part }
    }

    /// A step on the way of what is late.
    pub fn through(self, span: Span, words: &str) -> Self {
        if self.phase < Phase::Apply {
            return self;
        }
        let step = |origin: Option<Arc<Origin>>| {
            let length = origin.as_ref().map_or(0, |origin| origin.length);
            let before = match origin {
                Some(nearest) if length >= MAX_ORIGINS => nearest.before.clone(),
                origin => origin,
            };
            let length = before.as_ref().map_or(0, |before| before.length) + 1;
            Some(Arc::new(Origin { span, words: words.into(), before, length }))
        };
        let inside = match &self.inside {
            Some(Inside::Parts(parts)) => parts.each(&|part| part.clone().through(span, words)),
            _ => self.inside.clone(),
        };
        Self { origin: step(self.origin), inside, ..self }
    }

    /// What it is for a caller: each input replaced by what the call gives it. Steps within what the call gives come
    /// before those of the module.
    pub fn called(&self, given: &dyn Fn(u32) -> Option<Self>, span: Span, words: &str) -> Self {
        if self.says_nothing() {
            return self.clone();
        }
        let resolve = |input: &Input| given(input.variable).map(|taint| taint.at(&input.path, input.outline));
        if let Some(input) = &self.alias {
            return resolve(input).unwrap_or_default().through(span, words);
        }
        let mut all = Self { phase: self.phase, origin: self.origin.clone(), ..Self::default() };
        for input in self.follows.iter() {
            let Some(mut taint) = resolve(input) else { continue };
            taint.secrets = Inputs::default();
            all.join(&taint);
        }
        for taint in self.secrets.iter().filter_map(resolve) {
            all.secrets.extend(&taint.secrets);
        }
        all.inside = self.inside.as_ref().and_then(|inside| match inside {
            Inside::Parts(parts) => parts.each(&|part| part.called(given, span, words)),
            Inside::Resource(resource) => {
                let configured = resource.configured.iter();
                let called = configured.map(|(name, taint)| (name.clone(), taint.called(given, span, words)));
                ResourceTaint { configured: Arc::new(called.collect()), ..ResourceTaint::clone(resource) }
                    .kept()
            }
        });
        // Parts have the step already.
        let inside = all.inside.take();
        Self { inside, ..all.through(span, words) }
    }

    /// Without anything that makes it secret.
    pub fn open(&self) -> Self {
        let inside = match &self.inside {
            Some(Inside::Parts(parts)) => parts.each(&Self::open),
            _ => self.inside.clone(),
        };
        Self { secrets: Inputs::default(), alias: None, inside, ..self.clone() }
    }
}

/// Values in more parts than this are told apart no further.
const MAX_PARTS: usize = 1024;
/// Places that lead to a late value are remembered up to this number: the nearest, and the farthest.
const MAX_ORIGINS: u32 = 16;
/// Paths into variables are followed so far.
const MAX_PATH: usize = 8;

impl Parts {
    fn new(outline: Taint, named: IndexMap<Text, Taint>, rest: Taint) -> Self {
        let of_named = named.values().map(|part| 1 + part.size());
        let size = of_named.fold(1 + outline.size() + rest.size(), usize::saturating_add);
        Self { size, outline, named, rest }
    }

    /// Every part changed.
    fn each(&self, change: &dyn Fn(&Taint) -> Taint) -> Option<Inside> {
        let named = self.named.iter().map(|(name, part)| (name.clone(), change(part))).collect();
        Self::new(change(&self.outline), named, change(&self.rest)).kept()
    }

    /// What is worth keeping: of too many parts only the outermost, of too many of those only the whole.
    fn kept(mut self) -> Option<Inside> {
        if self.size > MAX_PARTS {
            let named = self.named.iter().map(|(name, part)| (name.clone(), part.flat())).collect();
            self = Self::new(self.outline.flat(), named, self.rest.flat());
        }
        (self.size <= MAX_PARTS).then(|| Inside::Parts(Arc::new(self)))
    }

    fn named(&self, name: &Text) -> &Taint {
        self.named.get(name).unwrap_or(&self.rest)
    }
}

impl ResourceTaint {
    fn size(&self) -> usize {
        let inner = self.configured.values().map(|taint| 1 + taint.size());
        inner.fold(self.schema.block.attributes.len(), usize::saturating_add)
    }

    fn kept(mut self) -> Option<Inside> {
        if self.size() > MAX_PARTS {
            let flat = self.configured.iter().map(|(name, taint)| (name.clone(), taint.flat()));
            self.configured = Arc::new(flat.collect());
        }
        (self.size() <= MAX_PARTS).then(|| Inside::Resource(Arc::new(self)))
    }

    fn attribute(&self, name: &Text) -> Taint {
        if let Some(taint) = self.configured.get(name) {
            return taint.clone();
        }
        let attribute = self.schema.block.attributes.get(name);
        let computed = attribute.is_none_or(Attribute::is_computed);
        if !self.managed {
            // What is read depends on what is asked for.
            let mut all = Taint { phase: Phase::Plan, ..Taint::default() };
            self.configured.values().for_each(|taint| all.join(taint));
            return all;
        }
        if computed {
            let words = format!("`{name}` of {} is decided by the provider when it is applied", self.name);
            let late = Taint::late(Phase::Apply, self.span, words);
            let followed = attribute.and_then(|attribute| self.configured.get(attribute.follows.as_ref()?));
            return followed.map_or(late.clone(), |followed| followed.and(&late));
        }
        Taint { phase: Phase::Plan, ..Taint::default() }
    }
}

//! What is known of expressions and modules before anything runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::Text;
use crate::base::assign::ValuePath;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::lang::resolve::program::{ExprId, Module, ProviderKey};

pub use super::taint::{Input, Phase, Taint};

/// What is known of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its type.
    pub ty: Type,
    /// How late it is.
    pub taint: Taint,
}

/// What callers know of an output.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputFact {
    /// Its type.
    pub ty: Type,
    /// How late it is.
    pub taint: Taint,
}

/// What is known of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceFact {
    /// One instance.
    pub instance: Fact,
    /// What its name stands for: an instance, a list or a map of them.
    pub collection: Fact,
    /// Attributes that are never null because the configuration sets them.
    pub set: FxHashSet<Text>,
}

/// What is known of a module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModuleFacts {
    /// By index of the variable.
    pub variables: Vec<Fact>,
    /// By index of the local.
    pub locals: Vec<Fact>,
    /// By index of the resource.
    pub resources: Vec<ResourceFact>,
    /// By index of the output.
    pub outputs: Vec<OutputFact>,
    /// Index of each variable by name.
    pub inputs: FxHashMap<Text, u32>,
    /// Names of the outputs, in their order.
    pub output_names: indexmap::IndexSet<Text>,
    /// By index of the output: what it needs of callers. Behind the last one, what all there is in the module needs.
    pub reach: Vec<Reach>,
    /// How late everything is that is made or read in it: what waiting for the module is waiting for.
    pub whole: Taint,
    /// What callers have to keep to besides the types.
    pub demands: Vec<Demand>,
    /// What only callers can decide.
    pub deferred: Vec<Deferred>,
    /// Configurations of providers it uses and does not declare, besides the default ones.
    pub providers: Vec<NeededProvider>,
}

/// What something in a module needs of its callers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reach {
    /// The variables that anything it depends on refers to.
    pub variables: BTreeSet<u32>,
    /// The configurations of providers that do what it depends on, beside those of the module.
    pub providers: BTreeSet<ProviderKey>,
}

impl Reach {
    /// What another thing needs as well.
    pub fn extend(&mut self, other: &Self) {
        self.variables.extend(&other.variables);
        self.providers.extend(other.providers.iter().cloned());
    }
}

/// A configuration of a provider that callers have to have.
#[derive(Debug, Clone, PartialEq)]
pub struct NeededProvider {
    /// Its name and alias.
    pub key: ProviderKey,
    /// Where it is used, or the call of what uses it.
    pub place: Span,
    /// From there to where it is used.
    pub via: Vec<(Span, String)>,
}

/// Something that can be told only for one way of calling its module.
#[derive(Debug, Clone, PartialEq)]
pub struct Deferred {
    /// The calls from this module down to the one it is about.
    pub calls: Vec<u32>,
    /// What is asked.
    pub asked: Asked,
}

/// What can be told only for one way of calling a module.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Whether a value in it keeps to the bounds of a type.
    Bound(Arc<Bound>),
    /// Whether the validations of its variable of this index hold.
    Validations(u32),
}

/// A value and the bounds it has to keep to.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The value.
    pub expr: ExprId,
    /// How many names are bound around it.
    pub bound: usize,
    /// What it has to be.
    pub expected: Type,
    /// What messages call it.
    pub words: Text,
    /// Its logical path in its module.
    pub path: Option<Text>,
    /// The part of that path which lies inside the value that is named.
    pub path_inside: ValuePath,
    /// Where its type is stated, and words for that.
    pub declared: Option<(Span, &'static str)>,
}

/// What a variable has to be for the sake of a place that uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Which variable, or part of it.
    pub input: Input,
    /// What it has to be.
    pub kind: Demanded,
    /// The place that asks for it.
    pub span: Span,
    /// What stands there: "`count`".
    pub what: Text,
    /// The arguments of calls that pass it on to there, nearest first.
    pub via: Vec<(Span, Text)>,
}

/// What a variable has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Demanded {
    /// Known when a plan is made.
    Early,
    /// The same, else its instances are deferred.
    EarlyKeys,
    /// Not secret.
    Open,
}

impl Fact {
    /// Of a type, and static.
    pub fn known(ty: Type) -> Self {
        Self { ty, taint: Taint::default() }
    }

    /// Already wrong.
    pub fn error() -> Self {
        Self::known(Type::error())
    }

    /// A variable: known when a plan is made, unless its caller gives it something later.
    pub fn variable(index: u32, ty: Type) -> Self {
        Self { ty, taint: Taint::variable(index) }
    }

    /// Not before this phase.
    pub fn at(mut self, phase: Phase) -> Self {
        self.taint.phase = self.taint.phase.max(phase);
        self
    }

    /// Its phase.
    pub fn phase(&self) -> Phase {
        self.taint.phase
    }

    /// Another type, as late.
    pub fn with(&self, ty: Type) -> Self {
        Self { ty, taint: self.taint.clone() }
    }

    /// As late as both as a whole, with this one's type.
    pub fn after(mut self, other: &Self) -> Self {
        self.taint.join(&other.taint);
        self
    }
}

impl OutputFact {
    /// Already wrong, or not known yet.
    pub fn error() -> Self {
        Self { ty: Type::error(), taint: Taint::default() }
    }
}

impl ResourceFact {
    /// Already wrong, or not known yet.
    pub fn error() -> Self {
        Self { instance: Fact::error(), collection: Fact::error(), set: FxHashSet::default() }
    }
}

impl ModuleFacts {
    /// Before anything is known.
    pub fn of(module: &Module) -> Self {
        let error = Fact::error();
        Self {
            variables: vec![error.clone(); module.variables.len()],
            locals: vec![error; module.locals.len()],
            resources: vec![ResourceFact::error(); module.resources.len()],
            outputs: vec![OutputFact::error(); module.outputs.len()],
            inputs: (0..).zip(module.variables.keys()).map(|(at, name)| (name.clone(), at)).collect(),
            output_names: module.outputs.keys().cloned().collect(),
            reach: Vec::new(),
            whole: Taint::default(),
            demands: Vec::new(),
            deferred: Vec::new(),
            providers: Vec::new(),
        }
    }
}

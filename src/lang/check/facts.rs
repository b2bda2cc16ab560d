//! What is known of expressions and modules before anything runs.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::base::Text;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::lang::resolve::program::Module;

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

/// How late a value is, and what it follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taint {
    /// By itself, whatever the variables are.
    pub phase: Phase,
    /// What makes it late: a place and words for it.
    pub origin: Option<(Span, Text)>,
    /// The variables of its module it follows, by index.
    pub variables: BTreeSet<u32>,
}

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
    /// How late each attribute is that the configuration sets, and whether it may be null.
    pub configured: FxHashMap<Text, (Taint, bool)>,
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
    /// By index of the output: the variables that anything it depends on refers to.
    pub reach: Vec<BTreeSet<u32>>,
}

impl Taint {
    /// As late as the later of both.
    pub fn join(&mut self, other: &Self) {
        if other.phase > self.phase {
            self.phase = other.phase;
            self.origin.clone_from(&other.origin);
        }
        if !other.variables.is_subset(&self.variables) {
            self.variables.extend(&other.variables);
        }
    }
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
        let variables = BTreeSet::from([index]);
        Self { ty, taint: Taint { phase: Phase::Plan, origin: None, variables } }
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

    /// As late as both, with this one's type.
    pub fn after(mut self, other: &Self) -> Self {
        self.taint.join(&other.taint);
        self
    }
}

impl ModuleFacts {
    /// Before anything is known.
    pub fn of(module: &Module) -> Self {
        let error = Fact::error();
        let resource = ResourceFact {
            instance: error.clone(),
            collection: error.clone(),
            configured: FxHashMap::default(),
        };
        Self {
            variables: vec![error.clone(); module.variables.len()],
            locals: vec![error; module.locals.len()],
            resources: vec![resource; module.resources.len()],
            outputs: vec![OutputFact { ty: Type::error(), taint: Taint::default() }; module.outputs.len()],
            inputs: (0..).zip(module.variables.keys()).map(|(at, name)| (name.clone(), at)).collect(),
            output_names: module.outputs.keys().cloned().collect(),
            reach: Vec::new(),
        }
    }
}

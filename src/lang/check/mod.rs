//! Inference, phases and secrets over resolved modules.
//!
//! A module is checked once, at its definition, after the modules it calls; a call is checked against the callee's
//! interface. What is already wrong has the error type, which agrees with everything.

mod accept;
mod access;
mod across;
pub mod again;
mod blame;
mod blocks;
mod bounds;
mod calls;
mod collections;
mod constants;
mod constructed;
mod deferred;
mod facts;
mod flow;
mod graph;
mod host;
mod infer;
mod inputs;
mod instances;
mod interface;
mod lifecycle;
mod matching;
mod misfit;
mod modules;
mod narrow;
mod operators;
mod repetition;
mod rules;
mod secrecy;
mod taint;
mod validations;
mod waiting;
mod whence;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::bound::{Bound, OF_MODULE};
use crate::base::codes;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::effects::{Cancel, Files, Limits};
use crate::base::extent::Extents;
use crate::base::parallel;
use crate::base::schema::Schemas;
use crate::base::source::{Sources, Span};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::lang::eval::Spent;
use crate::lang::resolve::Declaration;
use crate::lang::resolve::program::{ExprId, Module, ModuleId, Program, Reference};

use facts::{Deferred, Demand};
use secrecy::secret_as;

pub use facts::{Fact, ModuleFacts, OutputFact, ResourceFact};
pub use taint::{Phase, Taint};

/// What checking needs besides the program.
pub struct Surroundings<'a> {
    /// What providers offer.
    pub schemas: &'a Schemas,
    /// The text the program came from, for fixes that repeat what is written.
    pub sources: &'a Sources,
    /// For constants that read files.
    pub files: &'a dyn Files,
    /// Bounds on the evaluation of constants.
    pub limits: &'a Limits,
    /// Asks a long check to stop.
    pub cancel: Option<&'a Cancel>,
}

impl<'a> Surroundings<'a> {
    /// With nothing that asks to stop.
    pub fn new(schemas: &'a Schemas, sources: &'a Sources, files: &'a dyn Files, limits: &'a Limits) -> Self {
        Self { schemas, sources, files, limits, cancel: None }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(Cancel::is_cancelled)
    }
}

/// Checks a whole program, modules side by side that do not call each other. The facts are complete even where there are
/// errors.
pub fn check(program: &Program, surroundings: &Surroundings<'_>) -> Checked<Vec<Arc<ModuleFacts>>> {
    let modules = &program.modules;
    let levels = parallel::levels(modules.len(), |at, need| {
        let called = modules[at].calls.values().filter_map(|call| call.module);
        called.for_each(|module| need(module.0 as usize));
    });
    let mut facts: Vec<Arc<ModuleFacts>> = vec![Arc::default(); modules.len()];
    let mut said: Vec<Vec<Diagnostic>> = vec![Vec::new(); modules.len()];
    for level in levels {
        let cost = |at: &usize| 20 * modules[*at].exprs.len();
        let checked = parallel::map(&level, cost, |at| match surroundings.is_cancelled() {
            // Whoever asked to stop does not look at what is missing.
            true => (ModuleFacts::of(&modules[*at]), Said::default()),
            false => module(program, ModuleId(*at as u32), surroundings, &facts),
        });
        for (at, (of_module, by_module)) in level.into_iter().zip(checked) {
            facts[at] = Arc::new(of_module);
            said[at] = by_module.all();
        }
    }
    Checked { value: facts, diagnostics: said.concat() }
}

/// Checks one module. `facts` are of at least the modules that come before it.
pub fn module(
    program: &Program,
    id: ModuleId,
    surroundings: &Surroundings<'_>,
    facts: &[Arc<ModuleFacts>],
) -> (ModuleFacts, Said) {
    let module = program.module(id);
    let mut checker = Checker::new(program, module, surroundings, facts, ModuleFacts::of(module));
    checker.module();
    checker.rules(rules::Referred::of(checker.module).as_ref());
    (checker.module_facts, checker.said)
}

/// What checking a module said.
#[derive(Debug, Clone)]
pub struct Said {
    /// About a declaration.
    by: BTreeMap<Declaration, Found>,
    /// About types, functions, providers, checks, and circles.
    rest: Found,
    /// By rules that look at the whole module.
    rules: Vec<Diagnostic>,
    /// Whether declarations depend on each other in a circle.
    circular: bool,
    bound: Bound,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            by: BTreeMap::new(),
            rest: Found::default(),
            rules: Vec::new(),
            circular: false,
            bound: Bound::new(OF_MODULE),
        }
    }
}

/// What checking one place found beside facts.
#[derive(Debug, Clone, Default)]
struct Found {
    diagnostics: Vec<Diagnostic>,
    demands: Vec<Demand>,
    deferred: Vec<Deferred>,
}

impl Said {
    /// All of it.
    pub fn all(&self) -> Vec<Diagnostic> {
        matching::joined(self.found().flat_map(|found| &found.diagnostics).chain(&self.rules))
    }

    fn found(&self) -> impl Iterator<Item = &Found> {
        self.by.values().chain([&self.rest])
    }
}

impl Found {
    fn is_empty(&self) -> bool {
        self.diagnostics.is_empty() && self.demands.is_empty() && self.deferred.is_empty()
    }
}

/// What is known of an expression that was added to a module checked before. `facts` are of that module and at least those
/// that come before it.
pub fn expression(
    program: &Program,
    module: &Module,
    id: ExprId,
    surroundings: &Surroundings<'_>,
    facts: &[Arc<ModuleFacts>],
) -> Checked<Fact> {
    let known =
        facts.get(module.id.0 as usize).map_or_else(|| ModuleFacts::of(module), |known| (**known).clone());
    let mut checker = Checker::new(program, module, surroundings, facts, known);
    let value = checker.infer(id);
    Checked { value, diagnostics: checker.diagnostics }
}

/// Checks one module.
struct Checker<'a> {
    program: &'a Program,
    module: &'a Module,
    surroundings: &'a Surroundings<'a>,
    /// Of the modules checked before, which include all that this one calls.
    facts: &'a [Arc<ModuleFacts>],
    root_directory: &'a str,
    module_facts: ModuleFacts,
    diagnostics: Vec<Diagnostic>,
    said: Said,
    /// Types of the bindings in scope, by slot.
    bindings: Vec<Fact>,
    /// What conditions around the present expression have shown.
    shown: Vec<narrow::Shown>,
    /// `each.key`, `each.value`, `count.index` and `self` of the block being checked.
    each: Option<repetition::Each>,
    self_object: Option<Fact>,
    /// How often that block exists, and what decides whether it evaluates the present expression.
    repeated: Option<instances::Repeated>,
    around: Vec<instances::Around>,
    /// Inside of a loop that is looked at for one shape of its elements after the other.
    one_shape: bool,
    /// What calls give their modules.
    arguments: interface::Arguments,
    across: std::cell::OnceCell<std::rc::Rc<across::Across<'a>>>,
    /// Values of expressions that are constant, found when they are asked for.
    constants: FxHashMap<ExprId, Option<Value>>,
    constant_locals: std::cell::RefCell<constants::Locals>,
    extents: Extents,
    /// What constants have cost.
    spent: Spent,
}

impl<'a> Checker<'a> {
    /// `module_facts` are what is known of the module so far.
    fn new(
        program: &'a Program,
        module: &'a Module,
        surroundings: &'a Surroundings<'a>,
        facts: &'a [Arc<ModuleFacts>],
        module_facts: ModuleFacts,
    ) -> Self {
        Self {
            program,
            module,
            surroundings,
            facts,
            root_directory: &program.root().directory,
            module_facts,
            diagnostics: Vec::new(),
            said: Said::default(),
            bindings: Vec::new(),
            shown: Vec::new(),
            each: None,
            self_object: None,
            repeated: None,
            around: Vec::new(),
            one_shape: false,
            arguments: interface::Arguments::default(),
            across: std::cell::OnceCell::new(),
            constants: FxHashMap::default(),
            constant_locals: Default::default(),
            extents: Extents::default(),
            spent: Spent::default(),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < 2 * OF_MODULE {
            self.diagnostics.push(diagnostic);
        } else if let Some(last) = self.diagnostics.last_mut().filter(|last| !last.is_error()) {
            // Many warnings hide no error.
            *last = diagnostic;
        }
    }

    fn span(&self, id: ExprId) -> Span {
        self.module.expr(id).span
    }

    /// The source text of an expression.
    fn text(&self, span: Span) -> &'a str {
        self.surroundings.sources.text(span)
    }

    /// The whole module, in the order in which its declarations depend on each other.
    fn module(&mut self) {
        let graph = graph::DeclarationGraph::of(self.module, self.facts, self.surroundings.schemas);
        let order = match graph.order() {
            Ok(order) => order,
            Err(cycles) => {
                self.said.circular = true;
                for cycle in &cycles.shortest {
                    let diagnostic = graph.report(self.module, cycle);
                    self.report(diagnostic);
                }
                cycles.order
            }
        };
        self.functions();
        let mut rest = self.found();
        for (index, variable) in (0..).zip(self.module.variables.values()) {
            self.module_facts.variables[index as usize] = Fact::variable(index, variable.ty.clone());
        }
        // Calls come later: only their arguments, each a node of its own, stand behind what they refer to. Variables are
        // what they are stated to be, and their validations may speak of everything else.
        let late = |node: &graph::Node| matches!(node, graph::Node::Call(_) | graph::Node::Variable(_));
        let (late, others): (Vec<_>, Vec<_>) = order.into_iter().partition(late);
        for declaration in others.into_iter().chain(late).filter_map(graph::Node::declaration) {
            self.declaration(declaration);
        }
        self.provider_blocks();
        self.imports();
        for check in self.module.checks.values() {
            for condition in &check.asserts {
                self.condition(condition);
            }
        }
        let Found { mut diagnostics, mut demands, mut deferred } = self.found();
        rest.diagnostics.append(&mut diagnostics);
        rest.demands.append(&mut demands);
        rest.deferred.append(&mut deferred);
        self.said.rest = rest;
        // Nobody calls the root.
        if self.module.id != self.program.root {
            self.module_facts.reach = graph.reach(self.module);
            self.module_facts.whole = self.whole();
        }
    }

    /// What was found since this was asked last.
    fn found(&mut self) -> Found {
        self.said.bound.keep(&mut self.diagnostics);
        Found {
            diagnostics: std::mem::take(&mut self.diagnostics),
            demands: std::mem::take(&mut self.module_facts.demands),
            deferred: std::mem::take(&mut self.module_facts.deferred),
        }
    }

    /// What callers are asked for, and the rules that look at the whole module.
    fn rules(&mut self, referred: Option<&rules::Referred>) {
        self.module_facts.demands = self.said.found().flat_map(|found| &found.demands).cloned().collect();
        self.module_facts.deferred = self.said.found().flat_map(|found| &found.deferred).cloned().collect();
        self.module_facts.deferred.truncate(deferred::MAX_DEFERRED);
        rules::module(self, referred);
        if self.module.id == self.program.root {
            rules::root_module(self);
            rules::root(self.program, referred, &mut self.diagnostics);
        }
        self.said.bound.keep(&mut self.diagnostics);
        self.diagnostics.extend(self.said.bound.rest());
        self.said.rules = std::mem::take(&mut self.diagnostics);
    }

    fn declaration(&mut self, declaration: Declaration) {
        match declaration {
            Declaration::Variable(index) => self.variable(index),
            Declaration::Local(index) => {
                let local = &self.module.locals[index as usize];
                let mut fact = self.infer(local.value);
                fact.taint = fact.taint.through(local.span, &format!("`local.{}` is made of it", local.name));
                self.module_facts.locals[index as usize] = fact;
            }
            Declaration::Resource(index) => self.resource(index),
            Declaration::Call(index) => self.call_block(index),
            Declaration::Output(index) => self.output(index),
        }
        let found = self.found();
        match found.is_empty() {
            true => self.said.by.remove(&declaration),
            false => self.said.by.insert(declaration, found),
        };
    }

    fn variable(&mut self, index: u32) {
        let variable = &self.module.variables[index as usize];
        if let Some(default) = variable.default {
            let expected =
                if variable.nullable { variable.ty.clone() } else { variable.ty.clone().optional() };
            let fact = match self.is_null_literal(default) {
                // A null default of a type without null was reported with its type.
                true => Fact::known(variable.ty.clone()),
                false => self.accept(default, &expected, &accept::Purpose::Default(variable)),
            };
            if fact.phase() > Phase::Static {
                self.report(
                    Diagnostic::new(
                        codes::EVALUATION_FAILED,
                        self.span(default),
                        format!("the default of `{}` has to be a constant", variable.name),
                    )
                    .here("refers to something that is decided later")
                    .help("compute it in `locals` with `??`: `var.x ?? …`"),
                );
            }
        }
        let fact = Fact::variable(index, variable.ty.clone());
        self.self_object = None;
        self.module_facts.variables[index as usize] = fact;
        for condition in &variable.validations {
            self.condition(condition);
        }
    }

    fn output(&mut self, index: u32) {
        let output = &self.module.outputs[index as usize];
        let fact = match &output.ty {
            Some(ty) => {
                let found = self.accept(output.value, &ty.clone(), &accept::Purpose::Output(output));
                // The stated type says nothing of secrecy it does not know of, nor of null.
                Fact { ty: secret_as(ty, &found.ty), taint: found.taint.restated() }
            }
            None => self.infer(output.value),
        };
        for condition in &output.preconditions {
            self.condition(condition);
        }
        let ty = if output.sensitive { fact.ty.clone().secret() } else { fact.ty.clone() };
        self.module_facts.outputs[index as usize] = OutputFact { ty, taint: fact.taint };
    }

    /// A condition is a bool and its message a text.
    fn condition(&mut self, condition: &crate::lang::resolve::program::Condition) {
        self.accept(condition.condition, &Type::bool(), &accept::Purpose::Condition);
        let depth = self.shown.len();
        self.accept(condition.message, &Type::string(), &accept::Purpose::Message);
        self.shown.truncate(depth);
    }

    fn is_null_literal(&self, id: ExprId) -> bool {
        use crate::lang::resolve::program::ExprKind;
        matches!(&self.module.expr(id).kind, ExprKind::Literal(value) if value.is_null())
    }

    /// What a reference stands for.
    fn reference(&mut self, reference: Reference) -> Fact {
        match reference {
            Reference::Variable(index) => self.module_facts.variables[index as usize].clone(),
            Reference::Local(index) => self.module_facts.locals[index as usize].clone(),
            Reference::Resource(index) => self.module_facts.resources[index as usize].collection.clone(),
            Reference::Call(index) => self.call_type(index),
            Reference::EachKey => self.each.as_ref().map_or_else(Fact::error, |each| each.key.clone()),
            Reference::EachValue => self.each.as_ref().map_or_else(Fact::error, |each| each.value.clone()),
            Reference::CountIndex => Fact::known(Type::int()).at(Phase::Plan),
            Reference::SelfObject => self.self_object.clone().unwrap_or_else(Fact::error),
            Reference::PathModule | Reference::PathRoot | Reference::PathCwd => Fact::known(Type::string()),
            Reference::Binding(slot) => {
                self.bindings.get(slot.0 as usize).cloned().unwrap_or_else(Fact::error)
            }
        }
    }
}

/// The type of an element of a list or tuple.
fn collections_element(ty: &Type) -> Type {
    use crate::base::types::TypeKind;
    match &ty.kind {
        TypeKind::List(element, _) => (**element).clone(),
        TypeKind::Tuple(types) => {
            crate::base::assign::join_all(types.iter().cloned()).unwrap_or_else(Type::any)
        }
        _ => Type::error(),
    }
}

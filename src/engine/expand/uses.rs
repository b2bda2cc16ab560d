//! What each declaration of a module refers to; found once per module, however often it is called.

use crate::lang::resolve::program::{
    BlockBody, CheckBlock, Condition, Dependency, ExprId, Lifecycle, Module, Reference,
};
use crate::lang::resolve::{Instance, Use, uses_of_body, uses_of_expr};

/// What a declaration refers to.
pub type Uses = Box<[Use]>;

/// What the declarations of a module refer to, by their indexes in [`Module`].
#[derive(Debug, Default)]
pub struct ModuleUses {
    /// Of the validations of each variable.
    pub variables: Vec<Uses>,
    /// Of each local.
    pub locals: Vec<Uses>,
    /// Of each output, with its conditions and `depends_on`.
    pub outputs: Vec<Uses>,
    /// Of each resource.
    pub resources: Vec<ResourceUses>,
    /// Of each module call.
    pub calls: Vec<CallUses>,
    /// Of each provider block.
    pub providers: Vec<Uses>,
    /// Of each check.
    pub checks: Vec<Uses>,
    /// Of each import.
    pub imports: Vec<Uses>,
}

/// What a resource refers to.
#[derive(Debug, Default)]
pub struct ResourceUses {
    /// In `count`, `for_each` and `enabled`, which are the same for all its instances.
    pub expansion: Uses,
    /// Everywhere else, `depends_on` included.
    pub body: Uses,
}

/// What a module call refers to.
#[derive(Debug, Default)]
pub struct CallUses {
    /// In `count`, `for_each` and `enabled`.
    pub expansion: Uses,
    /// In `depends_on`.
    pub depends_on: Uses,
    /// In the argument for each variable of the called module, by the variable's index; empty where there is none.
    pub arguments: Vec<Uses>,
}

struct Collect<'m> {
    module: &'m Module,
    found: Vec<Use>,
}

impl<'m> Collect<'m> {
    fn new(module: &'m Module) -> Self {
        Self { module, found: Vec::new() }
    }

    fn expr(mut self, id: impl Into<Option<ExprId>>) -> Self {
        if let Some(id) = id.into() {
            uses_of_expr(self.module, id, &mut |found| self.found.push(found));
        }
        self
    }

    fn body(mut self, body: &BlockBody) -> Self {
        uses_of_body(self.module, body, &mut |found| self.found.push(found));
        self
    }

    fn conditions(mut self, conditions: &[Condition]) -> Self {
        for condition in conditions {
            self = self.expr(condition.condition).expr(condition.message);
        }
        self
    }

    fn depends_on(mut self, dependencies: &[Dependency]) -> Self {
        self.found.extend(dependencies.iter().map(|dependency| Use {
            target: dependency.target,
            instance: Instance::All,
            attribute: None,
            span: dependency.span,
        }));
        self
    }

    fn lifecycle(self, lifecycle: &Lifecycle) -> Self {
        let Lifecycle { create_before_destroy, prevent_destroy, replace_triggered_by, .. } = lifecycle;
        let mut this = self.expr(*create_before_destroy).expr(*prevent_destroy);
        for id in replace_triggered_by {
            this = this.expr(*id);
        }
        this.conditions(&lifecycle.preconditions).conditions(&lifecycle.postconditions)
    }

    /// Only what lies outside the declaration, each once.
    fn done(mut self) -> Uses {
        self.found.retain(|found| {
            matches!(
                found.target,
                Reference::Variable(_) | Reference::Local(_) | Reference::Resource(_) | Reference::Call(_)
            )
        });
        let mut seen = rustc_hash::FxHashSet::default();
        self.found
            .retain(|found| seen.insert((found.target, found.instance.clone(), found.attribute.clone())));
        self.found.into()
    }
}

impl ModuleUses {
    /// Of this module. `variables` answers the index of a variable of a called module.
    pub fn of(module: &Module, called: impl Fn(usize) -> Option<std::sync::Arc<Module>>) -> Self {
        let new = || Collect::new(module);
        let check = |check: &CheckBlock| {
            let mut found = new().conditions(&check.asserts);
            if let Some(at) = check.data.as_ref().and_then(|key| module.resources.get_index_of(key)) {
                found = found
                    .depends_on(&[Dependency { target: Reference::Resource(at as u32), span: check.span }]);
            }
            found.done()
        };
        Self {
            variables: module.variables.values().map(|v| new().conditions(&v.validations).done()).collect(),
            locals: module.locals.values().map(|local| new().expr(local.value).done()).collect(),
            outputs: module
                .outputs
                .values()
                .map(|o| new().expr(o.value).conditions(&o.preconditions).depends_on(&o.depends_on).done())
                .collect(),
            resources: module
                .resources
                .values()
                .map(|r| {
                    let body = new().body(&r.body).lifecycle(&r.lifecycle).depends_on(&r.depends_on);
                    ResourceUses {
                        expansion: new().expr(r.count).expr(r.for_each).expr(r.lifecycle.enabled).done(),
                        body: body.done(),
                    }
                })
                .collect(),
            calls: module
                .calls
                .values()
                .enumerate()
                .map(|(at, call)| {
                    let mut arguments: Vec<Uses> = Vec::new();
                    if let Some(called) = called(at) {
                        arguments.resize_with(called.variables.len(), Uses::default);
                        for (name, argument) in &call.arguments {
                            if let Some(variable) = called.variables.get_index_of(name) {
                                arguments[variable] = new().expr(argument.value).done();
                            }
                        }
                    }
                    CallUses {
                        expansion: new().expr(call.count).expr(call.for_each).expr(call.enabled).done(),
                        depends_on: new().depends_on(&call.depends_on).done(),
                        arguments,
                    }
                })
                .collect(),
            providers: module.providers.values().map(|p| new().body(&p.body).done()).collect(),
            checks: module.checks.values().map(check).collect(),
            imports: module
                .imports
                .iter()
                .map(|i| {
                    let found = new().expr(i.id).expr(i.for_each);
                    i.keys.iter().fold(found, |found, key| found.expr(*key)).done()
                })
                .collect(),
        }
    }
}

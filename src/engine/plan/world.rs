//! What is known while a plan is made and applied: values of variables, locals, outputs and resource instances, and
//! evaluation against them. A plan fills it with unknowns where only apply can know; apply puts facts in their place.

use std::sync::Arc;

use super::planner::Source;
use crate::base::Text;
use crate::base::address::{InstanceAddress, InstanceKey};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, Files, Limits};
use crate::base::schema::{BlockSchema, Schemas};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::expand::{Expansion, InstId, Instances, Keys, NodeId, RowId, Tree};
use crate::engine::options::Moment;
use crate::lang::eval::{self, Context, EvalError, Lookup};
use crate::lang::functions::{self, Answers};
use crate::lang::lints::Later;
use crate::lang::resolve::program::{BlockBody, Condition, ExprId, Module, Program};

/// The program and what is known of its instances.
pub(crate) struct World {
    pub(crate) program: Arc<Program>,
    pub(crate) schemas: Arc<Schemas>,
    pub(crate) tree: Arc<Tree>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) limits: Limits,
    pub(crate) lints: Arc<Later>,
    pub(crate) instances: Instances,
    pub(crate) rows: Vec<Row>,
    /// While facts are coming in: what functions of the clock and of chance answer.
    pub(crate) moment: Option<Moment>,
    /// Asks a long evaluation to stop.
    pub(crate) cancel: Cancel,
    /// What impure functions of the embedding program answered.
    pub(crate) answers: Answers,
    /// What working out values has cost.
    pub(crate) spent: eval::Spent,
}

/// An instance of a resource or data source.
pub(crate) struct Row {
    /// Its declaration.
    pub(crate) node: NodeId,
    /// The module instance it lies in.
    pub(crate) inst: InstId,
    /// Its place among the instances of its resource.
    pub(crate) at: u32,
    /// Its address.
    pub(crate) address: InstanceAddress,
    /// What references to it see.
    pub(crate) value: Value,
}

/// What `each`, `count` and `self` stand for.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    pub(crate) keys: Option<(&'a Keys, usize)>,
    pub(crate) this: Option<&'a Value>,
}

impl Here<'_> {
    /// Nothing.
    pub(crate) const NOWHERE: Here<'static> = Here { keys: None, this: None };
}

impl World {
    pub(crate) fn new(source: Source, cancel: &Cancel, answers: Answers) -> Result<Self, Box<Diagnostic>> {
        let Source { program, schemas, files, limits, lints } = source;
        let tree = Arc::new(Tree::build(&program, &schemas)?);
        let instances = Instances::new(&tree);
        let (rows, moment, cancel, spent) = (Vec::new(), None, cancel.clone(), eval::Spent::default());
        Ok(Self {
            program,
            schemas,
            tree,
            files,
            limits,
            lints,
            instances,
            rows,
            moment,
            cancel,
            answers,
            spent,
        })
    }

    pub(crate) fn row(&self, id: RowId) -> &Row {
        &self.rows[id.0 as usize]
    }

    /// The module an instance is of.
    pub(crate) fn module(&self, inst: InstId) -> &Arc<Module> {
        &self.tree.path(self.instances.get(inst).path).module
    }

    /// The instances a row is one of.
    pub(crate) fn siblings(&self, row: &Row) -> Option<&Expansion<RowId>> {
        let (_, crate::engine::expand::Node::Resource(at)) = self.tree.node(row.node) else { return None };
        self.instances.get(row.inst).resources.get(at as usize)
    }

    /// What `each` and `count` stand for in a row's declaration.
    pub(crate) fn here(&self, row: &Row) -> Here<'_> {
        Here { keys: self.siblings(row).map(|all| (&all.keys, row.at as usize)), this: None }
    }

    /// A row's value changed.
    pub(crate) fn set_row(&mut self, id: RowId, value: Value) {
        let row = &mut self.rows[id.0 as usize];
        row.value = value;
        let (inst, node) = (row.inst, row.node);
        if let (_, crate::engine::expand::Node::Resource(at)) = self.tree.node(node) {
            self.instances.get_mut(inst).resources[at as usize].forget();
        }
    }

    /// An output's value changed.
    pub(crate) fn set_output(&mut self, inst: InstId, at: u32, value: Value) {
        self.instances.get_mut(inst).outputs[at as usize] = Some(value);
        if let Some((parent, _)) = self.instances.get(inst).parent
            && let Some((_, call)) = self.tree.path(self.instances.get(inst).path).parent
        {
            self.instances.get_mut(parent).calls[call as usize].forget();
        }
    }

    /// The value of an expression in a module instance.
    pub(crate) fn eval(&self, inst: InstId, expr: ExprId, here: Here<'_>) -> Result<Value, EvalError> {
        let scope = Scope { world: self, inst, here };
        self.with_context(|context| eval::eval(self.module(inst), expr, &scope, context))
    }

    /// The value of an expression that was added to the module of an instance.
    pub(crate) fn eval_added(
        &self,
        inst: InstId,
        module: &Arc<Module>,
        expr: ExprId,
        cancel: &Cancel,
    ) -> Result<Value, EvalError> {
        let scope = Scope { world: self, inst, here: Here::NOWHERE };
        let mut modules = self.program.modules.clone();
        if let Some(own) = modules.get_mut(module.id.0 as usize) {
            own.clone_from(module);
        }
        self.with_context(|context| {
            // Nobody keeps what is only asked for.
            let context = Context { modules: &modules, cancel: Some(cancel), spent: None, ..*context };
            eval::eval(module, expr, &scope, &context)
        })
    }

    /// The object a body describes.
    pub(crate) fn eval_block(
        &self,
        inst: InstId,
        body: &BlockBody,
        schema: &BlockSchema,
        here: Here<'_>,
    ) -> Result<Value, EvalError> {
        let scope = Scope { world: self, inst, here };
        self.with_context(|context| eval::eval_block(self.module(inst), body, schema, &scope, context))
    }

    fn with_context<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        let moment =
            self.moment.as_ref().map(|moment| functions::Moment { now: moment.now, random: &*moment.random });
        run(&Context {
            moment: moment.as_ref(),
            cancel: Some(&self.cancel),
            answers: Some(&self.answers),
            spent: Some(&self.spent),
            ..Context::new(&*self.files, &self.limits, &self.program, &self.program.root().directory)
        })
    }

    /// Whether a condition holds; `Ok(None)` if that is not known yet.
    ///
    /// # Errors
    /// What its author wrote for the case that it does not hold, or that it can't be evaluated.
    pub(crate) fn holds(
        &self,
        inst: InstId,
        condition: &Condition,
        here: Here<'_>,
        subject: &str,
    ) -> Result<Option<()>, EvalError> {
        let at_path = |mut e: EvalError| {
            e.path.get_or_insert_with(|| subject.to_owned());
            e
        };
        let value = self.eval(inst, condition.condition, here).map_err(at_path)?;
        if value.is_unknown() {
            return Ok(None);
        }
        if value.as_bool() == Some(true) {
            return Ok(Some(()));
        }
        let message = self.eval(inst, condition.message, here).map_err(at_path)?;
        let text = match message.as_str() {
            Some(_) if message.secret => "(sensitive)".to_owned(),
            Some(text) => text.to_owned(),
            None => "the condition does not hold".to_owned(),
        };
        let module = self.module(inst);
        let place = module.expr(condition.condition).span;
        Err(Box::new(
            Diagnostic::new(codes::VALIDATION_FAILED, place, format!("{subject}: {text}"))
                .here("this is false")
                .at_path(subject),
        ))
    }

    /// The outputs of a module instance as one object.
    pub(crate) fn outputs(&self, inst: InstId) -> Value {
        let instance = self.instances.get(inst);
        let module = self.module(inst);
        let entries = module.outputs.keys().zip(&instance.outputs);
        let known = entries.map(|(name, value)| (name.clone(), value.clone().unwrap_or_else(not_yet)));
        known.collect::<ValueMap>().into()
    }
}

/// What stands for a value nobody has worked out: something before it failed or is deferred.
fn not_yet() -> Value {
    Value::unknown(Type::any())
}

/// References in one module instance.
struct Scope<'w> {
    world: &'w World,
    inst: InstId,
    here: Here<'w>,
}

impl Lookup for Scope<'_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        let value = self.world.instances.get(self.inst).variables.get(index as usize);
        Ok(value.cloned().flatten().unwrap_or_else(not_yet))
    }

    fn local(&self, index: u32) -> Result<Value, EvalError> {
        let value = self.world.instances.get(self.inst).locals.get(index as usize);
        Ok(value.cloned().flatten().unwrap_or_else(not_yet))
    }

    fn resource(&self, index: u32) -> Result<Value, EvalError> {
        let all = self.world.instances.get(self.inst).resources.get(index as usize);
        Ok(all.map_or_else(not_yet, |all| all.whole(|row| self.world.row(row).value.clone())))
    }

    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError> {
        let Some(all) = self.world.instances.get(self.inst).resources.get(index as usize) else {
            return Ok(None);
        };
        if all.keys == Keys::Unknown {
            return Ok(Some(not_yet()));
        }
        Ok(all.find(Some(key)).map(|row| self.world.row(row).value.clone()))
    }

    fn call(&self, index: u32) -> Result<Value, EvalError> {
        let all = self.world.instances.get(self.inst).calls.get(index as usize);
        Ok(all.map_or_else(not_yet, |all| all.whole(|inst| self.world.outputs(inst))))
    }

    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError> {
        let Some(all) = self.world.instances.get(self.inst).calls.get(index as usize) else {
            return Ok(None);
        };
        if all.keys == Keys::Unknown {
            return Ok(Some(not_yet()));
        }
        let Some(inst) = all.find(key) else { return Ok(None) };
        let Some(at) = self.world.module(inst).outputs.get_index_of(output) else { return Ok(None) };
        let value = self.world.instances.get(inst).outputs.get(at);
        Ok(Some(value.cloned().flatten().unwrap_or_else(not_yet)))
    }

    fn each(&self) -> Option<(Value, Value)> {
        self.here.keys.and_then(|(keys, at)| keys.each(at))
    }

    fn count_index(&self) -> Option<Value> {
        let (keys, at) = self.here.keys?;
        matches!(keys, Keys::Count(_)).then(|| Value::from(at))
    }

    fn self_object(&self) -> Option<Value> {
        self.here.this.cloned()
    }
}

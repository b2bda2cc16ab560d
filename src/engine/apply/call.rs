//! One call of a provider: reading a data source, or performing the steps that are ready for it.

use std::sync::Arc;

use super::journal::{Journal, Report, failure};
use super::work::StepSpec;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::engine::events::{Event, Events, StepAction};
use crate::engine::plan::marks;
use crate::engine::provider::{
    Connection, DataRequest, LedgerClosed, Object, Operation, PlanRequest, ProviderError, Step, StepId,
};

/// A step with its arguments.
pub(crate) struct Prepared {
    pub(crate) node: StepId,
    pub(crate) spec: Arc<StepSpec>,
    /// Its arguments, if they were worked out again.
    pub(crate) config: Option<Value>,
}

/// Performs steps and reports what became of each.
pub(crate) async fn call(
    connection: Arc<dyn Connection>,
    prepared: Vec<Prepared>,
    journal: &Journal<'_>,
    events: &dyn Events,
) {
    let mut steps = Vec::with_capacity(prepared.len());
    for Prepared { node, spec, config } in prepared {
        if spec.action == StepAction::Read {
            read(&*connection, node, &spec, config, journal, events).await;
            continue;
        }
        match operation(&*connection, &spec, config).await {
            Ok(Some(operation)) => {
                let step = Step {
                    id: node,
                    address: spec.address.clone(),
                    kind: spec.address.resource.kind.clone(),
                    schema: spec.schema.clone(),
                    token: journal.token(node),
                    operation,
                };
                journal.enter(spec, step.clone());
                steps.push(step);
            }
            Ok(None) => {
                let value = spec.prior.as_ref().map_or(Value::NULL, |prior| prior.object.attributes.clone());
                journal.report(Report::Unneeded { node, value });
            }
            Err(diagnostic) => journal.report(Report::Failed { node, diagnostic }),
        }
    }
    if !steps.is_empty() {
        let nodes: Vec<_> = steps.iter().map(|step| step.id).collect();
        // A closed ledger stops the run; what was recorded stands.
        let closed = connection.apply_many(steps, journal).await.is_err();
        if !closed {
            let _ = resolve(&*connection, &nodes, journal).await;
        }
    }
}

/// Asks about steps whose outcome their provider could not tell.
async fn resolve(
    connection: &dyn Connection,
    nodes: &[StepId],
    journal: &Journal<'_>,
) -> Result<(), LedgerClosed> {
    for (step, doubt) in journal.left(nodes) {
        let id = step.id;
        let silent = || ProviderError {
            effect: crate::engine::provider::Effect::Unknown,
            ..ProviderError::permanent("", "the provider did not say what became of it")
        };
        let error = doubt.unwrap_or_else(silent);
        let found = connection.recover(step).await;
        journal.settle_doubt(id, error, found).await?;
    }
    Ok(())
}

async fn read(
    connection: &dyn Connection,
    node: StepId,
    spec: &Arc<StepSpec>,
    config: Option<Value>,
    journal: &Journal<'_>,
    events: &dyn Events,
) {
    let address = spec.address.clone();
    events.on_event(Event::StepStarted { address: address.clone(), action: StepAction::Read });
    let config = config.unwrap_or_else(|| spec.config.clone());
    let kind = address.resource.kind.clone();
    let request = DataRequest { address, kind, schema: spec.schema.clone(), config: config.clone() };
    match connection.read_data(request).await {
        Ok(value) => {
            let value = marks::restore(value, &spec.schema.block, &config);
            journal.report(Report::Done { node, value });
        }
        Err(error) => {
            journal.report(Report::Failed { node, diagnostic: Box::new(failure(spec, &error)) });
        }
    }
}

/// What is to be done now that all arguments are known; `None` if nothing is left to do.
async fn operation(
    connection: &dyn Connection,
    spec: &StepSpec,
    config: Option<Value>,
) -> Result<Option<Operation>, Box<Diagnostic>> {
    let prior = || spec.prior.as_ref().map(|prior| prior.object.clone());
    if spec.action == StepAction::Delete {
        return Ok(prior().map(|prior| Operation::Delete { prior }));
    }
    let planned = match config {
        None => spec.planned.clone(),
        Some(config) => replan(connection, spec, config).await?,
    };
    match (spec.action, prior()) {
        (StepAction::Update, Some(prior)) => {
            if marks::same_object(&planned, &prior.attributes) {
                return Ok(None);
            }
            Ok(Some(Operation::Update { prior, planned }))
        }
        _ => Ok(Some(Operation::Create { planned })),
    }
}

/// Plans again with facts in the place of unknowns. What was known must stay as it was shown.
async fn replan(
    connection: &dyn Connection,
    spec: &StepSpec,
    config: Value,
) -> Result<Value, Box<Diagnostic>> {
    let updates = spec.action == StepAction::Update;
    let prior: Option<Object> = spec.prior.as_ref().filter(|_| updates).map(|prior| prior.object.clone());
    let request = PlanRequest {
        address: spec.address.clone(),
        kind: spec.address.resource.kind.clone(),
        schema: spec.schema.clone(),
        prior,
        config: config.clone(),
    };
    let reply = connection.plan(request).await.map_err(|error| Box::new(failure(spec, &error)))?;
    let address = &spec.address;
    let place = |message: String| match spec.declared {
        Some(span) => Diagnostic::new(codes::APPLY_FAILED, span, message),
        None => Diagnostic::without_place(codes::APPLY_FAILED, message),
    };
    if updates && let Some(name) = reply.replace.first() {
        let message = format!("{address}.{name} turned out to need a new object, which was not planned");
        return Err(Box::new(place(message).help("plan again").at_path(format!("{address}.{name}"))));
    }
    let planned = marks::restore(reply.planned, &spec.schema.block, &config);
    if let Some(at) = marks::contradiction(&spec.planned, &planned) {
        let message = format!("{address}.{at} is not what was planned now that all is known");
        return Err(Box::new(place(message).help("plan again").at_path(format!("{address}.{at}"))));
    }
    Ok(planned)
}

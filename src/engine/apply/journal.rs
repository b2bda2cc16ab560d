//! The ledger of an apply: intents before effects, outcomes after them, each durable before anything builds on it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::channel::mpsc::UnboundedSender;
use rustc_hash::FxHashMap;

use super::work::{DeleteTarget, StepSpec};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::{Kind, Value};
use crate::engine::events::{Event, Events, StepAction};
use crate::engine::faults;
use crate::engine::plan::marks;
use crate::engine::provider::{
    Effect, Ledger, LedgerClosed, Object, Operation, Outcome, ProviderError, Recovered, Step, StepId,
};
use crate::engine::state::{
    Instance, InstanceStatus, Intent, IntentOperation, StateChange, StateSession, StoreError,
};

/// What became of a step.
pub(crate) enum Report {
    /// It is done, and this is the object now.
    Done { node: StepId, value: Value },
    /// It failed, or succeeded in a way nothing may build on.
    Failed { node: StepId, diagnostic: Box<Diagnostic> },
    /// Nothing had to be done after all.
    Unneeded { node: StepId, value: Value },
}

/// A step that was handed to a provider.
struct InFlight {
    spec: Arc<StepSpec>,
    step: Step,
    /// Set once its outcome is not known to the provider.
    doubtful: Option<ProviderError>,
}

/// Records what happens in the state, and tells the scheduler.
pub(crate) struct Journal<'a> {
    session: &'a dyn StateSession,
    events: &'a dyn Events,
    run: Text,
    reports: UnboundedSender<Report>,
    steps: Mutex<FxHashMap<StepId, InFlight>>,
    closed: Mutex<Option<StoreError>>,
}

impl<'a> Journal<'a> {
    pub(crate) fn new(
        session: &'a dyn StateSession,
        events: &'a dyn Events,
        run: Text,
        reports: UnboundedSender<Report>,
    ) -> Self {
        Self { session, events, run, reports, steps: Mutex::default(), closed: Mutex::default() }
    }

    /// The token of a step: unique to this run and step.
    pub(crate) fn token(&self, node: StepId) -> Text {
        format!("{}-{node}", self.run).into()
    }

    /// Why nothing can be recorded any more.
    pub(crate) fn closed(&self) -> Option<StoreError> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A step that is about to be handed to its provider.
    pub(crate) fn enter(&self, spec: Arc<StepSpec>, step: Step) {
        self.lock().insert(step.id, InFlight { spec, step, doubtful: None });
    }

    pub(crate) fn report(&self, report: Report) {
        // The scheduler that listens ends after every call that can report.
        let _ = self.reports.unbounded_send(report);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<StepId, InFlight>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn commit(&self, changes: Vec<StateChange>) -> Result<u64, LedgerClosed> {
        if let Some(error) = self.closed() {
            return Err(LedgerClosed(error.to_string()));
        }
        self.session.commit(changes).await.map_err(|error| {
            let closed = LedgerClosed(error.to_string());
            self.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            closed
        })
    }

    /// Steps that a finished call left in doubt, or said nothing of.
    pub(crate) fn left(&self, nodes: &[StepId]) -> Vec<(Step, Option<ProviderError>)> {
        let steps = self.lock();
        nodes
            .iter()
            .filter_map(|node| steps.get(node))
            .map(|s| (s.step.clone(), s.doubtful.clone()))
            .collect()
    }

    /// Records what was found out about a step in doubt.
    pub(crate) async fn settle_doubt(
        &self,
        node: StepId,
        error: ProviderError,
        found: Result<Recovered, ProviderError>,
    ) -> Result<(), LedgerClosed> {
        let outcome = match found {
            Ok(Recovered::Happened(object)) => Ok(object),
            Ok(Recovered::NotHappened) => Err(ProviderError { effect: Effect::NotApplied, ..error }),
            Ok(Recovered::Unknown(_)) | Err(_) => {
                // The intent stays open; the next run asks again.
                if let Some(in_flight) = self.lock().remove(&node) {
                    self.failed(&in_flight.spec, node, &error);
                }
                return Ok(());
            }
        };
        self.record(vec![(node, outcome)]).await
    }

    fn failed(&self, spec: &StepSpec, node: StepId, error: &ProviderError) {
        let diagnostic = Box::new(failure(spec, error));
        self.report(Report::Failed { node, diagnostic });
    }
}

/// What to say of a step that failed.
pub(crate) fn failure(spec: &StepSpec, error: &ProviderError) -> Diagnostic {
    let (code, happened) = match spec.action {
        StepAction::Create => (codes::APPLY_FAILED, "was not created"),
        StepAction::Update => (codes::APPLY_FAILED, "was not updated"),
        StepAction::Delete => (codes::APPLY_FAILED, "was not deleted"),
        StepAction::Read => (codes::READ_FAILED, "could not be read"),
    };
    faults::failed(code, &spec.address.to_string(), happened, error, spec.declared)
}

fn intent(spec: &StepSpec, step: &Step, deposed: Option<Text>) -> Intent {
    Intent {
        token: step.token.clone(),
        address: spec.address.clone(),
        provider: spec.provider.clone(),
        schema_version: spec.schema.version,
        operation: match step.operation.clone() {
            Operation::Create { planned } => IntentOperation::Create { planned },
            Operation::Update { prior, planned } => IntentOperation::Update { prior, planned },
            Operation::Delete { prior } => IntentOperation::Delete { prior, deposed },
        },
        dependencies: spec.dependencies.clone(),
        create_before_destroy: spec.create_before_destroy,
    }
}

impl Journal<'_> {
    /// The token under which the object that a delete is about was deposed.
    fn deposed(&self, spec: &StepSpec) -> Option<Text> {
        match &spec.target {
            DeleteTarget::Current => None,
            DeleteTarget::Deposed(token) => Some(token.clone()),
            DeleteTarget::DeposedBy(node) => Some(self.token(*node)),
        }
    }

    fn put(&self, in_flight: &InFlight, object: Object, status: InstanceStatus) -> Vec<StateChange> {
        let InFlight { spec, step, .. } = in_flight;
        let mut changes = Vec::new();
        if spec.deposes {
            changes.push(StateChange::Depose { address: spec.address.clone(), token: step.token.clone() });
        }
        changes.push(StateChange::Put(Box::new(Instance {
            address: spec.address.clone(),
            provider: spec.provider.clone(),
            schema_version: spec.schema.version,
            object,
            status,
            dependencies: spec.dependencies.clone(),
            create_before_destroy: spec.create_before_destroy,
        })));
        changes.push(StateChange::Settle(step.token.clone()));
        changes
    }

    fn gone(&self, in_flight: &InFlight) -> Vec<StateChange> {
        let InFlight { spec, step, .. } = in_flight;
        let address = spec.address.clone();
        let removed = match self.deposed(spec) {
            None => StateChange::Remove(address),
            Some(token) => StateChange::RemoveDeposed { address, token },
        };
        vec![removed, StateChange::Settle(step.token.clone())]
    }

    /// What an outcome means for the state, and what to tell the scheduler once that is durable.
    fn meaning(&self, in_flight: &InFlight, outcome: Outcome) -> (Vec<StateChange>, Report) {
        let InFlight { spec, step, .. } = in_flight;
        let node = step.id;
        let planned = match &step.operation {
            Operation::Create { planned } | Operation::Update { planned, .. } => planned,
            Operation::Delete { .. } => &Value::NULL,
        };
        match outcome {
            Ok(None) if spec.action == StepAction::Delete => {
                (self.gone(in_flight), Report::Done { node, value: Value::NULL })
            }
            Ok(None) => {
                let error = ProviderError::permanent("", "the provider answered without an object");
                (self.gone(in_flight), Report::Failed { node, diagnostic: Box::new(failure(spec, &error)) })
            }
            Ok(Some(_)) if spec.action == StepAction::Delete => {
                let error = ProviderError::permanent("", "the provider says that the object is still there");
                let settle = vec![StateChange::Settle(step.token.clone())];
                (settle, Report::Failed { node, diagnostic: Box::new(failure(spec, &error)) })
            }
            Ok(Some(object)) => {
                let object = self.marked(spec, planned, object);
                let fault = mismatch(spec, planned, &object.attributes);
                let object = Object { attributes: known(object.attributes), ..object };
                let value = object.attributes.clone();
                let report = match fault {
                    None => Report::Done { node, value },
                    Some(diagnostic) => Report::Failed { node, diagnostic: Box::new(diagnostic) },
                };
                (self.put(in_flight, object, InstanceStatus::Ready), report)
            }
            Err(error) => {
                let diagnostic = Box::new(failure(spec, &error));
                let changes = match error.effect {
                    Effect::NotApplied => vec![StateChange::Settle(step.token.clone())],
                    Effect::Unknown => Vec::new(),
                    Effect::Partial(_) if spec.action == StepAction::Delete => {
                        vec![StateChange::Settle(step.token.clone())]
                    }
                    Effect::Partial(object) => {
                        let object = self.marked(spec, planned, *object);
                        let object = Object { attributes: known(object.attributes), ..object };
                        // What an update left half-done shows as a difference; what a creation did is made anew.
                        let status = match spec.action {
                            StepAction::Create => InstanceStatus::Tainted,
                            _ => InstanceStatus::Ready,
                        };
                        self.put(in_flight, object, status)
                    }
                };
                (changes, Report::Failed { node, diagnostic })
            }
        }
    }

    fn marked(&self, spec: &StepSpec, planned: &Value, object: Object) -> Object {
        Object { attributes: marks::restore(object.attributes, &spec.schema.block, planned), ..object }
    }
}

/// What a provider must not answer: something else than was planned, or something that is still not known.
fn mismatch(spec: &StepSpec, planned: &Value, actual: &Value) -> Option<Diagnostic> {
    let at = marks::contradiction(planned, actual).or_else(|| {
        let unknown = actual.as_map()?.iter().find(|(_, value)| !value.is_wholly_known())?;
        Some(unknown.0.to_string())
    })?;
    let address = &spec.address;
    let first = at.split('.').next().unwrap_or_default();
    let of = |value: &Value| value.get(first).cloned().unwrap_or(Value::NULL).to_string();
    let message = format!(
        "{address}.{at} is not what was planned; this is a mistake of the provider {}",
        spec.provider
    );
    let diagnostic = match spec.declared {
        Some(span) => Diagnostic::new(codes::APPLY_FAILED, span, message),
        None => Diagnostic::without_place(codes::APPLY_FAILED, message),
    };
    Some(
        diagnostic
            .mismatch(of(planned), of(actual))
            .note("the object exists and is recorded as it is")
            .at_path(format!("{address}.{at}")),
    )
}

/// The state holds nothing that is not known.
fn known(value: Value) -> Value {
    if value.is_wholly_known() {
        return value;
    }
    let secret = value.secret;
    let kind = match value.kind {
        Kind::Unknown(_) => Kind::Null,
        Kind::Map(map) => {
            Kind::Map(Arc::new(map.iter().map(|(k, v)| (k.clone(), known(v.clone()))).collect()))
        }
        Kind::Seq(values) => Kind::Seq(values.iter().cloned().map(known).collect()),
        Kind::Set(values) => Value::set(values.iter().cloned().map(known).collect()).kind,
        other => other,
    };
    Value { kind, secret }
}

#[async_trait]
impl Ledger for Journal<'_> {
    async fn intend(&self, steps: &[Step]) -> Result<(), LedgerClosed> {
        let mut changes = Vec::with_capacity(steps.len());
        let mut started = Vec::with_capacity(steps.len());
        {
            let known = self.lock();
            for step in steps {
                let Some(in_flight) = known.get(&step.id) else { continue };
                let deposed = self.deposed(&in_flight.spec);
                changes.push(StateChange::Intend(intent(&in_flight.spec, &in_flight.step, deposed)));
                started.push((in_flight.spec.address.clone(), in_flight.spec.action));
            }
        }
        self.commit(changes).await?;
        for (address, action) in started {
            self.events.on_event(Event::StepStarted { address, action });
        }
        Ok(())
    }

    async fn record(&self, outcomes: Vec<(StepId, Outcome)>) -> Result<(), LedgerClosed> {
        let mut changes = Vec::with_capacity(outcomes.len() * 2);
        let mut reports = Vec::with_capacity(outcomes.len());
        {
            let mut steps = self.lock();
            for (id, outcome) in outcomes {
                if let Err(error) = &outcome
                    && error.effect == Effect::Unknown
                    && let Some(in_flight) = steps.get_mut(&id)
                {
                    in_flight.doubtful = Some(error.clone());
                    continue;
                }
                let Some(in_flight) = steps.remove(&id) else { continue };
                let (more, report) = self.meaning(&in_flight, outcome);
                changes.extend(more);
                reports.push(report);
            }
        }
        if !changes.is_empty() {
            self.commit(changes).await?;
        }
        reports.into_iter().for_each(|report| self.report(report));
        Ok(())
    }
}

//! Many steps in few transactions. A transaction takes place wholly or not at all; where one operation of it is
//! refused, its step fails and the others are sent again. What may or may not have taken place is read back.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value as Json;

use super::catalog::{View, Wanted};
use super::client::{Client, OPS, Pace, TXN_BYTES, Txn};
use super::resources::{Op, node, service};
use super::steps;
use super::trouble::Trouble;
use super::values::agrees;
use super::wire::{TxnError, TxnResult};
use crate::base::value::Value;
use crate::engine::provider::{Ledger, LedgerClosed, Object, Operation, Outcome, Step, StepId};

/// Transactions at the same time; more gain nothing.
const TRANSACTIONS: usize = 4;
/// How often a step is made anew because a check changed its status meanwhile.
const REMADE: u32 = 8;

/// A step with the operations that do it.
struct Job {
    step: Step,
    ops: Vec<Op>,
    /// Bytes of its operations as text.
    bytes: usize,
    /// It was tried and may have taken place.
    doubt: bool,
    remade: u32,
}

/// Where steps are done: one datacenter.
struct Site<'c> {
    client: &'c Client,
    /// As asked for; `None` for the default.
    datacenter: Option<String>,
    /// Its name.
    name: String,
}

/// Does all steps, each recorded before and after.
pub async fn perform(client: &Client, steps: Vec<Step>, ledger: &dyn Ledger) -> Result<(), LedgerClosed> {
    ledger.intend(&steps).await?;
    let mut waves: BTreeMap<(u8, Option<String>), Vec<Step>> = BTreeMap::new();
    for step in steps {
        let datacenter = steps::datacenter_of(&step).or_else(|| client.datacenter.clone());
        waves.entry((steps::wave(&step), datacenter)).or_default().push(step);
    }
    for ((_, datacenter), steps) in waves {
        let (jobs, site) = match prepare(client, datacenter, &steps).await {
            Ok(ready) => ready,
            Err(trouble) => {
                // Only reads so far.
                let trouble = Trouble { uncertain: false, ..trouble };
                let failed = steps.iter().map(|step| (step.id, failed(step, trouble.clone())));
                ledger.record(failed.collect()).await?;
                continue;
            }
        };
        let mut ready = Vec::new();
        let mut outcomes = Vec::new();
        for job in jobs {
            match job {
                Ok(job) => ready.push(job),
                Err(outcome) => outcomes.push(outcome),
            }
        }
        if !outcomes.is_empty() {
            ledger.record(outcomes).await?;
        }
        // Recording one does not hold up the others; the first that can't be recorded ends them all.
        let site = &site;
        let running = pack(ready).into_iter().map(|batch| async move {
            let outcomes = site.run(batch).await;
            ledger.record(outcomes).await
        });
        stream::iter(running).buffer_unordered(TRANSACTIONS).try_collect::<()>().await?;
    }
    Ok(())
}

/// What became of a step that failed.
fn failed(step: &Step, trouble: Trouble) -> Outcome {
    Err(trouble.asked(steps::asked(step), true))
}

type Prepared = Result<Job, (StepId, Outcome)>;

/// Reads what must be known and makes the operations; steps with nothing left to do are done.
async fn prepare<'c>(
    client: &'c Client,
    datacenter: Option<String>,
    steps: &[Step],
) -> Result<(Vec<Prepared>, Site<'c>), Trouble> {
    client.acl().await?;
    let mut wanted = Wanted::default();
    for step in steps {
        steps::want_before(step, &mut wanted);
    }
    let view = wanted.load(client, datacenter.as_deref()).await?;
    let name = match &datacenter {
        Some(name) => name.clone(),
        None => client.default_datacenter().await?,
    };
    let registers =
        |step: &&Step| step.kind == service::KIND && matches!(step.operation, Operation::Create { .. });
    let agents = match steps.iter().find(registers) {
        Some(_) => Some(super::catalog::agents(client, datacenter.as_deref()).await?),
        None => None,
    };
    let site = Site { client, datacenter, name };
    let jobs = steps.iter().map(|step| {
        if let Some(agents) = agents.as_ref().filter(|_| registers(&step)) {
            let (node, _) = service::identity(steps::attributes(step));
            if agents.contains(&node.to_lowercase()) {
                return Err((step.id, failed(step, live_agent(&node))));
            }
        }
        match Job::new(step.clone(), &view, false) {
            Err(trouble) => Err((step.id, failed(step, trouble))),
            Ok(job) if job.ops.is_empty() => Err((step.id, Ok(site.observe(step, &view)))),
            Ok(job) => Ok(job),
        }
    });
    let mut jobs: Vec<Prepared> = jobs.collect();
    for (job, step) in jobs.iter_mut().zip(steps) {
        if let Err((_, outcome)) = job {
            site.settle(step, outcome).await;
        }
    }
    Ok((jobs, site))
}

/// Why nothing can be registered at the node of a live agent.
pub fn live_agent(node: &str) -> Trouble {
    Trouble::permanent(format!(
        "{node:?} is the node of a live Consul agent, which removes within seconds what it did not register itself"
    ))
    .help("register external services at a node of their own: a consul_node resource")
}

/// Batches within the limits on operations and bytes. A step that is over the limits by itself is a batch of its own.
fn pack(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut batches: Vec<Vec<Job>> = Vec::new();
    let (mut ops, mut bytes) = (0, 0);
    for job in jobs {
        if batches.is_empty() || ops + job.ops.len() > OPS || bytes + job.bytes > TXN_BYTES {
            batches.push(Vec::new());
            (ops, bytes) = (0, 0);
        }
        ops += job.ops.len();
        bytes += job.bytes;
        if let Some(batch) = batches.last_mut() {
            batch.push(job);
        }
    }
    batches
}

impl Job {
    fn new(step: Step, view: &View, doubt: bool) -> Result<Self, Trouble> {
        let ops = steps::prepare(&step, view, doubt)?;
        let bytes = ops.iter().map(|op| op.body.to_string().len() + 1).sum();
        Ok(Self { step, ops, bytes, doubt, remade: 0 })
    }

    /// As many of its operations as fit into one transaction: all, but for resources of very many keys.
    fn fitting(&self) -> &[Op] {
        let mut bytes = 0;
        let fits = |op: &&Op| {
            bytes += op.body.to_string().len() + 1;
            bytes <= TXN_BYTES
        };
        let fitting = self.ops.iter().take(OPS).take_while(fits).count().max(1);
        &self.ops[..fitting.min(self.ops.len())]
    }
}

/// What a transaction left undecided.
enum Next {
    /// Done, one way or the other.
    Decided(Outcome),
    /// To be sent again.
    Again(Job),
}

impl Site<'_> {
    /// Does a batch, in as many transactions as that takes.
    async fn run(&self, batch: Vec<Job>) -> Vec<(StepId, Outcome)> {
        let mut outcomes = Vec::new();
        let mut work = vec![batch];
        let mut pace = self.client.pace();
        while let Some(mut batch) = work.pop() {
            if batch.is_empty() {
                continue;
            }
            let ops: Vec<&Op> = batch.iter().flat_map(Job::fitting).collect();
            let body: Vec<&Json> = ops.iter().map(|op| &op.body).collect();
            let body: Arc<str> = serde_json::json!(body).to_string().into();
            match self.client.txn(self.datacenter.as_deref(), body).await {
                Txn::Applied(results) => work.push(self.applied(batch, results, &mut outcomes).await),
                Txn::Rejected(errors) => work.push(self.rejected(batch, errors, &mut outcomes).await),
                Txn::Failed(trouble) if trouble.is_passing() || trouble.uncertain => {
                    if trouble.uncertain {
                        batch.iter_mut().for_each(|job| job.doubt = true);
                    }
                    work.push(self.passing(batch, trouble, &mut pace, &mut outcomes).await);
                }
                // One of them is at fault, or all are too many.
                Txn::Failed(_) if batch.len() > 1 => {
                    let rest = batch.split_off(batch.len() / 2);
                    work.extend([rest, batch]);
                }
                Txn::Failed(trouble) => {
                    let doubt = |job: &Job| Trouble { uncertain: job.doubt, ..trouble.clone() };
                    outcomes.extend(batch.iter().map(|job| (job.step.id, failed(&job.step, doubt(job)))));
                }
            }
        }
        outcomes
    }

    /// All operations took place: the objects are as the results show them, or as a read does.
    async fn applied(
        &self,
        batch: Vec<Job>,
        results: Vec<TxnResult>,
        outcomes: &mut Vec<(StepId, Outcome)>,
    ) -> Vec<Job> {
        let mut results = results.into_iter();
        let mut unseen = Vec::new();
        let mut again = Vec::new();
        for job in batch {
            let answers = job.fitting().iter().filter(|op| op.answers).count();
            let shown: Vec<TxnResult> = results.by_ref().take(answers).collect();
            if job.fitting().len() < job.ops.len() {
                again.push(job);
            } else if matches!(job.step.operation, Operation::Delete { .. }) {
                outcomes.push((job.step.id, Ok(None)));
            } else if let Some(object) = steps::finished(&job.step, &shown, &self.name) {
                outcomes.push((job.step.id, Ok(Some(object))));
            } else {
                unseen.push(job);
            }
        }
        if !unseen.is_empty() {
            let view = self.look(&unseen).await;
            for job in unseen {
                outcomes.push((job.step.id, self.seen(&job.step, &view)));
            }
        }
        if again.is_empty() {
            return again;
        }
        // What is left of them depends on what is there now.
        match self.look(&again).await {
            Ok(view) => self.remake(again, &view, outcomes),
            Err(trouble) => {
                let trouble = Trouble { uncertain: true, ..trouble };
                outcomes.extend(again.iter().map(|job| (job.step.id, failed(&job.step, trouble.clone()))));
                Vec::new()
            }
        }
    }

    /// The operations of these were done, and this is how they are found.
    fn seen(&self, step: &Step, view: &Result<View, Trouble>) -> Outcome {
        match view {
            Err(trouble) => failed(step, Trouble { uncertain: true, ..trouble.clone() }),
            Ok(view) => match self.observe(step, view) {
                Some(object) => Ok(Some(object)),
                None => failed(step, Trouble::conflict("it was done, and someone else has undone it since")),
            },
        }
    }

    /// Makes the operations anew from what is there now.
    fn remake(&self, jobs: Vec<Job>, view: &View, outcomes: &mut Vec<(StepId, Outcome)>) -> Vec<Job> {
        let mut again = Vec::new();
        for job in jobs {
            let Job { step, doubt, remade, .. } = job;
            match Job::new(step.clone(), view, true) {
                Err(trouble) => {
                    outcomes.push((step.id, failed(&step, Trouble { uncertain: false, ..trouble })))
                }
                Ok(job) if job.ops.is_empty() => outcomes.push((step.id, Ok(self.observe(&step, view)))),
                Ok(job) => again.push(Job { doubt, remade: remade + 1, ..job }),
            }
        }
        again
    }

    /// Nothing took place because of these errors: their steps are decided, the others go again.
    async fn rejected(
        &self,
        batch: Vec<Job>,
        errors: Vec<TxnError>,
        outcomes: &mut Vec<(StepId, Outcome)>,
    ) -> Vec<Job> {
        let mut again = Vec::new();
        let mut at_fault = Vec::new();
        let mut from = 0;
        for job in batch {
            let to = from + job.fitting().len();
            match errors.iter().find(|error| (from..to).contains(&error.op)) {
                Some(error) => at_fault.push((job, error.what.clone())),
                None => again.push(job),
            }
            from = to;
        }
        if at_fault.is_empty() {
            // It does not say which; every one of them is told what it says.
            let what = errors.first().map(|error| error.what.as_str()).unwrap_or_default();
            outcomes.extend(again.iter().map(|job| (job.step.id, failed(&job.step, Trouble::refused(what)))));
            return Vec::new();
        }
        let stale = at_fault.iter().any(|(_, what)| is_stale(what));
        let view =
            if stale { self.look_at(at_fault.iter().map(|(job, _)| job)).await } else { Ok(View::default()) };
        for (job, what) in at_fault {
            let step = job.step.clone();
            match self.decide(job, &what, &view) {
                Next::Decided(mut outcome) => {
                    self.settle(&step, &mut outcome).await;
                    outcomes.push((step.id, outcome));
                }
                Next::Again(job) => again.push(job),
            }
        }
        again
    }

    /// What a refused step comes to.
    fn decide(&self, job: Job, what: &str, view: &Result<View, Trouble>) -> Next {
        let step = &job.step;
        if what.contains("Missing node registration") {
            let (node, _) = service::identity(steps::attributes(step));
            let trouble = Trouble::permanent(format!("there is no node {node:?}"))
                .help("register it with a consul_node resource and write node = consul_node.….name");
            return Next::Decided(failed(step, trouble));
        }
        if !is_stale(what) {
            return Next::Decided(failed(step, Trouble::refused(what)));
        }
        let view = match view {
            Ok(view) => view,
            Err(trouble) => {
                return Next::Decided(failed(step, Trouble { uncertain: job.doubt, ..trouble.clone() }));
            }
        };
        let found = self.observe(step, view);
        if job.doubt && is_done(step, found.as_ref()) {
            return Next::Decided(Ok(found));
        }
        match (&step.operation, found) {
            (Operation::Delete { .. }, None) => Next::Decided(Ok(None)),
            (Operation::Create { .. }, Some(found)) => {
                Next::Decided(Err(exists(&step.kind, &found).asked(steps::asked(step), true)))
            }
            (Operation::Create { .. }, None) if job.remade >= REMADE || what.contains("check") => {
                Next::Decided(failed(step, Trouble::permanent(format!("Consul refused: {what}"))
                    .help("a check of that id is registered at the node for something else: choose another check_id")))
            }
            (Operation::Create { .. }, None) => Next::Again(Job { remade: job.remade + 1, ..job }),
            (Operation::Update { .. } | Operation::Delete { .. }, found) => {
                // A check that changed its status meanwhile is no conflict.
                if what.contains("check") && job.remade < REMADE && found.is_some() {
                    let (doubt, remade) = (job.doubt, job.remade + 1);
                    return match Job::new(step.clone(), view, doubt) {
                        Ok(job) => Next::Again(Job { doubt, remade, ..job }),
                        Err(trouble) => Next::Decided(failed(step, trouble)),
                    };
                }
                Next::Decided(failed(step, changed(step, found.as_ref())))
            }
        }
    }

    /// Waits, finds out what took place if that is in doubt, and gives back what is to be sent again.
    async fn passing(
        &self,
        batch: Vec<Job>,
        trouble: Trouble,
        pace: &mut Pace<'_>,
        outcomes: &mut Vec<(StepId, Outcome)>,
    ) -> Vec<Job> {
        let give_up = |batch: Vec<Job>, trouble: &Trouble, outcomes: &mut Vec<(StepId, Outcome)>| {
            for job in batch {
                let trouble = Trouble { uncertain: job.doubt, ..trouble.clone() };
                outcomes.push((job.step.id, failed(&job.step, trouble)));
            }
            Vec::new()
        };
        if !pace.again(&trouble).await {
            return give_up(batch, &trouble, outcomes);
        }
        if !batch.iter().any(|job| job.doubt) {
            return batch;
        }
        let view = match self.look(&batch).await {
            Ok(view) => view,
            Err(trouble) => return give_up(batch, &trouble, outcomes),
        };
        let mut again = Vec::new();
        for job in batch {
            let found = self.observe(&job.step, &view);
            if job.doubt && is_done(&job.step, found.as_ref()) {
                let mut outcome = Ok(found);
                self.settle(&job.step, &mut outcome).await;
                outcomes.push((job.step.id, outcome));
            } else {
                again.push(job);
            }
        }
        again
    }

    /// Something that is to go and is not seen is gone only if it would be seen.
    async fn settle(&self, step: &Step, outcome: &mut Outcome) {
        if !matches!((&step.operation, &outcome), (Operation::Delete { .. }, Ok(None))) {
            return;
        }
        if let Err(trouble) = steps::is_visible(self.client, &step.kind, steps::attributes(step)).await {
            *outcome = failed(step, Trouble { uncertain: true, ..trouble });
        }
    }

    async fn look(&self, jobs: &[Job]) -> Result<View, Trouble> {
        self.look_at(jobs.iter()).await
    }

    /// Everything that must be known of these steps' objects.
    async fn look_at<'j>(&self, jobs: impl Iterator<Item = &'j Job>) -> Result<View, Trouble> {
        let mut wanted = Wanted::default();
        for job in jobs {
            steps::want(&job.step.kind, steps::attributes(&job.step), true, &mut wanted);
            steps::want_before(&job.step, &mut wanted);
        }
        wanted.load(self.client, self.datacenter.as_deref()).await
    }

    fn observe(&self, step: &Step, view: &View) -> Option<Object> {
        steps::observed(&step.kind, steps::attributes(step), view, &self.name)
    }
}

/// Whether `found` is what the step was to bring about.
pub fn is_done(step: &Step, found: Option<&Object>) -> bool {
    match (&step.operation, found) {
        (Operation::Delete { .. }, found) => found.is_none(),
        (Operation::Create { planned } | Operation::Update { planned, .. }, Some(found)) => {
            agrees(planned, &found.attributes)
        }
        _ => false,
    }
}

fn is_stale(what: &str) -> bool {
    what.contains("index is stale")
}

/// Something of that name is there already, and is not this configuration's.
pub fn exists(kind: &str, found: &Object) -> Trouble {
    let id = found.attributes.get("id").and_then(Value::as_str).unwrap_or_default();
    let what = if kind == node::KIND { "a node" } else { "a service" };
    Trouble::permanent(format!(
        "{what} of that name exists already: {}",
        steps::called(kind, &found.attributes)
    ))
    .help(format!(
        "to manage it here, bring it in with `prov import ADDRESS {id}`; otherwise choose another name"
    ))
}

/// Someone else changed or removed it: which attributes, where that can be told.
fn changed(step: &Step, found: Option<&Object>) -> Trouble {
    let prior = match &step.operation {
        Operation::Update { prior, .. } | Operation::Delete { prior } => &prior.attributes,
        Operation::Create { planned } => planned,
    };
    let Some(found) = found else {
        return Trouble::conflict("someone else has removed it since it was last read");
    };
    let differences: Vec<String> = prior
        .as_map()
        .into_iter()
        .flatten()
        .filter_map(|(name, old)| {
            let new = found.attributes.get(name)?;
            (!agrees(old, new)).then(|| format!("{name} {old} → {new}"))
        })
        .collect();
    let said = if differences.is_empty() { String::new() } else { format!(": {}", differences.join(", ")) };
    Trouble::conflict(format!("someone else has changed it since it was last read{said}"))
}

/// One step without a ledger, for those who call the methods one by one.
pub async fn perform_one(client: &Client, step: Step) -> Outcome {
    struct One(std::sync::Mutex<Option<Outcome>>);
    #[async_trait::async_trait]
    impl Ledger for One {
        async fn intend(&self, _: &[Step]) -> Result<(), LedgerClosed> {
            Ok(())
        }
        async fn record(&self, outcomes: Vec<(StepId, Outcome)>) -> Result<(), LedgerClosed> {
            if let (Ok(mut slot), Some((_, outcome))) = (self.0.lock(), outcomes.into_iter().next()) {
                *slot = Some(outcome);
            }
            Ok(())
        }
    }
    let asked = steps::asked(&step);
    let one = One(std::sync::Mutex::new(None));
    let _ = perform(client, vec![step], &one).await;
    let outcome = one.0.into_inner().ok().flatten();
    let lost = Trouble { uncertain: true, ..Trouble::permanent("no outcome was recorded") };
    outcome.unwrap_or_else(|| Err(lost.asked(asked, true)))
}

/// What became of a step whose outcome was not recorded.
pub async fn recover(client: &Client, step: &Step) -> Result<Option<Object>, Trouble> {
    client.acl().await?;
    let datacenter = steps::datacenter_of(step).or_else(|| client.datacenter.clone());
    let mut wanted = Wanted::default();
    steps::want(&step.kind, steps::attributes(step), true, &mut wanted);
    let view = wanted.load(client, datacenter.as_deref()).await?;
    let name = match datacenter {
        Some(name) => name,
        None => client.default_datacenter().await?,
    };
    let found = steps::observed(&step.kind, steps::attributes(step), &view, &name);
    if found.is_none() {
        steps::is_visible(client, &step.kind, steps::attributes(step)).await?;
    }
    Ok(found)
}

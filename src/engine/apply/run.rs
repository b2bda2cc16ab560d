//! The scheduler: what is ready runs, the longest way first; what depends on a failure does not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::future::{BoxFuture, Either, select};
use futures::stream::FuturesUnordered;

use super::call::{Prepared, call};
use super::journal::{Journal, Report};
use super::work::{Action, Facts, StepSpec, Task, Work};
use super::{Applied, Counts};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, sort};
use crate::base::effects::Cancel;
use crate::engine::events::{Event, Events};
use crate::engine::faults::store_failed;
use crate::engine::graph::Graph;
use crate::engine::options::ApplyOptions;
use crate::engine::provider::Connection;
use crate::engine::state::{RunRecord, StateChange, StateSession};

/// Does what is to be done. Always answers, and the state holds all that was done.
pub async fn apply(
    work: Work,
    session: &dyn StateSession,
    options: &ApplyOptions,
    events: &dyn Events,
    cancel: &Cancel,
) -> Applied {
    let state = match session.state().await {
        Ok(state) => state,
        Err(error) => return refused(vec![store_failed(&error)]),
    };
    if (&state.lineage, state.serial) != (&work.lineage, work.serial) {
        return refused(vec![stale(&work, &state.lineage, state.serial)]);
    }
    let (sender, reports) = unbounded();
    let journal = Journal::new(session, events, options.run.id.clone(), sender);
    let mut applied = Applied { serial: state.serial, outputs: state.outputs, ..Applied::default() };
    let touched = !work.bookkeeping.is_empty() || work.tasks.iter().any(|task| matches!(task, Task::Step(_)));
    if !work.bookkeeping.is_empty() && journal.commit(work.bookkeeping).await.is_err() {
        applied.diagnostics.extend(journal.closed().map(|error| store_failed(&error)));
        return applied;
    }
    applied.done = work.counts;
    let mut runner =
        Runner::new(work.graph, work.tasks, work.connections, work.facts, options, &journal, events, cancel);
    runner.run(reports).await;
    let Runner { mut facts, mut diagnostics, counts, failed, skipped, cancelling, .. } = runner;
    applied.done = applied.done.plus(counts);
    diagnostics.extend(facts.checks());
    applied.failed = failed;
    applied.skipped = skipped;
    applied.cancelled = cancelling;
    applied.complete = failed == 0 && skipped == 0 && !diagnostics.iter().any(Diagnostic::is_error);
    let mut last = Vec::new();
    if let Some(outputs) = facts.outputs() {
        last.push(StateChange::Outputs(outputs.clone()));
        applied.outputs = outputs;
    }
    if touched || !last.is_empty() {
        last.push(StateChange::Record(RunRecord {
            operation: options.run.operation.clone(),
            who: options.run.who.clone(),
            started: options.run.started.clone(),
            summary: work.summary.into(),
            complete: applied.complete && journal.closed().is_none(),
        }));
        if let Ok(serial) = journal.commit(last).await {
            applied.serial = serial;
        }
    }
    if let Some(error) = journal.closed() {
        diagnostics.push(store_failed(&error));
        applied.complete = false;
    }
    sort(&mut diagnostics);
    applied.diagnostics = diagnostics;
    applied
}

fn refused(diagnostics: Vec<Diagnostic>) -> Applied {
    Applied { diagnostics, ..Applied::default() }
}

fn stale(work: &Work, lineage: &str, serial: u64) -> Diagnostic {
    let diagnostic =
        Diagnostic::without_place(codes::STALE_PLAN, "the state is not the one this plan was made against");
    let noted = if work.lineage == lineage {
        diagnostic.note(format!("the plan was made at serial {}, and the state is at {serial}", work.serial))
    } else {
        diagnostic.note("it belongs to another account: their lineages differ")
    };
    noted.help("plan again")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Waiting,
    Done,
    Failed,
    Skipped,
}

struct Runner<'a> {
    graph: Graph,
    tasks: Vec<Task>,
    specs: Vec<Option<Arc<StepSpec>>>,
    connections: Vec<Option<Arc<dyn Connection>>>,
    facts: Box<dyn Facts>,
    journal: &'a Journal<'a>,
    events: &'a dyn Events,
    cancel: &'a Cancel,
    parallelism: usize,
    /// How many nodes before each are not done.
    open: Vec<u32>,
    status: Vec<Status>,
    /// How many steps are on the longest way from here.
    length: Vec<u32>,
    /// Nodes that are ready, and neither steps nor looked at.
    ready: Vec<u32>,
    /// Steps that are ready, by connection.
    queues: Vec<BinaryHeap<(u32, Reverse<u32>)>>,
    busy: Vec<usize>,
    running: FuturesUnordered<BoxFuture<'a, usize>>,
    diagnostics: Vec<Diagnostic>,
    counts: Counts,
    failed: usize,
    skipped: usize,
    cancelling: bool,
}

impl<'a> Runner<'a> {
    #[allow(clippy::too_many_arguments)]
    fn new(
        graph: Graph,
        tasks: Vec<Task>,
        connections: Vec<Option<Arc<dyn Connection>>>,
        facts: Box<dyn Facts>,
        options: &ApplyOptions,
        journal: &'a Journal<'a>,
        events: &'a dyn Events,
        cancel: &'a Cancel,
    ) -> Self {
        let mut length = vec![0; tasks.len()];
        for node in graph.order().iter().rev() {
            let longest = graph.after(*node).map(|after| length[after as usize]).max().unwrap_or(0);
            let own = u32::from(matches!(tasks[*node as usize], Task::Step(_)));
            length[*node as usize] = longest + own;
        }
        let mut specs: Vec<Option<Arc<StepSpec>>> = Vec::with_capacity(tasks.len());
        let mut kinds = Vec::with_capacity(tasks.len());
        for task in tasks {
            match task {
                // Steps are shared with the calls that perform them.
                Task::Step(spec) => {
                    specs.push(Some(Arc::from(spec)));
                    kinds.push(Task::Join);
                }
                other => {
                    specs.push(None);
                    kinds.push(other);
                }
            }
        }
        let open = graph.counts_before();
        let ready = (0..kinds.len() as u32).filter(|node| open[*node as usize] == 0).collect();
        Self {
            queues: connections.iter().map(|_| BinaryHeap::new()).collect(),
            busy: vec![0; connections.len()],
            status: vec![Status::Waiting; kinds.len()],
            graph,
            tasks: kinds,
            specs,
            connections,
            facts,
            journal,
            events,
            cancel,
            parallelism: options.parallelism.max(1),
            open,
            length,
            ready,
            running: FuturesUnordered::new(),
            diagnostics: Vec::new(),
            counts: Counts::default(),
            failed: 0,
            skipped: 0,
            cancelling: false,
        }
    }

    async fn run(&mut self, mut reports: UnboundedReceiver<Report>) {
        let steps = self.specs.iter().flatten().count();
        if steps > 0 {
            self.events.on_event(Event::ApplyStarted { steps });
        }
        loop {
            self.drain();
            self.dispatch();
            if self.running.is_empty() {
                break;
            }
            match select(reports.next(), self.running.next()).await {
                Either::Left((report, _)) => report.into_iter().for_each(|report| self.note(report)),
                Either::Right((ended, _)) => {
                    ended.into_iter().for_each(|connection| self.busy[connection] -= 1)
                }
            }
            // What arrived together is handed on together.
            while let Ok(report) = reports.try_recv() {
                self.note(report);
            }
        }
        while let Ok(report) = reports.try_recv() {
            self.note(report);
        }
        for node in 0..self.status.len() as u32 {
            if self.status[node as usize] == Status::Waiting {
                self.skip(node);
            }
        }
    }

    fn is_stopping(&mut self) -> bool {
        if self.cancel.is_cancelled() && !self.cancelling {
            self.cancelling = true;
            self.events.on_event(Event::Cancelling { running: self.running.len() });
        }
        self.cancelling || self.journal.closed().is_some()
    }

    /// Passes through everything that needs no provider.
    fn drain(&mut self) {
        while let Some(node) = self.ready.pop() {
            match (&self.specs[node as usize], &self.tasks[node as usize]) {
                (Some(spec), _) => {
                    self.queues[spec.connection].push((self.length[node as usize], Reverse(node)));
                }
                (None, Task::Value) => {
                    let faults = self.facts.settle(node);
                    self.finish(node, faults);
                }
                (None, _) => self.finish(node, Vec::new()),
            }
        }
    }

    fn dispatch(&mut self) {
        if self.is_stopping() {
            return;
        }
        for connection in 0..self.queues.len() {
            let Some(handle) = self.connections[connection].clone() else {
                self.refuse(connection);
                continue;
            };
            let limit = handle.parallelism().unwrap_or(usize::MAX).min(self.parallelism).max(1);
            while !self.queues[connection].is_empty()
                && self.busy[connection] < limit
                && self.running.len() < self.parallelism
            {
                let count = if handle.batches() { self.queues[connection].len() } else { 1 };
                let mut steps = Vec::with_capacity(count);
                for _ in 0..count {
                    let Some((_, Reverse(node))) = self.queues[connection].pop() else { break };
                    steps.extend(self.prepare(node));
                }
                if !steps.is_empty() {
                    self.busy[connection] += 1;
                    let journal = self.journal;
                    let events = self.events;
                    let handle = handle.clone();
                    self.running.push(Box::pin(async move {
                        call(handle, steps, journal, events).await;
                        connection
                    }));
                }
            }
        }
    }

    /// Works out a step's arguments, if they waited for facts.
    fn prepare(&mut self, node: u32) -> Option<Prepared> {
        let spec = self.specs[node as usize].clone()?;
        let config = if spec.open {
            match self.facts.arguments(node) {
                Ok(config) => Some(config),
                Err(faults) => {
                    self.finish(node, faults);
                    // Nothing that comes of this is handed to the present call.
                    return None;
                }
            }
        } else {
            None
        };
        Some(Prepared { node, spec, config })
    }

    fn refuse(&mut self, connection: usize) {
        while let Some((_, Reverse(node))) = self.queues[connection].pop() {
            let address = self.specs[node as usize].as_ref().map(|spec| spec.address.to_string());
            let message = format!("{} has no provider to do it", address.unwrap_or_default());
            self.finish(node, vec![Diagnostic::without_place(codes::APPLY_FAILED, message)]);
        }
    }

    fn note(&mut self, report: Report) {
        match report {
            Report::Done { node, value } | Report::Unneeded { node, value } => {
                let faults = self.facts.object(node, &value);
                self.finish(node, faults);
            }
            Report::Failed { node, diagnostic } => self.finish(node, vec![*diagnostic]),
        }
    }

    /// A node is done, or failed if anything is wrong with it.
    fn finish(&mut self, node: u32, faults: Vec<Diagnostic>) {
        if self.status[node as usize] != Status::Waiting {
            return;
        }
        let message = faults.first().map(|fault| fault.message.clone());
        let faults = self.facts.told(node, faults);
        let failed = faults.iter().any(Diagnostic::is_error);
        if let Some(spec) = &self.specs[node as usize] {
            let (address, action) = (spec.address.clone(), spec.action);
            if let Some(message) = message {
                self.failed += usize::from(failed);
                self.events.on_event(Event::StepFailed { address, action, message });
            } else {
                match spec.counts_as {
                    Some(Action::Created) => self.counts.created += 1,
                    Some(Action::Updated) => self.counts.updated += 1,
                    Some(Action::Replaced) => self.counts.replaced += 1,
                    Some(Action::Deleted) => self.counts.deleted += 1,
                    Some(Action::Read) => self.counts.read += 1,
                    None => {}
                }
                self.events.on_event(Event::StepFinished { address, action });
            }
        }
        self.diagnostics.extend(faults);
        if failed {
            self.status[node as usize] = Status::Failed;
            self.skip_after(node);
            return;
        }
        self.status[node as usize] = Status::Done;
        for after in self.graph.after(node) {
            self.open[after as usize] -= 1;
            if self.open[after as usize] == 0 && self.status[after as usize] == Status::Waiting {
                self.ready.push(after);
            }
        }
    }

    fn skip_after(&mut self, node: u32) {
        let mut open: Vec<u32> = self.graph.after(node).collect();
        while let Some(next) = open.pop() {
            if self.status[next as usize] == Status::Waiting {
                self.skip(next);
                open.extend(self.graph.after(next));
            }
        }
    }

    fn skip(&mut self, node: u32) {
        self.status[node as usize] = Status::Skipped;
        if let Some(spec) = &self.specs[node as usize] {
            self.skipped += 1;
            let (address, action) = (spec.address.clone(), spec.action);
            self.events.on_event(Event::StepSkipped { address, action });
        }
    }
}

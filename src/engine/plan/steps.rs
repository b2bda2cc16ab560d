//! A finished plan → work for apply: each change becomes one step or two, and each step waits for what it must.
//!
//! Made and changed in the order of references, removed in the reverse order of those the state recorded. What a removed
//! object was used by is changed before it goes, wherever that closes no circle.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::Live;
use super::links::{Link, Links};
use super::model::Action;
use super::planner::Draft;
use super::prepared::Prepared;
use crate::base::address::{Mode, ResourceAddress};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::engine::apply::Counts;
use crate::engine::apply::work::{Action as Counted, DeleteTarget, StepSpec, Task, Work};
use crate::engine::events::StepAction;
use crate::engine::expand::RowId;
use crate::engine::graph::Graph;
use crate::engine::options::Moment;
use crate::engine::state::{Instance, StateChange};

/// Those who wait until nothing uses a resource any more.
struct Joins {
    /// Before every removal of the resource's objects.
    all: u32,
    /// Before those removals that make no room for a new object.
    last: u32,
}

struct Builder {
    tasks: Vec<Task>,
    edges: Vec<(u32, u32)>,
    wishes: Vec<(u32, u32)>,
    joins: FxHashMap<ResourceAddress, Joins>,
    /// Removals with what their objects depended on.
    removals: Vec<(u32, Arc<Instance>)>,
}

impl Prepared {
    /// What is to be done.
    ///
    /// # Errors
    /// Steps that wait for each other, which a checked program does not have.
    pub fn into_work(mut self, moment: Option<Moment>) -> Result<Work, Box<Diagnostic>> {
        let steps = self.drafts.iter().any(|draft| draft.action != Action::NoOp) || !self.removals.is_empty();
        let outputs = self.plan.outputs.values().any(|output| !output.after.is_wholly_known());
        let links = if steps || outputs { Links::new(&self.world) } else { Links::none() };
        let mut builder = Builder::new(&self, &links);
        if steps {
            builder.rows(&self, &links);
            builder.gone(&self);
            builder.order_removals(&self, &links);
            self.put_dependencies(&links);
        }
        let Builder { tasks, edges, wishes, .. } = builder;
        let graph = Graph::build_with_wishes(tasks.len(), edges, wishes).map_err(|cycle| {
            let addresses: Vec<_> = cycle
                .0
                .iter()
                .filter_map(|node| match &tasks[*node as usize] {
                    Task::Step(step) => Some(format!("{} {}", step.action.verb(), step.address)),
                    _ => None,
                })
                .collect();
            Box::new(
                Diagnostic::without_place(
                    codes::DEPENDENCY_CYCLE,
                    "the steps of this plan wait for each other",
                )
                .note(addresses.join(" → "))
                .help("apply it in two parts with --target"),
            )
        })?;
        let summary = self.plan.summary();
        Ok(Work {
            graph,
            tasks,
            connections: std::mem::take(&mut self.slots)
                .into_iter()
                .map(|(_, connection)| connection)
                .collect(),
            bookkeeping: std::mem::take(&mut self.bookkeeping),
            counts: Counts {
                imported: summary.import,
                forgotten: summary.forget,
                moved: summary.moved,
                ..Counts::default()
            },
            lineage: self.plan.lineage.clone(),
            serial: self.plan.serial,
            summary: summary.to_string(),
            facts: Box::new(Live::new(self, &links, moment)),
        })
    }

    /// Imported objects learn what their configuration refers to.
    fn put_dependencies(&mut self, links: &Links) {
        let imported: FxHashMap<_, _> = self
            .drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.imported.is_some())
            .map(|(at, _)| {
                let row = RowId(at as u32);
                (self.world.row(row).address.clone(), links.dependencies(&self.world, row))
            })
            .collect();
        for change in &mut self.bookkeeping {
            if let StateChange::Put(instance) = change
                && let Some(dependencies) = imported.get(&instance.address)
            {
                instance.dependencies.clone_from(dependencies);
            }
        }
    }
}

impl Builder {
    fn new(prepared: &Prepared, links: &Links) -> Self {
        let task = |link: &Link| {
            if Live::is_value(&prepared.world, *link) { Task::Value } else { Task::Join }
        };
        Self {
            tasks: links.links.iter().map(task).collect(),
            edges: links.edges.clone(),
            wishes: Vec::new(),
            joins: FxHashMap::default(),
            removals: Vec::new(),
        }
    }

    fn add(&mut self, task: Task) -> u32 {
        self.tasks.push(task);
        self.tasks.len() as u32 - 1
    }

    fn rows(&mut self, prepared: &Prepared, links: &Links) {
        for at in 0..prepared.drafts.len() {
            let draft = &prepared.drafts[at];
            let node = at as u32;
            let (action, counted) = match draft.action {
                Action::NoOp | Action::Import | Action::Forget | Action::Delete => continue,
                Action::Read => (StepAction::Read, Counted::Read),
                Action::Create => (StepAction::Create, Counted::Created),
                Action::Update => (StepAction::Update, Counted::Updated),
                Action::Replace | Action::ReplaceCreateFirst => (StepAction::Create, Counted::Replaced),
            };
            let mut step = step(prepared, draft, RowId(node), action);
            step.counts_as = Some(counted);
            if step.address.resource.mode == Mode::Managed {
                step.dependencies = links.dependencies(&prepared.world, RowId(node));
            }
            match draft.action {
                Action::Create | Action::Read => step.prior = None,
                Action::Replace => {
                    let removal = self.removal(prepared, draft, RowId(node), DeleteTarget::Current, false);
                    self.edges.extend(removal.map(|removal| (removal, node)));
                    step.prior = None;
                }
                Action::ReplaceCreateFirst => {
                    step.deposes = true;
                    let target = DeleteTarget::DeposedBy(node);
                    let removal = self.removal(prepared, draft, RowId(node), target, true);
                    self.edges.extend(removal.map(|removal| (node, removal)));
                }
                _ => {}
            }
            self.tasks[at] = Task::Step(Box::new(step));
        }
    }

    /// The removing half of a replacement.
    fn removal(
        &mut self,
        prepared: &Prepared,
        draft: &Draft,
        row: RowId,
        target: DeleteTarget,
        last: bool,
    ) -> Option<u32> {
        let prior = draft.prior.clone()?;
        let mut spec = step(prepared, draft, row, StepAction::Delete);
        spec.target = target;
        spec.open = false;
        let node = self.add(Task::Step(Box::new(spec)));
        self.await_users(&prior, node, last);
        self.removals.push((node, prior));
        Some(node)
    }

    /// What is no longer configured, and deposed objects.
    fn gone(&mut self, prepared: &Prepared) {
        for removal in prepared.removals.iter().filter(|removal| !removal.forget) {
            let instance = removal.instance.clone();
            let deposed = removal.deposed.clone();
            let node = self.add(Task::Step(Box::new(StepSpec {
                address: instance.address.clone(),
                schema: removal.schema.clone(),
                provider: instance.provider.clone(),
                connection: removal.slot,
                action: StepAction::Delete,
                counts_as: Some(Counted::Deleted),
                prior: Some(instance.clone()),
                planned: Value::NULL,
                config: Value::NULL,
                open: false,
                deposes: false,
                target: deposed.map_or(DeleteTarget::Current, DeleteTarget::Deposed),
                dependencies: Vec::new(),
                create_before_destroy: instance.create_before_destroy,
                declared: removal.declared,
            })));
            self.await_users(&instance, node, true);
            self.removals.push((node, instance));
        }
    }

    /// Lets a removal wait for those that used the resource.
    fn await_users(&mut self, instance: &Instance, node: u32, last: bool) {
        let resource = &instance.address.resource;
        if !self.joins.contains_key(resource) {
            let all = self.add(Task::Join);
            let only_last = self.add(Task::Join);
            self.joins.insert(resource.clone(), Joins { all, last: only_last });
        }
        let joins = &self.joins[resource];
        self.edges.push((joins.all, node));
        if last {
            self.edges.push((joins.last, node));
        }
    }

    fn order_removals(&mut self, prepared: &Prepared, links: &Links) {
        for (node, instance) in &self.removals {
            for used in instance.dependencies.iter().filter(|used| **used != instance.address.resource) {
                if let Some(joins) = self.joins.get(used) {
                    self.edges.push((*node, joins.all));
                }
            }
        }
        if self.joins.is_empty() {
            return;
        }
        for (at, draft) in prepared.drafts.iter().enumerate() {
            if !matches!(self.tasks[at], Task::Step(_)) {
                continue;
            }
            let row = prepared.world.row(RowId(at as u32));
            let recorded = draft.prior.iter().flat_map(|prior| prior.dependencies.clone());
            let now = links.dependencies(&prepared.world, RowId(at as u32));
            for used in recorded.chain(now).filter(|used| *used != row.address.resource) {
                if let Some(joins) = self.joins.get(&used) {
                    self.wishes.push((at as u32, joins.last));
                }
            }
        }
    }
}

fn step(prepared: &Prepared, draft: &Draft, id: RowId, action: StepAction) -> StepSpec {
    let row = prepared.world.row(id);
    StepSpec {
        address: row.address.clone(),
        schema: draft.schema.clone(),
        provider: match (action, &draft.prior) {
            (StepAction::Delete, Some(prior)) => prior.provider.clone(),
            _ => prepared.slots[draft.slot].0.clone(),
        },
        connection: draft.slot,
        action,
        counts_as: None,
        prior: draft.prior.clone(),
        planned: draft.planned.clone(),
        config: draft.config.clone(),
        open: draft.open || draft.conditions_open,
        deposes: false,
        target: DeleteTarget::Current,
        dependencies: Vec::new(),
        create_before_destroy: prepared.create_first[id.0 as usize],
        declared: prepared.world.tree.declared(row.node),
    }
}

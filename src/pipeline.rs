//! The only place where phases are strung together: sources → checked account → plan → applied state.

use std::sync::Arc;

use futures::FutureExt;
use indexmap::IndexMap;

use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, Entry, FileError, Files, Limits};
use crate::base::levels::Levels;
use crate::base::parallel;
use crate::base::report::Report;
use crate::base::schema::Schemas;
use crate::base::source::Sources;
use crate::engine::apply::{self, Applied};
use crate::engine::events::{Events, Quiet};
use crate::engine::options::{ApplyOptions, PlanOptions};
use crate::engine::plan::{self, Plan, Prepared, Recorded};
use crate::engine::provider::Provider;
use crate::engine::state::{State, StateSession};
use crate::lang::functions::HostFunctions;
use crate::lang::lints::{Later, Lints};
use crate::lang::resolve::program::{Program, Resource};
use crate::lang::{check, load, resolve};
use findings::findings;
use saved::Origins;
use snapshot::Recording;

mod buffers;
pub mod console;
mod findings;
pub mod graph;
pub mod inputs;
mod known;
mod outputs;
mod saved;
mod snapshot;
mod stages;
mod watched;
pub mod workspace;

pub use crate::engine::faults::store_failed;
pub use graph::{GraphData, GraphNode, NodeKind};
pub use inputs::{Input, InputValue, Inputs, Origin};
pub use outputs::Outputs;
pub use stages::Stages;
pub use workspace::Workspace;

/// What every phase is handed: files, providers, limits.
#[derive(Clone)]
pub struct Setup {
    /// Where sources are read from.
    pub files: Arc<dyn Files>,
    /// Bounds on evaluation.
    pub limits: Limits,
    /// Providers by name.
    pub providers: IndexMap<Text, Arc<dyn Provider>>,
    /// Their schemas.
    pub schemas: Arc<Schemas>,
    /// Functions of the embedding program.
    pub functions: HostFunctions,
    /// Asks long work to stop.
    pub cancel: Cancel,
    /// How warnings are taken, over what modules say.
    pub lints: Levels,
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
    /// What becomes of warnings of plans.
    lints: Arc<Later>,
}

impl Account {
    /// Checks the account in this directory (`/`-separated, relative to the root of the files). Never fails: what is
    /// wrong is in [`Account::diagnostics`].
    pub fn check(setup: Arc<Setup>, directory: &str) -> Self {
        let files = Stoppable { files: &*setup.files, cancel: &setup.cancel };
        let mut loaded = load::load(&files, directory, &setup.limits);
        let mut later = Vec::new();
        let mut program = None;
        let mut pieces = 0;
        if !loaded.modules.is_empty() {
            let resolved = resolve::resolve(&loaded, &setup.schemas, &setup.functions);
            pieces = resolved.value.modules.iter().map(|module| module.exprs.len()).sum();
            parallel::discard(loaded.take_expressions(), pieces);
            let checked = check::check(&resolved.value, &surroundings(&setup, &*setup.files, &loaded));
            parallel::discard(checked.value, pieces);
            later = resolved.diagnostics;
            later.extend(checked.diagnostics);
            program = Some(Arc::new(resolved.value));
        }
        let modules = program.iter().flat_map(|program: &Arc<Program>| &program.modules);
        let lints = Lints::new(&setup.lints, modules.map(|module| &**module));
        let mut diagnostics = findings(&loaded, &lints, later);
        let lints = Arc::new(lints.later(&loaded));
        if setup.cancel.is_cancelled() {
            // What was found until then may follow from having stopped.
            diagnostics = vec![plan::stopped("the check")];
            program = None;
        }
        parallel::discard(loaded.modules, pieces);
        let sources = loaded.sources;
        let directory = directory.into();
        Self { inner: Arc::new(Inner { setup, directory, sources, diagnostics, program, lints }) }
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

    /// The program, with error expressions where something is wrong; `None` if nothing could be loaded.
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.inner.program.as_ref()
    }

    /// The schemas it was checked against.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.inner.setup.schemas
    }

    /// The account if it has no errors.
    ///
    /// # Errors
    /// All complaints, warnings too, if any is an error.
    pub fn into_result(self) -> Result<Self, Report> {
        if self.has_errors() { Err(self.report(self.inner.diagnostics.clone())) } else { Ok(self) }
    }

    fn report(&self, diagnostics: Vec<Diagnostic>) -> Report {
        Report::new(diagnostics, self.inner.sources.clone())
    }

    /// What would change, against a state ([`State::default`] where there is none yet). Reads what exists, changes
    /// nothing. Effects that an earlier run left open count as what became of them: that is found out first, and recorded
    /// when the plan is applied.
    ///
    /// # Errors
    /// All that is wrong, warnings too, in one run: values that are missing or do not fit, what can't be evaluated,
    /// planned or read.
    pub async fn plan(&self, inputs: &Inputs, state: &State) -> Result<Planned, Report> {
        self.plan_with(inputs, &PlanOptions::default(), state, &Quiet).await
    }

    /// [`Account::plan`] with options, telling what happens meanwhile.
    ///
    /// # Errors
    /// As [`Account::plan`].
    pub async fn plan_with(
        &self,
        inputs: &Inputs,
        options: &PlanOptions,
        state: &State,
        events: &dyn Events,
    ) -> Result<Planned, Report> {
        self.plan_from(inputs, options, state, events, None).await
    }

    /// The outputs of a configuration that asks nothing of a provider: no files are written, nothing is contacted,
    /// nobody waits.
    ///
    /// # Errors
    /// As [`Account::plan`]; and, with the code `unknown-too-late`, each resource and data source there is.
    pub fn evaluate(&self, inputs: &Inputs) -> Result<Outputs, Report> {
        let asking = |diagnostics| Err(self.report(diagnostics));
        let program = self.inner.program.iter();
        let resources =
            program.flat_map(|program| &program.modules).flat_map(|module| module.resources.values());
        let needed: Vec<_> = resources.map(needs_provider).collect();
        if !self.has_errors() && !needed.is_empty() {
            return asking(needed);
        }
        let (options, state) = (PlanOptions::default(), State::default());
        match self.plan_from(inputs, &options, &state, &Quiet, None).now_or_never() {
            Some(Ok(planned)) => Ok(planned.outputs),
            Some(Err(report)) => Err(report),
            // A provider block whose settings nobody needs is configured all the same.
            None => asking(vec![Diagnostic::without_place(
                codes::UNKNOWN_TOO_LATE,
                "a provider of this configuration takes its time, and it is only evaluated",
            )]),
        }
    }

    async fn plan_from(
        &self,
        inputs: &Inputs,
        options: &PlanOptions,
        state: &State,
        events: &dyn Events,
        recorded: Option<&Recorded>,
    ) -> Result<Planned, Report> {
        let Some(program) = self.inner.program.as_ref().filter(|_| !self.has_errors()) else {
            return Err(self.report(self.inner.diagnostics.clone()));
        };
        let setup = &self.inner.setup;
        let mut sources = self.inner.sources.clone();
        let given = inputs.values(program, &setup.limits, &mut sources);
        let report = |diagnostics| Report { diagnostics, sources };
        let given = match given {
            Ok(given) => given,
            Err(diagnostics) => return Err(report(diagnostics)),
        };
        let files = Arc::new(Recording::new(setup.files.clone()));
        let source = plan::Source {
            program: program.clone(),
            schemas: setup.schemas.clone(),
            files: files.clone(),
            limits: setup.limits,
            lints: self.inner.lints.clone(),
        };
        let request = plan::Request {
            providers: &setup.providers,
            given: &given,
            options,
            state,
            events,
            cancel: &setup.cancel,
            recorded,
        };
        let prepared = plan::plan(source, request).await.map_err(report)?;
        let origins = Origins { inputs: inputs.clone(), options: options.clone(), state: state.clone() };
        let outputs = Outputs(prepared.outputs.clone());
        Ok(Planned { account: self.clone(), prepared, outputs, files, origins })
    }

    /// The state as a lock finds it. What an earlier run left open in it is settled by [`Account::plan`] and recorded by
    /// [`Planned::apply`].
    pub async fn recover(
        &self,
        session: &dyn StateSession,
        _: &dyn Events,
    ) -> Result<(State, Vec<Diagnostic>), Vec<Diagnostic>> {
        session.state().await.map(|state| (state, Vec::new())).map_err(|error| vec![store_failed(&error)])
    }

    /// The dependency graph of the configuration.
    pub fn graph(&self) -> GraphData {
        let program = self.inner.program.as_ref();
        program.map_or_else(GraphData::default, |program| GraphData::of(program, &self.inner.setup.schemas))
    }
}

fn surroundings<'a>(
    setup: &'a Setup,
    files: &'a dyn Files,
    loaded: &'a load::Loaded,
) -> check::Surroundings<'a> {
    check::Surroundings {
        cancel: Some(&setup.cancel),
        ..check::Surroundings::new(&setup.schemas, &loaded.sources, files, &setup.limits)
    }
}

/// About a resource or data source of a configuration that is only evaluated.
fn needs_provider(resource: &Resource) -> Diagnostic {
    let key = &resource.key;
    let data = if key.mode == Mode::Data { "data." } else { "" };
    let message = format!("{data}{}.{} needs a provider, and nobody is asked here", key.kind, key.name);
    Diagnostic::new(codes::UNKNOWN_TOO_LATE, resource.head, message)
        .here("only a plan can tell what this is")
        .help("make a plan, or evaluate a configuration of variables, locals, modules and outputs")
}

/// Files that can't be read any more once the work is asked to stop.
struct Stoppable<'a> {
    files: &'a dyn Files,
    cancel: &'a Cancel,
}

impl Stoppable<'_> {
    fn go_on(&self) -> Result<(), FileError> {
        if self.cancel.is_cancelled() { Err(FileError::Other("cancelled".to_owned())) } else { Ok(()) }
    }
}

impl Files for Stoppable<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.go_on().and_then(|()| self.files.read(path))
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.go_on().and_then(|()| self.files.list(directory))
    }
}

/// A plan, with all that is needed to apply or save it.
pub struct Planned {
    account: Account,
    prepared: Prepared,
    outputs: Outputs,
    /// What was read while it was made.
    files: Arc<Recording>,
    origins: Origins,
}

impl Planned {
    /// The plan as data.
    pub fn plan(&self) -> &Plan {
        &self.prepared.plan
    }

    /// Warnings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.prepared.diagnostics
    }

    /// The account it was made of; diagnostics of plan and apply point into its sources.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// All outputs of the root module, with unknowns where only apply can know.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// Does what the plan says; what it defers is left to [`Planned::stages`]. Always answers; the state holds what was
    /// done. Refuses, with the code `stale-plan` and
    /// without any effect, if the state is not the one the plan was made against.
    pub async fn apply(
        self,
        session: &dyn StateSession,
        options: &ApplyOptions,
        events: &dyn Events,
    ) -> Applied {
        let cancel = self.account.inner.setup.cancel.clone();
        match self.prepared.into_work(options.moment.clone()) {
            Ok(work) => apply::apply(work, session, options, events, &cancel).await,
            Err(diagnostic) => Applied { diagnostics: vec![*diagnostic], ..Applied::default() },
        }
    }
}

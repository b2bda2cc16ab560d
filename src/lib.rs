//! prov: a statically typed configuration language for end-to-end provisioning.
//!
//! The way of an account through the crate, phase by phase:
//!
//! 1. [`base`] has the words everyone speaks: sources, diagnostics, addresses, types, values, schemas.
//! 2. [`lang`] turns text into a checked program.
//! 3. [`engine`] turns a checked program and a state into a plan, and a plan into effects and a new state.
//! 4. [`pipeline`] strings the phases together.
//! 5. [`world`] is what lies outside: disk, Consul, clouds, state stores.
//! 6. [`host`] is the command line, which uses nothing but what is public here.
//!
//! ```no_run
//! # async fn run(files: impl prov::base::effects::Files + 'static, state: &prov::engine::state::State)
//! #     -> Result<(), Vec<prov::base::diagnostic::Diagnostic>> {
//! use prov::engine::events::Quiet;
//! use prov::engine::options::PlanOptions;
//! use prov::pipeline::Inputs;
//!
//! let engine = prov::Engine::builder().files(files).build().await?;
//! let account = engine.check("accounts/production").into_result()?;
//! let planned = account.plan(&Inputs::new(), &PlanOptions::default(), state, &Quiet).await?;
//! assert!(planned.plan().is_empty());
//! # Ok(())
//! # }
//! ```

pub mod base;
pub mod engine;
pub mod host;
pub mod lang;
pub mod pipeline;
pub mod world;

use std::sync::Arc;

use base::codes;
use base::diagnostic::Diagnostic;
use base::effects::{Cancel, Entry, FileError, Files, Limits};
use base::schema::Schemas;
use engine::provider::Provider;
use pipeline::{Account, Planned, Setup, Workspace};

/// The interpreter with its providers and limits. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    setup: Arc<Setup>,
}

/// Makes an [`Engine`].
pub struct Builder {
    files: Arc<dyn Files>,
    limits: Limits,
    providers: Vec<Arc<dyn Provider>>,
    cancel: Cancel,
}

impl Engine {
    /// An engine without files and providers, to which both are added.
    pub fn builder() -> Builder {
        Builder {
            files: Arc::new(NoFiles),
            limits: Limits::default(),
            providers: Vec::new(),
            cancel: Cancel::new(),
        }
    }

    /// Checks the account in this directory (`/`-separated, relative to the root of the files; empty for the root
    /// itself). Never fails: what is wrong is in [`Account::diagnostics`].
    pub fn check(&self, directory: &str) -> Account {
        Account::check(self.setup.clone(), directory)
    }

    /// The account in this directory, to be edited and checked again after each edit; see [`Workspace`].
    pub fn workspace(&self, directory: &str) -> Workspace {
        Workspace::new(self.setup.clone(), directory)
    }

    /// Reads a plan written by [`Planned::save`]; see [`Planned::load`].
    pub async fn load_plan(&self, bytes: &[u8]) -> Result<Planned, Vec<Diagnostic>> {
        Planned::load(self.setup.clone(), bytes).await
    }

    /// The schemas of its providers.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.setup.schemas
    }

    /// What every phase is handed.
    pub fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }
}

impl Builder {
    /// Where sources are read from.
    pub fn files(mut self, files: impl Files + 'static) -> Self {
        self.files = Arc::new(files);
        self
    }

    /// Where sources are read from, shared.
    pub fn shared_files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// Bounds that make a hostile input end in an error with a place.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A provider; one of the same name given before is replaced.
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// A flag that asks long work to stop.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Asks the providers for their schemas. Fails if one of them has none to give.
    pub async fn build(self) -> Result<Engine, Vec<Diagnostic>> {
        let mut providers = indexmap::IndexMap::new();
        for provider in self.providers {
            providers.insert(base::Text::from(provider.name()), provider);
        }
        let mut schemas = Vec::new();
        let mut failures = Vec::new();
        for provider in providers.values() {
            match provider.schema().await {
                Ok(schema) => schemas.push(schema),
                Err(error) => failures.push(
                    Diagnostic::without_place(
                        codes::PROVIDER_CONFIGURATION,
                        format!("the provider {} does not say what it offers", provider.name()),
                    )
                    .note(error.to_string()),
                ),
            }
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        let schemas = Arc::new(Schemas::new(schemas));
        let Self { files, limits, cancel, .. } = self;
        Ok(Engine { setup: Arc::new(Setup { files, limits, providers, schemas, cancel }) })
    }
}

/// No files at all.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, FileError> {
        Err(FileError::NotFound)
    }

    fn list(&self, _: &str) -> Result<Vec<Entry>, FileError> {
        Err(FileError::NotFound)
    }
}

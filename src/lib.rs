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
//! Text becomes a struct in one call:
//!
//! ```
//! #[derive(serde::Deserialize)]
//! struct Config {
//!     workers: u16,
//!     hosts: Vec<String>,
//! }
//!
//! let config: Config = prov::evaluate(r#"
//!     output "workers" { value = 4 * 2 }
//!     output "hosts"   { value = [for zone in ["a", "b"] : "db-${zone}.example.com"] }
//! "#)?;
//! assert_eq!(config.workers, 8);
//! assert_eq!(config.hosts, ["db-a.example.com", "db-b.example.com"]);
//! # Ok::<(), prov::Report>(())
//! ```
//!
//! An [`Engine`] has all the rest: files, limits, functions and providers of the embedding program. Nothing of the world
//! comes in by itself: an engine reads no disk, no clock and no environment, and contacts nobody, unless it is given
//! what does.
//!
//! ```
//! use prov::engine::state::State;
//! use prov::world::files::MemoryFiles;
//! use prov::{Cancel, Engine, HostFunction, Inputs, Limits};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let cancel = Cancel::new();
//! let engine = Engine::builder()
//!     .files(MemoryFiles::new([(
//!         "accounts/production/main.prov",
//!         r#"
//!         variable "team" { type = string }
//!         output "center" { value = acme::cost_center(var.team) }
//!         "#,
//!     )]))
//!     .limits(Limits { steps: 100_000, heap_bytes: 16 << 20, ..Limits::default() })
//!     .function(HostFunction::pure("acme::cost_center", |team: &str| format!("cc-{team}")))
//!     .cancel(cancel.clone())
//!     .build()?;
//!
//! let account = engine.check("accounts/production").into_result()?;
//! let planned = account.plan(&Inputs::new().with("team", "data"), &State::default()).await?;
//! assert!(planned.plan().changes.is_empty());
//! assert_eq!(planned.outputs()["center"].as_str(), Some("cc-data"));
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new()?.block_on(run())
//! # ?; Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod base;
pub mod engine;
pub mod host;
pub mod lang;
pub mod pipeline;
pub mod world;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use base::codes;
use base::diagnostic::Diagnostic;
use base::effects::{Entry, FileError, Files};
use base::levels::Levels;
use base::schema::Schemas;
use base::source::Sources;
use engine::guard::Guarded;
use engine::provider::Provider;
use lang::functions::HostFunctions;
use pipeline::Setup;
use world::files::MemoryFiles;

pub use base::effects::{Cancel, Limits};
pub use base::report::Report;
pub use base::value::Value;
pub use lang::functions::HostFunction;
pub use lang::functions::host::Serde;
pub use pipeline::{Account, Inputs, Outputs, Planned, Workspace};

/// The outputs of a configuration of one file, as a Rust type. It has neither variables to set nor files to read;
/// [`Engine::evaluate`] has both.
///
/// ```
/// let port: std::collections::BTreeMap<String, u16> = prov::evaluate("output \"port\" { value = 8000 + 80 }")?;
/// assert_eq!(port["port"], 8080);
/// # Ok::<(), prov::Report>(())
/// ```
///
/// # Errors
/// All that is wrong with the text, each with its place (`main.prov:1:25`), or how its outputs do not fit the type.
pub fn evaluate<T: DeserializeOwned>(text: &str) -> Result<T, Report> {
    let outputs = Engine::builder().build()?.evaluate(text, &Inputs::new())?;
    outputs.deserialize().map_err(|error| {
        let message = format!("the outputs are not what is expected: {error}");
        Report::new(vec![Diagnostic::without_place(codes::TYPE_MISMATCH, message)], Sources::new())
    })
}

/// The interpreter with its providers, functions and limits. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    setup: Arc<Setup>,
}

/// Makes an [`Engine`].
pub struct Builder {
    files: Arc<dyn Files>,
    limits: Limits,
    providers: Vec<Arc<dyn Provider>>,
    functions: Vec<HostFunction>,
    cancel: Cancel,
    lints: Levels,
}

impl Engine {
    /// An engine without files, functions and providers, to which all are added.
    pub fn builder() -> Builder {
        Builder {
            files: Arc::new(NoFiles),
            limits: Limits::default(),
            providers: Vec::new(),
            functions: Vec::new(),
            cancel: Cancel::new(),
            lints: Levels::default(),
        }
    }

    /// Checks the account in this directory (`/`-separated, relative to the root of the files; empty for the root
    /// itself). Never fails and never panics: what is wrong is in [`Account::diagnostics`].
    pub fn check(&self, directory: &str) -> Account {
        Account::check(self.setup.clone(), directory)
    }

    /// The account in this directory, to be edited and checked again after each edit; see [`Workspace`].
    pub fn workspace(&self, directory: &str) -> Workspace {
        Workspace::new(self.setup.clone(), directory)
    }

    /// The outputs of a configuration of one file, `main.prov`, which this text is. The files of the engine are not
    /// looked at; the standard library is there. See [`Account::evaluate`] for a configuration of several files.
    ///
    /// ```
    /// # let engine = prov::Engine::builder().build()?;
    /// let source = r#"
    ///     variable "n" { type = int(1..10) }
    ///     output "squares" { value = [for i in range(var.n) : i * i] }
    /// "#;
    /// let outputs = engine.evaluate(source, &prov::Inputs::new().with("n", 4))?;
    /// assert_eq!(outputs["squares"].to_string(), "[0, 1, 4, 9]");
    /// # Ok::<(), prov::Report>(())
    /// ```
    ///
    /// # Errors
    /// All that is wrong with the text or the values, and each resource and data source: nobody is asked about them.
    pub fn evaluate(&self, text: &str, inputs: &Inputs) -> Result<Outputs, Report> {
        let files = MemoryFiles::new([("main.prov", text)]);
        let setup = Setup { files: Arc::new(files), ..(*self.setup).clone() };
        Account::check(Arc::new(setup), "").into_result()?.evaluate(inputs)
    }

    /// Reads a plan written by [`Planned::save`]; see [`Planned::load`].
    ///
    /// # Errors
    /// With the code `stale-plan`: a file that was altered, or whose changes would be others by now.
    pub async fn load_plan(&self, bytes: &[u8]) -> Result<Planned, Report> {
        let loaded = Planned::load(self.setup.clone(), bytes).await;
        loaded.map_err(|diagnostics| Report::new(diagnostics, Sources::new()))
    }

    /// The schemas of its providers.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.setup.schemas
    }

    /// The functions of the embedding program; those of the language are [`lang::functions::all`].
    pub fn functions(&self) -> impl Iterator<Item = &HostFunction> {
        self.setup.functions.iter().map(|function| &**function)
    }

    /// What every phase is handed.
    pub fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }
}

impl Builder {
    /// Where sources are read from: [`MemoryFiles`](world::files::MemoryFiles),
    /// [`DiskFiles`](world::files::DiskFiles) or an implementation of one's own.
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
    pub fn provider(mut self, provider: impl Provider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// A function that all modules may call.
    pub fn function(mut self, function: HostFunction) -> Self {
        self.functions.push(function);
        self
    }

    /// A flag that asks a check, a plan or an apply to stop. It ends them all, now and later: an engine whose flag was
    /// raised does nothing any more.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// How warnings are taken, over what the `prov` blocks of modules say.
    pub fn lints(mut self, lints: Levels) -> Self {
        self.lints = lints;
        self
    }

    /// Asks the providers for their schemas.
    ///
    /// # Errors
    /// A provider that has no schema to give; a function whose name nothing can call, or that is taken.
    pub fn build(self) -> Result<Engine, Report> {
        let mut providers = indexmap::IndexMap::new();
        for provider in self.providers {
            let provider: Arc<dyn Provider> = Arc::new(Guarded(provider));
            providers.insert(base::Text::from(provider.name()), provider);
        }
        let mut schemas = Vec::new();
        let mut failures = Vec::new();
        for provider in providers.values() {
            match provider.schema() {
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
        let functions = HostFunctions::new(self.functions).unwrap_or_else(|wrong| {
            failures.extend(wrong);
            HostFunctions::default()
        });
        if !failures.is_empty() {
            return Err(Report::new(failures, Sources::new()));
        }
        let schemas = Arc::new(Schemas::new(schemas));
        let Self { files, limits, cancel, lints, .. } = self;
        Ok(Engine { setup: Arc::new(Setup { files, limits, providers, schemas, functions, cancel, lints }) })
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

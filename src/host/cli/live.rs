//! What plan, apply and destroy share: the store, the lock, Ctrl-C, the question, how events are shown.

use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::args::{Lints, Planning};
use super::events::{EventStream, now};
use super::progress::Progress;
use super::session::{Ended, Project};
use super::status::ExitStatus;
use super::terminal::Stream;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::engine::events::{Event, Events};
use crate::engine::options::{Moment, PlanOptions, Run};
use crate::engine::state::{LockRequest, StateSession, StateStore};
use crate::host::render::Role;
use crate::pipeline::{Account, store_failed};
use crate::world::store::{Keys, SqliteStore};

/// How a run is shown: to people, or as a stream of events.
pub enum Shown {
    /// To people.
    People(Progress),
    /// As events.
    Events(EventStream),
}

impl Shown {
    /// Events if `json`.
    pub fn new(project: &Project, json: bool) -> Self {
        if json {
            Self::Events(EventStream::default())
        } else {
            Self::People(Progress::new(project.style(Stream::Out)))
        }
    }

    /// Tells of diagnostics; they go to standard error for people.
    pub fn diagnostics(&self, project: &Project, diagnostics: &[Diagnostic], sources: &Sources) {
        match self {
            Self::People(progress) => {
                progress.finish();
                project.report(diagnostics, sources);
            }
            Self::Events(stream) => stream.diagnostics(diagnostics, sources, &project.style(Stream::Out)),
        }
    }

    /// Tells of diagnostics and ends.
    pub fn fail<T>(&self, project: &Project, diagnostics: &[Diagnostic], sources: &Sources) -> Ended<T> {
        self.diagnostics(project, diagnostics, sources);
        Err(ExitStatus::Failure)
    }

    /// The events, if they are asked for.
    pub fn stream(&self) -> Option<&EventStream> {
        if let Self::Events(stream) = self { Some(stream) } else { None }
    }

    /// Nothing live is drawn any more.
    pub fn settle(&self) {
        if let Self::People(progress) = self {
            progress.finish();
        }
    }
}

impl Events for Shown {
    fn on_event(&self, event: Event) {
        match self {
            Self::People(progress) => progress.on_event(event),
            Self::Events(stream) => stream.on_event(event),
        }
    }
}

/// The account if it has no errors; warnings are told, errors too.
pub async fn checked(project: &Project, lints: &Lints, shown: &Shown) -> Ended<Account> {
    let account = project.engine(lints).await?.check(&project.within);
    shown.diagnostics(project, account.diagnostics(), account.sources());
    if account.has_errors() { Err(ExitStatus::Failure) } else { Ok(account) }
}

/// The store of an account's state.
pub fn store(project: &Project, shown: &Shown) -> Ended<Arc<dyn StateStore>> {
    let configured = std::env::var("PROV_STATE_KEY").ok();
    match Keys::of_user(configured.as_deref()) {
        Ok(keys) => Ok(Arc::new(SqliteStore::open(state_file(&project.directory()), Arc::new(keys)))),
        Err(error) => shown.fail(project, &[store_failed(&error)], &Sources::new()),
    }
}

/// Where the state of an account in this directory lies.
pub fn state_file(account: &Path) -> std::path::PathBuf {
    account.join(".prov/state.db")
}

/// Takes the lock.
pub async fn lock(
    project: &Project,
    shown: &Shown,
    store: &dyn StateStore,
    operation: &str,
) -> Ended<Box<dyn StateSession>> {
    let request = LockRequest { operation: operation.into(), who: who().into() };
    match store.lock(request).await {
        Ok(session) => Ok(session),
        Err(error) => shown.fail(project, &[store_failed(&error)], &Sources::new()),
    }
}

/// A run that begins now.
pub fn run(operation: &str) -> Run {
    Run {
        id: uuid::Uuid::new_v4().to_string().into(),
        operation: operation.into(),
        who: who().into(),
        started: now().into(),
    }
}

/// Now, and chance from the system: for `timestamp()`, `uuid()` and their kin.
pub fn moment() -> Moment {
    let random = |buffer: &mut [u8]| {
        use rand::Rng;
        rand::rng().fill_bytes(buffer);
    };
    Moment {
        now: time::OffsetDateTime::now_utc().unix_timestamp_nanos(),
        random: std::sync::Arc::new(random),
    }
}

/// user@host
pub fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let host = hostname::get().ok().and_then(|name| name.into_string().ok());
    format!("{}@{}", user.as_deref().unwrap_or("unknown"), host.as_deref().unwrap_or("unknown"))
}

/// The options of a plan as meant.
pub fn options(planning: &Planning, destroy: bool) -> PlanOptions {
    PlanOptions {
        destroy,
        refresh: planning.refresh && !planning.no_refresh,
        refresh_only: planning.refresh_only,
        targets: planning.target.clone(),
        excludes: planning.exclude.clone(),
        replace: planning.replace.clone(),
        parallelism: planning.parallelism,
    }
}

/// From now on the first Ctrl-C (or a request to terminate) asks the run to stop, the second stops it at once.
pub fn heed_interrupts(project: &Project) {
    let cancel = project.session.cancel.clone();
    tokio::spawn(async move {
        interrupt().await;
        cancel.cancel();
        interrupt().await;
        std::process::exit(ExitStatus::Interrupted.code().into());
    });
}

#[cfg(unix)]
async fn interrupt() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks for a typed `yes`. Without a terminal it refuses and says what to do; where it ends, it says what became of
/// everything. A run that is asked to stop does not wait for the answer.
pub async fn confirm(project: &Project, question: &str, may_ask: bool, otherwise: &str) -> Ended<()> {
    let verb = question.split(' ').next().unwrap_or("Apply").to_lowercase();
    if !may_ask || !std::io::stdin().is_terminal() {
        return project.session.fail(
            Diagnostic::without_place(
                codes::INPUT_REQUIRED,
                format!("to {verb}, a yes is needed, and there is no terminal to ask on"),
            )
            .help("--auto-approve goes on without asking; `prov plan` only looks"),
        );
    }
    let style = project.style(Stream::Err);
    Stream::Err.write(&format!("\n{}\n  Only `yes` goes on: ", style.paint(Role::Strong, question)));
    let (send, answer) = tokio::sync::oneshot::channel();
    // A thread that nobody waits for: a line that is never typed keeps nobody from ending.
    std::thread::spawn(move || {
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        let _ = send.send(read.is_ok() && answer.trim() == "yes");
    });
    let cancel = &project.session.cancel;
    let stopped = async {
        while !cancel.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::select! {
        answer = answer => match answer {
            Ok(true) => return Ok(()),
            _ => ExitStatus::Failure,
        },
        () = stopped => ExitStatus::Interrupted,
    };
    Stream::Err.write(&format!("\n{otherwise}\n"));
    Err(ended)
}

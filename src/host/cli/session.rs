//! What every command is handed: where it works, how it draws, and the way to an account.

use std::path::{Path, PathBuf};

use super::args::{ColorChoice, Global, Lints};
use super::status::ExitStatus;
use super::terminal::{self, Stream};
use crate::Engine;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, FileError};
use crate::base::source::Sources;
use crate::host::render::diagnostics::human;
use crate::host::render::{Paths, Style};
use crate::world::files::DiskFiles;
use crate::world::registry;

/// How a command failed, after everything was said.
pub type Ended<T> = Result<T, ExitStatus>;

/// One run of the program.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where the command works.
    pub directory: PathBuf,
    color: ColorChoice,
    /// Raised by Ctrl-C.
    pub cancel: Cancel,
}

impl Session {
    /// A run with these settings; says why if the directory can't be entered.
    pub fn new(global: &Global) -> Ended<Self> {
        let color = if global.no_color { ColorChoice::Never } else { global.color };
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let directory = here.join(global.chdir.as_deref().unwrap_or(Path::new("")));
        let session = Self { directory, color, cancel: Cancel::new() };
        if session.directory.is_dir() {
            return Ok(session);
        }
        let wanted = global.chdir.as_deref().unwrap_or(&here).display().to_string();
        session.fail(Diagnostic::without_place(codes::USAGE, format!("there is no directory {wanted}")))
    }

    /// How to draw on a stream, with paths of no project.
    pub fn style(&self, stream: Stream) -> Style {
        terminal::style(stream, self.color, Paths::default())
    }

    /// Says what is wrong on the error stream and ends.
    pub fn fail<T>(&self, diagnostic: Diagnostic) -> Ended<T> {
        self.report(&[diagnostic], &Sources::new(), &Paths::default());
        Err(ExitStatus::Failure)
    }

    /// Says what is wrong with how the command was called, and ends.
    pub fn usage<T>(&self, message: impl Into<String>, help: impl Into<String>) -> Ended<T> {
        self.fail(Diagnostic::without_place(codes::USAGE, message).help(help))
    }

    /// Prints diagnostics for people on the error stream.
    pub fn report(&self, diagnostics: &[Diagnostic], sources: &Sources, paths: &Paths) {
        let style = terminal::style(Stream::Err, self.color, paths.clone());
        Stream::Err.write(&human::all(diagnostics, sources, &style));
    }

    /// The project an account lies in.
    pub fn project(&self, account: &Path) -> Ended<Project> {
        let full = self.directory.join(account);
        match DiskFiles::project_of(&full) {
            Ok((files, within)) => {
                let current = std::env::current_dir().and_then(|here| here.canonicalize());
                let paths = Paths::new(files.root().to_path_buf(), &current.unwrap_or_default());
                Ok(Project { session: self.clone(), files, within, paths })
            }
            Err(error) => {
                let shown = account.display();
                let message = match error {
                    FileError::NotFound => format!("there is no directory {shown}"),
                    error => format!("{shown} can't be read as an account: {error}"),
                };
                self.fail(Diagnostic::without_place(codes::USAGE, message))
            }
        }
    }
}

/// An account's place on disk, and the project around it.
#[derive(Debug, Clone)]
pub struct Project {
    /// The run.
    pub session: Session,
    /// The project's files.
    pub files: DiskFiles,
    /// The account's directory within them.
    pub within: String,
    /// How paths are shown.
    pub paths: Paths,
}

impl Project {
    /// The account's directory on disk.
    pub fn directory(&self) -> PathBuf {
        self.files.root().join(&self.within)
    }

    /// How to draw on a stream.
    pub fn style(&self, stream: Stream) -> Style {
        terminal::style(stream, self.session.color, self.paths.clone())
    }

    /// Prints diagnostics for people on the error stream.
    pub fn report(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        self.session.report(diagnostics, sources, &self.paths);
    }

    /// The interpreter with every provider there is, and warnings taken as the arguments say.
    pub async fn engine(&self, lints: &Lints) -> Ended<Engine> {
        let mut builder = Engine::builder()
            .files(self.files.clone())
            .cancel(self.session.cancel.clone())
            .lints(lints.levels());
        for provider in registry::providers(&self.directory()) {
            builder = builder.provider(provider);
        }
        match builder.build() {
            Ok(engine) => Ok(engine),
            Err(diagnostics) => {
                self.report(&diagnostics, &Sources::new());
                Err(ExitStatus::Failure)
            }
        }
    }
}

/// Waits for asynchronous work. Made only by commands that have any: it costs threads.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads can be started")
        .block_on(work)
}

//! The command line: arguments as typed → as meant; one file per command.
//!
//! [`run`] is all `main` calls. [`spelling`] accepts the spellings of Terraform's users, [`args`] is what can be
//! typed, [`session`] what every command is handed, `commands` what they do.

pub mod args;
mod commands;
mod crash;
mod events;
mod files;
mod live;
mod progress;
mod session;
mod spelling;
mod status;
mod terminal;
mod variables;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

pub use status::ExitStatus;

/// Does what the arguments (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    crash::report_panics();
    let command = args::Args::command();
    let typed = spelling::canonical(arguments.into_iter().collect(), &command);
    let typed = spelling::account_last(typed, |argument| std::path::Path::new(argument).is_dir());
    let checking = typed.iter().skip(1).any(|argument| argument == "check");
    let parsed = command.try_get_matches_from(typed).and_then(|found| args::Args::from_arg_matches(&found));
    match parsed {
        Ok(args) => commands::run(args),
        Err(error) => {
            let _ = error.print();
            match error.exit_code() {
                0 => ExitStatus::Success,
                _ if checking => ExitStatus::CouldNotRun,
                _ => ExitStatus::Failure,
            }
        }
    }
}

/// The command line as clap knows it, for manual pages and completions.
pub fn command() -> clap::Command {
    args::Args::command()
}

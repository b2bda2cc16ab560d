//! One file per command.

mod apply;
mod check;
mod cloud;
mod completions;
mod console;
mod consul;
mod course;
mod dev;
mod explain;
mod fmt;
mod functions;
mod graph;
mod init;
mod output;
mod plan;
mod providers;
mod show;
mod state;
mod version;

use super::args::{Args, Command};
use super::session::{Ended, Session};
use super::status::ExitStatus;

/// Does what the arguments mean.
pub fn run(args: Args) -> ExitStatus {
    Session::new(&args.global)
        .and_then(|session| dispatch(&session, args.command))
        .unwrap_or_else(|ended| ended)
}

fn dispatch(session: &Session, command: Command) -> Ended<ExitStatus> {
    match command {
        Command::Check(args) => check::run(session, &args),
        Command::Fmt(args) => fmt::run(session, &args),
        Command::Plan(args) => plan::run(session, &args),
        Command::Apply(args) => apply::apply(session, &args),
        Command::Destroy(args) => apply::destroy(session, &args),
        Command::Output(args) => output::run(session, &args),
        Command::Show(args) => show::run(session, &args),
        Command::State(command) => state::run(session, &command),
        Command::Graph(args) => graph::run(session, &args),
        Command::Consul(args) => consul::run(session, &args),
        Command::Cloud(command) => cloud::run(session, &command),
        Command::Functions(args) => functions::run(session, &args),
        Command::Dev(args) => dev::run(session, &args),
        Command::Providers(command) => providers::run(session, &command),
        Command::Explain(args) => explain::run(session, &args),
        Command::Init(args) => init::run(session, &args),
        Command::Console(args) => console::run(session, &args),
        Command::Completions(args) => completions::run(&args),
        Command::Version(args) => version::run(&args),
    }
}

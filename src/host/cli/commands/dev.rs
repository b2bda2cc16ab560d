//! `prov dev`: a sandbox on this machine.

use std::ffi::OsString;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::Dev;
use crate::host::cli::session::{Ended, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::Role;
use crate::world::agent::{Agent, AgentOptions, RunningAgent};

pub(super) fn run(session: &Session, args: &Dev) -> Ended<ExitStatus> {
    wait(async {
        let data_dir = args.data.as_ref().map(|directory| session.directory.join(directory));
        let options = AgentOptions { port: args.port, data_dir, ..AgentOptions::default() };
        let agent = match Agent::start(options).await {
            Ok(agent) => agent,
            Err(error) => {
                let told =
                    Diagnostic::without_place(codes::USAGE, format!("the sandbox can't be started: {error}"));
                return session.fail(match args.port {
                    Some(_) => told.help("leave --port out to take a free one"),
                    None => told,
                });
            }
        };
        let status = match args.command.split_first() {
            Some((program, rest)) => inside(session, &agent, program, rest).await,
            None => {
                welcome(session, &agent);
                let _ = tokio::signal::ctrl_c().await;
                Stream::Err.write("\nThe sandbox is gone.\n");
                Ok(ExitStatus::Success)
            }
        };
        agent.stop().await;
        status
    })
}

fn welcome(session: &Session, agent: &RunningAgent) {
    let style = session.style(Stream::Out);
    Stream::Out.write(&format!(
        "{} a Consul-compatible agent for trying things out, on this machine only.\n\
         It keeps nothing, protects nothing and is no Consul to rely on. Ctrl-C ends it.\n\n  \
         export CONSUL_HTTP_ADDR={}\n\n\
         In another terminal, with that set: prov apply DIR\n\
         The mocked clouds live in each account's .prov/cloud: prov cloud ls --account DIR\n",
        style.paint(Role::Strong, "A sandbox:"),
        agent.url(),
    ));
}

/// Runs a command inside and ends as it ends.
async fn inside(
    session: &Session,
    agent: &RunningAgent,
    program: &OsString,
    rest: &[OsString],
) -> Ended<ExitStatus> {
    Stream::Err.write(&format!("prov dev: a sandbox with a Consul-compatible agent at {}\n", agent.url()));
    let child = tokio::process::Command::new(program)
        .args(rest)
        .current_dir(&session.directory)
        .env("CONSUL_HTTP_ADDR", agent.url())
        .env_remove("CONSUL_HTTP_SSL")
        .env_remove("CONSUL_HTTP_TOKEN")
        .env_remove("CONSUL_NAMESPACE")
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let shown = program.to_string_lossy();
            return session.fail(
                Diagnostic::without_place(codes::USAGE, format!("{shown} can't be started: {error}"))
                    .help("what follows `--` is a program and its arguments"),
            );
        }
    };
    // A terminal sends Ctrl-C to the command as well; the sandbox stays until the command has ended.
    let ended = loop {
        tokio::select! {
            ended = child.wait() => break ended,
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    Ok(match ended {
        Ok(status) => ExitStatus::Of(code(status)),
        Err(error) => {
            return session
                .fail(Diagnostic::without_place(codes::USAGE, format!("the command was lost: {error}")));
        }
    })
}

/// As a shell says it: 128 and the signal for a command that was killed.
fn code(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

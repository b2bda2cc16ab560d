//! `prov completions SHELL`

use crate::host::cli::args::Completions;
use crate::host::cli::session::Ended;
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;

pub(super) fn run(args: &Completions) -> Ended<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::host::cli::command(), "prov", &mut script);
    Stream::Out.write(&String::from_utf8_lossy(&script));
    Ok(ExitStatus::Success)
}

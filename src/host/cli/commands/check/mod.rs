//! `prov check`: everything that can be known without touching anything.

mod mend;

use std::path::PathBuf;

use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::{Check, CheckFormat};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::diagnostics::{annotations, concise, human, json, sarif};
use crate::host::render::text::count;
use crate::host::render::{Role, Style};
use crate::pipeline::Account;

pub(super) fn run(session: &Session, args: &Check) -> Ended<ExitStatus> {
    let here = [PathBuf::from(".")];
    let directories = if args.directories.is_empty() { here.as_slice() } else { &args.directories };
    let format = if args.json { CheckFormat::Json } else { args.format };
    let mut status = ExitStatus::Success;
    for directory in directories {
        let project = session.project(directory).map_err(|_| ExitStatus::CouldNotRun)?;
        let engine = wait(project.engine(&args.lints)).map_err(|_| ExitStatus::CouldNotRun)?;
        if args.diff {
            mend::diff(&project, &engine);
            continue;
        }
        if args.fix {
            mend::mend(&project, &engine).map_err(|_| ExitStatus::CouldNotRun)?;
        }
        let account = engine.check(&project.within);
        print(&project, &account, format);
        if account.has_errors() {
            status = ExitStatus::Failure;
        }
    }
    Ok(status)
}

fn print(project: &Project, account: &Account, format: CheckFormat) {
    let style = project.style(Stream::Out);
    let (diagnostics, sources) = (account.diagnostics(), account.sources());
    Stream::Out.write(&match format {
        CheckFormat::Human => {
            human::all(diagnostics, sources, &style) + &all_well(diagnostics, account, &style)
        }
        CheckFormat::Concise => concise::all(diagnostics, sources, &style),
        CheckFormat::Json => json::all(diagnostics, sources, &style),
        CheckFormat::Sarif => sarif::all(diagnostics, sources, &style),
        CheckFormat::Github => annotations::all(diagnostics, sources, &style),
    });
}

fn all_well(diagnostics: &[Diagnostic], account: &Account, style: &Style) -> String {
    if !diagnostics.is_empty() {
        return String::new();
    }
    let files = count(account.sources().iter().count(), "file");
    format!("{} {files} checked, nothing wrong.\n", style.paint(Role::Added, style.pick("✓", "ok:")))
}

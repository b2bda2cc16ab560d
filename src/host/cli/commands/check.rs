//! `prov check`: everything that can be known without touching anything.

use std::path::PathBuf;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::{Check, CheckFormat};
use crate::host::cli::files;
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::diagnostics::{annotations, apply_safe, concise, human, json, sarif};
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
        let engine = wait(project.engine()).map_err(|_| ExitStatus::CouldNotRun)?;
        let mut account = engine.check(&project.within);
        if args.diff {
            diff(&project, &account);
            continue;
        }
        if args.fix && mend(&project, &account)? {
            account = engine.check(&project.within);
        }
        print(&project, &account, format);
        if account.has_errors() {
            status = ExitStatus::Failure;
        }
    }
    Ok(status)
}

/// Shows what the safe fixes would change.
fn diff(project: &Project, account: &Account) {
    let style = project.style(Stream::Out);
    for (file, text) in apply_safe(account.diagnostics(), account.sources()) {
        let source = account.sources().get(file);
        Stream::Out.write(&files::diff(&style.paths.show(&source.path), &source.text, &text, &style));
    }
}

/// Makes the safe fixes in the project's own files. Answers whether anything changed.
fn mend(project: &Project, account: &Account) -> Ended<bool> {
    let mut changed = 0;
    for (file, text) in apply_safe(account.diagnostics(), account.sources()) {
        let source = account.sources().get(file);
        // The standard library is not ours to mend.
        if source.path.starts_with('<') {
            continue;
        }
        if let Err(error) = files::replace(&project.files.root().join(&*source.path), &text) {
            let message = format!("{} can't be written: {error}", project.paths.show(&source.path));
            return project.session.fail(Diagnostic::without_place(codes::FILE_UNREADABLE, message));
        }
        changed += 1;
    }
    if changed > 0 {
        Stream::Err.write(&format!("Mended {}.\n", count(changed, "file")));
    }
    Ok(changed > 0)
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

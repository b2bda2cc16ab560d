//! `prov show`: the state, or a saved plan.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::host::cli::args::{DocumentFormat, Show};
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::state;
use crate::host::render::values::Secrets;
use crate::pipeline::store_failed;

pub(super) fn run(session: &Session, args: &Show) -> Ended<ExitStatus> {
    let format = if args.json { DocumentFormat::Json } else { args.format };
    let what = session.directory.join(&args.what);
    if what.is_file() {
        return plan(&session.project(".".as_ref())?, &what, format);
    }
    let project = session.project(&args.what)?;
    let shown = Shown::new(&project, false);
    let store = live::store(&project, &shown)?;
    let found = match wait(store.read()) {
        Ok(found) => found,
        Err(error) => return shown.fail(&project, &[store_failed(&error)], &Sources::new()),
    };
    Stream::Out.write(&match format {
        DocumentFormat::Json => format!("{:#}\n", state::document(&found, Secrets::Hide)),
        DocumentFormat::Human => state::state(&found, &project.style(Stream::Out)),
        DocumentFormat::Markdown => {
            format!("```text\n{}```\n", state::state(&found, &project.style(Stream::Out)))
        }
    });
    Ok(ExitStatus::Success)
}

fn plan(project: &Project, file: &std::path::Path, format: DocumentFormat) -> Ended<ExitStatus> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("{} can't be read: {error}", file.display());
            return project.session.fail(Diagnostic::without_place(codes::FILE_UNREADABLE, message));
        }
    };
    let shown = Shown::new(project, false);
    let (project, planned) = wait(super::plan::saved(project, &bytes, &shown))?;
    super::plan::print(&project, &planned, format, &shown);
    Ok(ExitStatus::Success)
}

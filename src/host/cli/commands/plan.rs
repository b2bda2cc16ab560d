//! `prov plan`

use std::path::Path;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::host::cli::args::{DocumentFormat, Lints, Plan};
use crate::host::cli::files;
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::cli::variables;
use crate::host::render::plan::{human, json, markdown};
use crate::pipeline::{Planned, store_failed};

pub(super) fn run(session: &Session, args: &Plan) -> Ended<ExitStatus> {
    let project = session.project(&args.account.directory)?;
    let shown = Shown::new(&project, args.json);
    wait(async {
        let inputs = variables::collect(&project, &args.planning.variables)?;
        let account = live::checked(&project, &args.planning.lints, &shown).await?;
        let state = match live::store(&project, &shown)?.read().await {
            Ok(state) => state,
            Err(error) => return shown.fail(&project, &[store_failed(&error)], &Sources::new()),
        };
        let options = live::options(&args.planning, args.destroy);
        let planned = match account.plan_with(&inputs, &options, &state, &shown).await {
            Ok(planned) => planned,
            Err(report) => return shown.fail(&project, &report, &report.sources),
        };
        shown.settle();
        print(&project, &planned, args.format, &shown);
        shown.diagnostics(&project, planned.diagnostics(), planned.account().sources());
        if let Some(path) = &args.out {
            save(&project, &planned, &session.directory.join(path), path, &shown)?;
        }
        let changes = !planned.plan().is_empty();
        Ok(if changes && args.detailed_exitcode { ExitStatus::Changes } else { ExitStatus::Success })
    })
}

/// Prints a plan in the format asked for, or as an event.
pub(super) fn print(project: &Project, planned: &Planned, format: DocumentFormat, shown: &Shown) {
    let style = project.style(Stream::Out);
    let sources = planned.account().sources();
    if let Some(stream) = shown.stream() {
        let document = json::document(planned.plan(), sources, &style);
        return stream.emit("plan", serde_json::json!({ "plan": document }));
    }
    Stream::Out.write(&match format {
        DocumentFormat::Human => human::plan(planned.plan(), sources, &style),
        DocumentFormat::Markdown => markdown::document(planned.plan()),
        DocumentFormat::Json => format!("{:#}\n", json::document(planned.plan(), sources, &style)),
    });
}

/// Writes the plan so that nobody else can read it, and in one step, so that no half of it is ever seen.
fn save(project: &Project, planned: &Planned, full: &Path, typed: &Path, shown: &Shown) -> Ended<()> {
    let bytes = match planned.save() {
        Ok(bytes) => bytes,
        Err(diagnostic) => return shown.fail(project, &[*diagnostic], planned.account().sources()),
    };
    if let Err(error) = files::write_private(full, &bytes) {
        let message = format!("the plan can't be written to {}: {error}", typed.display());
        return shown.fail(project, &[Diagnostic::without_place(codes::USAGE, message)], &Sources::new());
    }
    match shown.stream() {
        Some(stream) => stream.emit("plan_saved", serde_json::json!({ "file": typed.display().to_string() })),
        None => Stream::Err.write(&format!(
            "Saved to {path}. It holds secrets in the clear. Apply it with: prov apply {path}\n",
            path = typed.display()
        )),
    }
    Ok(())
}

/// Reads a saved plan back, and finds the account it is of: its providers are that account's.
pub(super) async fn saved(project: &Project, bytes: &[u8], shown: &Shown) -> Ended<(Project, Planned)> {
    let directory = match Planned::directory(bytes) {
        Ok(directory) => directory,
        Err(diagnostic) => return shown.fail(project, &[*diagnostic], &Sources::new()),
    };
    let project = project.session.project(&project.files.root().join(directory))?;
    match project.engine(&Lints::default()).await?.load_plan(bytes).await {
        Ok(planned) => Ok((project, planned)),
        Err(diagnostics) => shown.fail(&project, &diagnostics, &Sources::new()),
    }
}

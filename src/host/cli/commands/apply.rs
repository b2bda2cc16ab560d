//! `prov apply` and `prov destroy`

use std::path::Path;

use serde_json::json;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::engine::apply::{Applied, Counts};
use crate::engine::options::ApplyOptions;
use crate::engine::state::StateSession;
use crate::host::cli::args::{Apply, Destroy, DocumentFormat, Planning};
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::cli::variables;
use crate::host::render::text::count;
use crate::host::render::values::{Secrets, json as value_json};
use crate::host::render::{Role, Style, state};
use crate::pipeline::{Planned, store_failed};

/// What is asked for.
struct Wish<'a> {
    planning: &'a Planning,
    destroy: bool,
    auto_approve: bool,
    /// A saved plan.
    saved: Option<&'a Path>,
}

pub(super) fn apply(session: &Session, args: &Apply) -> Ended<ExitStatus> {
    let what = session.directory.join(&args.what);
    let saved = what.is_file().then_some(what.as_path());
    let wish =
        Wish { planning: &args.planning, destroy: args.destroy, auto_approve: args.auto_approve, saved };
    let account = if saved.is_some() { Path::new(".") } else { &args.what };
    run(session.project(account)?, &wish, args.json)
}

pub(super) fn destroy(session: &Session, args: &Destroy) -> Ended<ExitStatus> {
    let wish = Wish { planning: &args.planning, destroy: true, auto_approve: args.auto_approve, saved: None };
    run(session.project(&args.account.directory)?, &wish, args.json)
}

fn run(project: Project, wish: &Wish<'_>, json: bool) -> Ended<ExitStatus> {
    let shown = Shown::new(&project, json);
    wait(async {
        let operation = if wish.destroy { "destroy" } else { "apply" };
        let ready = prepare(&project, wish, &shown).await?;
        let project = ready.project.clone();
        let store = live::store(&project, &shown)?;
        let lock = live::lock(&project, &shown, store.as_ref(), operation).await?;
        let ended = locked(&project, wish, ready, lock.as_ref(), operation, &shown).await;
        if let Err(error) = lock.unlock().await {
            shown.diagnostics(&project, &[store_failed(&error)], &Sources::new());
        }
        ended
    })
}

/// What can be done before the lock is taken.
struct Ready {
    project: Project,
    account: Option<crate::pipeline::Account>,
    inputs: crate::pipeline::Inputs,
    planned: Option<Planned>,
}

async fn prepare(project: &Project, wish: &Wish<'_>, shown: &Shown) -> Ended<Ready> {
    if let Some(file) = wish.saved {
        let bytes = std::fs::read(file);
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                let told = Diagnostic::without_place(
                    crate::base::codes::FILE_UNREADABLE,
                    format!("the saved plan {} can't be read: {error}", file.display()),
                );
                return shown.fail(project, &[told], &Sources::new());
            }
        };
        let (project, planned) = super::plan::saved(project, &bytes, shown).await?;
        return Ok(Ready { project, account: None, inputs: Default::default(), planned: Some(planned) });
    }
    let inputs = variables::collect(project, &wish.planning.variables)?;
    let account = live::checked(project, &wish.planning.lints, shown).await?;
    Ok(Ready { project: project.clone(), account: Some(account), inputs, planned: None })
}

async fn locked(
    project: &Project,
    wish: &Wish<'_>,
    ready: Ready,
    lock: &dyn StateSession,
    operation: &str,
    shown: &Shown,
) -> Ended<ExitStatus> {
    let Ready { account, inputs, planned, .. } = ready;
    let planned = match (planned, account) {
        (Some(planned), _) => planned,
        (None, Some(account)) => {
            let state = match account.recover(lock, shown).await {
                Ok((state, told)) => {
                    shown.diagnostics(project, &told, account.sources());
                    state
                }
                Err(diagnostics) => return shown.fail(project, &diagnostics, account.sources()),
            };
            let options = live::options(wish.planning, wish.destroy);
            match account.plan_with(&inputs, &options, &state, shown).await {
                Ok(planned) => planned,
                Err(report) => return shown.fail(project, &report, &report.sources),
            }
        }
        (None, None) => return Err(ExitStatus::Failure),
    };
    shown.settle();
    super::plan::print(project, &planned, DocumentFormat::Human, shown);
    shown.diagnostics(project, planned.diagnostics(), planned.account().sources());
    let plan = planned.plan();
    if plan.is_empty() && plan.drift.is_empty() {
        // Even so the run is on record for whoever reads the stream.
        finished(
            project,
            &Applied { complete: true, ..Applied::default() },
            Some(&planned),
            operation,
            shown,
        );
        return Ok(ExitStatus::Success);
    }
    let effects = plan.summary().has_effects();
    if !plan.is_empty() && !wish.auto_approve && wish.saved.is_none() {
        let question = match (wish.destroy, effects) {
            (true, _) => "Destroy all of this? It can't be taken back.",
            (false, true) => "Apply these changes?",
            (false, false) => "Apply this to the state?",
        };
        live::confirm(project, question, wish.planning.input && shown.stream().is_none())?;
    }
    live::heed_interrupts(project);
    let sources = planned.account().sources().clone();
    let options =
        ApplyOptions { parallelism: wish.planning.parallelism, ..ApplyOptions::new(live::run(operation)) }
            .moment(live::moment());
    let applied = planned.apply(lock, &options, shown).await;
    shown.settle();
    shown.diagnostics(project, &applied.diagnostics, &sources);
    finished(project, &applied, None, operation, shown);
    Ok(match (applied.complete, applied.cancelled) {
        (true, _) => ExitStatus::Success,
        (false, true) => ExitStatus::Interrupted,
        (false, false) => ExitStatus::Failure,
    })
}

/// The summary: what was done and what was not, then the outputs.
fn finished(project: &Project, applied: &Applied, nothing: Option<&Planned>, operation: &str, shown: &Shown) {
    let outputs = nothing.map_or(&applied.outputs, |planned| &**planned.outputs());
    if let Some(stream) = shown.stream() {
        let values: serde_json::Map<_, _> = outputs
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    json!({ "value": value_json(value, Secrets::Hide), "sensitive": value.has_secret() }),
                )
            })
            .collect();
        let done = &applied.done;
        return stream.emit(
            "finished",
            json!({
                "operation": operation,
                "complete": applied.complete,
                "cancelled": applied.cancelled,
                "failed": applied.failed,
                "skipped": applied.skipped,
                "done": { "create": done.created, "update": done.updated, "replace": done.replaced,
                    "delete": done.deleted, "import": done.imported, "forget": done.forgotten,
                    "move": done.moved, "read": done.read },
                "serial": applied.serial,
                "outputs": values,
            }),
        );
    }
    let style = project.style(Stream::Out);
    let mut out = String::new();
    if nothing.is_none() {
        out.push_str(&summary(applied, operation, &style));
    }
    if operation != "destroy" && !outputs.is_empty() {
        out.push('\n');
        out.push_str(&state::outputs(outputs, &style));
    }
    Stream::Out.write(&out);
}

fn summary(applied: &Applied, operation: &str, style: &Style) -> String {
    let Counts { created, updated, replaced, deleted, imported, forgotten, moved, .. } = applied.done;
    let parts = [
        (deleted, "destroyed"),
        (replaced, "replaced"),
        (updated, "updated"),
        (created, "created"),
        (imported, "imported"),
        (forgotten, "forgotten"),
        (moved, "moved"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let done = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    let word = if operation == "destroy" { "Done" } else { "Applied" };
    if applied.complete {
        return format!("\n{} {done}.\n", style.paint(Role::Added, format!("{word}:")));
    }
    let mut missing = Vec::new();
    if applied.failed > 0 {
        missing.push(format!("{} failed", count(applied.failed, "change")));
    }
    if applied.skipped > 0 {
        missing.push(format!("{} not begun", count(applied.skipped, "change")));
    }
    let missing = if missing.is_empty() { "not everything was done".to_owned() } else { missing.join(", ") };
    format!(
        "\n{} {missing}; {done}. What was done is in the state; `prov {operation}` goes on from here.\n",
        style.paint(Role::Error, "Not complete:"),
    )
}

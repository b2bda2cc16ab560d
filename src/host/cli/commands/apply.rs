//! `prov apply` and `prov destroy`

use std::path::Path;

use super::course::Course;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::engine::options::ApplyOptions;
use crate::engine::state::StateSession;
use crate::host::cli::args::{Apply, Destroy, DocumentFormat, Planning};
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::cli::variables;
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
    let mut planned = first(project, wish, ready, lock, shown).await?;
    let mut course = Course::new(operation);
    let mut stages = None;
    loop {
        shown.settle();
        if course.stages > 0 && shown.stream().is_none() {
            Stream::Out.write("\n");
        }
        super::plan::print(project, &planned, DocumentFormat::Human, shown);
        shown.diagnostics(project, planned.diagnostics(), planned.account().sources());
        // A saved plan is applied as it was reviewed: nobody has seen what comes after it.
        if stages.is_none() && wish.saved.is_none() {
            match planned.stages() {
                Ok(first) => stages = Some(first),
                Err(report) => return shown.fail(project, &report, &report.sources),
            }
        }
        let plan = planned.plan();
        let left = plan.deferred.iter().map(|deferred| deferred.address.to_string()).collect();
        if plan.is_empty() && plan.drift.is_empty() {
            // Even so the run is on record for whoever reads the stream.
            course.applied.complete = true;
            course.applied.outputs = (**planned.outputs()).clone();
            course.left = left;
            course.finished(project, shown);
            return Ok(ExitStatus::Success);
        }
        if let Err(status) = ask(project, wish, &planned, course.stages, shown).await {
            course.broken_off(project, status, shown);
            return Err(status);
        }
        course.left = left;
        if course.stages == 0 {
            live::heed_interrupts(project);
        }
        let sources = planned.account().sources().clone();
        let run = live::run(operation);
        let options = ApplyOptions { parallelism: wish.planning.parallelism, ..ApplyOptions::new(run) };
        let applied = planned.apply(lock, &options.moment(live::moment()), shown).await;
        shown.settle();
        shown.diagnostics(project, &applied.diagnostics, &sources);
        course.add(applied, shown);
        let next = match stages.as_mut().filter(|_| course.applied.complete) {
            Some(stages) => {
                course.between(project, shown);
                stages.next(lock, shown).await
            }
            None => Ok(None),
        };
        planned = match next {
            Ok(Some(next)) => next,
            Ok(None) => {
                course.finished(project, shown);
                return Ok(match (course.applied.complete, course.applied.cancelled) {
                    (true, _) => ExitStatus::Success,
                    (false, true) => ExitStatus::Interrupted,
                    (false, false) => ExitStatus::Failure,
                });
            }
            Err(_) if project.session.cancel.is_cancelled() => {
                course.broken_off(project, ExitStatus::Interrupted, shown);
                return Err(ExitStatus::Interrupted);
            }
            Err(report) => {
                shown.settle();
                shown.diagnostics(project, &report, &report.sources);
                course.broken_off(project, ExitStatus::Failure, shown);
                return Err(ExitStatus::Failure);
            }
        };
    }
}

/// The plan of the first stage.
async fn first(
    project: &Project,
    wish: &Wish<'_>,
    ready: Ready,
    lock: &dyn StateSession,
    shown: &Shown,
) -> Ended<Planned> {
    let Ready { account, inputs, planned, .. } = ready;
    match (planned, account) {
        (Some(planned), _) => Ok(planned),
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
                Ok(planned) => Ok(planned),
                Err(report) => shown.fail(project, &report, &report.sources),
            }
        }
        (None, None) => Err(ExitStatus::Failure),
    }
}

/// Asks whether to go on, if anybody has to be asked.
async fn ask(
    project: &Project,
    wish: &Wish<'_>,
    planned: &Planned,
    stages: usize,
    shown: &Shown,
) -> Ended<()> {
    let plan = planned.plan();
    if plan.is_empty() || wish.auto_approve || wish.saved.is_some() {
        return Ok(());
    }
    let question = match (wish.destroy, plan.summary().has_effects()) {
        (true, _) => "Destroy all of this? It can't be taken back.",
        (false, true) => "Apply these changes?",
        (false, false) => "Apply this to the state?",
    };
    let otherwise = if stages == 0 { "Nothing was changed." } else { "Nothing more was changed." };
    live::confirm(project, question, wish.planning.input && shown.stream().is_none(), otherwise).await
}

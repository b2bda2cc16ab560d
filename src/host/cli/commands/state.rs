//! `prov state …`

use std::sync::Arc;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::base::suggest::nearest;
use crate::engine::state::{RunRecord, State as Model, StateChange, StateStore, StoreError};
use crate::host::cli::args::{AccountOption, State, StateList, StateMv, StateRm, StateShow, StateUnlock};
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::state;
use crate::host::render::text::{clean, count};
use crate::host::render::values::Secrets;
use crate::pipeline::store_failed;

pub(super) fn run(session: &Session, command: &State) -> Ended<ExitStatus> {
    match command {
        State::List(args) => list(&Open::new(session, &args.account)?, args),
        State::Show(args) => show(&Open::new(session, &args.account)?, args),
        State::Mv(args) => mv(&Open::new(session, &args.account)?, args),
        State::Rm(args) => rm(&Open::new(session, &args.account)?, args),
        State::Pull(account) => {
            let all = Open::new(session, account)?.read()?;
            Stream::Out.write(&format!("{:#}\n", state::document(&all, Secrets::Reveal)));
            Ok(ExitStatus::Success)
        }
        State::History(account) => history(&Open::new(session, account)?),
        State::Unlock(args) => unlock(&Open::new(session, &args.account)?, args),
    }
}

/// The store of an account.
struct Open {
    project: Project,
    shown: Shown,
    store: Arc<dyn StateStore>,
}

impl Open {
    fn new(session: &Session, account: &AccountOption) -> Ended<Self> {
        let project = session.project(&account.account)?;
        let shown = Shown::new(&project, false);
        let store = live::store(&project, &shown)?;
        Ok(Self { project, shown, store })
    }

    fn said<T>(&self, result: Result<T, StoreError>) -> Ended<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => self.shown.fail(&self.project, &[store_failed(&error)], &Sources::new()),
        }
    }

    fn read(&self) -> Ended<Model> {
        self.said(wait(self.store.read()))
    }

    /// Nothing of this address: says so, with what was likely meant.
    fn missing<T>(&self, state: &Model, wanted: &str) -> Ended<T> {
        let known: Vec<String> = state.instances.keys().map(ToString::to_string).collect();
        let mut told = Diagnostic::without_place(codes::USAGE, format!("the state has no {wanted}"));
        told.help = Some(match nearest(wanted, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None => "`prov state list` shows what it has".into(),
        });
        self.project.session.fail(told)
    }

    /// Makes changes under the lock, with a line of history.
    fn change(
        &self,
        operation: &str,
        summary: String,
        decide: impl FnOnce(&Model) -> Ended<Vec<StateChange>>,
    ) -> Ended<()> {
        wait(async {
            let lock = live::lock(&self.project, &self.shown, self.store.as_ref(), operation).await?;
            let done = async {
                let mut changes = decide(&self.said(lock.state().await)?)?;
                let run = live::run(operation);
                changes.push(StateChange::Record(RunRecord {
                    operation: run.operation,
                    who: run.who,
                    started: run.started,
                    summary: summary.into(),
                    complete: true,
                }));
                self.said(lock.commit(changes).await)
            }
            .await;
            let unlocked = lock.unlock().await;
            done?;
            self.said(unlocked)
        })
    }
}

fn list(open: &Open, args: &StateList) -> Ended<ExitStatus> {
    let state = open.read()?;
    let wanted =
        |address: &_| args.targets.is_empty() || args.targets.iter().any(|target| target.covers(address));
    let lines: String =
        state.instances.keys().filter(|address| wanted(address)).map(|a| format!("{a}\n")).collect();
    Stream::Out.write(&lines);
    Ok(ExitStatus::Success)
}

fn show(open: &Open, args: &StateShow) -> Ended<ExitStatus> {
    let state = open.read()?;
    match state.instances.get(&args.address) {
        Some(instance) => {
            Stream::Out.write(&state::instance(instance, &open.project.style(Stream::Out)));
            Ok(ExitStatus::Success)
        }
        None => open.missing(&state, &args.address.to_string()),
    }
}

fn mv(open: &Open, args: &StateMv) -> Ended<ExitStatus> {
    let StateMv { from, to, .. } = args;
    open.change("state mv", format!("{from} became {to}"), |state| {
        if !state.instances.contains_key(from) {
            return open.missing(state, &from.to_string());
        }
        if from.resource.kind != to.resource.kind || from.resource.mode != to.resource.mode {
            return open.project.session.usage(
                format!("{from} can't become {to}: they are of different kinds"),
                "what exists outside stays what it is; only its name here can change",
            );
        }
        if state.instances.contains_key(to) {
            return open.project.session.usage(
                format!("the state has {to} already"),
                "move that one away first, or remove it with `prov state rm`",
            );
        }
        Ok(vec![StateChange::Move { from: from.clone(), to: to.clone() }])
    })?;
    Stream::Out.write(&format!("{from} is now {to}.\n"));
    Ok(ExitStatus::Success)
}

fn rm(open: &Open, args: &StateRm) -> Ended<ExitStatus> {
    let state = open.read()?;
    let mut gone = Vec::new();
    for target in &args.targets {
        let covered: Vec<_> =
            state.instances.keys().filter(|address| target.covers(address)).cloned().collect();
        if covered.is_empty() {
            return open.missing(&state, &target.to_string());
        }
        gone.extend(covered);
    }
    gone.sort();
    gone.dedup();
    let summary = format!("{} forgotten", count(gone.len(), "instance"));
    // Decided anew under the lock: another run may have removed some.
    open.change("state rm", summary, |state| {
        Ok(gone
            .iter()
            .filter(|a| state.instances.contains_key(*a))
            .cloned()
            .map(StateChange::Remove)
            .collect())
    })?;
    for address in gone {
        Stream::Out.write(&format!("{address} is forgotten; what exists outside stays.\n"));
    }
    Ok(ExitStatus::Success)
}

fn history(open: &Open) -> Ended<ExitStatus> {
    let runs = open.said(wait(open.store.history()))?;
    for run in runs {
        let RunRecord { operation, who, started, summary, complete } = run;
        let rest = if complete { "" } else { " (not complete)" };
        Stream::Out.write(&clean(&format!("{started}  {who}  {operation}  {summary}{rest}\n")));
    }
    Ok(ExitStatus::Success)
}

fn unlock(open: &Open, args: &StateUnlock) -> Ended<ExitStatus> {
    open.said(wait(open.store.force_unlock(&args.id)))?;
    Stream::Out.write("The lock is taken away; its holder can write no more.\n");
    Ok(ExitStatus::Success)
}

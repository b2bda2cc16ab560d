//! An account in memory, the fake provider and a state in memory: what plans and applies are tried on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use prov::Engine;
use prov::base::address::InstanceAddress;
use prov::base::diagnostic::Diagnostic;
use prov::engine::apply::Applied;
use prov::engine::events::Quiet;
use prov::engine::options::{ApplyOptions, Moment, PlanOptions, Run};
use prov::engine::plan::{Action, Plan};
use prov::engine::state::{Instance, LockRequest, State, StateChange, StateSession, StateStore, StoreError};
use prov::pipeline::{Inputs, Planned};
use prov::world::files::MemoryFiles;
use prov::world::store::MemoryStore;

use super::fake_provider::Fake;

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Default)]
pub struct Lab {
    pub fake: Fake,
    pub store: MemoryStore,
    pub inputs: Inputs,
    pub options: PlanOptions,
    pub modules: Vec<(&'static str, &'static str)>,
}

/// Waits for asynchronous work on one thread.
pub fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub fn request() -> LockRequest {
    LockRequest { operation: "apply".into(), who: "tester@here".into() }
}

pub fn run() -> ApplyOptions {
    let id = format!("run{}", RUNS.fetch_add(1, Ordering::Relaxed)).into();
    let text = |text: &str| text.into();
    ApplyOptions::new(Run {
        id,
        operation: text("apply"),
        who: text("tester@here"),
        started: text("2026-01-01T00:00:00Z"),
    })
    .moment(Moment { now: 1_000_000_000_000_000_000, random: Arc::new(|buffer: &mut [u8]| buffer.fill(7)) })
}

impl Lab {
    pub fn new() -> Self {
        Self::default()
    }

    pub async fn engine(&self, source: &str) -> Engine {
        let mut files = MemoryFiles::new([("main.prov", source)]);
        self.modules.iter().for_each(|(path, text)| files.insert(*path, text));
        Engine::builder().files(files).provider(Arc::new(self.fake.clone())).build().unwrap()
    }

    pub async fn try_plan(&self, source: &str) -> Result<Planned, Vec<Diagnostic>> {
        let state = self.store.read().await.unwrap();
        self.plan_against(source, &state).await
    }

    pub async fn plan_against(&self, source: &str, state: &State) -> Result<Planned, Vec<Diagnostic>> {
        let account = self.engine(source).await.check("");
        let errors: Vec<_> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        Ok(account.plan_with(&self.inputs, &self.options, state, &Quiet).await?)
    }

    /// The plan, which must be made.
    pub fn plan(&self, source: &str) -> Planned {
        block(self.try_plan(source)).unwrap_or_else(|errors| panic!("{errors:#?}"))
    }

    /// What is wrong with a plan that must not be made: code and message.
    pub fn errors(&self, source: &str) -> Vec<String> {
        let Err(errors) = block(self.try_plan(source)) else { panic!("planned") };
        errors.iter().map(|e| format!("{}: {}", e.code.name(), e.message)).collect()
    }

    pub async fn try_apply(&self, source: &str) -> Applied {
        let session = self.store.lock(request()).await.unwrap();
        let state = session.state().await.unwrap();
        let planned = match self.plan_against(source, &state).await {
            Ok(planned) => planned,
            Err(errors) => panic!("{errors:#?}"),
        };
        let applied = planned.apply(&*session, &run(), &Quiet).await;
        session.unlock().await.unwrap();
        applied
    }

    /// Applies, which must succeed, and checks that nothing is left to do.
    pub fn apply(&self, source: &str) -> Applied {
        let applied = block(self.try_apply(source));
        assert!(applied.complete, "{applied:#?}");
        let next = self.plan(source);
        let left: Vec<_> = next.plan().changes.iter().filter(|c| c.action != Action::NoOp).collect();
        assert!(next.plan().is_empty(), "something is left to do: {left:#?} {:#?}", next.plan().outputs);
        applied
    }

    pub fn state(&self) -> State {
        block(self.store.read()).unwrap()
    }

    /// An instance of the state.
    pub fn instance(&self, address: &str) -> Arc<Instance> {
        let address: InstanceAddress = address.parse().unwrap();
        self.state().instances[&address].clone()
    }

    /// The addresses in the state, sorted.
    pub fn addresses(&self) -> Vec<String> {
        let mut addresses: Vec<_> = self.state().instances.keys().map(ToString::to_string).collect();
        addresses.sort();
        addresses
    }
}

/// The changes of a plan as `action address`, without what does not change.
pub fn changes(plan: &Plan) -> Vec<String> {
    let changing = plan.changes.iter().filter(|change| change.action != Action::NoOp);
    changing.map(|change| format!("{:?} {}", change.action, change.address)).collect()
}

/// A session that dies after so many commits, as a process does that is killed.
pub struct Dying {
    pub inner: Box<dyn StateSession>,
    pub left: AtomicUsize,
}

#[async_trait]
impl StateSession for Dying {
    async fn state(&self) -> Result<State, StoreError> {
        self.inner.state().await
    }

    async fn commit(&self, changes: Vec<StateChange>) -> Result<u64, StoreError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => self.inner.commit(changes).await,
            Err(_) => Err(StoreError::Io("killed".into())),
        }
    }

    async fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.unlock().await
    }
}

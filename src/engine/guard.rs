//! Providers that are asked on the far side of a guard: a panic in one is an answer like any other, and goes no further.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;

use super::provider::{
    Complaint, Connection, CreateRequest, DataRequest, DeleteRequest, Effect, ImportRequest, Ledger,
    LedgerClosed, Object, PlanReply, PlanRequest, Provider, ProviderError, ReadRequest, Recovered, Step,
    UpdateRequest, UpgradeRequest, ValidateRequest,
};
use crate::base::schema::ProviderSchema;
use crate::base::value::Value;

/// A provider behind a guard.
pub struct Guarded(pub Arc<dyn Provider>);

struct GuardedConnection {
    provider: String,
    inner: Arc<dyn Connection>,
}

fn panicked(provider: &str, asked: &str) -> ProviderError {
    ProviderError::permanent(asked, format!("the provider {provider} broke off (it panicked)"))
        .help("this is a fault of the provider, not of the configuration")
}

/// Waits for work that may panic.
async fn guard<T>(
    provider: &str,
    asked: &str,
    work: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(panicked(provider, asked)))
}

#[async_trait]
impl Provider for Guarded {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        catch_unwind(AssertUnwindSafe(|| self.0.schema()))
            .unwrap_or_else(|_| Err(panicked(self.name(), "state its schema")))
    }

    async fn configure(&self, settings: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        let inner = guard(self.name(), "configure it", self.0.configure(settings)).await?;
        Ok(Arc::new(GuardedConnection { provider: self.name().to_owned(), inner }))
    }
}

impl GuardedConnection {
    /// Work without an effect.
    async fn look<T>(
        &self,
        asked: &str,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        guard(&self.provider, asked, work).await
    }

    /// Work with an effect, of which nobody knows after a panic whether it took place.
    async fn act<T>(
        &self,
        asked: &str,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let result = AssertUnwindSafe(work).catch_unwind().await;
        result.unwrap_or_else(|_| {
            Err(ProviderError { effect: Effect::Unknown, ..panicked(&self.provider, asked) })
        })
    }
}

#[async_trait]
impl Connection for GuardedConnection {
    fn parallelism(&self) -> Option<usize> {
        catch_unwind(AssertUnwindSafe(|| self.inner.parallelism())).unwrap_or(None)
    }

    fn batches(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.inner.batches())).unwrap_or(false)
    }

    async fn validate(&self, request: ValidateRequest) -> Result<Vec<Complaint>, ProviderError> {
        self.look("validate its arguments", self.inner.validate(request)).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        self.look("read it", self.inner.read(request)).await
    }

    async fn read_many(&self, requests: Vec<ReadRequest>) -> Vec<Result<Option<Object>, ProviderError>> {
        let count = requests.len();
        let replies = AssertUnwindSafe(self.inner.read_many(requests)).catch_unwind().await;
        replies.unwrap_or_else(|_| {
            std::iter::repeat_with(|| Err(panicked(&self.provider, "read it"))).take(count).collect()
        })
    }

    async fn plan(&self, request: PlanRequest) -> Result<PlanReply, ProviderError> {
        self.look("plan it", self.inner.plan(request)).await
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        self.act("create it", self.inner.create(request)).await
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        self.act("update it", self.inner.update(request)).await
    }

    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError> {
        self.act("delete it", self.inner.delete(request)).await
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        self.look("import it", self.inner.import(request)).await
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        self.look("read it", self.inner.read_data(request)).await
    }

    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError> {
        self.look("find out what became of it", self.inner.recover(step)).await
    }

    async fn upgrade(&self, request: UpgradeRequest) -> Result<Object, ProviderError> {
        self.look("read older state", self.inner.upgrade(request)).await
    }

    async fn apply_many(&self, steps: Vec<Step>, ledger: &dyn Ledger) -> Result<(), LedgerClosed> {
        // Steps left without an outcome are asked about by whoever handed them over.
        AssertUnwindSafe(self.inner.apply_many(steps, ledger)).catch_unwind().await.unwrap_or(Ok(()))
    }

    async fn apply_one(&self, step: Step) -> Result<Option<Object>, ProviderError> {
        self.act("apply it", self.inner.apply_one(step)).await
    }
}

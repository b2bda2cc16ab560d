//! Asking a cloud: back-off while it refuses for now, and waiting until an object is as it shall be.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::base::Text;
use crate::engine::provider::{Effect, Fault, ProviderError};
use crate::world::cloud::api::{ApiError, CloudApi, Description, Operation, Reply, Request, Retry, State};
use crate::world::cloud::kind::Kind;

/// Refused for now: the first pause, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));
/// Waiting for an object: the first pause, and the longest.
const POLL: (Duration, Duration) = (Duration::from_millis(4), Duration::from_secs(1));
/// So many times in a row a new object may not be found yet: clouds are consistent eventually.
const NOT_FOUND_YET: u32 = 20;

/// Somebody who asks about objects of one kind until a deadline.
pub struct Asker<'a> {
    /// Who is asked.
    pub api: &'a Arc<dyn CloudApi>,
    /// About what.
    pub kind: &'a Arc<Kind>,
    /// Where.
    pub region: &'a Text,
    /// Until when it is tried again.
    pub deadline: Instant,
}

/// How waiting ended otherwise than hoped.
pub enum Waited {
    /// The deadline passed; what was last seen, if anything was.
    TooLong(Option<Box<Description>>),
    /// It is in a state it will not leave.
    Failed(Box<Description>),
    /// It is not there.
    Gone,
    /// The cloud refused to say.
    Refused(ApiError),
}

impl Asker<'_> {
    /// Performs an operation, trying again while that can help. An answer that got lost is asked for again, except
    /// that of a create, which the caller has to look into.
    pub async fn ask(&self, operation: Operation) -> Result<Reply, ApiError> {
        let again = !matches!(operation, Operation::Create { .. });
        let request = Arc::new(Request { kind: self.kind.clone(), region: self.region.clone(), operation });
        let mut pause = PAUSE.0;
        loop {
            let (api, request) = (self.api.clone(), request.clone());
            let call = tokio::task::spawn_blocking(move || api.call(&request));
            let error = match call.await {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => error,
                Err(stopped) => {
                    return Err(ApiError::broken(format!("the call ended without an answer: {stopped}")));
                }
            };
            let retry = match error.retry {
                Retry::Never => false,
                Retry::Throttled | Retry::Passing => true,
                Retry::Lost => again,
            };
            if !retry || Instant::now() + pause > self.deadline {
                return Err(error);
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// An operation that answers with an object.
    pub async fn ask_object(&self, operation: Operation) -> Result<Description, ApiError> {
        match self.ask(operation).await? {
            Reply::Object(object) => Ok(*object),
            Reply::Objects(_) => Err(ApiError::broken("the cloud answered with a list of objects")),
        }
    }

    /// The object of this name, if there is one.
    pub async fn describe(&self, id: &Text) -> Result<Option<Description>, ApiError> {
        match self.ask_object(Operation::Describe { id: id.clone() }).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if self.is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The object made with this token, if there is one.
    pub async fn find_by_token(&self, token: &str) -> Result<Option<Description>, ApiError> {
        match self.ask(Operation::List).await? {
            Reply::Objects(objects) => Ok(objects.into_iter().find(|object| object.token == token)),
            Reply::Object(object) => Ok(Some(*object).filter(|object| object.token == token)),
        }
    }

    /// Waits until the object is available.
    pub async fn until_available(&self, id: &Text) -> Result<Description, Waited> {
        let (mut pause, mut missing, mut seen) = (POLL.0, 0, None);
        loop {
            match self.describe(id).await.map_err(Waited::Refused)? {
                Some(object) => match object.state {
                    State::Available => return Ok(object),
                    State::Failed => return Err(Waited::Failed(Box::new(object))),
                    _ => (missing, seen) = (0, Some(Box::new(object))),
                },
                None => missing += 1,
            }
            if missing >= NOT_FOUND_YET {
                return Err(Waited::Gone);
            }
            if Instant::now() >= self.deadline {
                return Err(Waited::TooLong(seen));
            }
            self.pause(&mut pause).await;
        }
    }

    /// Waits until the object is gone.
    pub async fn until_gone(&self, id: &Text) -> Result<(), Waited> {
        let mut pause = POLL.0;
        loop {
            let Some(object) = self.describe(id).await.map_err(Waited::Refused)? else { return Ok(()) };
            if object.state == State::Failed {
                return Err(Waited::Failed(Box::new(object)));
            }
            if Instant::now() >= self.deadline {
                return Err(Waited::TooLong(Some(Box::new(object))));
            }
            self.pause(&mut pause).await;
        }
    }

    /// A pause that grows, never beyond the deadline.
    async fn pause(&self, pause: &mut Duration) {
        let left = self.deadline.saturating_duration_since(Instant::now());
        tokio::time::sleep(jittered(*pause).min(left)).await;
        *pause = (*pause * 3 / 2).min(POLL.1);
    }

    /// Whether an error says that there is no such object.
    pub fn is_not_found(&self, error: &ApiError) -> bool {
        error.code == self.kind.errors.not_found
    }

    /// What to tell of a refused request.
    pub fn refused(&self, asked: String, operation: &Text, error: &ApiError) -> ProviderError {
        let call = format!("{}:{operation}", self.kind.service);
        let (fault, effect) = match error.retry {
            Retry::Never => (Fault::Permanent, Effect::NotApplied),
            Retry::Throttled | Retry::Passing => (Fault::Passing, Effect::NotApplied),
            Retry::Lost => (Fault::Unreachable, Effect::Unknown),
        };
        let answer = match error.status {
            0 => format!("{call} got no answer: {error}"),
            _ => format!("{call} answered {error}"),
        };
        ProviderError { asked, answer, help: None, fault, effect }
    }
}

/// Between half of it and all of it, so that many who wait do not ask at once.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

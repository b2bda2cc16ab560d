//! The one simulator behind all mocked clouds. What it does is told by kinds; what it knows lies in files that
//! anybody may read, edit or delete while it runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::Text;
use crate::base::value::{Value, ValueMap};

use super::api::{ApiError, CloudApi, Description, Operation, Reply, Request, Retry, State};
use super::catalog::Catalog;
use super::codec;
use super::kind::{Kind, Scope};

mod calls;
pub mod clock;
mod decide;
mod disk;
pub mod faults;
mod object;
mod requests;

pub use decide::{broken_rules, normalised};
pub use disk::{Disk, Place, Settings};
pub use object::{Stored, shaped, whole};

use clock::{Clock, Moment};
use faults::{Call, FaultEffect, Faults};
use object::Settled;

/// The clouds of one account.
#[derive(Debug)]
pub struct Simulator {
    disk: Disk,
    catalog: Arc<Catalog>,
}

/// What one call works with.
struct Session<'a> {
    disk: &'a Disk,
    catalog: &'a Catalog,
    settings: Settings,
    now: Moment,
    kind: &'a Kind,
    region: &'a str,
    fault: Option<FaultEffect>,
    keeps_previous: bool,
}

impl Simulator {
    /// Clouds whose files lie in `directory`, offering the kinds of `catalog`.
    pub fn new(directory: impl AsRef<Path>, catalog: Arc<Catalog>) -> Self {
        Self { disk: Disk::new(directory.as_ref()), catalog }
    }

    /// Its files.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Brings all objects up to the present and describes them.
    pub fn survey(&self) -> Result<Vec<(Text, Text, Stored)>, ApiError> {
        let _held = self.disk.lock()?;
        let mut all = Vec::new();
        for (_, region, kind) in self.disk.places()? {
            let Some(kind) = self.catalog.get(&kind) else { continue };
            let session = self.session(kind, &region)?;
            for stored in self.disk.objects(session.place())? {
                if let Some(stored) = session.settled(stored)? {
                    all.push((kind.name.clone(), region.as_str().into(), stored));
                }
            }
        }
        Ok(all)
    }

    fn session<'a>(&'a self, kind: &'a Kind, region: &'a str) -> Result<Session<'a>, ApiError> {
        let clock: Clock = self.disk.read_own("clock.json")?.unwrap_or_default();
        Ok(Session {
            disk: &self.disk,
            catalog: &self.catalog,
            settings: self.disk.settings()?,
            now: clock.now(),
            kind,
            region,
            fault: None,
            keeps_previous: false,
        })
    }
}

impl CloudApi for Simulator {
    fn call(&self, request: &Request) -> Result<Reply, ApiError> {
        let held = self.disk.lock()?;
        let mut session = self.session(&request.kind, &request.region)?;
        let object = session.named(&request.operation);
        let mut faults: Faults = self.disk.read_own("faults.json")?.unwrap_or_default();
        if !faults.faults.is_empty() {
            let call = Call { service: &request.kind.service, operation: request.name(), object: &object };
            let seed = session.settings.seed;
            session.fault =
                faults.decide(call, |rule, seen| decide::chance(&format!("{seed}/{rule}/{seen}")));
            session.keeps_previous = faults.keeps_previous();
            self.disk.write_own("faults.json", &faults)?;
        }
        let refusal = session.fault.as_ref().and_then(FaultEffect::refusal);
        let reply = refusal.map_or_else(|| session.perform(&request.operation), Err);
        let reply = match &session.fault {
            Some(FaultEffect::LoseAnswer) => Err(ApiError {
                retry: Retry::Lost,
                ..ApiError::refused("ConnectionReset", 0, "the connection was reset before an answer came")
            }),
            _ => reply,
        };
        calls::record(&session, request, &object, &reply)?;
        let delay = match session.fault {
            Some(FaultEffect::Delay { milliseconds }) => milliseconds,
            _ => 0,
        };
        drop(held);
        std::thread::sleep(Duration::from_millis(delay));
        reply
    }
}

impl<'a> Session<'a> {
    fn place(&self) -> Place<'a> {
        Place { service: &self.kind.service, region: self.region, kind: &self.kind.name }
    }

    /// The object a request is about, as far as the request says.
    fn named(&self, operation: &Operation) -> Text {
        let given = || match operation {
            Operation::Create { attributes, .. } => {
                let id = attributes.get(&self.kind.identity)?.as_str()?;
                Some(Text::from(id))
            }
            _ => None,
        };
        operation.id().cloned().or_else(given).unwrap_or_default()
    }

    fn perform(&mut self, operation: &Operation) -> Result<Reply, ApiError> {
        match operation {
            Operation::Create { attributes, tags, token } => {
                let stored = self.create(attributes.clone(), tags, token)?;
                self.describe(&stored).map(Box::new).map(Reply::Object)
            }
            Operation::Describe { id } => {
                let mut stored = self.existing(id)?;
                if self.fault == Some(FaultEffect::StaleRead) {
                    match stored.previous.take() {
                        Some(previous) => stored.attributes = previous,
                        None => return Err(self.not_found(id)),
                    }
                }
                self.describe(&stored).map(Box::new).map(Reply::Object)
            }
            Operation::List => {
                let mut all = Vec::new();
                for stored in self.disk.objects(self.place())? {
                    if let Some(stored) = self.settled(stored)? {
                        all.push(self.describe(&stored)?);
                    }
                }
                Ok(Reply::Objects(all))
            }
            Operation::Modify { id, changes } => {
                let stored = self.modify(id, changes.clone())?;
                self.describe(&stored).map(Box::new).map(Reply::Object)
            }
            Operation::Delete { id, parameters } => {
                let stored = self.delete(id, parameters)?;
                self.describe(&stored).map(Box::new).map(Reply::Object)
            }
            Operation::Tag { id, tags } => {
                let mut stored = self.existing(id)?;
                stored.tags = codec::map_to_json(tags);
                self.disk.write_object(self.place(), &stored)?;
                self.describe(&stored).map(Box::new).map(Reply::Object)
            }
        }
    }

    /// The object as it is now, having let time pass.
    fn find(&self, id: &str) -> Result<Option<Stored>, ApiError> {
        match self.disk.object(self.place(), id)? {
            Some(stored) => self.settled(stored),
            None => Ok(None),
        }
    }

    fn existing(&self, id: &str) -> Result<Stored, ApiError> {
        self.find(id)?.ok_or_else(|| self.not_found(id))
    }

    fn not_found(&self, id: &str) -> ApiError {
        ApiError::refused(&self.kind.errors.not_found, 404, format!("{} {id} not found.", self.kind.title))
    }

    /// Lets time pass; `None` if the object is gone now.
    fn settled(&self, mut stored: Stored) -> Result<Option<Stored>, ApiError> {
        let mut changed = false;
        loop {
            match stored.settle(self.now) {
                Settled::Same => break,
                Settled::Changed => changed = true,
                Settled::Due => {
                    changed = true;
                    self.make_pending(&mut stored)?;
                }
                Settled::Gone => {
                    self.disk.remove_object(self.place(), &stored.id)?;
                    return Ok(None);
                }
            }
        }
        if changed {
            self.disk.write_object(self.place(), &stored)?;
        }
        Ok(Some(stored))
    }

    /// The attributes of an object, each of its type.
    fn values(&self, stored: &Stored) -> Result<ValueMap, ApiError> {
        let wrong = |e: String| {
            let path = self.disk.path(self.place(), &stored.id);
            ApiError::broken(format!(
                "the file {} holds what {} can't have: {e}",
                path.display(),
                self.kind.name
            ))
        };
        stored.values(self.kind).map_err(wrong)
    }

    /// What formulas see.
    fn scope(&self, object: ValueMap, stored: &Stored) -> Result<Scope, ApiError> {
        Ok(Scope {
            object: object.into(),
            prior: Value::NULL,
            cloud: decide::cloud(&self.settings, self.region),
            unique: decide::unique(&stored.seed),
            siblings: self.siblings(&stored.id)?,
            value: Value::NULL,
        })
    }

    fn siblings(&self, id: &str) -> Result<Value, ApiError> {
        if !self.kind.looks_at_siblings() {
            return Ok(Value::from(Vec::new()));
        }
        let mut siblings = Vec::new();
        for stored in self.disk.objects(self.place())? {
            if stored.id != id && stored.state != State::Deleting {
                siblings.push(whole(&self.values(&stored)?, self.kind).into());
            }
        }
        Ok(siblings.into())
    }

    fn describe(&self, stored: &Stored) -> Result<Description, ApiError> {
        let kind = self.kind;
        let mut values = whole(&self.values(stored)?, kind);
        if let Some(status) = &kind.status {
            let states = &kind.states;
            let word = match stored.state {
                State::Creating => &states.creating,
                State::Available => &states.available,
                State::Modifying => &states.modifying,
                State::Deleting => &states.deleting,
                State::Failed => &states.failed,
            };
            values.insert(status.clone(), word.clone().into());
        }
        if !kind.observed.is_empty() {
            let scope = self.scope(values.clone(), stored)?;
            for (name, formula) in &kind.observed {
                let broken = |e: String| {
                    ApiError::broken(format!("the declaration of {} is at fault: {e}", kind.name))
                };
                let value = formula.evaluate(&scope).map_err(broken)?;
                values.insert(name.clone(), shaped(name, value, &kind.schema).map_err(broken)?);
            }
        }
        if stored.available_since.is_none() {
            for name in &kind.when_available {
                values.insert(name.clone(), Value::NULL);
            }
        }
        let broken =
            || ApiError::broken(format!("the file of {} holds a number too large to handle", stored.id));
        let pending = match &stored.pending {
            Some(pending) => object::typed(&pending.attributes, &kind.schema).map_err(ApiError::broken)?,
            None => ValueMap::new(),
        };
        Ok(Description {
            id: stored.id.as_str().into(),
            state: stored.state,
            attributes: values.into(),
            pending,
            tags: codec::map_from_json(&stored.tags).ok_or_else(broken)?,
            token: stored.token.as_str().into(),
        })
    }
}

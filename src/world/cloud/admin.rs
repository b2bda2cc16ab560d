//! Looking at the mocked clouds of an account, and changing or breaking them by hand: what `prov cloud` does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::base::suggest::nearest;
use crate::base::value::ValueMap;

use super::catalog::{self, Catalog};
use super::codec;
use super::kind::Kind;
use super::simulator::clock::{Clock, Moment};
use super::simulator::faults::{FaultRule, Faults};
use super::simulator::{Place, Simulator, Stored, shaped};

/// The clouds of one account, in the hands of a person.
#[derive(Debug)]
pub struct Admin {
    simulator: Simulator,
    catalog: Arc<Catalog>,
}

/// An object and where it lies.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its region.
    pub region: String,
    /// Its file.
    pub file: PathBuf,
    /// The object as it is now.
    pub object: Stored,
}

/// Why something could not be done, in words for people.
pub type Refused = String;

impl Admin {
    /// The clouds whose files lie in `directory`, an account's `.prov/cloud`.
    ///
    /// # Errors
    /// The kinds built in can't be read.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, Refused> {
        let catalog = catalog::builtin()?;
        Ok(Self { simulator: Simulator::new(directory.into(), catalog.clone()), catalog })
    }

    /// All objects, or those of one kind, by kind, region and id.
    ///
    /// # Errors
    /// There is no such kind; a file can't be read.
    pub fn list(&self, kind: Option<&str>) -> Result<Vec<Found>, Refused> {
        let kind = kind.map(|kind| self.kind(kind)).transpose()?;
        let mut found = Vec::new();
        for (name, region, object) in self.simulator.survey().map_err(|e| e.message)? {
            if kind.is_none_or(|kind| kind.name == name) {
                let file = self.simulator.disk().path(place(self.kind(&name)?, &region), &object.id);
                found.push(Found { region: region.to_string(), file, object });
            }
        }
        found.sort_by(|a, b| {
            (&a.object.kind, &a.region, &a.object.id).cmp(&(&b.object.kind, &b.region, &b.object.id))
        });
        Ok(found)
    }

    /// One object, in whichever region it is.
    ///
    /// # Errors
    /// As [`Admin::list`], or there is no such object.
    pub fn show(&self, kind: &str, id: &str) -> Result<Found, Refused> {
        let all = self.list(Some(kind))?;
        let ids: Vec<String> = all.iter().map(|found| found.object.id.clone()).collect();
        all.into_iter().find(|found| found.object.id == id).ok_or_else(|| {
            let names = || ids.iter().map(String::as_str);
            let hint = nearest(id, names()).map(|name| format!("; did you mean {name}?"));
            format!("there is no {kind} {id}{}", hint.unwrap_or_default())
        })
    }

    /// Changes attributes of an object behind everybody's back: drift. A value is JSON, or else text.
    ///
    /// # Errors
    /// As [`Admin::show`]; there is no such attribute, or it can't have the value.
    pub fn set(&self, kind: &str, id: &str, settings: &[(String, String)]) -> Result<(), Refused> {
        let found = self.show(kind, id)?;
        let kind = self.kind(kind)?;
        let _held = self.simulator.disk().lock().map_err(|e| e.message)?;
        let mut object = found.object;
        for (name, text) in settings {
            let plain = || Json::String(text.clone());
            let json: Json = serde_json::from_str(text).unwrap_or_else(|_| plain());
            if name == "tags" && kind.has_tags() {
                object.tags = json.as_object().cloned().ok_or("tags are an object: {\"name\": \"value\"}")?;
                continue;
            }
            if kind.is_secret(name) || kind.is_parameter(name) {
                return Err(format!("{name} is not part of the object"));
            }
            let shape = |json: &Json| {
                let value = codec::from_json(json).ok_or_else(|| format!("{text} is too large a number"))?;
                shaped(name, value, &kind.schema)
            };
            // A number may be meant as text.
            let value =
                shape(&json).or_else(|wrong| shape(&plain()).map_err(|_| wrong)).map_err(|wrong| {
                    let names = kind.schema.block.attributes.keys().map(|name| name.as_str());
                    let hint = nearest(name, names).filter(|hint| hint != name);
                    format!(
                        "{wrong}{}",
                        hint.map(|hint| format!("; did you mean {hint}?")).unwrap_or_default()
                    )
                })?;
            let entries: ValueMap = [(name.as_str().into(), value)].into();
            object.attributes.extend(codec::map_to_json(&entries));
        }
        self.simulator.disk().write_object(place(kind, &found.region), &object).map_err(|e| e.message)
    }

    /// Removes an object behind everybody's back.
    ///
    /// # Errors
    /// As [`Admin::show`].
    pub fn remove(&self, kind: &str, id: &str) -> Result<(), Refused> {
        let found = self.show(kind, id)?;
        let _held = self.simulator.disk().lock().map_err(|e| e.message)?;
        let place = place(self.kind(kind)?, &found.region);
        self.simulator.disk().remove_object(place, id).map_err(|e| e.message)
    }

    /// The calls that were made, oldest first.
    ///
    /// # Errors
    /// The log can't be read.
    pub fn calls(&self) -> Result<Vec<Map<String, Json>>, Refused> {
        self.simulator.disk().calls().map_err(|e| e.message)
    }

    /// Lets time pass, and answers the cloud's time afterwards. A clock that ran with the machine's stands still from
    /// then on.
    ///
    /// # Errors
    /// The clock can't be read or written.
    pub fn advance(&self, by: Duration) -> Result<Moment, Refused> {
        let disk = self.simulator.disk();
        let _held = disk.lock().map_err(|e| e.message)?;
        let clock: Clock = disk.read_own("clock.json").map_err(|e| e.message)?.unwrap_or_default();
        let clock = clock.advanced(by);
        disk.write_own("clock.json", &clock).map_err(|e| e.message)?;
        Ok(clock.now())
    }

    /// Sets how time passes.
    ///
    /// # Errors
    /// The clock can't be written.
    pub fn set_clock(&self, clock: Clock) -> Result<(), Refused> {
        let disk = self.simulator.disk();
        let _held = disk.lock().map_err(|e| e.message)?;
        disk.write_own("clock.json", &clock).map_err(|e| e.message)
    }

    /// The rules by which calls fail, with how often each was met.
    ///
    /// # Errors
    /// The rules can't be read.
    pub fn faults(&self) -> Result<Vec<FaultRule>, Refused> {
        let faults: Option<Faults> = self.simulator.disk().read_own("faults.json").map_err(|e| e.message)?;
        Ok(faults.unwrap_or_default().faults)
    }

    /// Adds a rule, as JSON: `{"operation": "CreateDBInstance", "nth": 1, "effect": "lose-answer"}`.
    ///
    /// # Errors
    /// It is no rule; the rules can't be written.
    pub fn add_fault(&self, rule: &str) -> Result<(), Refused> {
        let rule: FaultRule =
            serde_json::from_str(rule).map_err(|e| format!("this is no fault rule: {e}"))?;
        let disk = self.simulator.disk();
        let _held = disk.lock().map_err(|e| e.message)?;
        let mut faults: Faults = disk.read_own("faults.json").map_err(|e| e.message)?.unwrap_or_default();
        faults.faults.push(rule);
        disk.write_own("faults.json", &faults).map_err(|e| e.message)
    }

    /// Removes all rules.
    ///
    /// # Errors
    /// The rules can't be written.
    pub fn clear_faults(&self) -> Result<(), Refused> {
        let disk = self.simulator.disk();
        let _held = disk.lock().map_err(|e| e.message)?;
        disk.write_own("faults.json", &Faults::default()).map_err(|e| e.message)
    }

    fn kind(&self, name: &str) -> Result<&Kind, Refused> {
        self.catalog.get(name).map(|kind| &**kind).ok_or_else(|| {
            let hint = nearest(name, self.catalog.kinds().map(|kind| kind.name.as_str()));
            let hint = hint.map(|hint| format!("; did you mean {hint}?"));
            format!("the mocked clouds have no kind {name}{}", hint.unwrap_or_default())
        })
    }
}

fn place<'a>(kind: &'a Kind, region: &'a str) -> Place<'a> {
    Place { service: &kind.service, region, kind: &kind.name }
}

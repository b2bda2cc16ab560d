//! Creating, modifying and deleting, as any kind does them.

use std::time::Duration;

use super::clock::next_window;
use super::decide::{self, fill, normalised, obey};
use super::faults::FaultEffect;
use super::object::{Pending, Stored, names, shaped, whole};
use super::{Place, Session};
use crate::base::Text;
use crate::base::value::{Value, ValueMap};
use crate::world::cloud::api::{ApiError, Retry, State};
use crate::world::cloud::codec;
use crate::world::cloud::kind::Kind;

impl Session<'_> {
    pub(super) fn create(
        &mut self,
        attributes: ValueMap,
        tags: &ValueMap,
        token: &str,
    ) -> Result<Stored, ApiError> {
        let kind = self.kind;
        let request = self.accepted(normalised(kind, attributes)?)?;
        let seed = format!("{}/{}", self.settings.seed, self.settings.made);
        let mut stored = self.blank(seed, token);
        let given: ValueMap =
            request.iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.clone(), v.clone())).collect();

        // Rules see what accompanies the request; the object does not keep it.
        let mut values = whole(&request, kind);
        if let Some(id) = request.get(&kind.identity).and_then(Value::as_str) {
            stored.id = id.to_owned();
            if let Some(existing) = self.find(id)? {
                if !kind.overwrites {
                    let text = format!("{} {id} already exists.", kind.title);
                    return Err(ApiError::refused(&kind.errors.exists, 400, text));
                }
                stored = Stored { token: token.to_owned(), ..existing };
            }
        } else if !token.is_empty()
            && let Some(existing) = self.by_token(token)?
        {
            return Ok(existing);
        }
        self.check_dependencies(&values)?;
        self.check_quota()?;
        let mut scope = self.scope(values.clone().into_iter().collect(), &stored)?;
        obey(kind, |on| on.create, &scope)?;
        scope.prior = Value::NULL;
        let decides = |name: &Text| !given.contains_key(name);
        fill(kind, &mut values, &scope, decides)?;
        if stored.id.is_empty() {
            let id = values.get(&kind.identity).and_then(Value::as_str);
            stored.id = id
                .ok_or_else(|| ApiError::broken(format!("{} gives its objects no name", kind.name)))?
                .to_owned();
        }
        self.keep(&mut stored, &values, &given);
        stored.tags = codec::map_to_json(tags);
        self.begin(&mut stored, State::Creating, kind.durations.create);
        self.settings.made += 1;
        self.disk.write_settings(&self.settings)?;
        self.disk.write_object(self.place(), &stored)?;
        Ok(stored)
    }

    pub(super) fn modify(&mut self, id: &str, changes: ValueMap) -> Result<Stored, ApiError> {
        let kind = self.kind;
        let mut stored = self.existing(id)?;
        self.in_state(&stored, &[State::Available])?;
        let changes = self.accepted(normalised(kind, changes)?)?;
        let fixed =
            |name: &&Text| kind.schema.block.attributes.get(*name).is_some_and(|a| a.forces_replacement);
        if let Some(name) = changes.keys().find(fixed) {
            let text = format!("{name} of {} {id} can't be changed.", kind.title);
            return Err(ApiError::refused("InvalidParameterCombination", 400, text));
        }
        let prior = self.values(&stored)?;
        let mut wished = prior.clone();
        wished.extend(changes.clone());
        self.check_dependencies(&changes)?;
        let mut scope = self.scope(whole(&wished, kind), &stored)?;
        scope.prior = whole(&prior, kind).into();
        obey(kind, |on| on.modify, &scope)?;

        if self.keeps_previous {
            stored.previous = Some(stored.attributes.clone());
        }
        let at_once = changes.get("apply_immediately").and_then(Value::as_bool).unwrap_or(false);
        let waits = |name: &Text| {
            !at_once && kind.deferred.as_ref().is_some_and(|deferred| deferred.attributes.contains(name))
        };
        let (later, now): (ValueMap, ValueMap) = changes
            .into_iter()
            .filter(|(name, _)| !kind.is_parameter(name))
            .partition(|(name, _)| waits(name));
        if !later.is_empty() {
            let window = kind.deferred.as_ref().and_then(|deferred| prior.get(&deferred.window)?.as_str());
            let at = next_window(window.unwrap_or_default(), self.now);
            let pending =
                stored.pending.get_or_insert_with(|| Pending { at, attributes: Default::default() });
            pending.attributes.extend(codec::map_to_json(&later));
        }
        if at_once {
            // What waited is made now too, as far as this request does not say otherwise.
            if let Some(pending) = stored.pending.take() {
                let mut waited =
                    super::object::typed(&pending.attributes, &kind.schema).map_err(ApiError::broken)?;
                waited.extend(now.clone());
                return self.finish_modify(stored, prior, waited);
            }
        }
        self.finish_modify(stored, prior, now)
    }

    fn finish_modify(&self, mut stored: Stored, prior: ValueMap, now: ValueMap) -> Result<Stored, ApiError> {
        let changed = !now.is_empty();
        self.apply(&mut stored, prior, now)?;
        if changed {
            self.begin(&mut stored, State::Modifying, self.kind.durations.modify);
        }
        self.disk.write_object(self.place(), &stored)?;
        Ok(stored)
    }

    /// Makes the changes that waited.
    pub(super) fn make_pending(&self, stored: &mut Stored) -> Result<(), ApiError> {
        if let Some(pending) = stored.pending.take() {
            let changes =
                super::object::typed(&pending.attributes, &self.kind.schema).map_err(ApiError::broken)?;
            let prior = self.values(stored)?;
            self.apply(stored, prior, changes)?;
        }
        Ok(())
    }

    /// Sets attributes, and decides anew what follows from them.
    fn apply(&self, stored: &mut Stored, prior: ValueMap, changes: ValueMap) -> Result<(), ApiError> {
        let kind = self.kind;
        let (mut values, mut given) = (prior.clone(), stored.given.clone());
        let mut decide_anew = kind.follows(changes.keys().cloned());
        for (name, value) in &changes {
            if kind.is_secret(name) {
                if value.is_null() {
                    stored.secrets.remove(name.as_str());
                } else {
                    stored.secrets.insert(name.to_string(), decide::hash_secret(&stored.id, value));
                }
            } else if value.is_null() {
                given.remove(name.as_str());
                values.remove(name);
                decide_anew.push(name.clone());
            } else {
                given.insert(name.to_string());
                values.insert(name.clone(), value.clone());
            }
        }
        let mut scope = self.scope(whole(&values, kind), stored)?;
        scope.prior = whole(&prior, kind).into();
        fill(kind, &mut values, &scope, |name| decide_anew.contains(name) && !given.contains(name.as_str()))?;
        stored.given = given;
        stored.set_values(&values);
        Ok(())
    }

    pub(super) fn delete(&mut self, id: &str, parameters: &ValueMap) -> Result<Stored, ApiError> {
        let kind = self.kind;
        let mut stored = self.existing(id)?;
        self.in_state(&stored, &[State::Available, State::Failed])?;
        let mut values = self.values(&stored)?;
        values.extend(self.accepted(parameters.clone())?);
        let scope = self.scope(whole(&values, kind), &stored)?;
        obey(kind, |on| on.delete, &scope)?;
        self.check_dependents(&values, id)?;
        if let Some(snapshot) = &kind.final_snapshot {
            let name = snapshot.identifier.evaluate(&scope).map_err(ApiError::broken)?;
            if let Some(name) = name.as_str() {
                let place = Place { kind: &snapshot.kind, ..self.place() };
                if self.disk.object(place, name)?.is_some() {
                    let text = format!(
                        "Cannot create the snapshot because one with the identifier {name} already exists."
                    );
                    return Err(ApiError::refused(&snapshot.exists, 400, text));
                }
                let mut copy = self.blank(stored.seed.clone(), "");
                copy.kind = snapshot.kind.to_string();
                copy.id = name.to_owned();
                copy.attributes = stored.attributes.clone();
                copy.tags = stored.tags.clone();
                copy.enter(State::Available, self.now, None);
                self.disk.write_object(place, &copy)?;
            }
        }
        self.begin(&mut stored, State::Deleting, kind.durations.delete);
        if stored.until.is_some_and(|until| until <= self.now) {
            self.disk.remove_object(self.place(), id)?;
        } else {
            self.disk.write_object(self.place(), &stored)?;
        }
        Ok(stored)
    }

    fn blank(&self, seed: String, token: &str) -> Stored {
        Stored {
            kind: self.kind.name.to_string(),
            id: String::new(),
            state: State::Creating,
            since: self.now,
            until: None,
            next: None,
            available_since: None,
            token: token.to_owned(),
            seed,
            attributes: Default::default(),
            given: Default::default(),
            tags: Default::default(),
            secrets: Default::default(),
            pending: None,
            previous: None,
        }
    }

    /// Enters a state for as long as it lasts, or for ever where a fault says so.
    fn begin(&self, stored: &mut Stored, state: State, duration: Duration) {
        let until = (self.fault != Some(FaultEffect::Stuck)).then(|| self.now.after(duration));
        stored.enter(state, self.now, until);
        if self.fault == Some(FaultEffect::FailCreate) && state == State::Creating {
            stored.next = Some(State::Failed);
        }
        if duration.is_zero() && state != State::Deleting {
            stored.settle(self.now);
        }
    }

    /// Puts a new object's attributes where they belong: secrets as hashes, parameters nowhere.
    fn keep(&self, stored: &mut Stored, values: &ValueMap, given: &ValueMap) {
        let kind = self.kind;
        let (mut plain, mut shown) = (ValueMap::new(), Vec::new());
        for (name, value) in values.iter().filter(|(name, _)| !kind.is_parameter(name)) {
            if kind.is_secret(name) {
                if !value.is_null() {
                    stored.secrets.insert(name.to_string(), decide::hash_secret(&stored.id, value));
                }
            } else {
                plain.insert(name.clone(), value.clone());
                if given.contains_key(name) {
                    shown.push(name.clone());
                }
            }
        }
        stored.set_values(&plain);
        stored.given = names(shown);
    }

    /// A request whose attributes exist, may be set, and are of their types.
    fn accepted(&self, attributes: ValueMap) -> Result<ValueMap, ApiError> {
        let refuse = |text: String| ApiError::refused("InvalidParameterValue", 400, text);
        let mut accepted = ValueMap::new();
        for (name, value) in attributes {
            if self.kind.schema.block.attributes.get(&name).is_some_and(|attribute| !attribute.is_settable())
            {
                return Err(refuse(format!("{name} can't be set.")));
            }
            if !value.is_wholly_known() {
                return Err(refuse(format!("{name} has no value yet.")));
            }
            let value = shaped(&name, value, &self.kind.schema).map_err(refuse)?;
            accepted.insert(name, value);
        }
        Ok(accepted)
    }

    fn in_state(&self, stored: &Stored, states: &[State]) -> Result<(), ApiError> {
        if states.contains(&stored.state) {
            return Ok(());
        }
        let state = format!("{:?}", stored.state).to_lowercase();
        let text = format!("{} {} is not in an available state: it is {state}.", self.kind.title, stored.id);
        Err(ApiError {
            retry: Retry::Passing,
            ..ApiError::refused(&self.kind.errors.invalid_state, 400, text)
        })
    }

    fn by_token(&self, token: &str) -> Result<Option<Stored>, ApiError> {
        for stored in self.disk.objects(self.place())? {
            if stored.token == token {
                return self.settled(stored);
            }
        }
        Ok(None)
    }

    fn check_quota(&self) -> Result<(), ApiError> {
        let Some(quota) = self.kind.quota else { return Ok(()) };
        let mut count = 0;
        for stored in self.disk.objects(self.place())? {
            count += u64::from(self.settled(stored)?.is_some());
        }
        if count < quota {
            return Ok(());
        }
        let text = format!(
            "The quota of {quota} is used up: no further {} can be made in {}.",
            self.kind.title, self.region
        );
        Err(ApiError::refused(&self.kind.errors.quota, 400, text))
    }

    /// What is referred to has to exist.
    fn check_dependencies(&self, values: &ValueMap) -> Result<(), ApiError> {
        for dependency in &self.kind.dependencies {
            let Some(other) = self.catalog.get(&dependency.kind) else { continue };
            let place = Place { service: &other.service, region: self.region, kind: &other.name };
            let Some(value) = values.get(&dependency.attribute) else { continue };
            for name in references(value) {
                if dependency.except.iter().any(|known| *known == name) {
                    continue;
                }
                let found =
                    match &dependency.target {
                        None => self.disk.object(place, &name)?.is_some(),
                        Some(target) => self.disk.objects(place)?.iter().any(|o| {
                            o.attributes.get(target.as_str()).and_then(|v| v.as_str()) == Some(&*name)
                        }),
                    };
                if !found {
                    let text = format!("{} {name} not found.", other.title);
                    return Err(ApiError::refused(&dependency.code, 404, text));
                }
            }
        }
        Ok(())
    }

    /// What is referred to can't be deleted.
    fn check_dependents(&self, values: &ValueMap, id: &str) -> Result<(), ApiError> {
        for other in self.catalog.kinds() {
            for dependency in other.dependencies.iter().filter(|d| d.kind == self.kind.name) {
                let target = dependency.target.as_ref().and_then(|target| values.get(target)?.as_str());
                let name = target.unwrap_or(id);
                let place = Place { service: &other.service, region: self.region, kind: &other.name };
                for stored in self.disk.objects(place)? {
                    if self.refers(other, &stored, &dependency.attribute, name) {
                        let text =
                            format!("{} {id} is in use by {} {}.", self.kind.title, other.title, stored.id);
                        return Err(ApiError::refused(&self.kind.errors.in_use, 400, text));
                    }
                }
            }
        }
        Ok(())
    }

    fn refers(&self, kind: &Kind, stored: &Stored, attribute: &str, name: &str) -> bool {
        let gone = stored.state == State::Deleting && stored.until.is_some_and(|until| until <= self.now);
        let value = stored.values(kind).ok().and_then(|values| values.get(attribute).cloned());
        !gone && value.is_some_and(|value| references(&value).iter().any(|held| held == name))
    }
}

/// The names a value holds: itself, or its elements; numbers are names too.
fn references(value: &Value) -> Vec<String> {
    let name = |value: &Value| match value.as_number() {
        Some(number) => Some(number.to_string()),
        None => value.as_str().map(str::to_owned),
    };
    match value.as_slice() {
        Some(values) => values.iter().filter_map(name).collect(),
        None => name(value).into_iter().collect(),
    }
}

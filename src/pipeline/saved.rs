//! A plan as one file: a line with version and digest, then JSON.
//!
//! It holds the sources, inputs and state the plan was made from and what providers answered. Reading it back plans
//! again from those, without asking anew, and compares: what would be done must be what was shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::inputs::{Input, InputValue, Inputs, Origin};
use super::snapshot::Snapshot;
use super::{Account, Planned, Setup};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::engine::events::Quiet;
use crate::engine::faults::store_failed;
use crate::engine::options::PlanOptions;
use crate::engine::plan::{Plan, Recorded};
use crate::engine::provider::Object;
use crate::engine::state::{Codec, Place, Sealer, State, StoreError};

/// How the file begins; the number is the version of the form.
const HEADER: &str = "prov plan 1 sha256:";

#[derive(Serialize, Deserialize)]
struct Saved {
    directory: String,
    files: BTreeMap<String, String>,
    library: BTreeMap<String, String>,
    schemas: String,
    inputs: IndexMap<Text, (String, String)>,
    options: Options,
    lineage: Text,
    serial: u64,
    instances: Vec<String>,
    deposed: Vec<(Text, String)>,
    outputs: IndexMap<Text, String>,
    intents: Vec<String>,
    data: BTreeMap<String, String>,
    found: BTreeMap<String, Option<(String, Option<String>)>>,
    /// Name, a list of the arguments and the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<(Text, String)>,
    changes: String,
}

#[derive(Serialize, Deserialize)]
struct Options {
    destroy: bool,
    refresh: bool,
    refresh_only: bool,
    targets: Vec<String>,
    excludes: Vec<String>,
    replace: Vec<String>,
    parallelism: usize,
}

/// A saved plan keeps secrets as they are: it must be readable by its owner only.
struct Clear;

impl Sealer for Clear {
    fn seal(&self, _: &Place<'_>, plain: &[u8]) -> Result<String, StoreError> {
        Ok(STANDARD.encode(plain))
    }

    fn open(&self, _: &Place<'_>, sealed: &str) -> Result<Vec<u8>, StoreError> {
        STANDARD.decode(sealed).map_err(|error| StoreError::Unusable(error.to_string()))
    }
}

/// What a plan was made from, beside its account.
pub(super) struct Origins {
    pub(super) inputs: Inputs,
    pub(super) options: PlanOptions,
    pub(super) state: State,
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Planned {
    /// The plan as a file. Holds secrets in the clear: write it so that nobody else can read it.
    ///
    /// # Errors
    /// A value that is nested too deep to be written.
    pub fn save(&self) -> Result<Vec<u8>, Box<Diagnostic>> {
        let saved = self.saved().map_err(|error| Box::new(store_failed(&error)))?;
        let body = serde_json::to_string_pretty(&saved).map_err(|error| {
            let message = format!("the plan can't be written: {error}");
            Box::new(Diagnostic::without_place(codes::STATE_UNUSABLE, message))
        })?;
        Ok(format!("{HEADER}{}\n{body}\n", digest(body.as_bytes())).into_bytes())
    }

    fn saved(&self) -> Result<Saved, StoreError> {
        let Origins { inputs, options, state } = &self.origins;
        let codec = Codec { lineage: &state.lineage, sealer: &Clear };
        let (library, files): (Vec<_>, Vec<_>) = self
            .account
            .sources()
            .iter()
            .map(|file| (file.path.to_string(), STANDARD.encode(file.text.as_bytes())))
            .partition(|(path, _)| path.starts_with(crate::lang::load::STDLIB_PREFIX));
        let mut files: BTreeMap<_, _> = files.into_iter().collect();
        files.extend(self.files.seen().into_iter().map(|(path, bytes)| (path, STANDARD.encode(bytes))));
        let written = |input: &Input| match &input.value {
            InputValue::Value(value) => codec.encode_value("input", value),
            InputValue::Text(text) => Ok(format!("text:{text}")),
        };
        let object = |owner: &str, object: &Object| {
            let private = object.private.as_ref().map(|private| STANDARD.encode(private));
            Ok::<_, StoreError>((codec.encode_value(owner, &object.attributes)?, private))
        };
        let recorded = &self.prepared.recorded;
        Ok(Saved {
            directory: self.account.directory().to_owned(),
            files,
            library: library.into_iter().map(|(path, text)| (path, digest(text.as_bytes()))).collect(),
            schemas: schemas(self.plan()),
            inputs: inputs
                .variables
                .iter()
                .map(|(name, input)| Ok((name.clone(), (input.origin.to_string(), written(input)?))))
                .collect::<Result<_, StoreError>>()?,
            options: Options {
                destroy: options.destroy,
                refresh: options.refresh,
                refresh_only: options.refresh_only,
                targets: options.targets.iter().map(ToString::to_string).collect(),
                excludes: options.excludes.iter().map(ToString::to_string).collect(),
                replace: options.replace.iter().map(ToString::to_string).collect(),
                parallelism: options.parallelism,
            },
            lineage: state.lineage.clone(),
            serial: state.serial,
            instances: state
                .instances
                .values()
                .map(|i| codec.encode_instance(i))
                .collect::<Result<_, _>>()?,
            deposed: state
                .deposed
                .iter()
                .map(|((_, token), instance)| Ok((token.clone(), codec.encode_instance(instance)?)))
                .collect::<Result<_, StoreError>>()?,
            outputs: state
                .outputs
                .iter()
                .map(|(name, value)| Ok((name.clone(), codec.encode_value(name, value)?)))
                .collect::<Result<_, StoreError>>()?,
            intents: state.intents.iter().map(|i| codec.encode_intent(i)).collect::<Result<_, _>>()?,
            data: recorded
                .data
                .iter()
                .map(|(address, value)| {
                    let owner = address.to_string();
                    let text = codec.encode_value(&owner, value)?;
                    Ok((owner, text))
                })
                .collect::<Result<_, StoreError>>()?,
            found: recorded
                .found
                .iter()
                .map(|(address, found)| {
                    let owner = address.to_string();
                    let found = found.as_ref().map(|found| object(&owner, found)).transpose()?;
                    Ok((owner, found))
                })
                .collect::<Result<_, StoreError>>()?,
            answers: recorded
                .answers
                .iter()
                .map(|(name, values, answer)| {
                    let both = Value::from(vec![values.clone().into(), answer.clone()]);
                    Ok((name.clone(), codec.encode_value(name, &both)?))
                })
                .collect::<Result<_, StoreError>>()?,
            changes: changes(self.plan(), &codec)?,
        })
    }

    /// The directory of the account a saved plan is of.
    ///
    /// # Errors
    /// With the code `stale-plan`, as [`Planned::load`].
    pub fn directory(bytes: &[u8]) -> Result<String, Box<Diagnostic>> {
        open(bytes).map(|saved| saved.directory)
    }

    /// Reads a saved plan back. Its own sources are checked again and its changes are made out again from what it
    /// recorded.
    ///
    /// # Errors
    /// With the code `stale-plan` and without places: a file that was altered or that this version can't read, or whose
    /// changes would be others by now.
    pub async fn load(setup: Arc<Setup>, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let saved = open(bytes).map_err(|diagnostic| vec![*diagnostic])?;
        let (origins, recorded) = saved.origins().map_err(|error| vec![stale(&error.to_string())])?;
        let decode = |text: &String| STANDARD.decode(text).map(Arc::from);
        let files: Result<BTreeMap<_, Arc<[u8]>>, _> =
            saved.files.iter().map(|(path, text)| Ok((path.clone(), decode(text)?))).collect();
        let files = files.map_err(|error: base64::DecodeError| vec![stale(&error.to_string())])?;
        let setup = Arc::new(Setup {
            files: Arc::new(Snapshot(files)),
            limits: setup.limits,
            providers: setup.providers.clone(),
            schemas: setup.schemas.clone(),
            functions: setup.functions.clone(),
            cancel: setup.cancel.clone(),
            lints: setup.lints.clone(),
        });
        let account = Account::check(setup, &saved.directory);
        let library: BTreeMap<_, _> = account
            .sources()
            .iter()
            .filter(|file| file.path.starts_with(crate::lang::load::STDLIB_PREFIX))
            .map(|file| (file.path.to_string(), digest(STANDARD.encode(file.text.as_bytes()).as_bytes())))
            .collect();
        if library != saved.library {
            return Err(vec![stale("it was made with another version of the standard library")]);
        }
        let Origins { inputs, options, state } = &origins;
        let planned = account.plan_from(inputs, options, state, &Quiet, Some(&recorded)).await;
        // Places in the sources of back then say nothing to those who see the files of today.
        let planned = planned.map_err(|faults| {
            let messages = faults.into_iter().filter(Diagnostic::is_error).map(|fault| fault.message);
            let told = stale("planning it again from what it recorded does not succeed");
            vec![messages.fold(told, Diagnostic::note)]
        })?;
        if schemas(planned.plan()) != saved.schemas {
            return Err(vec![stale("it was made with other versions of its providers")]);
        }
        let codec = Codec { lineage: &state.lineage, sealer: &Clear };
        let now = changes(planned.plan(), &codec).map_err(|error| vec![store_failed(&error)])?;
        if now != saved.changes {
            return Err(vec![stale("its changes would be others by now")]);
        }
        Ok(planned)
    }
}

fn open(bytes: &[u8]) -> Result<Saved, Box<Diagnostic>> {
    let foreign = || Box::new(stale("this is no plan that this version of prov can read"));
    let text = std::str::from_utf8(bytes).map_err(|_| foreign())?;
    let (header, body) = text.split_once('\n').ok_or_else(foreign)?;
    let expected = header.strip_prefix(HEADER).ok_or_else(foreign)?;
    let body = body.strip_suffix('\n').unwrap_or(body);
    if digest(body.as_bytes()) != expected.trim() {
        return Err(Box::new(stale("it was altered after it was written")));
    }
    serde_json::from_str(body).map_err(|_| foreign())
}

impl Saved {
    fn origins(&self) -> Result<(Origins, Recorded), StoreError> {
        let codec = Codec { lineage: &self.lineage, sealer: &Clear };
        let wrong = |error: crate::base::address::ParseAddressError| StoreError::Unusable(error.to_string());
        let mut inputs = Inputs::new();
        for (name, (origin, value)) in &self.inputs {
            let value = match value.strip_prefix("text:") {
                Some(text) => InputValue::Text(text.into()),
                None => InputValue::Value(codec.decode_value("input", value)?),
            };
            inputs.set(name.clone(), value, Origin::Plan(origin.as_str().into()));
        }
        let Options { destroy, refresh, refresh_only, targets, excludes, replace, parallelism } =
            &self.options;
        let options = PlanOptions {
            destroy: *destroy,
            refresh: *refresh,
            refresh_only: *refresh_only,
            targets: targets.iter().map(|t| t.parse()).collect::<Result<_, _>>().map_err(wrong)?,
            excludes: excludes.iter().map(|t| t.parse()).collect::<Result<_, _>>().map_err(wrong)?,
            replace: replace.iter().map(|t| t.parse()).collect::<Result<_, _>>().map_err(wrong)?,
            parallelism: *parallelism,
        };
        let mut state = State { lineage: self.lineage.clone(), serial: self.serial, ..State::default() };
        for text in &self.instances {
            let instance = codec.decode_instance(text)?;
            state.instances.insert(instance.address.clone(), Arc::new(instance));
        }
        for (token, text) in &self.deposed {
            let instance = codec.decode_instance(text)?;
            state.deposed.insert((instance.address.clone(), token.clone()), Arc::new(instance));
        }
        for (name, text) in &self.outputs {
            state.outputs.insert(name.clone(), codec.decode_value(name, text)?);
        }
        state.intents =
            self.intents.iter().map(|text| codec.decode_intent(text)).collect::<Result<_, _>>()?;
        let mut recorded = Recorded::default();
        for (owner, text) in &self.data {
            recorded.data.insert(owner.parse().map_err(wrong)?, codec.decode_value(owner, text)?);
        }
        for (owner, found) in &self.found {
            let found = match found {
                None => None,
                Some((attributes, private)) => {
                    let private = private.as_ref().map(|text| STANDARD.decode(text)).transpose();
                    let private = private.map_err(|error| StoreError::Unusable(error.to_string()))?;
                    let attributes = codec.decode_value(owner, attributes)?;
                    Some(Object { attributes, private: private.map(Arc::from) })
                }
            };
            recorded.found.insert(owner.parse().map_err(wrong)?, found);
        }
        for (name, text) in &self.answers {
            let both = codec.decode_value(name, text)?;
            let Some([values, answer]) = both.as_slice() else { continue };
            let values = values.as_slice().unwrap_or_default().to_vec();
            recorded.answers.push((name.clone(), values, answer.clone()));
        }
        Ok((Origins { inputs, options, state }, recorded))
    }
}

fn stale(why: &str) -> Diagnostic {
    Diagnostic::without_place(codes::STALE_PLAN, "the saved plan can't be used").note(why).help("plan again")
}

/// The schemas that a plan's values follow, as a digest.
fn schemas(plan: &Plan) -> String {
    let kinds: BTreeMap<_, _> =
        plan.changes.iter().map(|change| (change.address.resource.kind.clone(), &change.schema)).collect();
    let mut text = String::new();
    for (kind, schema) in kinds {
        text.push_str(&format!("{kind} {} {:?}\n", schema.version, schema.block));
    }
    digest(text.as_bytes())
}

/// What would be done, as a digest.
fn changes(plan: &Plan, codec: &Codec<'_>) -> Result<String, StoreError> {
    let mut text = String::new();
    for change in &plan.changes {
        let address = change.address.to_string();
        let after = codec.encode_value(&address, &change.after)?;
        text.push_str(&format!("{address} {:?} {after}\n", change.action));
    }
    for (name, output) in &plan.outputs {
        text.push_str(&format!("{name} {}\n", codec.encode_value(name, &output.after)?));
    }
    Ok(digest(text.as_bytes()))
}

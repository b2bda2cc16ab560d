//! Instances, intents and runs to JSON text and back.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::super::model::{Instance, InstanceStatus, Intent, IntentOperation, ProviderRef, RunRecord};
use super::super::sealing::Path;
use super::super::store::StoreError;
use super::{Codec, malformed};
use crate::base::Text;
use crate::base::address::ResourceAddress;
use crate::base::value::Value;
use crate::engine::provider::Object;

/// Where the provider's private data is sealed, beside the attributes.
const PRIVATE: Path<'static> = Path::Field(&Path::Root, "$private");
const PRIOR: Path<'static> = Path::Field(&Path::Root, "$prior");
const PLANNED: Path<'static> = Path::Field(&Path::Root, "$planned");

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceRecord<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<Text>,
    #[serde(default, skip_serializing_if = "is_default")]
    schema_version: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    tainted: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    create_before_destroy: bool,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: &'a RawValue,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    private: Option<&'a RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentRecord<'a> {
    token: Text,
    operation: Operation,
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<Text>,
    #[serde(default, skip_serializing_if = "is_default")]
    schema_version: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    create_before_destroy: bool,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deposed: Option<Text>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    prior: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    private: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    planned: Option<&'a RawValue>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Create,
    Update,
    Delete,
}

#[derive(Serialize, Deserialize)]
struct RunRecordText {
    operation: Text,
    who: Text,
    started: Text,
    summary: Text,
    complete: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `null` is a value here, not the lack of one.
fn present<'de, D: Deserializer<'de>>(json: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(json).map(Some)
}

impl Codec<'_> {
    /// An instance as JSON text. Fails when it is nested too deep or its secrets can't be sealed.
    pub fn encode_instance(&self, instance: &Instance) -> Result<String, StoreError> {
        let owner = instance.address.to_string();
        let attributes = self.raw(&owner, &Path::Root, &instance.object.attributes)?;
        let private = self.encode_private(&owner, &instance.object)?;
        let record = InstanceRecord {
            provider: instance.provider.name.as_str().into(),
            alias: instance.provider.alias.clone(),
            schema_version: instance.schema_version,
            tainted: instance.status == InstanceStatus::Tainted,
            create_before_destroy: instance.create_before_destroy,
            dependencies: texts(&instance.dependencies),
            attributes: &attributes,
            private: private.as_deref(),
            address: owner.as_str().into(),
        };
        Ok(to_json(&record))
    }

    /// The instance in a text made by [`Codec::encode_instance`]. Fails for any other text.
    pub fn decode_instance(&self, text: &str) -> Result<Instance, StoreError> {
        let record: InstanceRecord<'_> =
            serde_json::from_str(text).map_err(|error| malformed("an instance", error))?;
        let owner = record.address.as_ref();
        Ok(Instance {
            address: parse(owner, owner)?,
            provider: ProviderRef { name: record.provider.into(), alias: record.alias },
            schema_version: record.schema_version,
            object: Object {
                attributes: self.decode_at(owner, &Path::Root, record.attributes.get())?,
                private: self.decode_private(owner, record.private)?,
            },
            status: if record.tainted { InstanceStatus::Tainted } else { InstanceStatus::Ready },
            dependencies: addresses(owner, &record.dependencies)?,
            create_before_destroy: record.create_before_destroy,
        })
    }

    /// An intent as JSON text. Fails when it is nested too deep or its secrets can't be sealed.
    pub fn encode_intent(&self, intent: &Intent) -> Result<String, StoreError> {
        let owner = intent.address.to_string();
        let (operation, prior, planned, deposed) = match &intent.operation {
            IntentOperation::Create { planned } => (Operation::Create, None, Some(planned), None),
            IntentOperation::Update { prior, planned } => {
                (Operation::Update, Some(prior), Some(planned), None)
            }
            IntentOperation::Delete { prior, deposed } => {
                (Operation::Delete, Some(prior), None, deposed.clone())
            }
        };
        let private = prior.map(|prior| self.encode_private(&owner, prior)).transpose()?.flatten();
        let prior = prior.map(|prior| self.raw(&owner, &PRIOR, &prior.attributes)).transpose()?;
        let planned = planned.map(|planned| self.raw(&owner, &PLANNED, planned)).transpose()?;
        let record = IntentRecord {
            token: intent.token.clone(),
            operation,
            provider: intent.provider.name.as_str().into(),
            alias: intent.provider.alias.clone(),
            schema_version: intent.schema_version,
            create_before_destroy: intent.create_before_destroy,
            dependencies: texts(&intent.dependencies),
            deposed,
            prior: prior.as_deref(),
            private: private.as_deref(),
            planned: planned.as_deref(),
            address: owner.as_str().into(),
        };
        Ok(to_json(&record))
    }

    /// The intent in a text made by [`Codec::encode_intent`]. Fails for any other text.
    pub fn decode_intent(&self, text: &str) -> Result<Intent, StoreError> {
        let record: IntentRecord<'_> =
            serde_json::from_str(text).map_err(|error| malformed("an intent", error))?;
        let owner = record.address.as_ref();
        let need = |part: Option<&RawValue>, path: &Path<'_>| {
            let part = part.ok_or_else(|| malformed(owner, "an intent lacks its values"))?;
            self.decode_at(owner, path, part.get())
        };
        let planned = || need(record.planned, &PLANNED);
        let prior = || {
            let attributes = need(record.prior, &PRIOR)?;
            Ok::<_, StoreError>(Object { attributes, private: self.decode_private(owner, record.private)? })
        };
        let operation = match record.operation {
            Operation::Create => IntentOperation::Create { planned: planned()? },
            Operation::Update => IntentOperation::Update { prior: prior()?, planned: planned()? },
            Operation::Delete => IntentOperation::Delete { prior: prior()?, deposed: record.deposed },
        };
        Ok(Intent {
            token: record.token,
            address: parse(owner, owner)?,
            provider: ProviderRef { name: record.provider.into(), alias: record.alias },
            schema_version: record.schema_version,
            operation,
            dependencies: addresses(owner, &record.dependencies)?,
            create_before_destroy: record.create_before_destroy,
        })
    }

    fn raw(&self, owner: &str, path: &Path<'_>, value: &Value) -> Result<Box<RawValue>, StoreError> {
        let text = self.encode_at(owner, path, value)?;
        RawValue::from_string(text).map_err(|error| malformed(owner, error))
    }

    /// Sealed whole: what a provider keeps for itself may be anything.
    fn encode_private(&self, owner: &str, object: &Object) -> Result<Option<Box<RawValue>>, StoreError> {
        let Some(private) = &object.private else { return Ok(None) };
        self.raw(owner, &PRIVATE, &Value::from(STANDARD.encode(private)).mark(true)).map(Some)
    }

    fn decode_private(
        &self,
        owner: &str,
        record: Option<&RawValue>,
    ) -> Result<Option<std::sync::Arc<[u8]>>, StoreError> {
        let Some(record) = record else { return Ok(None) };
        let text = self.decode_at(owner, &PRIVATE, record.get())?;
        let text = text.as_str().ok_or_else(|| malformed(owner, "its private data is no text"))?;
        let bytes = STANDARD.decode(text).map_err(|error| malformed(owner, error))?;
        Ok(Some(bytes.into()))
    }
}

/// A run as JSON text.
pub fn encode_run(run: &RunRecord) -> String {
    let RunRecord { operation, who, started, summary, complete } = run.clone();
    to_json(&RunRecordText { operation, who, started, summary, complete })
}

/// The run in a text made by [`encode_run`]. Fails for any other text.
pub fn decode_run(text: &str) -> Result<RunRecord, StoreError> {
    let record = serde_json::from_str(text).map_err(|error| malformed("a run", error))?;
    let RunRecordText { operation, who, started, summary, complete } = record;
    Ok(RunRecord { operation, who, started, summary, complete })
}

fn to_json(record: &impl Serialize) -> String {
    serde_json::to_string(record).expect("records have text keys only")
}

fn texts(dependencies: &[ResourceAddress]) -> Vec<Cow<'static, str>> {
    dependencies.iter().map(|address| address.to_string().into()).collect()
}

fn addresses(owner: &str, texts: &[Cow<'_, str>]) -> Result<Vec<ResourceAddress>, StoreError> {
    texts.iter().map(|text| parse(owner, text)).collect()
}

fn parse<T: FromStr<Err: Display>>(owner: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| malformed(owner, error))
}

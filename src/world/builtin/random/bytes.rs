//! `random_id` and `random_bytes`: random bytes, written in several ways.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;

use super::super::state_only::Kind;
use super::{LONGEST, int, is_secret, length, plan, schema, text};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

/// Longer ids have more decimal digits than anybody reads, and take their time to get them.
const LONGEST_ID: i64 = 4096;

pub(super) struct Id;

impl Kind for Id {
    fn name(&self) -> &'static str {
        "random_id"
    }

    fn schema(&self) -> Schema {
        let written = |how: &str| {
            Attribute::computed(Type::string())
                .follows("prefix")
                .docs(format!("The id in {how}, behind the prefix."))
        };
        schema(
            "Random bytes for names that must not meet, such as those of buckets.",
            [
                ("byte_length", Attribute::required(int(1, LONGEST_ID)).docs("How many random bytes.")),
                ("prefix", Attribute::optional(Type::string()).docs("Text before the id.")),
                ("b64_url", written("URL-safe Base64")),
                ("b64_std", written("Base64")),
                ("hex", written("hexadecimal digits")),
                ("dec", written("decimal digits")),
                (
                    "id",
                    Attribute::computed(Type::string()).docs("The id in URL-safe Base64, without prefix."),
                ),
            ],
        )
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let mut bytes = vec![0; length(planned, "byte_length", 1)?];
        entropy.fill(&mut bytes).map_err(|error| error.to_string())?;
        write(planned, &bytes);
        Ok(())
    }

    /// `prefix,id` or `id`
    fn import(&self, id: &str, _: &dyn Entropy) -> Result<ValueMap, String> {
        let (prefix, id) = id.rsplit_once(',').map_or((None, id), |(prefix, id)| (Some(prefix), id));
        let bytes = URL_SAFE_NO_PAD.decode(id).ok().filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or("the id must be URL-safe Base64, with `prefix,` before it if it has one")?;
        if bytes.len() as i64 > LONGEST_ID {
            return Err(format!("the id has more than {LONGEST_ID} bytes"));
        }
        let mut map = ValueMap::new();
        map.insert("byte_length".into(), bytes.len().into());
        map.insert("prefix".into(), prefix.map_or(Value::NULL, Value::from));
        write(&mut map, &bytes);
        Ok(map)
    }
}

fn write(map: &mut ValueMap, bytes: &[u8]) {
    let prefix = text(map, "prefix").to_owned();
    let secret = is_secret(map, "prefix");
    let id = URL_SAFE_NO_PAD.encode(bytes);
    for (name, written) in [
        ("b64_url", id.clone()),
        ("b64_std", STANDARD.encode(bytes)),
        ("hex", hex::encode(bytes)),
        ("dec", BigUint::from_bytes_be(bytes).to_string()),
    ] {
        map.insert(name.into(), Value::from(prefix.clone() + &written).mark(secret));
    }
    map.insert("id".into(), id.into());
}

pub(super) struct Bytes;

impl Kind for Bytes {
    fn name(&self) -> &'static str {
        "random_bytes"
    }

    fn schema(&self) -> Schema {
        let written =
            |how: &str| Attribute::computed(Type::string()).sensitive().docs(format!("The bytes in {how}."));
        schema(
            "Random bytes that are secret, such as keys.",
            [
                ("length", Attribute::required(int(1, LONGEST)).docs("How many bytes.")),
                ("base64", written("Base64")),
                ("hex", written("hexadecimal digits")),
            ],
        )
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let mut bytes = vec![0; length(planned, "length", 1)?];
        entropy.fill(&mut bytes).map_err(|error| error.to_string())?;
        planned.insert("base64".into(), STANDARD.encode(&bytes).into());
        planned.insert("hex".into(), hex::encode(&bytes).into());
        Ok(())
    }

    /// The bytes in Base64.
    fn import(&self, id: &str, _: &dyn Entropy) -> Result<ValueMap, String> {
        let bytes = STANDARD.decode(id).ok().filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or("the id must be the bytes in Base64")?;
        Ok([
            ("length".into(), bytes.len().into()),
            ("base64".into(), id.into()),
            ("hex".into(), hex::encode(&bytes).into()),
        ]
        .into())
    }
}

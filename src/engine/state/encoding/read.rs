//! JSON text to values. Any text may come; what the writer would not have written is refused.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::super::sealing::{Path, Place};
use super::super::store::StoreError;
use super::types::{TypeReader, length, text};
use super::{Codec, MAX_DEPTH, malformed};
use crate::base::Text;
use crate::base::number::Number;
use crate::base::value::{Duration, Kind, Size, Unknown, Value, ValueMap};

/// How the JSON library hands over numbers without rounding them.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads the values of one owner.
pub(super) struct Reader<'a> {
    codec: &'a Codec<'a>,
    owner: &'a str,
    /// Why a secret could not be opened; says more than the error of the JSON library.
    failure: RefCell<Option<StoreError>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(codec: &'a Codec<'a>, owner: &'a str) -> Self {
        Self { codec, owner, failure: RefCell::default() }
    }

    /// The value in a text.
    pub(super) fn text(&self, text: &str, path: &Path<'_>, depth: usize) -> Result<Value, StoreError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let seed = Seed { reader: self, path, depth };
        let read = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
        read.map_err(|error| self.failure.take().unwrap_or_else(|| malformed(self.owner, error)))
    }

    /// The value in a text inside of the text that is being read.
    fn inner<E: Error>(&self, text: &str, path: &Path<'_>, depth: usize) -> Result<Value, E> {
        self.text(text, path, depth).map_err(|error| self.fail(error))
    }

    fn open<E: Error>(&self, sealed: &str, path: &Path<'_>, depth: usize) -> Result<Value, E> {
        let place = Place { lineage: self.codec.lineage, owner: self.owner, path };
        let plain = self.codec.sealer.open(&place, sealed).map_err(|error| self.fail(error))?;
        let plain = String::from_utf8(plain).map_err(|_| E::custom("a sealed value is no text"))?;
        self.inner(&plain, path, depth).map(|value| value.mark(true))
    }

    fn fail<E: Error>(&self, error: StoreError) -> E {
        let message = error.to_string();
        self.failure.replace(Some(error));
        E::custom(message)
    }
}

/// Reads one value at a place.
#[derive(Clone, Copy)]
struct Seed<'a> {
    reader: &'a Reader<'a>,
    path: &'a Path<'a>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH + 1 {
            return Err(D::Error::custom("it is nested too deep"));
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Number::from(value).into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(Seed {
            path: &Path::Element(self.path, values.len()),
            depth: self.depth + 1,
            ..self
        })? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Text>()? {
            let key = match key.strip_prefix('$') {
                None => key,
                Some(rest) if rest.starts_with('$') => rest.into(),
                Some(_) if entries.is_empty() => return self.tagged(&key, map),
                Some(_) => return Err(A::Error::custom(format!("{key} stands beside other keys"))),
            };
            let path = Path::Field(self.path, &key);
            let value = map.next_value_seed(Seed { path: &path, depth: self.depth + 1, ..self })?;
            entries.push((key, value));
        }
        // Written in the order of keys, so that nothing is left to sort.
        Ok(entries.into_iter().collect::<ValueMap>().into())
    }
}

impl Seed<'_> {
    fn tagged<'de, A: MapAccess<'de>>(self, tag: &str, mut map: A) -> Result<Value, A::Error> {
        let deeper = Self { depth: self.depth + 1, ..self };
        let value = match tag {
            NUMBER => {
                let digits = map.next_value::<String>()?;
                digits.parse::<Number>().map_err(A::Error::custom)?.into()
            }
            "$set" => match map.next_value_seed(self)?.kind {
                Kind::Seq(values) => Value::set(values.to_vec()),
                _ => return Err(A::Error::custom("a set is no list")),
            },
            "$duration_ns" => Kind::Duration(Duration(number(map.next_value_seed(deeper)?)?)).into(),
            "$size_bytes" => Kind::Size(Size(number(map.next_value_seed(deeper)?)?)).into(),
            "$secret" => map.next_value_seed(deeper)?.mark(true),
            "$sealed" => self.reader.open(&map.next_value::<String>()?, self.path, self.depth)?,
            // Each such level doubles the text, so that there can't be many.
            "$deep" => self.reader.inner(&map.next_value::<String>()?, self.path, self.depth)?,
            "$unknown" => {
                let json = map.next_value::<Json>()?;
                Kind::Unknown(self.unknown(&json).map_err(A::Error::custom)?.into()).into()
            }
            other => return Err(A::Error::custom(format!("{other} has no meaning here"))),
        };
        match map.next_key::<Text>()? {
            None => Ok(value),
            Some(key) => Err(A::Error::custom(format!("{key} stands beside {tag}"))),
        }
    }

    fn unknown(self, json: &Json) -> Result<Unknown, String> {
        let Json::Object(map) = json else { return Err("an unknown value is no object".into()) };
        let types = TypeReader { reader: self.reader, path: self.path };
        let ty = types.ty(map.get("type").ok_or("an unknown value has no type")?, self.depth)?;
        Ok(Unknown { ty, prefix: text(map, "prefix")?.unwrap_or_default(), length: length(map)? })
    }
}

fn number<E: Error>(value: Value) -> Result<Number, E> {
    value.as_number().cloned().ok_or_else(|| E::custom("it is no number"))
}

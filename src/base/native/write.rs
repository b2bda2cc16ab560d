//! Rust types as values.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::NativeError;
use crate::base::Text;
use crate::base::number::Number;
use crate::base::value::{Duration, Kind, Value, ValueMap};

type Done<T> = Result<T, NativeError>;

/// How serde_json hands over a number it keeps exact.
const EXACT_NUMBER: &str = "$serde_json::private::Number";

/// Writes one value.
#[derive(Clone, Copy)]
pub(super) struct Writer;

macro_rules! integers {
    ($($method:ident $ty:ty;)*) => {
        $(fn $method(self, value: $ty) -> Done<Value> {
            Ok(Number::from(i128::from(value)).into())
        })*
    };
}

impl Serializer for Writer {
    type Ok = Value;
    type Error = NativeError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    integers! {
        serialize_i8 i8; serialize_i16 i16; serialize_i32 i32; serialize_i64 i64; serialize_i128 i128;
        serialize_u8 u8; serialize_u16 u16; serialize_u32 u32; serialize_u64 u64;
    }

    fn serialize_u128(self, value: u128) -> Done<Value> {
        value.to_string().parse::<Number>().map(Value::from).map_err(|_| NativeError::new("no number"))
    }

    fn serialize_bool(self, value: bool) -> Done<Value> {
        Ok(value.into())
    }

    fn serialize_f32(self, value: f32) -> Done<Value> {
        // By its shortest text, so that 0.1 stays 0.1.
        value.to_string().parse::<Number>().map(Value::from).map_err(|_| no_number(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Done<Value> {
        value.to_string().parse::<Number>().map(Value::from).map_err(|_| no_number(value))
    }

    fn serialize_char(self, value: char) -> Done<Value> {
        Ok(text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Done<Value> {
        Ok(text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Done<Value> {
        Ok(value.iter().map(|byte| Value::from(i64::from(*byte))).collect::<Vec<_>>().into())
    }

    fn serialize_none(self) -> Done<Value> {
        Ok(Value::NULL)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done<Value> {
        Ok(Value::NULL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done<Value> {
        Ok(Value::NULL)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done<Value> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done<Value> {
        let value = value.serialize(self).map_err(|error| error.below(variant))?;
        Ok(Value::map([(variant, value)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Done<List> {
        Ok(List { values: Vec::with_capacity(length.unwrap_or(0).min(1 << 12)), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Done<List> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Done<List> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Done<List> {
        Ok(List { values: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _: Option<usize>) -> Done<Object> {
        Ok(Object::default())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Done<Object> {
        Ok(Object { name, ..Object::default() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Done<Object> {
        Ok(Object { variant: Some(variant), ..Object::default() })
    }
}

fn text(text: String) -> Value {
    use unicode_normalization::{UnicodeNormalization, is_nfc};
    // Text of the language is NFC.
    if is_nfc(&text) { text.into() } else { Value::from(text.nfc().collect::<String>()) }
}

fn no_number(value: f64) -> NativeError {
    NativeError::new(format_args!("{value} is no number of the language"))
}

/// A sequence under construction.
pub(super) struct List {
    values: Vec<Value>,
    variant: Option<&'static str>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Done<()> {
        let at = self.values.len();
        self.values.push(value.serialize(Writer).map_err(|error| error.below(format!("[{at}]")))?);
        Ok(())
    }

    fn done(self) -> Value {
        let list = Value::from(self.values);
        match self.variant {
            Some(variant) => Value::map([(variant, list)]),
            None => list,
        }
    }
}

macro_rules! lists {
    ($($interface:ident $method:ident;)*) => {
        $(impl $interface for List {
            type Ok = Value;
            type Error = NativeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done<()> {
                self.push(value)
            }

            fn end(self) -> Done<Value> {
                Ok(self.done())
            }
        })*
    };
}

lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// An object under construction.
#[derive(Default)]
pub(super) struct Object {
    entries: ValueMap,
    key: Option<Text>,
    name: &'static str,
    variant: Option<&'static str>,
}

impl Object {
    fn insert<T: Serialize + ?Sized>(&mut self, key: Text, value: &T) -> Done<()> {
        let value = value.serialize(Writer).map_err(|error| error.below(key.as_str()))?;
        self.entries.insert(key, value);
        Ok(())
    }

    fn done(self) -> Done<Value> {
        if self.name == EXACT_NUMBER
            && let Some(number) = self.entries.values().next().and_then(Value::as_str)
        {
            return number.parse::<Number>().map(Value::from).map_err(|_| NativeError::new("no number"));
        }
        if self.name == "Duration"
            && let [Some(seconds), Some(nanos)] = ["secs", "nanos"].map(|name| self.entries.get(name))
            && let (Some(seconds), Some(nanos), 2) =
                (seconds.as_number(), nanos.as_number(), self.entries.len())
            && let Some(whole) = seconds.multiply(&Number::from(1_000_000_000_i64))
        {
            return Ok(Kind::Duration(Duration(whole.add(nanos))).into());
        }
        let object = Value::from(self.entries);
        Ok(match self.variant {
            Some(variant) => Value::map([(variant, object)]),
            None => object,
        })
    }
}

impl SerializeMap for Object {
    type Ok = Value;
    type Error = NativeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done<()> {
        let key = key.serialize(Writer)?;
        self.key = Some(match &key.kind {
            Kind::String(text) => text.clone(),
            Kind::Number(number) => number.to_string().into(),
            Kind::Bool(value) => value.to_string().into(),
            _ => {
                return Err(NativeError::new(format_args!(
                    "a key is text, and this is a {}",
                    key.kind_name()
                )));
            }
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done<()> {
        let key = self.key.take().ok_or_else(|| NativeError::new("a value without a key"))?;
        self.insert(key, value)
    }

    fn end(self) -> Done<Value> {
        self.done()
    }
}

impl SerializeStruct for Object {
    type Ok = Value;
    type Error = NativeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done<()> {
        self.insert(name.into(), value)
    }

    fn end(self) -> Done<Value> {
        self.done()
    }
}

impl SerializeStructVariant for Object {
    type Ok = Value;
    type Error = NativeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done<()> {
        self.insert(name.into(), value)
    }

    fn end(self) -> Done<Value> {
        self.done()
    }
}

//! Values as Rust types.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::NativeError;
use crate::base::number::Number;
use crate::base::value::{Kind, Value, ValueMap};

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de>(pub(super) &'de Value);

type Done<T> = Result<T, NativeError>;

impl<'de> Reader<'de> {
    fn expected(self, expected: &dyn Expected) -> NativeError {
        let found = match &self.0.kind {
            Kind::Unknown(_) => return NativeError::new("it is not known yet: it is decided by apply"),
            Kind::Null => "null".to_owned(),
            Kind::Map(_) => "an object".to_owned(),
            _ if self.0.secret => "(sensitive)".to_owned(),
            Kind::Seq(_) | Kind::Set(_) => format!("a {}", self.0.kind_name()),
            _ => self.0.to_string(),
        };
        NativeError::new(format_args!("{found}, and {expected} is needed"))
    }

    /// Sizes count bytes where a number is wanted.
    fn number(self) -> Option<&'de Number> {
        match &self.0.kind {
            Kind::Number(number) => Some(number),
            Kind::Size(size) => Some(&size.0),
            _ => None,
        }
    }

    fn visit_number<V: Visitor<'de>>(self, number: &Number, visitor: V) -> Done<V::Value> {
        let exact = number.is_integer().then(|| number.magnitude()).flatten();
        match (number.as_i64(), exact) {
            (Some(number), _) if number < 0 => visitor.visit_i64(number),
            (_, Some(magnitude)) if !number.is_negative() => match u64::try_from(magnitude) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_u128(magnitude),
            },
            _ => visitor.visit_f64(number.to_f64()),
        }
        .map_err(|error: NativeError| match error.message.as_str() {
            // Words of the language instead of serde's.
            message if message.starts_with("invalid ") => {
                let needed = message.rsplit("expected ").next().unwrap_or("something else");
                let found = if self.0.secret { "(sensitive)".to_owned() } else { number.to_string() };
                NativeError::new(format_args!("{found}, and {needed} is needed"))
            }
            _ => error,
        })
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            match self.number() {
                Some(number) => self.visit_number(number, visitor),
                None => Err(self.expected(&visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = NativeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        let typed = |error: NativeError| error;
        match &self.0.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Number(number) => self.visit_number(number, visitor),
            Kind::String(text) => visitor.visit_borrowed_str(text),
            Kind::Duration(duration) => visitor.visit_string(duration.to_string()),
            Kind::Size(size) => visitor.visit_string(size.to_string()),
            Kind::Seq(values) | Kind::Set(values) => visitor.visit_seq(Elements { values, at: 0 }),
            Kind::Map(map) => visitor.visit_map(Entries::of(map)),
            Kind::Unknown(_) => Err(self.expected(&visitor)),
        }
        .map_err(typed)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match &self.0.kind {
            Kind::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match &self.0.kind {
            Kind::String(_) | Kind::Duration(_) | Kind::Size(_) => self.deserialize_any(visitor),
            _ => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(self.expected(&visitor)) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.0.as_slice() {
            Some(values) => visitor.visit_seq(Elements { values, at: 0 }),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.0.as_map() {
            Some(map) => visitor.visit_map(Entries::of(map)),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Done<V::Value> {
        match &self.0.kind {
            // `std::time::Duration`
            Kind::Duration(duration) if name == "Duration" && fields == ["secs", "nanos"] => {
                let second = Number::from(1_000_000_000_i64);
                let nanos = duration.0.floor();
                let parts = (!nanos.is_negative())
                    .then(|| Some((nanos.divide(&second)?.floor(), nanos.remainder(&second)?)))
                    .flatten();
                let Some((secs, nanos)) = parts else { return Err(self.expected(&visitor)) };
                let parts = Value::map([("secs", Value::from(secs)), ("nanos", Value::from(nanos))]);
                // Numbers borrow nothing, so the parts need not live as long as the value.
                Reader(&parts).owned_struct(visitor)
            }
            Kind::Map(map) => visitor.visit_map(Entries::of(map)),
            _ => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Done<V::Value> {
        let (variant, value) = match &self.0.kind {
            Kind::String(text) => (text.as_str(), None),
            Kind::Map(map) if map.len() == 1 => match map.first_key_value() {
                Some((variant, value)) => (variant.as_str(), Some(value)),
                None => return Err(self.expected(&visitor)),
            },
            _ => return Err(self.expected(&visitor)),
        };
        if !variants.contains(&variant) {
            let found = if self.0.secret { "(sensitive)".to_owned() } else { format!("{variant:?}") };
            let known: Vec<_> = variants.iter().map(|variant| format!("{variant:?}")).collect();
            return Err(NativeError::new(format_args!("{found}, and one of {} is needed", known.join(", "))));
        }
        visitor.visit_enum(Variant { variant, value })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit_struct identifier }
}

impl Reader<'_> {
    /// Visits the entries of a map made up on the way, of numbers alone.
    fn owned_struct<'de, V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        let entries = self.0.as_map().into_iter().flatten();
        let numbers = entries.map(|(name, value)| {
            let number = value.as_number().and_then(Number::magnitude).unwrap_or_default();
            (name.to_string(), u64::try_from(number).unwrap_or(u64::MAX))
        });
        visitor.visit_map(serde::de::value::MapDeserializer::new(numbers))
    }
}

struct Elements<'de> {
    values: &'de [Value],
    at: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = NativeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<Option<T::Value>> {
        let Some(value) = self.values.get(self.at) else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(Reader(value)).map(Some).map_err(|error| error.below(format!("[{at}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len() - self.at)
    }
}

struct Entries<'de> {
    entries: std::collections::btree_map::Iter<'de, crate::base::Text, Value>,
    present: Option<(&'de str, &'de Value)>,
}

impl<'de> Entries<'de> {
    fn of(map: &'de ValueMap) -> Self {
        Self { entries: map.iter(), present: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = NativeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Done<Option<K::Value>> {
        self.present = self.entries.next().map(|(key, value)| (key.as_str(), value));
        let Some((key, _)) = self.present else { return Ok(None) };
        seed.deserialize(Key(key)).map(Some).map_err(|error| error.below(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<T::Value> {
        let (key, value) = self.present.ok_or_else(|| NativeError::new("a value without a key"))?;
        seed.deserialize(Reader(value)).map_err(|error| error.below(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key: text, and numbers and bools where a map has those as keys.
struct Key<'de>(&'de str);

macro_rules! keys {
    ($($method:ident $visit:ident $ty:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            match self.0.parse::<$ty>() {
                Ok(key) => visitor.$visit(key),
                Err(_) => Err(serde::de::Error::invalid_value(Unexpected::Str(self.0), &visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = NativeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    keys! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i8 i8; deserialize_i16 visit_i16 i16; deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64; deserialize_u8 visit_u8 u8; deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32; deserialize_u64 visit_u64 u64;
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Done<V::Value> {
        StrDeserializer::<NativeError>::new(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

struct Variant<'de> {
    variant: &'de str,
    value: Option<&'de Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = NativeError;
    type Variant = Content<'de>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Done<(T::Value, Content<'de>)> {
        let variant = seed.deserialize(StrDeserializer::<NativeError>::new(self.variant))?;
        Ok((variant, Content { variant: self.variant, value: self.value }))
    }
}

/// What a variant holds.
struct Content<'de> {
    variant: &'de str,
    value: Option<&'de Value>,
}

impl<'de> Content<'de> {
    fn value(&self) -> Done<Reader<'de>> {
        let lacking = || NativeError::new(format_args!("{:?} alone, and it needs a value", self.variant));
        self.value.map(Reader).ok_or_else(lacking)
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = NativeError;

    fn unit_variant(self) -> Done<()> {
        match self.value {
            None => Ok(()),
            Some(value) if value.is_null() => Ok(()),
            Some(_) => Err(NativeError::new(format_args!("{:?} takes no value", self.variant))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Done<T::Value> {
        seed.deserialize(self.value()?).map_err(|error| error.below(self.variant))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Done<V::Value> {
        self.value()?.deserialize_seq(visitor).map_err(|error| error.below(self.variant))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Done<V::Value> {
        let reader = self.value()?;
        match reader.0.as_map() {
            Some(map) => MapAccessDeserializer::new(Entries::of(map)).deserialize_any(visitor),
            None => Err(reader.expected(&visitor)),
        }
        .map_err(|error| error.below(self.variant))
    }
}

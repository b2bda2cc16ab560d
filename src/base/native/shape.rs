//! The type of the language that a Rust type reads as, found out by letting it read: whatever it asks for, it is given an
//! example of, and what it asked for is its type.

use std::cell::RefCell;

use rustc_hash::FxHashSet;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::NativeError;
use crate::base::number::Number;
use crate::base::types::{NumberType, ObjectAttribute, ObjectType, Type, TypeKind};
use crate::base::value::Value;

/// How deep a type is followed; a type that holds itself is `any` beyond.
const DEEPEST: usize = 8;

/// The type whose values [`Value::deserialize`] reads as `T`: structs are objects (`Option` fields may be left out), unit
/// enums are enums of strings, integers have the bounds of their width. Where a Rust type takes what no type of the
/// language says (an untagged enum, text with a form of its own), it is `any` or `string`, and reading decides.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Service {
///     name: String,
///     port: u16,
///     tags: Option<Vec<String>>,
/// }
/// let ty = prov::base::native::type_for::<Service>();
/// assert_eq!(
///     ty.to_string(),
///     "object({ name = string, port = int(0..65535), tags = optional(list(string)) })"
/// );
/// ```
pub fn type_for<T: DeserializeOwned>() -> Type {
    let session = Session::default();
    let mut ty = Type::any();
    // Each round shows every enum another of its variants.
    loop {
        let read = T::deserialize(Tracer { ty: &mut ty, session: &session, depth: 0 });
        if read.is_err() && matches!(ty.kind, TypeKind::Object(_)) {
            ty = Type::any();
        }
        let mut seen = session.seen.borrow_mut();
        seen.round += 1;
        if seen.round >= seen.variants.min(MOST_VARIANTS) {
            if !seen.settled {
                // Once more, knowing which enums hold data.
                seen.settled = true;
                seen.round = 0;
                seen.variants = 1;
                continue;
            }
            return ty;
        }
    }
}

const MOST_VARIANTS: usize = 64;

#[derive(Default)]
struct Session {
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    round: usize,
    variants: usize,
    settled: bool,
    /// Enums with a variant that holds something.
    data: FxHashSet<&'static str>,
}

struct Tracer<'t> {
    ty: &'t mut Type,
    session: &'t Session,
    depth: usize,
}

type Done<T> = Result<T, NativeError>;

fn integers(low: i128, high: i128) -> Type {
    let ranges = [(Number::from(low), Number::from(high))].into();
    TypeKind::Number(NumberType { integer: true, ranges }).into()
}

impl<'t> Tracer<'t> {
    /// A type inside this one.
    fn below<'u>(&self, ty: &'u mut Type) -> Tracer<'u>
    where
        't: 'u,
    {
        Tracer { ty, session: self.session, depth: self.depth + 1 }
    }

    fn is_deepest(&self) -> bool {
        self.depth >= DEEPEST
    }
}

macro_rules! scalars {
    ($($method:ident $ty:expr, $visit:ident $example:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            *self.ty = $ty;
            visitor.$visit($example)
        })*
    };
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = NativeError;

    scalars! {
        deserialize_bool Type::bool(), visit_bool false;
        deserialize_i8 integers(i8::MIN.into(), i8::MAX.into()), visit_i8 0;
        deserialize_i16 integers(i16::MIN.into(), i16::MAX.into()), visit_i16 0;
        deserialize_i32 integers(i32::MIN.into(), i32::MAX.into()), visit_i32 0;
        deserialize_i64 Type::int(), visit_i64 0;
        deserialize_i128 Type::int(), visit_i128 0;
        deserialize_u8 integers(0, u8::MAX.into()), visit_u8 1;
        deserialize_u16 integers(0, u16::MAX.into()), visit_u16 1;
        deserialize_u32 integers(0, u32::MAX.into()), visit_u32 1;
        deserialize_u64 integers(0, u64::MAX.into()), visit_u64 1;
        deserialize_u128 Type::int(), visit_u128 1;
        deserialize_f32 Type::number(), visit_f32 0.0;
        deserialize_f64 Type::number(), visit_f64 0.0;
        deserialize_char Type::string(), visit_char 'a';
        deserialize_str Type::string(), visit_str "";
        deserialize_string Type::string(), visit_str "";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        *self.ty = Type::any();
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_any(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        *self.ty = Type::any();
        visitor.visit_bytes(&[])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.is_deepest() {
            *self.ty = Type::any();
            return visitor.visit_none();
        }
        let mut inner = Type::any();
        let value = visitor.visit_some(self.below(&mut inner));
        *self.ty = inner.optional();
        value
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        *self.ty = Type::null();
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Done<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        let mut types = vec![Type::any(); usize::from(!self.is_deepest())];
        let value = visitor.visit_seq(Examples { types: &mut types, tracer: &self, at: 0 });
        *self.ty = Type::list(types.pop().unwrap_or_else(Type::any));
        value
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Done<V::Value> {
        let mut types = vec![Type::any(); length];
        let value = visitor.visit_seq(Examples { types: &mut types, tracer: &self, at: 0 });
        *self.ty = Type::tuple(types);
        value
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Done<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        let names: &[&str] = if self.is_deepest() { &[] } else { &[""] };
        let mut types = Vec::new();
        let value = visitor.visit_map(Fields { names, types: &mut types, tracer: &self });
        *self.ty = match value {
            Ok(_) => Type::map(types.pop().unwrap_or_else(Type::any)),
            Err(_) => Type::any(),
        };
        value
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Done<V::Value> {
        let mut types = Vec::new();
        let value = visitor.visit_map(Fields { names: fields, types: &mut types, tracer: &self });
        *self.ty = match value {
            Ok(_) if name == "Duration" && fields == ["secs", "nanos"] => Type::duration(),
            Ok(_) => object(fields, types),
            Err(_) => Type::any(),
        };
        value
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Done<V::Value> {
        let round = {
            let mut seen = self.session.seen.borrow_mut();
            seen.variants = seen.variants.max(variants.len());
            seen.round
        };
        let Some(variant) = variants.get(round % variants.len().max(1)) else {
            return Err(NativeError::new("an enum without variants has no value"));
        };
        let value = visitor.visit_enum(Choice { name, variant, tracer: &self });
        *self.ty = match self.session.seen.borrow().data.contains(name) {
            true => Type::any(),
            false => TypeKind::Enum(variants.iter().map(|variant| Value::from(*variant)).collect()).into(),
        };
        value
    }
}

/// Fields that may be null may be left out.
fn object(names: &[&'static str], types: Vec<Type>) -> Type {
    let attributes = names.iter().zip(types).map(|(name, ty)| {
        let optional = ty.nullable;
        ((*name).into(), ObjectAttribute { ty, optional, default: None, span: None, docs: None })
    });
    TypeKind::Object(ObjectType { attributes: attributes.collect(), name: None }.into()).into()
}

struct Examples<'t, 'u> {
    types: &'t mut Vec<Type>,
    tracer: &'t Tracer<'u>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Examples<'_, '_> {
    type Error = NativeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<Option<T::Value>> {
        let Some(ty) = self.types.get_mut(self.at) else { return Ok(None) };
        self.at += 1;
        seed.deserialize(self.tracer.below(ty)).map(Some)
    }
}

struct Fields<'t, 'u> {
    names: &'t [&'static str],
    types: &'t mut Vec<Type>,
    tracer: &'t Tracer<'u>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = NativeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Done<Option<K::Value>> {
        let Some(name) = self.names.get(self.types.len()) else { return Ok(None) };
        seed.deserialize(StrDeserializer::<NativeError>::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<T::Value> {
        let mut ty = Type::any();
        let value = seed.deserialize(self.tracer.below(&mut ty));
        self.types.push(ty);
        value
    }
}

struct Choice<'t, 'u> {
    name: &'static str,
    variant: &'static str,
    tracer: &'t Tracer<'u>,
}

impl<'t, 'u, 'de> EnumAccess<'de> for Choice<'t, 'u> {
    type Error = NativeError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Done<(T::Value, Self)> {
        Ok((seed.deserialize(StrDeserializer::<NativeError>::new(self.variant))?, self))
    }
}

impl Choice<'_, '_> {
    fn holds_data(&self) {
        self.tracer.session.seen.borrow_mut().data.insert(self.name);
    }
}

impl<'de> VariantAccess<'de> for Choice<'_, '_> {
    type Error = NativeError;

    fn unit_variant(self) -> Done<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Done<T::Value> {
        self.holds_data();
        seed.deserialize(self.tracer.below(&mut Type::any()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Done<V::Value> {
        self.holds_data();
        self.tracer.below(&mut Type::any()).deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Done<V::Value> {
        self.holds_data();
        self.tracer.below(&mut Type::any()).deserialize_struct("", fields, visitor)
    }
}

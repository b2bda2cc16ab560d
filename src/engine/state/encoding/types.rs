//! Types to JSON and back, for what is known of values that are decided later.
//!
//! An object with `is` and the rest. What only messages need (declared names, places, documentation) is left out.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::super::sealing::Path;
use super::super::store::StoreError;
use super::read::Reader;
use super::write::{Depth, Writer};
use super::{MAX_DEPTH, too_deep};
use crate::base::Text;
use crate::base::number::Number;
use crate::base::types::{
    Length, NumberType, ObjectAttribute, ObjectType, Ranges, StringType, Type, TypeKind,
};
use crate::base::value::Value;

impl Writer<'_> {
    pub(super) fn ty(&mut self, ty: &Type, path: &Path<'_>, depth: Depth) -> Result<(), StoreError> {
        if depth.value > MAX_DEPTH {
            return Err(too_deep(self.owner));
        }
        if depth.is_full() {
            let inner = self.nested_text(|w| w.ty(ty, path, depth.fresh()))?;
            self.raw("{\"is\":\"deep\",\"text\":");
            self.string(&inner);
            self.raw("}");
            return Ok(());
        }
        let depth = depth.down(3);
        self.raw("{\"is\":\"");
        self.raw(name(&ty.kind));
        self.raw("\"");
        if ty.nullable {
            self.raw(",\"nullable\":true");
        }
        if ty.secret {
            self.raw(",\"secret\":true");
        }
        match &ty.kind {
            TypeKind::Error | TypeKind::Any | TypeKind::Never | TypeKind::Bool => {}
            TypeKind::Number(NumberType { ranges, .. })
            | TypeKind::Duration(ranges)
            | TypeKind::Size(ranges) => self.ranges(ranges),
            TypeKind::String(bounds) => {
                self.length(bounds.length);
                if let Some(pattern) = &bounds.pattern {
                    self.raw(",\"pattern\":");
                    self.string(pattern);
                }
            }
            TypeKind::Enum(values) => {
                self.raw(",\"values\":");
                self.sequence(values, path, depth)?;
            }
            TypeKind::List(element, length)
            | TypeKind::Set(element, length)
            | TypeKind::Map(element, length) => {
                self.length(*length);
                self.raw(",\"element\":");
                self.ty(element, path, depth)?;
            }
            TypeKind::Tuple(elements) => {
                self.raw(",\"elements\":[");
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        self.raw(",");
                    }
                    self.ty(element, path, depth)?;
                }
                self.raw("]");
            }
            TypeKind::Object(object) => self.object(object, path, depth)?,
        }
        self.raw("}");
        Ok(())
    }

    fn object(&mut self, object: &ObjectType, path: &Path<'_>, depth: Depth) -> Result<(), StoreError> {
        if let Some(name) = &object.name {
            self.raw(",\"name\":");
            self.string(name);
        }
        // A list, because the names are the user's and their order counts.
        self.raw(",\"attributes\":[");
        for (at, (name, attribute)) in object.attributes.iter().enumerate() {
            self.raw(if at == 0 { "{\"name\":" } else { ",{\"name\":" });
            self.string(name);
            self.raw(",\"type\":");
            self.ty(&attribute.ty, path, depth)?;
            if attribute.optional {
                self.raw(",\"optional\":true");
            }
            if let Some(default) = &attribute.default {
                self.raw(",\"default\":");
                self.value(default, &Path::Field(path, name), depth)?;
            }
            self.raw("}");
        }
        self.raw("]");
        Ok(())
    }

    fn ranges(&mut self, ranges: &Ranges) {
        if ranges.is_empty() {
            return;
        }
        let pairs: Vec<_> = ranges.iter().map(|(low, high)| format!("[{low},{high}]")).collect();
        self.raw(",\"ranges\":[");
        self.raw(&pairs.join(","));
        self.raw("]");
    }

    /// Members of the object that is being written.
    pub(super) fn length(&mut self, length: Length) {
        if length.min > 0 {
            self.raw(&format!(",\"min\":{}", length.min));
        }
        if let Some(max) = length.max {
            self.raw(&format!(",\"max\":{max}"));
        }
    }
}

fn name(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Error => "error",
        TypeKind::Any => "any",
        TypeKind::Never => "never",
        TypeKind::Bool => "bool",
        TypeKind::Number(NumberType { integer: false, .. }) => "number",
        TypeKind::Number(NumberType { integer: true, .. }) => "int",
        TypeKind::String(_) => "string",
        TypeKind::Duration(_) => "duration",
        TypeKind::Size(_) => "size",
        TypeKind::Enum(_) => "enum",
        TypeKind::List(..) => "list",
        TypeKind::Set(..) => "set",
        TypeKind::Map(..) => "map",
        TypeKind::Tuple(_) => "tuple",
        TypeKind::Object(_) => "object",
    }
}

/// What is wrong with a type, for the message around it.
type Fault = String;

/// Reads types inside of one value.
pub(super) struct TypeReader<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) path: &'a Path<'a>,
}

impl TypeReader<'_> {
    pub(super) fn ty(&self, json: &Json, depth: usize) -> Result<Type, Fault> {
        if depth > MAX_DEPTH {
            return Err("a type is nested too deep".into());
        }
        let Json::Object(map) = json else { return Err("a type is no object".into()) };
        let is = map.get("is").and_then(Json::as_str).unwrap_or_default();
        let number = |integer| ranges(map).map(|ranges| TypeKind::Number(NumberType { integer, ranges }));
        let kind = match is {
            "deep" => {
                let text = map.get("text").and_then(Json::as_str).ok_or("a deep type has no text")?;
                let inner = serde_json::from_str(text).map_err(|error| error.to_string())?;
                return self.ty(&inner, depth + 1);
            }
            "error" => TypeKind::Error,
            "any" => TypeKind::Any,
            "never" => TypeKind::Never,
            "bool" => TypeKind::Bool,
            "number" => number(false)?,
            "int" => number(true)?,
            "string" => TypeKind::String(Arc::new(StringType {
                length: length(map)?,
                pattern: text(map, "pattern")?,
            })),
            "duration" => TypeKind::Duration(ranges(map)?),
            "size" => TypeKind::Size(ranges(map)?),
            "enum" => {
                let values = map.get("values").ok_or("an enum has no values")?;
                let values = self.value(values, self.path, depth)?;
                TypeKind::Enum(values.as_slice().ok_or("the values of an enum are no list")?.into())
            }
            "list" => TypeKind::List(self.element(map, depth)?, length(map)?),
            "set" => TypeKind::Set(self.element(map, depth)?, length(map)?),
            "map" => TypeKind::Map(self.element(map, depth)?, length(map)?),
            "tuple" => {
                let elements = list(map, "elements")?.iter().map(|json| self.ty(json, depth + 1));
                TypeKind::Tuple(elements.collect::<Result<_, _>>()?)
            }
            "object" => {
                let attributes = list(map, "attributes")?.iter().map(|json| self.attribute(json, depth));
                let attributes = attributes.collect::<Result<_, _>>()?;
                TypeKind::Object(Arc::new(ObjectType { attributes, name: text(map, "name")? }))
            }
            other => return Err(format!("there is no type {other:?}")),
        };
        Ok(Type { kind, nullable: flag(map, "nullable"), secret: flag(map, "secret"), alias: None })
    }

    fn element(&self, map: &Map<String, Json>, depth: usize) -> Result<Arc<Type>, Fault> {
        let element = map.get("element").ok_or("a collection has no element type")?;
        self.ty(element, depth + 1).map(Arc::new)
    }

    fn attribute(&self, json: &Json, depth: usize) -> Result<(Text, ObjectAttribute), Fault> {
        let Json::Object(map) = json else { return Err("an attribute is no object".into()) };
        let name = text(map, "name")?.ok_or("an attribute has no name")?;
        let ty = self.ty(map.get("type").ok_or("an attribute has no type")?, depth + 1)?;
        let default = match map.get("default") {
            Some(json) => Some(self.value(json, &Path::Field(self.path, &name), depth)?),
            None => None,
        };
        let optional = flag(map, "optional");
        Ok((name, ObjectAttribute { ty, optional, default, span: None, docs: None }))
    }

    fn value(&self, json: &Json, path: &Path<'_>, depth: usize) -> Result<Value, Fault> {
        self.reader.text(&json.to_string(), path, depth + 1).map_err(|error| error.to_string())
    }
}

fn flag(map: &Map<String, Json>, name: &str) -> bool {
    map.get(name) == Some(&Json::Bool(true))
}

pub(super) fn text(map: &Map<String, Json>, name: &str) -> Result<Option<Text>, Fault> {
    match map.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.into())),
        Some(_) => Err(format!("{name} is no text")),
    }
}

fn list<'j>(map: &'j Map<String, Json>, name: &str) -> Result<&'j [Json], Fault> {
    map.get(name).and_then(Json::as_array).map(Vec::as_slice).ok_or_else(|| format!("{name} is no list"))
}

pub(super) fn length(map: &Map<String, Json>) -> Result<Length, Fault> {
    let bound = |name: &str| match map.get(name) {
        None => Ok(None),
        Some(json) => json.as_u64().map(Some).ok_or_else(|| format!("{name} is no count")),
    };
    Ok(Length { min: bound("min")?.unwrap_or(0), max: bound("max")? })
}

fn ranges(map: &Map<String, Json>) -> Result<Ranges, Fault> {
    let Some(json) = map.get("ranges") else { return Ok(Ranges::default()) };
    let number = |json: &Json| match json {
        Json::Number(number) => number.to_string().parse::<Number>().ok(),
        _ => None,
    };
    let pair = |json: &Json| match json.as_array().map(Vec::as_slice) {
        Some([low, high]) => number(low).zip(number(high)),
        _ => None,
    };
    let pairs = json.as_array().and_then(|pairs| pairs.iter().map(pair).collect());
    pairs.ok_or_else(|| "ranges are no list of pairs of numbers".into())
}

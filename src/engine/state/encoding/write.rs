//! Values to JSON text.

use super::super::sealing::{Path, Place};
use super::super::store::StoreError;
use super::{Codec, MAX_DEPTH, TEXT_DEPTH, too_deep};
use crate::base::value::{Kind, Unknown, Value};

/// Writes one text.
pub(super) struct Writer<'a> {
    out: Vec<u8>,
    codec: &'a Codec<'a>,
    pub(super) owner: &'a str,
    /// What is written gets sealed as a whole: secrets in it carry only their mark.
    sealed: bool,
}

/// How deep the writer is: in the value, and in the present JSON text.
#[derive(Clone, Copy)]
pub(super) struct Depth {
    pub(super) value: usize,
    text: usize,
}

impl Depth {
    /// One level of the value further down, `levels` of JSON.
    pub(super) fn down(self, levels: usize) -> Self {
        Self { value: self.value + 1, text: self.text + levels }
    }

    /// In a new text.
    pub(super) fn fresh(self) -> Self {
        Self { value: self.value, text: 0 }
    }

    /// Whether what comes needs a text of its own.
    pub(super) fn is_full(self) -> bool {
        self.text > TEXT_DEPTH
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(codec: &'a Codec<'a>, owner: &'a str) -> Self {
        Self { out: Vec::new(), codec, owner, sealed: false }
    }

    /// A value as a text of its own.
    pub(super) fn text(mut self, value: &Value, path: &Path<'_>, depth: usize) -> Result<String, StoreError> {
        self.value(value, path, Depth { value: depth, text: 0 })?;
        Ok(into_text(self.out))
    }

    pub(super) fn value(&mut self, value: &Value, path: &Path<'_>, depth: Depth) -> Result<(), StoreError> {
        if depth.value > MAX_DEPTH {
            return Err(too_deep(self.owner));
        }
        if depth.is_full() {
            let inner = self.nested_text(|w| w.value(value, path, depth.fresh()))?;
            return self.tagged("$deep", |w| w.put_string(&inner));
        }
        if value.secret {
            let open = Value { kind: value.kind.clone(), secret: false };
            return self.secret(&open, path, depth);
        }
        match &value.kind {
            Kind::Null => self.raw("null"),
            Kind::Bool(true) => self.raw("true"),
            Kind::Bool(false) => self.raw("false"),
            Kind::Number(number) => self.raw(&number.to_string()),
            Kind::String(text) => self.string(text),
            Kind::Duration(duration) => self.raw(&format!("{{\"$duration_ns\":{}}}", duration.0)),
            Kind::Size(size) => self.raw(&format!("{{\"$size_bytes\":{}}}", size.0)),
            Kind::Seq(values) => self.sequence(values, path, depth.down(1))?,
            Kind::Set(values) => self.tagged("$set", |w| w.sequence(values, path, depth.down(2)))?,
            Kind::Map(map) => {
                for (at, (key, value)) in map.iter().enumerate() {
                    self.raw(if at == 0 { "{" } else { "," });
                    self.key(key);
                    self.value(value, &Path::Field(path, key), depth.down(1))?;
                }
                self.raw(if map.is_empty() { "{}" } else { "}" });
            }
            Kind::Unknown(unknown) => self.tagged("$unknown", |w| w.unknown(unknown, path, depth.down(2)))?,
        }
        Ok(())
    }

    pub(super) fn sequence(
        &mut self,
        values: &[Value],
        path: &Path<'_>,
        depth: Depth,
    ) -> Result<(), StoreError> {
        self.raw("[");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.raw(",");
            }
            self.value(value, &Path::Element(path, at), depth)?;
        }
        self.raw("]");
        Ok(())
    }

    fn secret(&mut self, open: &Value, path: &Path<'_>, depth: Depth) -> Result<(), StoreError> {
        if self.sealed {
            return self.tagged("$secret", |w| w.value(open, path, depth.down(1)));
        }
        let mut inner = Writer { sealed: true, ..Writer::new(self.codec, self.owner) };
        inner.value(open, path, depth.fresh())?;
        let place = Place { lineage: self.codec.lineage, owner: self.owner, path };
        let sealed = self.codec.sealer.seal(&place, &inner.out)?;
        self.tagged("$sealed", |w| w.put_string(&sealed))
    }

    /// What `body` writes, as a text of its own.
    pub(super) fn nested_text(
        &self,
        body: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<String, StoreError> {
        let mut inner = Writer { sealed: self.sealed, ..Writer::new(self.codec, self.owner) };
        body(&mut inner)?;
        Ok(into_text(inner.out))
    }

    fn unknown(&mut self, unknown: &Unknown, path: &Path<'_>, depth: Depth) -> Result<(), StoreError> {
        self.raw("{\"type\":");
        self.ty(&unknown.ty, path, depth)?;
        if !unknown.prefix.is_empty() {
            self.raw(",\"prefix\":");
            self.string(&unknown.prefix);
        }
        self.length(unknown.length);
        self.raw("}");
        Ok(())
    }

    /// `{"tag": …}`
    fn tagged(
        &mut self,
        tag: &str,
        body: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.raw("{\"");
        self.raw(tag);
        self.raw("\":");
        body(self)?;
        self.raw("}");
        Ok(())
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(super) fn string(&mut self, text: &str) {
        serde_json::to_writer(&mut self.out, text).expect("memory takes any text");
    }

    fn put_string(&mut self, text: &str) -> Result<(), StoreError> {
        self.string(text);
        Ok(())
    }

    /// A key of a user and its colon.
    fn key(&mut self, key: &str) {
        if key.starts_with('$') {
            self.string(&format!("${key}"));
        } else {
            self.string(key);
        }
        self.raw(":");
    }
}

fn into_text(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("only text is written")
}

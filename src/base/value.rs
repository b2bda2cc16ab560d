//! Values: a kind plus a mark. Clones are cheap.
//!
//! Values are structural: a list and a tuple are both [`Kind::Seq`], a map and an object both [`Kind::Map`];
//! which it is, is a question of its static type. Maps iterate in the order of their keys.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Text;
use super::number::Number;
use super::types::Type;

/// The content of a map or object.
pub type ValueMap = BTreeMap<Text, Value>;

/// A value. Marks are no part of its identity: two values are equal whatever is secret in them.
#[derive(Clone, Eq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Marked secret: renderers print `(sensitive)`. Leaves inside collections carry marks of their own.
    pub secret: bool,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, normalised to NFC.
    String(Text),
    /// A span of time.
    Duration(Duration),
    /// A number of bytes.
    Size(Size),
    /// A list or tuple.
    Seq(Arc<[Value]>),
    /// A set: sorted, without duplicates.
    Set(Arc<[Value]>),
    /// A map or object.
    Map(Arc<ValueMap>),
    /// Decided later, with what is known of it.
    Unknown(Arc<Unknown>),
}

/// What is known of a value that is decided later.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Its type; not nullable when it can't be null.
    pub ty: Type,
    /// What the text begins with.
    pub prefix: Text,
    /// Bounds on how many elements it will have.
    pub length: super::types::Length,
}

impl Eq for Unknown {}

/// A span of time, in nanoseconds. Shown in the largest unit up to days that keeps it whole: `90m`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Duration(pub Number);

/// A number of bytes. Shown in the largest binary unit that keeps it whole: `4GiB`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Size(pub Number);

/// The units of durations and how many nanoseconds each has, largest first.
pub const DURATION_UNITS: &[(&str, i64)] = &[
    ("w", 604_800_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The units of sizes and how many bytes each has, largest first within each family.
pub const SIZE_UNITS: &[(&str, i64)] = &[
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("PB", 1_000_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

fn write_quantity(f: &mut fmt::Formatter<'_>, n: &Number, units: &[(&str, i64)], least: &str) -> fmt::Result {
    let fits = |factor: i64| n.remainder(&factor.into()).is_some_and(|rest| rest.is_zero());
    if let Some((unit, factor)) = units.iter().find(|(_, factor)| !n.is_zero() && fits(*factor))
        && let Some(count) = n.divide(&(*factor).into())
    {
        return write!(f, "{count}{unit}");
    }
    write!(f, "{n}{least}")
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // People count long times in days: `35d` rather than `5w`.
        let units = &DURATION_UNITS[1..];
        if self.0.is_zero() { f.write_str("0s") } else { write_quantity(f, &self.0, units, "ns") }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quantity(f, &self.0, SIZE_UNITS, "B")
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind, secret: false }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Kind::Bool(value).into()
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Kind::Number(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Kind::Number(value.into()).into()
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Kind::Number(value.into()).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Kind::String(value.into()).into()
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Kind::String(value.into()).into()
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Kind::String(value).into()
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Kind::Seq(values.into()).into()
    }
}

impl From<ValueMap> for Value {
    fn from(map: ValueMap) -> Self {
        Kind::Map(Arc::new(map)).into()
    }
}

impl Value {
    /// `null`
    pub const NULL: Value = Value { kind: Kind::Null, secret: false };

    /// A value of this type that is decided later.
    pub fn unknown(ty: Type) -> Self {
        let secret = ty.secret;
        let unknown = Unknown { ty, prefix: Text::default(), length: Default::default() };
        Self { kind: Kind::Unknown(Arc::new(unknown)), secret }
    }

    /// A set; sorts and drops duplicates.
    pub fn set(mut values: Vec<Value>) -> Self {
        values.sort();
        values.dedup_by(|later, kept| {
            let same = later == kept;
            kept.secret |= same && later.secret;
            same
        });
        Kind::Set(values.into()).into()
    }

    /// An object or map.
    pub fn map(entries: impl IntoIterator<Item = (impl Into<Text>, Value)>) -> Self {
        entries.into_iter().map(|(key, value)| (key.into(), value)).collect::<ValueMap>().into()
    }

    /// The value with the secret mark set if `secret`; marks are never taken away here.
    pub fn mark(mut self, secret: bool) -> Self {
        self.secret |= secret;
        self
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Whether it is itself unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.any(Value::is_unknown)
    }

    /// Whether it or anything in it is secret.
    pub fn has_secret(&self) -> bool {
        self.any(|value| value.secret)
    }

    /// Whether a test holds for it or anything in it.
    fn any(&self, test: fn(&Value) -> bool) -> bool {
        /// As far as a plain walk goes; beyond, parts that are shared are remembered and walked once.
        const PLAIN: usize = 1 << 12;
        fn plain(value: &Value, test: fn(&Value) -> bool, left: &mut usize) -> Option<bool> {
            *left = left.checked_sub(1)?;
            if test(value) {
                return Some(true);
            }
            let mut inside: &mut dyn Iterator<Item = &Value> = match &value.kind {
                Kind::Seq(values) | Kind::Set(values) => &mut values.iter(),
                Kind::Map(map) => &mut map.values(),
                _ => return Some(false),
            };
            for value in &mut inside {
                if plain(value, test, left)? {
                    return Some(true);
                }
            }
            Some(false)
        }
        plain(self, test, &mut PLAIN.clone()).unwrap_or_else(|| self.any_shared(test))
    }

    fn any_shared(&self, test: fn(&Value) -> bool) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut left = vec![self];
        while let Some(value) = left.pop() {
            if test(value) {
                return true;
            }
            match &value.kind {
                Kind::Seq(values) | Kind::Set(values) if seen.insert(Arc::as_ptr(values).cast::<()>()) => {
                    left.extend(values.iter());
                }
                Kind::Map(map) if seen.insert(Arc::as_ptr(map).cast::<()>()) => left.extend(map.values()),
                _ => {}
            }
        }
        false
    }

    /// The value without any secret mark, on it or in it.
    pub fn unmarked(&self) -> Self {
        if !self.has_secret() {
            return self.clone();
        }
        let kind = match &self.kind {
            Kind::Seq(values) => Kind::Seq(values.iter().map(Value::unmarked).collect()),
            Kind::Set(values) => return Value::set(values.iter().map(Value::unmarked).collect()),
            Kind::Map(map) => {
                Kind::Map(Arc::new(map.iter().map(|(key, value)| (key.clone(), value.unmarked())).collect()))
            }
            kind => kind.clone(),
        };
        kind.into()
    }

    /// Whether both are the same value, whatever is secret; a list and a set are not.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Seq(a), Kind::Seq(b)) | (Kind::Set(a), Kind::Set(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            (Kind::Map(a), Kind::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && a.same(b))
            }
            (a, b) => a == b,
        }
    }

    /// Its text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// Its number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Kind::Number(number) = &self.kind { Some(number) } else { None }
    }

    /// Its number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// Whether it is true, if it is a bool.
    pub fn as_bool(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind { Some(value) } else { None }
    }

    /// Its elements, if it is a list, tuple or set.
    pub fn as_slice(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::Seq(values) | Kind::Set(values) => Some(values),
            _ => None,
        }
    }

    /// Its entries, if it is a map or object.
    pub fn as_map(&self) -> Option<&ValueMap> {
        if let Kind::Map(map) = &self.kind { Some(map) } else { None }
    }

    /// The attribute or entry of this name, if it is a map or object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(name))
    }

    /// A word for what it is: `string`, `list`, `null`.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "bool",
            Kind::Number(_) => "number",
            Kind::String(_) => "string",
            Kind::Duration(_) => "duration",
            Kind::Size(_) => "size",
            Kind::Seq(_) => "list",
            Kind::Set(_) => "set",
            Kind::Map(_) => "object",
            Kind::Unknown(_) => "unknown value",
        }
    }

    fn rank(&self) -> u8 {
        match self.kind {
            Kind::Null => 0,
            Kind::Bool(_) => 1,
            Kind::Number(_) => 2,
            Kind::String(_) => 3,
            Kind::Duration(_) => 4,
            Kind::Size(_) => 5,
            Kind::Seq(_) => 6,
            Kind::Set(_) => 7,
            Kind::Map(_) => 8,
            Kind::Unknown(_) => 9,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// The order of sets: by kind, then by value; deterministic, and numbers and text in their natural order.
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.kind, &other.kind) {
            (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
            (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
            (Kind::String(a), Kind::String(b)) => a.cmp(b),
            (Kind::Duration(a), Kind::Duration(b)) => a.cmp(b),
            (Kind::Size(a), Kind::Size(b)) => a.cmp(b),
            (Kind::Seq(a), Kind::Seq(b)) | (Kind::Set(a), Kind::Set(b)) => a.cmp(b),
            (Kind::Map(a), Kind::Map(b)) => a.cmp(b),
            (Kind::Unknown(a), Kind::Unknown(b)) => {
                if a == b {
                    Ordering::Equal
                } else {
                    format!("{a:?}").cmp(&format!("{b:?}"))
                }
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Writes text as a quoted string of the language.
pub fn quote(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char('"')?;
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '$' | '%' if chars.peek() == Some(&'{') => write!(out, "{ch}{ch}")?,
            ch if ch.is_control() => write!(out, "\\u{:04x}", ch as u32)?,
            ch => out.write_char(ch)?,
        }
    }
    out.write_char('"')
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// As many elements of a value are written on a line; nobody reads more.
const WRITTEN: u32 = 1_000;

fn write_list(f: &mut fmt::Formatter<'_>, values: &[Value], left: &mut u32) -> fmt::Result {
    f.write_str("[")?;
    for (at, value) in values.iter().enumerate() {
        f.write_str(if at > 0 { ", " } else { "" })?;
        value.write(f, left)?;
        if *left == 0 {
            break;
        }
    }
    f.write_str("]")
}

impl fmt::Display for Value {
    /// On one line, as the language would write it; secrets as `(sensitive)`, what is not known as `(known after apply)`.
    /// Of a very large one the beginning.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &mut WRITTEN.clone())
    }
}

impl Value {
    fn write(&self, f: &mut fmt::Formatter<'_>, left: &mut u32) -> fmt::Result {
        match left.checked_sub(1) {
            Some(less) => *left = less,
            None => return f.write_str("…"),
        }
        if self.secret {
            return f.write_str("(sensitive)");
        }
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Number(number) => write!(f, "{number}"),
            Kind::String(text) => quote(text, f),
            Kind::Duration(duration) => write!(f, "{duration}"),
            Kind::Size(size) => write!(f, "{size}"),
            Kind::Seq(values) => write_list(f, values, left),
            Kind::Set(values) => {
                f.write_str("toset(")?;
                write_list(f, values, left)?;
                f.write_str(")")
            }
            Kind::Map(map) if map.is_empty() => f.write_str("{}"),
            Kind::Map(map) => {
                f.write_str("{ ")?;
                for (at, (key, value)) in map.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    if is_identifier(key) {
                        f.write_str(key)?
                    } else {
                        quote(key, f)?
                    }
                    f.write_str(" = ")?;
                    value.write(f, left)?;
                    if *left == 0 {
                        break;
                    }
                }
                f.write_str(" }")
            }
            Kind::Unknown(_) => f.write_str("(known after apply)"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_are_walked_once() {
        let mut value = Value::from(vec![Value::from(1)]);
        for _ in 0..60 {
            value = Value::from(vec![value.clone(), value]);
        }
        assert!(value.is_wholly_known() && !value.has_secret());
        let inner = Value::from(vec![Value::unknown(Type::string()).mark(true)]);
        let mixed = Value::from(vec![value, inner]);
        assert!(!mixed.is_wholly_known() && mixed.has_secret());
    }

    #[test]
    fn deep_values_do_not_exhaust_the_stack_when_looked_through() {
        let mut value = Value::from(1);
        for _ in 0..3_000 {
            value = Value::from(vec![value]);
        }
        assert!(value.is_wholly_known());
    }
}

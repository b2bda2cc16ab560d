//! How large a value is when it is written out: parts that are shared count as often as they occur, so that a few lines
//! that double a value again and again are seen for what they are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::value::{Kind, Value, ValueMap};

/// Bytes an element takes beside its text.
const CELL: u64 = 48;

/// As far as a plain walk goes; beyond, parts that are shared are weighed once.
const PLAIN: usize = 1 << 10;

/// The most collections may be in each other.
pub const MOST_LEVELS: usize = 256;

/// Why a value is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// It takes more bytes than it may.
    Bytes,
    /// It is deeper than [`MOST_LEVELS`].
    Levels,
}

/// Whether the value takes more than so many bytes when it is written out, or is too deep.
pub fn is_larger_than(value: &Value, most: u64) -> bool {
    weight(value, most).is_err()
}

/// How many bytes the value takes when it is written out.
///
/// # Errors
/// If they are more than `most`, or if it is too deep.
pub fn weight(value: &Value, most: u64) -> Result<u64, TooMuch> {
    let within = |bytes| if bytes > most { Err(TooMuch::Bytes) } else { Ok(bytes) };
    let Some(parts) = Parts::of(value) else { return within(leaf(value)) };
    // Nearly all values are small.
    let mut open = vec![(value, 1)];
    let (mut seen, mut total) = (0, 0_u64);
    while let Some((value, level)) = open.pop() {
        seen += 1;
        total = within(total.saturating_add(leaf(value)))?;
        if let Some(parts) = Parts::of(value) {
            if level > MOST_LEVELS {
                return Err(TooMuch::Levels);
            }
            open.extend(parts.map(|part| (part, level + 1)));
        }
        if seen + open.len() > PLAIN {
            return weigh(parts, within);
        }
    }
    Ok(total)
}

/// The elements of a collection.
enum Parts<'v> {
    List(*const (), std::slice::Iter<'v, Value>),
    Map(*const (), std::collections::btree_map::Iter<'v, super::Text, Value>, u64),
}

impl<'v> Parts<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        match &value.kind {
            Kind::Seq(values) | Kind::Set(values) => {
                Some(Self::List(Arc::as_ptr(values).cast(), values.iter()))
            }
            Kind::Map(map) => Some(Self::Map(Arc::as_ptr(map).cast(), map.iter(), keys(map))),
            _ => None,
        }
    }

    /// Bytes of the keys.
    fn keys(&self) -> u64 {
        match self {
            Self::List(..) => 0,
            Self::Map(.., keys) => *keys,
        }
    }

    fn identity(&self) -> *const () {
        match self {
            Self::List(at, _) | Self::Map(at, ..) => *at,
        }
    }
}

impl<'v> Iterator for Parts<'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        match self {
            Self::List(_, values) => values.next(),
            Self::Map(_, entries, _) => entries.next().map(|(_, value)| value),
        }
    }
}

fn keys(map: &ValueMap) -> u64 {
    map.keys().map(|key| key.len() as u64).sum()
}

/// Without what is inside.
fn leaf(value: &Value) -> u64 {
    CELL + match &value.kind {
        Kind::String(text) => text.len() as u64,
        Kind::Map(map) => keys(map),
        _ => 0,
    }
}

/// A collection being weighed.
struct Open<'v> {
    parts: Parts<'v>,
    bytes: u64,
    /// How many collections are in each other inside it.
    levels: usize,
}

fn weigh(mut parts: Parts<'_>, within: impl Fn(u64) -> Result<u64, TooMuch>) -> Result<u64, TooMuch> {
    let mut known: FxHashMap<*const (), (u64, usize)> = FxHashMap::default();
    let (mut bytes, mut levels) = (CELL + parts.keys(), 0);
    let mut around: Vec<Open<'_>> = Vec::new();
    loop {
        match parts.next() {
            Some(value) => {
                bytes = bytes.saturating_add(leaf(value));
                if let Some(inner) = Parts::of(value) {
                    match known.get(&inner.identity()) {
                        Some((more, deep)) => {
                            bytes = bytes.saturating_add(*more);
                            levels = levels.max(*deep);
                        }
                        None => {
                            let outer = std::mem::replace(&mut parts, inner);
                            around.push(Open { parts: outer, bytes, levels });
                            (bytes, levels) = (0, 0);
                        }
                    }
                }
            }
            None => {
                levels += 1;
                known.insert(parts.identity(), (bytes, levels));
                let Some(outer) = around.pop() else { return within(bytes) };
                parts = outer.parts;
                bytes = bytes.saturating_add(outer.bytes);
                levels = levels.max(outer.levels);
            }
        }
        within(bytes)?;
        if around.len() + levels > MOST_LEVELS {
            return Err(TooMuch::Levels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(times: u32) -> Value {
        (0..times).fold(Value::from("x"), |value, _| Value::from(vec![value.clone(), value]))
    }

    #[test]
    fn what_is_shared_counts_as_often_as_it_occurs() {
        for (times, leaves) in [(1, 2_u64), (5, 32), (15, 1 << 15), (40, 1 << 40)] {
            let value = doubled(times);
            let inner = leaves - 1;
            let whole = leaves * (CELL + 1) + inner * CELL;
            assert!(is_larger_than(&value, whole - 1), "{times}");
            assert!(!is_larger_than(&value, whole), "{times}");
        }
        let map = Value::map((0..2000).map(|n| (format!("key{n:04}"), Value::from("abc"))));
        let whole = 2000 * (7 + CELL + 3) + CELL;
        assert!(is_larger_than(&map, whole - 2000 * 7 - 1));
        assert!(!is_larger_than(&map, whole));
        assert!(!is_larger_than(&Value::from("abc"), CELL + 3));
        assert!(is_larger_than(&Value::from("abc"), CELL + 2));
    }

    #[test]
    fn depth_has_a_limit_and_costs_no_stack() {
        let deep = |levels| (0..levels).fold(Value::NULL, |value, _| Value::from(vec![value]));
        let most = MOST_LEVELS;
        let wide = |levels| Value::from(vec![Value::from(vec![Value::NULL; 2 * PLAIN]), deep(levels - 1)]);
        assert!(weight(&deep(most), 1 << 30).is_ok() && weight(&wide(most), 1 << 30).is_ok());
        assert_eq!(weight(&deep(most + 1), 1 << 30), Err(TooMuch::Levels));
        assert_eq!(weight(&wide(most + 1), 1 << 30), Err(TooMuch::Levels));
        let deep = deep(200_000);
        assert_eq!(weight(&deep, 1 << 30), Err(TooMuch::Levels));
        // Dropping it would recurse; that is not of interest here.
        std::mem::forget(deep);
    }
}

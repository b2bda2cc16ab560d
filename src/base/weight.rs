//! How large a value is when it is written out: parts that are shared count as often as they occur, so that a few lines
//! that double a value again and again are seen for what they are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::value::{Kind, Value, ValueMap};

/// Bytes an element takes beside its text.
const CELL: u64 = 48;

/// As far as a plain walk goes; beyond, parts that are shared are weighed once.
const PLAIN: usize = 1 << 10;

/// Whether the value takes more than so many bytes when it is written out.
pub fn is_larger_than(value: &Value, most: u64) -> bool {
    let Some(mut parts) = Parts::of(value) else { return leaf(value) > most };
    // Nearly all values are small.
    let mut open = vec![value];
    let (mut seen, mut total) = (0, 0_u64);
    while let Some(value) = open.pop() {
        seen += 1;
        total = total.saturating_add(leaf(value));
        if total > most {
            return true;
        }
        open.extend(Parts::of(value).into_iter().flatten());
        if seen + open.len() > PLAIN {
            return weigh(&mut parts, most);
        }
    }
    false
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

fn weigh(root: &mut Parts<'_>, most: u64) -> bool {
    let mut known: FxHashMap<*const (), u64> = FxHashMap::default();
    let mut open: Vec<(Parts<'_>, u64)> = Vec::new();
    let mut parts = match root {
        Parts::List(at, values) => Parts::List(*at, values.clone()),
        Parts::Map(at, entries, keys) => Parts::Map(*at, entries.clone(), *keys),
    };
    let mut sum = CELL;
    loop {
        match parts.next() {
            Some(value) => {
                sum = sum.saturating_add(leaf(value));
                if let Some(inner) = Parts::of(value) {
                    match known.get(&inner.identity()) {
                        Some(weight) => sum = sum.saturating_add(*weight),
                        None => {
                            open.push((std::mem::replace(&mut parts, inner), sum));
                            sum = 0;
                        }
                    }
                }
            }
            None => {
                known.insert(parts.identity(), sum);
                let Some((around, before)) = open.pop() else { return sum > most };
                parts = around;
                sum = sum.saturating_add(before);
            }
        }
        if sum > most {
            return true;
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
    fn depth_costs_no_stack() {
        let deep = (0..200_000).fold(Value::NULL, |value, _| Value::from(vec![value.clone()]));
        assert!(is_larger_than(&deep, 1 << 20));
        assert!(!is_larger_than(&deep, 1 << 30));
        // Dropping it would recurse; that is not of interest here.
        std::mem::forget(deep);
    }
}

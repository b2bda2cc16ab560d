//! Sizes and durations: making them of text, and numbers of them.

use super::call::{Call, Stop, Why};
use super::{BASE, Family, Function, Param, Returns, Shape, param};
use crate::base::number::Number;
use crate::base::types::Type;
use crate::base::value::{DURATION_UNITS, Duration, Kind, SIZE_UNITS, Size, Value};

const QUANTITY: Function =
    Function { family: Family::Quantities, returns: Returns::Is(Type::number), ..BASE };
const DURATION: Param = param("duration", Shape::Is(Type::duration));
const SIZE: Param = param("size", Shape::Is(Type::size));

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "toduration",
        params: &[param("text", Shape::Either(Type::string, Type::duration))],
        docs: "The duration a text writes: numbers with the units `ns` `us` `ms` `s` `m` `h` `d` `w` in a row.",
        examples: &[
            (r#"toduration("90s")"#, "90s"),
            (r#"toduration("1h30m")"#, "90m"),
            (r#"toduration("1.5d")"#, "36h"),
        ],
        returns: Returns::Is(Type::duration),
        body: |call| {
            quantity(call, DURATION_UNITS, "a duration such as 90s or 1h30m", |n| Kind::Duration(Duration(n)))
        },
        ..QUANTITY
    },
    Function {
        name: "tosize",
        params: &[param("text", Shape::Either(Type::string, Type::size))],
        docs: "The size a text writes, in `B`, `kB` `MB` `GB` `TB` `PB` or `KiB` `MiB` `GiB` `TiB` `PiB`.",
        examples: &[(r#"tosize("4GiB")"#, "4GiB"), (r#"tosize("1.5kB")"#, "1500B")],
        returns: Returns::Is(Type::size),
        body: |call| quantity(call, SIZE_UNITS, "a size such as 512MiB", |n| Kind::Size(Size(n))),
        ..QUANTITY
    },
    Function {
        name: "milliseconds",
        params: &[DURATION],
        docs: "How many milliseconds a duration has.",
        examples: &[("milliseconds(1.5s)", "1500")],
        body: |call| in_unit(call, "ms"),
        ..QUANTITY
    },
    Function {
        name: "seconds",
        params: &[DURATION],
        docs: "How many seconds a duration has.",
        examples: &[("seconds(5m)", "300"), ("seconds(250ms)", "0.25")],
        body: |call| in_unit(call, "s"),
        ..QUANTITY
    },
    Function {
        name: "minutes",
        params: &[DURATION],
        docs: "How many minutes a duration has.",
        examples: &[("minutes(2h)", "120")],
        body: |call| in_unit(call, "m"),
        ..QUANTITY
    },
    Function {
        name: "hours",
        params: &[DURATION],
        docs: "How many hours a duration has.",
        examples: &[("hours(7d)", "168")],
        body: |call| in_unit(call, "h"),
        ..QUANTITY
    },
    Function {
        name: "days",
        params: &[DURATION],
        docs: "How many days of 24 hours a duration has.",
        examples: &[("days(36h)", "1.5")],
        body: |call| in_unit(call, "d"),
        ..QUANTITY
    },
    Function {
        name: "bytes",
        params: &[SIZE],
        docs: "How many bytes a size has.",
        examples: &[("bytes(4KiB)", "4096")],
        body: |call| in_unit(call, "B"),
        ..QUANTITY
    },
    Function {
        name: "kibibytes",
        params: &[SIZE],
        docs: "How many KiB a size has.",
        examples: &[("kibibytes(1MiB)", "1024")],
        body: |call| in_unit(call, "KiB"),
        ..QUANTITY
    },
    Function {
        name: "mebibytes",
        params: &[SIZE],
        docs: "How many MiB a size has.",
        examples: &[("mebibytes(4GiB)", "4096")],
        body: |call| in_unit(call, "MiB"),
        ..QUANTITY
    },
    Function {
        name: "gibibytes",
        params: &[SIZE],
        docs: "How many GiB a size has.",
        examples: &[("gibibytes(512MiB)", "0.5")],
        body: |call| in_unit(call, "GiB"),
        ..QUANTITY
    },
    Function {
        name: "tebibytes",
        params: &[SIZE],
        docs: "How many TiB a size has.",
        examples: &[("tebibytes(2TiB)", "2")],
        body: |call| in_unit(call, "TiB"),
        ..QUANTITY
    },
];

fn in_unit(call: &Call, unit: &str) -> Result<Value, Stop> {
    let (amount, units) = match &call.value(0)?.kind {
        Kind::Duration(duration) => (&duration.0, DURATION_UNITS),
        Kind::Size(size) => (&size.0, SIZE_UNITS),
        _ => return Err(Stop::at(0, "must be a size or duration")),
    };
    let factor = units.iter().find(|(name, _)| *name == unit).map_or(1, |(_, factor)| *factor);
    amount
        .divide(&factor.into())
        .map(Value::from)
        .ok_or_else(|| Stop::because("the result has too many digits"))
}

fn quantity(call: &Call, units: &[(&str, i64)], what: &str, make: fn(Number) -> Kind) -> Result<Value, Stop> {
    let Some(text) = call.value(0)?.as_str() else { return Ok(call.value(0)?.clone()) };
    read(text, units).map(|amount| make(amount).into()).ok_or_else(|| {
        Stop::at(0, format!("must write {what}")).why(Why::Conversion).shown(Value::from(text).to_string())
    })
}

/// Numbers with units in a row, the sign before all: `-1h30m`. Zero needs no unit.
pub(super) fn read(text: &str, units: &[(&str, i64)]) -> Option<Number> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return None;
    }
    let mut sum = Number::ZERO;
    if rest != "0" {
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, after) = rest.split_at(end);
            // `.5s` and `1.s` are read as Go does.
            let number = match (number.strip_prefix('.'), number.strip_suffix('.')) {
                (Some(_), Some(_)) => return None,
                (Some(fraction), None) => format!("0.{fraction}"),
                (None, Some(whole)) => whole.to_owned(),
                (None, None) => number.to_owned(),
            };
            let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            let unit = match unit {
                "µs" | "μs" => "us",
                unit => unit,
            };
            let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
            sum = sum.add(&number.parse::<Number>().ok()?.multiply(&(*factor).into())?);
            rest = after;
        }
    }
    Some(if negative { sum.negate() } else { sum })
}

//! Numbers. Exact wherever the result is; logarithms and roots are rounded as binary floating point does.

use super::call::{Call, Stop, Why, list};
use super::check::Refusal;
use super::{BASE, Family, Function, INT, NUMBER, Param, Returns, STRING, Shape, param};
use crate::base::number::Number;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};

const NUMERIC: Function = Function { family: Family::Numeric, ..BASE };
const NUMBERS: Param = param("numbers", NUMBER);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        params: &[param("number", NUMBER)],
        docs: "The number without its sign.",
        examples: &[("abs(-3.5)", "3.5"), ("abs(0)", "0")],
        returns: Returns::By("number", same),
        body: |call| Ok(call.number(0)?.abs().into()),
        ..NUMERIC
    },
    Function {
        name: "ceil",
        params: &[param("number", NUMBER)],
        docs: "The smallest whole number that is not less.",
        examples: &[("ceil(4.1)", "5"), ("ceil(-1.5)", "-1")],
        returns: Returns::Is(Type::int),
        body: |call| Ok(call.number(0)?.ceil().into()),
        ..NUMERIC
    },
    Function {
        name: "floor",
        params: &[param("number", NUMBER)],
        docs: "The largest whole number that is not greater.",
        examples: &[("floor(4.9)", "4"), ("floor(-1.5)", "-2")],
        returns: Returns::Is(Type::int),
        body: |call| Ok(call.number(0)?.floor().into()),
        ..NUMERIC
    },
    Function {
        name: "log",
        params: &[param("number", NUMBER), param("base", NUMBER)],
        docs: "The logarithm of a number in a base. Whole where the number is a whole power of the base, \
               else rounded as binary floating point does.",
        examples: &[("log(8, 2)", "3"), ("log(1000, 10)", "3"), ("log(50, 10)", "1.6989700043360185")],
        returns: Returns::Is(Type::number),
        body: log,
        ..NUMERIC
    },
    Function {
        name: "max",
        variadic: Some(NUMBERS),
        least: 1,
        docs: "The greatest of some numbers; expand a list with `...`.",
        examples: &[("max(1, 12, 3)", "12"), ("max([5, 2.5]...)", "5")],
        returns: Returns::By("number", common),
        body: |call| extreme(call, |a, b| a > b),
        ..NUMERIC
    },
    Function {
        name: "min",
        variadic: Some(NUMBERS),
        least: 1,
        docs: "The least of some numbers; expand a list with `...`.",
        examples: &[("min(1, 12, -2.5)", "-2.5")],
        returns: Returns::By("number", common),
        body: |call| extreme(call, |a, b| a < b),
        ..NUMERIC
    },
    Function {
        name: "parseint",
        params: &[param("text", STRING), param("base", INT)],
        docs: "Reads a whole number in a base from 2 to 62. Above 36, `A` to `Z` come after `a` to `z`.",
        examples: &[("parseint(\"ff\", 16)", "255"), ("parseint(\"-101\", 2)", "-5")],
        returns: Returns::Is(Type::int),
        body: parseint,
        ..NUMERIC
    },
    Function {
        name: "pow",
        params: &[param("number", NUMBER), param("power", NUMBER)],
        docs: "A number to a power. Exact for whole powers, else rounded as binary floating point does.",
        examples: &[("pow(2, 10)", "1024"), ("pow(1.1, 3)", "1.331"), ("pow(2, 0.5)", "1.4142135623730951")],
        returns: Returns::Is(Type::number),
        body: pow,
        ..NUMERIC
    },
    Function {
        name: "range",
        params: &[
            param("start_or_limit", NUMBER),
            param("limit", NUMBER).optional(),
            param("step", NUMBER).optional(),
        ],
        docs: "The numbers from `start` (0 if only a limit is given) up to, not including, `limit`, \
               by `step` (1 or -1 if left out). At most 1024 of them.",
        examples: &[
            ("range(3)", "[0, 1, 2]"),
            ("range(3, 0)", "[3, 2, 1]"),
            ("range(0, 1, 0.3)", "[0, 0.3, 0.6, 0.9]"),
        ],
        returns: Returns::By("list(number)", |args| Ok(Type::list(common(args)?))),
        body: range,
        ..NUMERIC
    },
    Function {
        name: "signum",
        params: &[param("number", NUMBER)],
        docs: "-1, 0 or 1: the sign of a number.",
        examples: &[("signum(-13)", "-1"), ("signum(0)", "0"), ("signum(0.5)", "1")],
        returns: Returns::Is(Type::int),
        body: |call| {
            let number = call.number(0)?;
            Ok(i64::from(!number.is_zero()).wrapping_mul(if number.is_negative() { -1 } else { 1 }).into())
        },
        ..NUMERIC
    },
    Function {
        name: "sum",
        params: &[param("numbers", Shape::CollectionOf(Type::number))],
        docs: "The sum of a list or set of numbers, which must not be empty.",
        examples: &[("sum([0.1, 0.2])", "0.3"), ("sum([10, 13, 6])", "29")],
        returns: Returns::By("number", |args| {
            let element = super::check::element(args, 0)?;
            Ok(if is_integer(&element) { Type::int() } else { Type::number() })
        }),
        body: |call| {
            let mut numbers = call.elements(0)?.iter().filter_map(Value::as_number);
            let first = numbers.next().ok_or_else(|| Stop::at(0, "must not be empty"))?;
            Ok(numbers.fold(first.clone(), |sum, number| sum.add(number)).into())
        },
        ..NUMERIC
    },
];

fn is_integer(ty: &Type) -> bool {
    matches!(&ty.kind, TypeKind::Number(n) if n.integer)
}

/// `int` where all arguments are, else `number`.
fn common(args: &[Type]) -> Result<Type, Refusal> {
    Ok(if args.iter().all(is_integer) { Type::int() } else { Type::number() })
}

fn same(args: &[Type]) -> Result<Type, Refusal> {
    common(args)
}

fn extreme(call: &Call, better: fn(&Number, &Number) -> bool) -> Result<Value, Stop> {
    let mut best = call.number(0)?;
    for at in 1..call.args.len() {
        let number = call.number(at)?;
        if better(number, best) {
            best = number;
        }
    }
    Ok(best.clone().into())
}

fn float(number: f64) -> Result<Value, Stop> {
    Number::from_f64(number)
        .map(Value::from)
        .ok_or_else(|| Stop::because("the result is not a finite number"))
}

fn log(call: &Call) -> Result<Value, Stop> {
    let (number, base) = (call.number(0)?, call.number(1)?);
    let positive = |n: &Number| !n.is_zero() && !n.is_negative();
    if !positive(number) {
        return Err(Stop::at(0, "must be greater than zero").shown(number.to_string()));
    }
    if !positive(base) || *base == Number::from(1) {
        return Err(Stop::at(1, "must be greater than zero and not 1").shown(base.to_string()));
    }
    let result = number.to_f64().ln() / base.to_f64().ln();
    // Rounding must not hide that the result is whole.
    let near = result.round();
    if near.abs() < 1e6 && (result - near).abs() < 1e-9 && base.power(near as i64).as_ref() == Some(number) {
        return Ok((near as i64).into());
    }
    float(result)
}

fn pow(call: &Call) -> Result<Value, Stop> {
    let (number, power) = (call.number(0)?, call.number(1)?);
    if let Some(int) = power.as_i64() {
        if number.is_zero() && int < 0 {
            return Err(Stop::at(1, "must not be negative where the number is zero"));
        }
        return number
            .power(int)
            .map(Value::from)
            .ok_or_else(|| Stop::because("the result has more digits than numbers may have"));
    }
    if number.is_negative() {
        return Err(
            Stop::at(1, "must be a whole number where the number is negative").shown(power.to_string())
        );
    }
    float(number.to_f64().powf(power.to_f64()))
}

fn parseint(call: &Call) -> Result<Value, Stop> {
    let (text, base) = (call.text(0)?, call.int(1)?);
    if !(2..=62).contains(&base) {
        return Err(Stop::at(1, "must be between 2 and 62").shown(base.to_string()));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let values: Option<Vec<u8>> = digits
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'z' => Some(byte - b'a' + 10),
            b'A'..=b'Z' if base <= 36 => Some(byte - b'A' + 10),
            b'A'..=b'Z' => Some(byte - b'A' + 36),
            _ => None,
        })
        .collect();
    let number = values.and_then(|values| Number::from_radix(&values, base as u32));
    let number = number.ok_or_else(|| {
        let message = format!("is not a whole number in base {base}");
        Stop::at(0, message).why(Why::Conversion).shown(Value::from(text).to_string())
    })?;
    Ok(if text.starts_with('-') { number.negate() } else { number }.into())
}

fn range(call: &Call) -> Result<Value, Stop> {
    const MOST: usize = 1024;
    let first = call.number(0)?;
    let (start, limit) = match call.args.len() {
        1 => (&Number::ZERO, first),
        _ => (first, call.number(1)?),
    };
    let down = limit < start;
    let step = match call.args.len() {
        3 => call.number(2)?.clone(),
        _ => Number::from(if down { -1 } else { 1 }),
    };
    let at = 2;
    if step.is_zero() && start != limit {
        return Err(Stop::at(at, "must not be zero"));
    }
    if down && !step.is_negative() {
        return Err(Stop::at(at, "must be negative where the limit is below the start"));
    }
    if start < limit && step.is_negative() {
        return Err(Stop::at(at, "must be positive where the limit is above the start"));
    }
    let mut values = Vec::new();
    let mut number = start.clone();
    while if down { number > *limit } else { number < *limit } {
        if values.len() == MOST {
            let message = format!("the result would have more than {MOST} elements");
            return Err(Stop::because(message).why(Why::Limit));
        }
        values.push(Kind::Number(number.clone()).into());
        number = number.add(&step);
    }
    Ok(list(values))
}

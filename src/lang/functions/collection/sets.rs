//! Sets and what is made of several collections.

use super::super::call::{Call, Stop, list};
use super::super::check::{Refusal, element, never_meet};
use super::super::{Function, Param, Returns, Shape, param};
use super::LISTS;
use crate::base::assign::join_all;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};

const SETS: Param = param("sets", Shape::Collection);

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "setintersection",
        variadic: Some(SETS),
        least: 1,
        docs: "The elements that are in all sets.",
        examples: &[(r#"setintersection(["a", "b"], ["b", "c"])"#, r#"toset(["b"])"#)],
        returns: Returns::By("set", common_set),
        body: |call| {
            let (first, others) = sets(call)?;
            Ok(first.filter(|value| others.iter().all(|set| has(set, value))))
                .map(|values| Value::set(values.collect()))
        },
        ..LISTS
    },
    Function {
        name: "setproduct",
        variadic: Some(SETS),
        least: 2,
        docs: "Every combination of an element of each: a list in order, or a set if any of them is one.",
        examples: &[(r#"setproduct(["a", "b"], [1, 2])"#, r#"[["a", 1], ["a", 2], ["b", 1], ["b", 2]]"#)],
        returns: Returns::By("list or set of tuples", |args| {
            let types = (0..args.len()).map(|at| element(args, at)).collect::<Result<Vec<_>, _>>()?;
            let any_set = args.iter().any(|ty| matches!(ty.kind, TypeKind::Set(..)));
            let tuple = Type::tuple(types);
            Ok(if any_set { Type::set(tuple) } else { Type::list(tuple) })
        }),
        body: product,
        ..LISTS
    },
    Function {
        name: "setsubtract",
        params: &[param("set", Shape::Collection), param("without", Shape::Collection)],
        docs: "The elements of the first set that are not in the second.",
        examples: &[(r#"setsubtract(["a", "b", "c"], ["a"])"#, r#"toset(["b", "c"])"#)],
        returns: Returns::By("set", common_set),
        body: |call| {
            let (first, others) = sets(call)?;
            Ok(Value::set(first.filter(|value| !others.iter().any(|set| has(set, value))).collect()))
        },
        ..LISTS
    },
    Function {
        name: "setunion",
        variadic: Some(SETS),
        least: 1,
        docs: "The elements that are in any of the sets.",
        examples: &[(r#"setunion(["a", "b"], ["b", "c"])"#, r#"toset(["a", "b", "c"])"#)],
        returns: Returns::By("set", common_set),
        body: |call| {
            let mut all = Vec::new();
            for at in 0..call.args.len() {
                let elements = call.elements(at)?;
                call.spend_elements(elements.len())?;
                all.extend(elements.iter().map(Value::unmarked));
            }
            Ok(Value::set(all))
        },
        ..LISTS
    },
];

fn common_set(args: &[Type]) -> Result<Type, Refusal> {
    let types = (0..args.len()).map(|at| element(args, at)).collect::<Result<Vec<_>, _>>()?;
    join_all(types.iter().cloned()).map(Type::set).ok_or_else(|| never_meet(None, types.iter()))
}

/// The elements of the first argument and the others as sorted sets.
fn sets<'a>(call: &Call<'a>) -> Result<(impl Iterator<Item = Value> + use<'a>, Vec<Value>), Stop> {
    let mut others = Vec::new();
    for at in 1..call.args.len() {
        let elements = call.elements(at)?;
        call.spend_elements(elements.len())?;
        others.push(Value::set(elements.iter().map(Value::unmarked).collect()));
    }
    Ok((call.elements(0)?.iter().map(Value::unmarked), others))
}

fn has(set: &Value, value: &Value) -> bool {
    set.as_slice().is_some_and(|elements| elements.binary_search(value).is_ok())
}

fn product(call: &Call) -> Result<Value, Stop> {
    let sets = (0..call.args.len()).map(|at| call.elements(at)).collect::<Result<Vec<_>, _>>()?;
    let count = sets.iter().fold(1usize, |count, set| count.saturating_mul(set.len()));
    call.spend_elements(count.saturating_mul(sets.len() + 1))?;
    let mut rows: Vec<Vec<Value>> = if count == 0 { Vec::new() } else { vec![Vec::new()] };
    for set in sets {
        rows = rows
            .iter()
            .flat_map(|row| {
                set.iter().map(move |value| {
                    let mut row = row.clone();
                    row.push(value.unmarked());
                    row
                })
            })
            .collect();
    }
    let rows = rows.into_iter().map(Value::from);
    if call.args.iter().any(|value| matches!(value.kind, Kind::Set(_))) {
        Ok(Value::set(rows.collect()))
    } else {
        Ok(list(rows))
    }
}

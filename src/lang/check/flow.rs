//! What the outline and the parts of the results of functions follow: `keys(m)` is as late as the keys of `m`, however
//! late its values are.

use super::{Fact, Taint};
use crate::base::types::TypeKind;

/// How late the result of a built-in function is.
pub(super) fn of_call(name: &str, args: &[Fact]) -> Taint {
    let whole = || {
        args.iter().fold(Taint::default(), |mut all, fact| {
            all.join(&fact.taint);
            all
        })
    };
    let Some(first) = args.first() else { return Taint::default() };
    let rest = |from: usize| {
        args.iter().skip(from).fold(Taint::default(), |mut all, fact| {
            all.join(&fact.taint);
            all
        })
    };
    match name {
        "length" => outline(first).flat(),
        "keys" => Taint::collection(&outline(first), &outline(first)),
        "values" => Taint::collection(&outline(first), &element(first)),
        "tolist" | "tomap" | "sensitive" => first.taint.clone(),
        "nonsensitive" => first.taint.open(),
        "issensitive" => first.taint.open().flat(),
        "reverse" => Taint::collection(&outline(first), &element(first)),
        "sort" => Taint::collection(&outline(first), &first.taint.flat()),
        "zipmap" => args
            .get(1)
            .map_or_else(Taint::default, |values| Taint::collection(&first.taint.flat(), &element(values))),
        "concat" => args.iter().fold(Taint::default(), |all, fact| {
            let mut known = all.outline();
            known.join(&outline(fact));
            Taint::collection(&known, &all.element().either(&element(fact)))
        }),
        "slice" | "chunklist" => {
            let mut known = outline(first);
            known.join(&rest(1));
            Taint::collection(&known, &element(first).and(&rest(1)))
        }
        "element" | "lookup" => {
            let mut known = outline(first);
            known.join(&rest(1));
            element(first).and(&known)
        }
        "one" => element(first).and(&outline(first)),
        "merge" => args.iter().fold(Taint::default(), |all, fact| all.overlaid(&fact.taint)),
        _ => whole(),
    }
}

/// A set tells its elements apart by their values.
fn outline(fact: &Fact) -> Taint {
    match fact.ty.kind {
        TypeKind::Set(..) => fact.taint.flat(),
        _ if fact.ty.is_scalar() => fact.taint.flat(),
        _ => fact.taint.outline(),
    }
}

fn element(fact: &Fact) -> Taint {
    fact.taint.element()
}

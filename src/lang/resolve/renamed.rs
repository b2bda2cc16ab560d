//! Declarations of an edited file that are still the same ones, perhaps by another name.

use std::hash::Hash;

use indexmap::IndexMap;

use super::Records;
use super::declare::{Declarations, is_name, label_text};
use super::program::{ExprKind, Module, Reference, ResourceKey};
use crate::base::Text;
use crate::base::address::Mode;
use crate::lang::syntax::tree::{Block, Item, Tree};

/// A declaration that got another name and stayed where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// `locals { before = … }`
    Local {
        /// Its former name.
        before: Text,
        /// Its name now.
        now: Text,
    },
    /// `resource "kind" "before" { … }`
    Resource {
        /// Its former name.
        before: ResourceKey,
        /// Its name now.
        now: ResourceKey,
    },
}

/// What was renamed between two texts without mistakes, where besides that they declare the same in the same order.
pub fn renamed(old: &Tree, new: &Tree) -> Option<Vec<Renamed>> {
    let mut found = Vec::new();
    let (old_items, new_items) = (&old.body.items, &new.body.items);
    let same = old_items.len() == new_items.len()
        && old_items.iter().zip(new_items).all(|pair| match pair {
            (Item::Block(a), Item::Block(b)) => block((old, a), (new, b), &mut found),
            (a, b) => old.text(a.range()) == new.text(b.range()),
        });
    same.then_some(found)
}

fn block((old, a): (&Tree, &Block), (new, b): (&Tree, &Block), found: &mut Vec<Renamed>) -> bool {
    let kind = old.text(a.kind);
    if kind != new.text(b.kind) || a.labels.len() != b.labels.len() {
        return false;
    }
    let label = |at: usize| (label_text(old, a, at), label_text(new, b, at));
    let differ = |at: &usize| label(*at).0 != label(*at).1;
    let different: Vec<usize> = (0..a.labels.len()).filter(differ).collect();
    match (kind, different.as_slice()) {
        ("locals", []) => locals((old, a), (new, b), found),
        // It may hold data, which is declared as well.
        ("check", []) => old.text(a.range) == new.text(b.range),
        (_, []) => true,
        ("resource" | "data", [1]) => {
            let mode = if kind == "data" { Mode::Data } else { Mode::Managed };
            let key = |name: &str| ResourceKey { mode, kind: label(0).0.into(), name: name.into() };
            found.push(Renamed::Resource { before: key(label(1).0), now: key(label(1).1) });
            true
        }
        _ => false,
    }
}

fn locals((old, a): (&Tree, &Block), (new, b): (&Tree, &Block), found: &mut Vec<Renamed>) -> bool {
    let (old_items, new_items) = (&a.body.items, &b.body.items);
    old_items.len() == new_items.len()
        && old_items.iter().zip(new_items).all(|pair| match pair {
            (Item::Attribute(a), Item::Attribute(b)) => {
                let (before, now) = (old.text(a.name), new.text(b.name));
                if before != now {
                    found.push(Renamed::Local { before: before.into(), now: now.into() });
                }
                true
            }
            (a, b) => old.text(a.range()) == new.text(b.range()),
        })
}

impl Renamed {
    /// Gives the declaration its new name, and marks what has to be resolved again for it. Answers whether nothing stands
    /// against it.
    pub(super) fn apply(
        &self,
        declared: &mut Declarations,
        module: &mut Module,
        records: &mut Records,
    ) -> bool {
        let target = match self {
            Self::Local { before, now } => is_name(now)
                .then(|| rename(&mut declared.locals, before, now.clone()))
                .flatten()
                .map(|index| (index, rename(&mut module.locals, before, now.clone())))
                .map(|(index, _)| Reference::Local(index as u32)),
            Self::Resource { before, now } => is_name(&now.name)
                .then(|| rename(&mut declared.resources, before, now.clone()))
                .flatten()
                .map(|index| (index, rename(&mut module.resources, before, now.clone())))
                .map(|(index, _)| Reference::Resource(index as u32)),
        };
        target.is_some_and(|target| mark(target, module, records))
    }
}

/// Gives an entry another key and leaves it where it is. Answers where that is; `None` if that can't be done.
fn rename<K: Hash + Eq, V>(map: &mut IndexMap<K, V>, before: &K, now: K) -> Option<usize> {
    if map.contains_key(&now) {
        return None;
    }
    let (index, _, value) = map.swap_remove_full(before)?;
    let (last, _) = map.insert_full(now, value);
    map.swap_indices(index, last);
    Some(index)
}

/// Marks what refers to it, and what refers to something that nobody defined so far. Answers whether that can be resolved
/// one by one.
fn mark(target: Reference, module: &Module, records: &mut Records) -> bool {
    let refers = |record: &super::records::Record| {
        let exprs = &module.exprs[record.exprs.start as usize..record.exprs.end as usize];
        exprs.iter().any(|expr| matches!(expr.kind, ExprKind::Reference(other) if other == target))
    };
    if records.rest.iter().any(|record| !record.missing.is_empty() || refers(record)) {
        return false;
    }
    let Records { variables, locals, resources, calls, outputs, .. } = records;
    for record in [variables, locals, resources, calls, outputs].into_iter().flatten() {
        record.stale |= !record.missing.is_empty() || refers(record);
    }
    true
}

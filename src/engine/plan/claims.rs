//! Two resources that describe one object would undo each other's work in every run.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::planner::Planner;
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::engine::expand::RowId;

impl Planner<'_> {
    /// Reports objects that several instances claim, as far as their names are known.
    pub(super) fn claims(&mut self) {
        if self.is_passive() || self.request.options.destroy {
            return;
        }
        let mut first: FxHashMap<(usize, Text, Vec<String>), RowId> = FxHashMap::default();
        let mut told = Vec::new();
        for (at, draft) in self.drafts.iter().enumerate() {
            let id = RowId(at as u32);
            let kind = &self.world.row(id).address.resource.kind;
            let managed = self.world.row(id).address.resource.mode == Mode::Managed;
            let Some(named) = draft.schema.identity.first().filter(|_| managed && draft.planned_for) else {
                continue;
            };
            let part = |name: &Text| draft.planned.get(name).filter(|value| value.is_wholly_known());
            let Some(name) = part(named).filter(|value| !value.is_null()) else { continue };
            // What neither sets and the provider decides later is the same for both.
            let unset = |name: &Text| draft.config.get(name).is_none_or(|value| value.is_null());
            let text = |name: &Text| match part(name) {
                Some(value) => Some(value.to_string()),
                None => unset(name).then(String::new),
            };
            let parts: Option<Vec<String>> = draft.schema.identity.iter().map(text).collect();
            let Some(parts) = parts else { continue };
            match first.entry((draft.slot, kind.clone(), parts)) {
                Entry::Vacant(entry) => drop(entry.insert(id)),
                Entry::Occupied(entry) => {
                    let (one, other) = (*entry.get(), id);
                    let row = |id| self.world.row(id).address.to_string();
                    let message = format!("{} and {} both describe the {kind} {name}", row(one), row(other));
                    let (place, before) = (self.named_at(other, named), self.named_at(one, named));
                    let mut diagnostic = match place {
                        Some(span) => Diagnostic::new(codes::OBJECT_CLAIMED_TWICE, span, message),
                        None => Diagnostic::without_place(codes::OBJECT_CLAIMED_TWICE, message),
                    };
                    match before {
                        Some(before) if place != Some(before) => {
                            diagnostic = diagnostic.here("again here").label(before, "first described here");
                        }
                        _ => diagnostic = diagnostic.here("the same for several instances"),
                    }
                    let help = "one object has one owner: remove one of them, or give it another name";
                    told.push((self.world.row(other).node, diagnostic.at_path(row(other)).help(help)));
                }
            }
        }
        for (node, diagnostic) in told {
            self.fail(node, [diagnostic]);
        }
    }

    /// Where an instance is given its name: the argument, else its resource.
    fn named_at(&self, id: RowId, name: &str) -> Option<Span> {
        let row = self.world.row(id);
        let resource = self.world.tree.resource(row.node)?;
        let argument = resource.body.attributes.get(name);
        let module = self.world.module(row.inst);
        Some(argument.map_or(resource.span, |argument| module.expr(argument.value).span))
    }
}

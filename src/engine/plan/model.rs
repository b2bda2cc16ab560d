//! A plan as data: what would change, and why. Renderers and the saved plan are written against this.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::address::{InstanceAddress, Target};
use crate::base::schema::Schema;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::engine::state::ProviderRef;

/// What would change.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Of the state it was made against.
    pub lineage: Text,
    /// Of the state it was made against.
    pub serial: u64,
    /// Every instance of configuration and state, no-ops included, in dependency order.
    pub changes: Vec<Change>,
    /// Instances that others changed since the state was written, as found by refresh.
    pub drift: Vec<DriftedInstance>,
    /// Outputs of the root module that change.
    pub outputs: IndexMap<Text, OutputChange>,
    /// Instances and modules that can only be planned after a first stage is applied.
    pub deferred: Vec<Deferred>,
    /// Instances with an effect that an earlier run left open; what became of it is recorded when this is applied.
    pub recovered: Vec<InstanceAddress>,
    /// Removes everything.
    pub destroy: bool,
}

/// What would happen to one instance.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its address.
    pub address: InstanceAddress,
    /// Where it is declared; `None` for instances that only the state knows.
    pub declared: Option<Span>,
    /// Who owns it, from `metadata`.
    pub owner: Option<Text>,
    /// The provider that does it.
    pub provider: ProviderRef,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// What is done.
    pub action: Action,
    /// Its attributes now, as refreshed; null if there is no object.
    pub before: Value,
    /// Its attributes afterwards, with unknowns; null if there will be no object.
    pub after: Value,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Where it was, if it moves.
    pub moved_from: Option<InstanceAddress>,
    /// What the other side calls it, if it is taken into the state by this plan; the action says what else is done.
    pub imported: Option<Text>,
    /// Set when this is about an object that an earlier replacement left behind, under this token; its action is `Delete`.
    pub deposed: Option<Text>,
}

/// What is done to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// A data source is read during apply.
    Read,
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Removed, then made anew.
    Replace,
    /// Made anew, then the old one removed.
    ReplaceCreateFirst,
    /// Removed.
    Delete,
    /// Taken into the state as it is. One that is changed at once is an `Update` with [`Change::imported`].
    Import,
    /// Dropped from the state, left alone outside.
    Forget,
}

/// Why something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Not in the state yet.
    New,
    /// No longer in the configuration.
    NotConfigured,
    /// Its key is not in `count` or `for_each` any more.
    KeyGone,
    /// This attribute changes and can't be changed in place.
    ForcesReplacement(Text),
    /// Its creation failed half-way before.
    Tainted,
    /// Asked for by `--replace`.
    Requested,
    /// Asked for by `replace_triggered_by`.
    Triggered(InstanceAddress),
    /// Someone removed it outside.
    GoneOutside,
    /// Someone changed these attributes outside.
    ChangedOutside(Vec<Text>),
    /// A data source whose arguments, or something it depends on, are known only after apply.
    ReadLater,
    /// Everything is removed.
    Destroying,
    /// An earlier run replaced it and did not come to remove it.
    Deposed,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("it does not exist yet"),
            Self::NotConfigured => f.write_str("it is no longer in the configuration"),
            Self::KeyGone => f.write_str("count, for_each or enabled no longer ask for it"),
            Self::ForcesReplacement(name) => write!(f, "{name} can't be changed in place"),
            Self::Tainted => f.write_str("its creation failed half-way before"),
            Self::Requested => f.write_str("asked for with --replace"),
            Self::Triggered(address) => write!(f, "{address} changes"),
            Self::GoneOutside => f.write_str("someone removed it outside"),
            Self::ChangedOutside(names) => write!(f, "someone changed {} outside", names.join(", ")),
            Self::ReadLater => f.write_str("what it depends on is known only after apply"),
            Self::Destroying => f.write_str("everything is removed"),
            Self::Deposed => f.write_str("an earlier run replaced it and did not come to remove it"),
        }
    }
}

/// An instance that others changed.
#[derive(Debug, Clone)]
pub struct DriftedInstance {
    /// Its address.
    pub address: InstanceAddress,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// As the state has it.
    pub recorded: Value,
    /// As it is; null if it is gone.
    pub actual: Value,
}

/// An output that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputChange {
    /// As the state has it; null if it has not.
    pub before: Value,
    /// Afterwards; null if it is no longer declared.
    pub after: Value,
}

/// Something that can only be planned later.
#[derive(Debug, Clone, PartialEq)]
pub struct Deferred {
    /// The resource or module call, without a key of its own.
    pub address: Target,
    /// The `count` or `for_each` that is not known yet.
    pub span: Span,
}

/// How many of each action a plan has; replacements count as such only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanSummary {
    /// To create.
    pub create: usize,
    /// To update in place.
    pub update: usize,
    /// To replace.
    pub replace: usize,
    /// To delete.
    pub delete: usize,
    /// To import.
    pub import: usize,
    /// To forget.
    pub forget: usize,
    /// To read during apply.
    pub read: usize,
    /// To move.
    pub moved: usize,
}

impl Plan {
    /// The counts.
    pub fn summary(&self) -> PlanSummary {
        let mut summary = PlanSummary::default();
        for change in &self.changes {
            match change.action {
                Action::NoOp => {}
                Action::Read => summary.read += 1,
                Action::Create => summary.create += 1,
                Action::Update => summary.update += 1,
                Action::Replace | Action::ReplaceCreateFirst => summary.replace += 1,
                Action::Delete => summary.delete += 1,
                Action::Import => {}
                Action::Forget => summary.forget += 1,
            }
            summary.import += usize::from(change.imported.is_some());
            summary.moved += usize::from(change.moved_from.is_some());
        }
        summary
    }

    /// Whether applying it would do nothing at all, to the state neither.
    pub fn is_empty(&self) -> bool {
        self.does_nothing() && self.deferred.is_empty()
    }

    fn does_nothing(&self) -> bool {
        self.summary() == PlanSummary::default() && self.outputs.is_empty() && self.recovered.is_empty()
    }

    /// Whether something is deferred and applying the rest would do nothing: it would be deferred ever again.
    pub fn only_defers(&self) -> bool {
        !self.deferred.is_empty() && self.does_nothing()
    }
}

impl std::fmt::Display for PlanSummary {
    /// `3 to create, 1 to update`, or `nothing to do`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.import, "to import"),
            (self.create, "to create"),
            (self.update, "to update"),
            (self.replace, "to replace"),
            (self.delete, "to delete"),
            (self.moved, "to move"),
            (self.forget, "to forget"),
            (self.read, "to read"),
        ];
        let parts: Vec<_> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        f.write_str(if parts.is_empty() { "nothing to do" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

impl PlanSummary {
    /// Whether any object would change.
    pub fn has_effects(&self) -> bool {
        self.create + self.update + self.replace + self.delete > 0
    }
}

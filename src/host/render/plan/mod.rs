//! Plans as text, JSON and Markdown: changes only, the dangerous ones first, secrets nowhere.

mod diff;
pub mod human;
pub mod json;
pub mod markdown;

pub use diff::{Line, Sign, lines};

use crate::base::Text;
use crate::engine::plan::{Action, Change, Plan, PlanSummary, Reason};

/// What changes, in the order it is shown: what is lost first.
pub fn ordered(plan: &Plan) -> Vec<&Change> {
    let mut changes: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| change.action != Action::NoOp || change.moved_from.is_some())
        .collect();
    changes.sort_by_key(|change| rank(change.action));
    changes
}

fn rank(action: Action) -> u8 {
    match action {
        Action::Delete => 0,
        Action::Replace | Action::ReplaceCreateFirst => 1,
        Action::Forget => 2,
        Action::Update => 3,
        Action::Import => 4,
        Action::Create => 5,
        Action::Read => 6,
        Action::NoOp => 7,
    }
}

/// The sign and the word of an action.
pub fn action_words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::NoOp => (" ", "move"),
        Action::Read => ("<", "read"),
        Action::Create => ("+", "create"),
        Action::Update => ("~", "update"),
        Action::Replace => ("-/+", "replace"),
        Action::ReplaceCreateFirst => ("+/-", "replace"),
        Action::Delete => ("-", "destroy"),
        Action::Import => ("&", "import"),
        Action::Forget => (".", "forget"),
    }
}

/// Why, in a few words; nothing where the action says it all.
pub fn reason_words(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::New | Reason::Destroying => return None,
        Reason::NotConfigured => "no longer in the configuration".into(),
        Reason::KeyGone => "count, for_each or enabled no longer ask for it".into(),
        Reason::ForcesReplacement(name) => format!("{name} can't be changed in place"),
        Reason::Tainted => "its creation failed half-way before".into(),
        Reason::Requested => "asked for by --replace".into(),
        Reason::Triggered(by) => format!("triggered by {by}"),
        Reason::GoneOutside => "it was removed outside".into(),
        Reason::ChangedOutside(names) => {
            format!("changed outside: {}", names.iter().map(Text::as_str).collect::<Vec<_>>().join(", "))
        }
        Reason::ReadLater => "what it depends on is known only after apply".into(),
        Reason::Deposed => "left over from a replacement".into(),
    })
}

/// `3 to create, 1 to replace`; empty if nothing is to be done.
pub fn summary_words(summary: &PlanSummary) -> String {
    let parts = [
        (summary.delete, "to destroy"),
        (summary.replace, "to replace"),
        (summary.forget, "to forget"),
        (summary.update, "to update"),
        (summary.import, "to import"),
        (summary.create, "to create"),
        (summary.read, "to read during apply"),
        (summary.moved, "to move"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    parts.join(", ")
}

/// The counts of each owner, in the order of names; things without an owner last.
pub fn by_owner(plan: &Plan) -> Vec<(Option<Text>, PlanSummary)> {
    let mut owners: Vec<Option<Text>> = ordered(plan).iter().map(|change| change.owner.clone()).collect();
    owners.sort_by(|a, b| (a.is_none(), a).cmp(&(b.is_none(), b)));
    owners.dedup();
    let of = |owner: &Option<Text>| Plan {
        changes: plan.changes.iter().filter(|change| change.owner == *owner).cloned().collect(),
        ..Plan::default()
    };
    owners.into_iter().map(|owner| (owner.clone(), of(&owner).summary())).collect()
}

#[cfg(test)]
mod tests;

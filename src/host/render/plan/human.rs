//! A plan for people.

use super::{Line, Sign, action_words, by_owner, lines, ordered, reason_words, summary_words};
use crate::base::schema::Schema;
use crate::base::source::Sources;
use crate::base::value::{Value, ValueMap};
use crate::engine::plan::{Action, Change, Plan, Reason};
use crate::host::render::diagnostics::place_of;
use crate::host::render::text::{clean, count, paragraph};
use crate::host::render::values::marked;
use crate::host::render::{Role, Style};

/// How many attributes that only the provider can know are named.
const SHOWN: usize = 4;

/// The whole plan: drift, changes, outputs, summary.
pub fn plan(plan: &Plan, sources: &Sources, style: &Style) -> String {
    let mut out = String::new();
    drift(plan, style, &mut out);
    for change in ordered(plan) {
        // When everything goes, where it was declared is of no interest.
        one(change, sources, !plan.destroy, style, &mut out);
        out.push('\n');
    }
    outputs(plan, style, &mut out);
    for deferred in &plan.deferred {
        let place = place_of(deferred.span, sources, style);
        out.push_str(&format!(
            "{} {} is planned once this is applied: its keys are known only then ({place})\n\n",
            style.paint(Role::Warning, "later"),
            clean(&deferred.address.to_string()),
        ));
    }
    out.push_str(&summary(plan, style));
    out
}

/// The line or lines that sum it up, by owner where there is more than one.
pub fn summary(plan: &Plan, style: &Style) -> String {
    let words = summary_words(&plan.summary());
    if words.is_empty() {
        let text = match (plan.is_empty(), plan.only_defers()) {
            (true, _) => "No changes: everything is as configured.",
            (false, true) => "Nothing can be planned yet.",
            (false, false) => "Only outputs change.",
        };
        return format!("{}\n", style.paint(Role::Added, text));
    }
    let mut out = format!("{} {words}.\n", style.paint(Role::Strong, "Plan:"));
    let owners = by_owner(plan);
    if owners.iter().any(|(owner, _)| owner.is_some()) {
        for (owner, summary) in owners {
            let owner = owner.as_deref().unwrap_or("without an owner");
            out.push_str(&paragraph(&format!("  {}: ", clean(owner)), &summary_words(&summary), style.width));
        }
    }
    out
}

fn drift(plan: &Plan, style: &Style, out: &mut String) {
    if plan.drift.is_empty() {
        return;
    }
    let heading = format!("Changed outside since the last run ({}):", count(plan.drift.len(), "object"));
    out.push_str(&format!("{}\n\n", style.paint(Role::Warning, heading)));
    for drifted in &plan.drift {
        if drifted.actual.is_null() {
            let sign = style.paint(Role::Removed, "  -");
            out.push_str(&format!(
                "{sign} {} is gone\n",
                style.paint(Role::Strong, drifted.address.to_string())
            ));
        } else {
            out.push_str(&format!(
                "  {} {}\n",
                style.paint(Role::Changed, "~"),
                style.paint(Role::Strong, drifted.address.to_string())
            ));
            let mended = plan.changes.iter().find(|change| change.address == drifted.address);
            if mended.is_some_and(|change| matches!(change.action, Action::NoOp)) || mended.is_none() {
                draw(
                    &attributes(&drifted.schema, &drifted.recorded, &drifted.actual, &[], false),
                    style,
                    out,
                );
            } else {
                // The change below shows the values, the other way round.
                out.push_str(&remark(&differing(&drifted.recorded, &drifted.actual).join(", "), style));
            }
        }
    }
    out.push('\n');
}

/// The names of the attributes in which two objects differ.
fn differing(one: &Value, two: &Value) -> Vec<String> {
    let empty = ValueMap::new();
    let (old, new) = (one.as_map().unwrap_or(&empty), two.as_map().unwrap_or(&empty));
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).map(ToString::to_string).collect()
}

/// One change.
fn one(change: &Change, sources: &Sources, with_place: bool, style: &Style, out: &mut String) {
    let (sign, word) = action_words(change.action);
    let role = role(change.action);
    let address = style.paint(Role::Strong, change.address.to_string());
    out.push_str(&format!(
        "{} {} {address}\n",
        style.paint(role, format!("{sign:>3}")),
        style.paint(role, word)
    ));
    if let Some(from) = &change.moved_from {
        out.push_str(&remark(&format!("moved from {from}"), style));
    }
    if let Some(id) = &change.imported {
        out.push_str(&remark(&format!("taken in as it is: {id}"), style));
    }
    // What forces a replacement is said at the attribute as well; here it is found at a glance.
    for reason in change.reasons.iter().filter_map(reason_words) {
        out.push_str(&remark(&reason, style));
    }
    if matches!(change.action, Action::Delete | Action::Replace | Action::ReplaceCreateFirst)
        && let Some(span) = change.declared.filter(|_| with_place)
    {
        out.push_str(&remark(&format!("declared at {}", place_of(span, sources, style)), style));
    }
    if !matches!(change.action, Action::Delete | Action::Forget) {
        draw(&change_lines(change), style, out);
    }
}

fn remark(text: &str, style: &Style) -> String {
    let heading = style.paint(Role::Faint, "      # ").into_owned();
    paragraph(&heading, &clean(text), style.width)
}

fn role(action: Action) -> Role {
    match action {
        Action::Delete | Action::Replace | Action::ReplaceCreateFirst => Role::Removed,
        Action::Create | Action::Import => Role::Added,
        Action::Update | Action::Forget => Role::Changed,
        Action::Read | Action::NoOp => Role::Advice,
    }
}

/// The lines of a change's attributes.
pub(super) fn change_lines(change: &Change) -> Vec<Line> {
    let forcing: Vec<&str> = change
        .reasons
        .iter()
        .filter_map(
            |reason| if let Reason::ForcesReplacement(name) = reason { Some(name.as_str()) } else { None },
        )
        .collect();
    // A new object's computed attributes are all open, whatever those of the old one were.
    let anew = !matches!(change.action, Action::Update | Action::NoOp | Action::Import);
    attributes(&change.schema, &change.before, &change.after, &forcing, anew)
}

/// Attribute by attribute. What a new object merely leaves open or at its default is counted, not listed.
fn attributes(schema: &Schema, before: &Value, after: &Value, forcing: &[&str], anew: bool) -> Vec<Line> {
    let (before, after) = (marked(before, &schema.block), marked(after, &schema.block));
    let empty = ValueMap::new();
    let (old, new) = (before.as_map().unwrap_or(&empty), after.as_map().unwrap_or(&empty));
    let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    // What forces a replacement comes first.
    names.sort_by_key(|name| !forcing.contains(&name.as_str()));
    let mut out = Vec::new();
    let (mut open, mut usual) = (Vec::new(), 0);
    for name in names {
        let (one, two) = (old.get(name).unwrap_or(&Value::NULL), new.get(name).unwrap_or(&Value::NULL));
        let attribute = schema.block.attributes.get(name);
        let forces = forcing.contains(&name.as_str());
        let computed = attribute.is_some_and(|attribute| attribute.is_computed());
        if (anew || before.is_null()) && two.is_unknown() && computed && !forces {
            open.push(name.as_str());
            continue;
        }
        let empty = two.as_slice().is_some_and(<[Value]>::is_empty) && schema.block.blocks.contains_key(name);
        if before.is_null()
            && (empty || attribute.is_some_and(|attribute| attribute.default.as_ref() == Some(two)))
        {
            usual += usize::from(!empty);
            continue;
        }
        let mut lines = lines(name, one, two);
        if forces && let Some(first) = lines.first_mut() {
            first.note = Some("forces replacement".into());
        }
        out.extend(lines);
    }
    let mut aside = |text: String| out.push(Line { depth: 0, sign: Sign::Same, text, note: None });
    if !open.is_empty() {
        let shown = open.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let more = open.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        aside(format!("# known after apply: {shown}{more}"));
    }
    if usual > 0 {
        aside(format!("# {usual} at {} default", if usual == 1 { "its" } else { "their" }));
    }
    out
}

fn draw(lines: &[Line], style: &Style, out: &mut String) {
    for line in lines {
        let (sign, role) = match line.sign {
            Sign::Same => (" ", Role::Faint),
            Sign::Add => ("+", Role::Added),
            Sign::Remove => ("-", Role::Removed),
            Sign::Change => ("~", Role::Changed),
        };
        let indent = "  ".repeat(line.depth + 3);
        if let Some(remark) = line.text.strip_prefix("# ") {
            out.push_str(&paragraph(
                &format!("{indent}{}", style.paint(Role::Faint, "# ")),
                remark,
                style.width,
            ));
            continue;
        }
        let note =
            line.note.as_ref().map(|note| format!("  {}", style.paint(Role::Removed, format!("# {note}"))));
        let text = if line.sign == Sign::Same {
            style.paint(role, line.text.as_str())
        } else {
            line.text.as_str().into()
        };
        out.push_str(&format!("{indent}{} {text}{}\n", style.paint(role, sign), note.unwrap_or_default()));
    }
}

fn outputs(plan: &Plan, style: &Style, out: &mut String) {
    if plan.outputs.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", style.paint(Role::Strong, "Outputs:")));
    for (name, change) in &plan.outputs {
        let lines = lines(name, &change.before, &change.after);
        let mut text = String::new();
        draw(&lines, style, &mut text);
        // Outputs stand one step to the left of attributes.
        out.extend(text.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))));
    }
    out.push('\n');
}

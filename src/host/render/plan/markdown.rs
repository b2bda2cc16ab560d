//! A plan as Markdown that fits a pull request: collapsible, grouped by owner, capped in size, without secrets.

use super::{Sign, action_words, by_owner, human, ordered, reason_words, summary_words};
use crate::base::Text;
use crate::engine::plan::{Change, Plan};
use crate::host::render::text::clean;

/// Bytes of a comment that the common services accept, with room for what others put around it.
const LARGEST: usize = 60_000;

/// The document.
pub fn document(plan: &Plan) -> String {
    let words = summary_words(&plan.summary());
    let title = match (words.is_empty(), plan.is_empty()) {
        (true, true) => "No changes",
        (true, false) if plan.only_defers() => "Nothing can be planned yet",
        (true, false) => "Only outputs change",
        _ => words.as_str(),
    };
    let mut out = format!("### prov plan: {title}\n\n");
    if !plan.drift.is_empty() {
        let names: Vec<String> =
            plan.drift.iter().map(|drifted| format!("- `{}`\n", drifted.address)).collect();
        out.push_str(&format!("**Changed outside since the last run**\n\n{}\n", names.concat()));
    }
    if !plan.deferred.is_empty() {
        let names: Vec<String> =
            plan.deferred.iter().map(|later| format!("- `{}`\n", later.address)).collect();
        out.push_str(&format!("**Planned once this is applied**\n\n{}\n", names.concat()));
    }
    let mut left_out = 0;
    for (owner, summary) in by_owner(plan) {
        out.push_str(&format!("#### {}: {}\n\n", heading(&owner), summary_words(&summary)));
        for change in ordered(plan).into_iter().filter(|change| change.owner == owner) {
            let whole = details(change);
            // A plan that is too long still names everything for as long as that fits.
            let short = format!("- {}\n", title_of(change));
            if out.len() + whole.len() <= LARGEST {
                out.push_str(&whole);
            } else if out.len() + short.len() <= LARGEST + 4_000 {
                out.push_str(&short);
            } else {
                left_out += 1;
            }
        }
        out.push('\n');
    }
    if left_out > 0 {
        out.push_str(&format!("… and {left_out} more changes; `prov plan` shows all of them.\n\n"));
    }
    if !plan.outputs.is_empty() && out.len() < LARGEST {
        let lines =
            plan.outputs.iter().flat_map(|(name, change)| super::lines(name, &change.before, &change.after));
        out.push_str(&format!("<details><summary>Outputs</summary>\n\n{}\n</details>\n", block(lines)));
    }
    out
}

fn heading(owner: &Option<Text>) -> String {
    owner.as_deref().map_or_else(|| "Without an owner".into(), |owner| escape(&clean(owner)))
}

fn title_of(change: &Change) -> String {
    let reasons: Vec<String> = change.reasons.iter().filter_map(reason_words).collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(" ({})", escape(&reasons.join("; "))) };
    format!(
        "<b>{}</b> <code>{}</code>{reasons}",
        action_words(change.action).1,
        escape(&change.address.to_string())
    )
}

fn details(change: &Change) -> String {
    let lines = human::change_lines(change);
    if lines.is_empty() {
        return format!("- {}\n", title_of(change));
    }
    format!("<details><summary>{}</summary>\n\n{}\n</details>\n", title_of(change), block(lines))
}

/// A fenced block that services colour by the first character of each line.
fn block(lines: impl IntoIterator<Item = super::Line>) -> String {
    let mut body = String::new();
    for line in lines {
        let sign = match line.sign {
            Sign::Same => ' ',
            Sign::Add => '+',
            Sign::Remove => '-',
            Sign::Change => '!',
        };
        let note = line.note.map(|note| format!("  # {note}")).unwrap_or_default();
        body.push_str(&format!("{sign} {}{}{note}\n", "  ".repeat(line.depth), line.text));
    }
    // Text in the plan must not end the block early.
    let longest = body.split(|ch| ch != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{body}{fence}\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

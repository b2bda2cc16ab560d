//! A plan as one JSON document. Its shape is versioned: fields may be added, never changed.

use serde_json::{Map, Value as Json, json};

use super::{action_words, ordered};
use crate::base::address::{InstanceKey, Mode};
use crate::base::source::Sources;
use crate::base::value::Value;
use crate::engine::plan::{Action, Change, Plan, PlanSummary, Reason};
use crate::host::render::Style;
use crate::host::render::diagnostics::place_of;
use crate::host::render::values::{Secrets, json as value_json, marked, paths};

/// The version of the document's shape.
pub const VERSION: u32 = 1;

/// The document. Secrets are null and listed by path; so is what is known only after apply.
pub fn document(plan: &Plan, sources: &Sources, style: &Style) -> Json {
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .map(|(name, change)| {
            let both = json!({
                "before": value_json(&change.before, Secrets::Hide),
                "after": value_json(&change.after, Secrets::Hide),
                "unknown": paths(&change.after, &Value::is_unknown),
                "sensitive": change.before.has_secret() || change.after.has_secret(),
            });
            (name.to_string(), both)
        })
        .collect();
    let drift = plan.drift.iter().map(|drifted| {
        let recorded = marked(&drifted.recorded, &drifted.schema.block);
        let actual = marked(&drifted.actual, &drifted.schema.block);
        json!({
            "address": drifted.address.to_string(),
            "recorded": value_json(&recorded, Secrets::Hide),
            "actual": value_json(&actual, Secrets::Hide),
        })
    });
    let deferred = plan.deferred.iter().map(
        |deferred| json!({ "address": deferred.address.to_string(), "place": place_of(deferred.span, sources, style) }),
    );
    json!({
        "version": VERSION,
        "lineage": plan.lineage.as_str(),
        "serial": plan.serial,
        "destroy": plan.destroy,
        "summary": summary(&plan.summary()),
        "changes": ordered(plan).into_iter().map(|c| change(c, sources, style)).collect::<Vec<_>>(),
        "drift": drift.collect::<Vec<_>>(),
        "outputs": outputs,
        "deferred": deferred.collect::<Vec<_>>(),
    })
}

/// The counts.
pub fn summary(summary: &PlanSummary) -> Json {
    json!({
        "create": summary.create,
        "update": summary.update,
        "replace": summary.replace,
        "delete": summary.delete,
        "import": summary.import,
        "forget": summary.forget,
        "read": summary.read,
        "move": summary.moved,
    })
}

fn change(change: &Change, sources: &Sources, style: &Style) -> Json {
    let (before, after) =
        (marked(&change.before, &change.schema.block), marked(&change.after, &change.schema.block));
    let resource = &change.address.resource;
    let mut sensitive = paths(&before, &|value| value.secret);
    sensitive.extend(paths(&after, &|value| value.secret));
    sensitive.sort();
    sensitive.dedup();
    json!({
        "address": change.address.to_string(),
        "module": resource.module.to_string(),
        "mode": if resource.mode == Mode::Data { "data" } else { "managed" },
        "kind": resource.kind.as_str(),
        "name": resource.name.as_str(),
        "key": change.address.key.as_ref().map(|key| match key {
            InstanceKey::Index(index) => Json::from(*index),
            InstanceKey::Name(name) => Json::from(name.as_str()),
        }),
        "provider": change.provider.to_string(),
        "owner": change.owner.as_deref(),
        "declared": change.declared.map(|span| place_of(span, sources, style)),
        "action": action_word(change.action),
        "reasons": change.reasons.iter().map(reason).collect::<Vec<_>>(),
        "moved_from": change.moved_from.as_ref().map(ToString::to_string),
        "imported": change.imported.as_deref(),
        "deposed": change.deposed.as_deref(),
        "before": value_json(&before, Secrets::Hide),
        "after": value_json(&after, Secrets::Hide),
        "unknown": paths(&after, &Value::is_unknown),
        "sensitive": sensitive,
    })
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::ReplaceCreateFirst => "replace-create-first",
        Action::Delete => "delete",
        action => action_words(action).1,
    }
}

fn reason(reason: &Reason) -> Json {
    match reason {
        Reason::New => json!({ "reason": "new" }),
        Reason::NotConfigured => json!({ "reason": "not-configured" }),
        Reason::KeyGone => json!({ "reason": "key-gone" }),
        Reason::ForcesReplacement(name) => {
            json!({ "reason": "forces-replacement", "attribute": name.as_str() })
        }
        Reason::Tainted => json!({ "reason": "tainted" }),
        Reason::Requested => json!({ "reason": "requested" }),
        Reason::Triggered(by) => json!({ "reason": "triggered", "by": by.to_string() }),
        Reason::GoneOutside => json!({ "reason": "gone-outside" }),
        Reason::ChangedOutside(names) => {
            json!({ "reason": "changed-outside", "attributes": names.iter().map(|n| n.as_str()).collect::<Vec<_>>() })
        }
        Reason::ReadLater => json!({ "reason": "read-later" }),
        Reason::Destroying => json!({ "reason": "destroying" }),
        Reason::Deposed => json!({ "reason": "deposed" }),
    }
}

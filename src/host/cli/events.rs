//! What happens during a run, as a stream of JSON objects, one per line.
//!
//! Every object has `v` (the version of the stream, 1), `seq` (from 0, without gaps), `time` (RFC 3339, UTC) and `type`;
//! readers ignore types and fields they don't know.
//!
//! An apply goes in stages where which instances there are is known only after apply. Each stage is a `plan`, whose
//! `deferred` names what is left to later ones, then `apply_started`, its steps, and `stage_finished` with the number of
//! the `stage` and what was `done` in it. The last event is one `finished`: how many `stages` were applied, what was `done` in
//! all of them, and in `deferred` what is still left, which without an error happens only where a saved plan is applied.

use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::terminal::Stream;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::engine::events::{Event, Events, Found};
use crate::host::render::Style;
use crate::host::render::diagnostics::json::Entry;
use crate::host::render::plan::json::summary;

/// The version of the stream.
pub const VERSION: u32 = 1;

/// Writes the stream to standard output.
#[derive(Debug, Default)]
pub struct EventStream {
    next: Mutex<u64>,
}

impl EventStream {
    /// One event.
    pub fn emit(&self, kind: &str, mut fields: Json) {
        // Numbered and written under one lock, so that lines are in the order of their numbers.
        let mut next = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut event = json!({ "v": VERSION, "seq": *next, "time": now(), "type": kind });
        if let (Some(event), Some(fields)) = (event.as_object_mut(), fields.as_object_mut()) {
            event.append(fields);
        }
        *next += 1;
        Stream::Out.write(&format!("{event}\n"));
    }

    /// Diagnostics, one event each.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources, style: &Style) {
        for diagnostic in diagnostics {
            self.emit("diagnostic", json!({ "diagnostic": Entry::new(diagnostic, sources, style) }));
        }
    }
}

/// The time, RFC 3339 in UTC, to the millisecond.
pub fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

impl Events for EventStream {
    fn on_event(&self, event: Event) {
        let (kind, fields) = match event {
            Event::RefreshStarted { instances } => ("refresh_started", json!({ "instances": instances })),
            Event::Refreshed { address, found } => {
                let found = match found {
                    Found::Unchanged => "unchanged",
                    Found::Drifted => "drifted",
                    Found::Gone => "gone",
                    Found::Failed => "failed",
                };
                ("refreshed", json!({ "address": address.to_string(), "found": found }))
            }
            Event::DataRead { address, finished } => (
                if finished { "data_read" } else { "data_read_started" },
                json!({ "address": address.to_string() }),
            ),
            Event::Recovered { address, happened } => {
                ("recovered", json!({ "address": address.to_string(), "happened": happened }))
            }
            Event::Planned { summary: counts } => ("planned", json!({ "summary": summary(&counts) })),
            Event::ApplyStarted { steps } => ("apply_started", json!({ "steps": steps })),
            Event::StepStarted { address, action } => {
                ("step_started", json!({ "address": address.to_string(), "action": action.verb() }))
            }
            Event::StepFinished { address, action } => {
                ("step_finished", json!({ "address": address.to_string(), "action": action.verb() }))
            }
            Event::StepFailed { address, action, message } => (
                "step_failed",
                json!({ "address": address.to_string(), "action": action.verb(), "message": message }),
            ),
            Event::StepSkipped { address, action } => {
                ("step_skipped", json!({ "address": address.to_string(), "action": action.verb() }))
            }
            Event::Cancelling { running } => ("cancelling", json!({ "running": running })),
        };
        self.emit(kind, fields);
    }
}

//! How an apply goes, over all of its stages, and what is said of it.

use serde_json::{Value as Json, json};

use crate::engine::apply::{Applied, Counts};
use crate::host::cli::live::Shown;
use crate::host::cli::session::Project;
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::text::{clean, count};
use crate::host::render::values::{Secrets, json as value_json};
use crate::host::render::{Role, Style, state};

/// An apply as far as it has come.
pub(super) struct Course<'a> {
    operation: &'a str,
    /// How many stages were applied.
    pub(super) stages: usize,
    /// What became of the last of them; what was done counts for all.
    pub(super) applied: Applied,
    /// What is deferred to later stages.
    pub(super) left: Vec<String>,
}

impl<'a> Course<'a> {
    pub(super) fn new(operation: &'a str) -> Self {
        Self { operation, stages: 0, applied: Applied::default(), left: Vec::new() }
    }

    /// Another stage was applied.
    pub(super) fn add(&mut self, applied: Applied, shown: &Shown) {
        self.stages += 1;
        if let Some(stream) = shown.stream() {
            let fields = json!({
                "stage": self.stages,
                "complete": applied.complete,
                "cancelled": applied.cancelled,
                "failed": applied.failed,
                "skipped": applied.skipped,
                "done": counts(&applied.done),
                "serial": applied.serial,
                "deferred": self.left,
            });
            stream.emit("stage_finished", fields);
        }
        let done = self.applied.done.plus(applied.done);
        self.applied = Applied { done, ..applied };
    }

    /// Says that what is left is planned now.
    pub(super) fn between(&self, project: &Project, shown: &Shown) {
        if !self.left.is_empty() && shown.stream().is_none() {
            let stage = format!("Stage {} applied", self.stages);
            let stage = project.style(Stream::Out).paint(Role::Added, stage).into_owned();
            let done = self.done().map_or_else(String::new, |done| format!(": {done} so far"));
            Stream::Out.write(&format!("\n{stage}{done}. Now what was deferred is planned.\n"));
        }
    }

    /// Nothing comes after what was applied so far, if anything was.
    pub(super) fn broken_off(&mut self, project: &Project, status: ExitStatus, shown: &Shown) {
        if self.stages > 0 {
            self.applied.complete = false;
            self.applied.cancelled = status == ExitStatus::Interrupted;
            self.finished(project, shown);
        }
    }

    /// The summary: what was done and what was not, then the outputs.
    pub(super) fn finished(&self, project: &Project, shown: &Shown) {
        let Applied { outputs, .. } = &self.applied;
        if let Some(stream) = shown.stream() {
            return stream.emit("finished", self.document());
        }
        let style = project.style(Stream::Out);
        let mut out = String::new();
        if self.stages > 0 {
            out.push_str(&self.summary(&style));
        }
        if self.operation != "destroy" && !outputs.is_empty() {
            out.push('\n');
            out.push_str(&state::outputs(outputs, &style));
        }
        Stream::Out.write(&out);
    }

    fn document(&self) -> Json {
        let Applied { complete, cancelled, failed, skipped, done, outputs, serial, .. } = &self.applied;
        let value =
            |value| json!({ "value": value_json(value, Secrets::Hide), "sensitive": value.has_secret() });
        let values: serde_json::Map<_, _> =
            outputs.iter().map(|(name, of)| (name.to_string(), value(of))).collect();
        json!({
            "operation": self.operation,
            "complete": complete,
            "cancelled": cancelled,
            "failed": failed,
            "skipped": skipped,
            "stages": self.stages,
            "done": counts(done),
            "deferred": self.left,
            "serial": serial,
            "outputs": values,
        })
    }

    fn done(&self) -> Option<String> {
        let Counts { created, updated, replaced, deleted, imported, forgotten, moved, .. } =
            self.applied.done;
        let parts = [
            (deleted, "destroyed"),
            (replaced, "replaced"),
            (updated, "updated"),
            (created, "created"),
            (imported, "imported"),
            (forgotten, "forgotten"),
            (moved, "moved"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn summary(&self, style: &Style) -> String {
        let (applied, operation, done) = (&self.applied, self.operation, self.done());
        let left = clean(&self.left.join(", ")).into_owned();
        if applied.complete {
            let done = done.unwrap_or_else(|| "nothing to do".to_owned());
            let word = style.paint(Role::Added, if operation == "destroy" { "Done:" } else { "Applied:" });
            let stages = if self.stages > 1 { format!(", in {} stages", self.stages) } else { String::new() };
            let mut out = format!("\n{word} {done}{stages}.\n");
            if !left.is_empty() {
                let deferred = style.paint(Role::Warning, "Deferred:");
                out.push_str(&format!(
                    "{deferred} {left}; `prov {operation}` plans it and goes on from here.\n"
                ));
            }
            return out;
        }
        let mut missing = Vec::new();
        if applied.failed > 0 {
            missing.push(format!("{} failed", count(applied.failed, "change")));
        }
        if applied.skipped > 0 {
            missing.push(format!("{} not begun", count(applied.skipped, "change")));
        }
        if !left.is_empty() {
            missing.push(format!("{left} still deferred"));
        }
        let missing =
            if missing.is_empty() { "not everything was done".to_owned() } else { missing.join(", ") };
        let done = done.map_or_else(String::new, |done| format!("; {done}"));
        format!(
            "\n{} {missing}{done}. What was done is in the state; `prov {operation}` goes on from here.\n",
            style.paint(Role::Error, "Not complete:"),
        )
    }
}

fn counts(done: &Counts) -> Json {
    json!({ "create": done.created, "update": done.updated, "replace": done.replaced, "delete": done.deleted,
        "import": done.imported, "forget": done.forgotten, "move": done.moved, "read": done.read })
}

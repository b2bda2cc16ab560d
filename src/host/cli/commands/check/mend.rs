//! `--fix` and `--diff`: the safe fixes, made round after round until there are none left.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Engine;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::files;
use crate::host::cli::session::{Ended, Project};
use crate::host::cli::terminal::Stream;
use crate::host::render::diagnostics::apply_safe;
use crate::host::render::text::count;
use crate::lang::load::STDLIB_PREFIX;

/// After so many rounds fixes undo each other.
const MOST_ROUNDS: usize = 20;

/// A file before and after the fixes.
struct Change {
    before: Arc<str>,
    after: String,
}

/// The project's own files that the safe fixes change, by path. A fix may make room for another one, and of two that
/// touch the same text one has to wait: so they are made in rounds.
fn changes(engine: &Engine, within: &str) -> BTreeMap<String, Change> {
    let mut workspace = engine.workspace(within);
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for _ in 0..MOST_ROUNDS {
        let report = workspace.check();
        let mut edits = Vec::new();
        for (file, text) in apply_safe(&report.diagnostics, &report.sources) {
            let source = report.sources.get(file);
            // The standard library is not ours to mend.
            if !source.path.starts_with(STDLIB_PREFIX) && *source.text != *text {
                edits.push((source.path.to_string(), source.text.clone(), text));
            }
        }
        if edits.is_empty() {
            break;
        }
        for (path, before, after) in edits {
            workspace.edit(&path, after.as_str());
            let change = changes.entry(path).or_insert_with(|| Change { before, after: String::new() });
            change.after = after;
        }
    }
    changes
}

/// Shows what the safe fixes would change.
pub(super) fn diff(project: &Project, engine: &Engine) {
    let style = project.style(Stream::Out);
    for (path, change) in changes(engine, &project.within) {
        Stream::Out.write(&files::diff(&style.paths.show(&path), &change.before, &change.after, &style));
    }
}

/// Makes the safe fixes in the project's own files.
pub(super) fn mend(project: &Project, engine: &Engine) -> Ended<()> {
    let changes = changes(engine, &project.within);
    for (path, change) in &changes {
        if let Err(error) = files::replace(&project.files.root().join(path), &change.after) {
            let message = format!("{} can't be written: {error}", project.paths.show(path));
            let told = Diagnostic::without_place(codes::FILE_UNREADABLE, message);
            return project.session.fail(told.help("`--diff` shows what would change"));
        }
    }
    if !changes.is_empty() {
        Stream::Err.write(&format!("Mended {}.\n", count(changes.len(), "file")));
    }
    Ok(())
}

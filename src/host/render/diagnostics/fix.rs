//! Fixes drawn as the lines they change, before and after.

use similar::{ChangeTag, TextDiff};

use crate::base::diagnostic::{Diagnostic, Edit, Fix, FixLevel};
use crate::base::source::{FileId, SourceFile, Sources};
use crate::host::render::text::{clean, paragraph, truncate};
use crate::host::render::{Role, Style};

/// Lines shown of one fix; the rest is counted.
const MOST: usize = 12;
/// Bytes of the lines that are drawn: in longer ones nobody sees what changes.
const LONGEST: u32 = 16 << 10;

/// The title and the lines that change.
pub(super) fn draw(fix: &Fix, home: Option<FileId>, sources: &Sources, style: &Style, out: &mut String) {
    let heading = match fix.level {
        FixLevel::Safe => "    fix: ",
        FixLevel::Review => "  maybe: ",
    };
    let heading = style.paint(Role::Advice, heading);
    out.push_str(&paragraph(&heading, &clean(&fix.title), style.width));
    let mut files: Vec<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
    files.sort_unstable();
    files.dedup();
    for id in files {
        let file = sources.get(id);
        if home != Some(id) {
            out.push_str(&format!("        in {}\n", style.paths.show(&file.path)));
        }
        let edits: Vec<&Edit> = fix.edits.iter().filter(|edit| edit.span.file == id).collect();
        draw_file(file, edits, style, out);
    }
}

fn draw_file(file: &SourceFile, mut edits: Vec<&Edit>, style: &Style, out: &mut String) {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let Some((first, old, new)) = affected(file, &edits) else { return };
    let diff = TextDiff::from_lines(&old, &new);
    let changes: Vec<_> = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).collect();
    let number = |index: Option<usize>| index.map(|at| first as usize + at + 1);
    let digits = changes
        .iter()
        .filter_map(|change| number(change.old_index()).max(number(change.new_index())))
        .max()
        .map_or(1, |n| n.to_string().len());
    for change in changes.iter().take(MOST) {
        let (sign, role, at) = match change.tag() {
            ChangeTag::Delete => ('-', Role::Removed, number(change.old_index())),
            _ => ('+', Role::Added, number(change.new_index())),
        };
        let text = change.value().trim_end_matches(['\n', '\r']);
        let text = clean(text);
        let line = truncate(&text, style.width.saturating_sub(digits + 13), style.ellipsis());
        let at = at.map(|n| n.to_string()).unwrap_or_default();
        let painted = style.paint(role, format!("{sign} {line}"));
        out.push_str(&format!("        {at:>digits$} {} {painted}\n", style.bar()));
    }
    if changes.len() > MOST {
        out.push_str(&format!("        {} {} more lines\n", style.ellipsis(), changes.len() - MOST));
    }
}

/// The first line the edits touch, and the touched lines before and after; `None` if there is too much of them, or if the
/// edits do not fit the file.
fn affected(file: &SourceFile, edits: &[&Edit]) -> Option<(u32, String, String)> {
    let index = file.lines();
    let text = &*file.text;
    let first = index.line(edits.first()?.span.start);
    let last = index.line(edits.iter().map(|edit| edit.span.end).max()?);
    let from = index.start(first, text);
    let to = index.start(last + 1, text);
    if to - from > LONGEST {
        return None;
    }
    let old = text.get(from as usize..to as usize)?.to_owned();
    let new = apply(text, edits.iter().copied(), from, to)?;
    Some((first, old, new))
}

/// `text[from..to]` with edits made; `None` if they overlap or lie outside.
fn apply<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>, from: u32, to: u32) -> Option<String> {
    let mut out = String::new();
    let mut at = from;
    for edit in edits {
        if edit.span.end > to {
            return None;
        }
        out.push_str(text.get(at as usize..edit.span.start as usize)?);
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(text.get(at as usize..to as usize)?);
    Some(out)
}

/// The files as the safe fixes leave them. Of fixes that touch the same text the first is made; the others are for the
/// next time.
pub fn apply_safe(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<(FileId, String)> {
    let mut accepted: Vec<&Edit> = Vec::new();
    for fix in diagnostics.iter().flat_map(|diagnostic| &diagnostic.fixes) {
        let clashes = |edit: &Edit| accepted.iter().any(|other| touches(edit, other));
        if fix.level == FixLevel::Safe && !fix.edits.iter().any(clashes) {
            accepted.extend(&fix.edits);
        }
    }
    accepted.sort_by_key(|edit| (edit.span.file, edit.span.start, edit.span.end));
    let mut files: Vec<FileId> = accepted.iter().map(|edit| edit.span.file).collect();
    files.dedup();
    let patched = |id: FileId| {
        let text = &*sources.get(id).text;
        let edits = accepted.iter().copied().filter(|edit| edit.span.file == id);
        Some((id, apply(text, edits, 0, text.len() as u32)?))
    };
    files.into_iter().filter_map(patched).collect()
}

/// Whether two edits can't both be made. Insertions at one place would come out in an order nobody chose.
fn touches(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (a.span, b.span);
    a.file == b.file
        && (a.start < b.end && b.start < a.end || a.start == b.start || a.start == a.end && a.start == b.end)
}

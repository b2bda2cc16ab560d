//! What holds for every text. The fuzz targets look for one that breaks it; `tests/suite/fuzz.rs` replays what they
//! found worth keeping.

mod cover;
mod evaluate;
mod outline;

use std::sync::Arc;

use prov::base::diagnostic::Diagnostic;
use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax::tree::Tree;

pub use evaluate::evaluate;

fn read(text: &str) -> (Tree, bool) {
    let checked = prov::lang::syntax::parse(FileId(0), &Arc::from(text), &Limits::default());
    (checked.value, checked.diagnostics.is_empty())
}

fn laid_out(text: &str) -> Option<String> {
    prov::lang::syntax::format(FileId(0), &Arc::from(text), &Limits::default()).ok()
}

/// Parsing never panics, and its nodes cover the text.
pub fn parse(text: &str) {
    let checked = prov::lang::syntax::parse(FileId(0), &Arc::from(text), &Limits::default());
    let place = |diagnostic: &Diagnostic| {
        diagnostic.primary.as_ref().expect("a syntax error has a place").span.range()
    };
    for report in checked.diagnostics.iter().map(place) {
        assert!(text.get(report.start as usize..report.end as usize).is_some(), "a report at {report:?}");
    }
    cover::covered(&checked.value, checked.diagnostics.is_empty());
    prov::lang::syntax::parse_expression(FileId(0), &Arc::from(text), &Limits::default());
}

/// What is formatted is formatted: once more changes nothing.
pub fn format_twice(text: &str) {
    let Some(once) = laid_out(text) else { return };
    let twice = laid_out(&once).unwrap_or_else(|| panic!("refused after formatting:\n{once}"));
    assert_eq!(once, twice);
}

/// Formatting keeps what is written: the tree, and every comment.
pub fn format_keeps(text: &str) {
    let Some(once) = laid_out(text) else { return };
    let (before, _) = read(text);
    let (after, sound) = read(&once);
    assert!(sound, "broken by formatting:\n{once}");
    assert_eq!(outline::comments(&before), outline::comments(&after));
    assert_eq!(outline::outline(&before), outline::outline(&after));
}

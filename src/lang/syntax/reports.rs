//! What is said of a text: so much that nobody reads on, and no more.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{FileId, TextRange};

/// As many mistakes of one file are shown.
pub(super) const MOST: usize = 10_000;

/// Reports on one text. Beyond [`MOST`] they are only counted.
#[derive(Debug, Default)]
pub(super) struct Reports {
    shown: Vec<Diagnostic>,
    /// The first that is not shown, and how many more there are; then the last one, which nobody will see.
    first: Option<Box<Diagnostic>>,
    more: u64,
    last: Option<Box<Diagnostic>>,
}

impl Reports {
    /// Whether what comes now is only counted.
    pub(super) fn are_full(&self) -> bool {
        self.shown.len() >= MOST
    }

    pub(super) fn push(&mut self, report: Diagnostic) -> &mut Diagnostic {
        if !self.are_full() {
            self.shown.push(report);
            return self.shown.last_mut().expect("pushed just now");
        }
        self.more += 1;
        let slot = if self.first.is_none() { &mut self.first } else { &mut self.last };
        slot.insert(Box::new(report))
    }

    pub(super) fn append(&mut self, other: Self) {
        for report in other.shown.into_iter().chain(other.first.map(|first| *first)) {
            self.push(report);
        }
        self.more += other.more.saturating_sub(1);
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.shown.iter_mut().chain(self.first.as_deref_mut())
    }

    /// Makes sure that something is said of a text that was not understood.
    pub(super) fn not_nothing(&mut self, file: FileId) {
        if self.shown.is_empty() {
            let span = TextRange::new(0, 0).in_file(file);
            self.push(Diagnostic::new(codes::SYNTAX, span, "this file can't be read as a configuration"));
        }
    }

    /// All that are shown, and a last one that says how many are not.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.shown;
        if let Some(first) = self.first {
            let message =
                format!("this file has more than {MOST} mistakes; from here on they are only counted");
            let mut last = Diagnostic::without_place(codes::SYNTAX, message);
            last.primary = first.primary;
            if let Some(primary) = &mut last.primary {
                primary.text = String::new();
            }
            let many = if self.more == 1 {
                "one more mistake was".into()
            } else {
                format!("at least {} more were", self.more)
            };
            all.push(last.note(format!("{many} found")).help("is this a configuration at all?"));
        }
        all
    }
}

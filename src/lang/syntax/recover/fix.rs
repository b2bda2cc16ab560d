//! A repair: what is said about a problem, and the smallest change after which reading can go on.

use super::{Mended, mended};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::source::{FileId, TextRange};

/// Places and what stands there instead.
type Replacements = Vec<(TextRange, String)>;

/// What is said about a problem and what is done about it. Places are those of the mended text.
pub(super) struct Repair {
    /// The offending place.
    place: TextRange,
    message: String,
    help: Option<String>,
    label: Option<(TextRange, String)>,
    /// A change a person could make, if it is clear.
    fix: Option<(FixLevel, String, Replacements)>,
    /// What is changed to read on.
    edits: Replacements,
}

impl Repair {
    pub(super) fn new(place: TextRange, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: None, label: None, fix: None, edits: Vec::new() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn label(mut self, place: TextRange, text: impl Into<String>) -> Self {
        self.label = Some((place, text.into()));
        self
    }

    pub(super) fn edit(mut self, range: TextRange, with: impl Into<String>) -> Self {
        self.edits.push((range, with.into()));
        self
    }

    pub(super) fn insert(self, at: u32, text: impl Into<String>) -> Self {
        self.edit(TextRange::new(at, at), text)
    }

    /// The edits so far are also what a person should do.
    pub(super) fn suggested(mut self, level: FixLevel, title: impl Into<String>) -> Self {
        self.fix = Some((level, title.into(), self.edits.clone()));
        self
    }

    /// To read on, something else is changed than what a person should do.
    pub(super) fn read_as(mut self, range: TextRange, with: impl Into<String>) -> Self {
        self.edits = vec![(range, with.into())];
        self
    }

    pub(super) fn report(&self, item: &Mended, file: FileId) -> Diagnostic {
        let mut report = Diagnostic::new(codes::SYNTAX, item.span(file, self.place), self.message.clone());
        report.help.clone_from(&self.help);
        if let Some((place, text)) = &self.label {
            report = report.label(item.span(file, *place), text.clone());
        }
        if let Some((level, title, edits)) = &self.fix {
            let edits = edits
                .iter()
                .map(|(range, text)| Edit { span: item.span(file, *range), text: text.clone() })
                .collect();
            report = report.fix(*level, title.clone(), edits);
        }
        report
    }

    pub(super) fn apply(self, item: Mended) -> Mended {
        item.edited(self.edits.into_iter().map(|(range, with)| mended::Edit { range, with }).collect())
    }

    /// The edits blank something out; a person removes it.
    pub(super) fn suggested_removal(mut self, title: &str) -> Self {
        let edits = self.edits.iter().map(|(range, _)| (*range, String::new())).collect();
        self.fix = Some((FixLevel::Safe, title.to_owned(), edits));
        self
    }
}

/// An edit that takes something away.
pub(super) fn removal(range: TextRange, file: FileId) -> Edit {
    Edit { span: range.in_file(file), text: String::new() }
}

//! What people are told: one type for text, JSON, SARIF and editors alike.

use super::codes::Code;
use super::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing that builds on this can go on.
    Error,
    /// Works, and is likely not what was meant.
    Warning,
    /// Good to know.
    Advice,
}

/// A place and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words; may be empty for the primary place.
    pub text: String,
}

/// How sure a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixLevel {
    /// Keeps or restores the evident meaning; `prov check --fix` applies it.
    Safe,
    /// Plausible; a person should look.
    Review,
}

/// One replacement of text. Edits of one fix do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change of the sources that would make a diagnostic go away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: `change it to "region"`.
    pub title: String,
    /// How sure it is.
    pub level: FixLevel,
    /// The replacements.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Both at once: as sure as the less sure one.
    pub fn with(mut self, other: Self) -> Self {
        if other.title != self.title {
            self.title = format!("{} and {}", self.title, other.title);
        }
        if other.level == FixLevel::Review {
            self.level = FixLevel::Review;
        }
        self.edits.extend(other.edits);
        self
    }
}

/// One complaint, built where the fault is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of this kind of complaint.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, without a full stop, in the user's words.
    pub message: String,
    /// The smallest offending place; `None` only where no source is to blame (a lock, a network).
    pub primary: Option<Label>,
    /// Further places: the definition or constraint that is violated, other uses.
    pub labels: Vec<Label>,
    /// Where a wrong value came from, step by step, nearest first.
    pub trace: Vec<Label>,
    /// The logical path: `module.core_db.var.replicas[1].zone`.
    pub path: Option<String>,
    /// Expected and found, where two types or values disagree.
    pub mismatch: Option<Mismatch>,
    /// Facts that help to understand.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that mend it.
    pub fixes: Vec<Fix>,
}

/// Two things that should agree, as users would write them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mismatch {
    /// What fits here.
    pub expected: String,
    /// What is here.
    pub found: String,
}

impl Diagnostic {
    /// A complaint with the code's default severity at a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { primary: Some(Label { span, text: String::new() }), ..Self::without_place(code, message) }
    }

    /// All places in it, those of edits too.
    pub fn spans_mut(&mut self) -> impl Iterator<Item = &mut Span> {
        let labels = self.primary.iter_mut().chain(&mut self.labels).chain(&mut self.trace);
        let edits = self.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
        labels.map(|label| &mut label.span).chain(edits.map(|edit| &mut edit.span))
    }

    /// A complaint about something no source is to blame for.
    pub fn without_place(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: without_number(message.into()),
            primary: None,
            labels: Vec::new(),
            trace: Vec::new(),
            path: None,
            mismatch: None,
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Words at the primary place.
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// A further place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// A step the wrong value took on its way here.
    pub fn step(mut self, span: Span, text: impl Into<String>) -> Self {
        self.trace.push(Label { span, text: text.into() });
        self
    }

    /// The logical path of what is wrong.
    pub fn at_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What was expected and what was found.
    pub fn mismatch(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.mismatch = Some(Mismatch { expected: expected.into(), found: found.into() });
        self
    }

    /// A fact that helps to understand.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// What to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// An edit that mends it.
    pub fn fix(mut self, level: FixLevel, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fixes.push(Fix { title: title.into(), level, edits });
        self
    }

    /// An edit of one place that mends it.
    pub fn replace(
        self,
        level: FixLevel,
        title: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        self.fix(level, title, vec![Edit { span, text: text.into() }])
    }

    /// Whether nothing that builds on this can go on.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A result and the complaints that arose on the way to it.
#[derive(Debug, Clone)]
pub struct Checked<T> {
    /// The result; usable even when there are errors, with error nodes where something is missing.
    pub value: T,
    /// The complaints, in the order they were found.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Checked<T> {
    /// A result nobody complains about.
    pub fn clean(value: T) -> Self {
        Self { value, diagnostics: Vec::new() }
    }

    /// The same complaints about something made of the result.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Checked<U> {
        Checked { value: make(self.value), diagnostics: self.diagnostics }
    }

    /// Whether any complaint is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The value if nothing is an error, else all complaints.
    pub fn into_result(self) -> Result<T, Vec<Diagnostic>> {
        if self.has_errors() { Err(self.diagnostics) } else { Ok(self.value) }
    }
}

/// Puts diagnostics into the one order every output uses: by file, place, code, message; drops exact duplicates.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let place = |d: &Diagnostic| d.primary.as_ref().map(|label| label.span);
        (place(a), a.code.name(), &a.message).cmp(&(place(b), b.code.name(), &b.message))
    });
    diagnostics.dedup();
}

/// A message without the number a system gives its errors: `Connection refused (os error 111)`.
fn without_number(mut message: String) -> String {
    const BEGIN: &str = " (os error ";
    while let Some(start) = message.find(BEGIN) {
        let rest = &message[start + BEGIN.len()..];
        let Some(length) = rest.find(')').filter(|end| rest[..*end].parse::<i32>().is_ok()) else { break };
        message.replace_range(start..=start + BEGIN.len() + length, "");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_system_errors_are_left_out() {
        let told = |message: &str| without_number(message.to_owned());
        assert_eq!(told("refused (os error 111), twice (os error 2)"), "refused, twice");
        assert_eq!(told("what (os error is that)"), "what (os error is that)");
    }
}

//! What is to be said of some sources, together with them; also as an error that programs can pass on.

use std::fmt;
use std::ops::Deref;

use super::diagnostic::{Diagnostic, Severity};
use super::lines::Columns;
use super::source::Sources;

/// What is to be said of some sources, together with them: all diagnostics, warnings included. As an error, it is why
/// something could not be done.
///
/// Shows one line for each error, `path:line:column: error[code]: message`; line and column count from 1, columns in
/// characters. The module `host::render::diagnostics` draws them with
/// their source lines, as JSON or as SARIF.
///
/// ```
/// let report = prov::evaluate::<()>("output \"a\" { value = 1 + }").unwrap_err();
/// assert_eq!(report[0].code.name(), "syntax-error");
/// assert!(report.to_string().starts_with("main.prov:1:"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// All complaints, in the order every output uses.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts they point into.
    pub sources: Sources,
}

impl Report {
    /// These diagnostics, which point into these sources.
    pub fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        Self { diagnostics, sources }
    }
}

impl Deref for Report {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        for (at, diagnostic) in errors.enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            if let Some(primary) = &diagnostic.primary {
                let file = self.sources.get(primary.span.file);
                let place = file.lines().position(primary.span.start, &file.text, Columns::Chars);
                write!(f, "{}:{}:{}: ", file.path, place.line + 1, place.column + 1)?;
            }
            let message = diagnostic.message.replace('\n', " ");
            write!(f, "error[{}]: {message}", diagnostic.code.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

impl From<Report> for Vec<Diagnostic> {
    fn from(report: Report) -> Self {
        report.diagnostics
    }
}

impl IntoIterator for Report {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.into_iter()
    }
}

impl<'r> IntoIterator for &'r Report {
    type Item = &'r Diagnostic;
    type IntoIter = std::slice::Iter<'r, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.diagnostics.iter()
    }
}

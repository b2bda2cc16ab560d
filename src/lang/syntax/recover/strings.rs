//! Strings over several lines, and heredocs that do not begin as they should.

use super::super::lex::begins_item;
use super::Mender;
use super::mended::Edit;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// Of two strings that are never closed, where the quote is that closes the first, if they are one over several lines.
pub(super) fn over_lines(text: &str, first: TextRange, last: TextRange) -> Option<u32> {
    let tripled = |string: TextRange| text[..=string.start as usize].ends_with("\"\"\"");
    if tripled(first) && tripled(last) {
        return Some(last.start);
    }
    let below = first.end as usize + text[first.end as usize..].find('\n')? + 1;
    let line = text.get(below..last.end as usize).filter(|line| !line.contains('\n'))?;
    // A line that begins something else has a string of its own.
    if begins_item(line) {
        return None;
    }
    Some((below + line.find('"')?) as u32)
}

impl Mender {
    /// A string whose closing quote stands on a later line.
    pub(super) fn over_lines(&mut self, text: &str, string: TextRange, close: u32, edits: &mut Vec<Edit>) {
        let quote = TextRange::new(string.start, string.start + 1).in_file(self.file);
        let end = TextRange::new(close, close + 1).in_file(self.file);
        self.diagnostics.push(
            Diagnostic::new(codes::UNCLOSED_DELIMITER, quote, "this string is not closed on its line")
                .label(end, "it would end here")
                .help("a quoted string ends on its line; for more lines write a heredoc: `<<-EOT`, or `\\n` in the text"),
        );
        let tripled = text[..=string.start as usize].ends_with("\"\"\"");
        let start = if tripled { string.start - 2 } else { string.start };
        let range = TextRange::new(start, close + 1);
        self.quiet.add(range);
        edits.push(Edit { range, with: format!("\"{}\"", " ".repeat(range.len() as usize - 2)) });
    }

    /// `<< EOT`, `<<EOT text`
    pub(super) fn opener(
        &mut self,
        text: &str,
        opener: TextRange,
        blank: TextRange,
        behind: TextRange,
        edits: &mut Vec<Edit>,
    ) {
        let remove = |range: TextRange| Edit { range, with: String::new() };
        let written = opener.of(text);
        let report = if behind.of(text).trim().is_empty() {
            let range = if blank.is_empty() { behind } else { blank };
            Diagnostic::new(
                codes::SYNTAX,
                range.in_file(self.file),
                "no blank can stand here in the beginning of a heredoc",
            )
            .help("a heredoc begins with `<<` and its closing word, and nothing else on the line")
            .replace(FixLevel::Safe, "remove the blank", range.in_file(self.file), "")
        } else {
            let word = TextRange::new(behind.end - behind.of(text).trim_start().len() as u32, behind.end);
            Diagnostic::new(
                codes::SYNTAX,
                word.in_file(self.file),
                format!("the line ends behind `{written}`"),
            )
            .here("the text of a heredoc begins on the next line")
            .replace(
                FixLevel::Review,
                "begin the text on the next line",
                behind.in_file(self.file),
                format!("\n{}", word.of(text)),
            )
        };
        self.diagnostics.push(report);
        edits.extend([blank, behind].into_iter().filter(|range| !range.is_empty()).map(remove));
    }
}

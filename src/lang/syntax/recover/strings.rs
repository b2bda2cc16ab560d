//! Strings over several lines, and heredocs that do not begin as they should.

use super::super::lex::{Kind, begins_item, lex};
use super::Mender;
use super::mended::Edit;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit as DiagnosticEdit, FixLevel};
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

/// What closes a text in quotes of another kind.
fn closers(open: &str) -> Option<&'static [char]> {
    Some(match open {
        "'" => &['\''],
        "`" => &['`'],
        "\u{201c}" | "\u{201d}" | "\u{201e}" => &['\u{201c}', '\u{201d}', '"'],
        "\u{2018}" | "\u{2019}" => &['\u{2018}', '\u{2019}'],
        "\u{ab}" => &['\u{bb}'],
        _ => return None,
    })
}

impl Mender {
    /// `'text'`, `` `text` ``, `“text”`: a text of the same length in which these are strings; `None` if there are none.
    pub(super) fn with_plain_quotes(&mut self, text: &str) -> Option<String> {
        let mut plain: Option<String> = None;
        let mut done = 0;
        for token in lex(text).tokens.iter().filter(|token| token.kind == Kind::Invalid) {
            let open = token.range;
            let Some(closers) = closers(open.of(text)).filter(|_| open.start >= done) else { continue };
            // An apostrophe, as in prose.
            let apostrophe = text[..open.start as usize].ends_with(char::is_alphanumeric);
            // Brackets in the text are no brackets, so it is the end of the line that bounds it.
            let line = text[open.end as usize..].lines().next().unwrap_or_default();
            let mut escaped = false;
            let close = line.char_indices().find(|(_, c)| {
                let closes = !escaped && closers.contains(c);
                escaped = !escaped && *c == '\\';
                closes
            });
            let Some((at, c)) = close.filter(|_| !apostrophe) else { continue };
            let inside = &line[..at];
            let close = TextRange::new(open.end + at as u32, open.end + (at + c.len_utf8()) as u32);
            let span = |range: TextRange| range.in_file(self.file);
            let edit = |range: TextRange, text: String| DiagnosticEdit { span: span(range), text };
            let edits = match inside.contains(['"', '\\']) {
                false => vec![edit(open, "\"".into()), edit(close, "\"".into())],
                true => {
                    let with = inside.replace('"', "\\\"").replace("\\'", "'");
                    vec![edit(TextRange::new(open.start, close.end), format!("\"{with}\""))]
                }
            };
            self.report(
                Diagnostic::new(codes::SYNTAX, span(open), "strings are written with double quotes").fix(
                    FixLevel::Safe,
                    "use double quotes",
                    edits,
                ),
            );
            done = close.end;
            self.quiet.add(TextRange::new(open.start, close.end));
            let blanks = |range: TextRange| " ".repeat(range.len() as usize - 1);
            let inside = inside.replace('"', "'").replace("\\'", " '");
            let whole = format!("{}\"{inside}\"{}", blanks(open), blanks(close));
            plain
                .get_or_insert_with(|| text.to_owned())
                .replace_range(open.start as usize..close.end as usize, &whole);
        }
        plain
    }

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
        let quote = blank.of(text).trim_start().to_owned();
        let report = if !quote.is_empty() {
            let word = TextRange::new(blank.end - quote.len() as u32, behind.end);
            let plain = word.of(text).trim().trim_matches(['"', '\'']);
            Diagnostic::new(
                codes::SYNTAX,
                word.in_file(self.file),
                "the closing word of a heredoc has no quotes",
            )
            .replace(FixLevel::Safe, "remove the quotes", word.in_file(self.file), plain)
        } else if behind.of(text).trim().is_empty() {
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

//! Quoted text → its value.

use std::borrow::Cow;

use smol_str::SmolStr;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::reports::Reports;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::{FileId, TextRange};

/// The value of a quoted string without interpolations, such as a label or a path: escapes replaced, normalised to
/// NFC. Wrong escapes stay as they are written; parsing has reported them.
///
/// ```
/// assert_eq!(prov::lang::syntax::unquote(r#""a \"b\"""#), r#"a "b""#);
/// ```
pub fn unquote(quoted: &str) -> SmolStr {
    let inside = quoted.strip_prefix('"').unwrap_or(quoted);
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    value_of_quoted(FileId(0), 0, inside, &mut Reports::default()).into()
}

/// The value of text from inside a quoted string that begins at `start`.
pub(super) fn value_of_quoted<'t>(
    file: FileId,
    start: u32,
    text: &'t str,
    diagnostics: &mut Reports,
) -> Cow<'t, str> {
    if text.bytes().all(|b| b.is_ascii() && !matches!(b, b'\\' | b'$' | b'%')) {
        return Cow::Borrowed(text);
    }
    let value = Unescaping { file, diagnostics }.run(start, text);
    match is_nfc_quick(value.chars()) {
        IsNormalized::Yes => value,
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(value.nfc().collect()),
    }
}

/// The value of text from a heredoc: only `$${` and `%%{` are escapes.
pub(super) fn value_of_heredoc(text: &str) -> Cow<'_, str> {
    if text.contains("$${") || text.contains("%%{") {
        return Cow::Owned(text.replace("$${", "${").replace("%%{", "%{"));
    }
    Cow::Borrowed(text)
}

struct Unescaping<'d> {
    file: FileId,
    diagnostics: &'d mut Reports,
}

impl Unescaping<'_> {
    fn run<'t>(&mut self, start: u32, text: &'t str) -> Cow<'t, str> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '$', '%']) {
            out.push_str(&rest[..at]);
            let escape = &rest[at..];
            let offset = start + (text.len() - escape.len()) as u32;
            let used = if escape.starts_with("$${") || escape.starts_with("%%{") {
                out.push_str(&escape[1..3]);
                3
            } else if escape.starts_with('\\') {
                self.escape(offset, escape, &mut out)
            } else {
                out.push_str(&escape[..1]);
                1
            };
            rest = &escape[used..];
        }
        if rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// One escape that begins with a backslash; answers how many bytes it has.
    fn escape(&mut self, offset: u32, escape: &str, out: &mut String) -> usize {
        let plain = match escape[1..].chars().next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('"') => '"',
            Some('\\') => '\\',
            Some('u') => return self.unicode(offset, escape, 4, out),
            Some('U') => return self.unicode(offset, escape, 8, out),
            other => return self.unknown(offset, escape, other, out),
        };
        out.push(plain);
        2
    }

    fn unknown(&mut self, offset: u32, escape: &str, letter: Option<char>, out: &mut String) -> usize {
        let used = 1 + letter.map_or(0, char::len_utf8);
        let range = TextRange::new(offset, offset + used as u32);
        let backslash = TextRange::new(offset, offset + 1).in_file(self.file);
        let written = &escape[..used];
        self.diagnostics.push(
            Diagnostic::new(codes::SYNTAX, range.in_file(self.file), format!("`{written}` is no escape"))
                .note(r#"escapes are \n \r \t \" \\ \uNNNN \UNNNNNNNN"#)
                .help("to mean a backslash, write it twice")
                .replace(FixLevel::Review, "write the backslash twice", backslash, r"\\"),
        );
        out.push_str(written);
        used
    }

    fn unicode(&mut self, offset: u32, escape: &str, digits: usize, out: &mut String) -> usize {
        let have = escape[2..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
        let used = 2 + have;
        let written = &escape[..used];
        let value = u32::from_str_radix(&escape[2..used], 16).ok().and_then(char::from_u32);
        let wrong = match value {
            _ if have < digits => {
                format!("`{}` needs {digits} hexadecimal digits, here are {have}", &escape[..2])
            }
            None => format!("`{written}` is no character of Unicode"),
            Some(character) => {
                out.push(character);
                return used;
            }
        };
        let range = TextRange::new(offset, offset + used as u32);
        self.diagnostics.push(Diagnostic::new(codes::SYNTAX, range.in_file(self.file), wrong));
        out.push_str(written);
        used
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn value(text: &str) -> (String, Vec<(u32, u32)>) {
        let mut diagnostics = Reports::default();
        let value = value_of_quoted(FileId(0), 10, text, &mut diagnostics).into_owned();
        let places = diagnostics.iter_mut().map(|d| d.primary.as_ref().unwrap().span);
        (value, places.map(|span| (span.start, span.end)).collect())
    }

    #[test]
    fn escapes_have_the_values_hcl_gives_them() {
        assert_eq!(value(r#"a\n\r\t\"\\b"#).0, "a\n\r\t\"\\b");
        assert_eq!(value(r"\u00e9\U0001F600").0, "é😀");
        assert_eq!(value("$${a} %%{b} $a %b $$ 100%").0, "${a} %{b} $a %b $$ 100%");
    }

    #[test]
    fn text_is_normalised() {
        assert_eq!(value("e\u{301}").0, "é");
        assert_eq!(value(r"e\u0301").0, "é");
    }

    #[test]
    fn wrong_escapes_are_reported_where_they_stand() {
        assert_eq!(value(r"ab\d").1, [(12, 14)]);
        assert_eq!(value(r"\u12").1, [(10, 14)]);
        assert_eq!(value(r"\UFFFFFFFF").1, [(10, 20)]);
        assert_eq!(value(r"\é\q").1, [(10, 13), (13, 15)]);
        assert_eq!(value(r"a\").1, [(11, 12)]);
    }
}

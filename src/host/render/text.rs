//! Small things about text on a terminal: width, wrapping, and making foreign text harmless.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character must not reach a terminal as it is: it moves the cursor, changes colours, or turns the
/// order of what follows.
pub fn is_harmful(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(ch, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

/// What is shown in place of a harmful character.
pub fn stand_in(ch: char) -> char {
    match ch {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + ch as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '␡',
        _ => '\u{fffd}',
    }
}

/// Text from elsewhere, made harmless; line breaks stay, tabs become spaces.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|ch| is_harmful(ch) && ch != '\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            ch if is_harmful(ch) => out.push(stand_in(ch)),
            ch => out.push(ch),
        }
    }
    Cow::Owned(out)
}

/// Columns a character takes.
pub fn char_width(ch: char) -> usize {
    ch.width().unwrap_or(0)
}

/// Columns a text takes; escapes for colours and links take none.
pub fn width(text: &str) -> usize {
    let mut rest = text;
    let mut columns = 0;
    while let Some(at) = rest.find('\u{1b}') {
        columns += rest[..at].width();
        rest = skip_escape(&rest[at + 1..]);
    }
    columns + rest.width()
}

fn skip_escape(rest: &str) -> &str {
    if let Some(link) = rest.strip_prefix(']') {
        return link.split_once("\u{1b}\\").map_or("", |(_, after)| after);
    }
    let end = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
    &rest[end..]
}

/// Breaks text into lines of at most `columns`, at spaces where possible; line breaks in the text stay.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let indent = paragraph.len() - paragraph.trim_start_matches(' ').len();
        let mut line = " ".repeat(indent.min(columns / 2));
        let mut used = line.len();
        let mut fresh = true;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let size = width(word);
            if !fresh && used + 1 + size > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
                fresh = true;
            }
            if !fresh {
                line.push(' ');
                used += 1;
            }
            if size > columns {
                break_word(word, columns, &mut line, &mut used, &mut lines);
            } else {
                line.push_str(word);
                used += size;
            }
            fresh = false;
        }
        lines.push(line);
    }
    lines
}

fn break_word(word: &str, columns: usize, line: &mut String, used: &mut usize, lines: &mut Vec<String>) {
    for ch in word.chars() {
        let size = char_width(ch);
        if *used + size > columns {
            lines.push(std::mem::take(line));
            *used = 0;
        }
        line.push(ch);
        *used += size;
    }
}

/// Text under a heading: `  note: first line` with further lines aligned below the first.
pub fn paragraph(heading: &str, text: &str, columns: usize) -> String {
    let indent = width(heading);
    let mut out = String::new();
    for (at, line) in wrap(text, columns.saturating_sub(indent)).iter().enumerate() {
        if at == 0 {
            out.push_str(heading);
        } else if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The text cut at `columns`, with `ellipsis` at its end if anything was cut.
pub fn truncate<'t>(text: &'t str, columns: usize, ellipsis: &str) -> Cow<'t, str> {
    // Cheap for the common short line, and never measures a huge one to its end.
    let mut used = 0;
    let room = columns.saturating_sub(width(ellipsis));
    let mut keep = 0;
    for (at, ch) in text.char_indices() {
        used += char_width(ch);
        if used <= room {
            keep = at + ch.len_utf8();
        }
        if used > columns {
            return Cow::Owned(format!("{}{ellipsis}", &text[..keep]));
        }
    }
    Cow::Borrowed(text)
}

/// `1 error`, `2 errors`.
pub fn count(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_spaces_and_breaks_what_has_none() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(paragraph("  help: ", "one two three", 16), "  help: one two\n        three\n");
    }

    #[test]
    fn escapes_take_no_columns() {
        assert_eq!(width("\u{1b}[31mab\u{1b}[0m"), 2);
        assert_eq!(width("\u{1b}]8;;file:///x\u{1b}\\ab\u{1b}]8;;\u{1b}\\"), 2);
    }

    #[test]
    fn harmful_characters_are_shown_not_obeyed() {
        assert_eq!(clean("a\u{1b}[31m\u{202e}b"), "a␛[31m\u{fffd}b");
        assert!(matches!(clean("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn truncation_counts_columns() {
        assert_eq!(truncate("ab漢字cd", 5, "…"), "ab漢…");
        assert_eq!(truncate("abc", 3, "…"), "abc");
    }
}

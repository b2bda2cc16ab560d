//! Bytes → lines and columns, in the three ways people and programs count them.

/// Where each line of a text begins.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// How columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, as editors count by default.
    Utf16,
    /// Unicode scalar values, as people count.
    Chars,
}

/// A line and a column, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0, in the unit asked for.
    pub column: u32,
}

impl LineIndex {
    /// Scans the text once.
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1))
            .collect();
        Self { starts }
    }

    /// How many lines there are; a text that ends in a newline has an empty last line.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line (from 0) that holds the byte.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32 - 1
    }

    /// The first byte of a line; the end of the text for lines that do not exist.
    pub fn start(&self, line: u32, text: &str) -> u32 {
        self.starts.get(line as usize).copied().unwrap_or(text.len() as u32)
    }

    /// The text of a line without its line break.
    pub fn text<'t>(&self, line: u32, text: &'t str) -> &'t str {
        let start = self.start(line, text) as usize;
        let end = self.start(line + 1, text) as usize;
        text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// The position of a byte of `text`; offsets past the end are clamped to it.
    pub fn position(&self, offset: u32, text: &str, columns: Columns) -> Position {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset as u32);
        let before = &text[self.start(line, text) as usize..offset];
        let column = match columns {
            Columns::Utf8 => before.len(),
            Columns::Utf16 => before.encode_utf16().count(),
            Columns::Chars => before.chars().count(),
        };
        Position { line, column: column as u32 }
    }

    /// The byte at a position; columns past the end of a line are clamped to it.
    pub fn offset(&self, position: Position, text: &str, columns: Columns) -> u32 {
        let start = self.start(position.line, text);
        let line = self.text(position.line, text);
        let mut left = position.column as usize;
        for (at, ch) in line.char_indices() {
            let width = match columns {
                Columns::Utf8 => ch.len_utf8(),
                Columns::Utf16 => ch.len_utf16(),
                Columns::Chars => 1,
            };
            if left < width {
                return start + at as u32;
            }
            left -= width;
        }
        start + line.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_three_ways() {
        let text = "a\n😀é b\n";
        let index = LineIndex::new(text);
        let offset = text.find('b').map(|at| at as u32).unwrap_or_default();
        let at = |columns| index.position(offset, text, columns);
        assert_eq!(at(Columns::Chars), Position { line: 1, column: 3 });
        assert_eq!(at(Columns::Utf16), Position { line: 1, column: 4 });
        assert_eq!(at(Columns::Utf8), Position { line: 1, column: 7 });
        for columns in [Columns::Chars, Columns::Utf16, Columns::Utf8] {
            assert_eq!(index.offset(at(columns), text, columns), offset);
        }
        assert_eq!(index.count(), 3);
    }
}

//! Spans → the lines and columns people and programs are told, counted from 1.

use serde::Serialize;

use crate::base::lines::Columns;
use crate::base::source::{SourceFile, Sources, Span};
use crate::host::render::Style;

/// A position, every number but `byte` from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Offset in the file, in bytes, from 0.
    pub byte: u32,
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
    /// Column, in bytes of UTF-8.
    pub column_utf8: u32,
    /// Column, in code units of UTF-16.
    pub column_utf16: u32,
}

/// A range in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The path as shown to people.
    pub file: String,
    /// Where it begins.
    pub start: Point,
    /// Where it ends, exclusive.
    pub end: Point,
}

fn point(file: &SourceFile, offset: u32) -> Point {
    let at = |columns| file.lines().position(offset, &file.text, columns);
    let chars = at(Columns::Chars);
    Point {
        byte: offset.min(file.text.len() as u32),
        line: chars.line + 1,
        column: chars.column + 1,
        column_utf8: at(Columns::Utf8).column + 1,
        column_utf16: at(Columns::Utf16).column + 1,
    }
}

impl Place {
    /// The place a span names.
    pub fn new(span: Span, sources: &Sources, style: &Style) -> Self {
        let file = sources.get(span.file);
        Self {
            file: style.paths.show(&file.path),
            start: point(file, span.start),
            end: point(file, span.end.max(span.start)),
        }
    }
}

/// The span as it is drawn: an empty one on the empty line at the end of a file moves behind the last thing
/// written, where there is something to see; offsets outside the text or inside a character are pulled in.
pub fn visible(span: Span, file: &SourceFile) -> Span {
    let text = &*file.text;
    let inside = |offset: u32| {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let (mut start, mut end) = (inside(span.start), inside(span.end.max(span.start)));
    let written = text.trim_end().len();
    if start == end
        && start > written
        && text[written..start].contains('\n')
        && text[start..].trim().is_empty()
    {
        (start, end) = (written, written);
    }
    Span { file: span.file, start: start as u32, end: end as u32 }
}

/// `path:line:col`, from 1, columns in characters, as drawn.
pub fn shown(span: Span, sources: &Sources, style: &Style) -> String {
    let file = sources.get(span.file);
    let at = point(file, visible(span, file).start);
    format!("{}:{}:{}", style.paths.show(&file.path), at.line, at.column)
}

//! The lines of a file a diagnostic shows, made harmless and cut to the width, with the spans moved along.
//!
//! miette is handed such an excerpt instead of the file: it never scans the text from its first byte, never sees
//! a control character, and every line it draws fits.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::place;
use crate::base::lines::Columns;
use crate::base::source::{SourceFile, Span};
use crate::host::render::Style;
use crate::host::render::text::{char_width, is_harmful, stand_in, width};

/// A label that covers more lines than this is drawn on its first line only.
const TALLEST: u32 = 8;
/// Lines shown before and after a labelled one.
pub(super) const CONTEXT: u32 = 1;

/// Lines of one file, in order, each ending in a line feed.
pub(super) struct Excerpt {
    text: String,
    lines: Vec<Line>,
    /// Where each span begins in the excerpt, and its place as it is named in a heading.
    headings: Vec<(usize, String)>,
}

/// One line of the excerpt.
struct Line {
    /// In the file, from 0.
    number: u32,
    /// Where it begins in the excerpt.
    start: usize,
    /// Bytes of the file's line → bytes of the excerpt's line, in steps; both ascending.
    map: Vec<(u32, u32)>,
}

impl Excerpt {
    /// The lines around `spans`. Answers the spans within it.
    pub(super) fn new(file: &SourceFile, spans: &[Span], style: &Style) -> (Self, Vec<SourceSpan>) {
        let index = file.lines();
        let text = &*file.text;
        let spans: Vec<Span> =
            spans.iter().map(|span| one_screen(place::visible(*span, file), file)).collect();

        let mut numbers: Vec<u32> = Vec::new();
        for span in &spans {
            let (first, last) = (index.line(span.start), index.line(span.end.max(span.start)));
            numbers.extend(first.saturating_sub(CONTEXT)..=(last + CONTEXT).min(index.count() - 1));
        }
        numbers.sort_unstable();
        numbers.dedup();
        // The empty line behind the last line break shows nothing.
        if numbers.len() > 1
            && numbers.last().is_some_and(|n| index.text(*n, text).is_empty() && *n + 1 == index.count())
        {
            numbers.pop();
        }

        let digits = numbers.last().map_or(1, |n| (n + 1).to_string().len());
        let tall = spans.iter().any(|span| index.line(span.start) != index.line(span.end));
        let room = style.width.saturating_sub(digits + 4 + if tall { 5 } else { 0 }).max(16);

        let mut excerpt = Self { text: String::new(), lines: Vec::new(), headings: Vec::new() };
        for number in numbers {
            let start = index.start(number, text);
            let line = index.text(number, text);
            let focus = spans
                .iter()
                .find(|span| span.start >= start && span.start as usize <= start as usize + line.len());
            let focus = focus.map(|span| {
                let end = (span.end - start).min(line.len() as u32);
                (span.start - start, end)
            });
            excerpt.push(number, line, focus, room, style);
        }
        let moved: Vec<SourceSpan> = spans.iter().map(|span| excerpt.locate(file, *span)).collect();
        excerpt.headings =
            spans.iter().zip(&moved).map(|(span, at)| (at.offset(), heading(file, *span, style))).collect();
        (excerpt, moved)
    }

    /// Adds a line: only the window of `room` columns that shows `focus`, tabs as spaces, nothing harmful.
    fn push(&mut self, number: u32, line: &str, focus: Option<(u32, u32)>, room: usize, style: &Style) {
        let near = near(line, focus, room);
        let cells = cells(line, &near);
        let total = cells.last().map_or(0, |cell| cell.column + cell.width);
        let ellipsis = style.ellipsis();
        let margin = ellipsis.chars().count();
        let (from, to) = if total <= room { (0, total) } else { window(&cells, total, focus, room) };
        let (cut_before, cut_after) = (from > 0 || near.start > 0, to < total || near.end < line.len());

        let start = self.text.len();
        let mut map = Vec::new();
        if cut_before {
            map.push((0, 0));
            self.text.push_str(ellipsis);
        }
        let visible = cells.iter().filter(|cell| {
            cell.column >= from + if cut_before { margin } else { 0 }
                && cell.column + cell.width <= to - if cut_after { margin } else { 0 }
        });
        let mut after = 0;
        for cell in visible {
            map.push((cell.at, (self.text.len() - start) as u32));
            match cell.ch {
                '\t' => self.text.push_str(&" ".repeat(cell.width)),
                ch if is_harmful(ch) => self.text.push(if style.unicode { stand_in(ch) } else { '?' }),
                ch => self.text.push(ch),
            }
            after = cell.at + cell.ch.len_utf8() as u32;
        }
        map.push((after, (self.text.len() - start) as u32));
        if cut_after {
            self.text.push_str(ellipsis);
            map.push((after + 1, (self.text.len() - start) as u32));
        }
        self.text.push('\n');
        self.lines.push(Line { number, start, map });
    }

    /// A span of the file as a span of the excerpt.
    fn locate(&self, file: &SourceFile, span: Span) -> SourceSpan {
        let start = self.offset(file, span.start);
        let end = self.offset(file, span.end).max(start);
        SourceSpan::new(start.into(), end - start)
    }

    fn offset(&self, file: &SourceFile, offset: u32) -> usize {
        let number = file.lines().line(offset);
        let at = self.lines.partition_point(|line| line.number <= number);
        let Some(line) = at.checked_sub(1).and_then(|at| self.lines.get(at)) else { return 0 };
        let column = offset - file.lines().start(line.number, &file.text);
        let step = line.map.partition_point(|(from, _)| *from <= column);
        let within = step.checked_sub(1).and_then(|at| line.map.get(at)).map_or(0, |(_, to)| *to);
        line.start + within as usize
    }

    /// The column, from 0, at which the middle of a span stands.
    pub(super) fn column(&self, span: &SourceSpan) -> usize {
        let line = self.lines.get(self.line_at(span.offset())).map_or(0, |line| line.start);
        let middle = |at: usize| self.text.get(line..at).map_or(0, width);
        let end = self.text.get(span.offset()..span.offset() + span.len()).and_then(|text| text.find('\n'));
        let end = span.offset() + end.unwrap_or(span.len());
        (middle(span.offset()) + middle(end)) / 2
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }
}

/// A character of a line and where it stands.
struct Cell {
    at: u32,
    ch: char,
    column: usize,
    width: usize,
}

/// The bytes of a line that can be seen where `focus` is: a line may be long, and have thousands of mistakes.
fn near(line: &str, focus: Option<(u32, u32)>, room: usize) -> Range<usize> {
    // No character has more than four bytes; a quarter of the room is shown before the focus, the rest behind it.
    let reach = 8 * room;
    let middle = focus.map_or(0, |(first, _)| first as usize);
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    boundary(middle.saturating_sub(reach))..boundary((middle + reach).min(line.len()))
}

fn cells(line: &str, near: &Range<usize>) -> Vec<Cell> {
    let mut column = 0;
    let cell = |(at, ch): (usize, char)| {
        let width = match ch {
            '\t' => 4 - column % 4,
            ch if is_harmful(ch) => 1,
            ch => char_width(ch),
        };
        let cell = Cell { at: (near.start + at) as u32, ch, column, width };
        column += width;
        cell
    };
    line[near.clone()].char_indices().map(cell).collect()
}

/// The columns to show of a line that is too long: what is labelled, with a quarter of the room before it.
fn window(cells: &[Cell], total: usize, focus: Option<(u32, u32)>, room: usize) -> (usize, usize) {
    let Some((first, last)) = focus else { return (0, room) };
    let column = |at: u32| {
        let found = cells.partition_point(|cell| cell.at < at);
        cells.get(found).map_or(total, |cell| cell.column)
    };
    let (start, end) = (column(first), column(last));
    if end + 4 <= room {
        return (0, room);
    }
    let before = room / 4;
    let from = start.saturating_sub(before).min(total.saturating_sub(room));
    (from, from + room)
}

/// A span over many lines is cut to its first.
fn one_screen(span: Span, file: &SourceFile) -> Span {
    let index = file.lines();
    let (first, last) = (index.line(span.start), index.line(span.end));
    if last - first <= TALLEST {
        return span;
    }
    let end = index.start(first, &file.text) + index.text(first, &file.text).len() as u32;
    Span { end: end.max(span.start), ..span }
}

/// `path:line:col`, as a link where asked for.
fn heading(file: &SourceFile, span: Span, style: &Style) -> String {
    let at = file.lines().position(span.start, &file.text, Columns::Chars);
    let place = format!("{}:{}:{}", style.paths.show(&file.path), at.line + 1, at.column + 1);
    match style.paths.address(&file.path).filter(|_| style.links) {
        Some(address) => format!("\u{1b}]8;;{address}#{}\u{1b}\\{place}\u{1b}]8;;\u{1b}\\", at.line + 1),
        None => place,
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let follows = |at: usize| {
            let pair = self.lines.get(at).zip(self.lines.get(at + 1));
            pair.is_some_and(|(one, next)| one.number + 1 == next.number)
        };
        let mut first = self.line_at(span.offset());
        let mut last = self.line_at(span.offset() + span.len());
        // Lines that do not follow each other in the file are not one snippet.
        if !(first..last).all(follows) {
            return Err(MietteError::OutOfBounds);
        }
        for _ in 0..before {
            if first > 0 && follows(first - 1) {
                first -= 1;
            }
        }
        for _ in 0..after {
            if follows(last) {
                last += 1;
            }
        }
        let line = self.lines.get(first).ok_or(MietteError::OutOfBounds)?;
        let end = self.lines.get(last + 1).map_or(self.text.len(), |next| next.start);
        let data = self.text.as_bytes().get(line.start..end).ok_or(MietteError::OutOfBounds)?;
        // miette asks for the place of the span that a snippet is about, without lines around it.
        let heading = self.headings.iter().find(|(start, _)| *start == span.offset());
        let heading = heading.or(self.headings.first()).map(|(_, place)| place.clone());
        Ok(Box::new(MietteSpanContents::new_named(
            heading.unwrap_or_default(),
            data,
            SourceSpan::new(line.start.into(), data.len()),
            line.number as usize,
            0,
            last - first + 1,
        )))
    }
}

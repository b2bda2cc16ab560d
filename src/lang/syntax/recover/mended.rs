//! A broken text with repairs in it, and for every byte of it the place in the original.

use crate::base::source::{FileId, Span, TextRange};

/// What the grammar takes for a value or an item that could not be understood.
pub(super) const HOLE: &str = "\u{1}";

/// A piece of a file, mended.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Mended {
    pub(in super::super) text: String,
    /// The original offset of each byte, and of the end.
    origin: Vec<u32>,
}

/// What stands in a range from now on.
pub(super) struct Edit {
    pub(super) range: TextRange,
    pub(super) with: String,
}

impl Mended {
    /// A text nothing was done to, except that a character of a hole that somebody wrote is none.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.replace(HOLE, "\u{2}"), origin: (0..=text.len() as u32).collect() }
    }

    /// A part of it.
    pub(super) fn part(&self, range: TextRange) -> Self {
        let (start, end) = (range.start as usize, range.end as usize);
        Self { text: self.text[start..end].to_owned(), origin: self.origin[start..=end].to_vec() }
    }

    /// Puts `next` behind it.
    pub(super) fn append(&mut self, next: &Self) {
        self.text.push_str(&next.text);
        self.origin.pop();
        self.origin.extend_from_slice(&next.origin);
    }

    /// Writes `with` over a range. What is written stands for the original text there, byte for byte as far as it goes.
    pub(super) fn replace(&mut self, range: TextRange, with: &str) {
        let (start, end) = (range.start as usize, range.end as usize);
        let origin: Vec<_> = (start..start + with.len()).map(|at| self.origin[at.min(end)]).collect();
        self.text.replace_range(start..end, with);
        self.origin.splice(start..end, origin);
    }

    /// With all these changes; of two that overlap, the first counts.
    pub(super) fn edited(self, mut edits: Vec<Edit>) -> Self {
        if edits.is_empty() {
            return self;
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut out = self.part(TextRange::new(0, 0));
        let mut at = 0;
        for edit in edits {
            if edit.range.start < at {
                continue;
            }
            out.append(&self.part(TextRange::new(at, edit.range.start)));
            let mut piece = self.part(edit.range);
            piece.replace(TextRange::new(0, edit.range.len()), &edit.with);
            out.append(&piece);
            at = edit.range.end;
        }
        out.append(&self.part(TextRange::new(at, self.text.len() as u32)));
        out
    }

    /// Writes a hole over a range; an empty one gets a hole of no width.
    pub(super) fn hole(&mut self, range: TextRange) {
        let length = self.text[range.start as usize..range.end as usize].len().max(1);
        self.replace(range, &HOLE.repeat(length));
    }

    pub(in super::super) fn origin(&self, at: u32) -> u32 {
        self.origin[(at as usize).min(self.text.len())]
    }

    /// Where what stood at a place of the original, or behind it, begins.
    pub(super) fn position(&self, origin: u32) -> u32 {
        self.origin.partition_point(|at| *at < origin) as u32
    }

    pub(in super::super) fn range(&self, range: TextRange) -> TextRange {
        let start = self.origin(range.start);
        let end = self.origin(range.end);
        // What was taken out behind the last byte does not belong to it.
        let last = self.origin(range.end.saturating_sub(1));
        let end = if range.is_empty() || last >= end { end } else { last + 1 };
        TextRange::new(start, end.max(start))
    }

    pub(super) fn span(&self, file: FileId, range: TextRange) -> Span {
        self.range(range).in_file(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_knows_where_it_came_from() {
        let mut mended = Mended::new("a = [1, 2\nb = \n");
        mended.hole(TextRange::new(14, 14));
        mended.replace(TextRange::new(9, 9), "]");
        assert_eq!(mended.text, "a = [1, 2]\nb = \u{1}\n");
        assert_eq!(mended.range(TextRange::new(4, 10)), TextRange::new(4, 9));
        assert_eq!(mended.range(TextRange::new(15, 16)), TextRange::new(14, 14));
        assert_eq!(mended.origin(16), 14);
        let (mut head, tail) = (mended.part(TextRange::new(0, 11)), mended.part(TextRange::new(11, 17)));
        head.append(&tail);
        assert_eq!((&head.text, &head.origin), (&mended.text, &mended.origin));
    }

    #[test]
    fn holes_and_blanks_keep_places() {
        let mut mended = Mended::new("a = é + b\n");
        mended.hole(TextRange::new(4, 10));
        assert_eq!(mended.range(TextRange::new(4, 10)), TextRange::new(4, 10));
    }
}

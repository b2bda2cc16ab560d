//! Positions that stay the same while other parts of a text are edited.
//!
//! A text is a row of pieces. Each piece has a stable position, with room behind it; an offset within a piece is told as
//! the piece's position plus how far into the piece it is. An edit changes the offsets of all pieces behind it, and the
//! positions of none but those it touches; the order of positions is the order of offsets. What is told in positions is
//! true as long as the piece it lies in stays as it is.

use super::source::TextRange;

/// The pieces of a text: offset and stable position of each, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pieces: Vec<Piece>,
    length: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    offset: u32,
    stable: u32,
}

/// The room behind a piece, in bytes, where that many are to be had.
const ROOM: u64 = 4096;

impl Places {
    /// The pieces of a text of this length that begin at these offsets. The first one is made to begin at 0.
    pub fn new(offsets: &[u32], length: u32) -> Self {
        // Positions are 32 bits wide; a text with very many pieces gets less room for each.
        let count = offsets.len() as u64 + 1;
        let room = ((u64::from(u32::MAX) - u64::from(length)) / count).clamp(1, ROOM) as u32;
        let starts = std::iter::once(0).chain(offsets.iter().copied());
        let pieces = starts.zip(0..).map(|(offset, at)| Piece { offset, stable: offset + at * room });
        Self { pieces: pieces.collect(), length }
    }

    /// The text of each piece, as the offset it begins at and the one it ends at.
    pub fn pieces(&self) -> impl DoubleEndedIterator<Item = TextRange> + ExactSizeIterator + '_ {
        (0..self.pieces.len()).map(|at| TextRange::new(self.pieces[at].offset, self.end(at)))
    }

    fn end(&self, at: usize) -> u32 {
        self.pieces.get(at + 1).map_or(self.length, |next| next.offset)
    }

    /// The places of a text whose first `before` and last `behind` pieces are those of this one. `None` if there is no
    /// room for what lies between.
    pub fn edited(&self, offsets: &[u32], length: u32, before: usize, behind: usize) -> Option<Self> {
        let mut next = Self::new(offsets, length);
        let (old, new) = (self.pieces.len(), next.pieces.len());
        if before + behind > old.min(new) {
            return None;
        }
        for at in 0..before {
            next.pieces[at].stable = self.pieces[at].stable;
        }
        for at in 0..behind {
            next.pieces[new - 1 - at].stable = self.pieces[old - 1 - at].stable;
        }
        // Between what stays before and behind; the last piece of all has room up to the end of all positions.
        let low = match before {
            0 => 0,
            _ => {
                u64::from(
                    self.pieces[before - 1].stable + self.end(before - 1) - self.pieces[before - 1].offset,
                ) + 1
            }
        };
        let high =
            if behind == 0 { u64::from(u32::MAX) } else { u64::from(self.pieces[old - behind].stable) };
        let middle = before..new - behind;
        let same_count = new == old;
        let mut at = low;
        for piece in middle.clone() {
            let size = u64::from(next.end(piece) - next.pieces[piece].offset);
            let left: u64 = middle.clone().skip_while(|p| *p < piece).count() as u64;
            let kept =
                same_count.then(|| u64::from(self.pieces[piece].stable)).filter(|stable| *stable >= at);
            // A piece keeps its position if it can; a new one is put close behind the one before it.
            let stable = kept.unwrap_or_else(|| at + (high.saturating_sub(at) / (left + 1) / 2).min(ROOM));
            at = stable + size + 1;
            next.pieces[piece].stable = u32::try_from(stable).ok()?;
        }
        (at <= high).then_some(next)
    }

    /// Stable positions of a range of offsets.
    pub fn stable(&self, range: TextRange) -> TextRange {
        let start = self.piece(range.start, |piece| piece.offset);
        // The end belongs to the piece of the last byte.
        let end = if range.is_empty() { start } else { self.piece(range.end - 1, |piece| piece.offset) };
        TextRange::new(range.start - start.offset + start.stable, range.end - end.offset + end.stable)
    }

    /// The offsets of a range of stable positions.
    pub fn actual(&self, range: TextRange) -> TextRange {
        let start = self.piece(range.start, |piece| piece.stable);
        let end = self.piece(range.end, |piece| piece.stable);
        TextRange::new(range.start - start.stable + start.offset, range.end - end.stable + end.offset)
    }

    fn piece(&self, at: u32, of: impl Fn(&Piece) -> u32) -> Piece {
        let behind = self.pieces.partition_point(|piece| of(piece) <= at);
        self.pieces[behind.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(places: &Places) -> Vec<(u32, u32)> {
        places.pieces.iter().map(|piece| (piece.offset, piece.stable)).collect()
    }

    #[test]
    fn an_edit_moves_nothing_but_what_it_touches() {
        let old = Places::new(&[10, 20, 30], 40);
        // The second piece grows by five bytes, and one comes in behind it.
        let new = old.edited(&[10, 25, 28, 38], 48, 1, 2).expect("there is room");
        let (old, new) = (all(&old), all(&new));
        assert_eq!((old[0].1, old[2].1, old[3].1), (new[0].1, new[3].1, new[4].1));
        assert!(new.is_sorted_by_key(|piece| piece.1));
    }

    #[test]
    fn positions_lead_back_to_offsets() {
        let places = Places::new(&[0, 10, 25], 40);
        for start in 0..=40 {
            for end in start..=40 {
                let range = TextRange::new(start, end);
                assert_eq!(places.actual(places.stable(range)), range);
            }
        }
    }

    #[test]
    fn without_room_all_is_laid_out_anew() {
        let old = Places::new(&[10], 20);
        assert_eq!(old.edited(&[10_000], 10_010, 0, 1), None);
        assert!(old.edited(&[3_000], 3_010, 0, 1).is_some());
    }
}

//! Lines: their indentation, and what is aligned from line to line.

use unicode_segmentation::UnicodeSegmentation;

use super::super::lex::Kind;
use super::Piece;
use super::spaces::space_between;

/// A line in its cells, each a range of pieces that begins where the one before it ends.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    /// Where `= value` begins, if the whole value stands on the line.
    assign: Option<usize>,
    /// Where a comment behind something begins.
    comment: Option<usize>,
    end: usize,
}

impl Line {
    fn lead_end(&self) -> usize {
        self.assign.or(self.comment).unwrap_or(self.end)
    }

    fn code_end(&self) -> usize {
        self.comment.unwrap_or(self.end)
    }
}

pub(super) fn lay_out(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(&lines, pieces);
    for line in &lines {
        space(pieces, line.start, line.lead_end());
        if let Some(assign) = line.assign {
            space(pieces, assign, line.code_end());
        }
    }
    align(&lines, pieces, |line| line.assign, Line::lead_end);
    align(&lines, pieces, |line| line.comment, Line::code_end);
}

fn ends_line(piece: &Piece<'_>) -> bool {
    piece.kind == Kind::Newline || (piece.kind == Kind::LineComment && piece.text.ends_with('\n'))
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if ends_line(piece) {
            lines.push(line(pieces, start, at + 1));
            start = at + 1;
        }
    }
    if start < pieces.len() {
        lines.push(line(pieces, start, pieces.len()));
    }
    lines
}

fn line(pieces: &[Piece<'_>], start: usize, end: usize) -> Line {
    let comment = (end - start > 1 && pieces[end - 1].kind.is_comment()).then_some(end - 1);
    let code_end = comment.unwrap_or(end);
    let code = &pieces[start..code_end];
    // A function's `=` stands far behind its name and its neighbours': aligning would tear it apart.
    let function = matches!(code, [word, name, open, ..]
        if word.text == "fn" && name.kind == Kind::Name && open.kind == Kind::OpenParen);
    let assign = code.iter().position(|piece| piece.kind == Kind::Equal).filter(|at| *at > 0 && !function);
    let assign = assign.filter(|at| code[*at..].iter().map(|p| p.kind.bracket_change()).sum::<i32>() == 0);
    Line { start, assign: assign.map(|at| start + at), comment, end }
}

/// Two blanks for each line whose brackets are still open. A line that opens several brackets indents once, and is
/// undone when as many are closed.
fn indent(lines: &[Line], pieces: &mut [Piece<'_>]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        if pieces[line.start].kind == Kind::Newline {
            continue;
        }
        // What a heredoc opens in its text is no matter of the lines around it, and what is assigned closes what it opens.
        let code = pieces[line.start..line.lead_end()].iter().take_while(|p| p.kind != Kind::OpenHeredoc);
        let change: i32 = code.map(|piece| piece.kind.bracket_change()).sum();
        let mut closed = -change;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            let here = closed.min(*last);
            *last -= here;
            closed -= here;
            if *last == 0 {
                open.pop();
            }
        }
        pieces[line.start].blanks = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

fn space(pieces: &mut [Piece<'_>], start: usize, end: usize) {
    for at in start + 1..end {
        let before = (at >= start + 2).then(|| pieces[at - 2].kind);
        let space = space_between(before, &pieces[at - 1], &pieces[at]);
        pieces[at].blanks = usize::from(space);
    }
}

/// Aligns a cell over consecutive lines that have it: one blank behind the longest of what stands before it.
fn align(
    lines: &[Line],
    pieces: &mut [Piece<'_>],
    cell: impl Fn(&Line) -> Option<usize>,
    before: impl Fn(&Line) -> usize,
) {
    for chain in lines.chunk_by(|a, b| cell(a).is_some() == cell(b).is_some()) {
        if cell(&chain[0]).is_none() {
            continue;
        }
        let widths: Vec<_> = chain.iter().map(|line| width(&pieces[line.start..before(line)])).collect();
        let widest = widths.iter().max().copied().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            if let Some(cell) = cell(line) {
                pieces[cell].blanks = widest - width + 1;
            }
        }
    }
}

fn width(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(|piece| piece.blanks + columns(piece.text)).sum()
}

fn columns(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') { text.len() } else { text.graphemes(true).count() }
}

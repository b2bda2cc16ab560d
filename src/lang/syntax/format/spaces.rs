//! Whether a blank stands between two tokens of a line.

use super::super::lex::Kind;
use super::Piece;

/// `before` is what stands before `left`.
pub(super) fn space_between(before: Option<Kind>, left: &Piece<'_>, right: &Piece<'_>) -> bool {
    use Kind::*;
    match (left.kind, right.kind) {
        (_, Newline) => false,
        _ if right.clings => false,
        // Calls, attributes, ranges, lists of arguments.
        (Name, OpenParen | DoubleColon) | (DoubleColon, Name) => false,
        (Dot | SafeDot | Range, _) | (_, Dot | SafeDot | Range) => false,
        (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        // Inside of templates nothing moves.
        (QuotedText | HeredocText | OpenQuote | OpenHeredoc, _) => false,
        (_, QuotedText | HeredocText | CloseQuote | CloseHeredoc) => false,
        // `[for x in [a]: x]`: an index only where there is something to index.
        (Name, _) if left.text == "in" && before == Some(Name) => true,
        (Name | Number | CloseBrace | CloseBracket | CloseParen | CloseSequence, OpenBracket) => false,
        (Bang, _) => false,
        (Minus, _) => !before.is_none_or(is_before_negation),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenInterpolation | OpenDirective, OpenBrace) | (CloseBrace, CloseSequence) => true,
        (CloseSequence, OpenInterpolation | OpenDirective) => false,
        (open, _) if open.bracket_change() > 0 => false,
        (_, close) if close.bracket_change() < 0 => false,
        _ => true,
    }
}

/// What makes a `-` behind it a sign and not an operator.
fn is_before_negation(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        OpenParen
            | OpenBrace
            | OpenBracket
            | Equal
            | Colon
            | Comma
            | Question
            | Operator
            | Minus
            | Bang
            | Range
    )
}

/// Finds the `?` of optional types, the `:` of parameters, `match` and the `=>` of its arms.
pub(super) fn find_own_syntax(pieces: &mut [Piece<'_>]) {
    use Kind::*;
    let mut brackets = Vec::new();
    let mut params = None;
    for at in 0..pieces.len() {
        match pieces[at].kind {
            // In a `for`, lines end nothing.
            OpenBrace if begins_for(&pieces[at + 1..]) => brackets.push(OpenBracket),
            kind if kind.bracket_change() > 0 => brackets.push(kind),
            kind if kind.bracket_change() < 0 => {
                brackets.pop();
                if params.is_some_and(|depth| brackets.len() < depth) {
                    params = None;
                }
            }
            Name if brackets.is_empty() && pieces[at].text == "fn" => {
                let declares = matches!(pieces.get(at + 1..at + 3), Some([name, open])
                    if name.kind == Name && open.kind == OpenParen);
                params = declares.then_some(1);
            }
            // The keyword calls nothing.
            Name if pieces[at].text == "match" && has_arms(&pieces[at + 1..]) => pieces[at].kind = Returns,
            // An arm is laid out as an argument is.
            Arrow if brackets.last() == Some(&OpenBrace) => pieces[at].kind = Equal,
            Colon if params == Some(brackets.len()) => pieces[at].clings = true,
            Question => {
                let lines_end = matches!(brackets.last(), None | Some(OpenBrace));
                let mut behind = pieces[at + 1..].iter().map(|piece| (piece.kind, piece.text));
                let next = behind.find(|(kind, _)| lines_end || !(*kind == Newline || kind.is_comment()));
                pieces[at].clings = match next {
                    None => true,
                    Some((Operator, text)) => text == "|",
                    Some((kind, _)) => {
                        kind.is_line_end()
                            || matches!(
                                kind,
                                Comma | CloseParen | CloseBracket | CloseBrace | CloseSequence | Equal
                            )
                    }
                };
            }
            _ => {}
        }
    }
}

/// Parentheses with a brace behind them.
fn has_arms(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0;
    let close = pieces.iter().position(|piece| {
        depth += piece.kind.bracket_change();
        depth <= 0
    });
    let behind = close.and_then(|close| pieces.get(close + 1));
    pieces.first().is_some_and(|piece| piece.kind == Kind::OpenParen)
        && behind.is_some_and(|piece| piece.kind == Kind::OpenBrace)
}

/// `for` and a name; `{ for = 1 }` is an object.
fn begins_for(pieces: &[Piece<'_>]) -> bool {
    let trivia = |piece: &&Piece<'_>| piece.kind == Kind::Newline || piece.kind.is_comment();
    let mut code = pieces.iter().skip_while(trivia);
    code.next().is_some_and(|piece| piece.text == "for")
        && code.find(|piece| !trivia(piece)).is_some_and(|piece| piece.kind == Kind::Name)
}

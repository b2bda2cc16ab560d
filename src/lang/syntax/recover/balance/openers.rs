//! Brackets that were never opened, as the lines below or what closes them show.

use super::super::super::lex::{Kind, Token};
use super::super::mended::Edit;
use super::super::structure::{Begins, begins, is_head};
use super::{Balance, Open};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// So many lines are looked at for what closes a value, and so many tokens for what was opened.
const FEW: usize = 400;

impl Balance<'_> {
    /// A line with something below it, further in, that stands in a bracket nobody has opened.
    pub(super) fn never_opened(&mut self, tokens: &[Token]) {
        let end = tokens.iter().position(|token| token.kind.is_line_end());
        let Some(end) = end.filter(|end| *end > 0) else { return };
        let (line, rest) = tokens.split_at(end);
        let code = |token: &Token| !token.kind.is_line_end() && !token.kind.is_comment();
        let Some(below) = rest.iter().position(code).map(|below| &rest[below..]) else { return };
        if self.indent(below[0].range.start) <= self.here {
            return;
        }
        if self.block_never_opened(line, below) {
            let message = format!("the block `{}` is never opened", self.text(line[0]));
            let open = self.write_in(line[end - 1], message, Kind::OpenBrace);
            self.push(Open { block: true, ..open });
        } else if self.arms_never_opened(line, below) {
            let message = "the arms of this `match` are never opened".to_owned();
            // Brackets this line opens before its end are outside of it.
            self.waits_for_line_end = Some(self.write_in(line[end - 1], message, Kind::OpenBrace));
        } else if let Some(opener) = self.value_never_opened(line, below) {
            let message = format!("the value of `{}` is never opened", self.text(line[0]));
            self.waits_for_line_end = Some(self.write_in(line[end - 1], message, opener));
        }
    }

    /// Whether a line is the head of a block but for its `{`, with the body below it.
    fn block_never_opened(&self, line: &[Token], below: &[Token]) -> bool {
        self.open.last().is_none_or(|open| open.block)
            && is_head(line)
            && begins(below, &self.mended.text).is_some()
    }

    /// Whether a line ends behind what is matched, with the arms below it.
    fn arms_never_opened(&self, line: &[Token], below: &[Token]) -> bool {
        let keyword = line.iter().rposition(|token| self.text(*token) == "match");
        let Some(keyword) = keyword.filter(|at| line[*at].kind == Kind::Name) else { return false };
        let begins_value = matches!(
            keyword.checked_sub(1).map(|before| line[before].kind),
            Some(
                Kind::Equal
                    | Kind::OpenParen
                    | Kind::OpenBracket
                    | Kind::Comma
                    | Kind::Arrow
                    | Kind::Colon
                    | Kind::Operator
            )
        );
        let opened = line[keyword..].iter().any(|token| token.kind == Kind::OpenBrace);
        let mut arm = below.iter().take_while(|token| !token.kind.is_line_end());
        begins_value && keyword + 1 < line.len() && !opened && arm.any(|token| token.kind == Kind::Arrow)
    }

    /// For a line that ends behind `=`: the bracket that is closed at its indentation, behind the lines further in.
    fn value_never_opened(&self, line: &[Token], below: &[Token]) -> Option<Kind> {
        if line.last()?.kind != Kind::Equal || line.len() < 2 {
            return None;
        }
        let lines = self.mended.text[below[0].range.end as usize..].lines().skip(1).take(FEW);
        let width = |line: &str| (line.len() - line.trim_start_matches([' ', '\t']).len()) as u32;
        let outside = lines.filter(|line| !line.trim().is_empty()).find(|line| width(line) <= self.here)?;
        match outside.trim_start().chars().next()? {
            _ if width(outside) < self.here => None,
            '}' if begins(below, &self.mended.text) == Some(Begins::Attribute) => Some(Kind::OpenBrace),
            ']' if below[0].kind.begins_value() => Some(Kind::OpenBracket),
            _ => None,
        }
    }

    /// For a bracket that closes nothing: writes in its partner where that is evidently missing on its line.
    pub(super) fn opened_on_line(&mut self, closer: Token, line: &[Token]) -> bool {
        let level = level(line);
        let Some(last) = missing_behind(closer.kind, &level, &self.mended.text) else { return false };
        let (sign, end) = (opener(closer.kind), TextRange::new(last.range.end, last.range.end));
        let span = self.mended.span(self.mender.file, end);
        let report =
            Diagnostic::new(codes::SYNTAX, span, format!("`{sign}` is missing behind `{}`", self.text(last)))
                .here(format!("`{sign}` was expected here"))
                .label(self.mended.span(self.mender.file, closer.range), "to be closed here")
                .replace(FixLevel::Review, format!("insert `{sign}`"), span, sign);
        self.mender.report(report);
        self.edits.push(Edit { range: end, with: sign.into() });
        true
    }

    /// Writes in a bracket that is missing behind a token.
    fn write_in(&mut self, last: Token, message: String, opener: Kind) -> Open {
        let place = TextRange::new(last.range.end, last.range.end);
        let span = self.mended.span(self.mender.file, place);
        let sign = if opener == Kind::OpenBrace { "{" } else { "[" };
        let with = format!(" {sign}");
        let report = Diagnostic::new(codes::SYNTAX, span, message)
            .here(format!("`{sign}` was expected here"))
            .replace(FixLevel::Review, format!("insert `{sign}`"), span, with.clone());
        self.mender.report(report);
        self.edits.push(Edit { range: place, with });
        let token = Token { kind: opener, range: place };
        Open { token, indent: self.here, block: false, line: usize::MAX }
    }
}

/// What stands on a line at the level of its end, without what is in brackets.
fn level(line: &[Token]) -> Vec<Token> {
    let mut depth = 0;
    let mut level = Vec::new();
    for token in line.iter().rev().take(FEW) {
        let change = token.kind.bracket_change();
        depth -= change;
        if depth < 0 {
            break;
        }
        if depth == 0 && change == 0 && !token.kind.is_comment() {
            level.push(*token);
        }
    }
    level.reverse();
    level
}

fn opener(closer: Kind) -> &'static str {
    match closer {
        Kind::CloseParen => "(",
        Kind::CloseBracket => "[",
        _ => "{",
    }
}

/// Behind which token of a level the partner of a bracket at its end is missing.
fn missing_behind(closer: Kind, level: &[Token], text: &str) -> Option<Token> {
    const WORDS: [&str; 8] = ["for", "in", "if", "match", "type", "fn", "use", "else"];
    let assigns = |token: &Token| matches!(token.kind, Kind::Equal | Kind::Colon);
    match closer {
        // `upper "x")`
        Kind::CloseParen => {
            let mut pairs = level.windows(2);
            let calls = pairs.find(|pair| {
                pair[0].kind == Kind::Name
                    && pair[1].kind.begins_value()
                    && !WORDS.iter().any(|word| pair.iter().any(|token| token.range.of(text) == *word))
            });
            calls.map(|pair| pair[0])
        }
        // `xs = 1, 2]`, `xs 0]`
        Kind::CloseBracket => {
            let at = level.iter().rposition(assigns)?;
            let list = level[at..].iter().any(|token| token.kind == Kind::Comma);
            let index = matches!(level, [.., name, number]
                if name.kind == Kind::Name && number.kind == Kind::Number && !WORDS.contains(&name.range.of(text)));
            match index {
                true => Some(level[level.len() - 2]),
                false => list.then_some(level[at]),
            }
        }
        // `x = a = 1, b = 2 }`
        Kind::CloseBrace => {
            let mut triples = level.windows(3);
            let object = triples.find(|three| {
                assigns(&three[0]) && three[1].kind == Kind::Name && three[2].kind == Kind::Equal
            });
            object.map(|three| three[0])
        }
        _ => None,
    }
}

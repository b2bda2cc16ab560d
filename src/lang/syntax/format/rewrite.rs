//! The few rewritings that are more than layout, all of them those of `terraform fmt`: `"${x}"` as the whole value of an
//! argument becomes `x`, labels get their quotes, and `list` as a variable's type becomes `list(any)`.

use super::super::lex::{Kind, Token};
use super::super::tree::{Block, Body, ExprKind, Item, TemplateForm, TemplatePart, Tree};
use super::Piece;
use crate::base::source::TextRange;

/// A change of tokens: those in the range are replaced.
struct Change {
    start: usize,
    end: usize,
    with: Vec<Piece<'static>>,
}

pub(super) fn rewrite<'t>(tree: &Tree, tokens: &[Token], pieces: Vec<Piece<'t>>) -> Vec<Piece<'t>> {
    let mut finder = Finder { tree, tokens, changes: Vec::new() };
    finder.body(&tree.body, None, 0);
    let mut changes = finder.changes;
    if changes.is_empty() {
        return pieces;
    }
    changes.sort_by_key(|change| change.start);
    let mut out = Vec::with_capacity(pieces.len());
    let mut at = 0;
    for change in changes {
        out.extend_from_slice(&pieces[at..change.start]);
        out.extend_from_slice(&change.with);
        at = change.end;
    }
    out.extend_from_slice(&pieces[at..]);
    out
}

struct Finder<'t> {
    tree: &'t Tree,
    tokens: &'t [Token],
    changes: Vec<Change>,
}

impl Finder<'_> {
    fn body(&mut self, body: &Body, inside: Option<&Block>, depth: usize) {
        for item in &body.items {
            match item {
                Item::Attribute(item) => {
                    let value = self.tree.expr(item.value).range;
                    let of_variable = depth == 1
                        && inside.is_some_and(|block| self.tree.text(block.kind) == "variable")
                        && self.tree.text(item.name) == "type";
                    if of_variable {
                        self.variable_type(value);
                    } else if self.is_lone_interpolation(&self.tree.expr(item.value).kind) {
                        self.unwrap(value);
                    }
                }
                Item::Block(block) => {
                    self.labels(block);
                    self.body(&block.body, Some(block), depth + 1);
                }
                Item::Type(_) | Item::Function(_) | Item::Use(_) | Item::Error(_) => {}
            }
        }
    }

    fn tokens_in(&self, range: TextRange) -> (usize, usize) {
        let start = self.tokens.partition_point(|token| token.range.start < range.start);
        (start, self.tokens.partition_point(|token| token.range.start < range.end))
    }

    fn replace(&mut self, start: usize, end: usize, with: Vec<Piece<'static>>) {
        self.changes.push(Change { start, end, with });
    }

    fn is_lone_interpolation(&self, kind: &ExprKind) -> bool {
        matches!(kind, ExprKind::Template(template)
            if template.form == TemplateForm::Quoted && matches!(*template.parts, [TemplatePart::Interpolation { .. }]))
    }

    fn unwrap(&mut self, value: TextRange) {
        let (start, end) = self.tokens_in(value);
        if end - start < 5
            || self.tokens[start + 1].kind != Kind::OpenInterpolation
            || self.has_more_inside(start + 2, end - 2)
        {
            return;
        }
        let newline = |at: &usize| self.tokens[*at].kind == Kind::Newline;
        let Some(first) = (start + 2..end - 2).find(|at| !newline(at)) else { return };
        let Some(last) = (start + 2..end - 2).rev().find(|at| !newline(at)) else { return };
        let parens = self.needs_parens(first, last);
        // A comment takes its line break with it: nothing can follow on the line but comments.
        let mut behind = self.tokens[end..].iter().filter(|token| token.kind != Kind::BlockComment);
        if self.tokens[last].kind == Kind::LineComment
            && !parens
            && !behind.next().is_none_or(|token| token.kind.is_line_end())
        {
            return;
        }
        let piece = |kind, text| if parens { vec![Piece::new(kind, text)] } else { Vec::new() };
        self.replace(start, first, piece(Kind::OpenParen, "("));
        self.replace(last + 1, end, piece(Kind::CloseParen, ")"));
    }

    /// Whether lines would end what goes on over them. All that has a line break gets parentheses, as from Terraform,
    /// unless it begins and ends with one; breaks that belong to a comment in brackets don't count.
    fn needs_parens(&self, first: usize, last: usize) -> bool {
        let (mut depth, mut breaks, mut outside) = (0, false, false);
        for at in first..=last {
            let kind = self.tokens[at].kind;
            depth += kind.bracket_change();
            breaks |= kind == Kind::Newline;
            outside |= depth == 0 && at < last && kind.is_line_end();
        }
        let parens = self.tokens[first].kind == Kind::OpenParen && self.tokens[last].kind == Kind::CloseParen;
        outside || (breaks && !parens)
    }

    /// Whether further interpolations stand outside of quotes, as in a heredoc.
    fn has_more_inside(&self, start: usize, end: usize) -> bool {
        let mut quotes = 0;
        self.tokens[start..end].iter().any(|token| {
            match token.kind {
                Kind::OpenQuote => quotes += 1,
                Kind::CloseQuote => quotes -= 1,
                _ => {}
            }
            quotes == 0 && matches!(token.kind, Kind::OpenInterpolation | Kind::CloseSequence)
        })
    }

    fn variable_type(&mut self, value: TextRange) {
        let (_, end) = self.tokens_in(value);
        if matches!(self.tree.text(value), "list" | "map" | "set") {
            let of_any = [(Kind::OpenParen, "("), (Kind::Name, "any"), (Kind::CloseParen, ")")];
            self.replace(end, end, of_any.map(|(kind, text)| Piece::new(kind, text)).to_vec());
        }
    }

    fn labels(&mut self, block: &Block) {
        for label in &block.labels {
            if !label.quoted {
                let (start, end) = self.tokens_in(label.range);
                self.replace(start, start, vec![Piece::new(Kind::OpenQuote, "\"")]);
                self.replace(end, end, vec![Piece::new(Kind::CloseQuote, "\"")]);
            }
        }
    }
}

//! Terms: names, numbers, lists, objects, `for` and `match`.

use super::super::grammar::Rule;
use super::super::tree::{ExprId, ExprKind, ForExpr, MatchArm, MatchExpr, ObjectItem};
use super::Builder;
use crate::base::codes;
use crate::base::source::TextRange;

impl Builder<'_> {
    pub(super) fn term(&mut self) -> ExprId {
        match self.peek() {
            Some(Rule::path) => self.path(),
            Some(Rule::string) => self.string(),
            Some(Rule::number) => self.number(),
            Some(Rule::tuple) => self.bracketed(Self::tuple),
            Some(Rule::object) => self.bracketed(Self::object),
            Some(Rule::paren) => self.bracketed(Self::paren),
            Some(Rule::match_expr) => self.match_expr(),
            Some(Rule::heredoc) => self.heredoc(),
            Some(Rule::hole) => self.hole(),
            other => unreachable!("{other:?} is no term"),
        }
    }

    /// `a`, `a.b.c`, `true`, `ns::f`.
    fn path(&mut self) -> ExprId {
        let range = self.leaf();
        let text = self.slice(range);
        let Some(first) = text.bytes().position(|b| b == b'.' || b == b':') else {
            let kind = constant(text);
            return self.push(kind, range);
        };
        if let Some(colons) = text.find("::") {
            return self.qualified(range, text, colons);
        }
        let kind = constant(&text[..first]);
        let mut end = range.start + first as u32;
        let mut value = self.push(kind, TextRange::new(range.start, end));
        for part in text[first + 1..].split('.') {
            let name = TextRange::new(end + 1, end + 1 + part.len() as u32);
            end = name.end;
            let whole = TextRange::new(range.start, end);
            value = self.push(ExprKind::Attr { base: value, name, safe: false }, whole);
        }
        value
    }

    /// `ns::f` stands only before the arguments of a call.
    fn qualified(&mut self, range: TextRange, text: &str, colons: usize) -> ExprId {
        if self.peek() == Some(Rule::call) && !text.contains('.') {
            return self.push(ExprKind::Name, range);
        }
        let at = range.start + colons as u32;
        let error = self.error(
            codes::SYNTAX,
            TextRange::new(at, at + 2),
            "`::` stands only in the name of a function that is called",
        );
        error.help =
            Some("attributes are reached with `.`: `var.name`; functions are called: `name(…)`".into());
        self.push(ExprKind::Error, range)
    }

    /// A term in brackets, one level deeper.
    fn bracketed(&mut self, inside: fn(&mut Self) -> ExprKind) -> ExprId {
        let start = self.enter();
        let kind = if self.descend(start) { inside(self) } else { ExprKind::Error };
        self.ascend();
        let end = self.leave();
        self.push(kind, TextRange::new(start, end))
    }

    fn paren(&mut self) -> ExprKind {
        ExprKind::Paren(self.expr())
    }

    fn tuple(&mut self) -> ExprKind {
        if self.peek() == Some(Rule::for_intro) {
            return self.for_expr();
        }
        // Collected on the stack of operands: a list allocates once, with the length it has.
        let mark = self.operands.len();
        while self.peek().is_some() {
            let item = self.expr();
            self.operands.push(item);
        }
        ExprKind::Tuple(self.operands.drain(mark..).collect())
    }

    fn object(&mut self) -> ExprKind {
        if self.peek() == Some(Rule::for_intro) {
            return self.for_expr();
        }
        let mut items = Vec::new();
        while self.peek().is_some() {
            let start = self.enter();
            let docs = self.take_docs(start);
            let key = match self.leaf_if(Rule::name) {
                Some(name) => self.push(ExprKind::Name, name),
                None => self.expr(),
            };
            let value = self.expr();
            self.leave();
            items.push(ObjectItem { docs, key, value });
        }
        ExprKind::Object(items.into())
    }

    fn for_expr(&mut self) -> ExprKind {
        self.enter();
        let (key, value) = self.for_names();
        let collection = self.expr();
        self.leave();
        let first = self.expr();
        let second = matches!(self.peek(), Some(Rule::expr_n)).then(|| self.expr());
        let (key_expr, value_expr) = match second {
            Some(second) => (Some(first), second),
            None => (None, first),
        };
        let group = self.leaf_if(Rule::ellipsis).is_some();
        let condition = (self.peek() == Some(Rule::for_condition)).then(|| self.wrapped_expr());
        ExprKind::For(Box::new(ForExpr { key, value, collection, key_expr, value_expr, group, condition }))
    }

    /// One or two names; the last is the element.
    pub(super) fn for_names(&mut self) -> (Option<TextRange>, TextRange) {
        let first = self.leaf();
        match self.leaf_if(Rule::name) {
            Some(second) => (Some(first), second),
            None => (None, first),
        }
    }

    fn match_expr(&mut self) -> ExprId {
        let start = self.enter() - "match".len() as u32;
        let fits = self.descend(start);
        let kind = if fits { self.arms() } else { ExprKind::Error };
        self.ascend();
        let end = self.leave();
        self.push(kind, TextRange::new(start, end))
    }

    fn arms(&mut self) -> ExprKind {
        let scrutinee = self.expr();
        let mut arms = Vec::new();
        while self.peek().is_some() {
            self.enter();
            let mut patterns = Vec::with_capacity(1);
            while self.peek() == Some(Rule::pattern) {
                patterns.push(self.wrapped_expr());
            }
            let value = self.expr();
            self.leave();
            arms.push(MatchArm { patterns: patterns.into(), value });
        }
        ExprKind::Match(Box::new(MatchExpr { scrutinee, arms: arms.into() }))
    }
}

fn constant(name: &str) -> ExprKind {
    match name {
        "true" => ExprKind::Bool(true),
        "false" => ExprKind::Bool(false),
        "null" => ExprKind::Null,
        _ => ExprKind::Name,
    }
}

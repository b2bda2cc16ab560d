//! Matched text → tree: one pass over the grammar's tokens.
//!
//! The grammar decides what is syntax; here the flat lists of operands and operators become expressions, strings
//! become their values, and what a grammar explains badly is checked: units, escapes, call targets, directives.

mod cursor;
mod directives;
mod expr;
mod items;
mod operators;
mod postfix;
mod template;
mod terms;
mod units;

use std::sync::Arc;

use super::grammar::{Rule, Token};
use super::recover::too_deep;
use super::reports::Reports;
use super::tree::{BinaryOp, Body, Comment, CommentKind, Expr, ExprId, ExprKind, Item, TemplatePart, Tree};
use crate::base::codes::{self, Code};
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::source::{FileId, TextRange};
use cursor::Cursor;

/// What a build found out beside the tree.
pub(super) struct Built<T> {
    pub(super) tree: Tree,
    pub(super) value: T,
    pub(super) diagnostics: Reports,
    /// Whether there are holes: in a text nobody mended, characters that may not stand there.
    pub(super) holes: bool,
}

/// Builds the tree of a whole file.
pub(super) fn file(file: FileId, text: &Arc<str>, tokens: &[Token], limits: &Limits) -> Built<()> {
    let mut builder = Builder::new(file, text, tokens, limits);
    let body = builder.file();
    builder.finish(text, body, ())
}

/// Builds the tree of a lone expression.
pub(super) fn expression(file: FileId, text: &Arc<str>, tokens: &[Token], limits: &Limits) -> Built<ExprId> {
    let mut builder = Builder::new(file, text, tokens, limits);
    builder.enter();
    let value = builder.expr();
    builder.finish(text, Body::default(), value)
}

struct Builder<'i> {
    file: FileId,
    text: &'i str,
    cursor: Cursor<'i>,
    exprs: Vec<Expr>,
    /// How many expressions lie on the longest way down from each, itself included.
    heights: Vec<u32>,
    comments: Vec<Comment>,
    file_docs: Vec<TextRange>,
    /// `///` lines that no item has taken yet.
    docs: Vec<TextRange>,
    diagnostics: Reports,
    operands: Vec<ExprId>,
    operators: Vec<operators::Pending>,
    /// Of the bodies that are being built, the outermost first.
    items: Vec<Item>,
    depth: u32,
    max_depth: u32,
    max_height: u32,
    too_deep: bool,
    too_long: bool,
    holes: bool,
}

impl<'i> Builder<'i> {
    fn new(file: FileId, text: &'i str, tokens: &'i [Token], limits: &Limits) -> Self {
        let mut builder = Self {
            file,
            text,
            // One expression per 16 bytes is what configuration looks like.
            exprs: Vec::with_capacity(text.len() / 16),
            heights: Vec::with_capacity(text.len() / 16),
            cursor: Cursor::new(tokens),
            comments: Vec::new(),
            file_docs: Vec::new(),
            docs: Vec::new(),
            diagnostics: Reports::default(),
            operands: Vec::new(),
            operators: Vec::new(),
            items: Vec::new(),
            depth: 0,
            max_depth: limits.nesting,
            max_height: limits.nesting.saturating_mul(2),
            too_deep: false,
            too_long: false,
            holes: false,
        };
        builder.skip_comments();
        builder
    }

    fn finish<T>(self, text: &Arc<str>, body: Body, value: T) -> Built<T> {
        Built {
            tree: Tree {
                file: self.file,
                text: Arc::clone(text),
                body,
                exprs: self.exprs,
                comments: self.comments,
                file_docs: self.file_docs,
                places: None,
            },
            value,
            diagnostics: self.diagnostics,
            holes: self.holes,
        }
    }

    #[inline]
    fn slice(&self, range: TextRange) -> &'i str {
        range.of(self.text)
    }

    fn error(&mut self, code: Code, range: TextRange, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::new(code, range.in_file(self.file), message))
    }

    // ── The cursor, without comments

    /// The rule that begins next; `None` where the current one ends.
    fn peek(&self) -> Option<Rule> {
        self.cursor.peek()
    }

    #[inline]
    fn advance(&mut self) -> u32 {
        let at = self.cursor.advance();
        if let Some(Rule::line_comment | Rule::block_comment) = self.cursor.peek() {
            self.skip_comments();
        }
        at
    }

    /// Enters the rule that begins next and answers where it begins.
    fn enter(&mut self) -> u32 {
        self.advance()
    }

    /// Leaves the current rule, whatever is left of it, and answers where it ends.
    fn leave(&mut self) -> u32 {
        while self.cursor.peek().is_some() {
            self.advance();
            self.leave();
        }
        self.advance()
    }

    /// Takes a rule that has nothing inside.
    fn leaf(&mut self) -> TextRange {
        let start = self.cursor.advance();
        let end = self.advance();
        TextRange::new(start, end)
    }

    /// Takes the rule that begins next if it is this one.
    fn leaf_if(&mut self, rule: Rule) -> Option<TextRange> {
        (self.peek() == Some(rule)).then(|| self.leaf())
    }

    fn skip_comments(&mut self) {
        while let Some(Rule::line_comment | Rule::block_comment) = self.cursor.peek() {
            let start = self.cursor.advance();
            let end = self.cursor.advance();
            self.comment(TextRange::new(start, end));
        }
    }

    fn comment(&mut self, mut range: TextRange) {
        let bytes = self.slice(range).as_bytes();
        let kind = if bytes.starts_with(b"/*") {
            CommentKind::Block
        } else {
            if bytes.last() == Some(&b'\r') {
                range.end -= 1;
            }
            if bytes.starts_with(b"//!") {
                CommentKind::FileDoc
            } else if bytes.starts_with(b"///") && bytes.get(3) != Some(&b'/') {
                CommentKind::Doc
            } else {
                CommentKind::Line
            }
        };
        match kind {
            CommentKind::FileDoc => self.file_docs.push(range),
            CommentKind::Doc if self.begins_line(range.start) => self.docs.push(range),
            _ => {}
        }
        self.comments.push(Comment { range, kind });
    }

    fn begins_line(&self, at: u32) -> bool {
        let before = self.text[..at as usize].trim_end_matches(|c: char| c.is_whitespace() && c != '\n');
        before.is_empty() || before.ends_with(['\n', '\u{FEFF}'])
    }

    /// The `///` lines directly before an item: no other line in between.
    fn take_docs(&mut self, item: u32) -> Box<[TextRange]> {
        if self.docs.is_empty() {
            return Box::default();
        }
        let mut next = item;
        let mut first = self.docs.len();
        while first > 0 {
            let doc = self.docs[first - 1];
            let between = TextRange::new(doc.end, next).of(self.text);
            let breaks = between.bytes().filter(|b| *b == b'\n').count();
            if breaks != 1 || !between.bytes().all(|b| b.is_ascii_whitespace()) {
                break;
            }
            next = doc.start;
            first -= 1;
        }
        let taken = self.docs[first..].into();
        self.docs.clear();
        taken
    }

    // ── The arena

    fn push(&mut self, mut kind: ExprKind, range: TextRange) -> ExprId {
        let mut height = 1 + self.height_below(&kind);
        if height > self.max_height {
            if !self.too_long {
                self.too_long = true;
                let (message, help) = self.too_high(&kind);
                self.error(codes::NESTING_TOO_DEEP, range, message).help = Some(help.into());
            }
            kind = ExprKind::Error;
            height = 1;
        }
        let id = ExprId(self.exprs.len() as u32);
        self.exprs.push(Expr { kind, range });
        self.heights.push(height);
        id
    }

    /// What is said of an expression that is too high, and what helps. Most are a long chain of operators, which nobody
    /// would call nested.
    fn too_high(&self, kind: &ExprKind) -> (String, &'static str) {
        let limit = self.max_height;
        let (mut links, mut next) = (0, kind);
        while let ExprKind::Binary { left, right, .. } = next {
            links += 1;
            let below = if self.height(*left) < self.height(*right) { right } else { left };
            next = &self.exprs[below.0 as usize].kind;
        }
        let split = "split it: name a part of it in `locals`";
        let op = match kind {
            ExprKind::Binary { op, .. } if links > limit / 2 => op,
            _ => return (format!("this expression has more than {limit} parts inside each other"), split),
        };
        let help = match op {
            BinaryOp::Add => "numbers in a list are added up by `sum([a, b, …])`",
            BinaryOp::And => "whether all in a list are true, says `alltrue([a, b, …])`",
            BinaryOp::Or => "whether one in a list is true, says `anytrue([a, b, …])`",
            BinaryOp::Coalesce => "the first that is not null is what `coalesce(a, b, …)` gives",
            _ => split,
        };
        (format!("this chain of operators is too long: more than {limit} of them"), help)
    }

    fn range(&self, id: ExprId) -> TextRange {
        self.exprs[id.0 as usize].range
    }

    fn height(&self, id: ExprId) -> u32 {
        self.heights[id.0 as usize]
    }

    fn highest<'e>(&self, ids: impl IntoIterator<Item = &'e ExprId>) -> u32 {
        ids.into_iter().map(|id| self.height(*id)).max().unwrap_or(0)
    }

    fn height_below(&self, kind: &ExprKind) -> u32 {
        match kind {
            ExprKind::Error
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number
            | ExprKind::Quantity { .. }
            | ExprKind::Name
            | ExprKind::SplatItem => 0,
            ExprKind::Template(template) => self.height_of_parts(&template.parts),
            ExprKind::Tuple(items) => self.highest(items),
            ExprKind::Object(items) => self.highest(items.iter().flat_map(|item| [&item.key, &item.value])),
            ExprKind::For(each) => self.highest(
                [&each.collection, &each.value_expr].into_iter().chain(&each.key_expr).chain(&each.condition),
            ),
            ExprKind::Attr { base, .. } => self.height(*base),
            ExprKind::Index { base, index, .. } => self.highest([base, index]),
            ExprKind::Splat { base, each, .. } => self.highest([base, each]),
            ExprKind::Call(call) => {
                self.highest(call.args.iter().chain(call.named.iter().map(|(_, value)| value)))
            }
            ExprKind::Unary { operand, .. } => self.height(*operand),
            ExprKind::Binary { left, right, .. } => self.highest([left, right]),
            ExprKind::Conditional { condition, then, otherwise } => {
                self.highest([condition, then, otherwise])
            }
            ExprKind::Optional(inner) | ExprKind::Paren(inner) => self.height(*inner),
            ExprKind::Match(each) => self.highest(
                each.arms
                    .iter()
                    .flat_map(|arm| arm.patterns.iter().chain([&arm.value]))
                    .chain([&each.scrutinee]),
            ),
        }
    }

    fn height_of_parts(&self, parts: &[TemplatePart]) -> u32 {
        let height = |part: &TemplatePart| match part {
            TemplatePart::Literal { .. } => 0,
            TemplatePart::Interpolation { expr, .. } => self.height(*expr),
            TemplatePart::If { condition, then, otherwise, .. } => {
                1 + self
                    .height(*condition)
                    .max(self.height_of_parts(then))
                    .max(self.height_of_parts(otherwise))
            }
            TemplatePart::For { collection, body, .. } => {
                1 + self.height(*collection).max(self.height_of_parts(body))
            }
        };
        parts.iter().map(height).max().unwrap_or(0)
    }

    /// Counts a level of nesting that begins at a place; `false` where there are too many, and then nothing inside is
    /// built.
    fn descend(&mut self, at: u32) -> bool {
        self.depth += 1;
        if self.depth <= self.max_depth {
            return true;
        }
        self.report_depth(at);
        false
    }

    fn report_depth(&mut self, at: u32) {
        if !std::mem::replace(&mut self.too_deep, true) {
            let span = TextRange::new(at, at + 1).in_file(self.file);
            self.diagnostics.push(too_deep(span, self.max_depth));
        }
    }

    fn ascend(&mut self) {
        self.depth -= 1;
    }
}

//! Expressions: operands with what is done to them, operators, conditionals.

use super::super::grammar::Rule;
use super::super::tree::{BinaryOp, ExprId, ExprKind, UnaryOp};
use super::Builder;
use crate::base::source::TextRange;

impl Builder<'_> {
    /// An `expr` or `expr_n`.
    pub(super) fn expr(&mut self) -> ExprId {
        self.enter();
        let mut value = self.operand();
        if self.peek().is_some() {
            value = self.operators(value);
        }
        if let Some(Rule::expr | Rule::expr_n) = self.peek() {
            value = self.conditional(value);
        }
        self.leave();
        value
    }

    fn conditional(&mut self, condition: ExprId) -> ExprId {
        let start = self.range(condition);
        if !self.descend(start.start) {
            self.ascend();
            return self.push(ExprKind::Error, start);
        }
        let then = self.expr();
        let otherwise = self.expr();
        self.ascend();
        let range = start.cover(self.range(otherwise));
        self.push(ExprKind::Conditional { condition, then, otherwise }, range)
    }

    /// Prefixes, a term, postfixes, perhaps the mark of an optional type.
    pub(super) fn operand(&mut self) -> ExprId {
        let mut prefixes = Vec::new();
        while let Some(range) = self.leaf_if(Rule::prefix) {
            prefixes.push(range);
        }
        let term = self.term();
        let mut value = if self.peek().is_some() { self.postfixes(term) } else { term };
        if let Some(mark) = self.leaf_if(Rule::optional_mark) {
            let range = TextRange::new(self.range(value).start, mark.end);
            value = self.push(ExprKind::Optional(value), range);
        }
        for op_range in prefixes.into_iter().rev() {
            let op = if self.slice(op_range) == "-" { UnaryOp::Negate } else { UnaryOp::Not };
            let range = TextRange::new(op_range.start, self.range(value).end);
            value = self.push(ExprKind::Unary { op, op_range, operand: value }, range);
        }
        value
    }

    /// The operator that comes next, if one does.
    pub(super) fn binary_operator(&mut self) -> Option<(BinaryOp, TextRange)> {
        let rule = self.peek()?;
        if !matches!(
            rule,
            Rule::op_multiply
                | Rule::op_add
                | Rule::op_range
                | Rule::op_union
                | Rule::op_coalesce
                | Rule::op_compare
                | Rule::op_equal
                | Rule::op_and
                | Rule::op_or
        ) {
            return None;
        }
        let range = self.leaf();
        let op = match self.slice(range) {
            "*" => BinaryOp::Multiply,
            "/" => BinaryOp::Divide,
            "%" => BinaryOp::Modulo,
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Subtract,
            ".." => BinaryOp::Range,
            "|" => BinaryOp::Union,
            "??" => BinaryOp::Coalesce,
            "<" => BinaryOp::Less,
            "<=" => BinaryOp::LessEqual,
            ">" => BinaryOp::Greater,
            ">=" => BinaryOp::GreaterEqual,
            "==" => BinaryOp::Equal,
            "!=" => BinaryOp::NotEqual,
            "&&" => BinaryOp::And,
            _ => BinaryOp::Or,
        };
        Some((op, range))
    }
}

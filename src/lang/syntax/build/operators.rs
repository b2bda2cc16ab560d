//! Operators by precedence: a flat list of operands and operators becomes a tree.
//!
//! Done with two stacks and no recursion, so that a long chain of operators costs memory and not stack. A union is built
//! as low as it can be: it means the same however its members are grouped, and may have very many.

use super::super::tree::{BinaryOp, ExprId, ExprKind};
use super::Builder;
use crate::base::codes;
use crate::base::source::TextRange;

/// An operator that waits for its right side.
pub(super) struct Pending {
    op: BinaryOp,
    range: TextRange,
}

/// How tightly an operator binds; a higher number binds tighter.
fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Equal | BinaryOp::NotEqual => 3,
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => 4,
        BinaryOp::Coalesce => 5,
        BinaryOp::Union => 6,
        BinaryOp::Range => 7,
        BinaryOp::Add | BinaryOp::Subtract => 8,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => 9,
    }
}

impl Builder<'_> {
    /// Reads operators and operands behind `first` as long as there are any.
    pub(super) fn operators(&mut self, first: ExprId) -> ExprId {
        // Expressions inside the operands use the same stacks above these marks.
        let (operands, operators) = (self.operands.len(), self.operators.len());
        self.operands.push(first);
        while let Some((op, range)) = self.binary_operator() {
            while let Some(top) = self.operators[operators..].last() {
                let (mine, theirs) = (precedence(op), precedence(top.op));
                let waits = matches!(op, BinaryOp::Coalesce | BinaryOp::Union);
                if theirs < mine || (theirs == mine && waits) {
                    break;
                }
                if op == BinaryOp::Range && top.op == BinaryOp::Range {
                    self.chained_range(range);
                }
                self.reduce(operators);
            }
            self.operators.push(Pending { op, range });
            let operand = self.operand();
            self.operands.push(operand);
        }
        while self.operators.len() > operators {
            self.reduce(operators);
        }
        let value = self.operands.pop().expect("the first operand or what it became");
        self.operands.truncate(operands);
        value
    }

    /// Gives the last operator its sides; of a union, all its members.
    fn reduce(&mut self, mark: usize) {
        let waiting = self.operators[mark..].iter().rev();
        let many = waiting.take_while(|pending| pending.op == BinaryOp::Union).count();
        if many > 1 {
            return self.union(many);
        }
        let (Some(operator), Some(right), Some(left)) =
            (self.operators.pop(), self.operands.pop(), self.operands.pop())
        else {
            return;
        };
        let value = self.binary(operator, left, right);
        self.operands.push(value);
    }

    /// Joins members with their neighbours in pairs, and the pairs with theirs.
    fn union(&mut self, bars: usize) {
        let mut bars = self.operators.split_off(self.operators.len() - bars);
        let mut members = self.operands.split_off(self.operands.len() - bars.len() - 1);
        while members.len() > 1 {
            let (mut from, mut between) = (members.into_iter(), bars.into_iter());
            (members, bars) = (Vec::new(), Vec::new());
            while let Some(left) = from.next() {
                members.push(match between.next().zip(from.next()) {
                    Some((bar, right)) => self.binary(bar, left, right),
                    None => left,
                });
                bars.extend(between.next());
            }
        }
        self.operands.extend(members);
    }

    fn binary(&mut self, operator: Pending, left: ExprId, right: ExprId) -> ExprId {
        let range = self.range(left).cover(self.range(right));
        let Pending { op, range: op_range } = operator;
        self.push(ExprKind::Binary { op, op_range, left, right }, range)
    }

    fn chained_range(&mut self, second: TextRange) {
        let error = self.error(codes::SYNTAX, second, "a range has two ends, this is a third");
        error.help = Some("write `1..5`, or join ranges with `|`: `1..5 | 10..20`".into());
    }
}

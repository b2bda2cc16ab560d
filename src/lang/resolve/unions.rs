//! Unions: `"a" | "b"`, with as many members as types may have parts.

use std::collections::BTreeSet;

use super::Resolver;
use super::constants::constant;
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::extent::{MOST_PARTS, TooLarge};
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::syntax::tree::{BinaryOp, ExprId, ExprKind, Tree};

/// As many members the unions of a module may list together, those of others that they take in included.
const MOST_MEMBERS: u64 = 4 * MOST_PARTS;

/// Values in the order they were first listed in.
#[derive(Default)]
struct Members {
    values: Vec<Value>,
    seen: BTreeSet<Value>,
    /// Enums all of whose members are here.
    whole: BTreeSet<*const Value>,
}

impl Members {
    /// Whether it is a new one.
    fn add(&mut self, value: &Value) -> bool {
        let new = self.seen.insert(value.clone());
        if new {
            self.values.push(value.clone());
        }
        new
    }

    fn add_all(&mut self, values: &[Value]) {
        if self.whole.insert(values.as_ptr()) {
            for value in values {
                self.add(value);
            }
        }
    }
}

impl<'a> Resolver<'a> {
    /// `A | B`: literals only; `null` and `T?` make the whole nullable.
    pub(super) fn union(&mut self, tree: &'a Tree, id: ExprId, span: Span, open: &mut Vec<Text>) -> Type {
        let mut members = Members::default();
        let mut nullable = false;
        let mut rest = vec![id];
        while let Some(id) = rest.pop() {
            let member = match &tree.expr(id).kind {
                ExprKind::Binary { op: BinaryOp::Union, left, right, .. } => {
                    rest.extend([*right, *left]);
                    continue;
                }
                ExprKind::Paren(inner) => {
                    rest.push(*inner);
                    continue;
                }
                ExprKind::Optional(inner) => {
                    nullable = true;
                    *inner
                }
                _ => id,
            };
            let place = tree.span(tree.expr(member).range);
            if matches!(tree.expr(member).kind, ExprKind::Null) {
                nullable = true;
            } else if let Some(value) =
                constant(tree, member).filter(|value| !matches!(value.kind, Kind::Seq(_) | Kind::Map(_)))
            {
                if let Err(too_large) = self.more_members(span, 1) {
                    return too_large;
                }
                if !members.add(&value) {
                    let message = format!("{value} is listed twice");
                    self.report(
                        Diagnostic::new(codes::DUPLICATE_DEFINITION, place, message).here("again here"),
                    );
                }
            } else {
                // A named enum adds its members.
                match self.type_in(tree, member, open) {
                    Type { kind: TypeKind::Enum(more), nullable: null, .. } => {
                        nullable |= null;
                        if let Err(too_large) = self.more_members(span, more.len()) {
                            return too_large;
                        }
                        members.add_all(&more);
                    }
                    ty if ty.is_error() => return ty,
                    ty => {
                        let message = format!("`{ty}` can't be part of a union");
                        self.report(
                            Diagnostic::new(codes::INVALID_TYPE, place, message)
                                .here("not a literal")
                                .help("a union has literals and enums as members; for null write `T?`"),
                        );
                        return Type::error();
                    }
                }
            }
            if members.values.len() as u64 >= MOST_PARTS {
                return self.too_large(place, &TooLarge::Parts.words());
            }
        }
        let values = members.values;
        let first = values.first().map(|value| std::mem::discriminant(&value.kind));
        if values.iter().any(|value| Some(std::mem::discriminant(&value.kind)) != first) {
            self.report(
                Diagnostic::new(codes::INVALID_TYPE, span, "the members of an enum are of one kind")
                    .here("mixes kinds"),
            );
            return Type::error();
        }
        Type { nullable, ..TypeKind::Enum(values.into()).into() }
    }

    /// Counts members of a union; the error type where there are too many in all, which is said once.
    fn more_members(&mut self, union: Span, count: usize) -> Result<(), Type> {
        let before = self.members;
        self.members = before.saturating_add(count as u64);
        if self.members <= MOST_MEMBERS {
            return Ok(());
        }
        if before <= MOST_MEMBERS {
            let message = format!("the unions of this module have more than {MOST_MEMBERS} members together");
            let report = Diagnostic::new(codes::LIMIT_EXCEEDED, union, message);
            self.report(report.here("reached in this one"));
        }
        Err(Type::error())
    }
}

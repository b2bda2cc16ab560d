//! Expressions: one function per kind.

use super::constants::{number, quantity, string};
use super::program::{Arm, Callee, Expr, ExprId, ExprKind, For, Item, ItemKey, Operator, Pattern, Slot};
use super::{Missing, Resolver};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Span, TextRange};
use crate::base::value::Value;
use crate::lang::functions;
use crate::lang::syntax::tree::{self, BinaryOp, Tree};

/// No expression is higher; keeps every walk over expressions within an ordinary stack.
const MAX_HEIGHT: u32 = 400;

impl<'a> Resolver<'a> {
    /// Adds an expression to the arena.
    pub(super) fn push(&mut self, kind: ExprKind, span: Span) -> ExprId {
        let id = ExprId(u32::try_from(self.module.exprs.len()).expect("fewer than 2³² expressions"));
        self.module.exprs.push(Expr { kind, span });
        id
    }

    /// Resolves an expression.
    pub(super) fn expr(&mut self, tree: &'a Tree, id: tree::ExprId) -> ExprId {
        if self.height(tree, id) > MAX_HEIGHT {
            let span = tree.span(tree.expr(id).range);
            self.report(
                Diagnostic::new(codes::NESTING_TOO_DEEP, span, "this expression is nested too deep")
                    .here(format!("more than {MAX_HEIGHT} operators deep"))
                    .help("name parts of it in `locals`"),
            );
            return self.push(ExprKind::Error, span);
        }
        if self.is_damaged(tree.span(tree.expr(id).range)) {
            // Resolved for the names it uses; its value is not known.
            self.lower(tree, id);
            return self.push(ExprKind::Error, tree.span(tree.expr(id).range));
        }
        self.lower(tree, id)
    }

    /// Whether this lies in an item that could not be parsed as it is.
    pub(super) fn is_damaged(&self, span: Span) -> bool {
        let behind = self.damaged.partition_point(|d| (d.file, d.start) <= (span.file, span.start));
        self.damaged[..behind].last().is_some_and(|d| d.file == span.file && span.end <= d.end)
    }

    pub(super) fn lower(&mut self, tree: &'a Tree, id: tree::ExprId) -> ExprId {
        let expr = tree.expr(id);
        let span = tree.span(expr.range);
        let kind = match &expr.kind {
            tree::ExprKind::Error => ExprKind::Error,
            tree::ExprKind::Null => ExprKind::Literal(Value::NULL),
            tree::ExprKind::Bool(value) => ExprKind::Literal((*value).into()),
            tree::ExprKind::Number => match number(tree, expr.range) {
                Some(value) => ExprKind::Literal(value.into()),
                None => self.bad_number(span),
            },
            tree::ExprKind::Quantity { unit } => match quantity(tree, expr.range, *unit) {
                Some(value) => ExprKind::Literal(value),
                // An unknown unit was reported by the parser.
                None => ExprKind::Error,
            },
            tree::ExprKind::Name | tree::ExprKind::Attr { .. } => return self.name_or_attribute(tree, id),
            tree::ExprKind::Template(template) => return self.template(tree, template, span),
            tree::ExprKind::Tuple(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.lower(tree, *item)).collect())
            }
            tree::ExprKind::Object(items) => {
                ExprKind::Object(items.iter().map(|item| self.item(tree, item)).collect())
            }
            tree::ExprKind::For(parts) => self.for_expr(tree, parts),
            tree::ExprKind::Index { base, index, .. } => {
                ExprKind::Index { base: self.lower(tree, *base), index: self.lower(tree, *index) }
            }
            tree::ExprKind::Splat { base, each, .. } => {
                let base = self.lower(tree, *base);
                let slot = self.bind("*");
                let each = self.lower(tree, *each);
                self.scope.pop();
                ExprKind::Splat { base, slot, each }
            }
            tree::ExprKind::SplatItem => {
                let slot = self.scope.iter().rposition(|bound| bound == "*").unwrap_or_default();
                ExprKind::Reference(super::program::Reference::Binding(Slot(slot as u32)))
            }
            tree::ExprKind::Call(call) => return self.function_call(tree, call, span),
            tree::ExprKind::Unary { op, operand, .. } => {
                ExprKind::Unary { op: *op, operand: self.lower(tree, *operand) }
            }
            tree::ExprKind::Binary { op, op_range, left, right } => match operator(*op) {
                Some(op) => {
                    let left = self.lower(tree, *left);
                    let right = self.lower(tree, *right);
                    ExprKind::Binary { op, op_span: tree.span(*op_range), left, right }
                }
                None => self.type_expression(tree.span(*op_range)),
            },
            tree::ExprKind::Conditional { condition, then, otherwise } => ExprKind::Conditional {
                condition: self.lower(tree, *condition),
                then: self.lower(tree, *then),
                otherwise: self.lower(tree, *otherwise),
            },
            tree::ExprKind::Optional(inner) => {
                let end = tree.expr(*inner).range.end;
                self.type_expression(tree.span(TextRange::new(end, expr.range.end.max(end))))
            }
            tree::ExprKind::Match(parts) => {
                let scrutinee = self.lower(tree, parts.scrutinee);
                let arms = parts.arms.iter().map(|arm| self.arm(tree, arm)).collect();
                ExprKind::Match { scrutinee, arms }
            }
            tree::ExprKind::Paren(inner) => return self.lower(tree, *inner),
        };
        self.push(kind, span)
    }

    /// Makes a name known to the expressions that follow, until it is popped from the scope.
    pub(super) fn bind(&mut self, name: impl Into<Text>) -> Slot {
        self.scope.push(name.into());
        Slot(self.scope.len() as u32 - 1)
    }

    /// Warns where a name that is about to be bound hides another one.
    pub(super) fn shadowing(&mut self, name: &str, span: Span) {
        const ROOTS: [&str; 8] = ["var", "local", "module", "data", "each", "count", "path", "self"];
        let what = if self.scope.iter().any(|bound| bound == name) {
            "the one bound around it".to_owned()
        } else if ROOTS.contains(&name) {
            format!("`{name}.…`")
        } else if self.declared.resources.keys().any(|key| key.mode == Mode::Managed && key.kind == name) {
            format!("resources of the kind `{name}`")
        } else {
            return;
        };
        self.report(
            Diagnostic::new(codes::SHADOWED_NAME, span, format!("this `{name}` hides {what}"))
                .here("bound again here")
                .help("give it another name"),
        );
    }

    fn bad_number(&mut self, span: Span) -> ExprKind {
        self.report(
            Diagnostic::new(codes::LIMIT_EXCEEDED, span, "this number has too many digits")
                .here("more than 1,000"),
        );
        ExprKind::Error
    }

    /// `|`, `..` and `?` where a value belongs.
    fn type_expression(&mut self, span: Span) -> ExprKind {
        self.report(
            Diagnostic::new(codes::INVALID_TYPE, span, "this makes a type, and a value belongs here")
                .here("only in types and patterns")
                .help("for logic write `||`, for a fallback `??`, for a list of numbers `range(…)`"),
        );
        ExprKind::Error
    }

    fn name_or_attribute(&mut self, tree: &'a Tree, id: tree::ExprId) -> ExprId {
        if let Some(reference) = self.reference(tree, id) {
            return reference;
        }
        let expr = tree.expr(id);
        let tree::ExprKind::Attr { base, name, safe } = &expr.kind else {
            return self.push(ExprKind::Error, tree.span(expr.range));
        };
        let base = self.lower(tree, *base);
        let kind = ExprKind::Attribute {
            base,
            name: tree.text(*name).into(),
            name_span: tree.span(*name),
            safe: *safe,
        };
        self.push(kind, tree.span(expr.range))
    }

    fn item(&mut self, tree: &'a Tree, item: &'a tree::ObjectItem) -> Item {
        let key = tree.expr(item.key);
        let key_span = tree.span(key.range);
        let name = match &key.kind {
            tree::ExprKind::Name
            | tree::ExprKind::Number
            | tree::ExprKind::Bool(_)
            | tree::ExprKind::Null => Some(tree.text(key.range).into()),
            _ => string(tree, item.key),
        };
        let key = match name {
            Some(name) => ItemKey::Name(name),
            None => ItemKey::Computed(self.lower(tree, item.key)),
        };
        Item { key, key_span, value: self.lower(tree, item.value) }
    }

    fn for_expr(&mut self, tree: &'a Tree, parts: &'a tree::ForExpr) -> ExprKind {
        let collection = self.lower(tree, parts.collection);
        let depth = self.scope.len();
        for name in parts.key.into_iter().chain([parts.value]) {
            self.shadowing(tree.text(name), tree.span(name));
        }
        let key = parts.key.map(|name| self.bind(tree.text(name)));
        let value = self.bind(tree.text(parts.value));
        let key_expr = parts.key_expr.map(|id| self.lower(tree, id));
        let value_expr = self.lower(tree, parts.value_expr);
        let condition = parts.condition.map(|id| self.lower(tree, id));
        self.scope.truncate(depth);
        let group = parts.group;
        ExprKind::For(Box::new(For { key, value, collection, key_expr, value_expr, group, condition }))
    }

    fn arm(&mut self, tree: &'a Tree, arm: &'a tree::MatchArm) -> Arm {
        let mut patterns = Vec::new();
        for pattern in &arm.patterns {
            self.pattern(tree, *pattern, &mut patterns);
        }
        Arm { patterns: patterns.into(), value: self.lower(tree, arm.value) }
    }

    fn pattern(&mut self, tree: &'a Tree, id: tree::ExprId, out: &mut Vec<(Pattern, Span)>) {
        let expr = tree.expr(id);
        let span = tree.span(expr.range);
        let pattern = match &expr.kind {
            // May have covered anything.
            tree::ExprKind::Error => Pattern::Anything,
            tree::ExprKind::Paren(inner) => return self.pattern(tree, *inner, out),
            tree::ExprKind::Binary { op: BinaryOp::Union, left, right, .. } => {
                self.pattern(tree, *left, out);
                return self.pattern(tree, *right, out);
            }
            tree::ExprKind::Binary { op: BinaryOp::Range, left, right, .. } => {
                let bound = |id| super::constants::constant(tree, id);
                match (bound(*left), bound(*right)) {
                    (Some(low), Some(high)) => Pattern::Range(low, high),
                    _ => {
                        self.bad_pattern(span, "the ends of a range are numbers, durations or sizes");
                        return;
                    }
                }
            }
            tree::ExprKind::Name if tree.text(expr.range) == "_" => Pattern::Anything,
            tree::ExprKind::Name | tree::ExprKind::Attr { .. } => {
                Pattern::Constant(self.name_or_attribute(tree, id))
            }
            _ => match super::constants::constant(tree, id) {
                Some(value) => Pattern::Literal(value),
                None => {
                    self.bad_pattern(span, "a pattern is a literal, a range, a named constant or `_`");
                    return;
                }
            },
        };
        out.push((pattern, span));
    }

    fn bad_pattern(&mut self, span: Span, rule: &str) {
        self.report(Diagnostic::new(codes::SYNTAX, span, rule).here("not a pattern"));
    }

    fn function_call(&mut self, tree: &'a Tree, call: &'a tree::Call, span: Span) -> ExprId {
        let name_span = tree.span(call.name);
        // `core::upper` is built in, whatever the module declares.
        let name = tree.text(call.name);
        let builtin = functions::qualified(name);
        let name = builtin.unwrap_or(name);
        let mut args: Vec<ExprId> = call.args.iter().map(|id| self.lower(tree, *id)).collect();
        let own = if builtin.is_some() { None } else { self.user_function(name, Some(name_span)) };
        let callee = if let Some(function) = own {
            self.place_named(tree, call, &function, name_span, &mut args);
            Callee::User(function)
        } else if let Some(function) = self.host.get(name).filter(|_| builtin.is_none()) {
            if self.is_named(tree, call, name, || function.signature()) {
                return self.push(ExprKind::Error, span);
            }
            Callee::Host(function.clone())
        } else if let Some(function) = functions::find(name) {
            if self.is_named(tree, call, name, || function.signature()) {
                return self.push(ExprKind::Error, span);
            }
            Callee::Builtin(function)
        } else {
            self.missing.entry(Missing::Function(name.into())).or_default().push(name_span);
            return self.push(ExprKind::Error, span);
        };
        self.push(ExprKind::Call { callee, name_span, args: args.into(), expand: call.expand }, span)
    }

    /// Whether a call of a function that takes no named arguments has some, which is reported.
    fn is_named(
        &mut self,
        tree: &Tree,
        call: &tree::Call,
        name: &str,
        signature: impl FnOnce() -> String,
    ) -> bool {
        let Some((argument, _)) = call.named.first() else { return false };
        self.report(
            Diagnostic::new(
                codes::WRONG_ARGUMENT_COUNT,
                tree.span(*argument),
                format!("{name}() takes its arguments by position"),
            )
            .here("named arguments are for functions declared by `fn`, and for types")
            .note(signature()),
        );
        true
    }

    /// How many expressions lie on the longest way down, as far as it matters.
    fn height(&self, tree: &Tree, id: tree::ExprId) -> u32 {
        // Children come before their parents and no expression has more descendants than lie between; a small one
        // can't be high.
        let mut stack = vec![(id, 1)];
        let mut highest = 0;
        while let Some((id, height)) = stack.pop() {
            highest = highest.max(height);
            if highest > MAX_HEIGHT {
                break;
            }
            super::children::children(&tree.expr(id).kind, &mut |child| stack.push((child, height + 1)));
        }
        highest
    }
}

fn operator(op: BinaryOp) -> Option<Operator> {
    Some(match op {
        BinaryOp::Multiply => Operator::Multiply,
        BinaryOp::Divide => Operator::Divide,
        BinaryOp::Modulo => Operator::Modulo,
        BinaryOp::Add => Operator::Add,
        BinaryOp::Subtract => Operator::Subtract,
        BinaryOp::Coalesce => Operator::Coalesce,
        BinaryOp::Less => Operator::Less,
        BinaryOp::LessEqual => Operator::LessEqual,
        BinaryOp::Greater => Operator::Greater,
        BinaryOp::GreaterEqual => Operator::GreaterEqual,
        BinaryOp::Equal => Operator::Equal,
        BinaryOp::NotEqual => Operator::NotEqual,
        BinaryOp::And => Operator::And,
        BinaryOp::Or => Operator::Or,
        BinaryOp::Range | BinaryOp::Union => return None,
    })
}

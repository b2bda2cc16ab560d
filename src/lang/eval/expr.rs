//! One function per kind of expression.

use super::{EvalError, Evaluator};
use crate::base::assign::type_of;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::{Kind, Value, ValueMap};
use crate::base::weight::is_larger_than;
use crate::lang::resolve::program::{Arm, ExprId, ExprKind, Item, ItemKey, Pattern, Reference};

/// Bytes a value takes in a collection, for the budget.
const SLOT_BYTES: u64 = 48;

/// Bytes from which on the type of a value is not worked out: it would be as large.
const LARGE: u64 = 16 << 20;

impl Evaluator<'_> {
    /// The value of an expression.
    pub(super) fn expr(&mut self, id: ExprId) -> Result<Value, EvalError> {
        let module = self.module;
        let expr = module.expr(id);
        self.budget.step(expr.span)?;
        match &expr.kind {
            ExprKind::Error => Ok(Value::unknown(Type::error())),
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Default { function, parameter } => self.default(function, *parameter, expr.span),
            ExprKind::Reference(reference) => self.reference(*reference, expr.span),
            ExprKind::Attribute { base, name, name_span, safe } => {
                self.attribute(*base, name, *name_span, *safe)
            }
            ExprKind::Index { base, index } => self.index(*base, *index),
            ExprKind::Splat { base, slot, each } => self.splat(*base, *slot, *each),
            ExprKind::Call { callee, name_span, args, expand } => {
                self.call(callee, *name_span, expr.span, args, *expand)
            }
            ExprKind::Unary { op, operand } => {
                let value = self.expr(*operand)?;
                super::operators::unary(*op, value, self.span(*operand))
            }
            ExprKind::Binary { op, op_span, left, right } => self.binary(*op, *op_span, *left, *right),
            ExprKind::Conditional { condition, then, otherwise } => {
                self.conditional(*condition, *then, *otherwise)
            }
            ExprKind::Match { scrutinee, arms } => self.match_arms(*scrutinee, arms, expr.span),
            ExprKind::Template(parts) => self.template(parts, expr.span),
            ExprKind::Tuple(items) => {
                self.budget.spend(expr.span, items.len() as u64 * SLOT_BYTES)?;
                let values = items.iter().map(|item| self.expr(*item)).collect::<Result<Vec<_>, _>>()?;
                Ok(values.into())
            }
            ExprKind::Object(items) => self.object(items, expr.span),
            ExprKind::For(parts) => self.for_expr(parts, expr.span),
        }
    }

    /// The place of an expression.
    pub(super) fn span(&self, id: ExprId) -> Span {
        self.module.expr(id).span
    }

    /// What a name stands for.
    pub(super) fn reference(&self, reference: Reference, span: Span) -> Result<Value, EvalError> {
        let not_here = |what: &str| {
            Box::new(Diagnostic::new(codes::UNDEFINED_REFERENCE, span, format!("{what} has no value here")))
        };
        let value = match reference {
            Reference::Variable(index) => self.lookup.variable(index),
            Reference::Local(index) => self.lookup.local(index),
            Reference::Resource(index) => self.lookup.resource(index),
            Reference::Call(index) => self.lookup.call(index),
            Reference::EachKey => self.lookup.each().map(|(key, _)| key).ok_or_else(|| not_here("each.key")),
            Reference::EachValue => {
                self.lookup.each().map(|(_, value)| value).ok_or_else(|| not_here("each.value"))
            }
            Reference::CountIndex => self.lookup.count_index().ok_or_else(|| not_here("count.index")),
            Reference::SelfObject => self.lookup.self_object().ok_or_else(|| not_here("self")),
            Reference::PathModule => Ok(or_here(&self.module.directory)),
            Reference::PathRoot => Ok(or_here(self.context.root_directory)),
            Reference::PathCwd => Ok(".".into()),
            Reference::Binding(slot) => self
                .bindings
                .get(slot.0 as usize)
                .cloned()
                .ok_or_else(|| not_here("a name of a loop or function")),
        };
        value.map_err(|error| place(error, span))
    }

    fn conditional(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    ) -> Result<Value, EvalError> {
        let test = self.expr(condition)?;
        match test.kind {
            Kind::Bool(value) => Ok(self.expr(if value { then } else { otherwise })?.mark(test.secret)),
            Kind::Unknown(_) => {
                // Either may turn out to be the value; what both agree on is known already.
                let then = self.expr(then)?;
                let otherwise = self.expr(otherwise)?;
                Ok(self.either(then, otherwise, self.span(condition))?.mark(test.secret))
            }
            _ => Err(wrong(self.span(condition), "a condition is true or false", "bool", &test)),
        }
    }

    fn match_arms(&mut self, scrutinee: ExprId, arms: &[Arm], span: Span) -> Result<Value, EvalError> {
        let value = self.expr(scrutinee)?;
        if value.is_unknown() {
            let mut result: Option<Value> = None;
            for arm in arms {
                let arm = self.expr(arm.value)?;
                result = Some(match result {
                    None => arm,
                    Some(before) => self.either(before, arm, span)?,
                });
            }
            return Ok(result.unwrap_or(Value::NULL).mark(value.secret));
        }
        for arm in arms {
            for (pattern, _) in &arm.patterns {
                if self.fits(&value, pattern)? {
                    return Ok(self.expr(arm.value)?.mark(value.secret));
                }
            }
        }
        Err(Box::new(
            Diagnostic::new(codes::EVALUATION_FAILED, self.span(scrutinee), "no arm of this match fits")
                .here(format!("this is {value}"))
                .label(span, "none of these patterns is equal to it")
                .help("add an arm for it, or `_ =>` for the rest"),
        ))
    }

    fn fits(&mut self, value: &Value, pattern: &Pattern) -> Result<bool, EvalError> {
        Ok(match pattern {
            Pattern::Anything => true,
            Pattern::Literal(literal) => literal == value,
            Pattern::Range(low, high) => {
                std::mem::discriminant(&low.kind) == std::mem::discriminant(&value.kind)
                    && low <= value
                    && value <= high
            }
            Pattern::Constant(id) => self.expr(*id)? == *value,
        })
    }

    fn object(&mut self, items: &[Item], span: Span) -> Result<Value, EvalError> {
        self.budget.spend(span, items.len() as u64 * SLOT_BYTES)?;
        let mut map = ValueMap::new();
        let mut secret = false;
        for item in items {
            let key = match &item.key {
                ItemKey::Name(name) => name.clone(),
                ItemKey::Computed(id) => {
                    let key = self.expr(*id)?;
                    secret |= key.secret;
                    if key.is_unknown() {
                        // Without all keys nothing is known of the object but that it is one.
                        return Ok(Value::unknown(Type::map(Type::any())).mark(secret));
                    }
                    super::operators::key_text(&key).ok_or_else(|| {
                        wrong(item.key_span, "the key of an object is a string", "string", &key)
                    })?
                }
            };
            let value = self.expr(item.value)?;
            map.insert(key, value);
        }
        Ok(Value::from(map).mark(secret))
    }
}

impl Evaluator<'_> {
    /// What is known of a value that is one of two.
    pub(super) fn either(&self, a: Value, b: Value, span: Span) -> Result<Value, EvalError> {
        self.budget.whole(span, &a)?;
        self.budget.whole(span, &b)?;
        Ok(either(a, b))
    }

    /// The type of a value; of a large one that nobody wants to walk, `any`.
    pub(super) fn type_of(&self, value: &Value) -> Type {
        if is_larger_than(value, LARGE) { Type::any() } else { type_of(value) }
    }
}

fn either(a: Value, b: Value) -> Value {
    if a == b && a.is_wholly_known() {
        let secret = b.has_secret();
        return a.mark(secret);
    }
    let secret = a.has_secret() || b.has_secret();
    if is_larger_than(&a, LARGE) || is_larger_than(&b, LARGE) {
        return Value::unknown(Type::any()).mark(secret);
    }
    let (left, right) = (type_of(&a), type_of(&b));
    let ty = crate::base::assign::join(&left, &right).unwrap_or_else(Type::any);
    Value::unknown(ty).mark(secret)
}

/// A value of the wrong kind, where the checker could not see it.
pub(super) fn wrong(span: Span, rule: &str, expected: &str, found: &Value) -> EvalError {
    Box::new(
        Diagnostic::new(codes::ANY_MISMATCH, span, format!("{rule}, and this is {}", an(found.kind_name())))
            .here(if found.is_null() { "this is null".to_owned() } else { format!("this is {found}") })
            .mismatch(expected, found.kind_name()),
    )
}

/// With its article.
pub(super) fn an(noun: &str) -> String {
    match noun {
        "null" => noun.to_owned(),
        _ if noun.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {noun}"),
        _ => format!("a {noun}"),
    }
}

/// Gives an error that has no place this one.
pub(super) fn place(mut error: EvalError, span: Span) -> EvalError {
    if error.primary.is_none() {
        error.primary = Some(crate::base::diagnostic::Label { span, text: String::new() });
    }
    error
}

/// A directory as paths begin with it: that of the project itself is `.`.
fn or_here(directory: &str) -> Value {
    if directory.is_empty() { ".".into() } else { directory.into() }
}

//! Resolved expressions: what a name stands for is an index, never a string.

use std::sync::Arc;

use super::program::{ExprId, UserFunction};
use crate::base::Text;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::lang::functions::{Function, HostFunction};
use crate::lang::syntax::tree::UnaryOp;

/// An expression and its place.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub span: Span,
}

/// A name bound by `for`, a splat, `dynamic` or a parameter: its index among all bindings in scope, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// What a name at the beginning of a reference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `var.x`, by index in [`Module::variables`].
    Variable(u32),
    /// `local.x`, by index in [`Module::locals`].
    Local(u32),
    /// `kind.name` or `data.kind.name` with all its instances, by index in [`Module::resources`].
    Resource(u32),
    /// `module.x` with all its instances, by index in [`Module::calls`].
    Call(u32),
    /// `each.key`
    EachKey,
    /// `each.value`
    EachValue,
    /// `count.index`
    CountIndex,
    /// `self`
    SelfObject,
    /// `path.module`
    PathModule,
    /// `path.root`
    PathRoot,
    /// `path.cwd`
    PathCwd,
    /// A bound name.
    Binding(Slot),
}

/// Kinds of resolved expressions. Parentheses are gone; `"${x}"` is `x`.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// Already reported.
    Error,
    /// A constant.
    Literal(Value),
    /// What a parameter is when a call leaves its argument out: an expression of the function's module.
    Default {
        /// The function that is called.
        function: Arc<UserFunction>,
        /// Which of its parameters.
        parameter: usize,
    },
    /// What a name stands for.
    Reference(Reference),
    /// `base.name`, `base?.name`
    Attribute {
        /// What stands before.
        base: ExprId,
        /// The name.
        name: Text,
        /// Its place.
        name_span: Span,
        /// Written `?.`: null gives null.
        safe: bool,
    },
    /// `base[index]`
    Index {
        /// What stands before.
        base: ExprId,
        /// The index.
        index: ExprId,
    },
    /// `base[*].rest`
    Splat {
        /// What stands before.
        base: ExprId,
        /// Holds the element.
        slot: Slot,
        /// Evaluated per element.
        each: ExprId,
    },
    /// A function call.
    Call {
        /// What is called.
        callee: Callee,
        /// The name's place.
        name_span: Span,
        /// Arguments by position; for user functions named ones and defaults are already in place.
        args: Box<[ExprId]>,
        /// `...` behind the last argument.
        expand: bool,
    },
    /// `-a`, `!a`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: ExprId,
    },
    /// Arithmetic, comparison, logic, `??`
    Binary {
        /// The operator.
        op: Operator,
        /// Its place.
        op_span: Span,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `c ? a : b`
    Conditional {
        /// The condition.
        condition: ExprId,
        /// If true.
        then: ExprId,
        /// If false.
        otherwise: ExprId,
    },
    /// `match`
    Match {
        /// What is looked at.
        scrutinee: ExprId,
        /// The arms.
        arms: Box<[Arm]>,
    },
    /// A string with parts to evaluate.
    Template(Box<[Part]>),
    /// `[a, b]`
    Tuple(Box<[ExprId]>),
    /// `{ k = v }`
    Object(Box<[Item]>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
}

/// What is called.
#[derive(Debug, Clone)]
pub enum Callee {
    /// A function of the language.
    Builtin(&'static Function),
    /// A function of this or another module.
    User(Arc<UserFunction>),
    /// A function of the embedding program.
    Host(Arc<HostFunction>),
}

/// Operators with two operands that have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Coalesce,
}

/// An arm of `match`.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Any of them may fit.
    pub patterns: Box<[(Pattern, Span)]>,
    /// Its value.
    pub value: ExprId,
}

/// A pattern of `match`.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// Equal to this, null included.
    Literal(Value),
    /// Between these, inclusive: numbers, durations or sizes.
    Range(Value, Value),
    /// Equal to the value of a named constant.
    Constant(ExprId),
    /// `_`
    Anything,
}

/// A part of a template.
#[derive(Debug, Clone)]
pub enum Part {
    /// Text.
    Literal(Text),
    /// `${ e }`
    Interpolation(ExprId),
    /// `%{ if }`
    If {
        /// The condition.
        condition: ExprId,
        /// If true.
        then: Box<[Part]>,
        /// If false.
        otherwise: Box<[Part]>,
    },
    /// `%{ for }`
    For {
        /// Holds the key, if it is named.
        key: Option<Slot>,
        /// Holds the element.
        value: Slot,
        /// What is walked.
        collection: ExprId,
        /// What is repeated.
        body: Box<[Part]>,
    },
}

/// `key = value`
#[derive(Debug, Clone)]
pub struct Item {
    /// The key.
    pub key: ItemKey,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub value: ExprId,
}

/// The key of an object's item.
#[derive(Debug, Clone)]
pub enum ItemKey {
    /// A name or literal string.
    Name(Text),
    /// Evaluated.
    Computed(ExprId),
}

/// A `for` expression.
#[derive(Debug, Clone)]
pub struct For {
    /// Holds the key, if it is named.
    pub key: Option<Slot>,
    /// Holds the element.
    pub value: Slot,
    /// What is walked.
    pub collection: ExprId,
    /// The key of the result, for objects.
    pub key_expr: Option<ExprId>,
    /// The element of the result.
    pub value_expr: ExprId,
    /// Equal keys are grouped.
    pub group: bool,
    /// Behind `if`.
    pub condition: Option<ExprId>,
}

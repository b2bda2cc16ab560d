//! The syntax tree of one file: every node with its range, expressions in one arena.
//!
//! Names, numbers and strings are ranges of the source text, not copies of it. The tree holds what was
//! written, in the order it was written; what it means is decided by `resolve`.

use std::sync::Arc;

use crate::base::places::Places;
use crate::base::source::{FileId, Span, TextRange};

/// An expression in the arena of its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// One parsed file.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: Arc<str>,
    /// Its items.
    pub body: Body,
    /// The arena; children come before their parents.
    pub exprs: Vec<Expr>,
    /// All comments in source order, documentation included.
    pub comments: Vec<Comment>,
    /// The `//!` lines of the file, one range per line, if any.
    pub file_docs: Vec<TextRange>,
    /// Set while the file is edited: spans are then made of positions that outlast edits elsewhere in the file.
    pub places: Option<Arc<Places>>,
}

impl Tree {
    /// The text of a range.
    pub fn text(&self, range: TextRange) -> &str {
        range.of(&self.text)
    }

    /// The span of a range.
    pub fn span(&self, range: TextRange) -> Span {
        let range = self.places.as_ref().map_or(range, |places| places.stable(range));
        range.in_file(self.file)
    }

    /// The text of a span.
    pub fn text_at(&self, span: Span) -> &str {
        self.text(self.places.as_ref().map_or(span.range(), |places| places.actual(span.range())))
    }

    /// An expression.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }
}

/// A comment with its markers, without the line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From the first marker to the last character.
    pub range: TextRange,
    /// What kind it is.
    pub kind: CommentKind,
}

/// Kinds of comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// `#` or `//`.
    Line,
    /// `/* */`.
    Block,
    /// Exactly `///`: documents the next item.
    Doc,
    /// `//!`: documents the file.
    FileDoc,
}

/// The items of a file or of a block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// In source order.
    pub items: Vec<Item>,
}

/// One item of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `name = value`
    Attribute(Attribute),
    /// `kind "label" { … }`
    Block(Block),
    /// `type Name = …`, at the top level only.
    Type(TypeDecl),
    /// `fn name(…) -> T = …`, at the top level only.
    Function(FnDecl),
    /// `use "path" { A, B }`, at the top level only.
    Use(UseDecl),
    /// Text that could not be understood; a diagnostic says why.
    Error(TextRange),
}

impl Item {
    /// All of it, without documentation.
    pub fn range(&self) -> TextRange {
        match self {
            Self::Attribute(item) => item.range,
            Self::Block(item) => item.range,
            Self::Type(item) => item.range,
            Self::Function(item) => item.range,
            Self::Use(item) => item.range,
            Self::Error(range) => *range,
        }
    }

    /// Where it begins, documentation included.
    pub fn start(&self) -> u32 {
        let (docs, range): (&[TextRange], _) = match self {
            Self::Attribute(item) => (&item.docs, item.range),
            Self::Block(item) => (&item.docs, item.range),
            Self::Type(item) => (&item.docs, item.range),
            Self::Function(item) => (&item.docs, item.range),
            Self::Use(item) => (&item.docs, item.range),
            Self::Error(range) => (&[], *range),
        };
        docs.first().map_or(range.start, |first| first.start.min(range.start))
    }
}

/// `name = value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `///` lines directly before it, one range per line, markers included.
    pub docs: Box<[TextRange]>,
    /// The name.
    pub name: TextRange,
    /// The value; an [`ExprKind::Error`] where it is missing.
    pub value: ExprId,
    /// All of it.
    pub range: TextRange,
}

/// `kind "label" label { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `///` lines directly before it.
    pub docs: Box<[TextRange]>,
    /// The word it begins with.
    pub kind: TextRange,
    /// Its labels.
    pub labels: Box<[BlockLabel]>,
    /// Its items.
    pub body: Body,
    /// The `{`.
    pub open: TextRange,
    /// The `}`; empty where it is missing.
    pub close: TextRange,
    /// All of it.
    pub range: TextRange,
}

/// A label of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockLabel {
    /// With its quotes, if it has any.
    pub range: TextRange,
    /// Whether it is a quoted string.
    pub quoted: bool,
}

/// `type Name = type-expression`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDecl {
    /// `///` lines directly before it.
    pub docs: Box<[TextRange]>,
    /// The name.
    pub name: TextRange,
    /// The type expression.
    pub value: ExprId,
    /// All of it.
    pub range: TextRange,
}

/// `fn name(params) -> returns = body`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FnDecl {
    /// `///` lines directly before it.
    pub docs: Box<[TextRange]>,
    /// The name.
    pub name: TextRange,
    /// The parameters.
    pub params: Box<[Param]>,
    /// The type of the result.
    pub returns: ExprId,
    /// The body.
    pub body: ExprId,
    /// All of it.
    pub range: TextRange,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name.
    pub name: TextRange,
    /// The type.
    pub ty: ExprId,
    /// The default, if it has one.
    pub default: Option<ExprId>,
}

/// `use "path" { A, B }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseDecl {
    /// `///` lines directly before it.
    pub docs: Box<[TextRange]>,
    /// The path with its quotes.
    pub path: TextRange,
    /// The names.
    pub names: Box<[TextRange]>,
    /// All of it.
    pub range: TextRange,
}

/// An expression and its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub range: TextRange,
}

/// Kinds of expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// Text that could not be understood, or a missing value; a diagnostic says why.
    Error,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number; the digits are the range.
    Number,
    /// A number with a unit, `30s`, `4GiB`: the unit's range; the digits are before it.
    Quantity {
        /// The letters.
        unit: TextRange,
    },
    /// A name that begins a reference, or stands for a type, a constant, `_`.
    Name,
    /// A quoted string or heredoc without anything to evaluate in it, or a template.
    Template(Template),
    /// `[a, b]`
    Tuple(Box<[ExprId]>),
    /// `{ k = v, … }`
    Object(Box<[ObjectItem]>),
    /// `[for v in xs : e if c]`, `{ for k, v in xs : a => b... if c }`
    For(Box<ForExpr>),
    /// `base.name`; `safe` for `base?.name`.
    Attr {
        /// What stands before.
        base: ExprId,
        /// The name.
        name: TextRange,
        /// Written `?.`.
        safe: bool,
    },
    /// `base[index]`; also the legacy `base.0`, whose index is a number of that range.
    Index {
        /// What stands before.
        base: ExprId,
        /// The index.
        index: ExprId,
        /// Written `.0`.
        legacy: bool,
    },
    /// `base[*].rest` and `base.*.rest`: `each` is evaluated per element, its innermost base is [`ExprKind::SplatItem`].
    Splat {
        /// What stands before.
        base: ExprId,
        /// What is taken of each element.
        each: ExprId,
        /// Written `[*]`, which covers indexes behind it too.
        full: bool,
    },
    /// The element inside [`ExprKind::Splat`]'s `each`; its range is the splat operator.
    SplatItem,
    /// `name(args)`
    Call(Box<Call>),
    /// `-a`, `!a`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Where it stands.
        op_range: TextRange,
        /// The operand.
        operand: ExprId,
    },
    /// `a + b` and the like, `a ?? b`, `a | b`, `a..b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where it stands.
        op_range: TextRange,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `c ? a : b`
    Conditional {
        /// The condition.
        condition: ExprId,
        /// Its value if true.
        then: ExprId,
        /// Its value if false.
        otherwise: ExprId,
    },
    /// `T?`
    Optional(ExprId),
    /// `match e { p => v }`
    Match(Box<MatchExpr>),
    /// `(e)`
    Paren(ExprId),
}

/// A quoted string, heredoc or template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// How it is written.
    pub form: TemplateForm,
    /// Its parts in order; directives are already nested.
    pub parts: Box<[TemplatePart]>,
}

/// How a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateForm {
    /// `"…"`
    Quoted,
    /// `<<EOT`, or `<<-EOT` with `indented`: the indentation common to all lines is taken away.
    Heredoc {
        /// Written `<<-`.
        indented: bool,
        /// The closing word.
        marker: TextRange,
    },
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart {
    /// Literal text, already unescaped, trimmed by strip markers and without the indentation of `<<-`.
    Literal {
        /// Where it stands.
        range: TextRange,
        /// Its value.
        value: smol_str::SmolStr,
    },
    /// `${ e }`
    Interpolation {
        /// From `${` to `}`.
        range: TextRange,
        /// The expression.
        expr: ExprId,
    },
    /// `%{ if c }…%{ else }…%{ endif }`
    If {
        /// From the first `%{` to the last `}`.
        range: TextRange,
        /// The condition.
        condition: ExprId,
        /// What stands behind `if`.
        then: Box<[TemplatePart]>,
        /// What stands behind `else`.
        otherwise: Box<[TemplatePart]>,
    },
    /// `%{ for k, v in xs }…%{ endfor }`
    For {
        /// From the first `%{` to the last `}`.
        range: TextRange,
        /// The first name, if two are given.
        key: Option<TextRange>,
        /// The name of the element.
        value: TextRange,
        /// What is walked.
        collection: ExprId,
        /// What is repeated.
        body: Box<[TemplatePart]>,
    },
}

/// `key = value` in an object constructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectItem {
    /// `///` lines directly before it (in object types).
    pub docs: Box<[TextRange]>,
    /// The key: an [`ExprKind::Name`] is the literal name, anything else is evaluated.
    pub key: ExprId,
    /// The value.
    pub value: ExprId,
}

/// A `for` expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForExpr {
    /// The first name, if two are given.
    pub key: Option<TextRange>,
    /// The name of the element.
    pub value: TextRange,
    /// What is walked.
    pub collection: ExprId,
    /// The key of the result, for `{ for … : k => v }`.
    pub key_expr: Option<ExprId>,
    /// The element of the result.
    pub value_expr: ExprId,
    /// `...` behind the value: equal keys are grouped.
    pub group: bool,
    /// Behind `if`.
    pub condition: Option<ExprId>,
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name, `f` or `ns::f`.
    pub name: TextRange,
    /// Arguments by position.
    pub args: Box<[ExprId]>,
    /// Arguments by name: `length = 1..63`.
    pub named: Box<[(TextRange, ExprId)]>,
    /// `...` behind the last argument.
    pub expand: bool,
}

/// A `match` expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchExpr {
    /// What is looked at.
    pub scrutinee: ExprId,
    /// The arms.
    pub arms: Box<[MatchArm]>,
}

/// `p, q => value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchArm {
    /// The patterns; any of them may fit.
    pub patterns: Box<[ExprId]>,
    /// The value.
    pub value: ExprId,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `..`
    Range,
    /// `|`
    Union,
    /// `??`
    Coalesce,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

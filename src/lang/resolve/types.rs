//! Type expressions → types.

use std::sync::Arc;

use indexmap::IndexMap;

use super::constants::{constant, string};
use super::program::TypeDecl;
use super::{Missing, Resolver};
use crate::base::Text;
use crate::base::assign::Fault;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::number::Number;
use crate::base::re2;
use crate::base::source::Span;
use crate::base::types::{
    Alias, Length, NumberType, ObjectAttribute, ObjectType, Ranges, StringType, Type, TypeKind,
};
use crate::base::value::{Kind, Value};
use crate::lang::syntax::tree::{BinaryOp, Call, ExprId, ExprKind, ObjectItem, Tree};

/// The names types are made with.
pub(super) const BUILTIN: &[&str] = &[
    "string", "number", "int", "bool", "duration", "size", "list", "set", "map", "tuple", "object", "secret",
    "resource", "any",
];

/// As many declarations are followed into each other.
const MOST_OPEN: usize = 100;

impl<'a> Resolver<'a> {
    /// Resolves all `type` declarations.
    pub(super) fn named_types(&mut self) {
        let names: Vec<Text> = self.declared.types.keys().cloned().collect();
        for name in names {
            let mut open = Vec::new();
            self.named_type(&name, &mut open);
        }
    }

    /// A declared or imported type; `None` if there is none of this name.
    fn named_type(&mut self, name: &Text, open: &mut Vec<Text>) -> Option<Type> {
        if let Some(decl) = self.module.types.get(name) {
            return Some(decl.ty.clone());
        }
        let (tree, decl) = self.at(*self.declared.types.get(name)?);
        let span = tree.span(decl.name);
        if open.contains(name) {
            self.report(
                Diagnostic::new(codes::INVALID_TYPE, span, format!("the type `{name}` contains itself"))
                    .here("would be endless")
                    .note(format!("{} → {name}", open.join(" → "))),
            );
            self.insert_type(name.clone(), span, Type::error(), None);
            return Some(Type::error());
        }
        open.push(name.clone());
        let ty = match open.len() > MOST_OPEN {
            true => self.too_large(span, &format!("made of more than {MOST_OPEN} others in each other")),
            false => self.type_in(tree, decl.value, open),
        };
        open.pop();
        let ty = match self.extents.check(&ty) {
            Ok(()) => ty,
            Err(too_large) => self.too_large(span, &too_large.words()),
        };
        if let Some(done) = self.module.types.get(name) {
            return Some(done.ty.clone());
        }
        let alias = Alias { name: name.clone(), span: Some(span) };
        let ty = Type { alias: Some(Arc::new(alias)), ..ty };
        self.insert_type(name.clone(), span, ty.clone(), Self::docs(tree, &decl.docs));
        Some(ty)
    }

    pub(super) fn too_large(&mut self, span: Span, words: &str) -> Type {
        let message = format!("this would be a type {words}");
        self.report(Diagnostic::new(codes::LIMIT_EXCEEDED, span, message).here("too large to be checked"));
        Type::error()
    }

    pub(super) fn insert_type(&mut self, name: Text, span: Span, ty: Type, docs: Option<Text>) {
        self.module.types.insert(name, TypeDecl { span, ty, docs });
    }

    /// The type a type expression means.
    pub(super) fn type_expr(&mut self, tree: &'a Tree, id: ExprId) -> Type {
        self.type_in(tree, id, &mut Vec::new())
    }

    pub(super) fn type_in(&mut self, tree: &'a Tree, id: ExprId, open: &mut Vec<Text>) -> Type {
        let expr = tree.expr(id);
        // What could not be parsed was reported; the rest of it says nothing reliable.
        if super::children::has_error(tree, id) || self.is_damaged(tree.span(expr.range)) {
            return Type::error();
        }
        let span = tree.span(expr.range);
        match &expr.kind {
            ExprKind::Error => Type::error(),
            ExprKind::Paren(inner) => self.type_in(tree, *inner, open),
            ExprKind::Optional(inner) => {
                let ty = self.type_in(tree, *inner, open);
                if ty.is_error() { ty } else { ty.optional() }
            }
            ExprKind::Name => self.type_name(tree.text(expr.range), span, open),
            ExprKind::Call(call) => self.type_call(tree, call, span, open),
            ExprKind::Binary { op: BinaryOp::Union, .. } => self.union(tree, id, span, open),
            ExprKind::Template(_) => self.quoted(tree, id, span, open),
            ExprKind::Number | ExprKind::Bool(_) | ExprKind::Unary { .. } | ExprKind::Quantity { .. } => {
                match constant(tree, id) {
                    Some(value) => TypeKind::Enum([value].into()).into(),
                    None => self.no_type(span, "not a type"),
                }
            }
            ExprKind::Null => Type::null(),
            ExprKind::Binary { op: BinaryOp::Range, .. } => {
                let help = "name what it is a range of: `int(1..5)`, `duration(0s..1h)`";
                self.no_type_help(span, "a range alone is no type", help)
            }
            ExprKind::Object(_) => self.no_type_help(span, "not a type", "an object type is `object({ … })`"),
            ExprKind::Tuple(_) => self.no_type_help(
                span,
                "not a type",
                "a list type is `list(T)`, a tuple type `tuple([T, U])`",
            ),
            _ => self.no_type(span, "not a type"),
        }
    }

    fn no_type(&mut self, span: Span, words: &str) -> Type {
        let note = format!("the types are {}, and those declared by `type`", BUILTIN.join(", "));
        self.report(Diagnostic::new(codes::INVALID_TYPE, span, "a type belongs here").here(words).note(note));
        Type::error()
    }

    fn no_type_help(&mut self, span: Span, words: &str, help: &str) -> Type {
        self.report(Diagnostic::new(codes::INVALID_TYPE, span, "a type belongs here").here(words).help(help));
        Type::error()
    }

    fn type_name(&mut self, name: &str, span: Span, open: &mut Vec<Text>) -> Type {
        match name {
            "string" => Type::string(),
            "number" => Type::number(),
            "int" => Type::int(),
            "bool" => Type::bool(),
            "duration" => Type::duration(),
            "size" => Type::size(),
            "any" => Type::any(),
            "list" | "set" | "map" => {
                let message = format!("`{name}` needs the type of its elements");
                self.report(
                    Diagnostic::new(codes::INVALID_TYPE, span, message)
                        .here("of what?")
                        .help(format!("write `{name}(string)`, or `{name}(any)` if it has to be")),
                );
                Type::error()
            }
            "tuple" => self.no_type_help(span, "of what?", "write `tuple([string, int])`"),
            "object" => self.no_type_help(span, "of what?", "write `object({ name = string })`"),
            "secret" => self.no_type_help(span, "of what?", "write `secret(string)`"),
            "resource" => self.no_type_help(span, "of which kind?", "write `resource(aws_db_instance)`"),
            _ => match self.named_type(&name.into(), open) {
                Some(ty) => ty,
                None => {
                    self.missing.entry(Missing::Type(name.into())).or_default().push(span);
                    Type::error()
                }
            },
        }
    }

    /// `"string"`, from old Terraform; any other quoted word is an enum of one.
    fn quoted(&mut self, tree: &'a Tree, id: ExprId, span: Span, open: &mut Vec<Text>) -> Type {
        let Some(text) = string(tree, id) else { return self.no_type(span, "decided when it is evaluated") };
        let fixed = match text.as_str() {
            "list" => "list(any)",
            "map" => "map(any)",
            other if BUILTIN.contains(&other) => other,
            _ => return TypeKind::Enum([Value::from(text)].into()).into(),
        };
        self.report(
            Diagnostic::new(codes::INVALID_TYPE, span, format!("{text:?} in quotes is a text, not the type"))
                .here("quoted")
                .help(format!("for an enum with this one member write `({text:?})`"))
                .replace(FixLevel::Safe, format!("change it to `{fixed}`"), span, fixed),
        );
        if matches!(text.as_str(), "list" | "map") {
            return Type::error();
        }
        self.type_name(fixed, span, open)
    }

    fn type_call(&mut self, tree: &'a Tree, call: &'a Call, span: Span, open: &mut Vec<Text>) -> Type {
        let name = tree.text(call.name);
        match name {
            "list" | "set" | "map" => {
                let Some(element) = self.one_type(tree, call, span, open) else { return Type::error() };
                let length = self.named_length(tree, call, &["length"]);
                let element = Arc::new(element);
                match name {
                    "list" => TypeKind::List(element, length).into(),
                    "set" => TypeKind::Set(element, length).into(),
                    _ => TypeKind::Map(element, length).into(),
                }
            }
            "secret" => self.one_type(tree, call, span, open).map_or_else(Type::error, Type::secret),
            "optional" => self.no_type_help(
                span,
                "only in an object type",
                "a value that may be null is `T?`; `optional(T)` marks an attribute of `object({ … })`",
            ),
            "tuple" => {
                let items = match call.args.first().map(|id| &tree.expr(*id).kind) {
                    Some(ExprKind::Tuple(items)) if call.args.len() == 1 => items,
                    _ => {
                        return self.no_type_help(
                            span,
                            "needs a list of types",
                            "write `tuple([string, int])`",
                        );
                    }
                };
                let types: Vec<_> = items.iter().map(|id| self.type_in(tree, *id, open)).collect();
                Type::tuple(types)
            }
            "object" => match call.args.first().map(|id| &tree.expr(*id).kind) {
                Some(ExprKind::Object(items)) if call.args.len() == 1 => self.object_type(tree, items, open),
                _ => self.no_type_help(span, "needs attributes", "write `object({ name = string })`"),
            },
            "resource" => self.resource_type(tree, call, span),
            "string" => {
                let length = self.named_length(tree, call, &["length", "pattern"]);
                let pattern = self.pattern_of(tree, call);
                TypeKind::String(Arc::new(StringType { length, pattern })).into()
            }
            "int" | "number" => {
                let ranges = self.ranges(tree, call, span, name);
                TypeKind::Number(NumberType { integer: name == "int", ranges }).into()
            }
            "duration" => TypeKind::Duration(self.ranges(tree, call, span, name)).into(),
            "size" => TypeKind::Size(self.ranges(tree, call, span, name)).into(),
            "bool" | "any" => {
                self.no_type_help(span, "takes nothing in parentheses", &format!("write `{name}`"))
            }
            _ => {
                let known = self.named_type(&name.into(), open).is_some();
                if known {
                    self.no_type_help(span, "takes nothing in parentheses", &format!("write `{name}`"))
                } else {
                    let place = tree.span(call.name);
                    self.missing.entry(Missing::Type(name.into())).or_default().push(place);
                    Type::error()
                }
            }
        }
    }

    fn one_type(&mut self, tree: &'a Tree, call: &'a Call, span: Span, open: &mut Vec<Text>) -> Option<Type> {
        let name = tree.text(call.name);
        match &*call.args {
            [id] => Some(self.type_in(tree, *id, open)),
            [id, bound] if matches!(name, "list" | "set" | "map") && is_length(tree, *bound) => {
                self.nameless_bound(tree, *bound);
                Some(self.type_in(tree, *id, open))
            }
            _ => {
                let message = format!("`{name}` takes one type");
                self.report(
                    Diagnostic::new(codes::INVALID_TYPE, span, message)
                        .here(format!("{} given", call.args.len()))
                        .help(format!("write `{name}(string)`")),
                );
                None
            }
        }
    }

    fn object_type(&mut self, tree: &'a Tree, items: &'a [ObjectItem], open: &mut Vec<Text>) -> Type {
        let mut attributes: IndexMap<Text, ObjectAttribute> = IndexMap::new();
        for item in items {
            let key = tree.expr(item.key);
            let span = tree.span(key.range);
            let name = match &key.kind {
                ExprKind::Name | ExprKind::Null | ExprKind::Bool(_) => Some(Text::from(tree.text(key.range))),
                _ => string(tree, item.key),
            };
            let Some(name) = name else {
                self.no_type(span, "the name of an attribute is a word");
                continue;
            };
            let (ty, optional, default) = self.attribute_type(tree, item.value, open);
            let docs = Self::docs(tree, &item.docs);
            let attribute = ObjectAttribute { ty, optional, default, span: Some(span), docs };
            match attributes.get(&name).and_then(|first| first.span) {
                Some(first) => self.duplicate("attribute", &name, first, span),
                None => drop(attributes.insert(name, attribute)),
            }
        }
        TypeKind::Object(Arc::new(ObjectType { attributes, name: None })).into()
    }

    /// `T`, `optional(T)` or `optional(T, default)`.
    fn attribute_type(
        &mut self,
        tree: &'a Tree,
        id: ExprId,
        open: &mut Vec<Text>,
    ) -> (Type, bool, Option<Value>) {
        let expr = tree.expr(id);
        let ExprKind::Call(call) = &expr.kind else { return (self.type_in(tree, id, open), false, None) };
        if tree.text(call.name) != "optional" {
            return (self.type_in(tree, id, open), false, None);
        }
        let span = tree.span(expr.range);
        match &*call.args {
            [ty] => (self.type_in(tree, *ty, open).optional(), true, None),
            [ty, default] => {
                let ty = self.type_in(tree, *ty, open);
                let place = tree.span(tree.expr(*default).range);
                let default = match constant(tree, *default) {
                    Some(value) if value.is_null() => return (ty.optional(), true, None),
                    Some(value) => self.fitting_default(value, &ty, place),
                    None => {
                        self.report(
                            Diagnostic::new(
                                codes::INVALID_TYPE,
                                place,
                                "the default of an attribute is a literal",
                            )
                            .here("not a literal"),
                        );
                        None
                    }
                };
                (ty, true, default)
            }
            _ => {
                let help = "write `optional(string)` or `optional(string, \"default\")`";
                (self.no_type_help(span, "takes a type and a default", help), true, None)
            }
        }
    }

    /// The default in the shape of its type; a default that is no value of it is reported.
    fn fitting_default(&mut self, value: Value, ty: &Type, span: Span) -> Option<Value> {
        match crate::base::assign::conforms(&value, ty) {
            Ok(value) => Some(value),
            Err(mismatch) => {
                let code = match mismatch.fault {
                    Fault::Bound => codes::CONSTRAINT_VIOLATED,
                    Fault::Null => codes::NULL_VALUE,
                    _ => codes::TYPE_MISMATCH,
                };
                self.report(
                    Diagnostic::new(code, span, "the default is no value of the type")
                        .here(format!("this is {}", mismatch.found))
                        .mismatch(mismatch.expected.to_string(), mismatch.found.to_string()),
                );
                None
            }
        }
    }

    fn resource_type(&mut self, tree: &'a Tree, call: &'a Call, span: Span) -> Type {
        let kind = match &*call.args {
            [id] => match &tree.expr(*id).kind {
                ExprKind::Name => Some((tree.text(tree.expr(*id).range), tree.span(tree.expr(*id).range))),
                _ => None,
            },
            _ => None,
        };
        let Some((kind, place)) = kind else {
            return self.no_type_help(span, "needs a resource kind", "write `resource(aws_db_instance)`");
        };
        match self.schemas.resource(kind) {
            Some((_, schema)) => schema.object_type(kind).clone(),
            None => {
                let diagnostic = self.unknown_kind(kind, place, false);
                self.report(diagnostic);
                Type::error()
            }
        }
    }

    /// `length = 1..63` or `length = 5`; names not listed are reported.
    fn named_length(&mut self, tree: &'a Tree, call: &'a Call, legal: &[&str]) -> Length {
        let mut length = Length::default();
        for (name, id) in &call.named {
            let text = tree.text(*name);
            let span = tree.span(*name);
            if !legal.contains(&text) {
                self.report(
                    Diagnostic::new(codes::INVALID_TYPE, span, format!("this type has no bound `{text}`"))
                        .here(format!("takes {}", legal.join(", "))),
                );
            } else if text == "length" {
                let place = tree.span(tree.expr(*id).range);
                let bound = |id: ExprId| {
                    constant(tree, id).and_then(|value| value.as_i64()).and_then(|n| u64::try_from(n).ok())
                };
                let ends = match &tree.expr(*id).kind {
                    ExprKind::Binary { op: BinaryOp::Range, left, right, .. } => {
                        bound(*left).zip(bound(*right))
                    }
                    _ => bound(*id).map(|n| (n, n)),
                };
                match ends {
                    Some((min, max)) if min <= max => length = Length { min, max: Some(max) },
                    _ => {
                        self.no_type_help(place, "not a length", "write `length = 1..63`");
                    }
                }
            }
        }
        if legal.contains(&"pattern")
            && let Some(id) = call.args.first()
        {
            self.nameless_bound(tree, *id);
        }
        length
    }

    /// `string(3..20)`, `string("^[a-z]+$")`, `list(string, 1..3)`
    fn nameless_bound(&mut self, tree: &Tree, id: ExprId) {
        let place = tree.span(tree.expr(id).range);
        let name = match &tree.expr(id).kind {
            ExprKind::Binary { op: BinaryOp::Range, .. } | ExprKind::Number => Some("length"),
            ExprKind::Template(_) => Some("pattern"),
            _ => None,
        };
        let report = Diagnostic::new(codes::INVALID_TYPE, place, "a bound has a name").here("not a bound");
        self.report(match name {
            Some(name) => report.replace(
                FixLevel::Safe,
                format!("name it `{name}`"),
                place.before(),
                format!("{name} = "),
            ),
            None => report.help("write `string(length = 1..63, pattern = \"^[a-z]+$\")`"),
        });
    }

    fn pattern_of(&mut self, tree: &'a Tree, call: &'a Call) -> Option<Text> {
        let (_, id) = call.named.iter().find(|(name, _)| tree.text(*name) == "pattern")?;
        let span = tree.span(tree.expr(*id).range);
        let Some(pattern) = string(tree, *id) else {
            self.no_type_help(span, "not a pattern", "a pattern is a literal string");
            return None;
        };
        if let Err(reason) = re2::read(&pattern).and_then(|read| re2::compile(&read, 1 << 20)) {
            self.report(
                Diagnostic::new(codes::INVALID_TYPE, span, "this pattern is no regular expression")
                    .here(reason),
            );
            return None;
        }
        Some(pattern)
    }

    /// `(1..5 | 10..20)`
    fn ranges(&mut self, tree: &'a Tree, call: &'a Call, span: Span, name: &str) -> Ranges {
        let [id] = &*call.args else {
            let example = match name {
                "duration" => "duration(0s..35d)",
                "size" => "size(20GiB..64TiB)",
                _ => "int(1..65535)",
            };
            self.no_type_help(span, "takes one range", &format!("write `{example}`"));
            return Ranges::default();
        };
        let mut ranges = Vec::new();
        let mut rest = vec![*id];
        while let Some(id) = rest.pop() {
            let place = tree.span(tree.expr(id).range);
            match &tree.expr(id).kind {
                ExprKind::Binary { op: BinaryOp::Union, left, right, .. } => rest.extend([*right, *left]),
                ExprKind::Paren(inner) => rest.push(*inner),
                ExprKind::Binary { op: BinaryOp::Range, left, right, .. } => {
                    match bound(tree, *left, name).zip(bound(tree, *right, name)) {
                        Some((low, high)) if low <= high => ranges.push((low, high)),
                        Some(_) => drop(self.no_type_help(
                            place,
                            "ends before it begins",
                            "put the smaller one first",
                        )),
                        None => drop(self.no_type_help(place, "not a range of this type", &ends_of(name))),
                    }
                }
                _ => match bound(tree, id, name) {
                    Some(value) => ranges.push((value.clone(), value)),
                    None => drop(self.no_type_help(place, "not a range of this type", &ends_of(name))),
                },
            }
        }
        ranges.into()
    }
}

fn is_length(tree: &Tree, id: ExprId) -> bool {
    matches!(tree.expr(id).kind, ExprKind::Number | ExprKind::Binary { op: BinaryOp::Range, .. })
}

fn bound(tree: &Tree, id: ExprId, name: &str) -> Option<Number> {
    match (constant(tree, id)?.kind, name) {
        (Kind::Number(n), "number") => Some(n),
        (Kind::Number(n), "int") if n.is_integer() => Some(n),
        (Kind::Duration(d), "duration") => Some(d.0),
        (Kind::Size(s), "size") => Some(s.0),
        _ => None,
    }
}

fn ends_of(name: &str) -> String {
    let ends = match name {
        "duration" => "durations such as `0s..35d`",
        "size" => "sizes such as `20GiB..64TiB`",
        "int" => "integers such as `1..65535`",
        _ => "numbers such as `0.5..1.5`",
    };
    format!("its ends are {ends}")
}

//! Attributes, indexes and splats.

use super::constants::repeated;
use super::{Checker, Fact, Phase, Taint};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::{listed, nearest};
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{ExprId, ExprKind, ItemKey, Reference, Slot};

impl<'a> Checker<'a> {
    pub(super) fn attribute(&mut self, base: ExprId, name: &Text, name_span: Span, safe: bool) -> Fact {
        if let Some(fact) = self.module_output(base, name, name_span) {
            return fact;
        }
        let fact = self.infer(base);
        let ty = &fact.ty;
        let missing_null = ty.nullable && !safe && !ty.is_any() && !ty.is_error();
        if missing_null {
            self.null_base(base, ty, name_span);
        }
        let found = match &ty.kind {
            TypeKind::Error | TypeKind::Any => Some(ty.clone()),
            TypeKind::Object(object) => object.attributes.get(name).map(|attribute| attribute.ty.clone()),
            TypeKind::Map(element, _) => Some((**element).clone()),
            // `null.x` was reported as null.
            TypeKind::Never => Some(Type::error()),
            _ => None,
        };
        if self.lacks_key(base, ty, name, name_span) {
            return Fact::error();
        }
        let Some(found) = found else {
            self.no_attribute(base, ty, name, name_span);
            return Fact::error().after(&fact);
        };
        self.deprecated_attribute(base, name, name_span);
        let found = self.never_null(base, name, found);
        let secret = fact.ty.secret;
        let found = if safe && fact.ty.nullable && !found.is_error() { found.optional() } else { found };
        Fact { ty: if secret { found.secret() } else { found }, taint: fact.taint.part(name) }
    }

    /// What the provider of a resource says should no longer be read.
    fn deprecated_attribute(&mut self, base: ExprId, name: &Text, name_span: Span) {
        let mut at = base;
        while let ExprKind::Index { base, .. } = &self.module.expr(at).kind {
            at = *base;
        }
        let ExprKind::Reference(Reference::Resource(index)) = self.module.expr(at).kind else { return };
        let key = &self.module.resources[index as usize].key;
        let schema = match key.mode {
            Mode::Managed => self.surroundings.schemas.resource(&key.kind),
            Mode::Data => self.surroundings.schemas.data(&key.kind),
        };
        let attribute = schema.and_then(|(_, schema)| schema.block.attributes.get(name));
        if let Some(words) = attribute.and_then(|attribute| attribute.deprecated.as_ref()) {
            let message = format!("`{name}` of `{}` is deprecated", key.kind);
            self.report(Diagnostic::new(codes::DEPRECATED, name_span, message).here(words.to_string()));
        }
    }

    /// An attribute of a resource that its own block sets is as little null as what it is set to.
    fn never_null(&self, base: ExprId, name: &Text, ty: Type) -> Type {
        let mut at = base;
        if let ExprKind::Index { base, .. } = &self.module.expr(at).kind {
            at = *base;
        }
        match &self.module.expr(at).kind {
            ExprKind::Reference(Reference::Resource(index))
                if self.module_facts.resources[*index as usize].set.contains(name) =>
            {
                ty.non_null()
            }
            _ => ty,
        }
    }

    fn null_base(&mut self, base: ExprId, ty: &Type, name_span: Span) {
        let span = self.span(base);
        let dot = Span { start: span.end, end: name_span.start, ..span };
        let mut diagnostic =
            Diagnostic::new(codes::NULL_VALUE, span, "this may be null, and null has no attributes")
                .here(format!("`{ty}`"))
                .label(name_span, "asked for here");
        if self.text(dot).trim() == "." {
            diagnostic = diagnostic.replace(FixLevel::Review, "use `?.`: null where this is null", dot, "?.");
        } else {
            diagnostic = diagnostic.help("test it first: `x != null ? … : …`");
        }
        let diagnostic = self.with_declaration(diagnostic, base);
        self.report(diagnostic);
    }

    /// `x.attribute` where `x` has `count` or `for_each` and so is a collection of instances.
    fn lacks_key(&mut self, base: ExprId, ty: &Type, name: &Text, name_span: Span) -> bool {
        let module = self.module;
        let ExprKind::Reference(reference) = module.expr(base).kind else { return false };
        let Some((count, for_each)) = repeated(module, reference) else { return false };
        let what = if let Reference::Call(_) = reference { "an output" } else { "an attribute" };
        let (Some(repeat), TypeKind::List(element, _) | TypeKind::Map(element, _)) =
            (count.or(for_each), &ty.kind)
        else {
            return false;
        };
        let TypeKind::Object(object) = &element.kind else { return false };
        let keys = for_each.map(|id| self.keys_written(id)).unwrap_or_default();
        let is_key = for_each.is_some() && keys.contains(name);
        if is_key || (for_each.is_some() && !object.attributes.contains_key(name)) {
            return false;
        }
        let span = self.span(base);
        let text = self.text(span).to_owned();
        let (word, key) = match (for_each, keys.first()) {
            (None, _) => ("count", "0".to_owned()),
            (Some(_), Some(key)) => ("for_each", Value::from(key.clone()).to_string()),
            (Some(_), None) => ("for_each", "\"key\"".to_owned()),
        };
        let every = match for_each {
            None => format!("{text}[*].{name}"),
            Some(_) => format!("values({text})[*].{name}"),
        };
        let diagnostic = Diagnostic::new(
            codes::TYPE_MISMATCH,
            name_span,
            format!("`{text}` has `{word}`, so `{name}` is {what} of each of its instances"),
        )
        .here("of which one?")
        .label(self.span(repeat), format!("`{word}` makes it a collection"))
        .help(format!("of all of them: `{every}`"))
        .replace(
            FixLevel::Review,
            format!("of one: `{text}[{key}].{name}`"),
            span,
            format!("{text}[{key}]"),
        );
        self.report(diagnostic);
        true
    }

    /// The keys of a `for_each` that are written down.
    fn keys_written(&mut self, for_each: ExprId) -> Vec<Text> {
        if let ExprKind::Object(items) = &self.module.expr(for_each).kind {
            let names = items.iter().filter_map(|item| match &item.key {
                ItemKey::Name(name) => Some(name.clone()),
                ItemKey::Computed(_) => None,
            });
            return names.collect();
        }
        let Some(value) = self.constant(for_each) else { return Vec::new() };
        match &value.kind {
            Kind::Map(map) => map.keys().cloned().collect(),
            _ => value
                .as_slice()
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_str)
                .map(Text::from)
                .collect(),
        }
    }

    fn no_attribute(&mut self, base: ExprId, ty: &Type, name: &Text, name_span: Span) {
        let TypeKind::Object(object) = &ty.kind else {
            let mut diagnostic =
                Diagnostic::new(codes::TYPE_MISMATCH, name_span, format!("`{ty}` has no attributes"))
                    .here("only objects and maps have")
                    .label(self.span(base), format!("this is `{ty}`"));
            if let TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Tuple(_) = ty.kind {
                diagnostic = diagnostic.help(format!("of one element: `[0].{name}`; of all: `[*].{name}`"));
            }
            return self.report(diagnostic);
        };
        let what = object.name.as_ref().map_or_else(|| "this object".to_owned(), |name| format!("`{name}`"));
        let mut diagnostic =
            Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, name_span, format!("{what} has no attribute `{name}`"));
        match nearest(name, object.attributes.keys().map(Text::as_str)) {
            Some(near) => {
                diagnostic = diagnostic.here(format!("did you mean `{near}`?")).replace(
                    FixLevel::Safe,
                    format!("change it to `{near}`"),
                    name_span,
                    near,
                );
                if let Some(span) = object.attributes.get(near).and_then(|attribute| attribute.span) {
                    diagnostic = diagnostic.label(span, "declared here");
                }
            }
            None => {
                let names = object.attributes.keys().map(Text::as_str);
                diagnostic = diagnostic.here("does not exist").note(match names.len() {
                    0 => "it has no attributes".to_owned(),
                    _ => format!("it has {}", listed(names)),
                });
            }
        }
        let diagnostic = self.with_declaration(diagnostic, base);
        self.report(diagnostic);
    }

    pub(super) fn index(&mut self, base: ExprId, index: ExprId) -> Fact {
        let fact = self.infer(base);
        let key = self.infer(index);
        let ty = fact.ty.clone();
        if ty.nullable && !ty.is_any() && !ty.is_error() {
            let diagnostic = Diagnostic::new(
                codes::NULL_VALUE,
                self.span(base),
                "this may be null, and null has no elements",
            )
            .here(format!("`{ty}`"))
            .help("test it first: `x != null ? x[0] : …`");
            let diagnostic = self.with_declaration(diagnostic, base);
            self.report(diagnostic);
        }
        let secret = ty.secret || key.ty.secret;
        let element = match &ty.kind {
            TypeKind::Error | TypeKind::Any => ty.clone(),
            TypeKind::Never => Type::error(),
            TypeKind::List(element, _) => {
                self.key_type(index, &key.ty, &Type::int(), "a list is indexed with an integer");
                (**element).clone()
            }
            TypeKind::Map(element, _) => {
                self.key_type(index, &key.ty, &Type::string(), "a map is indexed with a text");
                (**element).clone()
            }
            TypeKind::Tuple(types) => {
                self.key_type(index, &key.ty, &Type::int(), "a list is indexed with an integer");
                match self.constant(index).and_then(|value| value.as_i64()) {
                    Some(at) => match usize::try_from(at).ok().and_then(|at| types.get(at)) {
                        Some(ty) => ty.clone(),
                        None => {
                            let diagnostic = Diagnostic::new(
                                codes::INDEX_OUT_OF_RANGE,
                                self.span(index),
                                format!("there is no element [{at}]"),
                            )
                            .here(match types.len() {
                                0 => "the list is empty".to_owned(),
                                n => format!("the last one is [{}]", n - 1),
                            });
                            let diagnostic = self.with_declaration(diagnostic, base);
                            self.report(diagnostic);
                            Type::error()
                        }
                    },
                    None => crate::base::assign::join_all(types.iter().cloned()).unwrap_or_else(Type::any),
                }
            }
            TypeKind::Object(object) => {
                self.key_type(
                    index,
                    &key.ty,
                    &Type::string(),
                    "an object is indexed with the name of an attribute",
                );
                match self.constant(index).as_ref().and_then(Value::as_str) {
                    Some(name) => match object.attributes.get(name) {
                        Some(attribute) => attribute.ty.clone(),
                        None => {
                            let span = self.span(index);
                            self.no_attribute_by_key(object, name, span);
                            Type::error()
                        }
                    },
                    None => crate::base::assign::join_all(object.attributes.values().map(|a| a.ty.clone()))
                        .unwrap_or_else(Type::any),
                }
            }
            TypeKind::Set(..) => {
                self.report(
                    Diagnostic::new(codes::TYPE_MISMATCH, self.span(base), "a set has no order to index by")
                        .here(format!("`{ty}`"))
                        .help("use `tolist(…)` to put it in order, or `one(…)` if it has one element"),
                );
                Type::error()
            }
            _ => {
                self.report(
                    Diagnostic::new(codes::TYPE_MISMATCH, self.span(base), format!("`{ty}` has no elements"))
                        .here("only lists, maps and objects have"),
                );
                Type::error()
            }
        };
        let taint = match self.constant_key(index) {
            Some(name) => fact.taint.part(&name),
            None => fact.taint.element().and(&fact.taint.outline()),
        };
        Fact { ty: if secret { element.secret() } else { element }, taint: taint.and(&key.taint) }
    }

    /// Looks at an access, and where what is accessed is written down, also at whether there is such a part.
    pub(super) fn there(&mut self, id: ExprId, base: ExprId, look: impl FnOnce(&mut Self) -> Fact) -> Fact {
        let reported = self.diagnostics.len();
        let fact = look(self);
        if self.diagnostics.len() > reported || fact.ty.is_error() {
            return fact;
        }
        // One instance's outputs are looked up without looking at the instance.
        let whole = match self.module.expr(base).kind {
            ExprKind::Index { base, .. } => base,
            _ => base,
        };
        let repeat = match self.module.expr(whole).kind {
            ExprKind::Reference(reference) => repeated(self.module, reference),
            _ => None,
        };
        if (repeat.is_some() || (fact.phase() == Phase::Static && self.constant(base).is_some()))
            && let Some(mut error) = self.failing(id)
            && [codes::MISSING_KEY, codes::INDEX_OUT_OF_RANGE].contains(&error.code)
        {
            if let Some((count, for_each)) = repeat
                && let Some(decided) = count.or(for_each)
            {
                error.message = format!("`{}` has no such instance", self.text(self.span(whole)));
                *error = error.label(self.span(decided), "decides which instances there are");
            }
            self.report(*error);
            return Fact::error();
        }
        self.missing_for_some(id).unwrap_or(fact)
    }

    /// The name of the part an index that is written down takes.
    fn constant_key(&mut self, index: ExprId) -> Option<Text> {
        let value = self.constant(index)?;
        match &value.kind {
            Kind::String(name) => Some(name.clone()),
            Kind::Number(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    fn no_attribute_by_key(&mut self, object: &crate::base::types::ObjectType, name: &str, span: Span) {
        let diagnostic =
            Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, format!("this object has no attribute `{name}`"));
        let diagnostic = match nearest(name, object.attributes.keys().map(Text::as_str)) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Safe,
                format!("change it to `{near}`"),
                span,
                format!("\"{near}\""),
            ),
            None => diagnostic.here("does not exist"),
        };
        self.report(diagnostic);
    }

    fn key_type(&mut self, index: ExprId, found: &Type, expected: &Type, rule: &str) {
        let Err(mismatch) = crate::base::assign::assignable(expected, found) else { return };
        let span = self.span(index);
        let mut diagnostic = Diagnostic::new(codes::TYPE_MISMATCH, span, rule)
            .here(format!("this is `{found}`"))
            .mismatch(expected.to_string(), found.to_string());
        let unquoted = match &self.module.expr(index).kind {
            ExprKind::Literal(value) => value.as_str().and_then(|text| text.parse::<u32>().ok()),
            _ => None,
        };
        diagnostic = match (unquoted, mismatch.conversion()) {
            (Some(number), _) => {
                diagnostic.replace(FixLevel::Safe, format!("write {number}"), span, number.to_string())
            }
            (None, Some(function)) => {
                let text = format!("{function}({})", self.text(span));
                diagnostic.replace(FixLevel::Safe, format!("convert it: `{function}(…)`"), span, text)
            }
            _ => diagnostic,
        };
        self.report(diagnostic);
    }

    pub(super) fn splat(&mut self, base: ExprId, slot: Slot, each: ExprId) -> Fact {
        let fact = self.infer(base);
        let ty = &fact.ty;
        let element = match &ty.kind {
            TypeKind::List(element, _) | TypeKind::Set(element, _) => (**element).clone(),
            TypeKind::Tuple(types) => {
                crate::base::assign::join_all(types.iter().cloned()).unwrap_or_else(Type::any)
            }
            TypeKind::Any | TypeKind::Error | TypeKind::Never => Type::any(),
            // A single value is a list of one, null a list of none.
            _ => ty.clone().non_null(),
        };
        debug_assert_eq!(self.bindings.len(), slot.0 as usize, "bindings are pushed in the order of slots");
        let of_many = matches!(
            ty.kind,
            TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Tuple(_) | TypeKind::Any | TypeKind::Error
        );
        let (outline, taint) = match of_many {
            true => (fact.taint.outline(), fact.taint.element()),
            false if ty.nullable => (fact.taint.outline(), fact.taint.clone()),
            false => (Taint::default(), fact.taint.clone()),
        };
        self.bindings.push(Fact { ty: element, taint });
        let result = self.infer(each);
        self.bindings.pop();
        let list = Type::list(result.ty.clone());
        let list = if ty.secret { list.secret() } else { list };
        Fact { ty: list, taint: Taint::collection(&outline, &result.taint) }
    }
}

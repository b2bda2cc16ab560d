//! Variables, locals, outputs and checks.

use super::constants::{constant, string};
use super::declare::label_span;
use super::program::{CheckBlock, Local, Output, ResourceKey, Variable};
use super::{Here, Resolver};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::assign::type_of;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::types::{Length, Type, TypeKind};
use crate::lang::syntax::tree::{Attribute, Block, Tree};

impl<'a> Resolver<'a> {
    pub(super) fn variables(&mut self) {
        let declared: Vec<_> = self.declared.variables.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, at) in declared {
            let (tree, block) = self.at(at);
            let variable = self.recorded(|this| this.variable(tree, block, name.clone()));
            self.module.variables.insert(name, variable.keep(&mut self.records.variables));
        }
    }

    pub(super) fn variable(&mut self, tree: &'a Tree, block: &'a Block, name: Text) -> Variable {
        let names = ["type", "default", "description", "sensitive", "nullable", "deprecated", "ephemeral"];
        let fields = self.fields(tree, &block.body, "`variable`", &names, &["validation"]);
        let span = label_span(tree, block, 0);
        let stated = fields.get("type").map(|attribute| {
            let span = tree.span(tree.expr(attribute.value).range);
            (self.type_expr(tree, attribute.value), span)
        });
        let default = fields.get("default").map(|attribute| self.expr(tree, attribute.value));
        let nullable = fields.get("nullable").and_then(|a| self.literal_bool(tree, a)).unwrap_or(true);
        let sensitive = fields.get("sensitive").and_then(|a| self.literal_bool(tree, a)).unwrap_or(false);
        let inferred = || {
            let default = fields.get("default").and_then(|attribute| constant(tree, attribute.value))?;
            match type_of(&default) {
                ty if matches!(ty.kind, TypeKind::Never) => None,
                Type { kind: TypeKind::Tuple(items), .. } if items.is_empty() => None,
                Type { kind: TypeKind::Tuple(items), .. } => {
                    let element = crate::base::assign::join_all(items.iter().cloned())?;
                    Some(TypeKind::List(element.into(), Length::default()).into())
                }
                Type { kind: TypeKind::Object(object), .. } if object.attributes.is_empty() => None,
                ty => Some(ty),
            }
        };
        let mut ty = stated.as_ref().map(|(ty, _)| ty.clone()).or_else(inferred).unwrap_or_else(Type::any);
        if self.null_default(tree, block, &fields, stated.as_ref().map(|(ty, span)| (ty, *span))) {
            // As it will be once that is mended: what its nulls reach is told in the same run.
            ty.nullable = nullable;
        }
        let validations = fields.blocks("validation").filter_map(|b| self.condition(tree, b)).collect();
        let docs = Self::docs(tree, &block.docs)
            .or_else(|| fields.get("description").and_then(|a| string(tree, a.value)));
        let deprecated =
            fields.get("deprecated").and_then(|a| self.literal_string(tree, a)).map(|(text, _)| text);
        Variable {
            name,
            span,
            ty: if sensitive { ty.secret() } else { ty },
            type_span: stated.map(|(_, span)| span),
            default,
            nullable,
            sensitive,
            deprecated,
            validations,
            docs,
        }
    }

    /// `type = string` with `default = null`: null is no string. Answers whether it was so.
    fn null_default(
        &mut self,
        tree: &'a Tree,
        block: &'a Block,
        fields: &super::fields::Fields<'a>,
        stated: Option<(&Type, crate::base::source::Span)>,
    ) -> bool {
        let (Some((ty, type_span)), Some(default)) = (stated, fields.get("default")) else { return false };
        let is_null = constant(tree, default.value).is_some_and(|value| value.is_null());
        if !is_null || ty.nullable || ty.is_error() || ty.is_any() {
            return false;
        }
        let name = label_span(tree, block, 0);
        let fixed = match ty.kind {
            TypeKind::Enum(ref values) if values.len() > 1 && ty.alias.is_none() => {
                format!("({})?", tree.text_at(type_span))
            }
            _ => format!("{}?", tree.text_at(type_span)),
        };
        self.report(
            Diagnostic::new(
                codes::NULL_VALUE,
                tree.span(tree.expr(default.value).range),
                format!("`{}` is `{ty}`, and null is not one", tree.text_at(name)),
            )
            .here("null")
            .label(type_span, "the type has no null")
            .mismatch(ty.to_string(), "null")
            .replace(
                FixLevel::Safe,
                format!("let it be null: `{fixed}`"),
                type_span,
                fixed.clone(),
            ),
        );
        true
    }

    pub(super) fn locals(&mut self) {
        let declared: Vec<_> = self.declared.locals.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, at) in declared {
            let (tree, attribute) = self.at(at);
            let local = self.recorded(|this| this.local(tree, attribute, name.clone()));
            self.module.locals.insert(name, local.keep(&mut self.records.locals));
        }
    }

    pub(super) fn local(&mut self, tree: &'a Tree, attribute: &'a Attribute, name: Text) -> Local {
        let span = tree.span(attribute.name);
        let value = self.expr(tree, attribute.value);
        Local { name, span, value, docs: Self::docs(tree, &attribute.docs) }
    }

    pub(super) fn outputs(&mut self) {
        let declared: Vec<_> = self.declared.outputs.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, at) in declared {
            let (tree, block) = self.at(at);
            let output = self.recorded(|this| this.output(tree, block, name.clone()));
            self.module.outputs.insert(name, output.keep(&mut self.records.outputs));
        }
    }

    pub(super) fn output(&mut self, tree: &'a Tree, block: &'a Block, name: Text) -> Output {
        let names = ["value", "type", "description", "sensitive", "deprecated", "depends_on", "ephemeral"];
        let fields = self.fields(tree, &block.body, "`output`", &names, &["precondition"]);
        let span = label_span(tree, block, 0);
        let value = match fields.get("value") {
            Some(attribute) => self.expr(tree, attribute.value),
            None => {
                self.lacking(tree, block, &format!("the output `{name}`"), &[("value", "value = null")]);
                self.push(super::program::ExprKind::Error, span)
            }
        };
        let ty = fields.get("type").map(|attribute| self.type_expr(tree, attribute.value));
        let sensitive = fields.get("sensitive").and_then(|a| self.literal_bool(tree, a)).unwrap_or(false);
        let depends_on = fields.get("depends_on").map_or_else(Vec::new, |a| self.dependencies(tree, a));
        let preconditions = fields.blocks("precondition").filter_map(|b| self.condition(tree, b)).collect();
        let deprecated =
            fields.get("deprecated").and_then(|a| self.literal_string(tree, a)).map(|(text, _)| text);
        let docs = Self::docs(tree, &block.docs)
            .or_else(|| fields.get("description").and_then(|a| string(tree, a.value)));
        Output { name, span, value, ty, sensitive, deprecated, preconditions, depends_on, docs }
    }

    pub(super) fn checks(&mut self) {
        let declared: Vec<_> = self.declared.checks.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, at) in declared {
            let (tree, block) = self.at(at);
            let fields = self.fields(tree, &block.body, "`check`", &[], &["assert", "data"]);
            let data = fields.blocks("data").next().map(|inner| ResourceKey {
                mode: Mode::Data,
                kind: super::declare::label_text(tree, inner, 0).into(),
                name: super::declare::label_text(tree, inner, 1).into(),
            });
            self.here = Here::default();
            let asserts = fields.blocks("assert").filter_map(|b| self.condition(tree, b)).collect();
            let span = label_span(tree, block, 0);
            self.module.checks.insert(name, CheckBlock { span, data, asserts });
        }
    }
}

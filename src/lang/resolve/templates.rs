//! Templates: literal text is gathered, a sole interpolation is its value.

use super::Resolver;
use super::program::{ExprId, ExprKind, Part};
use crate::base::source::Span;
use crate::lang::syntax::tree::{Template, TemplateForm, TemplatePart, Tree};

impl<'a> Resolver<'a> {
    pub(super) fn template(&mut self, tree: &'a Tree, template: &'a Template, span: Span) -> ExprId {
        match &*template.parts {
            [] => return self.push(ExprKind::Literal("".into()), span),
            [TemplatePart::Literal { value, .. }] => {
                return self.push(ExprKind::Literal(value.clone().into()), span);
            }
            // `"${x}"` is `x`, with its type.
            [TemplatePart::Interpolation { expr, .. }] if template.form == TemplateForm::Quoted => {
                return self.lower(tree, *expr);
            }
            _ => {}
        }
        let parts = self.parts(tree, &template.parts);
        self.push(ExprKind::Template(parts), span)
    }

    fn parts(&mut self, tree: &'a Tree, parts: &'a [TemplatePart]) -> Box<[Part]> {
        parts.iter().map(|part| self.part(tree, part)).collect()
    }

    fn part(&mut self, tree: &'a Tree, part: &'a TemplatePart) -> Part {
        match part {
            TemplatePart::Literal { value, .. } => Part::Literal(value.clone()),
            TemplatePart::Interpolation { expr, .. } => Part::Interpolation(self.lower(tree, *expr)),
            TemplatePart::If { condition, then, otherwise, .. } => Part::If {
                condition: self.lower(tree, *condition),
                then: self.parts(tree, then),
                otherwise: self.parts(tree, otherwise),
            },
            TemplatePart::For { key, value, collection, body, .. } => {
                let collection = self.lower(tree, *collection);
                let depth = self.scope.len();
                let key = key.map(|name| self.bind(tree.text(name)));
                let value = self.bind(tree.text(*value));
                let body = self.parts(tree, body);
                self.scope.truncate(depth);
                Part::For { key, value, collection, body }
            }
        }
    }
}

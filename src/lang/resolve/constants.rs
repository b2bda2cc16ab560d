//! Arguments that have to be literals.

use super::Resolver;
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
pub use crate::lang::syntax::constants::{constant, number, quantity, string};
use crate::lang::syntax::tree::{Attribute, ExprKind, Tree};

impl Resolver<'_> {
    /// A literal string that an argument has to be.
    pub(super) fn literal_string(&mut self, tree: &Tree, attribute: &Attribute) -> Option<(Text, Span)> {
        let span = tree.span(tree.expr(attribute.value).range);
        if let Some(text) = string(tree, attribute.value) {
            return Some((text, span));
        }
        self.not_literal(tree, attribute, "a string", span);
        None
    }

    /// A literal bool that an argument has to be.
    pub(super) fn literal_bool(&mut self, tree: &Tree, attribute: &Attribute) -> Option<bool> {
        let span = tree.span(tree.expr(attribute.value).range);
        if let ExprKind::Bool(value) = tree.expr(attribute.value).kind {
            return Some(value);
        }
        self.not_literal(tree, attribute, "`true` or `false`", span);
        None
    }

    fn not_literal(&mut self, tree: &Tree, attribute: &Attribute, what: &str, span: Span) {
        if matches!(tree.expr(attribute.value).kind, ExprKind::Error) {
            return;
        }
        let name = tree.text(attribute.name);
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, span, format!("`{name}` has to be {what} as it stands"))
                .here("is decided before anything is evaluated");
        // `sensitive = "true"`: the quotes of old Terraform.
        if let Some(text) = string(tree, attribute.value)
            && matches!(text.as_str(), "true" | "false")
        {
            diagnostic = diagnostic.replace(FixLevel::Safe, "remove the quotes", span, text);
        }
        self.report(diagnostic);
    }
}

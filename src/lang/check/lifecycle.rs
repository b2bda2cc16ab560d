//! What `lifecycle` names: attributes to ignore, and what triggers a replacement.

use super::Checker;
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::suggest::nearest;
use crate::lang::resolve::program::{ExprId, ExprKind, IgnoreChanges, Reference};

impl Checker<'_> {
    /// `ignore_changes` names what the resource has.
    pub(super) fn ignored(&mut self, index: u32) {
        let resource = &self.module.resources[index as usize];
        let IgnoreChanges::Paths(paths) = &resource.lifecycle.ignore_changes else { return };
        let Some(schema) = self.schema_of(index) else { return };
        for path in paths {
            let Some(name) = path.steps.first() else { continue };
            if schema.block.attributes.contains_key(name) || schema.block.blocks.contains_key(name) {
                continue;
            }
            let message = format!("`{}.{}` has no attribute `{name}`", resource.key.kind, resource.key.name);
            let diagnostic = Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, path.span, message);
            let legal = schema.block.attributes.keys().chain(schema.block.blocks.keys());
            self.report(match nearest(name, legal.map(Text::as_str)) {
                Some(near) if path.steps.len() == 1 => diagnostic
                    .here(format!("did you mean `{near}`?"))
                    .replace(FixLevel::Safe, format!("change it to `{near}`"), path.span, near),
                Some(near) => diagnostic.here(format!("did you mean `{near}`?")),
                None => diagnostic.here("nothing to ignore"),
            });
        }
    }

    /// `replace_triggered_by` names resources and what belongs to them.
    pub(super) fn trigger(&mut self, id: ExprId) {
        self.infer(id);
        let mut at = id;
        loop {
            match &self.module.expr(at).kind {
                ExprKind::Attribute { base, .. } | ExprKind::Index { base, .. } => at = *base,
                ExprKind::Reference(Reference::Resource(_)) | ExprKind::Error => return,
                _ => break,
            }
        }
        self.report(
            Diagnostic::new(
                codes::INVALID_BLOCK,
                self.span(id),
                "`replace_triggered_by` takes resources and their attributes",
            )
            .here("no resource")
            .help("to follow a value, keep it in a `terraform_data` resource and name that"),
        );
    }
}

//! Puts a tree that was built from a mended text back to where things stand in the original.

use super::tree::*;
use crate::base::source::TextRange;

/// Changes every range of a tree.
pub(super) struct Remap<F: Fn(TextRange) -> TextRange>(pub(super) F);

impl<F: Fn(TextRange) -> TextRange> Remap<F> {
    pub(super) fn tree(&self, tree: &mut Tree) {
        self.body(&mut tree.body);
        for expr in &mut tree.exprs {
            self.range(&mut expr.range);
            self.expr(&mut expr.kind);
        }
        for comment in &mut tree.comments {
            self.range(&mut comment.range);
        }
        self.ranges(&mut tree.file_docs);
    }

    fn range(&self, range: &mut TextRange) {
        *range = (self.0)(*range);
    }

    fn ranges(&self, ranges: &mut [TextRange]) {
        ranges.iter_mut().for_each(|range| self.range(range));
    }

    fn body(&self, body: &mut Body) {
        for item in &mut body.items {
            match item {
                Item::Attribute(item) => {
                    self.ranges(&mut item.docs);
                    self.range(&mut item.name);
                    self.range(&mut item.range);
                }
                Item::Block(block) => {
                    self.ranges(&mut block.docs);
                    self.range(&mut block.kind);
                    for label in &mut block.labels {
                        self.range(&mut label.range);
                    }
                    self.body(&mut block.body);
                    self.range(&mut block.open);
                    self.range(&mut block.close);
                    self.range(&mut block.range);
                }
                Item::Type(item) => {
                    self.ranges(&mut item.docs);
                    self.range(&mut item.name);
                    self.range(&mut item.range);
                }
                Item::Function(item) => {
                    self.ranges(&mut item.docs);
                    self.range(&mut item.name);
                    for param in &mut item.params {
                        self.range(&mut param.name);
                    }
                    self.range(&mut item.range);
                }
                Item::Use(item) => {
                    self.ranges(&mut item.docs);
                    self.range(&mut item.path);
                    self.ranges(&mut item.names);
                    self.range(&mut item.range);
                }
                Item::Error(range) => self.range(range),
            }
        }
    }

    fn expr(&self, kind: &mut ExprKind) {
        match kind {
            ExprKind::Error
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number
            | ExprKind::Name
            | ExprKind::Tuple(_)
            | ExprKind::Index { .. }
            | ExprKind::Splat { .. }
            | ExprKind::SplatItem
            | ExprKind::Conditional { .. }
            | ExprKind::Optional(_)
            | ExprKind::Match(_)
            | ExprKind::Paren(_) => {}
            ExprKind::Quantity { unit } => self.range(unit),
            ExprKind::Template(template) => {
                if let TemplateForm::Heredoc { marker, .. } = &mut template.form {
                    self.range(marker);
                }
                self.parts(&mut template.parts);
            }
            ExprKind::Object(items) => items.iter_mut().for_each(|item| self.ranges(&mut item.docs)),
            ExprKind::For(each) => {
                each.key.iter_mut().for_each(|key| self.range(key));
                self.range(&mut each.value);
            }
            ExprKind::Attr { name, .. } => self.range(name),
            ExprKind::Call(call) => {
                self.range(&mut call.name);
                call.named.iter_mut().for_each(|(name, _)| self.range(name));
            }
            ExprKind::Unary { op_range, .. } | ExprKind::Binary { op_range, .. } => self.range(op_range),
        }
    }

    fn parts(&self, parts: &mut [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal { range, .. } | TemplatePart::Interpolation { range, .. } => {
                    self.range(range);
                }
                TemplatePart::If { range, then, otherwise, .. } => {
                    self.range(range);
                    self.parts(then);
                    self.parts(otherwise);
                }
                TemplatePart::For { range, key, value, body, .. } => {
                    self.range(range);
                    key.iter_mut().for_each(|key| self.range(key));
                    self.range(value);
                    self.parts(body);
                }
            }
        }
    }
}

//! A tree without places: what two layouts of one text have in common.

use std::fmt::Write;

use prov::base::source::TextRange;
use prov::lang::syntax::tree::*;

/// All comments. A carriage return at the end of one is part of its line break.
pub fn comments(tree: &Tree) -> Vec<&str> {
    tree.comments.iter().map(|comment| tree.text(comment.range).trim_end_matches('\r')).collect()
}

/// The tree as nested words. What the formatter writes differently reads the same here: quotes of labels, parentheses,
/// `"${x}"` as the whole value of an argument, `list` for `list(any)`.
pub fn outline(tree: &Tree) -> String {
    let mut outline = Outline { tree, out: String::new() };
    outline.lines(&tree.file_docs);
    outline.body(&tree.body, "");
    outline.out
}

struct Outline<'t> {
    tree: &'t Tree,
    out: String,
}

impl<'t> Outline<'t> {
    fn text(&self, range: TextRange) -> &'t str {
        self.tree.text(range)
    }

    fn word(&mut self, word: &str) {
        self.out.push_str(word);
        self.out.push(' ');
    }

    fn lines(&mut self, docs: &[TextRange]) {
        docs.iter().for_each(|doc| self.word(self.tree.text(*doc).trim_end_matches('\r')));
    }

    fn body(&mut self, body: &Body, of: &str) {
        for item in &body.items {
            match item {
                Item::Attribute(item) => {
                    self.lines(&item.docs);
                    self.word(self.text(item.name));
                    let is_type = of == "variable" && self.text(item.name) == "type";
                    self.value(item.value, is_type);
                }
                Item::Block(block) => {
                    self.lines(&block.docs);
                    let kind = self.text(block.kind);
                    self.word(kind);
                    for label in &block.labels {
                        self.word(self.text(label.range).trim_matches('"'));
                    }
                    self.word("{");
                    self.body(&block.body, kind);
                    self.word("}");
                }
                Item::Type(item) => {
                    self.lines(&item.docs);
                    self.word(self.text(item.name));
                    self.expr(item.value);
                }
                Item::Function(item) => {
                    self.lines(&item.docs);
                    self.word(self.text(item.name));
                    for param in &item.params {
                        self.word(self.text(param.name));
                        self.expr(param.ty);
                        param.default.iter().for_each(|default| self.expr(*default));
                    }
                    self.expr(item.returns);
                    self.expr(item.body);
                }
                Item::Use(item) => {
                    self.lines(&item.docs);
                    self.word(self.text(item.path));
                    item.names.iter().for_each(|name| self.word(self.text(*name)));
                }
                Item::Error(range) => self.word(self.text(*range)),
            }
            self.out.push('\n');
        }
    }

    /// The value of an argument.
    fn value(&mut self, mut id: ExprId, is_type: bool) {
        loop {
            match &self.tree.expr(id).kind {
                ExprKind::Paren(inner) => id = *inner,
                ExprKind::Template(Template { form: TemplateForm::Quoted, parts }) => match **parts {
                    [TemplatePart::Interpolation { expr, .. }] => id = expr,
                    _ => break,
                },
                _ => break,
            }
        }
        match self.text(self.tree.expr(id).range) {
            kind @ ("list" | "map" | "set") if is_type => {
                let _ = write!(self.out, "Call {kind} any ) ");
            }
            _ => self.expr(id),
        }
    }

    fn exprs(&mut self, ids: &[ExprId]) {
        ids.iter().for_each(|id| self.expr(*id));
        self.word(")");
    }

    fn expr(&mut self, id: ExprId) {
        let expr = self.tree.expr(id);
        match &expr.kind {
            ExprKind::Paren(inner) => self.expr(*inner),
            ExprKind::Error | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number => {
                self.word(self.text(expr.range))
            }
            ExprKind::Quantity { .. } | ExprKind::Name => self.word(self.text(expr.range)),
            ExprKind::SplatItem => self.word("*"),
            ExprKind::Template(template) => {
                self.word(&format!("\"{:?}", std::mem::discriminant(&template.form)));
                self.parts(&template.parts);
            }
            ExprKind::Tuple(items) => {
                self.word("[");
                self.exprs(items);
            }
            ExprKind::Object(items) => {
                self.word("{");
                for item in items {
                    self.lines(&item.docs);
                    self.exprs(&[item.key, item.value]);
                }
                self.word("}");
            }
            ExprKind::For(each) => {
                self.word("For");
                each.key.iter().for_each(|key| self.word(self.text(*key)));
                self.word(self.text(each.value));
                let rest = [Some(each.collection), each.key_expr, Some(each.value_expr), each.condition];
                rest.iter().for_each(|id| match id {
                    Some(id) => self.expr(*id),
                    None => self.word("none"),
                });
                self.word(if each.group { "..." } else { ")" });
            }
            ExprKind::Attr { base, name, safe } => {
                self.expr(*base);
                let _ = write!(self.out, "{}{} ", if *safe { "?." } else { "." }, self.text(*name));
            }
            ExprKind::Index { base, index, legacy } => {
                self.word(if *legacy { "Legacy" } else { "Index" });
                self.exprs(&[*base, *index]);
            }
            ExprKind::Splat { base, each, full } => {
                self.word(if *full { "FullSplat" } else { "Splat" });
                self.exprs(&[*base, *each]);
            }
            ExprKind::Call(call) => {
                self.word("Call");
                self.out.extend(self.text(call.name).chars().filter(|c| !c.is_whitespace()));
                self.word("");
                call.args.iter().for_each(|id| self.expr(*id));
                for (name, value) in &call.named {
                    self.word(self.text(*name));
                    self.expr(*value);
                }
                self.word(if call.expand { "..." } else { ")" });
            }
            ExprKind::Unary { op, operand, .. } => {
                self.word(&format!("{op:?}"));
                self.exprs(&[*operand]);
            }
            ExprKind::Binary { op, left, right, .. } => {
                self.word(&format!("{op:?}"));
                self.exprs(&[*left, *right]);
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                self.word("If");
                self.exprs(&[*condition, *then, *otherwise]);
            }
            ExprKind::Optional(inner) => {
                self.word("Optional");
                self.exprs(&[*inner]);
            }
            ExprKind::Match(each) => {
                self.word("Match");
                self.expr(each.scrutinee);
                for arm in &each.arms {
                    self.exprs(&arm.patterns);
                    self.expr(arm.value);
                }
                self.word(")");
            }
        }
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal { value, .. } => self.word(&format!("{value:?}")),
                TemplatePart::Interpolation { expr, .. } => {
                    self.word("${");
                    self.expr(*expr);
                }
                TemplatePart::If { condition, then, otherwise, .. } => {
                    self.word("%if");
                    self.expr(*condition);
                    self.parts(then);
                    self.word("%else");
                    self.parts(otherwise);
                }
                TemplatePart::For { key, value, collection, body, .. } => {
                    self.word("%for");
                    key.iter().chain([value]).for_each(|name| self.word(self.text(*name)));
                    self.expr(*collection);
                    self.parts(body);
                }
            }
        }
        self.word("%end");
    }
}

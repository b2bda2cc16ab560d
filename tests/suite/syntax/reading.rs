//! A tree as one line, in the notation of `tests/syntax/cases.txt`.

use prov::base::source::TextRange;
use prov::lang::syntax::tree::*;

/// Renders the items of a file.
pub fn read(tree: &Tree) -> String {
    let docs = tree.comments.iter().filter(|c| matches!(c.kind, CommentKind::Doc | CommentKind::FileDoc));
    let mut reader = Reader { tree, docs: docs.map(|c| c.range).collect(), next_doc: 0 };
    reader.items(&tree.body, u32::MAX).join("; ")
}

/// Renders one expression.
pub fn read_expr(tree: &Tree, id: ExprId) -> String {
    Reader { tree, docs: Vec::new(), next_doc: 0 }.expr(id)
}

struct Reader<'t> {
    tree: &'t Tree,
    docs: Vec<TextRange>,
    next_doc: usize,
}

impl<'t> Reader<'t> {
    fn text(&self, range: TextRange) -> &'t str {
        self.tree.text(range)
    }

    fn docs_before(&mut self, at: u32, out: &mut Vec<String>) {
        while let Some(doc) = self.docs.get(self.next_doc).filter(|doc| doc.start < at).copied() {
            out.push(format!("(doc {})", self.text(doc)));
            self.next_doc += 1;
        }
    }

    fn skip_docs(&mut self, before: u32) {
        self.next_doc = self.docs.partition_point(|doc| doc.start < before);
    }

    fn items(&mut self, body: &Body, end: u32) -> Vec<String> {
        let mut out = Vec::new();
        for item in &body.items {
            let range = match item {
                Item::Attribute(item) => item.range,
                Item::Block(item) => item.range,
                Item::Type(item) => item.range,
                Item::Function(item) => item.range,
                Item::Use(item) => item.range,
                Item::Error(range) => *range,
            };
            self.docs_before(range.start, &mut out);
            out.push(self.item(item));
            self.skip_docs(range.end);
        }
        self.docs_before(end, &mut out);
        out
    }

    fn item(&mut self, item: &Item) -> String {
        match item {
            Item::Attribute(item) => format!("{} = {}", self.text(item.name), self.expr(item.value)),
            Item::Block(block) => {
                let mut words = vec![self.text(block.kind).to_owned()];
                words.extend(block.labels.iter().map(|label| self.text(label.range).to_owned()));
                words.extend(self.items(&block.body, block.close.start));
                format!("({})", words.join(" "))
            }
            Item::Type(item) => format!("(type {} {})", self.text(item.name), self.expr(item.value)),
            Item::Function(item) => {
                let params: Vec<_> = item
                    .params
                    .iter()
                    .map(|param| {
                        let default = param.default.map(|d| format!("={}", self.expr(d))).unwrap_or_default();
                        format!("{}:{}{default}", self.tree.text(param.name), self.expr(param.ty))
                    })
                    .collect();
                self.skip_docs(self.tree.expr(item.returns).range.start);
                let (returns, body) = (self.expr(item.returns), self.expr(item.body));
                format!("(fn {} ({}) {returns} {body})", self.text(item.name), params.join(" "))
            }
            Item::Use(item) => {
                let names: Vec<_> = item.names.iter().map(|name| self.text(*name)).collect();
                format!("(use {} {})", self.text(item.path), names.join(" "))
            }
            Item::Error(range) => format!("(error {:?})", self.text(*range)),
        }
    }

    fn all(&mut self, ids: &[ExprId]) -> Vec<String> {
        ids.iter().map(|id| self.expr(*id)).collect()
    }

    fn expr(&mut self, id: ExprId) -> String {
        let tree = self.tree;
        let expr = tree.expr(id);
        match &expr.kind {
            ExprKind::Error => "(error)".into(),
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number | ExprKind::Name => {
                self.text(expr.range).into()
            }
            ExprKind::Quantity { unit } => {
                let digits = TextRange::new(expr.range.start, unit.start);
                format!("<{} {}>", self.text(digits), self.text(*unit))
            }
            ExprKind::Template(template) => self.template(template, expr.range),
            ExprKind::Tuple(items) => format!("[{}]", self.all(items).join(" ")),
            ExprKind::Object(items) => {
                let mut out = Vec::new();
                for item in items {
                    self.docs_before(tree.expr(item.key).range.start, &mut out);
                    out.push(format!("{}={}", self.expr(item.key), self.expr(item.value)));
                }
                self.docs_before(expr.range.end, &mut out);
                format!("{{{}}}", out.join(" "))
            }
            ExprKind::For(each) => self.for_expr(each),
            ExprKind::Attr { base, name, safe } => {
                let dot = if *safe { "?." } else { "." };
                format!("{}{dot}{}", self.expr(*base), self.text(*name))
            }
            ExprKind::Index { base, index, legacy: true } => {
                format!("{}.{}", self.expr(*base), self.expr(*index))
            }
            ExprKind::Index { base, index, legacy: false } => {
                format!("{}[{}]", self.expr(*base), self.expr(*index))
            }
            ExprKind::Splat { base, each, full } => {
                let star = if *full { "[*]" } else { ".*" };
                format!("{}{}", self.expr(*base), self.expr(*each).replacen('@', star, 1))
            }
            ExprKind::SplatItem => "@".into(),
            ExprKind::Call(call) => {
                let mut args = self.all(&call.args);
                args.extend(
                    call.named
                        .iter()
                        .map(|(name, value)| format!("{}={}", tree.text(*name), self.expr(*value))),
                );
                args.extend(call.expand.then(|| "...".to_owned()));
                format!("{}({})", self.text(call.name), args.join(" "))
            }
            ExprKind::Unary { op_range, operand, .. } => {
                format!("({} {})", self.tree.text(*op_range), self.expr(*operand))
            }
            ExprKind::Binary { op_range, left, right, .. } => {
                let (left, right) = (self.expr(*left), self.expr(*right));
                format!("({} {left} {right})", self.text(*op_range))
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                let all = self.all(&[*condition, *then, *otherwise]);
                format!("(?: {})", all.join(" "))
            }
            ExprKind::Optional(inner) => format!("(opt {})", self.expr(*inner)),
            ExprKind::Match(each) => {
                let mut words = vec!["match".to_owned(), self.expr(each.scrutinee)];
                for arm in &each.arms {
                    let patterns = self.all(&arm.patterns).join(",");
                    words.push(format!("{patterns}=>{}", self.expr(arm.value)));
                }
                format!("({})", words.join(" "))
            }
            ExprKind::Paren(inner) => self.expr(*inner),
        }
    }

    fn for_expr(&mut self, each: &ForExpr) -> String {
        let mut names: Vec<_> = each.key.iter().map(|key| self.tree.text(*key)).collect();
        names.push(self.tree.text(each.value));
        let collection = self.expr(each.collection);
        let mut body: Vec<_> = each.key_expr.iter().map(|key| self.expr(*key)).collect();
        body.push(self.expr(each.value_expr));
        body.extend(each.group.then(|| "...".to_owned()));
        body.extend(each.condition.map(|condition| format!("if {}", self.expr(condition))));
        let inside = format!("for {} in {collection}: {}", names.join(" "), body.join(" "));
        if each.key_expr.is_some() { format!("{{{inside}}}") } else { format!("[{inside}]") }
    }

    fn template(&mut self, template: &Template, range: TextRange) -> String {
        let mut words = Vec::new();
        self.parts(&template.parts, &mut words);
        let word = match template.form {
            TemplateForm::Quoted if words.is_empty() => return self.text(range).to_owned(),
            TemplateForm::Quoted => "tpl",
            TemplateForm::Heredoc { .. } => "heredoc",
        };
        words.insert(0, word.to_owned());
        format!("({})", words.join(" "))
    }

    fn parts(&mut self, parts: &[TemplatePart], out: &mut Vec<String>) {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation { expr, .. } => out.push(self.expr(*expr)),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    out.push(format!("%{}", self.expr(*condition)));
                    self.parts(then, out);
                    if !otherwise.is_empty() {
                        out.push("%else".into());
                        self.parts(otherwise, out);
                    }
                    out.push("%endif".into());
                }
                TemplatePart::For { collection, body, .. } => {
                    out.push(format!("%{}", self.expr(*collection)));
                    self.parts(body, out);
                    out.push("%endfor".into());
                }
            }
        }
    }
}

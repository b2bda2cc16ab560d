//! Whether the nodes of a tree cover its text.

use prov::base::source::TextRange;
use prov::lang::syntax::tree::*;

/// Panics unless every range is one of the text, children lie within their parents and in order, and what lies between
/// the items of a body is blank or a comment. Of a broken text, some was left out to read the rest; the order holds all
/// the same.
pub fn covered(tree: &Tree, sound: bool) {
    let all = TextRange::new(0, tree.text.len() as u32);
    let mut at = 0;
    for comment in &tree.comments {
        assert!(comment.range.start >= at, "comments in order");
        within(tree, comment.range, all);
        at = comment.range.end;
    }
    for expr in &tree.exprs {
        within(tree, expr.range, all);
    }
    let cover = Cover { tree, sound };
    cover.body(&tree.body, all);
}

fn within(tree: &Tree, inner: TextRange, outer: TextRange) {
    assert!(
        outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end,
        "{inner:?} in {outer:?}"
    );
    assert!(tree.text.get(inner.start as usize..inner.end as usize).is_some(), "{inner:?} cuts a character");
}

struct Cover<'t> {
    tree: &'t Tree,
    sound: bool,
}

impl Cover<'_> {
    /// What no node covers between two places, comments aside.
    fn gap(&self, start: u32, end: u32, what: &str, allowed: impl Fn(&str) -> bool) {
        assert!(start <= end, "{what}: {start} comes behind {end}");
        let mut rest = String::new();
        let mut at = start;
        let first = self.tree.comments.partition_point(|comment| comment.range.end <= start);
        for comment in self.tree.comments[first..].iter().take_while(|comment| comment.range.start < end) {
            rest.push_str(self.tree.text(TextRange::new(at, comment.range.start.max(at))));
            rest.push(' ');
            at = comment.range.end.max(at);
        }
        rest.push_str(self.tree.text(TextRange::new(at.min(end), end)));
        let rest = rest.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        assert!(allowed(rest) || !self.sound, "{what}: no node covers {rest:?} in {start}..{end}");
    }

    fn body(&self, body: &Body, range: TextRange) {
        let blank = |text: &str| text.is_empty();
        let mut at = range.start;
        for item in &body.items {
            let own = range_of(item);
            within(self.tree, own, range);
            self.gap(at, own.start, "between items", blank);
            self.item(item, own);
            at = own.end;
        }
        self.gap(at, range.end, "behind the last item", blank);
    }

    fn item(&self, item: &Item, range: TextRange) {
        match item {
            Item::Attribute(item) => {
                let value = self.tree.expr(item.value).range;
                self.pieces(range, &[item.name, value], &["="]);
                self.expr(item.value);
            }
            Item::Block(block) => {
                let mut pieces = vec![block.kind];
                pieces.extend(block.labels.iter().map(|label| label.range));
                pieces.push(TextRange::new(block.open.start, block.close.end));
                self.pieces(range, &pieces, &[]);
                self.body(&block.body, TextRange::new(block.open.end, block.close.start));
            }
            Item::Type(item) => {
                self.pieces(range, &[item.name, self.tree.expr(item.value).range], &["type", "="]);
                self.expr(item.value);
            }
            Item::Function(item) => {
                let mut pieces = vec![item.name];
                for param in &item.params {
                    pieces.extend([param.name, self.tree.expr(param.ty).range]);
                    pieces.extend(param.default.map(|default| self.tree.expr(default).range));
                }
                pieces.extend([self.tree.expr(item.returns).range, self.tree.expr(item.body).range]);
                self.pieces(range, &pieces, &["fn", "(", ")", ":", "=", ",", "->"]);
                for param in &item.params {
                    self.expr(param.ty);
                    param.default.iter().for_each(|default| self.expr(*default));
                }
                self.expr(item.returns);
                self.expr(item.body);
            }
            Item::Use(item) => {
                let mut pieces = vec![item.path];
                pieces.extend(item.names.iter());
                self.pieces(range, &pieces, &["use", "{", "}", ","]);
            }
            Item::Error(_) => assert!(!self.sound, "an error that nobody reports"),
        }
    }

    fn ranges(&self, ids: impl IntoIterator<Item = ExprId>) -> Vec<TextRange> {
        ids.into_iter().map(|id| self.tree.expr(id).range).collect()
    }

    fn expr(&self, id: ExprId) {
        let expr = self.tree.expr(id);
        let all = |ids: &[ExprId]| self.ranges(ids.iter().copied());
        let (pieces, signs): (Vec<TextRange>, &[&str]) = match &expr.kind {
            ExprKind::Error => {
                assert!(!self.sound, "an error that nobody reports");
                return;
            }
            // Its innermost base is the whole `[*]`.
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number | ExprKind::Name | ExprKind::SplatItem => {
                return;
            }
            ExprKind::Quantity { unit } => (vec![TextRange::new(expr.range.start, unit.start), *unit], &[]),
            ExprKind::Template(template) => return self.parts(&template.parts, expr.range),
            ExprKind::Tuple(items) => (all(items), &["[", "]", ","]),
            ExprKind::Object(items) => {
                let pieces = items.iter().flat_map(|item| [item.key, item.value]);
                (self.ranges(pieces), &["{", "}", ",", "=", ":"])
            }
            ExprKind::For(each) => {
                let mut pieces: Vec<_> = each.key.into_iter().collect();
                pieces.push(each.value);
                let rest = [Some(each.collection), each.key_expr, Some(each.value_expr), each.condition];
                pieces.extend(self.ranges(rest.into_iter().flatten()));
                (pieces, &["{", "}", "[", "]", ",", "for", "in", ":", "=>", "...", "if"])
            }
            ExprKind::Attr { base, name, .. } => (vec![self.tree.expr(*base).range, *name], &[".", "?."]),
            ExprKind::Index { base, index, .. } => (all(&[*base, *index]), &["[", "]", "."]),
            ExprKind::Splat { base, .. } => {
                self.expr(*base);
                return;
            }
            ExprKind::Call(call) => {
                let mut pieces = vec![call.name];
                let mut arguments = all(&call.args);
                arguments.extend(
                    call.named.iter().flat_map(|(name, value)| [*name, self.tree.expr(*value).range]),
                );
                arguments.sort_by_key(|range| range.start);
                pieces.extend(arguments);
                (pieces, &["(", ")", ",", "=", "..."])
            }
            ExprKind::Unary { op_range, operand, .. } => {
                (vec![*op_range, self.tree.expr(*operand).range], &[])
            }
            ExprKind::Binary { op_range, left, right, .. } => {
                (vec![self.tree.expr(*left).range, *op_range, self.tree.expr(*right).range], &[])
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                (all(&[*condition, *then, *otherwise]), &["?", ":"])
            }
            ExprKind::Optional(inner) => (all(&[*inner]), &["?"]),
            ExprKind::Match(each) => {
                let mut pieces = all(&[each.scrutinee]);
                for arm in &each.arms {
                    pieces.extend(self.ranges(arm.patterns.iter().copied().chain([arm.value])));
                }
                (pieces, &["match", "{", "}", ",", "|", "=>"])
            }
            ExprKind::Paren(inner) => (all(&[*inner]), &["(", ")"]),
        };
        self.pieces(expr.range, &pieces, signs);
        self.children(id);
    }

    fn children(&self, id: ExprId) {
        let all = |ids: &[ExprId]| ids.iter().for_each(|id| self.expr(*id));
        match &self.tree.expr(id).kind {
            ExprKind::Tuple(items) => all(items),
            ExprKind::Object(items) => items.iter().for_each(|item| all(&[item.key, item.value])),
            ExprKind::For(each) => {
                let rest = [Some(each.collection), each.key_expr, Some(each.value_expr), each.condition];
                rest.into_iter().flatten().for_each(|id| self.expr(id));
            }
            ExprKind::Attr { base, .. } => self.expr(*base),
            ExprKind::Index { base, index, .. } => all(&[*base, *index]),
            ExprKind::Call(call) => {
                all(&call.args);
                call.named.iter().for_each(|(_, value)| self.expr(*value));
            }
            ExprKind::Unary { operand, .. } => self.expr(*operand),
            ExprKind::Binary { left, right, .. } => all(&[*left, *right]),
            ExprKind::Conditional { condition, then, otherwise } => all(&[*condition, *then, *otherwise]),
            ExprKind::Optional(inner) | ExprKind::Paren(inner) => self.expr(*inner),
            ExprKind::Match(each) => {
                self.expr(each.scrutinee);
                each.arms.iter().for_each(|arm| {
                    all(&arm.patterns);
                    self.expr(arm.value);
                });
            }
            _ => {}
        }
    }

    fn parts(&self, parts: &[TemplatePart], range: TextRange) {
        for part in parts {
            match part {
                TemplatePart::Literal { range: own, .. } => within(self.tree, *own, range),
                TemplatePart::Interpolation { range: own, expr } => {
                    within(self.tree, *own, range);
                    within(self.tree, self.tree.expr(*expr).range, *own);
                    self.expr(*expr);
                }
                TemplatePart::If { range: own, condition, then, otherwise } => {
                    within(self.tree, *own, range);
                    self.expr(*condition);
                    self.parts(then, *own);
                    self.parts(otherwise, *own);
                }
                TemplatePart::For { range: own, collection, body, .. } => {
                    within(self.tree, *own, range);
                    self.expr(*collection);
                    self.parts(body, *own);
                }
            }
        }
    }

    /// Pieces of a node in order; between them stand these signs only. A broken text may hold anything between them.
    fn pieces(&self, range: TextRange, pieces: &[TextRange], signs: &[&str]) {
        let mut at = range.start;
        let only_signs = |text: &str| !self.sound || is_made_of(text, signs);
        for piece in pieces {
            within(self.tree, *piece, range);
            self.gap(at, piece.start, "before a piece", only_signs);
            at = piece.end;
        }
        self.gap(at, range.end, "behind the pieces", only_signs);
    }
}

fn is_made_of(text: &str, signs: &[&str]) -> bool {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some(sign) = signs.iter().filter(|sign| rest.starts_with(**sign)).max_by_key(|sign| sign.len())
        else {
            return false;
        };
        rest = rest[sign.len()..].trim_start();
    }
    true
}

fn range_of(item: &Item) -> TextRange {
    match item {
        Item::Attribute(item) => item.range,
        Item::Block(item) => item.range,
        Item::Type(item) => item.range,
        Item::Function(item) => item.range,
        Item::Use(item) => item.range,
        Item::Error(range) => *range,
    }
}

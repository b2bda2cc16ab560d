//! What follows an operand: attributes, indexes, splats, calls.

use super::super::grammar::Rule;
use super::super::tree::{Call, ExprId, ExprKind};
use super::Builder;
use crate::base::codes;
use crate::base::source::TextRange;

/// Which steps belong to an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    All,
    /// Behind `.*` only attributes are taken of each element.
    Attributes,
}

impl Builder<'_> {
    pub(super) fn postfixes(&mut self, base: ExprId) -> ExprId {
        self.steps(base, Steps::All)
    }

    fn steps(&mut self, mut base: ExprId, steps: Steps) -> ExprId {
        let start = self.range(base).start;
        while let Some(rule) = self.peek() {
            if steps == Steps::Attributes && rule != Rule::attribute {
                return base;
            }
            base = match rule {
                Rule::attribute | Rule::safe_attribute => {
                    let name = self.leaf();
                    let safe = rule == Rule::safe_attribute;
                    self.push(ExprKind::Attr { base, name, safe }, TextRange::new(start, name.end))
                }
                Rule::legacy_index => {
                    let range = self.leaf();
                    let index = self.push(ExprKind::Number, range);
                    let kind = ExprKind::Index { base, index, legacy: true };
                    self.push(kind, TextRange::new(start, range.end))
                }
                Rule::index => self.index(base, start),
                Rule::full_splat => {
                    let star = self.enter();
                    let close = self.leave() + 1;
                    let open = self.text[..star as usize].rfind('[').map_or(star, |at| at as u32);
                    self.splat(base, TextRange::new(open, close), true)
                }
                Rule::attribute_splat => {
                    let star = self.leaf();
                    let dot = self.text[..star.start as usize].rfind('.').map_or(star.start, |at| at as u32);
                    self.splat(base, TextRange::new(dot, star.end), false)
                }
                Rule::call => self.call(base),
                _ => return base,
            };
        }
        base
    }

    fn index(&mut self, base: ExprId, start: u32) -> ExprId {
        let at = self.enter();
        let index = if self.descend(at) { Some(self.expr()) } else { None };
        self.ascend();
        let range = TextRange::new(start, self.leave() + 1);
        match index {
            Some(index) => self.push(ExprKind::Index { base, index, legacy: false }, range),
            None => self.push(ExprKind::Error, range),
        }
    }

    fn splat(&mut self, base: ExprId, operator: TextRange, full: bool) -> ExprId {
        let item = self.push(ExprKind::SplatItem, operator);
        // A splat within a splat is a level of its own: `a[*][*][*]…` must not go down for ever.
        let each = if self.descend(operator.start) {
            self.steps(item, if full { Steps::All } else { Steps::Attributes })
        } else {
            item
        };
        self.ascend();
        let range = self.range(base).cover(self.range(each));
        self.push(ExprKind::Splat { base, each, full }, range)
    }

    fn call(&mut self, target: ExprId) -> ExprId {
        let name = self.range(target);
        let args_start = self.enter();
        let mut call = Call { name, args: Box::default(), named: Box::default(), expand: false };
        if self.descend(args_start) {
            self.arguments(&mut call);
        }
        self.ascend();
        let end = self.leave();
        let range = TextRange::new(name.start, end);
        if !self.may_be_called(target) {
            let parens = TextRange::new(args_start.saturating_sub(1), end);
            let error = self.error(codes::SYNTAX, parens, "only a function can be called");
            error.help = Some(
                "a call is written `name(…)` or `library::name(…)`; an attribute or a value can't be called"
                    .into(),
            );
            return self.push(ExprKind::Error, range);
        }
        self.push(ExprKind::Call(Box::new(call)), range)
    }

    fn may_be_called(&self, target: ExprId) -> bool {
        matches!(
            self.exprs[target.0 as usize].kind,
            ExprKind::Name | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Error
        )
    }

    fn arguments(&mut self, call: &mut Call) {
        let (mut args, mut named) = (Vec::new(), Vec::new());
        while let Some(rule) = self.peek() {
            if rule == Rule::ellipsis {
                let dots = self.leaf();
                call.expand = true;
                if !named.is_empty() {
                    self.error(codes::SYNTAX, dots, "`...` can't stand behind an argument with a name");
                }
                continue;
            }
            let value = self.expr();
            if self.peek() == Some(Rule::named_argument) {
                let name = self.range(value);
                let is_name = matches!(self.exprs[value.0 as usize].kind, ExprKind::Name);
                let value = self.wrapped_expr();
                if is_name {
                    named.push((name, value));
                } else {
                    let error =
                        self.error(codes::SYNTAX, name, "what stands before `=` in a call must be a name");
                    error.help = Some("write `length = 1..63`; to compare, write `==`".into());
                }
            } else {
                if !named.is_empty() {
                    let range = self.range(value);
                    self.error(
                        codes::SYNTAX,
                        range,
                        "an argument without a name can't follow one with a name",
                    );
                }
                args.push(value);
            }
        }
        call.args = args.into();
        call.named = named.into();
    }
}

//! Files, blocks, attributes and declarations.

use super::super::escapes;
use super::super::grammar::Rule;
use super::super::tree::{
    Attribute, Block, BlockLabel, Body, ExprId, ExprKind, FnDecl, Item, Param, TypeDecl, UseDecl,
};
use super::Builder;
use crate::base::source::TextRange;

impl Builder<'_> {
    pub(super) fn file(&mut self) -> Body {
        self.enter();
        let items = self.items();
        self.leave();
        Body { items }
    }

    fn items(&mut self) -> Vec<Item> {
        let first = self.items.len();
        while let Some(rule) = self.peek() {
            let item = match rule {
                Rule::item | Rule::lone_attribute => self.item(),
                Rule::type_decl => self.type_decl(),
                Rule::fn_decl => self.fn_decl(),
                Rule::use_decl => self.use_decl(),
                Rule::hole => {
                    self.holes = true;
                    Item::Error(self.leaf())
                }
                Rule::EOI => {
                    self.leaf();
                    continue;
                }
                other => unreachable!("{other:?} is no item"),
            };
            self.items.push(item);
        }
        // Most bodies are small, and there are many of them: they take just the room they need.
        self.items.drain(first..).collect()
    }

    fn item(&mut self) -> Item {
        let start = self.enter();
        let docs = self.take_docs(start);
        let name = self.leaf();
        if self.peek() == Some(Rule::expr) {
            let value = self.expr();
            self.leave();
            let range = TextRange::new(start, self.range(value).end);
            return Item::Attribute(Attribute { docs, name, value, range });
        }
        let mut labels = Vec::new();
        while self.peek() == Some(Rule::label) {
            labels.push(self.label());
        }
        let (body, open, close) = self.body();
        self.leave();
        let range = TextRange::new(start, close.end);
        Item::Block(Block { docs, kind: name, labels: labels.into(), body, open, close, range })
    }

    fn label(&mut self) -> BlockLabel {
        let start = self.enter();
        let quoted = self.peek().is_none();
        let end = self.leave();
        let range = TextRange::new(start, end);
        if quoted {
            let inside = TextRange::new(start + 1, end - 1);
            let text = self.slice(inside);
            escapes::value_of_quoted(self.file, inside.start, text, &mut self.diagnostics);
        }
        BlockLabel { range, quoted }
    }

    /// `{ … }` with its brackets.
    fn body(&mut self) -> (Body, TextRange, TextRange) {
        let start = self.enter();
        let items = if self.descend(start) { self.items() } else { Vec::new() };
        self.ascend();
        let end = self.leave();
        (Body { items }, TextRange::new(start, start + 1), TextRange::new(end - 1, end))
    }

    fn type_decl(&mut self) -> Item {
        let start = self.enter() - "type".len() as u32;
        let docs = self.take_docs(start);
        let name = self.leaf();
        let value = self.expr();
        self.leave();
        let range = TextRange::new(start, self.range(value).end);
        Item::Type(TypeDecl { docs, name, value, range })
    }

    fn fn_decl(&mut self) -> Item {
        let start = self.enter() - "fn".len() as u32;
        let docs = self.take_docs(start);
        let name = self.leaf();
        let mut params = Vec::new();
        while self.peek() == Some(Rule::param) {
            params.push(self.param());
        }
        // Documentation of parameters has no place in the tree.
        self.docs.clear();
        self.enter();
        let returns = self.expr();
        self.leave();
        let body = self.expr();
        self.leave();
        let range = TextRange::new(start, self.range(body).end);
        Item::Function(FnDecl { docs, name, params: params.into(), returns, body, range })
    }

    fn param(&mut self) -> Param {
        self.enter();
        let name = self.leaf();
        let ty = self.expr();
        let default = (self.peek() == Some(Rule::default)).then(|| self.wrapped_expr());
        self.leave();
        Param { name, ty, default }
    }

    /// An expression that is the only thing inside a rule.
    pub(super) fn wrapped_expr(&mut self) -> ExprId {
        self.enter();
        let value = self.expr();
        self.leave();
        value
    }

    fn use_decl(&mut self) -> Item {
        let start = self.enter() - "use".len() as u32;
        let docs = self.take_docs(start);
        let path = self.leaf();
        let mut names = Vec::new();
        while let Some(name) = self.leaf_if(Rule::name) {
            names.push(name);
        }
        let end = self.leave();
        let end = start + TextRange::new(start, end).of(self.text).rfind('}').map_or(0, |at| at as u32 + 1);
        let range = TextRange::new(start, end);
        Item::Use(UseDecl { docs, path, names: names.into(), range })
    }

    /// A hole where a value should be.
    pub(super) fn hole(&mut self) -> ExprId {
        self.holes = true;
        let range = self.leaf();
        self.push(ExprKind::Error, range)
    }
}

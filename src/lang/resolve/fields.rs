//! Reading the body of a block that has a fixed set of arguments and nested blocks.

use indexmap::IndexMap;

use super::program::{Argument, ExprId};
use super::{Here, Resolver};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::suggest::nearest;
use crate::lang::syntax::tree::{Attribute, Block, Body, Item, Tree};

/// The arguments and nested blocks of a body.
pub(super) struct Fields<'a> {
    pub(super) attributes: IndexMap<&'a str, &'a Attribute>,
    pub(super) blocks: Vec<(&'a str, &'a Block)>,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Attribute> {
        self.attributes.get(name).copied()
    }

    /// What is written in place of an argument that is not there: near to it, and nothing that is legal.
    pub(super) fn misspelt(&self, name: &str, legal: impl Fn(&str) -> bool) -> Option<&'a str> {
        // `account` is no `count`, and `node_count` may be meant for one.
        let word = |written: &str| {
            let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            written.match_indices(name).any(|(at, _)| {
                outside(written[..at].chars().next_back())
                    && outside(written[at + name.len()..].chars().next())
            })
        };
        let near = |written: &str| word(written) || nearest(written, [name]).is_some();
        let meant = |written: &&&str| !legal(written) && near(written);
        match self.attributes.contains_key(name) {
            true => None,
            false => self.attributes.keys().find(meant).copied(),
        }
    }

    pub(super) fn blocks(&self, name: &'a str) -> impl Iterator<Item = &'a Block> + '_ {
        self.blocks.iter().filter(move |(kind, _)| *kind == name).map(|(_, block)| *block)
    }
}

/// What repeats a block.
pub(super) struct Repeated<'a> {
    count: Option<ExprId>,
    for_each: Option<ExprId>,
    /// Arguments that were likely meant to be these.
    meant_count: Option<&'a str>,
    meant_for_each: Option<&'a str>,
}

impl Repeated<'_> {
    /// `count` and `for_each`, where these are the other arguments.
    pub(super) fn by(&self, arguments: &IndexMap<Text, Argument>) -> (Option<ExprId>, Option<ExprId>) {
        let under = |name: Option<&str>| Some(arguments.get(name?)?.value);
        (self.count.or(under(self.meant_count)), self.for_each.or(under(self.meant_for_each)))
    }
}

impl<'a> Resolver<'a> {
    /// `count` and `for_each` of a block, under these names or misspelt; `legal` are the names that mean something else.
    /// Inside of the block there is what they bring, until that is taken back.
    pub(super) fn repeated(
        &mut self,
        tree: &'a Tree,
        block: &'a Block,
        fields: &Fields<'a>,
        legal: impl Fn(&str) -> bool,
    ) -> Repeated<'a> {
        let count = fields.get("count").map(|attribute| self.expr(tree, attribute.value));
        let for_each = fields.get("for_each").map(|attribute| self.expr(tree, attribute.value));
        self.one_of(tree, fields.get("count"), fields.get("for_each"));
        // What repeats the block repeats it under a misspelt name, too: what is inside of it is no further mistake.
        let [meant_count, meant_for_each] = ["count", "for_each"].map(|name| fields.misspelt(name, &legal));
        let broken = self.is_broken(tree, block);
        self.here = Here {
            each: for_each.is_some() || meant_for_each.is_some() || broken,
            count: count.is_some() || meant_count.is_some() || broken,
            self_object: false,
        };
        Repeated { count, for_each, meant_count, meant_for_each }
    }

    /// All of a body; only arguments set twice are reported.
    pub(super) fn open_fields(&mut self, tree: &'a Tree, body: &'a Body) -> Fields<'a> {
        let mut fields = Fields { attributes: IndexMap::new(), blocks: Vec::new() };
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    let name = tree.text(attribute.name);
                    if let Some(first) = fields.attributes.get(name) {
                        let (first, again) = (tree.span(first.name), tree.span(attribute.name));
                        self.report(
                            Diagnostic::new(
                                codes::DUPLICATE_DEFINITION,
                                again,
                                format!("`{name}` is set twice"),
                            )
                            .here("again here")
                            .label(first, "first set here")
                            .replace(
                                FixLevel::Review,
                                "remove this one",
                                tree.span(attribute.range),
                                "",
                            ),
                        );
                    } else {
                        fields.attributes.insert(name, attribute);
                    }
                }
                Item::Block(block) => fields.blocks.push((tree.text(block.kind), block)),
                Item::Error(_) => {}
                // The parser takes declarations at the top level only.
                Item::Type(_) | Item::Function(_) | Item::Use(_) => {}
            }
        }
        fields
    }

    /// All of a body that may hold these arguments and blocks and nothing else.
    pub(super) fn fields(
        &mut self,
        tree: &'a Tree,
        body: &'a Body,
        what: &str,
        attributes: &[&'static str],
        blocks: &[&'static str],
    ) -> Fields<'a> {
        let mut fields = self.open_fields(tree, body);
        let mut unknown = Vec::new();
        let mut given: IndexMap<&'a str, &'a Attribute> = IndexMap::new();
        let mut misspelt = Vec::new();
        fields.attributes.retain(|name, attribute| {
            let known = attributes.contains(name);
            if !known {
                given.insert(*name, attribute);
                unknown.push((*name, attribute.name, "argument"));
            }
            known
        });
        fields.blocks.retain(|(name, block)| {
            let known = blocks.contains(name);
            if !known {
                unknown.push((*name, block.kind, "block"));
            }
            known
        });
        for (name, range, kind) in unknown {
            let span = tree.span(range);
            let (code, legal, other) = match kind {
                "block" => (codes::UNKNOWN_BLOCK, blocks, attributes),
                _ => (codes::UNKNOWN_ATTRIBUTE, attributes, blocks),
            };
            let mut diagnostic = Diagnostic::new(code, span, format!("{what} has no {kind} `{name}`"));
            let unset = legal.iter().copied().filter(|legal| !fields.attributes.contains_key(legal));
            if other.contains(&name) {
                diagnostic = match kind {
                    "block" => diagnostic.here("is an argument").help(format!("write `{name} = …`")),
                    _ => diagnostic.here("is a block").help(format!("write `{name} {{ … }}`")),
                };
            } else if let Some(near) = nearest(name, unset) {
                diagnostic = diagnostic.here(format!("did you mean `{near}`?")).replace(
                    FixLevel::Safe,
                    format!("change it to `{near}`"),
                    span,
                    near,
                );
                misspelt.push((near, name));
            } else if !legal.is_empty() {
                diagnostic = diagnostic.note(format!("{what} takes {}", legal.join(", ")));
            }
            self.report(diagnostic);
        }
        // What it was meant to be it is: that it is missing is no further mistake.
        for (near, name) in misspelt {
            if let Some(attribute) = given.get(name) {
                fields.attributes.entry(near).or_insert(attribute);
            }
        }
        fields
    }
}

//! First pass: which names a module declares, before anything that may use them is looked at.

use std::marker::PhantomData;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::Resolver;
use super::program::{Lost, ResourceKey};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::source::{Span, TextRange};
use crate::base::suggest::nearest;
use crate::lang::syntax::tree::{Attribute, Block, ExprKind, FnDecl, Item, Tree, TypeDecl, UseDecl};

/// The declarations of a module by name, with the place of each in its trees.
#[derive(Debug, Clone, Default)]
pub(super) struct Declarations {
    pub(super) variables: IndexMap<Text, At<Block>>,
    pub(super) locals: IndexMap<Text, At<Attribute>>,
    pub(super) outputs: IndexMap<Text, At<Block>>,
    pub(super) resources: IndexMap<ResourceKey, At<Block>>,
    pub(super) calls: IndexMap<Text, At<Block>>,
    pub(super) providers: Vec<At<Block>>,
    pub(super) checks: IndexMap<Text, At<Block>>,
    /// `prov`, `terraform`, `metadata`, `moved`, `import`, `removed`.
    pub(super) small: Vec<At<Block>>,
    pub(super) types: IndexMap<Text, At<TypeDecl>>,
    pub(super) functions: IndexMap<Text, At<FnDecl>>,
    pub(super) uses: Vec<At<UseDecl>>,
}

/// Where a declaration stands in the trees of its module.
#[derive(Debug)]
pub(super) struct At<T> {
    /// By index in the module.
    pub(super) tree: u32,
    item: u32,
    /// In the block that this item is.
    inner: Option<u32>,
    what: PhantomData<fn() -> T>,
}

impl<T> Clone for At<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for At<T> {}

impl<T> At<T> {
    fn new(tree: usize, item: usize) -> Self {
        Self { tree: tree as u32, item: item as u32, inner: None, what: PhantomData }
    }

    fn inside<U>(self, inner: usize) -> At<U> {
        At { tree: self.tree, item: self.item, inner: Some(inner as u32), what: PhantomData }
    }
}

/// What can be declared.
pub(super) trait Declared {
    fn of(item: &Item) -> Option<&Self>;
}

macro_rules! declared {
    ($($item:ident $what:ty)*) => {
        $(impl Declared for $what {
            fn of(item: &Item) -> Option<&Self> {
                match item {
                    Item::$item(this) => Some(this),
                    _ => None,
                }
            }
        })*
    };
}

declared! { Block Block Attribute Attribute Type TypeDecl Function FnDecl Use UseDecl }

/// The blocks that may stand at the top level, with the names of their labels.
const BLOCKS: &[(&str, &[&str])] = &[
    ("variable", &["NAME"]),
    ("locals", &[]),
    ("output", &["NAME"]),
    ("resource", &["KIND", "NAME"]),
    ("data", &["KIND", "NAME"]),
    ("module", &["NAME"]),
    ("provider", &["NAME"]),
    ("check", &["NAME"]),
    ("prov", &[]),
    ("terraform", &[]),
    ("metadata", &[]),
    ("moved", &[]),
    ("import", &[]),
    ("removed", &[]),
];

/// Bytes of text that could not be understood, from which on no name is missed.
const MOST_LOST: usize = 1 << 18;

impl<'a> Resolver<'a> {
    /// What stands at a place, and the tree it stands in.
    pub(super) fn at<T: Declared>(&self, at: At<T>) -> (&'a Tree, &'a T) {
        let tree: &'a Tree = &self.source.trees[at.tree as usize];
        let item = match (&tree.body.items[at.item as usize], at.inner) {
            (Item::Block(block), Some(inner)) => &block.body.items[inner as usize],
            (item, _) => item,
        };
        (tree, T::of(item).expect("it was found there"))
    }

    /// The place of a label of what stands there, without quotes.
    pub(super) fn label_at(&self, at: At<Block>, label: usize) -> Span {
        let (tree, block) = self.at(at);
        label_span(tree, block, label)
    }

    pub(super) fn declare(&mut self) {
        for (of, tree) in self.source.trees.iter().enumerate() {
            let tree: &'a Tree = tree;
            // Behind text that could not be understood lies what belonged to it, up to the next block.
            let mut broken = false;
            let mut stray: Option<Diagnostic> = None;
            for (at, item) in tree.body.items.iter().enumerate() {
                match item {
                    Item::Error(range) => {
                        broken = true;
                        self.lost.push(tree.text(*range));
                    }
                    Item::Attribute(attribute) if broken || is_error(tree, attribute) => {
                        broken = true;
                        self.lost.push(tree.text(attribute.range));
                    }
                    Item::Attribute(attribute) => {
                        // Several in a row belong into one block.
                        stray = Some(match stray.take() {
                            Some(first) => first.label(tree.span(attribute.name), "and this"),
                            None => stray_attribute(tree, attribute),
                        });
                        continue;
                    }
                    Item::Block(block) if broken && !is_known(tree, block) => {}
                    Item::Type(decl) => {
                        let name = Text::from(tree.text(decl.name));
                        match self.declared.types.get(&name).map(|at| self.at(*at)) {
                            Some((other, first)) => {
                                self.duplicate("type", &name, other.span(first.name), tree.span(decl.name));
                            }
                            None => drop(self.declared.types.insert(name, At::new(of, at))),
                        }
                    }
                    Item::Function(decl) => {
                        let name = Text::from(tree.text(decl.name));
                        match self.declared.functions.get(&name).map(|at| self.at(*at)) {
                            Some((other, first)) => {
                                let (first, again) = (other.span(first.name), tree.span(decl.name));
                                self.duplicate("function", &name, first, again);
                            }
                            None => drop(self.declared.functions.insert(name, At::new(of, at))),
                        }
                    }
                    Item::Use(_) => self.declared.uses.push(At::new(of, at)),
                    Item::Block(block) => {
                        broken = false;
                        self.declare_block(tree, block, At::new(of, at));
                    }
                }
                self.diagnostics.extend(stray.take());
            }
            self.diagnostics.extend(stray);
        }
        self.count_lost();
        self.unused_names();
    }

    /// Notes for others what could not be understood.
    pub(super) fn count_lost(&mut self) {
        let much = self.is_much_lost();
        self.module.lost = Lost {
            texts: if much { Vec::new() } else { self.lost.iter().map(|text| Text::from(*text)).collect() },
            anything: much || !self.unnamed.is_empty(),
        };
    }

    /// Whether so much could not be understood that no name is missed.
    pub(super) fn is_much_lost(&self) -> bool {
        self.lost.iter().map(|text| text.len()).sum::<usize>() > MOST_LOST
    }

    fn declare_block(&mut self, tree: &'a Tree, block: &'a Block, at: At<Block>) {
        let kind = tree.text(block.kind);
        let Some((_, labels)) = BLOCKS.iter().find(|(name, _)| *name == kind) else {
            return self.unknown_block(tree, block, kind);
        };
        if block.labels.len() != labels.len() {
            return self.wrong_labels(tree, block, kind, labels);
        }
        let label = |label: usize| Text::from(label_text(tree, block, label));
        match kind {
            "locals" => self.declare_locals(tree, block, at),
            "variable" | "output" | "module" | "check" => {
                let name = label(0);
                let span = label_span(tree, block, 0);
                let table = match kind {
                    "variable" => &mut self.declared.variables,
                    "output" => &mut self.declared.outputs,
                    "module" => &mut self.declared.calls,
                    _ => &mut self.declared.checks,
                };
                match table.get(&name).copied() {
                    Some(first) => self.duplicate(kind, &name, self.label_at(first, 0), span),
                    // Nobody can refer to it.
                    None if name.is_empty() => self.valid_name(kind, &name, span),
                    None => {
                        table.insert(name.clone(), at);
                        self.valid_name(kind, &name, span);
                    }
                }
                // What a check reads for itself.
                let inner = block.body.items.iter().enumerate().filter_map(|(inner, item)| match item {
                    Item::Block(block) if tree.text(block.kind) == "data" => Some((block, at.inside(inner))),
                    _ => None,
                });
                if kind == "check" {
                    inner.for_each(|(inner, at)| self.declare_block(tree, inner, at));
                }
            }
            "resource" | "data" => {
                let mode = if kind == "data" { Mode::Data } else { Mode::Managed };
                let key = ResourceKey { mode, kind: label(0), name: label(1) };
                let span = label_span(tree, block, 1);
                match self.declared.resources.entry(key) {
                    Entry::Occupied(first) => {
                        let name = format!("{}.{}", first.key().kind, first.key().name);
                        let first = *first.get();
                        self.duplicate(kind, &name, self.label_at(first, 1), span);
                    }
                    Entry::Vacant(new) => {
                        let name = new.key().name.clone();
                        new.insert(at);
                        self.valid_name(kind, &name, span);
                    }
                }
            }
            "provider" => self.declared.providers.push(at),
            _ => self.declared.small.push(at),
        }
    }

    fn declare_locals(&mut self, tree: &'a Tree, block: &'a Block, at: At<Block>) {
        for (inner, item) in block.body.items.iter().enumerate() {
            match item {
                Item::Attribute(attribute) => {
                    let name = Text::from(tree.text(attribute.name));
                    let span = tree.span(attribute.name);
                    match self.declared.locals.get(&name).map(|at| self.at(*at)) {
                        Some((other, first)) => self.duplicate("local", &name, other.span(first.name), span),
                        None => drop(self.declared.locals.insert(name, at.inside(inner))),
                    }
                }
                Item::Block(block) => {
                    let name = tree.text(block.kind);
                    // What uses it is not another mistake.
                    self.lost.push(name);
                    let diagnostic = Diagnostic::new(
                        codes::UNKNOWN_BLOCK,
                        tree.span(block.kind),
                        format!("`{name}` is written as a block, and locals are values"),
                    )
                    .here("a value needs `=`")
                    .replace(
                        FixLevel::Safe,
                        format!("make it a value: `{name} = {{`"),
                        tree.span(block.kind).after(),
                        " =",
                    );
                    self.report(diagnostic);
                }
                _ => {}
            }
        }
    }

    fn unknown_block(&mut self, tree: &'a Tree, block: &'a Block, kind: &str) {
        let span = tree.span(block.kind);
        // Whatever it was meant to be, what it names is not missing elsewhere.
        self.lost.extend(block.labels.iter().map(|label| tree.text(label.range)));
        self.lost.extend(block.body.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(tree.text(attribute.name)),
            _ => None,
        }));
        let mut diagnostic = Diagnostic::new(
            codes::UNKNOWN_BLOCK,
            span,
            format!("there is no block `{kind}` at the top level"),
        );
        diagnostic = match nearest(kind, BLOCKS.iter().map(|(name, _)| *name)) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Safe,
                format!("change it to `{near}`"),
                span,
                near,
            ),
            None => {
                let names: Vec<_> = BLOCKS.iter().map(|(name, _)| *name).collect();
                diagnostic.note(format!("the blocks are {}", names.join(", ")))
            }
        };
        self.report(diagnostic);
    }

    fn wrong_labels(&mut self, tree: &'a Tree, block: &'a Block, kind: &str, labels: &[&str]) {
        self.lost.extend(block.labels.iter().map(|label| tree.text(label.range)));
        let form: String = labels.iter().map(|label| format!(" \"{label}\"")).collect();
        let span = match block.labels.get(labels.len()) {
            Some(extra) => tree.span(extra.range),
            None => tree.span(head(block)),
        };
        let want = match labels.len() {
            0 => "no labels".to_owned(),
            1 => "one label".to_owned(),
            n => format!("{n} labels"),
        };
        let extra = block.labels.len() > labels.len();
        let diagnostic = Diagnostic::new(codes::INVALID_BLOCK, span, format!("`{kind}` takes {want}"))
            .here(if extra { "one too many" } else { "a label is missing" })
            .help(format!("write `{kind}{form} {{ … }}`"));
        let head = tree.span(head(block));
        self.report(match labels.get(block.labels.len()..) {
            Some(missing) => {
                let missing: String =
                    missing.iter().map(|label| format!(" \"{}\"", label.to_lowercase())).collect();
                diagnostic.replace(FixLevel::Review, "add what is missing", head.after(), missing)
            }
            None => {
                let kept = labels.len().checked_sub(1).map_or(block.kind, |last| block.labels[last].range);
                let cut = Span { start: kept.end, ..head };
                diagnostic.replace(FixLevel::Review, "remove what is too much", cut, "")
            }
        });
    }

    /// Says what a block lacks, with lines to begin with: names of arguments or blocks, and how they are written.
    pub(super) fn lacking(&mut self, tree: &Tree, block: &Block, what: &str, missing: &[(&str, &str)]) {
        if missing.is_empty() {
            return;
        }
        let names: Vec<_> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
        let names = names.join(" and ");
        let verb = if missing.len() == 1 { "is" } else { "are" };
        self.report(
            Diagnostic::new(codes::MISSING_ARGUMENT, tree.span(head(block)), format!("{what} needs {names}"))
                .here(format!("{names} {verb} missing"))
                .fix(FixLevel::Review, "add what is missing", skeleton(tree, block, missing)),
        );
    }

    fn valid_name(&mut self, kind: &'a str, name: &str, span: Span) {
        if !is_name(name) {
            self.unnamed.push(kind);
            self.report(
                Diagnostic::new(codes::INVALID_BLOCK, span, format!("{name:?} is not a name"))
                    .here("letters, digits, `_` and `-`, beginning with a letter"),
            );
        }
    }
}

/// Whether this can name something.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Whether the parser took text for an attribute that is not quite one: without `=`, or without a value. Likely the
/// head of a block.
fn is_error(tree: &Tree, attribute: &Attribute) -> bool {
    let value = tree.expr(attribute.value);
    let between = TextRange::new(attribute.name.end, value.range.start.max(attribute.name.end));
    matches!(value.kind, ExprKind::Error) || !tree.text(between).contains('=')
}

fn is_known(tree: &Tree, block: &Block) -> bool {
    BLOCKS.iter().any(|(name, _)| *name == tree.text(block.kind))
}

/// The text of a label without quotes.
pub(super) fn label_text<'t>(tree: &'t Tree, block: &Block, at: usize) -> &'t str {
    block.labels.get(at).map_or("", |label| tree.text(inner(label.range, label.quoted)))
}

/// The place of a label without quotes.
pub(super) fn label_span(tree: &Tree, block: &Block, at: usize) -> Span {
    block.labels.get(at).map_or(tree.span(block.kind), |label| tree.span(inner(label.range, label.quoted)))
}

fn inner(range: TextRange, quoted: bool) -> TextRange {
    if quoted && range.len() >= 2 { TextRange::new(range.start + 1, range.end - 1) } else { range }
}

/// From the first word of a block to its last label.
pub(super) fn head(block: &Block) -> TextRange {
    block.labels.last().map_or(block.kind, |label| block.kind.cover(label.range))
}

fn stray_attribute(tree: &Tree, attribute: &Attribute) -> Diagnostic {
    let name = tree.text(attribute.name);
    Diagnostic::new(
        codes::UNKNOWN_ATTRIBUTE,
        tree.span(attribute.name),
        format!("`{name} = …` can't stand at the top level"),
    )
    .here("belongs into a block")
    .help(format!("a value to use elsewhere is a local: `locals {{ {name} = … }}`"))
}

/// Writes lines into a block, below its head. What stands on one line is spread over several.
fn skeleton(tree: &Tree, block: &Block, lines: &[(&str, &str)]) -> Vec<Edit> {
    let head = TextRange::new(0, block.kind.start).of(&tree.text);
    let line = head.rsplit('\n').next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    let text: String = lines.iter().map(|(_, line)| format!("\n{indent}  {line}")).collect();
    let inside = TextRange::new(block.open.end, block.close.start.max(block.open.end));
    let text_inside = inside.of(&tree.text);
    let insert = |at: u32, text: String| Edit { span: tree.span(TextRange::new(at, at)), text };
    let first = text_inside.split('\n').next().unwrap_or_default();
    let ends_line =
        text_inside.contains('\n') && (first.trim().is_empty() || first.trim().starts_with(['#', '/']));
    match ends_line {
        true => vec![insert(inside.start, text)],
        false if text_inside.trim().is_empty() => {
            vec![Edit { span: tree.span(inside), text: format!("{text}\n{indent}") }]
        }
        false => vec![
            insert(inside.start, format!("{text}\n{indent} ")),
            Edit {
                span: tree
                    .span(TextRange::new(inside.start + text_inside.trim_end().len() as u32, inside.end)),
                text: format!("\n{indent}"),
            },
        ],
    }
}

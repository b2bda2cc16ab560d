//! Syntax trees → modules whose names point at their declarations.

pub mod program;

mod addresses;
pub mod again;
mod blocks;
mod body;
mod calls;
mod children;
mod constants;
mod declare;
mod exports;
pub mod expr;
mod exprs;
mod fields;
mod lone;
mod names;
mod records;
pub mod renamed;
mod settings;
mod templates;
mod types;
mod unions;
mod unused;
mod uses;

use std::cmp::Reverse;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::base::Text;
use crate::base::bound::{Bound, OF_MODULE};
use crate::base::codes;
use crate::base::diagnostic::{Checked, Diagnostic, FixLevel};
use crate::base::extent::Extents;
use crate::base::parallel;
use crate::base::schema::Schemas;
use crate::base::source::{Span, TextRange};
use crate::lang::functions::HostFunctions;
use crate::lang::load::{Loaded, LoadedModule};
use crate::lang::syntax::tree::{Item, Tree};
use crate::lang::syntax::{ParsedExpression, damaged};

use declare::Declarations;
use program::{ExprId, Lost, Module, ModuleId, Program, Settings};

pub use calls::too_many;
pub use constants::constant;
pub use declare::is_name;
pub use lone::{LoneTemplate, NOWHERE, Templates, first_error};
pub use names::Missing;
pub use records::{Declaration, Records};
pub use settings::no_warning;
pub use uses::{Instance, Use, uses_of_body, uses_of_expr};

/// Resolves all names of all modules. The program is complete even when there are errors: what could not be
/// resolved is an error expression, so that everything else can still be checked.
///
/// `host` are the functions of the embedding program, which all modules may call.
pub fn resolve(loaded: &Loaded, schemas: &Schemas, host: &HostFunctions) -> Checked<Program> {
    let mut diagnostics = Vec::new();
    let resolved = modules(loaded, schemas, host).into_iter();
    let mut modules: Vec<_> = resolved
        .map(|(mut resolved, _)| {
            diagnostics.append(&mut resolved.diagnostics);
            resolved.value
        })
        .collect();
    if modules.is_empty() {
        modules.push(Arc::new(empty_module(ModuleId(0), "")));
    }
    let root = ModuleId(modules.len() as u32 - 1);
    let templates = Templates::new(&loaded.sources, host);
    Checked { value: Program { modules, root, templates }, diagnostics }
}

/// Resolves the names of all modules, those side by side that do not need each other.
pub fn modules(
    loaded: &Loaded,
    schemas: &Schemas,
    host: &HostFunctions,
) -> Vec<(Checked<Arc<Module>>, Records)> {
    let count = loaded.modules.len();
    let levels =
        parallel::levels(count, |at, need| loaded.modules[at].sources.values().for_each(|used| need(*used)));
    let mut modules: Vec<_> = (0..count as u32).map(|at| Arc::new(empty_module(ModuleId(at), ""))).collect();
    let mut resolved: Vec<Option<(Checked<Arc<Module>>, Records)>> = (0..count).map(|_| None).collect();
    for level in levels {
        let cost = |at: &usize| loaded.modules[*at].trees.iter().map(|tree| 10 * tree.exprs.len()).sum();
        let found = parallel::map(&level, cost, |at| module(loaded, *at, schemas, host, &modules));
        for (at, (module, records)) in level.into_iter().zip(found) {
            let module = module.map(Arc::new);
            modules[at].clone_from(&module.value);
            resolved[at] = Some((module, records));
        }
    }
    resolved.into_iter().flatten().collect()
}

/// Resolves the names of one module. `modules` are at least those that come before it.
pub fn module(
    loaded: &Loaded,
    index: usize,
    schemas: &Schemas,
    host: &HostFunctions,
    modules: &[Arc<Module>],
) -> (Checked<Module>, Records) {
    let id = ModuleId(u32::try_from(index).expect("fewer than 2³² modules"));
    let mut resolver = Resolver::new(id, &loaded.modules[index], schemas, host, modules);
    resolver.others = &loaded.modules;
    resolver.heed(loaded);
    resolver.run();
    let (value, diagnostics, records) = resolver.finish();
    (Checked { value, diagnostics }, records)
}

/// Resolves an expression as if it stood in a module: answers the module with it, and where it is. What is to be said of
/// the module itself is left out. `modules` are at least those that come before it.
pub fn expression(
    source: &LoadedModule,
    id: ModuleId,
    schemas: &Schemas,
    host: &HostFunctions,
    modules: &[Arc<Module>],
    parsed: &ParsedExpression,
) -> Checked<(Module, ExprId)> {
    let mut resolver = Resolver::new(id, source, schemas, host, modules);
    resolver.run();
    let expr = resolver.expr(&parsed.tree, parsed.root);
    let (module, mut diagnostics, _) = resolver.finish();
    diagnostics.retain(|d| d.primary.as_ref().is_some_and(|label| label.span.file == parsed.tree.file));
    Checked { value: (module, expr), diagnostics }
}

/// A module without anything in it.
pub fn empty_module(id: ModuleId, directory: &str) -> Module {
    Module {
        id,
        directory: directory.into(),
        files: Vec::new(),
        exprs: Vec::new(),
        variables: IndexMap::new(),
        locals: IndexMap::new(),
        outputs: IndexMap::new(),
        resources: IndexMap::new(),
        calls: IndexMap::new(),
        providers: IndexMap::new(),
        types: IndexMap::new(),
        functions: IndexMap::new(),
        checks: IndexMap::new(),
        moved: Vec::new(),
        imports: Vec::new(),
        removed: Vec::new(),
        idle: Vec::new(),
        metadata: FxHashMap::default(),
        settings: Settings::default(),
        lost: Lost::default(),
    }
}

/// Resolves one module.
struct Resolver<'a> {
    source: &'a LoadedModule,
    schemas: &'a Schemas,
    host: &'a HostFunctions,
    /// All modules there are, where that matters.
    others: &'a [LoadedModule],
    /// The modules this one can refer to, by id.
    modules: &'a [Arc<Module>],
    declared: Declarations,
    module: Module,
    diagnostics: Vec<Diagnostic>,
    /// Names nobody defines, with all their places.
    missing: IndexMap<Missing, Vec<Span>>,
    /// Items that could not be parsed as they are: their values would be guesses.
    damaged: Vec<Span>,
    /// Text at the top level that could not be understood; what it was to declare is not missed.
    lost: Vec<&'a str>,
    /// The kinds of blocks whose name is none: each stands for a name that is missed.
    unnamed: Vec<&'a str>,
    /// Names bound around the expression being resolved, by slot.
    scope: Vec<Text>,
    /// Which of `each`, `count` and `self` have a value in the block being resolved.
    here: Here,
    /// The functions whose bodies are being resolved, outermost first.
    open_functions: IndexMap<Text, Option<Span>>,
    /// Whether this is a template of its own, which sees the names of its scope only.
    lone: bool,
    records: Records,
    extents: Extents,
    /// Of all unions together.
    members: u64,
    bound: Bound,
}

/// For so many names that are defined twice another one is looked for.
const FEW: usize = 100;

/// What has a value where an expression stands.
#[derive(Debug, Clone, Copy, Default)]
struct Here {
    each: bool,
    count: bool,
    self_object: bool,
}

impl<'a> Resolver<'a> {
    fn new(
        id: ModuleId,
        source: &'a LoadedModule,
        schemas: &'a Schemas,
        host: &'a HostFunctions,
        modules: &'a [Arc<Module>],
    ) -> Self {
        let mut module = empty_module(id, &source.directory);
        module.files = source.trees.iter().map(|tree| tree.file).collect();
        Self {
            source,
            schemas,
            host,
            modules,
            others: &[],
            declared: Declarations::default(),
            module,
            diagnostics: Vec::new(),
            missing: IndexMap::new(),
            damaged: Vec::new(),
            lost: Vec::new(),
            unnamed: Vec::new(),
            scope: Vec::new(),
            here: Here::default(),
            open_functions: IndexMap::new(),
            lone: false,
            records: Records::default(),
            extents: Extents::default(),
            members: 0,
            bound: Bound::new(OF_MODULE),
        }
    }

    /// Notes which items could not be parsed as they are.
    fn heed(&mut self, loaded: &Loaded) {
        for tree in &self.source.trees {
            if let Some(errors) = loaded.syntax.get(&tree.file) {
                let damaged = damaged(tree, errors);
                // What was cut short may have swallowed the declaration behind it.
                for (at, item) in tree.body.items.iter().enumerate() {
                    let range = item.range();
                    let first = damaged.partition_point(|span| span.start < range.start);
                    if damaged.get(first).is_some_and(|span| span.end <= range.end) {
                        let start = if matches!(item, Item::Block(_)) { range.end } else { range.start };
                        let end = tree.body.items.get(at + 1).map_or(tree.text.len() as u32, Item::start);
                        self.lost.push(tree.text(TextRange::new(start, end)));
                    }
                }
                self.damaged.extend(damaged.into_iter().map(|span| tree.span(span.range())));
            }
        }
        // In order, and none inside another one, so that one look tells.
        self.damaged.sort_unstable_by_key(|span| (span.file, span.start, Reverse(span.end)));
        self.damaged.dedup_by(|span, outer| span.file == outer.file && span.end <= outer.end);
    }

    fn run(&mut self) {
        self.declare();
        self.bound.keep(&mut self.diagnostics);
        self.records.declaring = std::mem::take(&mut self.diagnostics);
        self.make_room();
        self.rest(|this| {
            this.imported();
            this.named_types();
            this.user_functions();
            this.small_blocks();
        });
        self.variables();
        self.locals();
        self.rest(Self::providers);
        self.resources();
        self.calls();
        self.outputs();
        self.rest(Self::checks);
    }

    /// Makes room for what is declared: it is large, and would be moved each time there is no more of it.
    fn make_room(&mut self) {
        let Self { module, records, declared, .. } = self;
        module.exprs.reserve(self.source.trees.iter().map(|tree| tree.exprs.len()).sum());
        module.variables.reserve(declared.variables.len());
        records.variables.reserve(declared.variables.len());
        module.locals.reserve(declared.locals.len());
        records.locals.reserve(declared.locals.len());
        module.resources.reserve(declared.resources.len());
        records.resources.reserve(declared.resources.len());
        module.calls.reserve(declared.calls.len());
        records.calls.reserve(declared.calls.len());
        module.outputs.reserve(declared.outputs.len());
        records.outputs.reserve(declared.outputs.len());
    }

    /// The module, what is to be said of it, and what belongs to which of its declarations.
    fn finish(mut self) -> (Module, Vec<Diagnostic>, Records) {
        let mut records = std::mem::take(&mut self.records);
        for (missing, spans) in records.missing() {
            self.missing.entry(missing.clone()).or_default().extend(spans);
        }
        self.report_missing();
        let mut said: Vec<Diagnostic> = records.said().cloned().collect();
        said.append(&mut self.diagnostics);
        said.extend(self.bound.rest());
        // Types became no expressions.
        self.module.exprs.shrink_to_fit();
        records.declared = self.declared;
        (self.module, said, records)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The module a source names, if it was loaded.
    fn loaded(&self, source: &str) -> Option<&'a Arc<Module>> {
        self.source.sources.get(source).and_then(|index| self.modules.get(*index))
    }

    /// `///` lines as Markdown.
    fn docs(tree: &Tree, docs: &[TextRange]) -> Option<Text> {
        if docs.is_empty() {
            return None;
        }
        let line = |range: &TextRange| {
            let text = tree.text(*range).trim_end();
            let text = text.strip_prefix("///").unwrap_or(text);
            text.strip_prefix(' ').unwrap_or(text).to_owned()
        };
        Some(docs.iter().map(line).collect::<Vec<_>>().join("\n").into())
    }

    /// Two definitions of one name.
    fn duplicate(&mut self, what: &str, name: &str, first: Span, again: Span) {
        let diagnostic =
            Diagnostic::new(codes::DUPLICATE_DEFINITION, again, format!("{what} `{name}` is defined twice"))
                .here("again here")
                .label(first, "first defined here")
                .help("give one of them another name, or remove it");
        let free = |name: &String| !self.names().any(|other| other == name);
        let plain = name.rsplit('.').next().unwrap_or(name);
        // Looked for among all names there are, so not for very many.
        let few = self.diagnostics.len() < FEW;
        let other = (2..100).filter(|_| few).map(|n| format!("{plain}_{n}")).find(free);
        self.report(match other.filter(|_| self.text(again) == plain) {
            Some(other) => {
                diagnostic.replace(FixLevel::Review, format!("call this one `{other}`"), again, other)
            }
            None => diagnostic,
        });
    }

    /// What is declared here, of whatever sort.
    fn names(&self) -> impl Iterator<Item = &str> {
        let Declarations { variables, locals, outputs, calls, resources, types, functions, .. } =
            &self.declared;
        let plain = variables.keys().chain(locals.keys()).chain(outputs.keys()).chain(calls.keys());
        let plain = plain.chain(types.keys()).chain(functions.keys());
        plain.chain(resources.keys().map(|key| &key.name)).map(Text::as_str)
    }

    /// The source text at a place in this module.
    fn text(&self, span: Span) -> &'a str {
        let tree = self.source.trees.iter().find(|tree| tree.file == span.file);
        tree.map_or("", |tree| tree.text_at(span))
    }
}

//! Resolving a module again after an edit: only the declarations that were edited, and those that use a name that came
//! or went.

use std::hash::Hash;
use std::sync::Arc;

use indexmap::IndexMap;

use super::declare::label_span;
use super::program::{Expr, ExprKind, Module, Reference};
use super::records::{Record, Recorded};
use super::renamed::Renamed;
use super::{Declaration, Records, Resolver};
use crate::base::bound::OF_MODULE;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schemas;
use crate::base::source::{FileId, TextRange};
use crate::base::value::Value;
use crate::lang::functions::HostFunctions;
use crate::lang::load::Loaded;
use crate::lang::syntax::tree::{Attribute, Block, Item, Tree};

/// A part of a file that is another one than before, in offsets of the new text.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The file.
    pub file: FileId,
    /// What was edited: whole items.
    pub text: TextRange,
    /// What has to be resolved again: more than `text` where a mistake in the syntax may have changed what the rest is
    /// taken for.
    pub resolve: TextRange,
    /// What got another name, if besides that the file declares the same as before, in the same order.
    pub renamed: Option<Vec<Renamed>>,
}

/// For each declaration of a kind, where it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// So many, and all of them where they are now.
    Same(usize),
    /// By what it is now: its index before, `None` for new ones. Beside it how many there were.
    Moved(Vec<Option<u32>>, usize),
}

/// What resolving again gave.
pub struct Again {
    /// All that resolving the module says.
    pub diagnostics: Vec<Diagnostic>,
    /// The declarations that were resolved again, and whether their text is another one than before.
    pub resolved: Vec<(Declaration, bool)>,
    /// Where each declaration was before; variables are where they were.
    pub locals: Before,
    /// The same for resources.
    pub resources: Before,
    /// The same for calls.
    pub calls: Before,
    /// The same for outputs.
    pub outputs: Before,
}

impl Before {
    fn of<K: Hash + Eq, T, A>(same: bool, old: &IndexMap<K, T>, new: &IndexMap<K, A>) -> Self {
        if same || old.len() == new.len() && old.keys().zip(new.keys()).all(|(old, new)| old == new) {
            return Self::Same(new.len());
        }
        Self::Moved(new.keys().map(|key| old.get_index_of(key).map(|at| at as u32)).collect(), old.len())
    }

    /// Whether all are where they were.
    pub fn is_same(&self) -> bool {
        matches!(self, Self::Same(_))
    }

    fn get(&self, now: u32) -> Option<u32> {
        match self {
            Self::Same(_) => Some(now),
            Self::Moved(before, _) => before[now as usize],
        }
    }

    /// By what it was before: its index now, `None` for those that are gone.
    pub fn after(&self) -> Vec<Option<u32>> {
        match self {
            Self::Same(count) => (0..*count as u32).map(Some).collect(),
            Self::Moved(before, count) => {
                let mut after = vec![None; *count];
                for (now, before) in (0..).zip(before) {
                    before.iter().for_each(|before| after[*before as usize] = Some(now));
                }
                after
            }
        }
    }

    /// Puts what belongs to the declarations into their new order; new ones get `new`.
    pub fn sort<T>(&self, values: &mut Vec<T>, new: impl Fn() -> T) {
        if let Self::Moved(before, _) = self {
            let mut old: Vec<Option<T>> = values.drain(..).map(Some).collect();
            let mut take = |at: &Option<u32>| at.and_then(|at| old[at as usize].take()).unwrap_or_else(&new);
            values.extend(before.iter().map(&mut take));
        }
    }
}

/// Whether all items in a range are of the kinds that can be resolved one by one.
pub fn one_by_one(tree: &Tree, range: TextRange) -> bool {
    let plain = |block: &Block| {
        matches!(tree.text(block.kind), "variable" | "locals" | "output" | "resource" | "data" | "module")
    };
    let inside = |item: &&Item| {
        let at = item.range();
        at.start < range.end && range.start <= at.end
    };
    tree.body.items.iter().filter(inside).all(|item| match item {
        Item::Block(block) => plain(block),
        Item::Attribute(_) | Item::Error(_) => true,
        Item::Type(_) | Item::Function(_) | Item::Use(_) => false,
    })
}

/// Resolves again what the edits touch. `module` and `records` are what resolving gave before the edits. `None` if all
/// has to be resolved.
pub fn again(
    loaded: &Loaded,
    mut module: Module,
    records: &mut Records,
    edits: &[Edited],
    schemas: &Schemas,
    host: &HostFunctions,
    modules: &[Arc<Module>],
) -> Option<(Module, Again)> {
    // Expressions are replaced behind all others; once most of them are waste, it is time to begin anew.
    if records.waste > module.exprs.len() / 2 + 1000 {
        return None;
    }
    let id = module.id;
    let mut resolver = Resolver::new(id, &loaded.modules[id.0 as usize], schemas, host, modules);
    resolver.others = &loaded.modules;
    resolver.heed(loaded);
    // Declarations are all that stands there, and nothing is wrong with any of them.
    let plain = |tree: &Arc<Tree>| {
        !loaded.syntax.contains_key(&tree.file)
            || !tree.body.items.iter().any(|item| matches!(item, Item::Attribute(_) | Item::Error(_)))
    };
    let sound = records.declaring.is_empty() && resolver.source.trees.iter().all(plain);
    let renamed: Option<Vec<_>> = edits.iter().map(|edit| edit.renamed.as_deref()).collect();
    let renamed = renamed.filter(|_| sound);
    let same_places = renamed.is_some();
    if let Some(renamed) = renamed {
        resolver.declared = std::mem::take(&mut records.declared);
        let mut all = renamed.into_iter().flatten();
        if !all.all(|renamed| renamed.apply(&mut resolver.declared, &mut module, records)) {
            return None;
        }
        resolver.count_lost();
        resolver.unused_names();
    } else {
        resolver.declare();
    }
    records.declaring = std::mem::take(&mut resolver.diagnostics);
    let idle = std::mem::take(&mut resolver.module.idle);
    let lost = std::mem::take(&mut resolver.module.lost);
    resolver.module = Module { idle, lost, ..module };
    let trees = resolver.source.trees.iter().zip(0..);
    let is_edited = |tree: &Tree| edits.iter().any(|edit| edit.file == tree.file);
    let edited = trees.filter(|(tree, _)| is_edited(tree)).map(|(_, at)| at).collect();
    Step { resolver, edits, same_places, edited, records, resolved: Vec::new() }.run()
}

struct Step<'s, 'a> {
    resolver: Resolver<'a>,
    edits: &'s [Edited],
    /// Whether all is declared where it was.
    same_places: bool,
    /// The trees that were edited.
    edited: Vec<u32>,
    records: &'s mut Records,
    resolved: Vec<(Declaration, bool)>,
}

/// One kind of declarations: brings them into their new order and resolves those that need it.
macro_rules! kind {
    ($step:ident, $before:ident, $stale:ident, $kind:ident, $declaration:path, $label:expr, $resolve:expr) => {{
        let old = std::mem::take(&mut $step.resolver.module.$kind);
        let mut records = std::mem::take(&mut $step.records.$kind);
        let mut again: Vec<(u32, bool)> = Vec::new();
        for (now, at) in (0..).zip($step.resolver.declared.$kind.values()) {
            let before = $before.get(now);
            let is_stale = $stale(before.map_or(&Record::default(), |before| &records[before as usize]));
            let known = before.and_then(|before| old.get_index(before as usize));
            if !is_stale && !$step.edited.contains(&at.tree) {
                // One of the same name may have stood in another file.
                let file = $step.resolver.source.trees[at.tree as usize].file;
                if $step.same_places || known.is_some_and(|(_, old)| old.span.file == file) {
                    continue;
                }
            }
            let (tree, item) = $step.resolver.at(*at);
            let edited = match known {
                Some((_, old)) => {
                    old.span != $label(tree, item) || $step.touched(tree.file, item.range, |edit| edit.text)
                }
                None => true,
            };
            if edited || $step.touched(tree.file, item.range, |edit| edit.resolve) || is_stale {
                again.push((now, edited));
            }
        }
        let mut values: Vec<_> = Vec::new();
        let mut map = old;
        if !$before.is_same() {
            for (before, now) in $before.after().into_iter().enumerate() {
                if now.is_none() {
                    $step.waste(&records[before]);
                }
            }
            values = map.into_values().map(Some).collect();
            $before.sort(&mut values, || None);
            $before.sort(&mut records, Record::default);
            map = IndexMap::new();
        }
        for (now, edited) in again {
            let (key, at) =
                $step.resolver.declared.$kind.get_index(now as usize).expect("one of those declared");
            let (key, (tree, item)) = (key.clone(), $step.resolver.at(*at));
            let Recorded { value, record } = $step.resolver.recorded(|this| $resolve(this, tree, item, key));
            $step.waste(&std::mem::replace(&mut records[now as usize], record));
            match $before.is_same() {
                true => map[now as usize] = value,
                false => values[now as usize] = Some(value),
            }
            $step.resolved.push(($declaration(now), edited));
        }
        if !$before.is_same() {
            let keys = $step.resolver.declared.$kind.keys().cloned();
            map = keys.zip(values).filter_map(|(key, value)| Some((key, value?))).collect();
        }
        $step.resolver.module.$kind = map;
        $step.records.$kind = records;
    }};
}

impl<'s, 'a> Step<'s, 'a> {
    fn run(mut self) -> Option<(Module, Again)> {
        let (declared, module) = (&self.resolver.declared, &self.resolver.module);
        let same = self.same_places;
        let variables = Before::of(same, &module.variables, &declared.variables);
        let locals = Before::of(same, &module.locals, &declared.locals);
        let resources = Before::of(same, &module.resources, &declared.resources);
        let calls = Before::of(same, &module.calls, &declared.calls);
        let outputs = Before::of(same, &module.outputs, &declared.outputs);
        // Facts name variables by their index.
        if !variables.is_same() {
            return None;
        }
        let same = locals.is_same() && resources.is_same() && calls.is_same();
        if !same
            && !self.renumber(&Indexes {
                locals: locals.after(),
                resources: resources.after(),
                calls: calls.after(),
            })
        {
            return None;
        }
        // A name that nobody defined may be defined now, and one that was may be gone.
        let stale = |record: &Record| record.stale || (!same && !record.missing.is_empty());
        let label = |at| move |tree: &Tree, block: &Block| label_span(tree, block, at);
        kind!(self, variables, stale, variables, Declaration::Variable, label(0), Resolver::variable);
        kind!(
            self,
            locals,
            stale,
            locals,
            Declaration::Local,
            |tree: &Tree, item: &Attribute| tree.span(item.name),
            Resolver::local
        );
        kind!(self, resources, stale, resources, Declaration::Resource, label(1), Resolver::resource_block);
        kind!(self, calls, stale, calls, Declaration::Call, label(0), Resolver::module_call);
        kind!(self, outputs, stale, outputs, Declaration::Output, label(0), Resolver::output);

        for (missing, spans) in self.records.missing() {
            self.resolver.missing.entry(missing.clone()).or_default().extend(spans);
        }
        self.resolver.report_missing();
        // What is left out depends on what was looked at first.
        if self.records.said().nth(OF_MODULE - 1).is_some() {
            return None;
        }
        let mut diagnostics: Vec<Diagnostic> = self.records.said().cloned().collect();
        diagnostics.append(&mut self.resolver.diagnostics);
        self.records.declared = std::mem::take(&mut self.resolver.declared);
        let again = Again { diagnostics, resolved: self.resolved, locals, resources, calls, outputs };
        Some((self.resolver.module, again))
    }

    fn touched(&self, file: FileId, item: TextRange, part: impl Fn(&Edited) -> TextRange) -> bool {
        self.edits.iter().filter(|edit| edit.file == file).any(|edit| {
            let part = part(edit);
            part.start <= item.start && item.start < part.end
        })
    }

    /// Makes nothing of expressions that nobody refers to any more.
    fn waste(&mut self, record: &Record) {
        self.records.waste += record.exprs.len();
        for expr in record.slice(&mut self.resolver.module.exprs) {
            expr.kind = ExprKind::Literal(Value::NULL);
        }
    }

    /// Gives references the new indexes of what they refer to, and notes which records refer to something that is gone.
    /// Answers whether that can be mended one by one.
    fn renumber(&mut self, indexes: &Indexes) -> bool {
        let exprs = &mut self.resolver.module.exprs;
        let records = &mut *self.records;
        if records
            .rest
            .iter()
            .any(|record| !record.missing.is_empty() || !indexes.renumber(record.slice(exprs)))
        {
            return false;
        }
        let Records { variables, locals, resources, calls, outputs, .. } = records;
        for record in [variables, locals, resources, calls, outputs].into_iter().flatten() {
            record.stale = !indexes.renumber(record.slice(exprs));
        }
        let module = &mut self.resolver.module;
        let resources = module.resources.values_mut().map(|resource| &mut resource.depends_on);
        let calls = module.calls.values_mut().map(|call| &mut call.depends_on);
        let outputs = module.outputs.values_mut().map(|output| &mut output.depends_on);
        for dependency in resources.chain(calls).chain(outputs).flatten() {
            // What is gone is missed by the expression of this dependency too.
            dependency.target = indexes.of(dependency.target).unwrap_or(dependency.target);
        }
        true
    }
}

/// The new index of each declaration by its old one.
struct Indexes {
    locals: Vec<Option<u32>>,
    resources: Vec<Option<u32>>,
    calls: Vec<Option<u32>>,
}

impl Indexes {
    fn of(&self, reference: Reference) -> Option<Reference> {
        match reference {
            Reference::Local(index) => self.locals[index as usize].map(Reference::Local),
            Reference::Resource(index) => self.resources[index as usize].map(Reference::Resource),
            Reference::Call(index) => self.calls[index as usize].map(Reference::Call),
            other => Some(other),
        }
    }

    /// Answers whether all that is referred to is still there.
    fn renumber(&self, exprs: &mut [Expr]) -> bool {
        let mut whole = true;
        for expr in exprs {
            if let ExprKind::Reference(reference) = &mut expr.kind {
                match self.of(*reference) {
                    Some(new) => *reference = new,
                    None => whole = false,
                }
            }
        }
        whole
    }
}

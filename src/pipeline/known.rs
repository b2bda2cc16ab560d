//! What the last check of a workspace found out, and how an edit is followed.
//!
//! Of an edited file the items are found whose text is another one than before. Only the declarations in them are
//! resolved and checked again, with those that refer to them; and callers of a module only where they see something else
//! of it than before. Spans are made of positions that outlast edits elsewhere ([`Places`]), so that all the rest stays
//! true; they become offsets in the report. Where an edit goes deeper, its whole module is done again: a type, a function,
//! a provider, variables that come or go, circles; so does an edit of a file that a module reads with `file` and the like.
//! Where it decides which modules there are, or is one of a template, all is begun anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::buffers::Buffers;
use super::findings::findings;
use super::watched::{Seen, Watched};
use super::{Report, Setup, surroundings};
use crate::base::codes;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::effects::Files;
use crate::base::places::Places;
use crate::base::source::{FileId, Sources, TextRange};
use crate::lang::check::again::{Interface, Memory, Resolved};
use crate::lang::check::{self, ModuleFacts, Said};
use crate::lang::lints::Lints;
use crate::lang::load::{self, Loaded};
use crate::lang::resolve::again::{Edited, one_by_one};
use crate::lang::resolve::program::{ModuleId, Program, Templates};
use crate::lang::resolve::renamed::renamed;
use crate::lang::resolve::{self, Declaration, Records};
use crate::lang::syntax::parse;
use crate::lang::syntax::tree::{Item, Tree};

pub(super) struct Known {
    loaded: Loaded,
    /// The sources with plain offsets.
    shown: Sources,
    program: Program,
    facts: Vec<Arc<ModuleFacts>>,
    /// By module.
    kept: Vec<Kept>,
    /// By path: the file, and the module and position of its tree.
    files: FxHashMap<Arc<str>, (FileId, usize, usize)>,
}

/// What resolving and checking a module gave beside program and facts.
#[derive(Default)]
struct Kept {
    records: Records,
    resolved: Vec<Diagnostic>,
    said: Said,
    /// What was read to check it.
    seen: Seen,
    /// Made when the module is edited for the first time.
    memory: Option<Memory>,
}

impl Kept {
    /// Whether types or functions are missing that another module may declare.
    fn misses_imports(&self) -> bool {
        let missing = [codes::UNKNOWN_TYPE, codes::UNKNOWN_FUNCTION];
        self.resolved.iter().any(|diagnostic| missing.contains(&diagnostic.code))
    }
}

/// What an edit touches of a module.
enum Touched {
    Parts(Vec<Edited>),
    All,
}

impl Known {
    pub(super) fn new(mut loaded: Loaded, setup: &Setup, buffers: &Buffers) -> Self {
        let shown = loaded.sources.clone();
        let mut files = FxHashMap::default();
        for (module, source) in loaded.modules.iter_mut().enumerate() {
            for (at, tree) in source.trees.iter_mut().enumerate() {
                let tree = Arc::make_mut(tree);
                let places = Arc::new(Places::new(&starts(tree), tree.text.len() as u32));
                tree.places = Some(places.clone());
                loaded.sources.replace(tree.file, tree.text.clone(), Some(places));
                files.insert(shown.get(tree.file).path.clone(), (tree.file, module, at));
            }
        }
        let count = loaded.modules.len();
        let root = ModuleId(count.max(1) as u32 - 1);
        let modules = (0..count).map(|at| Arc::new(resolve::empty_module(ModuleId(at as u32), ""))).collect();
        let facts = vec![Arc::default(); count];
        let kept = (0..count).map(|_| Kept::default()).collect();
        let templates = Templates::new(&loaded.sources, &setup.functions);
        let program = Program { modules, root, templates };
        let mut this = Self { loaded, shown, program, facts, kept, files };
        let resolved = resolve::modules(&this.loaded, &setup.schemas, &setup.functions);
        for (at, (module, records)) in resolved.into_iter().enumerate() {
            this.program.modules[at] = module.value;
            this.kept[at] = Kept { records, resolved: module.diagnostics, ..Kept::default() };
        }
        for index in 0..count {
            this.check(index, setup, buffers);
        }
        this
    }

    fn resolve(&mut self, index: usize, setup: &Setup) {
        let (resolved, records) =
            resolve::module(&self.loaded, index, &setup.schemas, &setup.functions, &self.program.modules);
        self.program.modules[index] = Arc::new(resolved.value);
        self.kept[index] = Kept { records, resolved: resolved.diagnostics, ..Kept::default() };
    }

    fn check(&mut self, index: usize, setup: &Setup, buffers: &Buffers) {
        let files = Watched::new(buffers, Seen::default());
        let surroundings = surroundings(setup, &files, &self.loaded);
        let id = ModuleId(index as u32);
        let (facts, said) = check::module(&self.program, id, &surroundings, &self.facts);
        self.facts[index] = Arc::new(facts);
        self.kept[index].said = said;
        self.kept[index].seen = files.seen();
    }

    /// All that is to be said.
    pub(super) fn report(&self, setup: &Setup) -> Report {
        let said = self.kept.iter().flat_map(|kept| kept.resolved.iter().cloned().chain(kept.said.all()));
        let said = said.map(|diagnostic| located(diagnostic, &self.loaded.sources));
        let lints = Lints::new(&setup.lints, self.program.modules.iter().map(|module| &**module));
        Report { diagnostics: findings(&self.loaded, &lints, said), sources: self.shown.clone() }
    }

    /// Follows edits of these files. Answers whether it could: if not, all has to be found out anew.
    pub(super) fn follow(&mut self, touched: &FxHashSet<String>, setup: &Setup, buffers: &Buffers) -> bool {
        // What is said of sources of modules has places in texts that are about to change.
        if !self.loaded.diagnostics.is_empty() {
            return false;
        }
        let mut modules: BTreeMap<usize, Touched> = BTreeMap::new();
        for path in touched {
            // Of a template each text would be kept as a source of its own.
            if self.loaded.sources.came_late(path) {
                return false;
            }
            let is_source = self.files.contains_key(path.as_str()) || load::is_source(path);
            for (module, Kept { seen, .. }) in self.kept.iter().enumerate() {
                if seen.read(path) || (!is_source && seen.found(path)) {
                    modules.insert(module, Touched::All);
                }
            }
            if !is_source {
                continue;
            }
            let Some((module, edited)) = self.replace(path, setup, buffers) else { return false };
            let parts = modules.entry(module).or_insert_with(|| Touched::Parts(Vec::new()));
            match (edited, parts) {
                (Touched::Parts(more), Touched::Parts(parts)) => parts.extend(more),
                (_, parts) => *parts = Touched::All,
            }
        }
        // What a module misses may come from any other, which is said where it is missed.
        if modules.values().any(|touched| matches!(touched, Touched::All)) {
            for (module, _) in self.kept.iter().enumerate().filter(|(_, kept)| kept.misses_imports()) {
                modules.insert(module, Touched::All);
            }
        }
        // A module comes after all modules it calls.
        let mut changed: FxHashSet<usize> = FxHashSet::default();
        for index in 0..self.loaded.modules.len() {
            let called = !changed.is_empty()
                && self.loaded.modules[index].sources.values().any(|used| changed.contains(used));
            let touched = match modules.remove(&index) {
                None if !called => continue,
                _ if called && self.imports(index, &changed) => Touched::All,
                None => Touched::Parts(Vec::new()),
                Some(touched) => touched,
            };
            let partly = match touched {
                Touched::Parts(edits) => self.partly(index, &edits, &changed, setup, buffers),
                Touched::All => None,
            };
            let is_changed = partly.unwrap_or_else(|| {
                self.resolve(index, setup);
                self.check(index, setup, buffers);
                true
            });
            if is_changed {
                changed.insert(index);
            }
        }
        true
    }

    /// Whether a module takes types or functions from one of these.
    fn imports(&self, index: usize, changed: &FxHashSet<usize>) -> bool {
        let module = &self.loaded.modules[index];
        module.trees.iter().any(|tree| {
            tree.body.items.iter().any(|item| match item {
                Item::Use(decl) => {
                    let source = tree.text(decl.path).trim_matches('"');
                    module.sources.get(source).is_some_and(|used| changed.contains(used))
                }
                _ => false,
            })
        })
    }

    /// Puts the new text and tree of a file in place. Answers what that touches of which module; `None` if other files
    /// have to be loaded than before.
    fn replace(&mut self, path: &str, setup: &Setup, buffers: &Buffers) -> Option<(usize, Touched)> {
        let (file, module, at) = *self.files.get(path)?;
        let bytes = buffers.read(path).ok().filter(|bytes| bytes.len() as u64 <= setup.limits.file_bytes)?;
        let text: Arc<str> = std::str::from_utf8(&bytes).ok()?.into();
        let Checked { value: mut tree, diagnostics } = parse(file, &text, &setup.limits);
        let slot = &mut self.loaded.modules[module].trees[at];
        let errors = self.loaded.syntax.get(&file).map_or(&[][..], Vec::as_slice);
        let same_modules = load::skeleton(&tree, &diagnostics) == load::skeleton(slot, errors);
        let whole = |tree: &Tree| TextRange::new(0, tree.text.len() as u32);
        let mended = !diagnostics.is_empty() || self.loaded.syntax.contains_key(&file);
        let mut edit = Edit::of(slot, &tree);
        if mended {
            edit.resolve = (whole(slot), whole(&tree));
        }
        // What a mistake was taken for tells nothing of names.
        let renamed = renamed(slot, &tree).filter(|renamed| !mended || renamed.is_empty());
        let plain = one_by_one(slot, edit.resolve.0) && one_by_one(&tree, edit.resolve.1);
        let places = Arc::new(edit.places);
        tree.places = Some(places.clone());
        *slot = Arc::new(tree);
        self.loaded.sources.replace(file, text.clone(), Some(places));
        self.shown.replace(file, text, None);
        match diagnostics.is_empty() {
            true => self.loaded.syntax.remove(&file),
            false => self.loaded.syntax.insert(file, diagnostics),
        };
        let edited = Edited { file, text: edit.text, resolve: edit.resolve.1, renamed };
        let touched = if plain { Touched::Parts(vec![edited]) } else { Touched::All };
        same_modules.then_some((module, touched))
    }

    /// Resolves and checks a module in parts. Answers whether callers see something else of it than before; `None` if
    /// all of it has to be done again.
    fn partly(
        &mut self,
        index: usize,
        edits: &[Edited],
        changed: &FxHashSet<usize>,
        setup: &Setup,
        buffers: &Buffers,
    ) -> Option<bool> {
        let id = ModuleId(index as u32);
        let Kept { mut records, mut resolved, mut said, seen, memory } =
            std::mem::take(&mut self.kept[index]);
        let files = Watched::new(buffers, seen);
        let surroundings = surroundings(setup, &files, &self.loaded);
        let mut memory = memory.or_else(|| Memory::new(self.program.module(id), &records))?;
        let mut again = None;
        if !edits.is_empty() {
            let empty = Arc::new(resolve::empty_module(id, ""));
            let module = Arc::try_unwrap(std::mem::replace(&mut self.program.modules[index], empty)).ok()?;
            let (schemas, host, modules) = (&setup.schemas, &setup.functions, &self.program.modules);
            let (module, did) =
                resolve::again::again(&self.loaded, module, &mut records, edits, schemas, host, modules)?;
            self.program.modules[index] = Arc::new(module);
            resolved.clone_from(&did.diagnostics);
            again = Some(did);
        }
        let own = Arc::try_unwrap(std::mem::take(&mut self.facts[index])).ok()?;
        // Nobody calls the root.
        let before = (id != self.program.root).then(|| Interface::of(&own));
        let step = Resolved { program: &self.program, id, records: &records, again: again.as_ref(), changed };
        let facts = check::again::again(&step, &surroundings, &self.facts, own, &mut said, &mut memory)?;
        let declared = again.is_some_and(|again| {
            // Values are followed through calls down to where they are written; resources of other modules are named
            // by addresses only.
            let addressed = self.program.modules.iter().any(|module| {
                !module.moved.is_empty() || !module.imports.is_empty() || !module.removed.is_empty()
            });
            let visible =
                |declaration: Declaration| addressed || !matches!(declaration, Declaration::Resource(_));
            !again.outputs.is_same()
                || (addressed && !again.resources.is_same())
                || again.resolved.iter().any(|(declaration, _)| visible(*declaration))
        });
        let called = self.loaded.modules[index].sources.values().any(|used| changed.contains(used));
        let is_changed = declared || called || before.is_some_and(|before| before != Interface::of(&facts));
        self.facts[index] = Arc::new(facts);
        self.kept[index] = Kept { records, resolved, said, seen: files.seen(), memory: Some(memory) };
        Some(is_changed)
    }

    /// The trees by path.
    pub(super) fn remember(self) -> load::Remembered {
        let Loaded { sources, modules, mut syntax, .. } = self.loaded;
        let trees = modules.into_iter().flat_map(|module| module.trees).map(|mut value| {
            Arc::make_mut(&mut value).places = None;
            let diagnostics = syntax.remove(&value.file).unwrap_or_default();
            (sources.get(value.file).path.to_string(), Checked { value, diagnostics })
        });
        trees.collect()
    }
}

/// Where the items of a file begin.
fn starts(tree: &Tree) -> Vec<u32> {
    let mut starts: Vec<u32> = tree.body.items.iter().map(Item::start).collect();
    // What could not be understood may lie anywhere.
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// How a file became another one.
struct Edit {
    places: Places,
    /// What is another text than before: whole pieces of the new text.
    text: TextRange,
    /// What has to be resolved again, in the old text and in the new one.
    resolve: (TextRange, TextRange),
}

impl Edit {
    fn of(old: &Tree, new: &Tree) -> Self {
        let (starts, length) = (starts(new), new.text.len() as u32);
        let fresh = Places::new(&starts, length);
        let whole = |tree: &Tree| TextRange::new(0, tree.text.len() as u32);
        let before = old.places.as_deref().and_then(|places| {
            let same = |(a, b): &(TextRange, TextRange)| old.text(*a) == new.text(*b);
            let most = places.pieces().len().min(fresh.pieces().len());
            let front = places.pieces().zip(fresh.pieces()).take_while(same).count();
            let back = places.pieces().rev().zip(fresh.pieces().rev());
            let back = back.take(most - front).take_while(same).count();
            let middle = |places: &Places, text: &Tree| {
                let count = places.pieces().len();
                let start = places.pieces().nth(front).map_or(text.text.len() as u32, |piece| piece.start);
                let end =
                    places.pieces().nth((count - back).wrapping_sub(1)).map_or(start, |piece| piece.end);
                TextRange::new(start, end.max(start))
            };
            let moved = places.edited(&starts, length, front, back)?;
            Some((moved, middle(places, old), middle(&fresh, new)))
        });
        match before {
            Some((places, old, new)) => Self { places, text: new, resolve: (old, new) },
            None => Self { places: fresh, text: whole(new), resolve: (whole(old), whole(new)) },
        }
    }
}

/// The same with offsets in place of positions.
fn located(mut diagnostic: Diagnostic, sources: &Sources) -> Diagnostic {
    diagnostic.spans_mut().for_each(|span| *span = sources.actual(*span));
    diagnostic
}

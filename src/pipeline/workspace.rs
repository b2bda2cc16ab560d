//! An account that is being edited: after an edit only what the edit touches is looked at again.
//!
//! What stays the same is kept: the tree of each file, the resolved names and the facts of each module. A check after
//! an edit says exactly what a check from the beginning would say, in the same order.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::buffers::Buffers;
use super::findings::findings;
use super::{Account, Setup, surroundings};
use crate::base::Text;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::report::Report;
use crate::base::source::FileId;
use crate::lang::check::{self, ModuleFacts};
use crate::lang::lints::Lints;
use crate::lang::load::{self, Loaded};
use crate::lang::resolve;
use crate::lang::resolve::program::{ModuleId, Program, Templates};
use crate::lang::syntax::parse;
use crate::lang::syntax::tree::Tree;

/// An account that is being edited.
///
/// ```
/// use prov::world::files::MemoryFiles;
///
/// let files = MemoryFiles::new([("a/main.prov", "locals { x = 1 }\noutput \"y\" { value = local.x }\n")]);
/// let engine = prov::Engine::builder().files(files).build()?;
/// let mut workspace = engine.workspace("a");
/// assert!(workspace.check().diagnostics.is_empty());
///
/// workspace.edit("a/main.prov", "locals { x = 1 }\noutput \"y\" { value = local.z }\n");
/// let report = workspace.check();
/// assert_eq!(report.diagnostics[0].code.name(), "undefined-reference");
/// # Ok::<(), prov::Report>(())
/// ```
pub struct Workspace {
    setup: Arc<Setup>,
    directory: Text,
    buffers: Buffers,
    /// Files whose text may be another one than at the last check.
    touched: FxHashSet<String>,
    /// What the last check found out; `None` before the first one, and when files may have come or gone.
    known: Option<Known>,
    /// The trees of the last check, for when everything else has to be found out anew.
    trees: FxHashMap<String, (Arc<str>, Checked<Arc<Tree>>)>,
    report: Report,
}

struct Known {
    loaded: Loaded,
    program: Program,
    facts: Vec<Arc<ModuleFacts>>,
    /// By module: what resolving and checking it said.
    said: Vec<Vec<Diagnostic>>,
    /// By path: the file, and the module and position of its tree.
    files: FxHashMap<Arc<str>, (FileId, usize, usize)>,
}

impl Workspace {
    /// The account in this directory (`/`-separated, relative to the root of the files; empty for the root itself).
    pub fn new(setup: Arc<Setup>, directory: &str) -> Self {
        let buffers = Buffers::new(setup.files.clone());
        Self {
            setup,
            directory: directory.into(),
            buffers,
            touched: FxHashSet::default(),
            known: None,
            trees: FxHashMap::default(),
            report: Report::default(),
        }
    }

    /// From now on this is the text of the file, whatever is stored. A path nobody has stored makes a new file.
    pub fn edit(&mut self, path: &str, text: impl Into<Arc<str>>) {
        self.buffers.set(path, text.into());
        self.touched.insert(path.to_owned());
    }

    /// From now on the text of the file is what is stored, as after saving or closing it.
    pub fn close(&mut self, path: &str) {
        if self.buffers.close(path) {
            self.touched.insert(path.to_owned());
        }
    }

    /// Stored files may have changed, come or gone: the next check reads them again.
    pub fn refresh(&mut self) {
        self.known = None;
    }

    /// What is to be said of the account as it is now. Never fails: what is wrong is in the report.
    pub fn check(&mut self) -> &Report {
        let touched = std::mem::take(&mut self.touched);
        let dirty = match &mut self.known {
            Some(_) if touched.is_empty() => return &self.report,
            Some(known) => known.replace(&touched, &self.buffers, &self.setup),
            None => None,
        };
        match (&mut self.known, dirty) {
            (Some(known), Some(dirty)) => known.update(&dirty, &self.setup, &self.buffers),
            _ => self.begin(),
        }
        if let Some(known) = &self.known {
            let modules = known.program.modules.iter().map(|module| &**module);
            let lints = Lints::new(&self.setup.lints, modules);
            self.report.diagnostics = findings(&known.loaded, &lints, known.said.iter().flatten());
            self.report.sources = known.loaded.sources.clone();
        }
        &self.report
    }

    /// The account as it is now, checked from the beginning, to be planned.
    pub fn account(&self) -> Account {
        let setup = Setup { files: Arc::new(self.buffers.snapshot()), ..(*self.setup).clone() };
        Account::check(Arc::new(setup), &self.directory)
    }

    /// Finds out everything but the trees of texts that were parsed before.
    fn begin(&mut self) {
        if let Some(known) = self.known.take() {
            known.remember(&mut self.trees);
        }
        let limits = &self.setup.limits;
        let before = std::mem::take(&mut self.trees);
        let mut parser = |file: FileId, path: &str, text: &Arc<str>| match before.get(path) {
            Some((same, parsed)) if same == text && parsed.value.file == file => parsed.clone(),
            _ => {
                let Checked { value, diagnostics } = parse(file, text, limits);
                Checked { value: Arc::new(value), diagnostics }
            }
        };
        let loaded = load::load_with(&self.buffers, &self.directory, limits, &mut parser);
        self.known = Some(Known::new(loaded, &self.setup, &self.buffers));
    }
}

impl Known {
    fn new(loaded: Loaded, setup: &Setup, buffers: &Buffers) -> Self {
        let mut files = FxHashMap::default();
        for (module, source) in loaded.modules.iter().enumerate() {
            for (at, tree) in source.trees.iter().enumerate() {
                files.insert(loaded.sources.get(tree.file).path.clone(), (tree.file, module, at));
            }
        }
        let root = ModuleId(loaded.modules.len().max(1) as u32 - 1);
        let templates = Templates::new(&loaded.sources, &setup.functions);
        let program = Program { modules: Vec::new(), root, templates };
        let mut this = Self { loaded, program, facts: Vec::new(), said: Vec::new(), files };
        this.program.modules.reserve(this.loaded.modules.len());
        for index in 0..this.loaded.modules.len() {
            let resolved =
                resolve::module(&this.loaded, index, &setup.schemas, &setup.functions, &this.program.modules);
            this.program.modules.push(Arc::new(resolved.value));
            this.said.push(resolved.diagnostics);
        }
        for index in 0..this.loaded.modules.len() {
            let checked = this.checked(index, setup, buffers);
            this.facts.push(Arc::new(checked.value));
            this.said[index].extend(checked.diagnostics);
        }
        this
    }

    fn checked(&self, index: usize, setup: &Setup, buffers: &Buffers) -> Checked<ModuleFacts> {
        let surroundings = surroundings(setup, buffers, &self.loaded);
        check::module(&self.program, ModuleId(index as u32), &surroundings, &self.facts)
    }

    /// Puts the new texts and trees in place. Answers the modules they belong to, or nothing if other files have to be
    /// loaded than before.
    fn replace(
        &mut self,
        touched: &FxHashSet<String>,
        buffers: &Buffers,
        setup: &Setup,
    ) -> Option<FxHashSet<usize>> {
        use crate::base::effects::Files;
        // What is said of sources of modules has places in texts that are about to change.
        if !self.loaded.diagnostics.is_empty() {
            return None;
        }
        let mut dirty = FxHashSet::default();
        for path in touched {
            let (file, module, at) = *self.files.get(path.as_str())?;
            let bytes =
                buffers.read(path).ok().filter(|bytes| bytes.len() as u64 <= setup.limits.file_bytes)?;
            let text = std::str::from_utf8(&bytes).ok()?;
            if *self.loaded.sources.get(file).text == *text {
                continue;
            }
            let text = Arc::from(text);
            let Checked { value: tree, diagnostics } = parse(file, &text, &setup.limits);
            let same = load::skeleton(&tree) == load::skeleton(&self.loaded.modules[module].trees[at]);
            self.loaded.sources.replace(file, text);
            self.loaded.modules[module].trees[at] = Arc::new(tree);
            match diagnostics.is_empty() {
                true => self.loaded.syntax.remove(&file),
                false => self.loaded.syntax.insert(file, diagnostics),
            };
            if !same {
                return None;
            }
            dirty.insert(module);
        }
        Some(dirty)
    }

    /// Resolves and checks these modules and all that use them.
    fn update(&mut self, dirty: &FxHashSet<usize>, setup: &Setup, buffers: &Buffers) {
        let mut dirty = dirty.clone();
        for index in 0..self.loaded.modules.len() {
            let uses_dirty = self.loaded.modules[index].sources.values().any(|used| dirty.contains(used));
            if !uses_dirty && !dirty.contains(&index) {
                continue;
            }
            dirty.insert(index);
            let resolved =
                resolve::module(&self.loaded, index, &setup.schemas, &setup.functions, &self.program.modules);
            self.program.modules[index] = Arc::new(resolved.value);
            let checked = self.checked(index, setup, buffers);
            self.facts[index] = Arc::new(checked.value);
            self.said[index] = resolved.diagnostics;
            self.said[index].extend(checked.diagnostics);
        }
    }

    /// Keeps the trees.
    fn remember(self, trees: &mut FxHashMap<String, (Arc<str>, Checked<Arc<Tree>>)>) {
        let Loaded { sources, modules, mut syntax, .. } = self.loaded;
        for tree in modules.into_iter().flat_map(|module| module.trees) {
            let diagnostics = syntax.remove(&tree.file).unwrap_or_default();
            let path = sources.get(tree.file).path.to_string();
            trees.insert(path, (tree.text.clone(), Checked { value: tree, diagnostics }));
        }
    }
}

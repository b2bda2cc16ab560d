//! Templates that stand in a file or text of their own and see nothing but what they are given.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::program::{ExprId, Module, ModuleId};
use super::{LoadedModule, Resolver};
use crate::base::Text;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::effects::Limits;
use crate::base::schema::Schemas;
use crate::base::source::{FileId, Sources};
use crate::lang::functions::HostFunctions;
use crate::lang::syntax::parse_template;

/// A template whose names are resolved.
#[derive(Debug)]
pub struct LoneTemplate {
    /// Holds its expressions, and knows the directory and the functions of the module that renders it.
    pub module: Module,
    /// The text; the n-th name it is given is binding slot n.
    pub root: ExprId,
}

/// Reads a template that is given variables of these names; built-in functions and those of `caller` can be called in it.
fn lone_template(
    file: FileId,
    text: &Arc<str>,
    names: &[Text],
    caller: &Module,
    modules: &[Arc<Module>],
    host: &HostFunctions,
    limits: &Limits,
) -> Checked<LoneTemplate> {
    let parsed = parse_template(file, text, limits);
    let nothing = LoadedModule {
        directory: caller.directory.to_string(),
        trees: Vec::new(),
        sources: FxHashMap::default(),
    };
    let schemas = Schemas::default();
    let mut resolver = Resolver::new(ModuleId(u32::MAX), &nothing, &schemas, host, modules);
    resolver.module.functions = caller.functions.clone();
    resolver.scope = names.to_vec();
    resolver.lone = true;
    let root = resolver.expr(&parsed.value.tree, parsed.value.root);
    let (module, found, _) = resolver.finish();
    let mut diagnostics = parsed.diagnostics;
    // What was made of a broken text says nothing about its names.
    if diagnostics.is_empty() {
        diagnostics.extend(found);
    }
    Checked { value: LoneTemplate { module, root }, diagnostics }
}

/// The template files of a program, each read into the sources once and resolved once for each set of names.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    sources: Sources,
    host: HostFunctions,
    known: Arc<Mutex<FxHashMap<Key, Known>>>,
}

/// A file, the names it is given, and the module that renders it.
type Key = (Text, Box<[Text]>, ModuleId);

#[derive(Debug)]
struct Known {
    text: Arc<str>,
    template: Arc<Checked<LoneTemplate>>,
}

/// The file of a template that is in none.
pub const NOWHERE: FileId = FileId(u32::MAX);

/// How many templates are kept; beyond, they are read again.
const KEPT: usize = 4096;

impl Templates {
    /// None yet; files that are read are added to these sources, and the functions of `host` can be called.
    pub fn new(sources: &Sources, host: &HostFunctions) -> Self {
        Self { sources: sources.clone(), host: host.clone(), known: Arc::default() }
    }

    /// A template that stands in no file; its places are in [`NOWHERE`].
    pub fn text(
        &self,
        text: &str,
        names: &[Text],
        caller: &Module,
        modules: &[Arc<Module>],
        limits: &Limits,
    ) -> Checked<LoneTemplate> {
        lone_template(NOWHERE, &text.into(), names, caller, modules, &self.host, limits)
    }

    /// The template in the file at `path`, whose text is `text`.
    pub fn file(
        &self,
        path: &str,
        text: &str,
        names: &[Text],
        caller: &Module,
        modules: &[Arc<Module>],
        limits: &Limits,
    ) -> Arc<Checked<LoneTemplate>> {
        let key = (Text::from(path), names.into(), caller.id);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&key).filter(|known| *known.text == *text) {
            return Arc::clone(&known.template);
        }
        let file = self.sources.add_late(path, text);
        let text = Arc::clone(&self.sources.get(file).text);
        let template = Arc::new(lone_template(file, &text, names, caller, modules, &self.host, limits));
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, Known { text, template: Arc::clone(&template) });
        template
    }
}

/// The first error of a template, with how many more there are.
pub fn first_error(diagnostics: &[Diagnostic]) -> Option<Diagnostic> {
    let mut errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let first = errors.next()?.clone();
    Some(match errors.count() {
        0 => first,
        1 => first.note("one more error in this template"),
        more => first.note(format!("{more} more errors in this template")),
    })
}

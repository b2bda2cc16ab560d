//! Module sources: from a directory to the syntax trees of the root module and of every module it reaches.
//!
//! A source `./x` or `../x` is a path; `name/path` is looked up among the declared libraries, then in the standard
//! library built into the binary. Each module is loaded once, however often it is called.

mod ahead;

use std::mem;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use rustc_hash::FxHashMap;

use crate::base::codes;
use crate::base::diagnostic::{Checked, Diagnostic};
use crate::base::effects::{FileError, Files, Limits};
use crate::base::source::{FileId, Sources, Span, TextRange};
use crate::base::suggest::nearest;
use crate::lang::syntax::tree::{Block, Body, Expr, ExprKind, Item, TemplatePart, Tree};
use crate::lang::syntax::{damaged, parse};

/// `stdlib/`, as it was when the binary was built.
static STDLIB: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/stdlib");

/// How paths of the standard library are shown.
pub const STDLIB_PREFIX: &str = "<stdlib>/";

/// The modules of a program as text and trees.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// All files that were read.
    pub sources: Sources,
    /// A module comes after all modules it refers to; the root is last.
    pub modules: Vec<LoadedModule>,
    /// What was wrong with directories and sources of modules.
    pub diagnostics: Vec<Diagnostic>,
    /// What was wrong with the syntax, by file; files without mistakes are missing.
    pub syntax: FxHashMap<FileId, Vec<Diagnostic>>,
}

impl Loaded {
    /// Gives away what nobody needs once names are resolved: the expressions, by far the most of the trees.
    pub fn take_expressions(&mut self) -> Vec<Vec<Expr>> {
        let trees = self.modules.iter_mut().flat_map(|module| &mut module.trees).filter_map(Arc::get_mut);
        trees.map(|tree| mem::take(&mut tree.exprs)).collect()
    }
}

/// One module.
#[derive(Debug, Clone)]
pub struct LoadedModule {
    /// Its directory: relative to the project root, or `<stdlib>/…`.
    pub directory: String,
    /// Its files, by name.
    pub trees: Vec<Arc<Tree>>,
    /// Indexes of the modules its sources name; sources that could not be loaded (and are reported) are missing.
    pub sources: FxHashMap<String, usize>,
}

impl LoadedModule {
    /// Whether it declares a type, or a function, of this name.
    pub fn declares(&self, name: &str, function: bool) -> bool {
        self.trees.iter().any(|tree| {
            tree.body.items.iter().any(|item| match item {
                Item::Type(decl) => !function && tree.text(decl.name) == name,
                Item::Function(decl) => function && tree.text(decl.name) == name,
                _ => false,
            })
        })
    }
}

/// Where a module lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Location {
    Project(String),
    Stdlib(String),
}

impl Location {
    fn shown(&self) -> String {
        match self {
            Self::Project(path) => path.clone(),
            Self::Stdlib(path) => format!("{STDLIB_PREFIX}{path}"),
        }
    }

    /// The path of a file in it.
    fn file(&self, name: &str) -> String {
        match self {
            Self::Project(path) if path.is_empty() => name.to_owned(),
            _ => format!("{}/{name}", self.shown()),
        }
    }

    /// Paths and texts of the files of a module of the standard library.
    fn stdlib_texts(&self) -> Vec<(String, Arc<str>)> {
        let Self::Stdlib(path) = self else { return Vec::new() };
        let texts = stdlib_files(path).filter(|(path, _)| is_source(path));
        texts.map(|(path, text)| (path, Arc::from(text))).collect()
    }
}

/// Trees of an earlier load, by path, with what was wrong with their syntax.
pub type Remembered = FxHashMap<String, Checked<Arc<Tree>>>;

/// Loads the root module in `directory` and all modules reached from it.
pub fn load(files: &dyn Files, directory: &str, limits: &Limits) -> Loaded {
    load_again(files, directory, limits, Remembered::default())
}

/// The same after an earlier load: files whose text is what it was are not parsed again.
pub fn load_again(files: &dyn Files, directory: &str, limits: &Limits, remembered: Remembered) -> Loaded {
    let mut loader = Loader {
        files,
        limits,
        remembered,
        ahead: FxHashMap::default(),
        loaded: Loaded::default(),
        done: FxHashMap::default(),
        open: Vec::new(),
        libraries: FxHashMap::default(),
    };
    let root = Location::Project(directory.trim_matches('/').to_owned());
    loader.read_ahead(&root);
    if loader.module(&root, None).is_none() && loader.loaded.diagnostics.is_empty() {
        let message = format!("there is no module in `{}`", root.shown());
        let diagnostic = Diagnostic::without_place(codes::MODULE_NOT_FOUND, message)
            .help("a module is a directory with `.prov` files in it");
        loader.loaded.diagnostics.push(diagnostic);
    }
    loader.loaded
}

/// The names of all modules of the standard library, such as `platform/database`.
pub fn stdlib_modules() -> impl Iterator<Item = String> {
    fn walk(dir: &'static Dir<'static>, out: &mut Vec<String>) {
        if dir.files().any(|file| is_source(&file.path().to_string_lossy())) {
            out.push(dir.path().to_string_lossy().replace('\\', "/"));
        }
        dir.dirs().for_each(|dir| walk(dir, out));
    }
    let mut names = Vec::new();
    walk(&STDLIB, &mut names);
    names.retain(|name| !name.is_empty() && !name.starts_with("cloud"));
    names.into_iter()
}

/// The files of one directory of the standard library, as path and text.
pub fn stdlib_files(directory: &str) -> impl Iterator<Item = (String, &'static str)> + use<> {
    let files = STDLIB.get_dir(directory).into_iter().flat_map(Dir::files);
    files.filter_map(|file| {
        Some((format!("{STDLIB_PREFIX}{}", file.path().to_string_lossy()), file.contents_utf8()?))
    })
}

/// Whether a file of this name, in the directory of a module, is part of it.
pub fn is_source(name: &str) -> bool {
    name.ends_with(".prov") && !name.ends_with(".test.prov")
}

/// A source some block names.
struct Source {
    text: String,
    span: Span,
}

/// A file that was read and parsed, before it has an id.
struct Parsed {
    path: String,
    tree: Checked<Arc<Tree>>,
}

struct Loader<'a> {
    files: &'a dyn Files,
    limits: &'a Limits,
    remembered: Remembered,
    /// Modules that were read ahead.
    ahead: FxHashMap<Location, Vec<Parsed>>,
    loaded: Loaded,
    /// What became of each location: its index, or `None` if it could not be loaded.
    done: FxHashMap<Location, Option<usize>>,
    /// The modules being loaded, outermost first, with the place that asked for each.
    open: Vec<(Location, Option<Span>)>,
    /// Library name → directory, from the root module.
    libraries: FxHashMap<String, String>,
}

impl Loader<'_> {
    /// Loads a module and what it reaches; `None` if there is none (reported, except for the root).
    fn module(&mut self, location: &Location, asked: Option<Span>) -> Option<usize> {
        if let Some(done) = self.done.get(location) {
            return *done;
        }
        if let Some(at) = self.open.iter().position(|(open, _)| open == location) {
            self.report_loop(at, asked);
            return None;
        }
        let files = match self.ahead.remove(location) {
            Some(files) => files,
            None => {
                let parsed = |(path, text): (String, Arc<str>)| Parsed {
                    path,
                    tree: parse(FileId(0), &text, self.limits).map(Arc::new),
                };
                self.read(location, asked)?.into_iter().map(parsed).collect()
            }
        };
        if files.is_empty() {
            return None;
        }
        let mut trees = Vec::with_capacity(files.len());
        for Parsed { path, tree: Checked { mut value, mut diagnostics } } in files {
            let file = self.loaded.sources.add(path.as_str(), Arc::clone(&value.text));
            if value.file != file {
                Arc::make_mut(&mut value).file = file;
                diagnostics.iter_mut().flat_map(Diagnostic::spans_mut).for_each(|span| span.file = file);
            }
            if !diagnostics.is_empty() {
                self.loaded.syntax.insert(file, diagnostics);
            }
            trees.push(value);
        }
        if asked.is_none() {
            self.declare_libraries(location, trees.iter());
        }
        self.open.push((location.clone(), asked));
        let mut sources = FxHashMap::default();
        let errors = |tree: &Tree| self.loaded.syntax.get(&tree.file).map_or(&[][..], Vec::as_slice);
        let named: Vec<_> = trees.iter().flat_map(|tree| sources_of(tree, errors(tree))).collect();
        for source in named {
            if let Some(target) = self.locate(location, &source)
                && let Some(index) = self.reach(&target, &source)
            {
                sources.insert(source.text, index);
            }
        }
        self.open.pop();
        let index = self.loaded.modules.len();
        self.loaded.modules.push(LoadedModule { directory: location.shown(), trees, sources });
        self.done.insert(location.clone(), Some(index));
        Some(index)
    }

    fn reach(&mut self, target: &Location, source: &Source) -> Option<usize> {
        let before = self.loaded.diagnostics.len();
        let index = self.module(target, Some(source.span));
        if index.is_none() && self.loaded.diagnostics.len() == before && !self.done.contains_key(target) {
            let diagnostic = self.not_found(target, source);
            self.loaded.diagnostics.push(diagnostic);
            self.done.insert(target.clone(), None);
        }
        index
    }

    /// Paths and texts of a module's files, sorted; `None` if something else than absence was wrong.
    fn read(&mut self, location: &Location, asked: Option<Span>) -> Option<Vec<(String, Arc<str>)>> {
        let directory = match location {
            Location::Stdlib(_) => return Some(location.stdlib_texts()),
            Location::Project(directory) => directory,
        };
        let entries = match self.files.list(directory) {
            Ok(entries) => entries,
            Err(FileError::NotFound) => return Some(Vec::new()),
            Err(error) => {
                self.unreadable(directory, &error, asked);
                return None;
            }
        };
        let mut texts = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.directory && is_source(&entry.name)) {
            let path = location.file(&entry.name);
            match self.files.read(&path) {
                Ok(bytes) if bytes.len() as u64 > self.limits.file_bytes => {
                    let error = FileError::TooLarge { limit: self.limits.file_bytes };
                    self.unreadable(&path, &error, asked);
                }
                Ok(bytes) => texts.push((path.clone(), self.decode(&path, &bytes))),
                Err(error) => self.unreadable(&path, &error, asked),
            }
        }
        Some(texts)
    }

    /// The text of a file; what is not UTF-8 is reported and replaced.
    fn decode(&mut self, path: &str, bytes: &[u8]) -> Arc<str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(error) => {
                let good = error.valid_up_to();
                // Only what stands before can be read; the rest of the file is left alone.
                let text = String::from_utf8_lossy(&bytes[..good]).into_owned() + "\u{FFFD}\n";
                let file = self.loaded.sources.add(path, text);
                let span = TextRange::new(good as u32, good as u32 + 3).in_file(file);
                let bad = bytes.get(good).copied().unwrap_or_default();
                self.loaded.diagnostics.push(
                    Diagnostic::new(codes::NOT_UTF8, span, "this file is not UTF-8 text")
                        .here(format!("the byte 0x{bad:02x} begins no character"))
                        .help("save the file as UTF-8; nothing from here on was read"),
                );
                String::from_utf8_lossy(&bytes[..good]).into()
            }
        }
    }

    fn unreadable(&mut self, path: &str, error: &FileError, asked: Option<Span>) {
        let code = match error {
            FileError::Outside => codes::SOURCE_OUTSIDE_PROJECT,
            FileError::TooLarge { .. } => codes::INPUT_TOO_LARGE,
            FileError::NotFound | FileError::Other(_) => codes::FILE_UNREADABLE,
        };
        let message = format!("`{path}` can't be read: {error}");
        self.loaded.diagnostics.push(match asked {
            Some(span) => Diagnostic::new(code, span, message).here("asked for here"),
            None => Diagnostic::without_place(code, message),
        });
    }

    /// Where a source lives; `None` (reported) if it may not.
    fn locate(&mut self, from: &Location, source: &Source) -> Option<Location> {
        let place = self.place(from, &source.text);
        if place.is_none() {
            self.loaded.diagnostics.push(
                Diagnostic::new(
                    codes::SOURCE_OUTSIDE_PROJECT,
                    source.span,
                    "this source leads out of the project",
                )
                .here(match from.shown().as_str() {
                    "" => "from the root of the project".to_owned(),
                    shown => format!("from `{shown}`"),
                })
                .help(
                    "move the module into the project, or declare it under `libraries` in the `prov` block",
                ),
            );
        }
        place
    }

    /// The same, without a report.
    fn place(&self, from: &Location, text: &str) -> Option<Location> {
        if text.starts_with("./") || text.starts_with("../") || text == "." || text == ".." {
            return match from {
                Location::Project(base) => join(base, text).map(Location::Project),
                Location::Stdlib(base) => join(base, text).map(Location::Stdlib),
            };
        }
        let (library, rest) = text.split_once('/').unwrap_or((text, ""));
        if let Some(directory) = self.libraries.get(library)
            && let Some(path) = join(directory, &format!("./{rest}"))
        {
            return Some(Location::Project(path));
        }
        Some(Location::Stdlib(text.trim_end_matches('/').to_owned()))
    }

    fn not_found(&self, target: &Location, source: &Source) -> Diagnostic {
        let diagnostic = Diagnostic::new(
            codes::MODULE_NOT_FOUND,
            source.span,
            format!("there is no module {:?}", source.text),
        );
        match target {
            Location::Project(path) => diagnostic.here(format!("no `.prov` files in `{path}`")),
            Location::Stdlib(path) if path.contains("://") || path.contains("::") || path.contains('.') => {
                diagnostic.here("neither a path nor a name of the standard library").help(
                    "a source is a path that begins with `./` or `../`, or the name of a library module",
                )
            }
            Location::Stdlib(path) => {
                let names: Vec<_> = stdlib_modules().collect();
                match nearest(path, names.iter().map(String::as_str)) {
                    Some(name) => diagnostic.here(format!("did you mean {name:?}?")).replace(
                        crate::base::diagnostic::FixLevel::Review,
                        format!("change it to {name:?}"),
                        source.span,
                        format!("{name:?}"),
                    ),
                    None => diagnostic
                        .here("not in the standard library")
                        .note(format!("the standard library has {}", names.join(", ")))
                        .help("a path begins with `./` or `../`"),
                }
            }
        }
    }

    fn report_loop(&mut self, at: usize, asked: Option<Span>) {
        let Some(span) = asked else { return };
        let names: Vec<_> = self.open[at..].iter().map(|(location, _)| location.shown()).collect();
        let mut diagnostic =
            Diagnostic::new(codes::DEPENDENCY_CYCLE, span, "modules use each other in a circle")
                .here(format!("leads back to `{}`", names[0]))
                .note(format!("{} → {}", names.join(" → "), names[0]))
                .help("move what both need into a module of its own");
        for (location, asked) in &self.open[at + 1..] {
            if let Some(span) = asked {
                diagnostic = diagnostic.label(*span, format!("uses `{}`", location.shown()));
            }
        }
        self.loaded.diagnostics.push(diagnostic);
    }

    fn declare_libraries<'t>(&mut self, root: &Location, trees: impl Iterator<Item = &'t Arc<Tree>>) {
        let Location::Project(base) = root else { return };
        for tree in trees {
            let settings =
                blocks(&tree.body).filter(|block| matches!(tree.text(block.kind), "prov" | "terraform"));
            for attribute in settings.flat_map(|block| &block.body.items) {
                let Item::Attribute(attribute) = attribute else { continue };
                if tree.text(attribute.name) != "libraries" {
                    continue;
                }
                let ExprKind::Object(items) = &tree.expr(attribute.value).kind else { continue };
                for item in items {
                    let name = tree.text(tree.expr(item.key).range).trim_matches('"').to_owned();
                    if let Some((source, _)) = literal(tree, item.value)
                        && let Some(path) = join(base, &source)
                    {
                        self.libraries.insert(name, path);
                    }
                }
            }
        }
    }
}

/// `base` and a relative path as one path without `.` and `..`; `None` if it leads above the root.
fn join(base: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn blocks(body: &Body) -> impl Iterator<Item = &Block> {
    body.items.iter().filter_map(|item| match item {
        Item::Block(block) => Some(block),
        _ => None,
    })
}

/// What of a file decides which modules are loaded: as long as it stays the same, so do they.
pub fn skeleton(tree: &Tree, errors: &[Diagnostic]) -> Vec<String> {
    let mut skeleton: Vec<String> = sources_of(tree, errors).into_iter().map(|source| source.text).collect();
    let settings = blocks(&tree.body).filter(|block| matches!(tree.text(block.kind), "prov" | "terraform"));
    skeleton.extend(settings.map(|block| tree.text(block.range).to_owned()));
    skeleton
}

/// The sources a file names in `module` and `use`, but for those that could not be read as they are written.
fn sources_of(tree: &Tree, errors: &[Diagnostic]) -> Vec<Source> {
    let mut sources: Vec<(String, TextRange)> = Vec::new();
    for item in &tree.body.items {
        match item {
            Item::Use(decl) => {
                let text = tree.text(decl.path).trim_matches('"').to_owned();
                sources.push((text, decl.path));
            }
            Item::Block(block) if tree.text(block.kind) == "module" => {
                let source = block.body.items.iter().find_map(|item| match item {
                    Item::Attribute(attribute) if tree.text(attribute.name) == "source" => {
                        literal(tree, attribute.value)
                    }
                    _ => None,
                });
                sources.extend(source);
            }
            _ => {}
        }
    }
    if !errors.is_empty() {
        let broken = damaged(tree, errors);
        sources.retain(|(_, at)| !broken.iter().any(|span| span.start <= at.start && at.end <= span.end));
    }
    sources.into_iter().map(|(text, at)| Source { text, span: tree.span(at) }).collect()
}

/// The value of a string without anything to evaluate in it.
fn literal(tree: &Tree, id: crate::lang::syntax::tree::ExprId) -> Option<(String, TextRange)> {
    let expr = tree.expr(id);
    let ExprKind::Template(template) = &expr.kind else { return None };
    let text = match &*template.parts {
        [] => String::new(),
        [TemplatePart::Literal { value, .. }] => value.to_string(),
        _ => return None,
    };
    Some((text, expr.range))
}

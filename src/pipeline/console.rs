//! Expressions over an account, one at a time: what they are, what their type is, and what could be written next.

use std::sync::Arc;

use super::inputs::{Inputs, Values};
use super::{Account, Setup, Stoppable, findings, surroundings};
use crate::base::Text;
use crate::base::assign::type_of;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Cancel;
use crate::base::report::Report;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Value;
use crate::engine::events::Quiet;
use crate::engine::options::PlanOptions;
use crate::engine::plan::{self, Given, View};
use crate::engine::state::State;
use crate::lang::check::{self, ModuleFacts};
use crate::lang::functions;
use crate::lang::lints::Lints;
use crate::lang::load::{self, Loaded, LoadedModule};
use crate::lang::resolve;
use crate::lang::resolve::program::{Module, Program};
use crate::lang::syntax::parse_expression;

/// How the text of an expression is called in diagnostics.
const NAME: &str = "<console>";

/// An account that expressions are evaluated over. Its resources are as the state has them; nobody is asked.
///
/// ```
/// use prov::engine::state::State;
/// use prov::world::files::MemoryFiles;
/// use prov::{Cancel, Engine, Inputs};
///
/// let files = MemoryFiles::new([("main.prov", "locals { zones = [\"a\", \"b\"] }\noutput \"z\" { value = local.zones }\n")]);
/// let engine = Engine::builder().files(files).build()?;
/// let console = engine.check("").console(&Inputs::new(), &State::default())?;
/// let answer = console.evaluate("length(local.zones) * 2", &Cancel::new());
/// assert_eq!(answer.value.unwrap().to_string(), "4");
/// assert_eq!(answer.ty.to_string(), "int");
/// # Ok::<(), prov::Report>(())
/// ```
pub struct Console {
    setup: Arc<Setup>,
    loaded: Loaded,
    program: Program,
    facts: Vec<Arc<ModuleFacts>>,
    view: View,
    /// What is wrong with the account's values.
    pub diagnostics: Report,
}

/// What is to be said of an expression.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its value; `None` if it has none, or if only its type was asked for.
    pub value: Option<Value>,
    /// Its type; the error type where it is wrong.
    pub ty: Type,
    /// What is wrong with it, pointing into its text, which is called `<console>`.
    pub report: Report,
}

/// Something that could be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// What it is called.
    pub name: String,
    /// What is written: with `(` for a function.
    pub text: String,
}

impl Account {
    /// The account as something that expressions can be evaluated over. A directory without sources is an account without
    /// declarations; a variable without a value is not known.
    ///
    /// # Errors
    /// All that is wrong with the account, and values that do not fit.
    pub fn console(&self, inputs: &Inputs, state: &State) -> Result<Console, Report> {
        Console::new(&self.inner.setup, self.directory(), inputs, state)
    }
}

impl Console {
    fn new(setup: &Arc<Setup>, directory: &str, inputs: &Inputs, state: &State) -> Result<Self, Report> {
        let files = Stoppable { files: &*setup.files, cancel: &setup.cancel };
        let mut loaded = load::load(&files, directory, &setup.limits);
        if loaded.modules.is_empty() && loaded.diagnostics.iter().all(|d| d.code == codes::MODULE_NOT_FOUND) {
            loaded.diagnostics.clear();
            loaded.modules.push(LoadedModule {
                directory: directory.to_owned(),
                trees: Vec::new(),
                sources: Default::default(),
            });
        }
        let resolved = resolve::resolve(&loaded, &setup.schemas, &setup.functions);
        let program = resolved.value;
        let checked = check::check(&program, &surroundings(setup, &*setup.files, &loaded));
        let lints = Lints::new(&setup.lints, program.modules.iter().map(|module| &**module));
        let later = resolved.diagnostics.into_iter().chain(checked.diagnostics);
        let said = findings::findings(&loaded, &lints, later);
        let report = |diagnostics| Report { diagnostics, sources: loaded.sources.clone() };
        if setup.cancel.is_cancelled() {
            return Err(report(vec![plan::stopped("the check")]));
        }
        if said.iter().any(Diagnostic::is_error) {
            return Err(report(said));
        }
        let mut sources = loaded.sources.clone();
        let given = inputs.values(&program, &setup.limits, &mut sources);
        loaded.sources = sources;
        let report = |diagnostics| Report { diagnostics, sources: loaded.sources.clone() };
        let mut given = given.map_err(report)?;
        unknown_where_missing(&program, &mut given);
        let source = plan::Source {
            program: Arc::new(program.clone()),
            schemas: setup.schemas.clone(),
            files: setup.files.clone(),
            limits: setup.limits,
            lints: Arc::default(),
        };
        let request = plan::Request {
            providers: &setup.providers,
            given: &given,
            options: &PlanOptions::default(),
            state,
            events: &Quiet,
            cancel: &setup.cancel,
            recorded: None,
        };
        let (view, wrong) = plan::look(source, request).map_err(|error| report(vec![*error]))?;
        let diagnostics = report(wrong);
        Ok(Self { setup: setup.clone(), facts: checked.value, view, diagnostics, loaded, program })
    }

    /// The value and type of an expression. Never fails: what is wrong is in the report.
    pub fn evaluate(&self, text: &str, cancel: &Cancel) -> Answer {
        self.answer(text, Some(cancel))
    }

    /// The type of an expression, without evaluating it.
    pub fn infer(&self, text: &str) -> Answer {
        self.answer(text, None)
    }

    fn answer(&self, text: &str, cancel: Option<&Cancel>) -> Answer {
        let mut loaded = Loaded { sources: self.loaded.sources.clone(), ..Loaded::default() };
        let file = loaded.sources.add(NAME, text);
        let text = loaded.sources.get(file).text.clone();
        let parsed = parse_expression(file, &text, &self.setup.limits);
        let broken =
            |diagnostics, ty, sources| Answer { value: None, ty, report: Report { diagnostics, sources } };
        if parsed.has_errors() {
            return broken(parsed.diagnostics, Type::error(), loaded.sources);
        }
        let root = self.program.root;
        let Some(source) = self.loaded.modules.get(root.0 as usize) else {
            return broken(Vec::new(), Type::error(), loaded.sources);
        };
        let setup = &self.setup;
        let modules = &self.program.modules;
        let resolved =
            resolve::expression(source, root, &setup.schemas, &setup.functions, modules, &parsed.value);
        let mut diagnostics = parsed.diagnostics;
        diagnostics.extend(resolved.diagnostics);
        let (module, expr) = resolved.value;
        let module: Arc<Module> = Arc::new(module);
        let surroundings = surroundings(setup, &*setup.files, &loaded);
        let checked = check::expression(&self.program, &module, expr, &surroundings, &self.facts);
        diagnostics.extend(checked.diagnostics);
        let ty = checked.value.ty;
        let mut answer = broken(diagnostics, ty, loaded.sources);
        if answer.report.iter().any(Diagnostic::is_error) {
            answer.ty = Type::error();
            return answer;
        }
        let Some(cancel) = cancel else { return answer };
        match self.view.eval(&module, expr, cancel) {
            Ok(value) => {
                // What is known only now says more than `any`.
                if answer.ty.is_any() && !value.is_unknown() {
                    answer.ty = type_of(&value);
                }
                answer.value = Some(value.mark(answer.ty.secret));
            }
            Err(error) => answer.report.diagnostics.push(*error),
        }
        answer
    }

    /// What could be written at this byte of a text: where the word begins, and the candidates, sorted.
    pub fn complete(&self, text: &str, at: usize) -> (usize, Vec<Candidate>) {
        let before = text.get(..at).unwrap_or(text);
        let is_word =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '?' | '[' | ']' | '"');
        let begin =
            before.char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(at, |(at, _)| at);
        let word = &before[begin..];
        let (base, part) = match word.rsplit_once('.') {
            Some((base, part)) => (Some(base.trim_end_matches('?')), part),
            None => (None, word),
        };
        // Brackets and quotes before the word belong to what stands around it.
        let part = match base {
            Some(_) => part,
            None => part.trim_start_matches(['[', ']', '"', '?', '-']),
        };
        let base = base.map(|base| base.trim_start_matches(['[', '"', '-']));
        let mut found = match base {
            Some(base) => self.members(base),
            None => self.names(),
        };
        found.retain(|candidate| candidate.name.starts_with(part));
        found.sort();
        found.dedup();
        (at - part.len(), found)
    }

    /// What can begin an expression.
    fn names(&self) -> Vec<Candidate> {
        let root = self.program.root();
        let host = self.setup.functions.iter().map(|function| function.name());
        let builtin = functions::all().map(|function| function.name);
        let called = root.functions.keys().map(Text::as_str).chain(host).chain(builtin);
        let kinds = root.resources.keys().filter(|key| key.mode == crate::base::address::Mode::Managed);
        let words = ["var", "local", "module", "data", "path", "true", "false", "null", "match"];
        let words = words.into_iter().chain(kinds.map(|key| key.kind.as_str()));
        called.map(|name| candidate(name, "(")).chain(words.map(|name| candidate(name, ""))).collect()
    }

    /// What can stand behind `base.`
    fn members(&self, base: &str) -> Vec<Candidate> {
        let root = self.program.root();
        let plain = |names: &mut dyn Iterator<Item = &Text>| names.map(|name| candidate(name, "")).collect();
        match base {
            "var" => plain(&mut root.variables.keys()),
            "local" => plain(&mut root.locals.keys()),
            "module" => plain(&mut root.calls.keys()),
            "path" => ["module", "root", "cwd"].map(|name| candidate(name, "")).into(),
            _ => {
                let (data, kind) = match base.strip_prefix("data") {
                    Some(rest) if rest.is_empty() || rest.starts_with('.') => {
                        (true, rest.trim_start_matches('.'))
                    }
                    _ => (false, base),
                };
                let of_mode = root
                    .resources
                    .keys()
                    .filter(|key| data == (key.mode == crate::base::address::Mode::Data));
                if data && kind.is_empty() {
                    return plain(&mut of_mode.map(|key| &key.kind));
                }
                let named: Vec<_> = plain(&mut of_mode.filter(|key| key.kind == kind).map(|key| &key.name));
                if named.is_empty() { self.attributes(base) } else { named }
            }
        }
    }

    fn attributes(&self, base: &str) -> Vec<Candidate> {
        match &self.infer(base).ty.kind {
            TypeKind::Object(object) => object.attributes.keys().map(|name| candidate(name, "")).collect(),
            _ => Vec::new(),
        }
    }
}

fn candidate(name: &str, behind: &str) -> Candidate {
    Candidate { name: name.to_owned(), text: format!("{name}{behind}") }
}

/// A variable nobody gives a value is not known.
fn unknown_where_missing(program: &Program, given: &mut Values) {
    for (name, variable) in &program.root().variables {
        if variable.default.is_none() && !given.contains_key(name) {
            let value = Value::unknown(variable.ty.clone());
            given.insert(name.clone(), Given { value, origin: "nobody".into(), span: None });
        }
    }
}

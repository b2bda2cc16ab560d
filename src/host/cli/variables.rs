//! Values for variables, from everywhere they can be given, later ones winning as in OpenTofu: the environment,
//! `prov.provvars`, `prov.provvars.json`, `*.auto.provvars` and `*.auto.provvars.json` by name, then `--var` and
//! `--var-file` in the order they are typed.

mod json;

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};

use super::session::{Ended, Project};
use super::status::ExitStatus;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::lines::Columns;
use crate::base::source::{FileId, Sources, TextRange};
use crate::base::value::Value;
use crate::lang::resolve::constant;
use crate::lang::syntax;
use crate::lang::syntax::tree::{ExprKind, Item};
use crate::pipeline::inputs::InputFile;
use crate::pipeline::{InputValue, Inputs, Origin};

/// What was typed, in order.
#[derive(Debug, Clone, Default)]
pub struct GivenVariables(Vec<Given>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Value(String),
    File(PathBuf),
}

impl Args for GivenVariables {
    fn augment_args(command: Command) -> Command {
        let value = Arg::new("var")
            .long("var")
            .value_name("NAME=VALUE")
            .help("Set a variable")
            .help_heading("Variables")
            .action(ArgAction::Append);
        let file = Arg::new("var-file")
            .long("var-file")
            .value_name("FILE")
            .help("Read variables from a file (*.provvars, or JSON)")
            .help_heading("Variables")
            .value_hint(ValueHint::FilePath)
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append);
        command.arg(value).arg(file)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for GivenVariables {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given: Vec<(usize, Given)> = Vec::new();
        let at = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<_>>();
        let values = matches.get_many::<String>("var").into_iter().flatten().cloned().map(Given::Value);
        given.extend(at("var").into_iter().zip(values));
        let files = matches.get_many::<PathBuf>("var-file").into_iter().flatten().cloned().map(Given::File);
        given.extend(at("var-file").into_iter().zip(files));
        given.sort_by_key(|(at, _)| *at);
        Ok(Self(given.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The prefix of variables in the environment.
const PREFIX: &str = "PROV_VAR_";

/// All values. Says what is wrong with how they are given; whether they fit is for the plan to say.
pub fn collect(project: &Project, given: &GivenVariables) -> Ended<Inputs> {
    let mut inputs = Inputs::new();
    let mut environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value)))
        .collect();
    environment.sort();
    for (name, value) in environment {
        inputs.set(name, InputValue::Text(value.into()), Origin::Environment);
    }
    let mut reader = Reader { project, sources: Sources::new(), wrong: Vec::new(), inputs };
    for file in automatic(&project.directory()) {
        reader.file(&file);
    }
    for given in &given.0 {
        match given {
            Given::File(file) => reader.file(&project.session.directory.join(file)),
            Given::Value(text) => reader.flag(text),
        }
    }
    if reader.wrong.is_empty() {
        return Ok(reader.inputs);
    }
    project.report(&reader.wrong, &reader.sources);
    Err(ExitStatus::Failure)
}

/// The files that are read without being named, in the order they are read.
fn automatic(account: &Path) -> Vec<PathBuf> {
    let mut files: Vec<String> = std::fs::read_dir(account)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".auto.provvars") || name.ends_with(".auto.provvars.json"))
        .collect();
    files.sort();
    let fixed = ["prov.provvars", "prov.provvars.json"].map(str::to_owned);
    let present = fixed.into_iter().filter(|name| account.join(name).is_file());
    present.chain(files).map(|name| account.join(name)).collect()
}

struct Reader<'p> {
    project: &'p Project,
    sources: Sources,
    wrong: Vec<Diagnostic>,
    inputs: Inputs,
}

impl Reader<'_> {
    fn flag(&mut self, text: &str) {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                self.inputs.set(name.trim(), InputValue::Text(value.into()), Origin::Flag);
            }
            _ => self.wrong.push(
                Diagnostic::without_place(codes::USAGE, format!("--var {text:?} gives no value"))
                    .help("write --var name=value"),
            ),
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = path.strip_prefix(self.project.files.root()).unwrap_or(path).display().to_string();
        let limits = Limits::default();
        let read = std::fs::metadata(path).and_then(|about| {
            if about.len() > limits.file_bytes {
                return Err(std::io::Error::other("it is too large"));
            }
            std::fs::read_to_string(path)
        });
        match read {
            Err(error) => self.wrong.push(Diagnostic::without_place(
                codes::FILE_UNREADABLE,
                format!("the variable file {shown} can't be read: {error}"),
            )),
            Ok(text) if path.extension().is_some_and(|extension| extension == "json") => {
                self.json(&shown, &text)
            }
            Ok(text) => self.values(&shown, &text, &limits),
        }
    }

    fn json(&mut self, shown: &str, text: &str) {
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(values) => {
                let mut entries = Entries::new(self, shown, text);
                for (name, at, value) in json::entries(text) {
                    if let Some(found) = values.get(&name) {
                        let found = crate::host::render::values::from_json(found);
                        entries.add(&name, at, value, Some(found));
                    }
                }
                entries.done();
            }
            Err(error) => {
                let (line, column) = (error.line().max(1), error.column().max(1));
                let file = self.sources.add(shown, text);
                let source = self.sources.get(file);
                let position =
                    crate::base::lines::Position { line: line as u32 - 1, column: column as u32 - 1 };
                let at = source.lines().offset(position, &source.text, Columns::Utf8);
                let span = crate::base::source::Span { file, start: at, end: at };
                self.wrong.push(
                    Diagnostic::new(
                        codes::SYNTAX,
                        span,
                        "a variable file in JSON is one object of names and values",
                    )
                    .note(error.to_string()),
                );
            }
        }
    }

    fn values(&mut self, shown: &str, text: &str, limits: &Limits) {
        let file = self.sources.add(shown, text);
        let source = self.sources.get(file).clone();
        let parsed = syntax::parse(file, &source.text, limits);
        self.wrong.extend(parsed.diagnostics);
        let tree = parsed.value;
        let mut entries = Entries::new(self, shown, text);
        for item in &tree.body.items {
            let attribute = match item {
                Item::Attribute(attribute) => attribute,
                Item::Block(block) => {
                    entries.reader.wrong.push(
                        Diagnostic::new(
                            codes::UNKNOWN_BLOCK,
                            tree.span(block.kind),
                            "a variable file holds no blocks",
                        )
                        .help("write one line per variable: name = value"),
                    );
                    continue;
                }
                _ => continue,
            };
            let expr = tree.expr(attribute.value);
            let value = constant(&tree, attribute.value);
            if value.is_none() && !matches!(expr.kind, ExprKind::Error) {
                entries.reader.wrong.push(
                    Diagnostic::new(
                        codes::EVALUATION_FAILED,
                        tree.span(expr.range),
                        "a variable file holds plain values only",
                    )
                    .here("is an expression")
                    .help("compute it in a local of the account, from a variable with a plain value"),
                );
            }
            entries.add(tree.text(attribute.name), attribute.name, expr.range, value);
        }
        entries.done();
    }
}

/// What one variable file sets.
struct Entries<'r, 'p> {
    reader: &'r mut Reader<'p>,
    file: FileId,
    input: InputFile,
}

impl<'r, 'p> Entries<'r, 'p> {
    fn new(reader: &'r mut Reader<'p>, shown: &str, text: &str) -> Self {
        let file = match reader.sources.by_path(shown) {
            Some(source) => source.id,
            None => reader.sources.add(shown, text),
        };
        let input = InputFile { path: shown.into(), text: text.into(), entries: Vec::new() };
        Self { reader, file, input }
    }

    /// A name, its place and that of its value; a value that could not be read was reported.
    fn add(&mut self, name: &str, at: TextRange, place: TextRange, value: Option<Value>) {
        if let Some((_, first, _)) = self.input.entries.iter().find(|(known, ..)| known == name) {
            let message = format!("the variable `{name}` is set twice");
            self.reader.wrong.push(
                Diagnostic::new(codes::DUPLICATE_DEFINITION, at.in_file(self.file), message)
                    .here("again here")
                    .label(first.in_file(self.file), "first set here")
                    .help("keep one of them"),
            );
            return;
        }
        if let Some(value) = value {
            let source = self.reader.sources.get(self.file);
            let line = source.lines().position(at.start, &source.text, Columns::Chars).line + 1;
            let entry = Some((self.reader.inputs.files.len(), self.input.entries.len()));
            let origin = Origin::File { path: self.input.path.clone(), line, entry };
            self.reader.inputs.set(name, InputValue::Value(value), origin);
        }
        self.input.entries.push((name.into(), at, place));
    }

    fn done(self) {
        self.reader.inputs.files.push(self.input);
    }
}

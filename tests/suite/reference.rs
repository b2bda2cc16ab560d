//! The language reference is true: each of its examples does what the page says.
//!
//! What a fenced block promises stands behind its three backquotes:
//!
//! - `prov` is a whole module about which there is nothing to say;
//! - `prov,error=CODE` is one about which that is said and nothing else, once on each line that ends with `# refused`;
//! - `prov,warning=CODE` is the same with `# warned`;
//! - `prov,value` has lines `EXPRESSION  # => VALUE`; its other lines are declarations they may use;
//! - `prov,file=PATH` is a file beside all modules that follow.
//!
//! Anything else that begins with `prov` is a mistake in the page.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use prov::Engine;
use prov::base::Text;
use prov::base::address::InstanceKey;
use prov::base::codes::Code;
use prov::base::diagnostic::{Diagnostic, Severity};
use prov::base::effects::{Files, Limits};
use prov::base::source::FileId;
use prov::base::value::Value;
use prov::engine::provider::Provider;
use prov::lang::eval::{Context, EvalError, Lookup, NoLookup, eval};
use prov::lang::functions;
use prov::lang::resolve::program::Module;
use prov::lang::syntax::format;
use prov::pipeline::Account;
use prov::world::files::MemoryFiles;
use prov::world::registry;

static PROVIDERS: LazyLock<Vec<Arc<dyn Provider>>> =
    LazyLock::new(|| registry::providers(Path::new("/nowhere/to/be/found")));

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md");

fn page() -> String {
    std::fs::read_to_string(PAGE).unwrap()
}

/// A fenced block.
struct Block {
    tag: String,
    /// The line its text begins in, from 1.
    line: usize,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (at, line) in page().lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(tag) => {
                inside = true;
                blocks.push(Block { tag: tag.trim().to_owned(), line: at + 2, text: String::new() });
            }
            None if inside => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "the last fence is never closed");
    blocks
}

async fn check(beside: &[(String, String)], text: &str, directory: &str) -> (Account, MemoryFiles) {
    let mut files = MemoryFiles::new(beside.iter().map(|(path, text)| (path.clone(), text)));
    if directory.is_empty() {
        files.insert("main.prov", text);
    }
    let mut builder = Engine::builder().files(files.clone());
    for provider in PROVIDERS.iter() {
        builder = builder.provider(provider.clone());
    }
    (builder.build().unwrap().check(directory), files)
}

fn told(line: usize, account: &Account, diagnostic: &Diagnostic) -> String {
    let place = diagnostic.primary.as_ref().map(|label| account.sources().text(label.span).to_owned());
    let place = place.map(|text| format!(" at {text:?}")).unwrap_or_default();
    format!("example in line {line}: {}: {}{place}", diagnostic.code.name(), diagnostic.message)
}

/// Everything that is said, where nothing should be.
fn silent(line: usize, account: &Account) -> Vec<String> {
    account.diagnostics().iter().map(|d| told(line, account, d)).collect()
}

/// What is wrong with a block that promises this code, of this severity, on the lines with `mark`, and nothing else.
fn differs(block: &Block, account: &Account, code: &str, severity: Severity, mark: &str) -> Vec<String> {
    let line = block.line;
    let Some(code) = Code::find(code) else { return vec![format!("line {line}: there is no code {code}")] };
    let mut wrong = Vec::new();
    if code.severity() != severity {
        wrong.push(format!("line {line}: {} is of another severity", code.name()));
    }
    let (right, other): (Vec<_>, Vec<_>) = account.diagnostics().iter().partition(|d| d.code == code);
    wrong.extend(other.iter().map(|d| told(line, account, d)));
    let mut found: Vec<_> = right
        .iter()
        .map(|d| {
            let start = d.primary.as_ref().expect("what is wrong in a file has a place").span.start;
            line + block.text[..start as usize].matches('\n').count()
        })
        .collect();
    let marked = block.text.lines().enumerate().filter(|(_, text)| text.ends_with(mark));
    let marked: Vec<_> = marked.map(|(at, _)| line + at).collect();
    found.sort_unstable();
    if found != marked || found.is_empty() {
        wrong.push(format!("{mark} stands on the lines {marked:?}, and {} is on {found:?}", code.name()));
    }
    wrong
}

/// Locals have their values, nothing else has one.
struct Locals<'a> {
    module: &'a Module,
    context: &'a Context<'a>,
    depth: Cell<u32>,
}

impl Lookup for Locals<'_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.variable(index)
    }
    fn local(&self, index: u32) -> Result<Value, EvalError> {
        self.depth.set(self.depth.get() + 1);
        assert!(self.depth.get() < 50, "locals of an example go in circles");
        let value = eval(self.module, self.module.locals[index as usize].value, self, self.context);
        self.depth.set(self.depth.get() - 1);
        value
    }
    fn resource(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.resource(index)
    }
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError> {
        NoLookup.resource_instance(index, key)
    }
    fn call(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.call(index)
    }
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError> {
        NoLookup.call_output(index, key, output)
    }
}

/// The values of a block's expressions against what stands behind them.
async fn values(beside: &[(String, String)], block: &Block) -> Vec<String> {
    let mut module = String::new();
    let mut wanted = Vec::new();
    for (at, line) in block.text.lines().enumerate() {
        match line.split_once("# =>") {
            Some((expression, value)) => {
                let name = format!("v{}", wanted.len());
                module.push_str(&format!(
                    "output \"{name}\" {{\n  value = {}\n  sensitive = true\n}}\n",
                    expression.trim()
                ));
                wanted.push((name, block.line + at, value.trim()));
            }
            None => {
                module.push_str(line);
                module.push('\n');
            }
        }
    }
    let (account, files) = check(beside, &module, "").await;
    // Showing what a fallback does takes nulls that could be seen not to be there.
    let told: Vec<_> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
    let mut wrong: Vec<_> = told.iter().map(|d| self::told(block.line, &account, d)).collect();
    if wanted.is_empty() {
        wrong.push(format!("example in line {}: no line has `# =>`", block.line));
    }
    if !wrong.is_empty() {
        return wrong;
    }
    let program = account.program().unwrap();
    let root = program.root();
    let limits = Limits::default();
    let files: &dyn Files = &files;
    let context = Context::new(files, &limits, program, "");
    let lookup = Locals { module: root, context: &context, depth: Cell::new(0) };
    for (name, line, value) in wanted {
        let found = match eval(root, root.outputs[name.as_str()].value, &lookup, &context) {
            Ok(found) => found.to_string(),
            Err(error) => self::told(line, &account, &error),
        };
        if found != value {
            wrong.push(format!("line {line}: the page says {value}, and it is {found}"));
        }
    }
    wrong
}

#[tokio::test]
async fn its_examples_do_what_the_page_says() {
    let mut wrong = Vec::new();
    let mut beside: Vec<(String, String)> = Vec::new();
    let mut counted = 0;
    for block in blocks().iter().filter(|block| block.tag.starts_with("prov")) {
        counted += 1;
        let line = block.line;
        match block
            .tag
            .split_once(',')
            .map_or(("", ""), |(_, rest)| rest.split_once('=').unwrap_or((rest, "")))
        {
            ("", _) if block.tag == "prov" => {
                wrong.extend(silent(line, &check(&beside, &block.text, "").await.0));
            }
            ("error", code) => {
                let account = check(&beside, &block.text, "").await.0;
                wrong.extend(differs(block, &account, code, Severity::Error, "# refused"));
            }
            ("warning", code) => {
                let account = check(&beside, &block.text, "").await.0;
                wrong.extend(differs(block, &account, code, Severity::Warning, "# warned"));
            }
            ("value", "") => wrong.extend(values(&beside, block).await),
            ("file", path) => {
                beside.push((path.to_owned(), block.text.clone()));
                let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                wrong.extend(silent(line, &check(&beside, "", directory).await.0));
            }
            _ => wrong.push(format!("line {}: no one knows what {:?} promises", line - 1, block.tag)),
        }
    }
    assert!(wrong.is_empty(), "{} of {counted} examples:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counted > 40, "only {counted} examples were found");
}

/// `PROV_BLESS=1` lays them out. Lists of values stay as they are, and so does what has syntax errors or shows types in
/// quotes, which the formatter takes away.
#[test]
fn its_examples_are_laid_out_as_the_formatter_does() {
    let mut page = page();
    let mut wrong = Vec::new();
    for block in blocks().iter().filter(|block| block.tag.starts_with("prov")) {
        if ["prov,value", "prov,error=invalid-type"].contains(&&*block.tag) {
            continue;
        }
        let Ok(found) = format(FileId(0), &Arc::from(&*block.text), &Limits::default()) else { continue };
        if found != block.text {
            wrong.push(format!("example in line {}: should be\n{found}", block.line));
            page = page.replacen(&block.text, &found, 1);
        }
    }
    if std::env::var_os("PROV_BLESS").is_some() {
        std::fs::write(PAGE, page).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn it_names_every_function_that_was_left_out() {
    let page = page();
    let missing: Vec<_> = functions::EXCLUDED
        .iter()
        .filter(|(name, _)| !page.contains(&format!("| `{name}` |")))
        .map(|(name, _)| *name)
        .collect();
    assert!(missing.is_empty(), "not in the list of differences: {missing:?}");
}

#[test]
fn the_functions_and_codes_it_names_exist() {
    let page = page();
    let (mut unknown, mut named) = (BTreeSet::new(), BTreeSet::new());
    let (_, chapters) = page.split_once("| Family | Functions |").unwrap();
    for row in chapters.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let names = row.split('|').nth(2).unwrap();
        for name in names.split('`').skip(1).step_by(2) {
            named.insert(name);
            if functions::find(name).is_none() {
                unknown.insert(name);
            }
        }
    }
    unknown.extend(functions::all().map(|function| function.name).filter(|name| !named.contains(name)));
    for link in page.split("explain/").skip(1) {
        let code = link.split(".md").next().unwrap();
        if Code::find(code).is_none() {
            unknown.insert(code);
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}
/// The words and signs of a text, with the rule of the grammar each was read by.
fn tokens(
    vm: &pest_vm::Vm,
    entry: &str,
    text: &str,
    into: &mut BTreeSet<(String, String)>,
) -> Result<(), String> {
    let pairs = vm.parse(entry, text).map_err(|error| error.to_string())?;
    into.extend(pairs.flatten().map(|pair| (pair.as_rule().to_owned(), pair.as_str().trim_end().to_owned())));
    Ok(())
}

/// Each rule of the grammar that makes a node is used by some example, and so is every way to write an operator.
#[test]
fn every_construct_has_an_example() {
    let grammar = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/grammar/prov.pest")).unwrap();
    let parsed = pest_meta::parser::parse(pest_meta::parser::Rule::grammar_rules, &grammar).unwrap();
    let rules = pest_meta::parser::consume_rules(parsed).unwrap();
    // What help and recovery are made of, and what is read on its own only.
    let nodes: Vec<String> = rules
        .iter()
        .filter(|rule| rule.ty != pest_meta::ast::RuleType::Silent)
        .map(|rule| rule.name.clone())
        .filter(|name| {
            !name.starts_with("want_")
                && !name.starts_with("lone_")
                && !["hole", "top_items"].contains(&name.as_str())
        })
        .collect();
    let vm = pest_vm::Vm::new(pest_meta::optimizer::optimize(rules));
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for block in
        blocks().iter().filter(|block| block.tag.starts_with("prov") && !block.tag.ends_with("error=syntax"))
    {
        let mut rest = String::new();
        for line in block.text.lines() {
            match line.split_once("# =>").filter(|_| block.tag == "prov,value") {
                Some((expression, _)) => {
                    wrong.extend(tokens(&vm, "lone_expression", expression.trim(), &mut seen).err());
                }
                None => rest += &format!("{line}\n"),
            }
        }
        wrong.extend(tokens(&vm, "file", &rest, &mut seen).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let used: BTreeSet<&str> = seen.iter().map(|(rule, _)| rule.as_str()).collect();
    let missing: Vec<_> = nodes.iter().filter(|name| !used.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no example has {missing:?}");

    let ways = [
        ("prefix", "- !"),
        ("op_multiply", "* / %"),
        ("op_add", "+ -"),
        ("op_compare", "< <= > >="),
        ("op_equal", "== !="),
        ("heredoc_open", "<< <<-"),
    ];
    for (rule, signs) in ways {
        for sign in signs.split(' ') {
            assert!(seen.contains(&(rule.to_owned(), sign.to_owned())), "no example has {sign}");
        }
    }
    let page = page();
    for sign in ["$${", "%%{", "${~", "~}", "//!", "///", "??", "?."] {
        assert!(page.contains(sign), "no example has {sign}");
    }
}

/// Each kind of block, and each word that means something on any resource.
#[test]
fn every_block_and_meta_argument_has_an_example() {
    let text: String =
        blocks().iter().filter(|block| block.tag.starts_with("prov")).map(|b| &*b.text).collect();
    let begins = |word: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            line.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '=']))
        })
    };
    let words = "variable locals output resource data module provider check prov terraform metadata moved import removed \
                 type fn use dynamic content validation precondition postcondition assert lifecycle \
                 count for_each depends_on provider enabled create_before_destroy prevent_destroy ignore_changes \
                 replace_triggered_by providers lints sensitive deprecated default nullable alias libraries required_version \
                 required_providers state backend source";
    let missing: Vec<_> = words.split_whitespace().filter(|word| !begins(word)).collect();
    assert!(missing.is_empty(), "no example has {missing:?}");
}

//! The cases: what is under `tests/ui`, and what comes of running one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};

use prov::base::diagnostic::Diagnostic;
use prov::base::effects::{Cancel, Limits};
use prov::base::levels::Levels;
use prov::base::source::Sources as Known;
use prov::engine::provider::Provider;
use prov::engine::state::{LockRequest, StateStore};
use prov::host::render::Style;
use prov::host::render::diagnostics::{human, json};
use prov::pipeline::Account;
use prov::world::files::MemoryFiles;
use prov::world::registry;
use prov::world::store::{Keys, SqliteStore};
use prov::{Builder as EngineBuilder, Engine};

pub(super) type Sources = BTreeMap<String, Vec<u8>>;

static PROVIDERS: LazyLock<Vec<Arc<dyn Provider>>> =
    LazyLock::new(|| registry::providers(Path::new("/nowhere/to/be/found")));

pub(super) fn check(sources: &Sources, account: &str) -> Account {
    checked(sources, account, |builder| builder)
}

/// With levels of warnings for the run.
pub(super) fn check_with(sources: &Sources, account: &str, lints: Levels) -> Account {
    checked(sources, account, |builder| builder.lints(lints))
}

fn checked(sources: &Sources, account: &str, set: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Account {
    let mut builder = set(Engine::builder().files(MemoryFiles::new(sources.clone())));
    for provider in PROVIDERS.iter() {
        builder = builder.provider(provider.clone());
    }
    let Ok(engine) = builder.build() else { panic!("the providers say what they offer") };
    engine.check(account)
}

/// A case: where it is, what code it shows, its sources, its account, and how it is run.
pub(super) struct Case {
    pub(super) path: PathBuf,
    pub(super) code: String,
    pub(super) sources: Sources,
    pub(super) account: &'static str,
    how: How,
}

/// How a case is run, as the comments at the top of its `main.prov` say.
#[derive(Default)]
struct How {
    /// `# $ prov plan`: by these commands; what the last one prints counts.
    commands: Vec<Vec<String>>,
    /// `# locked`: while another run holds the state.
    locked: bool,
    /// `# interrupted`: by a check that is asked to stop.
    interrupted: bool,
    /// `# file_bytes = 100`
    file_bytes: Option<u64>,
}

impl How {
    fn read(text: &str) -> Self {
        let mut how = Self::default();
        for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
            match line.split_once(' ') {
                Some(("$", command)) => {
                    // What is in single quotes is one argument.
                    let words = command.split('\'').enumerate().flat_map(|(at, part)| match at % 2 {
                        0 => part.split_whitespace().map(str::to_owned).collect(),
                        _ => vec![part.to_owned()],
                    });
                    how.commands.push(words.skip(1).collect());
                }
                Some(("file_bytes", bytes)) => {
                    how.file_bytes = Some(bytes.trim_start_matches("= ").parse().unwrap());
                }
                None if line == "locked" => how.locked = true,
                None if line == "interrupted" => how.interrupted = true,
                _ => break,
            }
        }
        how
    }
}

/// What a case prints.
pub(super) struct Shown {
    pub(super) codes: Vec<String>,
    pub(super) text: String,
    /// None if the command has no such form.
    pub(super) json: Option<String>,
}

impl Case {
    pub(super) fn of(path: &Path, code: &str, sources: Sources, account: &'static str) -> Self {
        let main = [format!("{account}/main.prov"), "main.prov".to_owned()];
        let main = main.iter().find_map(|name| sources.get(name)).or(sources.values().next()).unwrap();
        let how = How::read(&String::from_utf8_lossy(main));
        Self { path: path.to_owned(), code: code.to_owned(), sources, account, how }
    }

    pub(super) fn snapshot(&self, extension: &str) -> PathBuf {
        // The name of a folder may have dots.
        let mut name = self.path.file_name().unwrap().to_owned();
        if self.path.is_file() {
            name = self.path.file_stem().unwrap().to_owned();
        }
        name.push(format!(".{extension}"));
        self.path.with_file_name(name)
    }

    /// The check of a case that is one.
    pub(super) fn check(&self) -> Option<Account> {
        self.how.commands.is_empty().then(|| {
            let mut limits = Limits::default();
            limits.file_bytes = self.how.file_bytes.unwrap_or(limits.file_bytes);
            let cancel = Cancel::new();
            if self.how.interrupted {
                cancel.cancel();
            }
            checked(&self.sources, self.account, |builder| builder.limits(limits).cancel(cancel))
        })
    }

    pub(super) fn shown(&self) -> Shown {
        match self.check() {
            Some(account) => shown(account.diagnostics(), account.sources()),
            None => self.printed(),
        }
    }

    /// What the last command prints, for people and, in a project of its own, as a stream of events.
    fn printed(&self) -> Shown {
        // Where paths are equally long on every machine, so that lines break at the same places.
        let home = || tempfile::tempdir_in("/tmp").unwrap();
        let (one, other) = (home(), home());
        let settled = |text: &str| {
            let homes = [one.path(), other.path()].map(|path| path.canonicalize().unwrap());
            homes.iter().fold(settled(text), |text, home| text.replace(home.to_str().unwrap(), "/project"))
        };
        let text = String::from_utf8(self.run(one.path(), &[]).stderr).unwrap();
        let events = String::from_utf8(self.run(other.path(), &["--json"]).stdout).unwrap();
        let told: Vec<serde_json::Value> = events
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|mut event| event.get_mut("diagnostic").map(serde_json::Value::take))
            .collect();
        let mut codes: Vec<String> = told.iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect();
        if told.is_empty() {
            codes = text
                .lines()
                .filter_map(|line| line.split_once('[')?.1.strip_suffix(']'))
                .map(str::to_owned)
                .collect();
        }
        let document = format!("{:#}\n", serde_json::Value::Array(told.clone()));
        Shown { codes, text: settled(&text), json: (!told.is_empty()).then(|| settled(&document)) }
    }

    /// Runs all commands in this directory, the last one with more arguments.
    fn run(&self, home: &Path, more: &[&str]) -> Output {
        for (name, text) in &self.sources {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(home.join(".prov-root"), "").unwrap();
        let lock = self.how.locked.then(|| lock(&home.join(self.account)));
        let mut last = None;
        for (at, words) in self.how.commands.iter().enumerate() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_prov"));
            command.args(words).current_dir(home).stdin(Stdio::null());
            if at + 1 == self.how.commands.len() {
                command.args(more);
            }
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy().into_owned();
                if name.starts_with("PROV_") || name.starts_with("CONSUL_") || name.contains("COLOR") {
                    command.env_remove(name);
                }
            }
            command.env("HOME", home).env("XDG_DATA_HOME", home.join("data"));
            command.env("COLUMNS", "80").env("LC_ALL", "C.UTF-8");
            last = Some(command.output().unwrap());
        }
        drop(lock);
        last.expect("a case that is run has a command")
    }
}

/// Takes the lock of an account's state as another run does, until it is dropped.
fn lock(account: &Path) -> impl Drop + use<> {
    struct Held(tokio::runtime::Runtime, Option<Box<dyn prov::engine::state::StateSession>>);
    impl Drop for Held {
        fn drop(&mut self) {
            if let Some(session) = self.1.take() {
                let _ = self.0.block_on(session.unlock());
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = SqliteStore::open(
        account.join(".prov/state.db"),
        Arc::new(Keys::new(None, Some(account.join(".prov"))).unwrap()),
    );
    let request = LockRequest { operation: "apply".into(), who: "someone@elsewhere".into() };
    let session = runtime.block_on(store.lock(request)).unwrap();
    Held(runtime, Some(session))
}

/// Text in which what differs from run to run does not.
fn settled(text: &str) -> String {
    static CHANCE: LazyLock<regex::Regex> = LazyLock::new(|| {
        let uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z";
        regex::Regex::new(&format!("(?<id>{uuid})|(?<time>{time})|process (?<pid>\\d+)")).unwrap()
    });
    let stand_in = |found: &regex::Captures<'_>| match (found.name("id"), found.name("time")) {
        (Some(_), _) => "ID",
        (_, Some(_)) => "TIME",
        _ => "process PID",
    };
    CHANCE.replace_all(text, stand_in).into_owned()
}

fn shown(diagnostics: &[Diagnostic], sources: &Known) -> Shown {
    let style = Style::default();
    Shown {
        codes: diagnostics.iter().map(|d| d.code.name().to_owned()).collect(),
        text: human::all(diagnostics, sources, &style),
        json: Some(json::all(diagnostics, sources, &style)),
    }
}

fn folder(root: &Path, within: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(within).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folder(root, &path, sources);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            sources.insert(name, fs::read(path).unwrap());
        }
    }
}

/// All of them, in the order of their paths.
pub(super) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases = Vec::new();
    for group in fs::read_dir(root).unwrap() {
        let group = group.unwrap().path();
        let code = group.file_name().unwrap().to_str().unwrap().to_owned();
        // How the parser alone reads broken files is held by the tests of the syntax.
        if code == "syntax" {
            continue;
        }
        for entry in fs::read_dir(&group).unwrap() {
            let path = entry.unwrap().path();
            let mut sources = Sources::new();
            if path.is_dir() {
                folder(&path, &path, &mut sources);
            } else if path.extension().is_some_and(|extension| extension == "prov") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                sources.insert(name, fs::read(&path).unwrap());
            } else {
                continue;
            }
            let account =
                if sources.keys().any(|name| name.starts_with("account/")) { "account" } else { "" };
            cases.push(Case::of(&path, &code, sources, account));
        }
    }
    cases.sort_by(|a, b| a.path.cmp(&b.path));
    cases
}

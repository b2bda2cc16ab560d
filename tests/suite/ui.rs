//! What users read when something is wrong: each case under `tests/ui/CODE/` is a `.prov` file, or a folder of files
//! (the account is its `account/` folder, or the folder itself), and beside it what is printed (`.stderr`) and the same
//! as JSON (`.json`). Comments at its top say when it takes more than a check: `# $ prov plan` runs commands.
//! `PROV_BLESS=1 cargo test --test suite ui` writes them anew; read what it wrote.

mod cases;
mod fixes;
mod formats;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prov::base::codes::{self, ALL, Code};
use prov::host::render::Style;
use prov::host::render::diagnostics::{annotations, concise, human, sarif};

use cases::{Sources, cases, check};

#[test]
fn what_users_read() {
    let bless = std::env::var_os("PROV_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let shown = case.shown();
        let name = case.path.display();
        if Code::find(&case.code).is_some() && !shown.codes.contains(&case.code) {
            wrong.push(format!("{name}: does not show {}", case.code));
        }
        for (extension, now) in [("stderr", Some(shown.text)), ("json", shown.json)] {
            let Some(now) = now else { continue };
            let file = case.snapshot(extension);
            let before = fs::read_to_string(&file).unwrap_or_default();
            if bless && (before != now || !file.exists()) {
                fs::write(&file, now).unwrap();
            } else if before != now || !file.exists() {
                wrong.push(format!("{} differs\n--- before\n{before}\n--- now\n{now}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\nPROV_BLESS=1 writes them anew", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case_and_every_snapshot_too() {
    let cases = cases();
    let shown: BTreeSet<&str> = cases.iter().map(|case| case.code.as_str()).collect();
    let mut wrong: Vec<String> = Vec::new();
    for code in ALL.iter().filter(|code| !shown.contains(code.name())) {
        wrong.push(format!("no case shows {}", code.name()));
    }
    let snapshots: BTreeSet<_> =
        cases.iter().flat_map(|case| ["stderr", "json"].map(|extension| case.snapshot(extension))).collect();
    for group in shown {
        let group = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(group);
        for entry in fs::read_dir(group).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if matches!(extension, Some("stderr" | "json")) && !snapshots.contains(&path) {
                wrong.push(format!("{} is of no case", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases.len() >= 150, "only {} cases were found", cases.len());
}

#[test]
fn every_width_and_every_format_can_show_every_case() {
    for case in cases() {
        let Some(account) = case.check() else { continue };
        let (diagnostics, sources) = (account.diagnostics(), account.sources());
        for width in [40, 60, 80, 120] {
            for unicode in [true, false] {
                let style = Style { width, unicode, ..Style::default() };
                let text = human::all(diagnostics, sources, &style);
                // A place is never cut: it is there to be clicked on.
                for line in text.lines().filter(|line| !line.ends_with("]")) {
                    let columns = prov::host::render::text::width(line);
                    assert!(columns <= width, "{}: {columns} columns: {line}", case.path.display());
                }
            }
        }
        let style = Style::default();
        let lines = concise::all(diagnostics, sources, &style);
        assert_eq!(lines.lines().count(), diagnostics.len());
        assert_eq!(annotations::all(diagnostics, sources, &style).lines().count(), diagnostics.len());
        let sarif: serde_json::Value =
            serde_json::from_str(&sarif::all(diagnostics, sources, &style)).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), diagnostics.len());
    }
}

/// The blocks of a page that are fenced as `prov LABEL`.
fn examples(page: &str, label: &str) -> Vec<String> {
    let fence = format!("```prov {label}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A file, or several that begin with their names: `# account/main.prov`.
fn files_of(text: &str) -> Sources {
    let mut sources = Sources::new();
    let mut name = "main.prov".to_owned();
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("# ").filter(|name| name.ends_with("/main.prov")) {
            next.clone_into(&mut name);
            continue;
        }
        let file = sources.entry(name.clone()).or_default();
        file.extend(line.as_bytes());
        file.push(b'\n');
    }
    sources
}

/// What no example of a few lines can show: it takes a state, a provider, a command line, or a file of another sort.
const ELSEWHERE: &[Code] = &[
    codes::APPLY_FAILED,
    codes::CANCELLED,
    codes::CHECK_FAILED,
    codes::FILE_UNREADABLE,
    codes::INPUT_REQUIRED,
    codes::INPUT_TOO_LARGE,
    codes::KEYS_NEVER_KNOWN,
    codes::LIMIT_EXCEEDED,
    codes::NOT_UTF8,
    codes::OBJECT_CLAIMED_TWICE,
    codes::PLAN_FAILED,
    codes::PREVENT_DESTROY,
    codes::PROVIDER_CONFIGURATION,
    codes::PROVIDER_UNREACHABLE,
    codes::READ_FAILED,
    codes::STALE_PLAN,
    codes::STATE_LOCKED,
    codes::STATE_UNUSABLE,
    codes::UNDECLARED_VARIABLE,
    codes::USAGE,
];

#[test]
fn pages_that_explain_codes_tell_the_truth() {
    let mut wrong = Vec::new();
    for code in ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/explain/{}.md", code.name()));
        let page = fs::read_to_string(path).unwrap();
        let told = |text: &str| {
            let sources = files_of(text);
            let account = if sources.contains_key("account/main.prov") { "account" } else { "" };
            let account = check(&sources, account);
            let told = account.diagnostics().iter().map(|d| format!("{}: {}", d.code.name(), d.message));
            (account.diagnostics().iter().map(|d| d.code).collect::<Vec<_>>(), told.collect::<Vec<_>>())
        };
        let (wrongs, correct) = (examples(&page, "wrong"), examples(&page, "corrected"));
        if !ELSEWHERE.contains(code) && (wrongs.is_empty() || correct.is_empty()) {
            wrong.push(format!("{}: an example and its correction are missing", code.name()));
        }
        for text in wrongs {
            let (codes, said) = told(&text);
            if codes != [*code] {
                wrong.push(format!("{}: the wrong example gives {said:?}", code.name()));
            }
        }
        for text in correct {
            let (_, said) = told(&text);
            if !said.is_empty() {
                wrong.push(format!("{}: the corrected example gives {said:?}", code.name()));
            }
        }
        if !page.contains("```") {
            wrong.push(format!("{}: shows nothing", code.name()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

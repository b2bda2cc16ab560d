//! What users read when something is wrong: each case under `tests/ui/CODE/` is a `.prov` file, or a folder of files
//! (the account is its `account/` folder, or the folder itself), and beside it what is printed (`.stderr`) and the same
//! as JSON (`.json`). Comments at its top say when it takes more than a check: `# $ prov plan` runs commands.
//! `PROV_BLESS=1 cargo test --test suite ui` writes them anew; read what it wrote.

mod cases;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prov::base::codes::{ALL, Code, OBJECT_CLAIMED_TWICE};
use prov::base::diagnostic::FixLevel;
use prov::host::render::Style;
use prov::host::render::diagnostics::{annotations, apply_safe, concise, human, sarif};

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
    // Nobody says this one yet.
    for code in ALL.iter().filter(|code| !shown.contains(code.name()) && **code != OBJECT_CLAIMED_TWICE) {
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

#[test]
fn safe_fixes_make_their_diagnostics_go_away() {
    let mut wrong = Vec::new();
    let mut fixed = 0;
    for case in cases() {
        let Some(account) = case.check() else { continue };
        for diagnostic in account.diagnostics() {
            if !diagnostic.fixes.iter().any(|fix| fix.level == FixLevel::Safe) {
                continue;
            }
            let mut sources = case.sources.clone();
            for (file, text) in apply_safe(std::slice::from_ref(diagnostic), account.sources()) {
                sources.insert(account.sources().get(file).path.to_string(), text.into_bytes());
            }
            fixed += 1;
            let after = check(&sources, case.account);
            let same = |d: &&prov::base::diagnostic::Diagnostic| {
                d.code == diagnostic.code && d.message == diagnostic.message
            };
            let (before, after) = (
                account.diagnostics().iter().filter(same).count(),
                after.diagnostics().iter().filter(same).count(),
            );
            if after >= before {
                wrong.push(format!(
                    "{}: the fix of {:?} does not help",
                    case.path.display(),
                    diagnostic.message
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(fixed > 0, "no case has a safe fix");
}

/// The blocks of a page that are fenced as `prov LABEL`.
fn examples(page: &str, label: &str) -> Vec<String> {
    let fence = format!("```prov {label}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn pages_that_explain_codes_tell_the_truth() {
    let mut wrong = Vec::new();
    for code in ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/explain/{}.md", code.name()));
        let page = fs::read_to_string(path).unwrap();
        let told = |text: &str| {
            let account = check(&Sources::from([("main.prov".to_owned(), text.as_bytes().to_vec())]), "");
            let told = account.diagnostics().iter().map(|d| format!("{}: {}", d.code.name(), d.message));
            (account.diagnostics().iter().map(|d| d.code).collect::<Vec<_>>(), told.collect::<Vec<_>>())
        };
        for text in examples(&page, "wrong") {
            let (codes, said) = told(&text);
            if codes != [*code] {
                wrong.push(format!("{}: the wrong example gives {said:?}", code.name()));
            }
        }
        for text in examples(&page, "corrected") {
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

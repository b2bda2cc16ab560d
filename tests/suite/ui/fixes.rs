//! Fixes and levels of every case: a safe fix mends its mistake and makes no other; a warning has every level.

use std::collections::BTreeMap;

use prov::base::codes;
use prov::base::diagnostic::{Diagnostic, FixLevel, Severity};
use prov::base::levels::{Level, Levels, WARNINGS};
use prov::host::render::diagnostics::apply_safe;
use prov::pipeline::Account;

use super::cases::{Case, Sources, cases, check, check_with};

type Told = BTreeMap<(&'static str, String), usize>;

fn told(account: &Account) -> Told {
    let mut told = Told::new();
    for diagnostic in account.diagnostics() {
        *told.entry((diagnostic.code.name(), diagnostic.message.clone())).or_default() += 1;
    }
    told
}

/// The sources with the safe fixes of these diagnostics made.
fn mended(case: &Case, account: &Account, diagnostics: &[Diagnostic]) -> Sources {
    let mut sources = case.sources.clone();
    for (file, text) in apply_safe(diagnostics, account.sources()) {
        sources.insert(account.sources().get(file).path.to_string(), text.into_bytes());
    }
    sources
}

fn has_safe(diagnostic: &Diagnostic) -> bool {
    diagnostic.fixes.iter().any(|fix| fix.level == FixLevel::Safe)
}

#[test]
fn safe_fixes_mend_their_mistake_and_make_no_other() {
    let mut wrong = Vec::new();
    let mut fixed = 0;
    for case in cases() {
        let Some(account) = case.check() else { continue };
        let before = told(&account);
        for diagnostic in account.diagnostics().iter().filter(|diagnostic| has_safe(diagnostic)) {
            fixed += 1;
            let sources = mended(&case, &account, std::slice::from_ref(diagnostic));
            let after = told(&check(&sources, case.account));
            let own = (diagnostic.code.name(), diagnostic.message.clone());
            let name = case.path.display();
            if after.get(&own).copied().unwrap_or_default() >= before[&own] {
                wrong.push(format!("{name}: the fix of {own:?} does not help"));
            }
            for (other, count) in &after {
                if *count > before.get(other).copied().unwrap_or_default() {
                    wrong.push(format!("{name}: the fix of {own:?} makes {other:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(fixed > 50, "only {fixed} safe fixes");
}

#[test]
fn safe_fixes_do_the_same_in_files_of_other_systems() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !["not-utf8", "syntax-error"].contains(&case.code.as_str())) {
        let Some(account) = case.check() else { continue };
        if !account.diagnostics().iter().any(has_safe) {
            continue;
        }
        let crlf = |bytes: &Vec<u8>| {
            let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
            text.replace('\n', "\r\n")
        };
        let converted: Sources =
            case.sources.iter().map(|(name, bytes)| (name.clone(), crlf(bytes).into_bytes())).collect();
        let other = Case::of(&case.path, &case.code, converted, case.account);
        let Some(there) = other.check() else { continue };
        let expected = mended(case, &account, account.diagnostics());
        let found = mended(&other, &there, there.diagnostics());
        for (name, text) in &expected {
            // A line that a fix adds may end as the fix's author wrote it.
            let plain = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
            if plain(text) != plain(&found[name]) {
                let path = case.path.display();
                wrong.push(format!("{path}: {}\n--- otherwise\n{}", plain(text), plain(&found[name])));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_warning_can_be_denied_and_allowed() {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in cases() {
        let Some(account) = case.check() else { continue };
        let warnings = account.diagnostics().iter().filter(|d| d.severity == Severity::Warning);
        for code in warnings.map(|d| d.code).collect::<Vec<_>>() {
            if !seen.insert(code.name()) {
                continue;
            }
            for name in [code.name(), WARNINGS] {
                let said = |level| {
                    let mut levels = Levels::default();
                    levels.set(name, level, None).unwrap();
                    let account = check_with(&case.sources, case.account, levels);
                    let of = |d: &&Diagnostic| d.code == code;
                    let all = account.diagnostics().iter().filter(of);
                    all.map(|d| d.severity).collect::<Vec<_>>()
                };
                let path = case.path.display();
                if said(Level::Deny).iter().any(|severity| *severity != Severity::Error) {
                    wrong.push(format!("{path}: {code:?} is not denied by {name}"));
                }
                if !said(Level::Allow).is_empty() {
                    wrong.push(format!("{path}: {code:?} is not allowed by {name}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let all = codes::ALL.iter().filter(|code| code.severity() == Severity::Warning);
    // Found out only by plans; `tests/ui/check-failed` denies and allows it.
    let missing: Vec<_> =
        all.filter(|code| **code != codes::CHECK_FAILED && !seen.contains(code.name())).collect();
    assert!(missing.is_empty(), "no case warns of {missing:?}");
}

/// A comment above the line of a warning allows it, and is needed there.
#[test]
fn every_warning_can_be_allowed_where_it_stands() {
    let mut wrong = Vec::new();
    for case in cases() {
        let Some(account) = case.check() else { continue };
        if account.has_errors() || case.code == "unneeded-allowance" || case.code == "unknown-lint" {
            continue;
        }
        for diagnostic in account.diagnostics() {
            let Some(primary) = &diagnostic.primary else { continue };
            let source = account.sources().get(primary.span.file);
            let line = source.lines().line(primary.span.start);
            let at = source.lines().start(line, &source.text) as usize;
            let mut text = source.text.to_string();
            text.insert_str(at, &format!("# prov: allow {}\n", diagnostic.code.name()));
            let mut sources = case.sources.clone();
            sources.insert(source.path.to_string(), text.into_bytes());
            let after = check(&sources, case.account);
            let said = |account: &Account| {
                let of = |d: &&Diagnostic| d.code == diagnostic.code && d.message == diagnostic.message;
                account.diagnostics().iter().filter(of).count()
            };
            let idle = after.diagnostics().iter().any(|d| d.code == codes::UNNEEDED_ALLOWANCE);
            if said(&after) >= said(&account) || idle {
                wrong.push(format!("{}: {:?}", case.path.display(), diagnostic.message));
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed by a comment:\n{}", wrong.join("\n"));
}

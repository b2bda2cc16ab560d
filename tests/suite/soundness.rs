//! What the checker accepts never fails with a type or null error, and what it refuses is refused for a reason.
//!
//! Programs are generated well-typed and go the whole way: check, plan, apply, and a plan after that. Others have one
//! mistake planted in them, which has to be reported with its code, where it is, and nearly alone.
//!
//! `PROV_SOUNDNESS=10000` makes so many instead of a hundred and prints figures; `PROV_SEED=7` makes others.

#![allow(clippy::print_stderr)] // figures, when they are asked for

mod choices;
mod exprs;
mod kinds;
mod mistakes;
mod program;
mod resources;
mod scope;
mod types;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use prov::Engine;
use prov::base::diagnostic::Diagnostic;
use prov::base::effects::{Entropy, EntropyError};
use prov::base::lines::LineIndex;
use prov::base::value::Value;
use prov::engine::events::Quiet;
use prov::engine::options::PlanOptions;
use prov::engine::state::StateStore;
use prov::pipeline::{Account, InputValue, Inputs, Origin};
use prov::world::builtin;
use prov::world::files::MemoryFiles;
use prov::world::store::MemoryStore;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::support::lab::{block, request, run};
use choices::shrink;
use mistakes::{BEGIN, END, Mistake};
use program::{Program, generate};
use types::{Kind, Ty};

/// Chance that is the same every time.
struct Steady;

impl Entropy for Steady {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.iter_mut().zip(0u8..).for_each(|(byte, at)| *byte = at.wrapping_mul(41));
        Ok(())
    }
}

/// What went wrong with a program: in one word to compare by, and whole.
struct Failure {
    kind: String,
    report: String,
}

fn engine(program: &Program) -> Engine {
    let strip = |text: &str| text.replace([BEGIN, END], "");
    let files = program.files.iter().map(|(path, text)| (path.clone(), strip(text).into_bytes()));
    let mut builder = Engine::builder().files(MemoryFiles::new(files));
    for provider in builtin::providers(Arc::new(Steady)) {
        builder = builder.provider(provider);
    }
    builder.build().unwrap()
}

fn inputs(program: &Program) -> Inputs {
    let mut inputs = Inputs::new();
    for (name, ty, text) in &program.inputs {
        let value = match (text.as_str(), &ty.kind) {
            ("null", _) => InputValue::Value(Value::NULL),
            // Text is itself for a variable that is a text.
            (_, Kind::Text(_) | Kind::Enum(_)) => {
                InputValue::Value(Value::from(text.trim_matches('"').replace("$$", "$")))
            }
            _ => InputValue::Text(text.as_str().into()),
        };
        inputs.set(name.as_str(), value, Origin::Host);
    }
    inputs
}

fn shown<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>, account: &Account) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic.primary.as_ref().map_or(String::new(), |label| {
            let source = account.sources().get(label.span.file);
            let line = LineIndex::new(&source.text).line(label.span.start) + 1;
            format!("{}:{line}: `{}`: ", source.path, account.sources().text(label.span))
        });
        text += &format!("  {place}{}: {}\n", diagnostic.code.name(), diagnostic.message);
    }
    text
}

fn whole(program: &Program) -> String {
    let mut text = String::new();
    for (path, source) in &program.files {
        text += &format!("--- {path}\n{source}");
    }
    for (name, _, value) in &program.inputs {
        text += &format!("--- {name} = {value}\n");
    }
    text
}

/// What says no more than that a condition the program itself states does not hold.
const VALUES: [&str; 1] = ["validation-failed"];

/// All the way; what fails has to be said by a code that is no word about types or nulls.
fn sound(program: &Program) -> Result<(), Failure> {
    let fail = |phase: &str, errors: Vec<&Diagnostic>, account: &Account| {
        let codes: Vec<_> = errors.iter().map(|error| error.code.name()).collect();
        Failure {
            kind: format!(
                "{phase}: {}: {}",
                codes[0],
                errors[0].message.split('`').next().unwrap_or_default()
            ),
            report: format!("{phase}\n{}{}", shown(errors, account), whole(program)),
        }
    };
    let account = engine(program).check("");
    let errors = |all: &[Diagnostic]| -> Vec<Diagnostic> {
        let bad = |d: &&Diagnostic| d.is_error() && !VALUES.contains(&d.code.name());
        all.iter().filter(bad).cloned().collect()
    };
    let found = errors(account.diagnostics());
    if !found.is_empty() {
        return Err(fail("check", found.iter().collect(), &account));
    }
    let inputs = inputs(program);
    let store = MemoryStore::new();
    block(async {
        let session = store.lock(request()).await.unwrap();
        for phase in ["first", "second"] {
            let state = session.state().await.unwrap();
            let planned = match account.plan_with(&inputs, &PlanOptions::default(), &state, &Quiet).await {
                Ok(planned) => planned,
                Err(all) => {
                    let found = errors(&Vec::from(all));
                    return match found.is_empty() {
                        true => Ok(()),
                        false => Err(fail(&format!("{phase} plan"), found.iter().collect(), &account)),
                    };
                }
            };
            let applied = planned.apply(&*session, &run(), &Quiet).await;
            let found = errors(&applied.diagnostics);
            if !found.is_empty() {
                return Err(fail(&format!("{phase} apply"), found.iter().collect(), &account));
            }
        }
        Ok(())
    })
}

/// The planted mistake has to be reported: its code first, where it is, with little else.
fn refused(program: &Program, mistake: Mistake) -> Result<(), Failure> {
    let account = engine(program).check("");
    let errors: Vec<_> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
    let fail = |what: &str| Failure {
        kind: format!("{mistake:?}: {what}"),
        report: format!("{mistake:?}: {what}\n{}{}", shown(errors.clone(), &account), whole(program)),
    };
    let Some((path, text)) = program.files.iter().find(|(_, text)| text.contains(BEGIN)) else {
        return Ok(());
    };
    let begin = text.find(BEGIN).unwrap() as u32;
    let end = (text.find(END).unwrap() - BEGIN.len_utf8()) as u32;
    if errors.is_empty() {
        return Err(fail("is accepted"));
    }
    if errors.len() > 3 {
        return Err(fail("more than three errors"));
    }
    let meant = errors.iter().find(|error| error.code.name() == mistake.code());
    let Some(meant) = meant else { return Err(fail("another code")) };
    let near = meant.primary.iter().chain(&meant.labels).any(|label| {
        let source = account.sources().get(label.span.file);
        *source.path == **path && label.span.start <= end && begin <= label.span.end
    });
    if !near { Err(fail("reported elsewhere")) } else { Ok(()) }
}

fn caught(run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        Err(Failure { kind: format!("panic: {words}"), report: words })
    })
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

/// Makes rows of numbers and holds what they mean to a property; what fails is shrunk and told, each kind once.
fn hold(count: usize, property: impl Fn(&[u32]) -> Result<bool, Failure>) {
    let seed = number("PROV_SEED").unwrap_or(1) as u64;
    let verbose = number("PROV_SOUNDNESS").is_some();
    let mut random = SmallRng::seed_from_u64(seed);
    let mut failures: BTreeMap<String, (usize, Vec<u32>)> = BTreeMap::new();
    let begun = Instant::now();
    let mut counted = 0;
    for _ in 0..count {
        let length = random.random_range(20..1500);
        let data: Vec<u32> = (0..length).map(|_| random.random()).collect();
        match property(&data) {
            Ok(used) => counted += usize::from(used),
            Err(failure) => failures.entry(failure.kind).or_insert((0, data)).0 += 1,
        }
    }
    if verbose {
        eprintln!("{counted} of {count} programs in {:?}, seed {seed}", begun.elapsed());
    }
    let mut report = String::new();
    for (kind, (times, data)) in &failures {
        let same = |data: &[u32]| property(data).is_err_and(|failure| failure.kind == *kind);
        let least = shrink(data.clone(), same, 3000);
        let text = property(&least).err().map_or(String::new(), |failure| failure.report);
        report += &format!("\n=== {times} times: {kind}\n{text}");
    }
    assert!(failures.is_empty(), "{report}");
}

#[test]
fn what_is_accepted_never_fails_with_a_type_or_null_error() {
    hold(number("PROV_SOUNDNESS").unwrap_or(100), |data| {
        let program = generate(data, None);
        caught(|| sound(&program)).map(|()| true)
    });
}

#[test]
fn planted_mistakes_are_refused_for_what_they_are() {
    let count = number("PROV_SOUNDNESS").unwrap_or(135) / mistakes::ALL.len();
    for mistake in mistakes::ALL {
        hold(count, |data| {
            let at = data.first().map_or(0, |n| *n as usize % 20);
            let program = generate(data, Some((mistake, at)));
            if program.planted.is_none() {
                return Ok(false);
            }
            caught(|| refused(&program, mistake)).map(|()| true)
        });
    }
}

#[test]
fn types_are_written_as_the_language_reads_them() {
    let ty = Ty::map(Ty::list(Ty::int()).optional());
    assert_eq!(ty.written(true), "map(list(int)?)");
}

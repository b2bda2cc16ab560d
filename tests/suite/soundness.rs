//! What the checker accepts never fails with a type or null error, and what it refuses is refused for a reason.
//!
//! Programs are generated well-typed and go the whole way: check, plan, apply, and both once more. What their values may
//! bring about (an index that is not known, a conversion, `any`, a division, a bound on what a provider decides) they take
//! as a risk, and only the code of that may be said of them. Others have one mistake planted in them, which has to be the
//! only one that is reported: with its code, where it is.
//!
//! `PROV_SOUNDNESS=10000` makes so many instead of a hundred and prints a table; `PROV_SEED=7` makes others;
//! `PROV_SHRINK=300` tries less often to make what fails smaller.

#![allow(clippy::print_stderr)] // figures, when they are asked for

mod choices;
mod exprs;
mod kinds;
mod late;
mod mistakes;
mod modules;
mod planted;
mod program;
mod resources;
mod scope;
mod texts;
mod toy;
mod types;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use indexmap::IndexMap;
use prov::Engine;
use prov::base::Text;
use prov::base::codes::Code;
use prov::base::diagnostic::{Diagnostic, Severity};
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
    builder.provider(Arc::new(toy::Toy)).build().unwrap()
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

/// How far a program came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    /// The checker refused it, for what its values bring about.
    Refused,
    Accepted,
    Planned,
    Applied,
}

/// How far, and by which code it ended there.
type Outcome = (Reached, Option<&'static str>);

/// All the way; what fails has to be said by a code that is no word about types or nulls, and one the program risks.
fn sound(program: &Program) -> Result<Outcome, Failure> {
    let fail = |phase: &str, errors: Vec<&Diagnostic>, account: &Account| {
        let codes: Vec<_> = errors.iter().map(|error| error.code.name()).collect();
        let words = errors[0].message.split(['`', '"', '0']).next().unwrap_or_default();
        Failure {
            kind: format!("{phase}: {}: {words}", codes[0]),
            report: format!("{phase}\n{}{}", shown(errors, account), whole(program)),
        }
    };
    let account = engine(program).check("");
    // Nothing wrong, a risk taken, or a mistake of ours.
    let judged = |phase: &str, all: &[Diagnostic]| {
        let errors = || all.iter().filter(|d| d.is_error());
        // Whether something is secret is known before anything runs.
        let risked =
            |code: &str| program.risks.contains(code) && (phase == "check" || code != "secret-exposed");
        let unexpected: Vec<_> =
            errors().filter(|d| !VALUES.contains(&d.code.name()) && !risked(d.code.name())).collect();
        match unexpected.is_empty() {
            true => Ok(errors().next().map(|d| d.code.name())),
            false => Err(fail(phase, unexpected, &account)),
        }
    };
    if let Some(code) = judged("check", account.diagnostics())? {
        return Ok((Reached::Refused, Some(code)));
    }
    let inputs = inputs(program);
    let store = MemoryStore::new();
    block(async {
        let session = store.lock(request()).await.unwrap();
        let mut reached = Reached::Accepted;
        for phase in ["first", "second"] {
            let state = session.state().await.unwrap();
            let planned = match account.plan_with(&inputs, &PlanOptions::default(), &state, &Quiet).await {
                Ok(planned) => planned,
                Err(all) => return Ok((reached, judged(&format!("{phase} plan"), &Vec::from(all))?)),
            };
            reached = reached.max(Reached::Planned);
            let applied = planned.apply(&*session, &run(), &Quiet).await;
            if let Some(code) = judged(&format!("{phase} apply"), &applied.diagnostics)? {
                return Ok((reached, Some(code)));
            }
            let leaks = |name: &String| applied.outputs.get(name.as_str()).is_some_and(Value::has_secret);
            if let Some(name) = program.shown.iter().find(|name| leaks(name)) {
                let (kind, report) = ("a secret is shown".to_owned(), format!("{name}\n{}", whole(program)));
                return Err(Failure { kind, report });
            }
            reached = Reached::Applied;
        }
        Ok((reached, None))
    })
}

/// The outputs of an account without variables.
fn applied(account: &Account) -> IndexMap<Text, Value> {
    let store = MemoryStore::new();
    block(async {
        let session = store.lock(request()).await.unwrap();
        let state = session.state().await.unwrap();
        let planned = account.plan_with(&Inputs::new(), &PlanOptions::default(), &state, &Quiet).await;
        let planned = planned.unwrap_or_else(|all| panic!("{}", shown(&Vec::from(all), account)));
        let applied = planned.apply(&*session, &run(), &Quiet).await;
        assert!(applied.complete, "{}", shown(&applied.diagnostics, account));
        applied.outputs
    })
}

/// The planted mistake has to be the only one that is reported: with its code, and where it is. A warning has to be
/// among the warnings.
fn refused(program: &Program, mistake: Mistake) -> Result<(), Failure> {
    let account = engine(program).check("");
    let warning = Code::find(mistake.code()).is_some_and(|code| code.severity() == Severity::Warning);
    let errors: Vec<_> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
    let fail = |what: &str| Failure {
        kind: format!("{mistake:?}: {what}"),
        report: format!("{mistake:?}: {what}\n{}{}", shown(account.diagnostics(), &account), whole(program)),
    };
    let Some((path, text)) = program.files.iter().find(|(_, text)| text.contains(BEGIN)) else {
        return Ok(());
    };
    let begin = text.find(BEGIN).unwrap() as u32;
    let end = (text.find(END).unwrap() - BEGIN.len_utf8()) as u32;
    let near = |diagnostic: &Diagnostic| {
        // Of two values that do not fit each other, either may be the wrong one.
        let two =
            ["types that never meet", "has no meaning"].iter().any(|end| diagnostic.message.ends_with(end));
        let sides = diagnostic.labels.iter().filter(|_| two);
        diagnostic.primary.iter().chain(sides).any(|label| {
            let source = account.sources().get(label.span.file);
            *source.path == **path && label.span.start <= end && begin <= label.span.end
        })
    };
    let meant: Vec<_> =
        account.diagnostics().iter().filter(|error| error.code.name() == mistake.code()).collect();
    match (meant.iter().filter(|diagnostic| near(diagnostic)).count(), errors.len()) {
        (0, _) if !meant.is_empty() && !warning => Err(fail("reported elsewhere")),
        // What is known never to be evaluated has no wrong value.
        (0, 0) if OF_VALUES.contains(&mistake.code()) && behind_a_condition(text) => Ok(()),
        (0, 0) => Err(fail("is accepted")),
        (0, _) => Err(fail("another code")),
        (_, found) if found > usize::from(!warning) => Err(fail("more than one error")),
        _ => Ok(()),
    }
}

/// Mistakes that only a value can have.
const OF_VALUES: [&str; 4] = ["conversion-failed", "division-by-zero", "index-out-of-range", "missing-key"];

/// Whether what stands before the planted text in its block may keep it from being evaluated.
fn behind_a_condition(text: &str) -> bool {
    let before = text.split(BEGIN).next().unwrap_or_default();
    let block = before.rsplit("\n\n").next().unwrap_or_default();
    [" ? ", "%{ if", "%{~  if", "match ", " && ", " || "].iter().any(|condition| block.contains(condition))
}

fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
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
fn hold<T>(count: usize, property: impl Fn(&[u32]) -> Result<T, Failure>) -> (Vec<T>, String) {
    let mut random = SmallRng::seed_from_u64(seed());
    let mut failures: BTreeMap<String, (usize, Vec<u32>)> = BTreeMap::new();
    let mut results = Vec::new();
    for _ in 0..count {
        let length = random.random_range(20..2000);
        let data: Vec<u32> = (0..length).map(|_| random.random()).collect();
        match property(&data) {
            Ok(result) => results.push(result),
            Err(failure) => failures.entry(failure.kind).or_insert((0, data)).0 += 1,
        }
    }
    let mut report = String::new();
    for (kind, (times, data)) in &failures {
        let same = |data: &[u32]| property(data).is_err_and(|failure| failure.kind == *kind);
        let least = shrink(data.clone(), same, number("PROV_SHRINK").unwrap_or(1500));
        let text = property(&least).err().map_or(String::new(), |failure| failure.report);
        report += &format!("\n=== {times} times: {kind}\n{text}");
    }
    (results, report)
}

fn seed() -> u64 {
    number("PROV_SEED").unwrap_or(1) as u64
}

fn line(name: &str, count: usize) {
    if number("PROV_SOUNDNESS").is_some() {
        eprintln!("  {name:<28}{count:>8}");
    }
}

#[test]
fn what_is_accepted_never_fails_with_a_type_or_null_error() {
    let begun = Instant::now();
    let count = number("PROV_SOUNDNESS").unwrap_or(100);
    let (outcomes, report) = hold(count, |data| {
        let program = generate(data, None);
        caught(|| sound(&program))
    });
    line(&format!("programs (seed {})", seed()), count);
    for (name, least) in
        [("accepted", Reached::Accepted), ("planned", Reached::Planned), ("applied twice", Reached::Applied)]
    {
        line(name, outcomes.iter().filter(|(reached, _)| *reached >= least).count());
    }
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (reached, code) in &outcomes {
        let Some(code) = code else { continue };
        let phase = if *reached == Reached::Refused { "at check" } else { "later" };
        *codes.entry(format!("{code} {phase}")).or_default() += 1;
    }
    codes.iter().for_each(|(code, count)| line(code, *count));
    line("seconds", begun.elapsed().as_secs() as usize);
    assert!(report.is_empty(), "{report}");
}

#[test]
fn planted_mistakes_are_refused_for_what_they_are() {
    let count = (number("PROV_SOUNDNESS").unwrap_or(200) / mistakes::ALL.len()).max(2);
    let mut failures = String::new();
    let mut all = 0;
    for mistake in mistakes::ALL {
        let (planted, report) = hold(count, |data| {
            let at = data.first().map_or(0, |n| *n as usize % 12);
            let program = generate(data, Some((*mistake, at)));
            let planted = program.planted.is_some();
            if planted {
                caught(|| refused(&program, *mistake))?;
            }
            Ok(planted)
        });
        let found = planted.iter().filter(|planted| **planted).count();
        all += found;
        let missed = count - planted.len();
        line(&format!("{mistake:?}"), found);
        if missed > 0 {
            line("  missed", missed);
        }
        failures += &report;
    }
    line("mistakes found", all);
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn types_are_written_as_the_language_reads_them() {
    let ty = Ty::map(Ty::list(Ty::int()).optional());
    assert_eq!(ty.written(&[]), "map(list(int)?)");
}

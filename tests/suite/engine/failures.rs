//! A failure stops what depends on it and nothing else, and the state holds what was done.

use std::sync::Arc;

use prov::Engine;
use prov::base::effects::Cancel;
use prov::engine::events::{Event, Events};
use prov::engine::options::PlanOptions;
use prov::engine::state::{InstanceStatus, StateStore};
use prov::pipeline::Inputs;
use prov::world::files::MemoryFiles;

use crate::support::fake_provider::Fault;
use crate::support::lab::{Lab, block, changes, request, run};

const SOURCE: &str = r#"
    resource "fake_thing" "a" { name = "a" }
    resource "fake_thing" "b" {
      name = "b"
      link = fake_thing.a.id
    }
    resource "fake_thing" "c" { name = "c" }
    output "b" { value = fake_thing.b.id }
    output "c" { value = fake_thing.c.id }
"#;

#[test]
fn the_rest_completes() {
    let lab = Lab::new();
    lab.fake.fail("create a", Fault::Refused);
    let applied = block(lab.try_apply(SOURCE));
    assert!(!applied.complete);
    assert_eq!((applied.done.created, applied.failed, applied.skipped), (1, 1, 1));
    let told = &applied.diagnostics[0];
    assert_eq!(told.code.name(), "apply-failed");
    assert_eq!(told.message, "fake_thing.a was not created: no, says the other side");
    assert!(told.primary.is_some());
    assert_eq!(lab.addresses(), ["fake_thing.c"]);
    assert!(applied.outputs.contains_key("c") && !applied.outputs.contains_key("b"));
    assert!(lab.state().intents.is_empty());
    lab.fake.heal();
    lab.apply(SOURCE);
    assert_eq!(lab.fake.names(), ["a", "b", "c"]);
}

#[test]
fn a_lost_answer_is_asked_for() {
    let lab = Lab::new();
    for call in ["create a", "create c"] {
        lab.fake.fail(call, Fault::AnswerLost);
    }
    let applied = block(lab.try_apply(SOURCE));
    assert!(applied.complete, "{applied:#?}");
    lab.fake.heal();
    lab.apply(SOURCE);
    assert_eq!(lab.fake.names(), ["a", "b", "c"]);
}

#[test]
fn what_is_made_half_way_is_made_anew() {
    let lab = Lab::new();
    lab.fake.fail("create c", Fault::HalfMade);
    assert!(!block(lab.try_apply(SOURCE)).complete);
    assert_eq!(lab.instance("fake_thing.c").status, InstanceStatus::Tainted);
    lab.fake.heal();
    assert_eq!(changes(lab.plan(SOURCE).plan()), ["Replace fake_thing.c"]);
    lab.apply(SOURCE);
    assert_eq!(lab.fake.names(), ["a", "b", "c"]);
}

#[test]
fn a_provider_that_does_something_else_is_found_out() {
    let lab = Lab::new();
    lab.fake.fail("create a", Fault::Liar);
    let applied = block(lab.try_apply(SOURCE));
    assert_eq!((applied.failed, applied.skipped), (1, 1));
    assert!(applied.diagnostics[0].message.contains("fake_thing.a.size is not what was planned"));
    assert_eq!(lab.addresses(), ["fake_thing.a", "fake_thing.c"], "what exists is recorded");
}

#[test]
fn an_other_side_that_does_not_answer_is_reported_once() {
    let lab = Lab::new();
    lab.apply(SOURCE);
    for name in ["a", "b", "c"] {
        lab.fake.fail(&format!("read {name}"), Fault::Unreachable);
    }
    let errors = lab.errors(SOURCE);
    assert_eq!(
        errors,
        [
            "provider-unreachable: provider.fake can't read back fake_thing.a, fake_thing.c, fake_thing.b: connection refused"
        ]
    );
    let mut lab = lab;
    lab.options = PlanOptions { refresh: false, ..PlanOptions::default() };
    assert!(lab.plan(SOURCE).plan().is_empty());
}

/// Cancels when the first step has begun.
struct Impatient(Cancel);

impl Events for Impatient {
    fn on_event(&self, event: Event) {
        if matches!(event, Event::StepStarted { .. }) {
            self.0.cancel();
        }
    }
}

#[test]
fn a_cancelled_run_finishes_what_runs_and_begins_nothing() {
    let lab = Lab::new();
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" {
          name = "b"
          link = fake_thing.a.id
        }
    "#;
    let applied = block(async {
        let cancel = Cancel::new();
        let engine = Engine::builder()
            .files(MemoryFiles::new([("main.prov", source)]))
            .provider(Arc::new(lab.fake.clone()))
            .cancel(cancel.clone())
            .build()
            .unwrap();
        let session = lab.store.lock(request()).await.unwrap();
        let state = session.state().await.unwrap();
        let account = engine.check("");
        let planned = account.plan(&Inputs::new(), &state).await;
        let Ok(planned) = planned else { panic!("no plan") };
        planned.apply(&*session, &run(), &Impatient(cancel)).await
    });
    assert!(applied.cancelled && !applied.complete);
    assert_eq!((applied.done.created, applied.skipped), (1, 1));
    assert_eq!(lab.addresses(), ["fake_thing.a"]);
}

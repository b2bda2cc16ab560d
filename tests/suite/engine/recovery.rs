//! A run that is killed at any commit: the next one finds out what happened, and there is neither orphan nor duplicate.

use std::sync::atomic::AtomicUsize;

use prov::engine::events::Quiet;
use prov::engine::options::PlanOptions;
use prov::engine::state::StateStore;

use crate::support::lab::{Dying, Lab, block, request, run};

/// Applies with a session that dies after `commits`; whether the run came to its end.
fn apply_until(lab: &Lab, source: &str, commits: usize) -> bool {
    block(async {
        let inner = lab.store.lock(request()).await.unwrap();
        let session = Dying { inner, left: AtomicUsize::new(commits) };
        let state = prov::engine::state::StateSession::state(&session).await.unwrap();
        let planned = match lab.plan_against(source, &state).await {
            Ok(planned) => planned,
            Err(errors) => panic!("{errors:#?}"),
        };
        planned.apply(&session, &run(), &Quiet).await.complete
    })
}

/// From `before` to `after`, killed after every number of commits, then run again to the end.
fn survives(before: Option<&str>, after: &str, names: &[&str], options: &PlanOptions, batches: bool) {
    for commits in 0.. {
        assert!(commits < 200, "never completes");
        let mut lab = Lab::new();
        lab.fake.batches = batches;
        if let Some(before) = before {
            lab.apply(before);
        }
        lab.options = options.clone();
        let complete = apply_until(&lab, after, commits);
        lab.apply(after);
        assert_eq!(lab.fake.names(), names, "killed after {commits} commits");
        let state = lab.state();
        assert_eq!(state.instances.len(), names.len(), "killed after {commits} commits");
        assert!(state.deposed.is_empty() && state.intents.is_empty(), "killed after {commits} commits");
        if complete {
            break;
        }
    }
}

const MADE: &str = r#"
    resource "fake_thing" "a" { name = "a" }
    resource "fake_thing" "b" {
      name = "b"
      link = fake_thing.a.id
    }
    resource "fake_thing" "n" {
      count = 3
      name  = "n${count.index}"
    }
    output "b" { value = fake_thing.b.link }
"#;

const NAMES: [&str; 5] = ["a", "b", "n0", "n1", "n2"];

#[test]
fn killed_while_creating() {
    survives(None, MADE, &NAMES, &PlanOptions::default(), false);
    survives(None, MADE, &NAMES, &PlanOptions::default(), true);
}

#[test]
fn killed_while_updating_and_deleting() {
    let changed = r#"
        resource "fake_thing" "a" {
          name = "a"
          size = 5
        }
        resource "fake_thing" "n" {
          count = 2
          name  = "n${count.index}"
          tags  = { v = "2" }
        }
    "#;
    survives(Some(MADE), changed, &["a", "n0", "n1"], &PlanOptions::default(), false);
    survives(Some(MADE), changed, &["a", "n0", "n1"], &PlanOptions::default(), true);
}

#[test]
fn killed_while_replacing() {
    let renamed = MADE.replace("name = \"a\"", "name = \"z\"");
    let names = ["b", "n0", "n1", "n2", "z"];
    survives(Some(MADE), &renamed, &names, &PlanOptions::default(), false);
    survives(Some(MADE), &renamed, &names, &PlanOptions::default(), true);
}

#[test]
fn killed_while_replacing_with_the_new_object_first() {
    let first = |name: &str| {
        MADE.replace(
            "{ name = \"a\" }",
            &format!("{{\nname = \"{name}\"\nlifecycle {{ create_before_destroy = true }}\n}}"),
        )
    };
    let names = ["b", "n0", "n1", "n2", "z"];
    survives(Some(&first("a")), &first("z"), &names, &PlanOptions::default(), false);
}

#[test]
fn killed_while_destroying() {
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    survives(Some(MADE), MADE, &[], &options, false);
    survives(Some(MADE), MADE, &[], &options, true);
}

#[test]
fn killed_while_moving() {
    let moved =
        MADE.replace("\"fake_thing\" \"a\"", "\"fake_thing\" \"q\"").replace("thing.a.id", "thing.q.id");
    let moved = format!(
        "{moved}
        moved {{
          from = fake_thing.a
          to   = fake_thing.q
        }}"
    );
    survives(Some(MADE), &moved, &NAMES, &PlanOptions::default(), false);
}

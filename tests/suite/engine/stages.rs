//! Stages: what is planned once a plan that defers instances is applied.

use prov::engine::apply::Applied;
use prov::engine::events::Quiet;
use prov::engine::options::PlanOptions;
use prov::engine::state::StateStore;

use crate::support::fake_provider::Fault;
use crate::support::lab::{Lab, block, changes, request, run};

/// Three stages: `b` by the id of `a`, `c` by the ids of `b`.
const CHAIN: &str = r#"
    resource "fake_thing" "a" { name = "a" }
    resource "fake_thing" "b" {
      for_each = toset([fake_thing.a.id])
      name     = "b-${each.key}"
    }
    resource "fake_thing" "c" {
      for_each = toset([for b in fake_thing.b : b.id])
      name     = "c-${each.key}"
    }
    output "c" { value = [for c in fake_thing.c : c.name] }
"#;

/// An apply with all its stages: what each plan said, the last outcome, and what is wrong with a plan that came after it.
fn stages(lab: &Lab, source: &str) -> (Vec<Vec<String>>, Applied, Vec<String>) {
    let told =
        |report: prov::Report| report.iter().map(|d| format!("{}: {}", d.code.name(), d.message)).collect();
    block(async {
        let session = lab.store.lock(request()).await.unwrap();
        let state = session.state().await.unwrap();
        let mut planned = lab.plan_against(source, &state).await.unwrap();
        let mut seen = Vec::new();
        let mut applied = Applied::default();
        let mut stages = match planned.stages() {
            Ok(stages) => stages,
            Err(report) => return (seen, applied, told(report)),
        };
        loop {
            seen.push(changes(planned.plan()));
            assert!(seen.len() < 10, "there is no end to it: {seen:#?}");
            let left = stages.deferred().to_vec();
            assert_eq!(left, planned.plan().deferred);
            applied = planned.apply(&*session, &run(), &Quiet).await;
            if !applied.complete {
                return (seen, applied, Vec::new());
            }
            planned = match stages.next(&*session, &Quiet).await {
                Ok(Some(next)) => next,
                Ok(None) => return (seen, applied, Vec::new()),
                Err(report) => return (seen, applied, told(report)),
            };
        }
    })
}

#[test]
fn each_stage_plans_what_the_one_before_made_known() {
    let lab = Lab::new();
    let (seen, applied, errors) = stages(&lab, CHAIN);
    assert_eq!(
        seen,
        [["Create fake_thing.a"], ["Create fake_thing.b[\"id-1\"]"], ["Create fake_thing.c[\"id-2\"]"]]
    );
    assert!(applied.complete && errors.is_empty(), "{errors:?}");
    assert_eq!(applied.outputs["c"].to_string(), r#"["c-id-2"]"#);
    lab.apply(CHAIN);
    assert_eq!(stages(&lab, CHAIN).0, [Vec::<String>::new()], "nothing is left");
}

#[test]
fn modules_wait_for_their_keys_too() {
    let mut lab = Lab::new();
    lab.modules = vec![(
        "part/main.prov",
        r#"
            variable "of" { type = string }
            resource "fake_thing" "x" { name = "x-${var.of}" }
            resource "fake_thing" "y" {
              for_each = toset([fake_thing.x.id])
              name     = "y-${each.key}"
            }
        "#,
    )];
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        module "part" {
          source   = "./part"
          for_each = toset([fake_thing.a.id])
          of       = each.key
        }
    "#;
    let (seen, _, errors) = stages(&lab, source);
    let (x, y) =
        ("Create module.part[\"id-1\"].fake_thing.x", "Create module.part[\"id-1\"].fake_thing.y[\"id-2\"]");
    assert_eq!(seen, [["Create fake_thing.a"], [x], [y]]);
    assert_eq!(errors, Vec::<String>::new());
    // Which of them there are does not matter where all goes.
    lab.options.destroy = true;
    assert!(lab.plan(source).plan().deferred.is_empty());
    assert_eq!(stages(&lab, source).0.len(), 1);
    assert_eq!(lab.fake.names(), Vec::<String>::new());
    assert!(lab.plan(source).plan().is_empty());
    lab.options = PlanOptions { refresh_only: true, ..PlanOptions::default() };
    assert!(lab.plan(source).plan().is_empty(), "a plan that looks defers nothing");
}

#[test]
fn a_failure_ends_the_stages_and_the_next_apply_goes_on() {
    let lab = Lab::new();
    lab.fake.fail("create b-id-1", Fault::Refused);
    let (seen, applied, _) = stages(&lab, CHAIN);
    assert_eq!((seen.len(), applied.complete, applied.failed), (2, false, 1));
    assert_eq!(lab.fake.names(), ["a"]);
    lab.fake.heal();
    let (seen, applied, _) = stages(&lab, CHAIN);
    assert!(applied.complete && seen.len() == 2, "{seen:?}");
    assert_eq!(lab.fake.names().len(), 3);
}

#[test]
fn what_is_replaced_by_request_is_replaced_once() {
    let mut lab = Lab::new();
    assert!(stages(&lab, CHAIN).1.complete);
    lab.options.replace = vec!["fake_thing.a".parse().unwrap()];
    let (seen, applied, errors) = stages(&lab, CHAIN);
    assert!(applied.complete && errors.is_empty(), "{errors:?}");
    assert_eq!(seen[0], ["Replace fake_thing.a"]);
    assert!(seen[1..].iter().flatten().all(|change| !change.contains("fake_thing.a")), "{seen:?}");
    assert_eq!(lab.fake.names().len(), 3, "what hung on the old one is gone");
}

#[test]
fn what_is_not_asked_for_is_not_deferred() {
    let mut lab = Lab::new();
    lab.options.targets = vec!["fake_thing.a".parse().unwrap()];
    assert_eq!(stages(&lab, CHAIN).0, [["Create fake_thing.a"]]);
    lab.options.targets = vec!["fake_thing.b[\"id-1\"]".parse().unwrap()];
    assert_eq!(stages(&lab, CHAIN).0, [["Create fake_thing.b[\"id-1\"]"]]);

    let mut lab = Lab::new();
    lab.options.targets = vec!["fake_thing.b".parse().unwrap()];
    assert_eq!(stages(&lab, CHAIN).0, [["Create fake_thing.a"], ["Create fake_thing.b[\"id-1\"]"]]);

    let mut lab = Lab::new();
    lab.options.excludes = vec!["fake_thing.a".parse().unwrap()];
    let (seen, _, errors) = stages(&lab, CHAIN);
    assert_eq!((seen, errors), (vec![Vec::<String>::new()], Vec::new()));
    lab.options.excludes = vec!["fake_thing.b".parse().unwrap()];
    assert_eq!(stages(&lab, CHAIN).0, [["Create fake_thing.a"]]);
}

#[test]
fn keys_that_no_apply_makes_known_end_in_an_error() {
    let lab = Lab::new();
    let clock = r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" {
          for_each = toset([fake_thing.a.id])
          name     = "b-${each.key}"
        }
        resource "fake_thing" "never" {
          for_each = toset([timestamp()])
          name     = "never"
        }
    "#;
    let error = "keys-never-known: no apply makes known which instances of fake_thing.never there are";
    let (seen, applied, errors) = stages(&lab, clock);
    assert_eq!(
        seen,
        [["Create fake_thing.a"], ["Create fake_thing.b[\"id-1\"]"]],
        "what can be done is done"
    );
    assert!(applied.complete);
    assert_eq!(errors, [error]);
    let (seen, _, errors) = stages(&lab, clock);
    assert_eq!(
        (seen.len(), errors),
        (0, vec![error.to_owned()]),
        "nobody is asked about a stage that does nothing"
    );

    // Each stage does something, and yet none makes the keys known.
    let restless = r#"
        resource "fake_thing" "a" {
          name = "a"
          tags = { at = timestamp() }
        }
        data "fake_lookup" "x" {
          name       = "x"
          depends_on = [fake_thing.a]
        }
        resource "fake_thing" "b" {
          for_each = toset([data.fake_lookup.x.value])
          name     = "b-${each.key}"
        }
    "#;
    let lab = Lab::new();
    lab.fake.with(|world| world.data.insert("x".into(), "y".into()));
    let (seen, _, errors) = stages(&lab, restless);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(errors, ["keys-never-known: no apply makes known which instances of fake_thing.b there are"]);
}

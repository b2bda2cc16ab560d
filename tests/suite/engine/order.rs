//! What waits for what.

use prov::engine::options::PlanOptions;

use crate::support::lab::{Lab, changes};

fn before(log: &[String], first: &str, second: &str) -> bool {
    let at =
        |what: &str| log.iter().position(|line| line == what).unwrap_or_else(|| panic!("{what}: {log:?}"));
    at(first) < at(second)
}

const CHAIN: &str = r#"
    resource "fake_thing" "c" {
      name = "c"
      link = fake_thing.b.id
    }
    resource "fake_thing" "b" {
      name = "b"
      link = local.a
    }
    locals { a = "<${fake_thing.a.id}>" }
    resource "fake_thing" "a" { name = "a" }
"#;

#[test]
fn made_in_order_and_removed_in_reverse() {
    let mut lab = Lab::new();
    lab.apply(CHAIN);
    assert_eq!(lab.fake.log(), ["create a", "create b", "create c"]);
    lab.options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let planned = lab.plan(CHAIN);
    assert_eq!(planned.plan().summary().delete, 3);
    lab.apply(CHAIN);
    assert_eq!(lab.fake.log(), ["delete c", "delete b", "delete a"]);
    assert!(lab.addresses().is_empty());
}

#[test]
fn what_is_no_longer_configured_goes_after_what_used_it_was_changed() {
    let lab = Lab::new();
    lab.apply(CHAIN);
    lab.fake.log();
    let without_a = r#"
        resource "fake_thing" "c" {
          name = "c"
          link = fake_thing.b.id
        }
        resource "fake_thing" "b" { name = "b" }
    "#;
    lab.apply(without_a);
    assert_eq!(lab.fake.log(), ["update b", "delete a"]);
    lab.apply("");
    assert_eq!(lab.fake.log(), ["delete c", "delete b"]);
}

#[test]
fn a_replacement_waits_for_those_that_use_the_old_object() {
    let lab = Lab::new();
    let source = |name: &str| {
        format!(
            r#"
            resource "fake_thing" "a" {{ name = "{name}" }}
            resource "fake_thing" "b" {{
              name = "b-${{fake_thing.a.id}}"
            }}
            resource "fake_thing" "u" {{
              name = "u"
              link = fake_thing.a.id
            }}
        "#
        )
    };
    lab.apply(&source("a"));
    lab.fake.log();
    lab.apply(&source("z"));
    let log = lab.fake.log();
    assert!(before(&log, "delete b-id-1", "delete a"), "{log:?}");
    assert!(before(&log, "delete a", "create z"), "{log:?}");
    assert!(before(&log, "create z", "update u"), "{log:?}");
    assert_eq!(log.len(), 5);
}

#[test]
fn a_replacement_can_come_first_and_takes_what_it_needs_along() {
    let lab = Lab::new();
    let source = |name: &str| {
        format!(
            r#"
            resource "fake_thing" "a" {{ name = "a-{name}" }}
            resource "fake_thing" "b" {{
              name = "b-{name}"
              link = fake_thing.a.id
              lifecycle {{ create_before_destroy = true }}
            }}
            resource "fake_thing" "u" {{
              name = "u"
              link = fake_thing.b.id
            }}
        "#
        )
    };
    lab.apply(&source("1"));
    lab.fake.log();
    let planned = lab.plan(&source("2"));
    assert_eq!(
        changes(planned.plan()),
        ["ReplaceCreateFirst fake_thing.a", "ReplaceCreateFirst fake_thing.b", "Update fake_thing.u"]
    );
    assert_eq!(lab.apply(&source("2")).done.replaced, 2);
    assert_eq!(lab.fake.log(), ["create a-2", "create b-2", "update u", "delete b-1", "delete a-1"]);
    assert!(lab.state().deposed.is_empty());
    assert_eq!(lab.fake.names(), ["a-2", "b-2", "u"]);
}

#[test]
fn depends_on_waits_for_everything_in_a_module() {
    let mut lab = Lab::new();
    lab.modules = vec![(
        "part/main.prov",
        r#"
            resource "fake_thing" "x" { name = "x" }
            resource "fake_thing" "y" {
              name = "y"
              link = fake_thing.x.id
            }
        "#,
    )];
    let source = r#"
        resource "fake_thing" "last" {
          name       = "last"
          depends_on = [module.part]
        }
        module "part" {
          source     = "./part"
          depends_on = [fake_thing.first]
        }
        resource "fake_thing" "first" { name = "first" }
    "#;
    lab.apply(source);
    assert_eq!(lab.fake.log(), ["create first", "create x", "create y", "create last"]);
}

#[test]
fn independent_steps_run_together_up_to_the_limit() {
    let lab = Lab::new();
    let source = r#"resource "fake_thing" "n" {
        count = 40
        name  = "n${count.index}"
    }"#;
    lab.apply(source);
    assert_eq!(lab.fake.with(|world| world.most_running), 10);
}

#[test]
fn instances_wait_for_their_own_counterpart_only() {
    let lab = Lab::new();
    let source = r#"
        locals { keys = toset(["p", "q"]) }
        resource "fake_thing" "a" {
          for_each = local.keys
          name     = "a-${each.key}"
        }
        resource "fake_thing" "b" {
          for_each = local.keys
          name     = "b-${each.key}"
          link     = fake_thing.a[each.key].id
        }
    "#;
    lab.fake.fail("create a-p", crate::support::fake_provider::Fault::Refused);
    let applied = crate::support::lab::block(lab.try_apply(source));
    assert_eq!((applied.failed, applied.skipped), (1, 1));
    assert_eq!(lab.fake.names(), ["a-q", "b-q"]);
}

#[test]
fn many_that_refer_to_all_of_many_stay_cheap() {
    let lab = Lab::new();
    let source = r#"
        resource "fake_thing" "a" {
          count = 300
          name  = "a${count.index}"
        }
        resource "fake_thing" "b" {
          count = 300
          name  = "b${count.index}"
          size  = length(fake_thing.a)
          link  = fake_thing.a[count.index].id
        }
    "#;
    lab.apply(source);
    let b = lab.instance("fake_thing.b[7]");
    assert_eq!(b.dependencies.len(), 1, "a whole resource counts once");
}

#[test]
fn steps_go_in_batches_where_the_provider_likes_it() {
    let mut lab = Lab::new();
    lab.fake.batches = true;
    lab.apply(CHAIN);
    assert_eq!(lab.fake.log(), ["create a", "create b", "create c"]);
}

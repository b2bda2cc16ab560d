//! What is planned, and why.

use prov::engine::options::PlanOptions;
use prov::engine::plan::{Action, Reason};

use crate::support::lab::{Lab, changes};

const ONE: &str = r#"
    resource "fake_thing" "a" { name = "a" }
    resource "fake_thing" "b" {
      name = "b"
      link = fake_thing.a.id
    }
    output "b" { value = fake_thing.b.link }
"#;

#[test]
fn what_is_new_is_created_and_then_left_alone() {
    let lab = Lab::new();
    let planned = lab.plan(ONE);
    assert_eq!(changes(planned.plan()), ["Create fake_thing.a", "Create fake_thing.b"]);
    assert!(planned.plan().changes[1].after.get("link").unwrap().is_unknown());
    assert!(planned.plan().outputs["b"].after.is_unknown());
    let applied = lab.apply(ONE);
    assert_eq!(applied.done.created, 2);
    assert_eq!(applied.outputs["b"].as_str(), Some("id-1"));
    assert_eq!(lab.fake.log(), ["create a", "create b"]);
    assert_eq!(lab.state().outputs["b"].as_str(), Some("id-1"));
    let dependencies = lab.instance("fake_thing.b").dependencies.clone();
    assert_eq!(dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fake_thing.a"]);
}

#[test]
fn a_change_is_made_in_place_where_it_can_be() {
    let lab = Lab::new();
    lab.apply(r#"resource "fake_thing" "a" { name = "a" }"#);
    let bigger = r#"resource "fake_thing" "a" {
        name = "a"
        size = 2
    }"#;
    assert_eq!(changes(lab.plan(bigger).plan()), ["Update fake_thing.a"]);
    assert_eq!(lab.apply(bigger).done.updated, 1);
    let renamed = r#"resource "fake_thing" "a" { name = "z" }"#;
    let planned = lab.plan(renamed);
    assert_eq!(planned.plan().changes[0].action, Action::Replace);
    assert_eq!(planned.plan().changes[0].reasons, [Reason::ForcesReplacement("name".into())]);
    lab.fake.log();
    assert_eq!(lab.apply(renamed).done.replaced, 1);
    assert_eq!(lab.fake.log(), ["delete a", "create z"]);
}

#[test]
fn count_for_each_and_enabled_decide_how_many_there_are() {
    let lab = Lab::new();
    let three = r#"
        resource "fake_thing" "n" {
          count = 3
          name  = "n${count.index}"
        }
        resource "fake_thing" "m" {
          for_each = { x = 1, y = 2 }
          name     = each.key
          size     = each.value
        }
        resource "fake_thing" "off" {
          name = "off"
          lifecycle { enabled = false }
        }
        output "ids"  { value = fake_thing.n[*].name }
        output "size" { value = fake_thing.m["y"].size }
        output "none" { value = nonsensitive(fake_thing.off == null) }
    "#;
    let applied = lab.apply(three);
    assert_eq!(lab.fake.names(), ["n0", "n1", "n2", "x", "y"]);
    assert_eq!(applied.outputs["ids"].to_string(), r#"["n0", "n1", "n2"]"#);
    assert_eq!(applied.outputs["size"].to_string(), "2");
    assert_eq!(applied.outputs["none"].as_bool(), Some(true));
    let fewer =
        three.replace("count = 3", "count = 1").replace(", y = 2", ", z = 2").replace("m[\"y\"]", "m[\"z\"]");
    let planned = lab.plan(&fewer);
    let mut found = changes(planned.plan());
    found.sort();
    assert_eq!(
        found,
        [
            "Create fake_thing.m[\"z\"]",
            "Delete fake_thing.m[\"y\"]",
            "Delete fake_thing.n[1]",
            "Delete fake_thing.n[2]"
        ]
    );
    let gone = planned.plan().changes.iter().find(|c| c.action == Action::Delete).unwrap();
    assert_eq!(gone.reasons, [Reason::KeyGone]);
    lab.apply(&fewer);
}

#[test]
fn modules_have_instances_too() {
    let mut lab = Lab::new();
    lab.modules = vec![(
        "part/main.prov",
        r#"
            variable "name" { type = string }
            variable "link" {
              type    = string?
              default = null
            }
            resource "fake_thing" "inner" {
              name = var.name
              link = var.link
            }
            output "id" { value = fake_thing.inner.id }
        "#,
    )];
    let source = r#"
        module "one" {
          source   = "./part"
          for_each = toset(["p", "q"])
          name     = "one-${each.key}"
        }
        module "two" {
          source   = "./part"
          for_each = toset(["p", "q"])
          name     = "two-${each.key}"
          link     = module.one[each.key].id
        }
        output "all" { value = { for key, part in module.two : key => part.id } }
    "#;
    let applied = lab.apply(source);
    assert_eq!(lab.fake.names(), ["one-p", "one-q", "two-p", "two-q"]);
    assert_eq!(applied.outputs["all"].as_map().unwrap().len(), 2);
    let two = lab.instance("module.two[\"p\"].fake_thing.inner");
    let dependencies: Vec<_> = two.dependencies.iter().map(ToString::to_string).collect();
    assert_eq!(dependencies, ["module.one[\"p\"].fake_thing.inner"]);
}

#[test]
fn what_others_did_is_seen() {
    let lab = Lab::new();
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" { name = "b" }
        resource "fake_thing" "c" { name = "c" }
    "#;
    lab.apply(source);
    lab.fake.with(|world| {
        let ids: Vec<_> = world.things.keys().cloned().collect();
        for (id, name, value) in
            [(&ids[0], "size", 7.into()), (&ids[1], "auto", prov::base::value::Value::from("x"))]
        {
            let thing = world.things.get_mut(id).unwrap();
            let mut map = thing.attributes.as_map().unwrap().clone();
            map.insert(name.into(), value);
            thing.attributes = map.into();
        }
        world.things.remove(&ids[2]);
    });
    let planned = lab.plan(source);
    assert_eq!(changes(planned.plan()), ["Update fake_thing.a", "Create fake_thing.c"]);
    assert_eq!(planned.plan().changes[0].reasons, [Reason::ChangedOutside(vec!["size".into()])]);
    assert_eq!(planned.plan().changes[2].reasons, [Reason::GoneOutside]);
    assert_eq!(planned.plan().drift.len(), 3);
    lab.apply(source);
    assert_eq!(lab.fake.names(), ["a", "b", "c"]);
    assert!(lab.plan(source).plan().drift.is_empty(), "what was found is recorded");
}

#[test]
fn moved_instances_keep_their_objects() {
    let lab = Lab::new();
    lab.apply(r#"resource "fake_thing" "a" { name = "a" }"#);
    let moved = r#"
        resource "fake_thing" "z" { name = "a" }
        moved {
          from = fake_thing.a
          to   = fake_thing.z
        }
    "#;
    let planned = lab.plan(moved);
    assert_eq!(planned.plan().changes[0].action, Action::NoOp);
    assert_eq!(planned.plan().changes[0].moved_from, Some("fake_thing.a".parse().unwrap()));
    assert_eq!(lab.apply(moved).done.moved, 1);
    assert_eq!(lab.addresses(), ["fake_thing.z"]);
    let counted = r#"resource "fake_thing" "z" {
        count = 2
        name  = count.index == 0 ? "a" : "b"
    }"#;
    assert_eq!(changes(lab.plan(counted).plan()), ["Create fake_thing.z[1]"]);
    lab.apply(counted);
    assert_eq!(lab.fake.names(), ["a", "b"]);
}

#[test]
fn imported_objects_are_taken_in() {
    let lab = Lab::new();
    lab.apply(r#"resource "fake_thing" "a" { name = "a" }"#);
    let other = Lab { fake: lab.fake.clone(), ..Lab::new() };
    let source = r#"
        resource "fake_thing" "mine" { name = "a" }
        import {
          to = fake_thing.mine
          id = "id-1"
        }
    "#;
    assert_eq!(changes(other.plan(source).plan()), ["Import fake_thing.mine"]);
    assert_eq!(other.apply(source).done.imported, 1);
    assert_eq!(other.fake.names(), ["a"]);
    let third = Lab { fake: lab.fake.clone(), ..Lab::new() };
    let bigger = source.replace("{ name = \"a\" }", "{\nname = \"a\"\nsize = 5\n}");
    let planned = third.plan(&bigger);
    assert_eq!((planned.plan().changes[0].action, planned.plan().summary().import), (Action::Update, 1));
    third.apply(&bigger);
    assert_eq!(third.fake.names(), ["a"]);
    // What is ignored stays as the object has it, also where what is asked for is known only after apply.
    let fourth = Lab { fake: lab.fake.clone(), ..Lab::new() };
    let kept = r#"
        resource "fake_thing" "other" { name = "other" }
        resource "fake_thing" "mine" {
          name = "a"
          size = length(fake_thing.other.id)
          lifecycle { ignore_changes = [size] }
        }
        import {
          to = fake_thing.mine
          id = "id-1"
        }
    "#;
    let planned = changes(fourth.plan(kept).plan());
    assert_eq!(planned, ["Create fake_thing.other", "Import fake_thing.mine"]);
    assert!(fourth.apply(kept).complete);
}

#[test]
fn the_key_of_what_is_imported_may_be_any_value() {
    let lab = Lab::new();
    lab.apply(
        r#"resource "fake_thing" "a" {
            count = 4
            name  = ["x y", "z", "in x", "in z"][count.index]
        }"#,
    );
    let mut other = Lab { fake: lab.fake.clone(), ..Lab::new() };
    other.modules = vec![(
        "part/main.prov",
        r#"
            variable "name" { type = string }
            resource "fake_thing" "one" {
              count = 1
              name  = var.name
            }
        "#,
    )];
    let source = r#"
        locals {
          names = { first = "x y", second = "z" }
          ids   = { "x y" = "id-1", z = "id-2" }
          parts = { "p x" = "in x", z = "in z" }
          later = [for n in [3, 4] : "id-${n}"]
        }
        resource "fake_thing" "mine" {
          for_each = local.ids
          name     = each.key
        }
        import {
          for_each = local.names
          to       = fake_thing.mine[each.value]
          id       = local.ids[each.value]
        }
        module "part" {
          source   = "./part"
          for_each = local.parts
          name     = each.value
        }
        import {
          for_each = toset(["p x", "z"])
          to       = module.part[each.value].fake_thing.one[length(local.names) - 2]
          id       = each.key == "z" ? local.later[1] : local.later[0]
        }
    "#;
    let planned = changes(other.plan(source).plan());
    assert_eq!(
        planned,
        [
            "Import fake_thing.mine[\"x y\"]",
            "Import fake_thing.mine[\"z\"]",
            "Import module.part[\"p x\"].fake_thing.one[0]",
            "Import module.part[\"z\"].fake_thing.one[0]",
        ]
    );
    assert_eq!(other.apply(source).done.imported, 4);
    assert_eq!(
        other
            .errors(
                &source.replace(
                    "[each.value]\n          id       = local",
                    "[\"q\"]\n          id       = local"
                )
            )
            .len(),
        1
    );
}

#[test]
fn what_is_let_go_stays_outside() {
    let lab = Lab::new();
    lab.apply(r#"resource "fake_thing" "a" { name = "a" }"#);
    let without = r#"
        removed {
          from = fake_thing.a
          lifecycle { destroy = false }
        }
    "#;
    assert_eq!(changes(lab.plan(without).plan()), ["Forget fake_thing.a"]);
    assert_eq!(lab.apply(without).done.forgotten, 1);
    assert_eq!(lab.fake.names(), ["a"]);
    assert!(lab.addresses().is_empty());
}

#[test]
fn lifecycle_is_heeded() {
    let lab = Lab::new();
    let protected = r#"resource "fake_thing" "a" {
        name = "a"
        lifecycle { prevent_destroy = true }
    }"#;
    lab.apply(protected);
    let errors = lab.errors(&protected.replace("name = \"a\"", "name = \"b\""));
    assert_eq!(errors, ["prevent-destroy: fake_thing.a is protected and would be replaced"]);
    let ignoring = r#"resource "fake_thing" "a" {
        name = "a"
        size = 9
        lifecycle { ignore_changes = [size] }
    }"#;
    assert!(lab.plan(ignoring).plan().is_empty());
    let triggered = r#"
        resource "fake_thing" "a" {
          name = "a"
          lifecycle { replace_triggered_by = [fake_thing.t] }
        }
        resource "fake_thing" "t" {
          name = "t"
          size = 1
        }
    "#;
    lab.apply(&triggered.replace("lifecycle { replace_triggered_by = [fake_thing.t] }", ""));
    let planned = lab.plan(&triggered.replace("size = 1", "size = 2"));
    let mut found = changes(planned.plan());
    found.sort();
    assert_eq!(found, ["Replace fake_thing.a", "Update fake_thing.t"]);
}

#[test]
fn conditions_hold_or_say_what_their_author_wrote() {
    let lab = Lab::new();
    let source = r#"
        variable "size" {
          type = int
          validation {
            condition     = var.size < 10
            error_message = "at most nine"
          }
        }
        resource "fake_thing" "a" {
          name = "a"
          size = var.size
          lifecycle {
            precondition {
              condition     = var.size != 3
              error_message = "not three"
            }
            postcondition {
              condition     = self.id != "id-2"
              error_message = "unlucky id"
            }
          }
        }
    "#;
    let with = |size: i64| {
        let mut lab = lab.clone();
        lab.inputs = prov::pipeline::Inputs::new().with("size", size);
        lab
    };
    assert_eq!(with(12).errors(source), ["validation-failed: var.size: at most nine"]);
    assert_eq!(with(3).errors(source), ["validation-failed: fake_thing.a: not three"]);
    with(4).apply(source);
    let second = source.replace("name = \"a\"", "name = \"b\"");
    let applied = crate::support::lab::block(with(4).try_apply(&second));
    assert!(!applied.complete);
    assert!(applied.diagnostics[0].message.contains("unlucky id"), "{applied:#?}");
    assert_eq!(lab.fake.names(), ["b"], "the object exists and is recorded");
    assert_eq!(lab.addresses(), ["fake_thing.a"]);
}

#[test]
fn data_is_read_when_it_can_be() {
    let lab = Lab::new();
    lab.fake.with(|world| {
        world.data.insert("known".into(), "v1".into());
        world.data.insert("a".into(), "v2".into());
    });
    let source = r#"
        data "fake_lookup" "now"   { name = "known" }
        data "fake_lookup" "later" { name = fake_thing.a.auto == "made" ? fake_thing.a.name : "?" }
        resource "fake_thing" "a"  { name = "a" }
        resource "fake_thing" "b"  {
          name = "b"
          link = data.fake_lookup.later.value
        }
        output "now" { value = data.fake_lookup.now.value }
    "#;
    let planned = lab.plan(source);
    assert_eq!(planned.plan().outputs["now"].after.as_str(), Some("v1"));
    let found = changes(planned.plan());
    assert!(found.contains(&"Read data.fake_lookup.later".to_owned()), "{found:?}");
    lab.apply(source);
    let b = lab.instance("fake_thing.b");
    assert_eq!(b.object.attributes.get("link").unwrap().as_str(), Some("v2"));
}

#[test]
fn data_waits_for_what_its_block_its_dependencies_and_its_module_name() {
    let mut lab = Lab::new();
    lab.fake.with(|world| drop(world.data.insert("a".into(), "v".into())));
    lab.modules = vec![(
        "reader/main.prov",
        r#"
            variable "name" { type = string }
            data "fake_lookup" "it" { name = var.name }
            output "value" { value = data.fake_lookup.it.value }
        "#,
    )];
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        locals { name = fake_thing.a.name }
        data "fake_lookup" "named"   { name = fake_thing.a.name }
        data "fake_lookup" "counted" {
          count = length(fake_thing.a.name)
          name  = "a"
        }
        data "fake_lookup" "waits" {
          name       = "a"
          depends_on = [fake_thing.a]
        }
        data "fake_lookup" "waits-for-data" {
          name       = "a"
          depends_on = [module.waits]
        }
        data "fake_lookup" "by-a-local" { name = local.name }
        module "waits" {
          source     = "./reader"
          name       = "a"
          depends_on = [fake_thing.a]
        }
        module "given" {
          source = "./reader"
          name   = fake_thing.a.name
        }
        module "after-data" {
          source     = "./reader"
          name       = "a"
          depends_on = [module.given]
        }
        locals {
          early = {
            by-a-local = data.fake_lookup.by-a-local.value
            given      = module.given.value
            after-data = module.after-data.value
          }
        }
        resource "fake_thing" "early" {
          for_each = local.early
          name     = "${each.key}-${each.value}"
        }
    "#;
    let mut read_later: Vec<_> = changes(lab.plan(source).plan());
    read_later.retain(|change| change.starts_with("Read"));
    read_later.sort();
    assert_eq!(
        read_later,
        [
            "Read data.fake_lookup.counted[0]",
            "Read data.fake_lookup.named",
            "Read data.fake_lookup.waits",
            "Read data.fake_lookup.waits-for-data",
            "Read module.waits.data.fake_lookup.it",
        ]
    );
    lab.apply(source);
}

#[test]
fn secrets_stay_marked() {
    let mut lab = Lab::new();
    lab.inputs = prov::pipeline::Inputs::new().with("word", "hunter2");
    let source = r#"
        variable "word" {
          type      = string
          sensitive = true
        }
        resource "fake_thing" "a" {
          name     = "a"
          password = "plain"
          tags     = { word = var.word, other = "x" }
        }
        output "tags" {
          value     = fake_thing.a.tags
          sensitive = true
        }
    "#;
    let planned = lab.plan(source);
    assert!(!format!("{:?}", planned.plan()).contains("hunter2"));
    lab.apply(source);
    let a = lab.instance("fake_thing.a").object.attributes.clone();
    assert!(a.get("password").unwrap().secret);
    assert!(a.get("tags").unwrap().get("word").unwrap().secret);
    assert!(!a.get("tags").unwrap().get("other").unwrap().secret);
}

#[test]
fn targets_take_what_they_need_along_and_excludes_leave_out_what_depends_on_them() {
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" {
          name = "b"
          link = fake_thing.a.id
        }
        resource "fake_thing" "c" { name = "c" }
    "#;
    let mut lab = Lab::new();
    lab.options = PlanOptions { targets: vec!["fake_thing.b".parse().unwrap()], ..PlanOptions::default() };
    assert_eq!(changes(lab.plan(source).plan()), ["Create fake_thing.a", "Create fake_thing.b"]);
    lab.options = PlanOptions { excludes: vec!["fake_thing.a".parse().unwrap()], ..PlanOptions::default() };
    assert_eq!(changes(lab.plan(source).plan()), ["Create fake_thing.c"]);
    lab.apply(source);
    assert_eq!(lab.fake.names(), ["c"]);
    lab.options = PlanOptions::default();
    lab.apply(source);
    lab.options = PlanOptions { replace: vec!["fake_thing.c".parse().unwrap()], ..PlanOptions::default() };
    let planned = lab.plan(source);
    assert_eq!(changes(planned.plan()), ["Replace fake_thing.c"]);
}

#[test]
fn keys_that_only_apply_knows_are_planned_in_a_second_stage() {
    let lab = Lab::new();
    let source = r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" {
          for_each = toset([fake_thing.a.id])
          name     = "b-${each.key}"
        }
        output "b" { value = [for b in fake_thing.b : b.name] }
    "#;
    let planned = lab.plan(source);
    assert_eq!(changes(planned.plan()), ["Create fake_thing.a"]);
    assert_eq!(planned.plan().deferred[0].address.to_string(), "fake_thing.b");
    assert!(!planned.plan().outputs.contains_key("b"));
    assert!(crate::support::lab::block(lab.try_apply(source)).complete);
    assert_eq!(changes(lab.plan(source).plan()), ["Create fake_thing.b[\"id-1\"]"]);
    let applied = lab.apply(source);
    assert_eq!(applied.outputs["b"].to_string(), r#"["b-id-1"]"#);
}

#[test]
fn every_mistake_is_reported_once() {
    let mut lab = Lab::new();
    lab.inputs = prov::pipeline::Inputs::new().with("nobody", "x");
    assert_eq!(
        lab.errors(r#"variable "someone" { type = string }"#),
        ["undeclared-variable: there is no variable nobody, and the embedding program sets it"]
    );
    lab.inputs = prov::pipeline::Inputs::new();
    let source = r#"
        variable "missing" { type = string }
        locals { bad = [1, 2][length(var.missing)] }
        resource "fake_thing" "a" { name = tostring(local.bad) }
        data "fake_lookup" "none" { name = "none" }
        output "twice" { value = data.fake_lookup.none.value }
    "#;
    let errors = lab.errors(source);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors.iter().any(|e| e.starts_with("input-required: var.missing")), "{errors:?}");
    assert!(errors.iter().any(|e| e.starts_with("read-failed: data.fake_lookup.none")), "{errors:?}");
}

#[test]
fn the_clock_is_read_when_a_plan_is_applied() {
    let lab = Lab::new();
    let source = r#"resource "fake_thing" "a" {
        name = "a"
        tags = { made = timestamp() }
        lifecycle { ignore_changes = [tags] }
    }"#;
    let planned = lab.plan(source);
    assert!(planned.plan().changes[0].after.get("tags").unwrap().get("made").unwrap().is_unknown());
    lab.apply(source);
    let made = lab.instance("fake_thing.a").object.attributes.get("tags").unwrap().get("made").cloned();
    assert_eq!(made.unwrap().as_str(), Some("2001-09-09T01:46:40Z"));
}

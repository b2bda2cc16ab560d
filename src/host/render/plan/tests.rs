#![allow(clippy::unwrap_used, missing_docs)]
//! What readers of a plan see, and that they never see a secret.

use std::sync::Arc;

use super::*;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::source::Sources;
use crate::base::types::Type;
use crate::base::value::Value;
use crate::engine::plan::{DriftedInstance, OutputChange};
use crate::engine::state::ProviderRef;
use crate::host::render::Style;

fn schema() -> Arc<Schema> {
    let attributes = [
        ("name", Attribute::required(Type::string()).forces_replacement()),
        ("password", Attribute::optional(Type::string()).sensitive()),
        ("policy", Attribute::optional(Type::string())),
        ("tags", Attribute::optional(Type::map(Type::string()))),
        ("zones", Attribute::optional(Type::list(Type::string()))),
        ("size", Attribute::optional(Type::int()).default(20)),
        ("arn", Attribute::computed(Type::string())),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    Arc::new(Schema::new(BlockSchema { attributes, ..BlockSchema::default() }, ""))
}

fn change(address: &str, action: Action, before: Value, after: Value, reasons: Vec<Reason>) -> Change {
    Change {
        address: address.parse().unwrap(),
        declared: None,
        owner: Some("core".into()),
        provider: ProviderRef { name: "aws".into(), alias: None },
        schema: schema(),
        action,
        before,
        after,
        reasons,
        moved_from: None,
        deposed: None,
        imported: None,
    }
}

fn object(name: &str, password: &str, policy: &str, tags: &[(&str, &str)], zones: &[&str]) -> Value {
    Value::map([
        ("name", Value::from(name)),
        ("password", password.into()),
        ("policy", policy.into()),
        ("tags", Value::map(tags.iter().map(|(k, v)| (*k, Value::from(*v))))),
        ("zones", zones.iter().map(|z| Value::from(*z)).collect::<Vec<_>>().into()),
        ("size", 20.into()),
        ("arn", "arn:1".into()),
    ])
}

fn example() -> Plan {
    let before = object(
        "a",
        "hunter2",
        r#"{"v":1,"allow":["x","y"]}"#,
        &[("owner", "me"), ("env", "dev")],
        &["a", "b"],
    );
    let after = object(
        "a",
        "hunter3",
        r#"{"allow":["x","z"],"v":1}"#,
        &[("owner", "you"), ("env", "dev")],
        &["a", "c", "b"],
    );
    let mut renamed = object("b", "hunter2", "line one\nline two\nline three\n", &[], &[]);
    let text = object("a", "hunter2", "line one\nline 2\nline three\n", &[], &[]);
    if let crate::base::value::Kind::Map(map) = &mut renamed.kind {
        Arc::make_mut(map).insert("arn".into(), Value::unknown(Type::string()));
    }
    let mut new = Value::map([
        ("name", Value::from("n")),
        ("password", "hunter4".into()),
        ("size", 20.into()),
        ("arn", Value::unknown(Type::string())),
        ("zones", Value::NULL),
    ]);
    new = new.mark(false);
    Plan {
        changes: vec![
            change("aws_db.new", Action::Create, Value::NULL, new, vec![Reason::New]),
            change("aws_db.same", Action::NoOp, before.clone(), before.clone(), vec![]),
            change("aws_db.edit", Action::Update, before.clone(), after, vec![]),
            change(
                "module.m[\"k\"].aws_db.two",
                Action::Replace,
                text,
                renamed,
                vec![Reason::ForcesReplacement("name".into())],
            ),
            change("aws_db.old", Action::Delete, before.clone(), Value::NULL, vec![Reason::NotConfigured]),
        ],
        drift: vec![DriftedInstance {
            address: "aws_db.edit".parse().unwrap(),
            schema: schema(),
            recorded: Value::map([("size", Value::from(20)), ("password", "hunter2".into())]),
            actual: Value::map([("size", Value::from(30)), ("password", "hunter9".into())]),
        }],
        outputs: [
            ("url".into(), OutputChange { before: Value::NULL, after: Value::unknown(Type::string()) }),
            (
                "key".into(),
                OutputChange {
                    before: Value::from("hunter2").mark(true),
                    after: Value::from("hunter3").mark(true),
                },
            ),
        ]
        .into_iter()
        .collect(),
        ..Plan::default()
    }
}

#[test]
fn people_see_losses_first_and_only_what_changes() {
    let drawn = human::plan(&example(), &Sources::new(), &Style::default());
    let expected = r#"Changed outside since the last run (1 object):

  ~ aws_db.edit
      # password, size

  - destroy aws_db.old
      # no longer in the configuration

-/+ replace module.m["k"].aws_db.two
      # name can't be changed in place
      ~ name = "a" -> "b"  # forces replacement
      ~ policy = <<-EOT
          line one
        - line 2
        + line two
          line three
        EOT
      # known after apply: arn

  ~ update aws_db.edit
      ~ password = (sensitive) -> (sensitive)
      ~ policy = jsonencode({
        ~ allow = [
          ~ "y" -> "z"
          # 1 unchanged
          ]
        # 1 unchanged
        })
      ~ tags = {
        ~ owner = "me" -> "you"
        # 1 unchanged
        }
      ~ zones = [
        + "c"
        # 2 unchanged
        ]

  + create aws_db.new
      + name = "n"
      + password = (sensitive)
      # known after apply: arn
      # 1 at its default

Outputs:
  + url = (known after apply)
  ~ key = (sensitive) -> (sensitive)

Plan: 1 to destroy, 1 to replace, 1 to update, 1 to create.
  core: 1 to destroy, 1 to replace, 1 to update, 1 to create
"#;
    let tidy = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(tidy(&drawn), tidy(expected), "\n{drawn}");
}

#[test]
fn no_renderer_shows_a_secret() {
    let plan = example();
    let style = Style { color: true, ..Style::default() };
    for drawn in [
        human::plan(&plan, &Sources::new(), &style),
        markdown::document(&plan),
        json::document(&plan, &Sources::new(), &style).to_string(),
    ] {
        assert!(!drawn.contains("hunter"), "{drawn}");
    }
}

#[test]
fn markdown_is_capped_and_cannot_be_broken_out_of() {
    let value =
        Value::map([("name", Value::from("```\n</details><script>")), ("policy", "x\n````\ny".into())]);
    let changes = (0..20_000)
        .map(|n| change(&format!("aws_db.n{n}"), Action::Create, Value::NULL, value.clone(), vec![]))
        .collect();
    let text = markdown::document(&Plan { changes, ..Plan::default() });
    assert!(text.len() < 65_000, "{}", text.len());
    assert!(text.contains("more changes"));
    let one = markdown::document(&Plan {
        changes: vec![change("a.b", Action::Create, Value::NULL, value, vec![])],
        ..Plan::default()
    });
    assert!(one.contains("`````diff\n"), "{one}");
}

#[test]
fn json_lists_what_is_unknown_and_what_is_secret() {
    let document = json::document(&example(), &Sources::new(), &Style::default());
    let new = &document["changes"][3];
    assert_eq!((new["address"].as_str(), new["action"].as_str()), (Some("aws_db.new"), Some("create")));
    assert_eq!(new["unknown"], serde_json::json!(["arn"]));
    assert_eq!(new["sensitive"], serde_json::json!(["password"]));
    assert_eq!(new["after"]["password"], serde_json::Value::Null);
    assert_eq!(document["summary"]["replace"], 1);
}

#[test]
fn long_texts_are_cut_where_they_differ() {
    let old = format!("{}OLD{}", "x".repeat(5_000), "y".repeat(5_000));
    let new = old.replace("OLD", "NEW");
    let drawn = lines("a", &old.into(), &new.into());
    assert!(
        drawn.iter().any(|line| line.text.contains("OLD"))
            && drawn.iter().any(|line| line.text.contains("NEW"))
    );
    assert!(drawn.iter().all(|line| line.text.chars().count() < 600));
}

proptest::proptest! {
    #[test]
    fn any_two_json_texts_can_be_compared(a in "[\\[{}\\]a1\":,\n ]{0,30}", b in "[\\[{}\\]a1\":,\n ]{0,30}") {
        let shown = lines("x", &a.as_str().into(), &b.as_str().into());
        proptest::prop_assert_eq!(shown.is_empty(), a == b);
    }
}

//! Plans as files.

use prov::engine::events::Quiet;
use prov::engine::state::StateStore;
use prov::pipeline::Inputs;

use crate::support::lab::{Lab, block, changes, request, run};

const SOURCE: &str = r#"
    variable "size" { type = int }
    data "fake_lookup" "d" { name = "d" }
    resource "fake_thing" "a" {
      name = "a"
      size = var.size
      tags = { d = data.fake_lookup.d.value }
    }
    resource "fake_thing" "b" {
      name = "b"
      link = fake_thing.a.id
    }
"#;

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.fake.with(|world| world.data.insert("d".into(), "then".into()));
    lab.inputs = Inputs::new().with("size", 4);
    lab
}

async fn apply(lab: &Lab, bytes: &[u8]) -> prov::engine::apply::Applied {
    let planned = lab.engine("").await.load_plan(bytes).await;
    let planned = planned.unwrap_or_else(|errors| panic!("{errors:#?}"));
    let session = lab.store.lock(request()).await.unwrap();
    planned.apply(&*session, &run(), &Quiet).await
}

#[test]
fn a_saved_plan_does_what_was_shown() {
    let lab = lab();
    let planned = lab.plan(SOURCE);
    let bytes = planned.save().unwrap();
    // What the data source says by now does not matter: the plan was shown with what it said then.
    lab.fake.with(|world| world.data.insert("d".into(), "now".into()));
    let loaded = block(async { lab.engine("").await.load_plan(&bytes).await });
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(changes(loaded.plan()), changes(planned.plan()));
    let applied = block(apply(&lab, &bytes));
    assert!(applied.complete, "{applied:#?}");
    let a = lab.instance("fake_thing.a").object.attributes.clone();
    assert_eq!(a.get("tags").unwrap().get("d").unwrap().as_str(), Some("then"));
    assert_eq!(lab.fake.names(), ["a", "b"]);
}

#[test]
fn a_stale_plan_is_refused() {
    let lab = lab();
    let bytes = lab.plan(SOURCE).save().unwrap();
    assert!(block(apply(&lab, &bytes)).complete);
    let again = block(apply(&lab, &bytes));
    assert_eq!(again.diagnostics[0].code.name(), "stale-plan");
    assert_eq!(lab.fake.names(), ["a", "b"]);
}

#[test]
fn what_refresh_found_is_part_of_the_plan() {
    let lab = lab();
    lab.apply(SOURCE);
    lab.fake.with(|world| world.things.remove("id-1"));
    let planned = lab.plan(SOURCE);
    let shown = changes(planned.plan());
    assert_eq!(shown[0], "Create fake_thing.a");
    let bytes = planned.save().unwrap();
    let applied = block(apply(&lab, &bytes));
    assert!(applied.complete, "{applied:#?}");
    assert_eq!(lab.fake.names(), ["a", "b"]);
}

#[test]
fn an_altered_plan_is_refused() {
    let lab = lab();
    let bytes = lab.plan(SOURCE).save().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let altered = text.replace("\"serial\": 0", "\"serial\": 1");
    assert_ne!(text, altered);
    for wrong in [altered.as_bytes(), b"", b"prov plan 9 sha256:00\n{}", &[0xff, 0xfe]] {
        let told = block(async { lab.engine("").await.load_plan(wrong).await.map(|_| ()) }).unwrap_err();
        assert_eq!(told[0].code.name(), "stale-plan", "{told:?}");
    }
}

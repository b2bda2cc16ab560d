//! Rust types in and out.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::type_for;
use crate::base::types::Type;
use crate::base::value::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Engine {
    Postgres,
    MySql,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Backup {
    Never,
    Every(Duration),
    Window { hour: u8 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Database {
    name: String,
    engine: Engine,
    #[serde(rename = "storage")]
    bytes: u64,
    share: f64,
    keep: Duration,
    zones: BTreeSet<String>,
    tags: BTreeMap<String, i64>,
    pair: (bool, char),
    backup: Backup,
    note: Option<String>,
    replica: Option<Box<Database>>,
}

fn database() -> Database {
    Database {
        name: "core".into(),
        engine: Engine::MySql,
        bytes: u64::MAX,
        share: 0.1,
        keep: Duration::from_millis(90_500),
        zones: ["b".into(), "a".into()].into(),
        tags: [("one".into(), -1)].into(),
        pair: (true, 'ü'),
        backup: Backup::Every(Duration::from_secs(3600)),
        note: None,
        replica: Some(Box::new(Database { replica: None, backup: Backup::Window { hour: 3 }, ..small() })),
    }
}

fn small() -> Database {
    Database {
        name: String::new(),
        engine: Engine::Postgres,
        bytes: 0,
        share: -2.5e300,
        keep: Duration::ZERO,
        zones: BTreeSet::new(),
        tags: BTreeMap::new(),
        pair: (false, 'x'),
        backup: Backup::Never,
        note: Some("n".into()),
        replica: None,
    }
}

#[test]
fn what_goes_in_comes_out() {
    for given in [database(), small()] {
        let value = Value::serialize(&given).unwrap();
        assert_eq!(value.deserialize::<Database>().unwrap(), given);
    }
    let value = Value::serialize(&database()).unwrap();
    assert_eq!(value.get("keep").unwrap().to_string(), "90500ms");
    assert_eq!(value.get("engine").unwrap().to_string(), "\"my-sql\"");
    assert_eq!(value.get("share").unwrap().to_string(), "0.1");
    assert_eq!(value.get("storage").unwrap().to_string(), "18446744073709551615");
    assert_eq!(value.get("backup").unwrap().to_string(), "{ Every = 1h }");
}

#[test]
fn json_goes_through_unchanged() {
    let text = r#"{"a":[1,2.50,-3,123456789012345678901234567890],"b":{"c":null,"d":true},"e":"ü"}"#;
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let value = Value::serialize(&json).unwrap();
    assert_eq!(
        value.to_string(),
        r#"{ a = [1, 2.5, -3, 123456789012345678901234567890], b = { c = null, d = true }, e = "ü" }"#
    );
}

#[test]
fn errors_name_the_place_and_the_words_of_both_sides() {
    let told = |value: Value| value.deserialize::<Database>().unwrap_err().to_string();
    let with = |name: &str, value: Value| {
        let whole = Value::serialize(&small()).unwrap();
        let mut map = whole.as_map().unwrap().clone();
        map.insert(name.into(), value);
        Value::from(map)
    };
    assert_eq!(told(with("storage", "big".into())), "storage: \"big\", and u64 is needed");
    assert_eq!(told(with("storage", Value::from(-1))), "storage: -1, and u64 is needed");
    assert_eq!(told(with("name", Value::NULL)), "name: null, and a string is needed");
    assert_eq!(told(with("zones", vec![Value::from(1)].into())), "zones[0]: 1, and a string is needed");
    assert_eq!(
        told(with("engine", "oracle".into())),
        "engine: \"oracle\", and one of \"postgres\", \"my-sql\" is needed"
    );
    assert_eq!(
        told(with("replica", with("share", Value::unknown(Type::number())))),
        "replica.share: it is not known yet: it is decided by apply"
    );
    let secret = Value::from("hunter2").mark(true);
    assert_eq!(told(with("storage", secret)), "storage: (sensitive), and u64 is needed");
    assert!(told(Value::map([("name", Value::from("x"))])).contains("missing field `engine`"));
    assert!(Value::serialize(&f64::NAN).unwrap_err().to_string().contains("NaN"));
    assert!(Value::serialize(&BTreeMap::from([(vec![1], 2)])).is_err());
}

#[test]
fn types_are_read_off() {
    assert_eq!(type_for::<i8>().to_string(), "int(-128..127)");
    assert_eq!(type_for::<Option<BTreeMap<String, Vec<f32>>>>().to_string(), "map(list(number))?");
    assert_eq!(type_for::<Engine>().to_string(), "\"postgres\" | \"my-sql\"");
    assert_eq!(type_for::<Duration>().to_string(), "duration");
    assert!(type_for::<Backup>().is_any(), "some of its variants hold data");
    assert!(type_for::<serde_json::Value>().is_any());
    assert_eq!(type_for::<std::net::IpAddr>().to_string(), "string");
    // It holds itself, so it is followed for a while only.
    let ty = type_for::<Database>().to_string();
    assert!(
        ty.starts_with("object({ name = string, engine = \"postgres\" | \"my-sql\", storage = int(0.."),
        "{ty}"
    );
    assert!(ty.contains("note = optional(string)"), "{ty}");
}

#[test]
fn what_a_type_says_is_what_can_be_read() {
    let ty = type_for::<Database>();
    for given in [database(), small()] {
        let value = Value::serialize(&given).unwrap();
        let fitted = crate::base::assign::conforms(&value, &ty).unwrap();
        assert_eq!(fitted.deserialize::<Database>().unwrap(), given);
    }
}

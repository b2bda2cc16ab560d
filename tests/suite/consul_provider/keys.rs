//! Keys of the key-value store: only what is named is ever touched.

use prov::base::value::Value;
use prov::engine::provider::*;
use serde_json::json;

use super::sides::{Side, cases};
use super::{KEYS, PREFIX, object};

cases! {
    keys_are_written_read_and_deleted,
    keys_of_others_are_left_alone,
    a_prefix_owns_only_its_keys,
    hundreds_of_keys_in_one_resource,
    keys_are_read_as_data,
    keys_that_can_not_be_are_refused,
}

fn key(path: &str, value: &str, delete: bool) -> Value {
    object([("path", path.into()), ("value", value.into()), ("delete", delete.into())])
}

fn keys<const N: usize>(keys: [Value; N]) -> Value {
    object([("key", keys.to_vec().into())])
}

fn prefix<const N: usize>(prefix: &str, subkeys: [(&str, &str); N]) -> Value {
    let subkeys = Value::map(subkeys.map(|(name, value)| (name, Value::from(value))));
    object([("path_prefix", prefix.into()), ("subkeys", subkeys)])
}

async fn keys_are_written_read_and_deleted(side: &Side) {
    let bench = side.bench().await;
    let config = keys([key("kv/a", "1", true), key("kv/b", "", true), key("kv/kept", "ü", false)]);
    let made = bench.make(KEYS, config.clone()).await.unwrap();
    assert_eq!(bench.read(KEYS, &made).await.unwrap().as_ref(), Some(&made));
    assert_eq!(bench.plan(KEYS, Some(&made), config).await.unwrap().planned, made.attributes);
    let changed =
        bench.change(KEYS, &made, keys([key("kv/a", "2", true), key("kv/kept", "ü", false)])).await.unwrap();
    assert_eq!(bench.get("kv/kv/b").await, json!(null));
    assert_eq!(bench.get("kv/kv/a").await[0]["Value"], "Mg==");
    bench.remove(KEYS, &changed).await.unwrap();
    assert_eq!(bench.get("kv/kv/a").await, json!(null));
    assert_eq!(bench.get("kv/kv/kept").await[0]["Value"], "w7w=");
    // One that was left behind may be taken up again as it is.
    bench.make(KEYS, keys([key("kv/kept", "ü", false)])).await.unwrap();
}

async fn keys_of_others_are_left_alone(side: &Side) {
    let bench = side.bench().await;
    bench.put("kv/others/a", json!(1)).await;
    let error =
        bench.make(KEYS, keys([key("others/a", "x", true), key("others/b", "x", true)])).await.unwrap_err();
    assert!(error.answer.contains("exists already"), "{error}");
    assert_eq!(bench.get("kv/others/b").await, json!(null));
    let made = bench.make(KEYS, keys([key("others/b", "x", true)])).await.unwrap();
    bench.put("kv/others/b", json!(2)).await;
    let error = bench.change(KEYS, &made, keys([key("others/b", "y", true)])).await.unwrap_err();
    assert_eq!(error.fault, Fault::Conflict);
    assert_eq!(bench.remove(KEYS, &made).await.unwrap_err().fault, Fault::Conflict);
    let now = bench.read(KEYS, &made).await.unwrap().unwrap();
    assert_ne!(now.attributes, made.attributes);
    bench.remove(KEYS, &now).await.unwrap();
    assert_eq!(bench.read(KEYS, &now).await.unwrap(), None);
}

async fn a_prefix_owns_only_its_keys(side: &Side) {
    let bench = side.bench().await;
    bench.put("kv/app/foreign", json!("theirs")).await;
    let made = bench.make(PREFIX, prefix("app/", [("a", "1"), ("b/c", "2")])).await.unwrap();
    assert_eq!(bench.read(PREFIX, &made).await.unwrap().as_ref(), Some(&made));
    let imported = bench.import(PREFIX, "app/").await.unwrap();
    assert_eq!(imported.attributes.get("subkeys").unwrap().as_map().unwrap().len(), 3);
    let changed = bench.change(PREFIX, &made, prefix("app/", [("a", "1"), ("d", "3")])).await.unwrap();
    assert_eq!(bench.get("kv/app/b/c").await, json!(null));
    bench.remove(PREFIX, &changed).await.unwrap();
    assert_eq!(bench.get("kv/app/d").await, json!(null));
    assert_eq!(bench.get("kv/app/foreign").await.as_array().unwrap().len(), 1);
}

async fn hundreds_of_keys_in_one_resource(side: &Side) {
    let bench = side.bench().await;
    let subkeys = |value: &str| {
        let keys = (0..300).map(|n| (format!("k{n:03}"), Value::from(format!("{value}{n}"))));
        object([("path_prefix", "many/".into()), ("subkeys", Value::map(keys))])
    };
    let made = bench.make(PREFIX, subkeys("a")).await.unwrap();
    assert_eq!(made.attributes.get("subkeys").unwrap().as_map().unwrap().len(), 300);
    let changed = bench.change(PREFIX, &made, subkeys("b")).await.unwrap();
    assert_eq!(bench.read(PREFIX, &changed).await.unwrap().as_ref(), Some(&changed));
    bench.remove(PREFIX, &changed).await.unwrap();
    assert_eq!(bench.read(PREFIX, &changed).await.unwrap(), None);
}

async fn keys_are_read_as_data(side: &Side) {
    let bench = side.bench().await;
    bench.make(PREFIX, prefix("data/", [("url", "http://x"), ("sub/port", "1")])).await.unwrap();
    let named = |name: &str, path: &str| object([("name", name.into()), ("path", path.into())]);
    let fallback = object([("name", "n".into()), ("path", "data/none".into()), ("default", "d".into())]);
    let read = bench.data("consul_keys", keys([named("url", "data/url"), fallback])).await.unwrap();
    assert_eq!(read.get("var").unwrap(), &Value::map([("n", Value::from("d")), ("url", "http://x".into())]));
    let missing = bench.data("consul_keys", keys([named("x", "data/none")])).await.unwrap_err();
    assert!(missing.answer.contains("data/none"), "{missing}");
    let all = bench.data("consul_key_prefix", object([("path_prefix", "data/".into())])).await.unwrap();
    let expected = Value::map([("url", Value::from("http://x")), ("sub/port", "1".into())]);
    assert_eq!(all.get("subkeys").unwrap(), &expected);
}

async fn keys_that_can_not_be_are_refused(side: &Side) {
    let bench = side.bench().await;
    for path in ["/a", "a//b", "a/../b"] {
        let config = bench.config(KEYS, keys([key(path, "", true)]));
        let found = bench.connection.validate(ValidateRequest { kind: KEYS.into(), config }).await.unwrap();
        assert_eq!(found.len(), 1, "{path}");
    }
}

//! What is drawn follows the rules that were given.
#![allow(clippy::unwrap_used)]
use std::collections::HashSet;

use super::*;
use crate::engine::provider::{
    Connection, CreateRequest, ImportRequest, Object, Provider, ProviderError, ReadRequest, ValidateRequest,
};
use crate::world::entropy::SystemEntropy;

struct Rig {
    provider: StateOnly,
    kind: &'static str,
}

fn rig(kind: &'static str) -> Rig {
    Rig { provider: provider(Arc::new(SystemEntropy)), kind }
}

impl Rig {
    async fn schema(&self) -> Arc<Schema> {
        self.provider.schema().unwrap().resources[self.kind].clone()
    }

    /// Arguments as the engine hands them over: null where not set.
    async fn config(&self, set: &[(&str, Value)]) -> Value {
        let schema = self.schema().await;
        let mut map: ValueMap =
            schema.block.attributes.keys().map(|name| (name.clone(), Value::NULL)).collect();
        for (name, value) in set {
            assert!(map.insert((*name).into(), value.clone()).is_some(), "{} has no {name}", self.kind);
        }
        map.into()
    }

    async fn plan(&self, prior: Option<&Object>, set: &[(&str, Value)]) -> PlanReply {
        let request = PlanRequest {
            address: format!("{}.x", self.kind).parse().unwrap(),
            kind: self.kind.into(),
            schema: self.schema().await,
            prior: prior.cloned(),
            config: self.config(set).await,
        };
        Connection::plan(&self.provider, request).await.unwrap()
    }

    async fn try_make(&self, set: &[(&str, Value)]) -> Result<Object, ProviderError> {
        let request = CreateRequest {
            address: format!("{}.x", self.kind).parse().unwrap(),
            kind: self.kind.into(),
            schema: self.schema().await,
            planned: self.plan(None, set).await.planned,
            token: "t".into(),
        };
        self.provider.create(request).await
    }

    async fn make(&self, set: &[(&str, Value)]) -> Object {
        let made = self.try_make(set).await.unwrap();
        assert!(made.attributes.is_wholly_known());
        let schema = self.schema().await;
        let ty = schema.object_type(self.kind);
        assert!(crate::base::assign::conforms(&made.attributes, ty).is_ok(), "{:?}", made.attributes);
        let again = self.plan(Some(&made), set).await;
        assert_eq!(again, PlanReply { planned: made.attributes.clone(), replace: vec![] }, "planning again");
        made
    }

    async fn complaints(&self, set: &[(&str, Value)]) -> Vec<String> {
        let request = ValidateRequest { kind: self.kind.into(), config: self.config(set).await };
        let complaints = self.provider.validate(request).await.unwrap();
        complaints.into_iter().map(|c| c.attribute.unwrap().to_string()).collect()
    }

    async fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let request = ImportRequest {
            address: format!("{}.x", self.kind).parse().unwrap(),
            kind: self.kind.into(),
            schema: self.schema().await,
            id: id.into(),
        };
        self.provider.import(request).await
    }
}

fn at<'a>(object: &'a Object, name: &str) -> &'a str {
    object.attributes.get(name).unwrap().as_str().unwrap()
}

fn strings(texts: &[&str]) -> Value {
    texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>().into()
}

#[tokio::test]
async fn keepers_that_change_make_a_new_object_and_nulls_do_not_count() {
    let rig = rig("random_uuid");
    let keepers = |entries: &[(&str, Value)]| {
        [("keepers", Value::map(entries.iter().map(|(key, value)| (*key, value.clone()))))]
    };
    let made = rig.make(&keepers(&[("ami", "a".into())])).await;
    let changed = rig.plan(Some(&made), &keepers(&[("ami", "b".into())])).await;
    assert_eq!(changed.replace, ["keepers"]);
    assert!(changed.planned.get("result").unwrap().is_unknown());
    assert_eq!(rig.plan(Some(&made), &[]).await.replace, ["keepers"]);
    let unknown = keepers(&[("ami", Value::unknown(Type::string()))]);
    assert_eq!(rig.plan(Some(&made), &unknown).await.replace, ["keepers"]);

    let with_null = keepers(&[("ami", "a".into()), ("zone", Value::NULL)]);
    let kept = rig.plan(Some(&made), &with_null).await;
    assert!(kept.replace.is_empty());
    assert_eq!(kept.planned.get("result"), made.attributes.get("result"));
    assert_eq!(kept.planned.get("keepers"), Some(&with_null[0].1));
    let none = rig.make(&[]).await;
    assert!(rig.plan(Some(&none), &keepers(&[("ami", Value::NULL)])).await.replace.is_empty());
}

#[tokio::test]
async fn an_id_is_one_number_in_four_forms() {
    let rig = rig("random_id");
    let made = rig.make(&[("byte_length", 8.into()), ("prefix", "web-".into())]).await;
    let bytes = hex::decode(at(&made, "hex").strip_prefix("web-").unwrap()).unwrap();
    assert_eq!(bytes.len(), 8);
    assert_eq!(at(&made, "b64_url"), format!("web-{}", at(&made, "id")));
    let decimal = at(&made, "dec").strip_prefix("web-").unwrap().parse::<u64>().unwrap();
    assert_eq!(decimal, u64::from_be_bytes(bytes.try_into().unwrap()));
    assert_eq!(rig.import(&format!("web-,{}", at(&made, "id"))).await.unwrap(), made);
    assert_eq!(
        rig.plan(Some(&made), &[("byte_length", 9.into()), ("prefix", "web-".into())]).await.replace,
        ["byte_length"]
    );
    // Well-known forms of known bytes.
    let known = rig.import("p-9hUg").await.unwrap();
    assert_eq!(
        (at(&known, "hex"), at(&known, "b64_std"), at(&known, "dec")),
        ("a7ef6152", "p+9hUg==", "2817483090")
    );
    for id in ["", "!", "a,b,$"] {
        assert!(rig.import(id).await.is_err());
    }
}

#[tokio::test]
async fn an_integer_lies_within_its_bounds() {
    let rig = rig("random_integer");
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let made = rig.make(&[("min", (-1).into()), ("max", 1.into())]).await;
        let result = made.attributes.get("result").unwrap().as_i64().unwrap();
        assert_eq!(at(&made, "id"), result.to_string());
        seen.insert(result);
    }
    assert_eq!(seen, HashSet::from([-1, 0, 1]));
    rig.make(&[("min", i64::MIN.into()), ("max", i64::MAX.into())]).await;
    let seeded = [("min", 0.into()), ("max", 1_000_000.into()), ("seed", "s".into())];
    assert_eq!(rig.make(&seeded).await, rig.make(&seeded).await);
    let backwards = [("min", 2.into()), ("max", 1.into())];
    assert_eq!(rig.complaints(&backwards).await, ["min"]);
    assert!(rig.try_make(&backwards).await.unwrap_err().answer.contains("min"));
    assert_eq!(rig.import("15390,1,50000,abc").await.unwrap().attributes.get("seed"), Some(&"abc".into()));
    for id in ["1", "1,2", "9,1,2", "a,b,c"] {
        assert!(rig.import(id).await.is_err());
    }
}

#[tokio::test]
async fn text_keeps_to_its_classes() {
    let rig = rig("random_string");
    let made = rig.make(&[("length", 400.into())]).await;
    for (_, _, members) in
        [("", "", "abcxyz"), ("", "", "ABCXYZ"), ("", "", "0123456789"), ("", "", "!@#$%&*")]
    {
        assert!(at(&made, "result").contains(|c| members.contains(c)));
    }
    assert_eq!(at(&made, "id"), at(&made, "result"));
    for (name, value) in [("special", true), ("number", true), ("numeric", true)] {
        assert_eq!(made.attributes.get(name), Some(&value.into()));
    }
    let only = [
        ("length", 60.into()),
        ("upper", false.into()),
        ("numeric", false.into()),
        ("override_special", "é_".into()),
        ("min_special", 5.into()),
    ];
    let made = rig.make(&only).await;
    let result = at(&made, "result");
    assert_eq!(result.chars().count(), 60);
    assert!(result.chars().all(|c| c.is_ascii_lowercase() || "é_".contains(c)));
    assert!(result.chars().filter(|c| "é_".contains(*c)).count() >= 5);
    assert_eq!(made.attributes.get("number"), Some(&false.into()));
    // The old name of a switch still works, and changing from one to the other changes nothing.
    let old = rig.make(&[("length", 9.into()), ("number", false.into())]).await;
    assert!(
        rig.plan(Some(&old), &[("length", 9.into()), ("numeric", false.into())]).await.replace.is_empty()
    );
    assert_eq!(rig.plan(Some(&old), &[("length", 9.into())]).await.replace, ["numeric", "number"]);

    assert_eq!(
        rig.complaints(&[("length", 3.into()), ("min_upper", 2.into()), ("min_lower", 2.into())]).await,
        ["length"]
    );
    let none = ["special", "upper", "lower", "number"].map(|name| (name, false.into()));
    assert_eq!(rig.complaints(&none).await, ["special"]);
    assert_eq!(rig.complaints(&[("number", true.into()), ("numeric", false.into())]).await, ["number"]);
    assert!(rig.complaints(&[("length", Value::unknown(Type::int()))]).await.is_empty());
    for bad in [0, -1, LONGEST + 1] {
        assert!(rig.try_make(&[("length", bad.into())]).await.is_err(), "{bad}");
    }
    assert!(rig.try_make(&[("length", 3.into()), ("min_upper", 4.into())]).await.is_err());
}

#[tokio::test]
async fn a_name_behind_a_secret_is_secret() {
    let made = rig("random_pet").make(&[("prefix", Value::from("hush").mark(true))]).await;
    assert!(made.attributes.get("id").unwrap().secret);
}

#[tokio::test]
async fn a_password_is_secret_and_hashed() {
    let rig = rig("random_password");
    let made = rig.make(&[("length", 20.into())]).await;
    for name in ["result", "bcrypt_hash"] {
        assert!(made.attributes.get(name).unwrap().secret, "{name}");
    }
    let hash = at(&made, "bcrypt_hash");
    assert!(hash.starts_with("$2a$10$") && bcrypt::verify(at(&made, "result"), hash).unwrap());
    assert_eq!(at(&made, "id"), "none");
    assert!(!format!("{made:?}").contains(at(&made, "result")));
    let imported = rig.import("correct horse").await.unwrap();
    assert!(imported.attributes.get("result").unwrap().secret);
    let again = rig.plan(Some(&imported), &[("length", 13.into())]).await;
    assert_eq!(again, PlanReply { planned: imported.attributes, replace: vec![] });
}

#[tokio::test]
async fn bytes_pets_and_shuffles() {
    let bytes = rig("random_bytes").make(&[("length", 16.into())]).await;
    assert_eq!(at(&bytes, "hex").len(), 32);
    assert!(bytes.attributes.get("hex").unwrap().secret && bytes.attributes.get("base64").unwrap().secret);
    assert_eq!(rig("random_bytes").import(at(&bytes, "base64")).await.unwrap(), bytes);

    let pet = rig("random_pet").make(&[]).await;
    let (adjective, animal) = at(&pet, "id").split_once('-').unwrap();
    assert!(words::ADJECTIVES.contains(&adjective) && words::ANIMALS.contains(&animal));
    let pet = rig("random_pet")
        .make(&[("length", 4.into()), ("separator", "_".into()), ("prefix", "db".into())])
        .await;
    let parts: Vec<_> = at(&pet, "id").split('_').collect();
    assert_eq!((parts.len(), parts[0]), (5, "db"));
    assert!(words::ADVERBS.contains(&parts[1]) && words::ADVERBS.contains(&parts[2]));
    for list in [&words::ADVERBS, &words::ADJECTIVES, &words::ANIMALS] {
        let distinct: HashSet<_> = list.iter().collect();
        assert!(distinct.len() >= 200 && distinct.len() == list.len());
        assert!(list.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
    }

    let shuffle = rig("random_shuffle");
    let zones = strings(&["a", "b", "c"]);
    let result = |made: &Object| made.attributes.get("result").unwrap().as_slice().unwrap().to_vec();
    let mut all = result(&shuffle.make(&[("input", zones.clone())]).await);
    all.sort();
    assert_eq!(Value::from(all), zones);
    assert_eq!(result(&shuffle.make(&[("input", zones.clone()), ("result_count", 2.into())]).await).len(), 2);
    let many = result(&shuffle.make(&[("input", zones.clone()), ("result_count", 8.into())]).await);
    assert!(
        zones
            .as_slice()
            .unwrap()
            .iter()
            .all(|zone| (2..=3).contains(&many.iter().filter(|v| *v == zone).count()))
    );
    assert!(result(&shuffle.make(&[("input", strings(&[])), ("result_count", 8.into())]).await).is_empty());
    let seeded = [("input", zones), ("seed", "s".into())];
    assert_eq!(shuffle.make(&seeded).await, shuffle.make(&seeded).await);
    assert!(shuffle.import("x").await.is_err());
}

#[tokio::test]
async fn reading_finds_what_the_state_has() {
    let rig = rig("random_uuid");
    let made = rig.make(&[]).await;
    let id = uuid::Uuid::parse_str(at(&made, "result")).unwrap();
    assert_eq!(id.get_version_num(), 4);
    let request = ReadRequest {
        address: "random_uuid.x".parse().unwrap(),
        kind: "random_uuid".into(),
        schema: rig.schema().await,
        prior: made.clone(),
    };
    assert_eq!(rig.provider.read(request).await.unwrap(), Some(made.clone()));
    assert_eq!(rig.import(at(&made, "result")).await.unwrap(), made);
    assert!(rig.import("not-a-uuid").await.is_err());
}

//! State survives being written and read, and secrets stay sealed.
#![allow(clippy::unwrap_used)]
use std::sync::Arc;

use proptest::prelude::*;

use super::super::model::{Instance, InstanceStatus, Intent, IntentOperation, ProviderRef, RunRecord};
use super::super::sealing::Place;
use super::*;
use crate::base::Text;
use crate::base::types::{Length, NumberType, ObjectAttribute, ObjectType, StringType, Type, TypeKind};
use crate::base::value::{Duration, Kind, Size, Unknown};
use crate::engine::provider::Object;

/// Binds the place like a real cipher and hides nothing; real ciphers are the business of `world`.
struct Reversing;

impl Sealer for Reversing {
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<String, StoreError> {
        let bytes: Vec<u8> = plain.iter().rev().copied().collect();
        Ok(format!("{}|{}", hex::encode(place.bytes()), hex::encode(bytes)))
    }

    fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Vec<u8>, StoreError> {
        let (bound, bytes) = sealed.split_once('|').unwrap_or_default();
        if bound != hex::encode(place.bytes()) {
            return Err(StoreError::Unusable("sealed for another place".into()));
        }
        let bytes = hex::decode(bytes).map_err(|_| StoreError::Unusable("altered".into()))?;
        Ok(bytes.into_iter().rev().collect())
    }
}

const CODEC: Codec<'static> = Codec { lineage: "l", sealer: &Reversing };

fn text() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-z]{0,4}", "\\$[$a-z_:]{0,8}", any::<String>()].prop_map(Text::from)
}

fn number() -> impl Strategy<Value = crate::base::number::Number> {
    prop_oneof![
        any::<i64>().prop_map(Into::into),
        any::<i128>().prop_map(Into::into),
        "-?[0-9]{1,30}\\.[0-9]{1,30}".prop_map(|text| text.parse().unwrap()),
        "[0-9]{1,3}e-?[0-9]{1,2}".prop_map(|text| text.parse().unwrap()),
    ]
}

fn length() -> impl Strategy<Value = Length> {
    (any::<u64>(), any::<Option<u64>>()).prop_map(|(min, max)| Length { min, max })
}

fn ranges() -> impl Strategy<Value = Arc<[(crate::base::number::Number, crate::base::number::Number)]>> {
    prop::collection::vec((number(), number()), 0..3).prop_map(Into::into)
}

fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(TypeKind::Any),
        Just(TypeKind::Never),
        Just(TypeKind::Bool),
        Just(TypeKind::Error),
        (any::<bool>(), ranges())
            .prop_map(|(integer, ranges)| TypeKind::Number(NumberType { integer, ranges })),
        ranges().prop_map(TypeKind::Duration),
        ranges().prop_map(TypeKind::Size),
        (length(), prop::option::of(text()))
            .prop_map(|(length, pattern)| TypeKind::String(Arc::new(StringType { length, pattern }))),
        prop::collection::vec(text().prop_map(Value::from), 1..3).prop_map(|v| TypeKind::Enum(v.into())),
    ]
    .prop_map(Type::from);
    let flagged = (leaf, any::<bool>(), any::<bool>()).prop_map(|(ty, nullable, secret)| Type {
        nullable,
        secret,
        ..ty
    });
    flagged.prop_recursive(3, 12, 3, |inner| {
        let attribute =
            (inner.clone(), any::<bool>(), prop::option::of(number().prop_map(Value::from))).prop_map(
                |(ty, optional, default)| ObjectAttribute { ty, optional, default, span: None, docs: None },
            );
        prop_oneof![
            (inner.clone(), length()).prop_map(|(t, l)| TypeKind::List(Arc::new(t), l).into()),
            (inner.clone(), length()).prop_map(|(t, l)| TypeKind::Set(Arc::new(t), l).into()),
            (inner.clone(), length()).prop_map(|(t, l)| TypeKind::Map(Arc::new(t), l).into()),
            prop::collection::vec(inner, 0..3).prop_map(Type::tuple),
            (prop::collection::vec((text(), attribute), 0..3), prop::option::of(text())).prop_map(
                |(attributes, name)| {
                    let attributes = attributes.into_iter().collect();
                    TypeKind::Object(Arc::new(ObjectType { attributes, name })).into()
                }
            ),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::NULL),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
        number().prop_map(|n| Kind::Duration(Duration(n)).into()),
        number().prop_map(|n| Kind::Size(Size(n)).into()),
        (ty(), text(), length()).prop_map(|(ty, prefix, length)| Kind::Unknown(Arc::new(Unknown {
            ty,
            prefix,
            length
        }))
        .into()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let values = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            values.clone().prop_map(Value::from),
            values.prop_map(Value::set),
            prop::collection::vec((text(), inner.clone()), 0..4).prop_map(Value::map),
            inner.prop_map(|value| value.mark(true)),
        ]
    })
}

/// Where the marks are; equality of values does not look at them.
fn marks(value: &Value) -> String {
    let inner = match &value.kind {
        Kind::Seq(values) | Kind::Set(values) => values.iter().map(marks).collect(),
        Kind::Map(map) => map.values().map(marks).collect(),
        _ => String::new(),
    };
    format!("{}({inner})", u8::from(value.secret))
}

fn instance(attributes: Value) -> Instance {
    Instance {
        address: "module.m[\"a \\\"b\\\"\"].consul_key.k[3]".parse().unwrap(),
        provider: ProviderRef { name: "consul".into(), alias: Some("eu".into()) },
        schema_version: 7,
        object: Object { attributes, private: Some(Arc::from(&b"\0\xffopaque"[..])) },
        status: InstanceStatus::Tainted,
        dependencies: vec!["a.b".parse().unwrap(), "module.m[\"x\"].data.c.d".parse().unwrap()],
        create_before_destroy: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..Default::default() })]

    #[test]
    fn values_survive(value in value()) {
        let text = CODEC.encode_value("o", &value).unwrap();
        let read = CODEC.decode_value("o", &text).unwrap();
        prop_assert_eq!(marks(&read), marks(&value));
        prop_assert_eq!(read, value);
    }

    #[test]
    fn instances_and_intents_survive(prior in value(), planned in value()) {
        let whole = instance(prior.clone());
        let text = CODEC.encode_instance(&whole).unwrap();
        prop_assert_eq!(CODEC.decode_instance(&text).unwrap(), whole.clone());
        for operation in [
            IntentOperation::Create { planned: planned.clone() },
            IntentOperation::Update { prior: whole.object.clone(), planned },
            IntentOperation::Delete { prior: Object::new(prior.clone()), deposed: None },
            IntentOperation::Delete { prior: Object::new(prior), deposed: Some("t0".into()) },
        ] {
            let intent = Intent {
                token: "t".into(),
                address: whole.address.clone(),
                provider: ProviderRef { name: "x".into(), alias: None },
                schema_version: 0,
                operation,
                dependencies: Vec::new(),
                create_before_destroy: false,
            };
            let text = CODEC.encode_intent(&intent).unwrap();
            prop_assert_eq!(CODEC.decode_intent(&text).unwrap(), intent);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\":,$0-9a-z .e-]{0,40}") {
        let _ = CODEC.decode_value("o", &text);
        let _ = CODEC.decode_instance(&text);
        let _ = CODEC.decode_intent(&text);
    }

    #[test]
    fn damaged_records_are_read_or_refused(value in value(), at in any::<prop::sample::Index>(), byte in 32u8..127) {
        let mut text = CODEC.encode_instance(&instance(value)).unwrap().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(text) = String::from_utf8(text) {
            let _ = CODEC.decode_instance(&text);
        }
    }
}

#[test]
fn plain_values_look_plain() {
    let value = Value::map([
        ("name", "web".into()),
        ("ports", vec![Value::from(80i64), Value::from(443i64)].into()),
        ("tags", Value::set(vec!["b".into(), "a".into()])),
        ("ttl", Kind::Duration(Duration(30_000_000_000i64.into())).into()),
        ("weight", "0.10".parse::<crate::base::number::Number>().unwrap().into()),
        ("$ref", Value::NULL),
    ]);
    assert_eq!(
        CODEC.encode_value("o", &value).unwrap(),
        r#"{"$$ref":null,"name":"web","ports":[80,443],"tags":{"$set":["a","b"]},"ttl":{"$duration_ns":30000000000},"weight":0.1}"#
    );
}

/// Rows written today must be readable for ever: never change this text.
#[test]
fn format_1_is_stable() {
    let text = r#"{"address":"random_password.p","provider":"random","schema_version":3,"tainted":true,"dependencies":["a.b"],"attributes":{"at":{"$size_bytes":4096},"n":12345678901234567890.5,"u":{"$unknown":{"type":{"is":"list","max":3,"element":{"is":"string","nullable":true}},"prefix":"ab","min":1}}}}"#;
    let instance = CODEC.decode_instance(text).unwrap();
    assert_eq!(CODEC.encode_instance(&instance).unwrap(), text);
    assert_eq!(instance.object.attributes.get("at").unwrap().to_string(), "4KiB");
}

#[test]
fn secrets_are_sealed_and_bound_to_their_place() {
    let secret = Value::map([("password", Value::from("hunter2").mark(true)), ("user", "root".into())]);
    let text = CODEC.encode_value("output.a", &secret).unwrap();
    assert!(!text.contains("hunter2") && text.contains("root"), "{text}");
    assert_eq!(CODEC.decode_value("output.a", &text).unwrap(), secret);
    for (lineage, owner, text) in [
        ("l", "output.b", text.clone()),
        ("other", "output.a", text.clone()),
        ("l", "output.a", text.replace("password", "passphrase")),
    ] {
        let error = Codec { lineage, ..CODEC }.decode_value(owner, &text).unwrap_err();
        assert_eq!(error, StoreError::Unusable("sealed for another place".into()));
    }
}

#[test]
fn depth_is_bounded_both_ways() {
    let nested = |depth: usize, marked: bool| {
        (0..depth).fold(Value::NULL, |value, at| {
            let value = value.mark(marked && at % 7 == 0);
            if at % 2 == 0 { vec![value].into() } else { Value::set(vec![value]) }
        })
    };
    for marked in [false, true] {
        let deepest = nested(MAX_DEPTH - 40 * usize::from(marked), marked);
        let text = CODEC.encode_value("o", &deepest).unwrap();
        assert_eq!(CODEC.decode_value("o", &text).unwrap(), deepest);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "ordinary readers manage");
    }
    assert!(CODEC.encode_value("o", &nested(MAX_DEPTH + 1, false)).is_err());
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    assert!(CODEC.decode_value("o", &format!("{open}{close}")).is_err());
    let ty = (0..200).fold(Type::string(), |ty, _| Type::list(ty).optional());
    let unknown = Value::unknown(ty);
    let text = CODEC.encode_value("o", &unknown).unwrap();
    assert_eq!(CODEC.decode_value("o", &text).unwrap(), unknown);
}

#[test]
fn runs_survive() {
    let run = RunRecord {
        operation: "apply".into(),
        who: "ann@desk".into(),
        started: "2026-01-02T03:04:05Z".into(),
        summary: "1 to create".into(),
        complete: true,
    };
    assert_eq!(decode_run(&encode_run(&run)).unwrap(), run);
    assert!(decode_run("{}").is_err());
}

//! Which types meet and which values fit, by example and by property.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::base::number::Number;
use crate::base::types::{NumberType, ObjectAttribute, StringType};
use crate::base::value::{Kind, Value, ValueMap};

fn empty_object() -> Type {
    Type::object(Vec::<(&str, Type)>::new())
}

fn port() -> Type {
    int_in(1, 65535)
}

fn int_in(low: i64, high: i64) -> Type {
    let ranges = vec![(Number::from(low), Number::from(high))].into();
    TypeKind::Number(NumberType { integer: true, ranges }).into()
}

fn engine() -> Type {
    TypeKind::Enum(vec![Value::from("postgres"), Value::from("mysql")].into()).into()
}

fn text(min: u64, max: u64, pattern: Option<&str>) -> Type {
    let length = Length { min, max: Some(max) };
    TypeKind::String(StringType { length, pattern: pattern.map(Into::into) }.into()).into()
}

fn with_optional(name: &str, ty: Type, default: Option<Value>) -> Type {
    let mut object = ObjectType::default();
    let ty = if default.is_none() { ty.optional() } else { ty };
    object
        .attributes
        .insert(name.into(), ObjectAttribute { ty, optional: true, default, span: None, docs: None });
    TypeKind::Object(object.into()).into()
}

fn unlike(target: &Type, source: &Type) -> (String, Fault) {
    let mismatch = assignable(target, source).unwrap_err();
    (mismatch.path.to_string(), mismatch.fault)
}

fn broken(value: impl Into<Value>, ty: &Type) -> String {
    let mismatch = conforms(&value.into(), ty).unwrap_err();
    format!("{} {mismatch}", mismatch.path).trim().to_owned()
}

fn seq(values: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    values.into_iter().map(Into::into).collect::<Vec<_>>().into()
}

#[test]
fn types_join_where_they_meet() {
    let shown = |a: &Type, b: &Type| join(a, b).map(|ty| ty.to_string());
    assert_eq!(shown(&Type::int(), &Type::number()).unwrap(), "number");
    assert_eq!(shown(&Type::string(), &Type::null()).unwrap(), "string?");
    assert_eq!(shown(&Type::string(), &Type::int()), None);
    assert_eq!(shown(&engine(), &Type::string()).unwrap(), "string");
    let redis = TypeKind::Enum(vec![Value::from("redis")].into()).into();
    assert_eq!(shown(&engine(), &redis).unwrap(), r#""postgres" | "mysql" | "redis""#);
    assert_eq!(shown(&engine(), &Type::int()), None);
    assert_eq!(shown(&engine(), &text(1, 3, None)).unwrap(), "string");
    assert_eq!(shown(&engine(), &text(1, 10, None)).unwrap(), "string(length = 1..10)");
    assert_eq!(shown(&int_in(1, 5), &int_in(6, 9)).unwrap(), "int(1..5 | 6..9)");
    assert_eq!(shown(&int_in(1, 5), &int_in(3, 9)).unwrap(), "int(1..9)");
    let pair = Type::tuple([Type::int(), Type::string()]);
    assert_eq!(shown(&pair, &pair).unwrap(), "tuple([int, string])");
    assert_eq!(shown(&Type::tuple([Type::int()]), &Type::list(Type::number())).unwrap(), "list(number)");
    assert_eq!(shown(&Type::list(TypeKind::Never.into()), &Type::list(Type::bool())).unwrap(), "list(bool)");
    assert_eq!(shown(&Type::list(Type::string()), &Type::set(Type::string())), None);
    let (a, b) = (Type::object([("a", Type::int())]), Type::object([("b", Type::int())]));
    assert_eq!(shown(&a, &b), None);
    assert_eq!(shown(&a, &Type::object([("a", Type::null())])).unwrap(), "object({ a = int? })");
    assert_eq!(shown(&a, &Type::map(Type::number())).unwrap(), "map(number)");
    assert_eq!(shown(&Type::string().secret(), &Type::string()).unwrap(), "secret(string)");
    assert!(join(&Type::error(), &Type::string()).unwrap().is_error());
}

#[test]
fn assignability_blames_the_innermost_place() {
    let replicas = Type::object([("replicas", Type::list(Type::object([("zone", Type::string())])))]);
    let found = Type::object([(
        "replicas",
        Type::tuple([Type::object([("zone", Type::string())]), Type::object([("zone", Type::int())])]),
    )]);
    let mismatch = assignable(&replicas, &found).unwrap_err();
    assert_eq!(mismatch.path.to_string(), ".replicas[1].zone");
    assert_eq!((mismatch.expected.to_string().as_str(), mismatch.conversion()), ("string", Some("tostring")));
    assert_eq!(
        unlike(&replicas, &Type::object([("x", Type::int())])).1,
        Fault::Missing(vec!["replicas".into()])
    );
}

#[test]
fn nothing_converts_by_itself() {
    for (target, source) in [
        (Type::string(), Type::int()),
        (Type::int(), Type::string()),
        (Type::bool(), Type::string()),
        (Type::int(), Type::number()),
        (Type::list(Type::string()), Type::set(Type::string())),
        (Type::duration(), Type::int()),
        (Type::object([("a", Type::string())]), Type::map(Type::string())),
    ] {
        assert_eq!(unlike(&target, &source).1, Fault::Type, "{target} from {source}");
    }
}

#[test]
fn what_is_narrower_or_of_equal_shape_is_accepted() {
    for (target, source) in [
        (Type::number(), port()),
        (Type::int(), port()),
        (Type::string(), engine()),
        (engine(), TypeKind::Enum(vec![Value::from("mysql")].into()).into()),
        (Type::set(Type::string()), Type::tuple([Type::string()])),
        (Type::map(Type::string()), Type::object([("a", Type::string())])),
        (Type::object([("a", Type::int())]), Type::object([("a", Type::int()), ("b", Type::int())])),
        (with_optional("a", Type::int(), None), empty_object()),
        (with_optional("a", Type::int(), Some(1.into())), Type::object([("a", Type::int().optional())])),
        (Type::int().optional(), Type::null()),
        (Type::any(), Type::null()),
        (Type::int(), Type::any()),
        (Type::int(), Type::error()),
        (
            int_in(1, 10),
            TypeKind::Number(NumberType {
                integer: true,
                ranges: vec![(1.into(), 2.into()), (5.into(), 6.into())].into(),
            })
            .into(),
        ),
    ] {
        assignable(&target, &source).unwrap_or_else(|e| panic!("{target} from {source}: {e:?}"));
    }
}

#[test]
fn bounds_and_null_are_told_apart_from_types() {
    assert_eq!(unlike(&port(), &Type::int()).1, Fault::Bound);
    assert_eq!(unlike(&engine(), &Type::string()).1, Fault::Bound);
    assert_eq!(unlike(&engine(), &Type::int()).1, Fault::Type);
    assert_eq!(unlike(&text(1, 5, None), &Type::string()).1, Fault::Bound);
    assert_eq!(unlike(&text(1, 6, None), &engine()).1, Fault::Bound);
    assert_eq!(unlike(&Type::string(), &Type::string().optional()).1, Fault::Null);
    assert_eq!(unlike(&Type::string(), &Type::null()).1, Fault::Null);
    assert_eq!(unlike(&Type::string(), &Type::int().optional()).1, Fault::Type);
}

#[test]
fn values_break_bounds_in_words() {
    assert_eq!(broken(70000i64, &port()), "must be at most 65535, is 70000");
    assert_eq!(broken(0i64, &port()), "must be at least 1, is 0");
    assert_eq!(broken("80", &port()), r#"must be int(1..65535), is string "80""#);
    assert_eq!(broken("oracle", &engine()), r#"must be "postgres" or "mysql", is "oracle""#);
    assert_eq!(broken("", &text(1, 3, None)), r#"must be at least 1 character long, is """#);
    assert_eq!(broken("A", &text(1, 3, Some("^[a-z]+$"))), r#"must be text that matches ^[a-z]+$, is "A""#);
    assert_eq!(broken("1.5".parse::<Number>().unwrap(), &Type::int()), "must be a whole number, is 1.5");
    assert_eq!(broken(Value::NULL, &Type::int()), "must be int, is null");
    let deep = Type::object([("ports", Type::list(port()))]);
    assert_eq!(broken(Value::map([("ports", seq([1i64, 0]))]), &deep), ".ports[1] must be at least 1, is 0");
    assert_eq!(
        broken(Value::map([("a", Value::from(1i64))]), &Type::map(Type::string())),
        r#"["a"] must be string, is number 1"#
    );
}

#[test]
fn a_secret_never_shows_in_a_mismatch() {
    let hidden = Value::map([("token-9", Value::from("hunter2"))]).mark(true);
    for ty in [Type::map(Type::int()), empty_object(), Type::string()] {
        let text = broken(hidden.clone(), &ty);
        assert!(!text.contains("hunter2") && !text.contains("token-9"), "{text}");
    }
    assert!(!broken("hunter2", &text(1, 2, None).secret()).contains("hunter2"));
}

#[test]
fn values_take_the_shape_of_their_type() {
    let ty = with_optional("port", port(), Some(80.into()));
    assert_eq!(conforms(&Value::from(ValueMap::new()), &ty).unwrap().to_string(), "{ port = 80 }");
    assert_eq!(conforms(&Value::map([("port", Value::NULL)]), &ty).unwrap().to_string(), "{ port = 80 }");
    let ty = with_optional("name", Type::string(), None);
    assert_eq!(conforms(&Value::from(ValueMap::new()), &ty).unwrap().to_string(), "{ name = null }");
    let wide = Value::map([("name", Value::from("x")), ("extra", Value::from(1i64))]);
    assert_eq!(conforms(&wide, &ty).unwrap_err().fault, Fault::Unexpected("extra".into()));
    assert_eq!(narrow(&wide, &ty).unwrap().to_string(), r#"{ name = "x" }"#);
    let set = conforms(&seq(["b", "a", "b"]), &Type::set(Type::string())).unwrap();
    assert_eq!(set.to_string(), r#"toset(["a", "b"])"#);
    assert!(conforms(&Value::from("x"), &Type::string().secret()).unwrap().secret);
    let inner = conforms(&seq(["x"]), &Type::list(Type::string().secret())).unwrap();
    assert!(!inner.secret && inner.has_secret());
    assert_eq!(conforms(&ValueMap::new().into(), &Type::any()).unwrap(), ValueMap::new().into());
}

#[test]
fn unknown_values_pass_by_their_type() {
    assert!(conforms(&Value::unknown(Type::string()), &Type::int()).is_err());
    let narrowed = conforms(&Value::unknown(Type::any()), &port()).unwrap();
    assert!(matches!(&narrowed.kind, Kind::Unknown(u) if u.ty == port()));
    let kept = conforms(&Value::unknown(port()), &Type::number()).unwrap();
    assert!(matches!(&kept.kind, Kind::Unknown(u) if u.ty == port()));
}

#[test]
fn a_pattern_that_does_not_compile_is_reported_elsewhere() {
    assert!(matches_pattern("(", "anything"));
    assert!(matches_pattern("^a", "ab") && !matches_pattern("^a", "ba"));
}

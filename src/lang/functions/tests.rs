//! Functions by example: what OpenTofu answers, prov answers.
#![allow(clippy::unwrap_used)]
use super::testing::{call, show};
use super::*;
use crate::base::assign::{Fault, assignable, type_of};
use crate::base::value::Value;

#[test]
fn every_example_gives_what_it_says() {
    // Templates need all of evaluation: their examples are run through the whole language by the integration tests.
    for function in all().filter(|function| !function.name.starts_with("template")) {
        for (source, result) in function.examples {
            assert_eq!(show(source), *result, "{source}");
        }
    }
}

#[test]
fn names_are_unique_and_documented() {
    let mut names: Vec<_> = all().map(|function| function.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for function in all() {
        assert!(
            function.docs.ends_with(['.', '`', ']']) || function.docs.contains("\n\n"),
            "{}",
            function.name
        );
        let files =
            function.family == Family::Filesystem || function.special || function.known == Known::AtApply;
        assert!(!function.examples.is_empty() || files, "{} has no example", function.name);
        assert!(excluded(function.name).is_none());
    }
}

#[test]
fn signatures_read_like_the_language() {
    let signature = |name| find(name).unwrap().signature();
    assert_eq!(signature("lookup"), "lookup(map: map or object, key: string, default?: any) -> element");
    assert_eq!(signature("join"), "join(separator: string, ...lists: list(string)) -> string");
}

fn typed(name: &str, args: &[Type]) -> String {
    match find(name).unwrap().check(args) {
        Ok(ty) => ty.to_string(),
        Err(Refusal::Count { least, most, found }) => format!("{least}..{most:?}, not {found}"),
        Err(Refusal::Argument(refused)) => format!("! {}", refused.message),
    }
}

#[test]
fn calls_are_typed() {
    let (s, i, n) = (Type::string, Type::int, Type::number);
    let object = |name: &'static str, ty: Type| Type::object([(name, ty)]);
    assert_eq!(typed("abs", &[i()]), "int");
    assert_eq!(typed("max", &[i(), n()]), "number");
    assert_eq!(typed("merge", &[object("a", i()), object("b", s())]), "object({ a = int, b = string })");
    assert_eq!(typed("merge", &[Type::map(s()), object("b", s())]), "map(string)");
    assert_eq!(typed("merge", &[object("a", i()), Type::null()]), "object({ a = int })");
    let maybe = object("a", n()).optional();
    assert_eq!(typed("merge", &[object("a", i()), maybe.clone()]), "object({ a = number })");
    assert_eq!(typed("merge", &[maybe]), "object({ a = optional(number) })");
    assert_eq!(typed("concat", &[Type::list(i()), Type::tuple([n()])]), "list(number)");
    assert_eq!(typed("element", &[Type::list(s()), i()]), "string");
    assert_eq!(typed("lookup", &[Type::map(s()), s(), Type::null()]), "string?");
    assert_eq!(typed("flatten", &[Type::list(Type::list(s()))]), "list(string)");
    assert_eq!(typed("coalesce", &[s().optional(), s().optional()]), "string");
    assert_eq!(typed("setproduct", &[Type::set(s()), Type::set(i())]), "set(tuple([string, int]))");
    assert_eq!(typed("toset", &[Type::list(s()).optional()]), "set(string)?");
    assert_eq!(typed("tonumber", &[s().optional()]), "number?");
    assert_eq!(typed("upper", &[s().secret()]), "secret(string)");
    assert_eq!(typed("values", &[Type::map(s().secret())]), "list(secret(string))");
    assert_eq!(typed("nonsensitive", &[Type::list(s().secret()).secret()]), "list(string)");
    assert_eq!(typed("one", &[Type::set(s())]), "string?");
    assert_eq!(typed("upper", &[Type::any()]), "string");
    assert_eq!(typed("length", &[Type::error()]), "int");
    assert_eq!(typed("try", &[Type::error(), i()]), "int");
}

#[test]
fn refusals_name_the_parameter() {
    assert_eq!(typed("upper", &[Type::int()]), "! `text` of upper() takes a string");
    assert_eq!(typed("upper", &[]), "1..Some(1), not 0");
    assert_eq!(typed("max", &[]), "1..None, not 0");
    assert_eq!(
        typed("upper", &[Type::string().optional()]),
        "! `text` of upper() does not take null, and this may be null"
    );
    assert_eq!(
        typed("join", &[Type::string(), Type::list(Type::int())]),
        "! `lists` of join() takes a string at `[*]`"
    );
    assert_eq!(
        typed("contains", &[Type::list(Type::string()), Type::int()]),
        "! string and int have no type in common"
    );
    let Err(Refusal::Argument(refused)) = find("upper").unwrap().check(&[Type::int()]) else { panic!() };
    assert_eq!(refused.conversion, Some("tostring"));
    let Err(Refusal::Argument(refused)) = find("upper").unwrap().check(&[Type::null()]) else { panic!() };
    assert_eq!(refused.fault, Fault::Null);
}

#[test]
fn secrets_stay_secret() {
    let secret = Value::from("x").mark(true);
    assert!(call("upper", std::slice::from_ref(&secret)).unwrap().secret);
    let list = Value::from(vec![secret.clone(), "y".into()]);
    let merged = call("concat", &[list.clone(), list.clone()]).unwrap();
    assert!(!merged.secret && merged.has_secret());
    assert!(!call("length", std::slice::from_ref(&list)).unwrap().secret);
    assert!(call("join", &[",".into(), list.clone()]).unwrap().secret);
    assert!(call("lookup", &[Value::map([("x", Value::from(1))]), secret.clone()]).unwrap().secret);
    assert!(call("coalesce", &[Value::from("").mark(true), "b".into()]).unwrap().secret);
    let failure = call("tonumber", &[Value::from("hunter2").mark(true)]).unwrap_err();
    assert!(!failure.message.contains("hunter2"), "{failure:?}");
    assert!(call("tonumber", &["hunter2".into()]).unwrap_err().message.contains("hunter2"));
}

#[test]
fn what_is_unknown_keeps_its_type() {
    let unknown = || Value::unknown(Type::string());
    let result = call("upper", &[unknown()]).unwrap();
    assert_eq!(type_of(&result), Type::string());
    assert_eq!(call("length", &[Value::from(vec![unknown(), unknown()])]).unwrap(), 2.into());
    assert!(call("length", &[Value::set(vec![unknown()])]).unwrap().is_unknown());
    assert_eq!(call("keys", &[Value::map([("a", unknown())])]).unwrap(), Value::from(vec!["a".into()]));
    assert_eq!(call("coalesce", &["a".into(), unknown()]).unwrap(), "a".into());
    assert_eq!(
        call("anytrue", &[Value::from(vec![true.into(), Value::unknown(Type::bool())])]).unwrap(),
        true.into()
    );
    assert_eq!(call("element", &[Value::from(vec!["a".into(), unknown()]), 0.into()]).unwrap(), "a".into());
    assert!(call("upper", &[Value::unknown(Type::int())]).is_err());
}

#[test]
fn growth_is_refused_before_it_happens() {
    for (name, args) in [
        ("format", vec![Value::from("%999999999999s"), "a".into()]),
        ("format", vec![Value::from("%.999999999999f"), 1.into()]),
        ("indent", vec![Value::from(i64::MAX), "a\nb".into()]),
        ("replace", vec!["a".repeat(1 << 16).into(), "a".into(), "b".repeat(1 << 16).into()]),
        ("replace", vec!["a".repeat(1 << 16).into(), "/a+/".into(), "$0".repeat(1 << 16).into()]),
        ("setproduct", vec![Value::from(vec![Value::from("x"); 1 << 12]); 4]),
        ("concat", vec![Value::from(vec![Value::from("x"); 1 << 12]); 1 << 12]),
        ("join", vec![Value::from("x".repeat(1 << 16)), Value::from(vec![Value::from("x"); 1 << 16])]),
        (
            "jsonencode",
            vec![Value::from(vec![Value::from(vec![Value::from("x".repeat(1 << 12)); 1 << 10]); 1 << 10])],
        ),
    ] {
        let failure = call(name, &args).unwrap_err();
        assert_eq!(failure.why, Why::Limit, "{name}: {failure:?}");
    }
}

mod random {
    use super::*;
    use crate::base::value::{Duration, Kind, Size};
    use proptest::prelude::*;

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::NULL),
            any::<bool>().prop_map(Value::from),
            (-5i64..70).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1000i64..1000).prop_map(|n| Value::from(
                format!("{}.{:02}", n / 100, (n % 100).abs()).parse::<crate::base::number::Number>().unwrap()
            )),
            ".{0,12}".prop_map(Value::from),
            prop::sample::select(vec![
                "",
                "a",
                "/a(b)/",
                "[",
                "%s %d",
                "%[9]v",
                "10.0.0.0/8",
                "fd00::/8",
                "2018-01-02T23:12:01Z",
                "90s",
                "UTF-16LE",
                "aGVsbG8=",
                "{\"a\":[1]}",
                "a: [1, *x]",
                "YYYY-MM",
                "a,b\n1,2",
                "../x",
                "mod",
                "**",
                "4GiB",
            ])
            .prop_map(Value::from),
            any::<i64>().prop_map(|n| Kind::Duration(Duration(n.into())).into()),
            any::<i64>().prop_map(|n| Kind::Size(Size(n.into())).into()),
            prop::sample::select(vec![
                Type::string(),
                Type::int(),
                Type::any(),
                Type::list(Type::string()),
                Type::bool()
            ])
            .prop_map(Value::unknown),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let marked = (scalar(), prop::bool::weighted(0.1)).prop_map(|(value, secret)| value.mark(secret));
        marked.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::set),
                prop::collection::btree_map("[a-c]{0,2}", inner, 0..4).prop_map(Value::map),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        /// No function panics, and what the checker accepts has a value of the type it promised.
        #[test]
        fn calls_hold_what_types_promise(args in prop::collection::vec(value(), 0..4)) {
            let types: Vec<Type> = args.iter().map(type_of).collect();
            for function in all().filter(|function| !function.special) {
                let result = call(function.name, &args);
                if let (Ok(value), Ok(ty)) = (&result, function.check(&types)) {
                    let found = type_of(value);
                    prop_assert!(assignable(&ty, &found).is_ok(), "{}({args:?}) is {value}: {found}, promised {ty}", function.name);
                    prop_assert!(ty.has_secret() || !value.has_secret() || ty.is_any(), "{}({args:?}) is secret, promised {ty}", function.name);
                }
                if args.iter().any(Value::has_secret) && let Err(failure) = result {
                    prop_assert!(!failure.message.is_empty());
                }
            }
        }
    }
}

#[test]
fn files_are_read_inside_the_module_only() {
    for path in [
        "../elsewhere/secret.txt",
        "elsewhere/../../elsewhere/secret.txt",
        "/etc/passwd",
        "mod/../elsewhere/secret.txt",
    ] {
        for name in ["file", "filebase64", "fileexists", "filesha256"] {
            let failure = call(name, &[path.into()]).unwrap_err();
            assert!(failure.message.contains("outside"), "{name}({path}): {}", failure.message);
        }
    }
    assert_eq!(show(r#"file("./sub/../hello.txt")"#), r#""hello\n""#);
    assert_eq!(show(r#"file("nope.txt")"#), "! 0: can't be read: it does not exist: nope.txt");
    assert_eq!(
        show(r#"file("image.bin")"#),
        "! 0: is not UTF-8 text; use filebase64() or one of the hashes: image.bin"
    );
    assert_eq!(show(r#"fileexists("sub")"#), "! 0: is a directory: sub");
    assert_eq!(
        show(r#"fileset("mod", "**")"#),
        r#"toset(["hello.txt", "image.bin", "sub/a.txt", "sub/deep/b.txt"])"#
    );
    assert_eq!(show(r#"fileset("nope", "*")"#), "toset([])");
    assert_eq!(show(r#"filebase64sha256("hello.txt")"#), r#""WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=""#);
}

#[test]
fn what_needs_a_moment_waits_for_apply() {
    for name in ["timestamp", "plantimestamp", "uuid"] {
        assert_eq!(type_of(&call(name, &[]).unwrap()), Type::string());
        assert!(call(name, &[]).unwrap().is_unknown());
    }
    let moment = Moment { now: 1_514_934_721_500_000_000, random: &|bytes| bytes.fill(7) };
    let at =
        |name: &str, args: &[Value]| super::testing::call_at(name, args, Some(&moment)).unwrap().to_string();
    assert_eq!(at("timestamp", &[]), r#""2018-01-02T23:12:01Z""#);
    assert_eq!(at("uuid", &[]), r#""07070707-0707-4707-8707-070707070707""#);
    let hash = at("bcrypt", &["secret".into(), 4.into()]);
    assert!(hash.starts_with("\"$2a$04$") && hash.len() == 62, "{hash}");
    assert!(bcrypt::verify("secret", hash.trim_matches('"')).unwrap());
}

#[test]
fn hostile_documents_end() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    assert_eq!(call("yamldecode", &[bomb.into()]).unwrap_err().why, Why::Limit);
    for deep in ["[".repeat(50_000), "{a: ".repeat(50_000), "- ".repeat(50_000), "? ".repeat(5_000)] {
        assert!(call("yamldecode", &[deep.clone().into()]).is_err());
        assert!(call("jsondecode", &[deep.into()]).is_err());
    }
    let zeros = "0".repeat(1 << 19);
    let packed = call("base64gzip", &[zeros.into()]).unwrap();
    assert!(call("base64gunzip", std::slice::from_ref(&packed)).is_ok());
    assert!(call("regex", &["(a{1000}){1000}{1000}".into(), "a".into()]).is_err());
    assert!(call("jsondecode", &["1e999999".into()]).is_err());
}

#[test]
fn a_mark_behind_an_escape_is_not_composed_with_it() {
    let value = Value::from("\u{10d8e}\u{300}");
    let text = call("yamlencode", std::slice::from_ref(&value)).unwrap();
    assert_eq!(call("yamldecode", &[text]).unwrap(), value);
}

proptest::proptest! {
    /// What is written as YAML or JSON reads back the same.
    #[test]
    fn encodings_read_back(texts in proptest::collection::vec("(\\PC|[ \n\t\u{1}\u{2028}'\"#:-]){0,100}", 0..4)) {
        let texts: Vec<Value> = texts.into_iter().map(|text| super::call::nfc(text).into()).collect();
        let value = Value::map([("a", Value::from(texts.clone())), ("b\nc", Value::from(vec![Value::from(texts.clone())]))]);
        for (write, read) in [("yamlencode", "yamldecode"), ("jsonencode", "jsondecode")] {
            let text = call(write, std::slice::from_ref(&value)).unwrap();
            proptest::prop_assert_eq!(&call(read, std::slice::from_ref(&text)).unwrap(), &value, "{}", text);
        }
        for text in texts {
            let encoded = call("urlencode", std::slice::from_ref(&text)).unwrap();
            proptest::prop_assert_eq!(&call("urldecode", &[encoded]).unwrap(), &text);
        }
    }
}

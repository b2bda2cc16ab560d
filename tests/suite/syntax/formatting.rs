//! The formatter: the layout of `terraform fmt`, and prov's own syntax in the same taste.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax::{format, parse};

fn formatted(text: &str) -> String {
    format(FileId(0), &Arc::from(text), &Limits::default()).unwrap_or_else(|d| panic!("{d:?}\n{text}"))
}

fn reading(text: &str) -> String {
    super::reading::read(&parse(FileId(0), &Arc::from(text), &Limits::default()).value)
}

fn comments(text: &str) -> Vec<String> {
    let tree = parse(FileId(0), &Arc::from(text), &Limits::default()).value;
    tree.comments.iter().map(|comment| tree.text(comment.range).to_owned()).collect()
}

/// `name.tf` and `name.prov` are laid out as `name.out`, which for the former `terraform fmt` wrote.
#[test]
fn files_are_laid_out_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax/format");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "out") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let found = formatted(&source);
        let expected = fs::read_to_string(path.with_extension("out")).unwrap_or_default();
        assert!(found == expected, "{}\n{found}", path.display());
        assert_eq!(formatted(&found), found, "{}", path.display());
        assert_eq!(comments(&found), comments(&source), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn formatting_changes_no_reading_and_nothing_the_second_time() {
    // `"${x}"` as a whole value becomes `x`, which reads differently and means the same.
    let kept = |case: &&super::Case| case.expected.starts_with("ok") && !case.source.starts_with("x = \"${");
    for case in super::cases().iter().filter(kept) {
        let once = formatted(&case.source);
        assert_eq!(formatted(&once), once, "{}", case.name);
        let plain = |text: &str| reading(text).replace(['"', '\r'], "");
        assert_eq!(plain(&once), plain(&case.source), "{}", case.name);
    }
}

#[test]
fn own_syntax_is_laid_out_in_the_same_taste() {
    for (source, expected) in [
        ("x=a ?.b ?? 1 .. 2", "x = a?.b ?? 1..2"),
        ("type T=string ?|int", "type T = string? | int"),
        ("x = f(a ? , b?c:d)", "x = f(a?, b ? c : d)"),
        ("fn f(a :int,b: string)->int=a", "fn f(a: int, b: string) -> int = a"),
        ("x = 5m+ -3s", "x = 5m + -3s"),
        ("x = 1 .. -3", "x = 1..-3"),
        ("a = int(-5 ..5)", "a = int(-5..5)"),
    ] {
        assert_eq!(formatted(source), expected);
    }
}

#[test]
fn edges() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n"), "\n\n");
    assert_eq!(formatted("a=1"), "a = 1");
    assert_eq!(formatted("a=1\n \t"), "a = 1\n  ");
    assert_eq!(formatted("\u{FEFF}a=1\r\nbb=2\r\n"), "a  = 1\r\nbb = 2\r\n");
    assert_eq!(formatted("\u{FEFF}"), "");
    assert!(format(FileId(0), &Arc::from("a = \n"), &Limits::default()).is_err());
    assert!(format(FileId(0), &Arc::from("a = 1 2\n"), &Limits::default()).is_err());
}

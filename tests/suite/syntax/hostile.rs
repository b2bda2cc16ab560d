//! Input that nobody writes: it ends in reports with a place, never in a crash or an endless run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax::{parse, parse_expression};

fn codes(text: &str) -> Vec<&'static str> {
    let started = Instant::now();
    let checked = parse(FileId(0), &Arc::from(text), &Limits::default());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?} for {} bytes", started.elapsed(), text.len());
    for expr in &checked.value.exprs {
        let (start, end) = (expr.range.start as usize, expr.range.end as usize);
        assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} in {text:?}");
    }
    for diagnostic in &checked.diagnostics {
        let span = diagnostic.primary.as_ref().expect("a place").span;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
    }
    checked.diagnostics.iter().map(|d| d.code.name()).collect()
}

#[test]
fn nesting_has_a_limit_with_a_place() {
    for depth in [300, 5_000, 100_000] {
        for (open, inside, close) in [
            ("[", "1", "]"),
            ("(", "1", ")"),
            ("{a=", "1", "}"),
            ("f(", "1", ")"),
            ("\"${", "1", "}\""),
            ("x[", "1", "]"),
            ("[for a in b : ", "1", "]"),
        ] {
            let text = format!("x = {}{inside}{}\ny = 1\n", open.repeat(depth), close.repeat(depth));
            assert_eq!(codes(&text), ["nesting-too-deep"], "{depth} × {open}");
        }
        let blocks = format!("{}x = 1\n{}", "b {\n".repeat(depth), "}\n".repeat(depth));
        assert_eq!(codes(&blocks), ["nesting-too-deep"], "{depth} blocks");
    }
}

#[test]
fn what_is_just_allowed_is_read() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{a=", "}"), ("f(", ")"), ("\"${", "}\"")] {
        let depth = 150;
        let text = format!("x = {}1{}\n", open.repeat(depth), close.repeat(depth));
        assert!(codes(&text).is_empty(), "{open}");
    }
}

#[test]
fn chains_have_a_limit_too() {
    let many = 50_000;
    for text in [
        format!("x = 1{}\n", " + 1".repeat(many)),
        format!("x = a{}\n", " ?? a".repeat(many)),
        format!("x = a{}\n", ".b".repeat(many)),
        format!("x = a{}\n", "[0]".repeat(many)),
        format!("x = a{}\n", "[*]".repeat(many)),
        format!("x = {}a\n", "!".repeat(many)),
        format!("x = {}c\n", "a ? b : ".repeat(many)),
        format!("x = {}b\n", "match ".repeat(many)),
        format!("x = \"{}\"\n", "%{ if a }".repeat(many)),
    ] {
        let codes = codes(&text);
        assert!(codes.contains(&"nesting-too-deep"), "{:?} {:?}", &text[..20], &codes[..codes.len().min(3)]);
    }
}

#[test]
fn a_mistake_deep_inside_takes_no_longer() {
    for depth in [20, 40, 80] {
        for (open, close) in
            [("{a=", "}"), ("[", "]"), ("(", ")"), ("{a:{b=", "}}"), ("[for a in ", ": a]"), ("f(a=", ")")]
        {
            for wrong in ["§", "1 +", "", "\"${", "= ="] {
                let text = format!("x = {}{wrong}{}\ny = 1\n", open.repeat(depth), close.repeat(depth));
                if !(wrong.is_empty() && matches!(open, "[")) {
                    assert!(!codes(&text).is_empty(), "{text}");
                }
            }
        }
    }
}

#[test]
fn brackets_that_never_close_end_in_reports() {
    for text in [
        "[".repeat(20_000),
        "{\n".repeat(20_000),
        "a {\n".repeat(20_000),
        "\"${".repeat(20_000),
        "<<A\n".repeat(5_000),
    ] {
        assert!(!codes(&format!("x = {text}")).is_empty());
        assert!(!codes(&text).is_empty());
    }
    assert!(!codes(&"]".repeat(20_000)).is_empty());
}

#[test]
fn many_mistakes_stay_linear() {
    let mut text = String::from("locals {\n");
    for at in 0..2_000 {
        text += &format!("  a{at} = [1 2, {{ b = }}]\n");
    }
    text += "}\n";
    assert_eq!(codes(&text).len(), 4_000);
}

#[test]
fn files_that_are_too_large_are_refused() {
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    let checked = parse(FileId(0), &Arc::from("a = 123456789"), &limits);
    assert_eq!(checked.diagnostics[0].code.name(), "input-too-large");
}

/// Cuts, doubles and swaps pieces of a program in every place.
#[test]
fn broken_programs_never_crash() {
    let program = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui/syntax/nested-mistakes.prov"))
        .replace(" 3]", ", 3]");
    let program = format!(
        "{program}type T = \"a\" | int(1..5)?\nfn f(a: int) -> int = match a {{ 1 => <<-E\n  x${{a}}\n  E\n  _ => a?.b ?? 5m\n}}\n"
    );
    for at in (0..program.len()).filter(|at| program.is_char_boundary(*at)) {
        codes(&program[..at]);
        codes(&program[at..]);
        let next = (at + 1..=program.len()).find(|next| program.is_char_boundary(*next)).unwrap_or(at);
        codes(&format!("{}{}", &program[..at], &program[next..]));
        // One place in five is enough: the pieces differ from place to place.
        if at % 5 != 0 {
            continue;
        }
        for extra in ["{", "}", "\"", "(", "]", "\n", "${", "<<E\n", "\u{1}", "é", "=", "\\", "/*", "'"] {
            codes(&format!("{}{extra}{}", &program[..at], &program[at..]));
        }
    }
}

#[test]
fn lone_expressions_are_read_and_reported() {
    let limits = Limits::default();
    let read = |text: &str| {
        let checked = parse_expression(FileId(0), &Arc::from(text), &limits);
        let reading = super::reading::read_expr(&checked.value.tree, checked.value.root);
        (reading, checked.diagnostics.len())
    };
    assert_eq!(read("1 + 2"), ("(+ 1 2)".into(), 0));
    assert_eq!(read("  [1,\n 2]\n"), ("[1 2]".into(), 0));
    assert_eq!(read("a\n+ b"), ("(+ a b)".into(), 0));
    assert_eq!(read("1 +"), ("(+ 1 (error))".into(), 1));
    assert_eq!(read("upper(\"a\""), ("upper(\"a\")".into(), 1));
    assert_eq!(read(""), ("(error)".into(), 1));
    assert_eq!(read("1 2"), ("1".into(), 1));
}

/// The mark that stands for what could not be understood means nothing when somebody writes it.
#[test]
fn control_characters_are_refused_outside_of_strings_and_comments() {
    for mark in ['\u{1}', '\u{2}', '\u{0}', '\u{1b}'] {
        for text in [
            format!("a = {mark}\n"),
            format!("a = [{mark}{mark}, 2]\n"),
            format!("{mark}\n"),
            format!("a {{\n  {mark}\n}}\n"),
        ] {
            let found = codes(&text);
            assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        }
        let text = format!("# {mark}\na = \"x{mark}${{1}}{mark}\"\nb = <<E\n{mark}\nE\n");
        assert!(codes(&text).is_empty(), "{text:?}");
    }
}

/// The first reports, and the last one that says that there are more.
#[test]
fn a_million_mistakes_are_counted() {
    for (line, least) in [
        ("a\n", 10_001),
        ("a = 5min\n", 10_001),
        ("a = [1 2]\n", 10_001),
        ("}\n", 10_001),
        ("x = \"a\n", 10_001),
    ] {
        let text: Arc<str> = line.repeat(20_000).into();
        let checked = parse(FileId(0), &text, &Limits::default());
        assert_eq!(checked.diagnostics.len(), least, "{line:?}");
        let last = checked.diagnostics.last().unwrap();
        assert!(last.message.contains("more than 10000 mistakes"), "{line:?}: {}", last.message);
        assert!(last.primary.is_some() && !last.notes.is_empty(), "{line:?}");
    }
    let exactly = "a\n".repeat(10_000);
    assert_eq!(codes(&exactly).len(), 10_000);
}

/// What grew with the square of the text, or without bounds, and does not any more: each of these takes well under a
/// second for a megabyte.
#[test]
fn large_and_broken_texts_are_read_in_their_time() {
    let many = 4_000;
    for text in [
        "a = <<E\n".repeat(many),
        (0..many).map(|n| format!("a = <<E{n}\n")).collect(),
        "a {\n".repeat(many) + &"# nothing\n".repeat(many),
        "[".repeat(many) + &")".repeat(many),
        format!("x = {}{}\n", "[]".repeat(many), "]".repeat(many)),
        "a = 1\n".to_owned() + &"# nothing\n".repeat(many) + ".b\n",
        "a = 1\n".to_owned() + &"+ 1\n".repeat(many),
        "# nothing\n".repeat(many) + "a = b\n" + &".b {}\n".repeat(many),
        "  ".to_owned() + &"a {\n  ".repeat(many) + &"}\n".repeat(many),
        format!("a = [\n{}]\n", "  1 2,\n".repeat(many)),
        format!("a = {{\n{}}}\n", "  b 2\n".repeat(many)),
        format!("a = <<E\n{}E\n", "  ${b c}\n".repeat(many / 4)),
        format!("a = \"{}\"\n", "${b c}".repeat(many / 4)),
        format!("{}b = = 1\n{}", "a {\n".repeat(190), "}\n".repeat(190)).repeat(10),
        "a = match b\n".repeat(many),
        "a = match (b\n".repeat(many),
        format!("a = {}\n", "match (b) + ".repeat(many)),
        "\u{0}".repeat(many),
        "\u{FEFF}".repeat(many),
        "a = 'b' “c” `d`\n".repeat(many),
    ] {
        let found = codes(&text);
        assert!(
            !found.is_empty() && found.len() <= 10_001,
            "{:?}: {}",
            &text[..text.floor_char_boundary(30)],
            found.len()
        );
    }
}

/// A byte order mark stands in front of a file or nowhere.
#[test]
fn byte_order_marks_between_lines_are_reported() {
    assert!(codes("\u{FEFF}a = 1\n").is_empty());
    assert_eq!(codes("\u{FEFF}a = 1\nb = = 2\n"), ["syntax-error"]);
    assert_eq!(codes("a = 1\n\u{FEFF}b = 2\n"), ["syntax-error"]);
    assert_eq!(codes("a {\n  \u{FEFF}b = 2\n}\n"), ["syntax-error"]);
}

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
//! What readers see, and that no source can break it.

use super::*;
use crate::base::codes;
use crate::base::diagnostic::FixLevel;
use crate::base::source::{FileId, Sources, Span};
use crate::host::render::Style;
use crate::host::render::text::width;

fn span(file: FileId, text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap() as u32;
    Span { file, start, end: start + part.len() as u32 }
}

const MAIN: &str = "module \"core\" {\n  source = \"../db\"\n\n  regoin = \"eu\"\n}\n";
const DECLARED: &str = "/// Where it runs.\nvariable \"region\" {\n  type = string\n}\n";

fn misspelt() -> (Diagnostic, Sources) {
    let mut sources = Sources::new();
    let main = sources.add("accounts/a/main.prov", MAIN);
    let module = sources.add("stdlib/db/main.prov", DECLARED);
    let name = span(main, MAIN, "regoin");
    let diagnostic =
        Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, name, "module \"core\" has no argument \"regoin\"")
            .here("did you mean \"region\"?")
            .label(span(module, DECLARED, "\"region\""), "\"region\" is declared here")
            .at_path("module.core.regoin")
            .note("a note")
            .help("write region")
            .replace(FixLevel::Safe, "change it to \"region\"", name, "region");
    (diagnostic, sources)
}

#[test]
fn a_person_reads_place_definition_and_fix() {
    let (diagnostic, sources) = misspelt();
    let text = human::all(&[diagnostic], &sources, &Style::default());
    let expected = r#"error[unknown-attribute]

  × module "core" has no argument "regoin"
   ╭─[accounts/a/main.prov:4:3]
 3 │ 
 4 │   regoin = "eu"
   ·   ───┬──
   ·      ╰── did you mean "region"?
 5 │ }
   ╰────
  ☞ "region" is declared here
   ╭─[stdlib/db/main.prov:2:10]
 1 │ /// Where it runs.
 2 │ variable "region" {
   ·          ────────
 3 │   type = string
   ╰────
     at: module.core.regoin
   note: a note
   help: write region
    fix: change it to "region"
        4 │ -   regoin = "eu"
        4 │ +   region = "eu"

1 error. `prov explain unknown-attribute` says more.
"#;
    assert_eq!(text, expected, "\n{text}");
}

#[test]
fn every_format_names_the_same_place() {
    let (diagnostic, sources) = misspelt();
    let all = std::slice::from_ref(&diagnostic);
    let style = Style::default();
    assert_eq!(
        concise::all(all, &sources, &style),
        "accounts/a/main.prov:4:3: error[unknown-attribute]: module \"core\" has no argument \"regoin\"\n"
    );
    let json: serde_json::Value = serde_json::from_str(&json::all(all, &sources, &style)).unwrap();
    assert_eq!(json["diagnostics"][0]["primary"]["start"]["line"], 4);
    assert_eq!(json["diagnostics"][0]["fixes"][0]["edits"][0]["replacement"], "region");
    let sarif: serde_json::Value = serde_json::from_str(&sarif::all(all, &sources, &style)).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(4), Some(3)));
    assert!(annotations::all(all, &sources, &style).starts_with(
        "::error title=unknown-attribute,file=accounts/a/main.prov,line=4,endLine=4,col=3,endColumn=9::"
    ));
}

#[test]
fn an_empty_label_at_the_end_of_the_file_is_drawn() {
    for text in ["a = {", "a = {\n", "a = {\n\n\n", "", "\n", "a = {\r\n"] {
        let mut sources = Sources::new();
        let file = sources.add("x.prov", text);
        let end = Span { file, start: text.len() as u32, end: text.len() as u32 };
        let drawn =
            human::one(&Diagnostic::new(codes::SYNTAX, end, "m").here("HERE"), &sources, &Style::default());
        assert!(drawn.contains("HERE") && drawn.contains('▲'), "{text:?}\n{drawn}");
    }
}

#[test]
fn sources_cannot_speak_to_the_terminal() {
    let text = "a = \"\u{1b}[31m\u{202e}evil\u{7}\" # \u{9b}2J";
    let mut sources = Sources::new();
    let file = sources.add("x\u{1b}]0;y.prov", text);
    let bad = span(file, text, "evil");
    let told = Diagnostic::new(codes::SYNTAX, bad, "found \u{1b}[2J")
        .here("\u{1b}[1mbold")
        .note("\u{202e}")
        .help("\u{7}");
    for drawn in [
        human::all(std::slice::from_ref(&told), &sources, &Style::default()),
        concise::all(&[told], &sources, &Style::default()),
    ] {
        assert!(!drawn.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{9b}']), "{drawn:?}");
    }
}

#[test]
fn long_lines_are_cut_around_what_matters_and_everything_fits() {
    let text = format!("a = [{}NEEDLE, {}]\n", "1234567, ".repeat(20_000), "\t漢字 ".repeat(500));
    for columns in [40, 60, 80, 120] {
        for unicode in [true, false] {
            let mut sources = Sources::new();
            let file = sources.add("x.prov", text.as_str());
            let style = Style { width: columns, unicode, ..Style::default() };
            let needle = span(file, &text, "NEEDLE");
            let told =
                Diagnostic::new(codes::TYPE_MISMATCH, needle, "a string where a number is needed".repeat(4))
                    .here("this is a name of nothing that anybody has ever heard of before in this place")
                    .help("write a number");
            let drawn = human::one(&told, &sources, &style);
            assert!(drawn.contains("NEEDLE"), "{drawn}");
            for line in drawn.lines() {
                assert!(width(line) <= columns, "{columns} {} {line}\n{drawn}", width(line));
            }
            assert!(unicode || drawn.replace(['漢', '字'], "").is_ascii(), "{drawn}");
        }
    }
}

#[test]
fn the_underline_stands_below_tabs_and_wide_characters() {
    let text = "\tkey = \"漢字\" + oops\r\n";
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text);
    let drawn = human::one(
        &Diagnostic::new(codes::SYNTAX, span(file, text, "oops"), "m"),
        &sources,
        &Style::default(),
    );
    assert!(drawn.contains(" 1 │     key = \"漢字\" + oops\n   ·                    ────\n"), "{drawn}");
}

#[test]
fn labels_on_many_lines_are_one_snippet_or_several() {
    let text: String = (1..=40).map(|n| format!("line{n} = {n}\n")).collect();
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text.as_str());
    let at = |part: &str| span(file, &text, part);
    let told = Diagnostic::new(codes::DUPLICATE_DEFINITION, at("line20"), "twice")
        .here("again")
        .label(at("line2 "), "first")
        .label(Span { end: at("line38").end, ..at("line22") }, "many lines")
        .label(Span { end: at("line8").end, ..at("line5") }, "some lines");
    let drawn = human::one(&told, &sources, &Style::default());
    for part in ["again", "first", "many lines", "some lines", "x.prov:20:1"] {
        assert!(drawn.contains(part), "{part}\n{drawn}");
    }
    assert!(!drawn.contains("line30"), "{drawn}");
}

#[test]
fn what_stands_far_above_is_drawn_below() {
    let text: String = (1..=20).map(|n| format!("line{n} = {n}\n")).collect();
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text.as_str());
    let at = |part: &str| span(file, &text, part);
    let told = Diagnostic::new(codes::DUPLICATE_DEFINITION, at("line12"), "twice")
        .here("AGAIN")
        .label(at("line2 "), "FIRST")
        .label(at("line10"), "NEAR")
        .label(at("line18"), "LATER");
    let drawn = human::one(&told, &sources, &Style::default());
    let place = |part: &str| drawn.find(part).unwrap_or_else(|| panic!("{part}\n{drawn}"));
    assert!(place("x.prov:12:1") < place("NEAR") && place("NEAR") < place("AGAIN"), "{drawn}");
    assert!(place("AGAIN") < place("LATER") && place("LATER") < place("FIRST"), "{drawn}");
    assert!(place("FIRST") < place("x.prov:2:1"), "{drawn}");
}

#[test]
fn marks_that_combine_take_no_column() {
    let text = "name = \"re\u{301}gion\" + oops\n";
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text);
    let told = Diagnostic::new(codes::SYNTAX, span(file, text, "oops"), "m");
    let drawn = human::one(&told, &sources, &Style::default());
    assert!(drawn.contains("x.prov:1:19") || drawn.contains("x.prov:1:20"), "{drawn}");
    let line = drawn.lines().find(|line| line.contains("oops")).unwrap();
    let below = drawn.lines().find(|line| line.contains("────") && line.starts_with("   ·")).unwrap();
    let column = |line: &str, part: &str| width(&line[..line.find(part).unwrap()]);
    assert_eq!(column(line, "oops"), column(below, "─"), "{drawn}");
}

#[test]
fn a_byte_order_mark_is_no_column_that_is_seen() {
    let text = "\u{feff}regoin = 1\n";
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text);
    let told = Diagnostic::new(codes::SYNTAX, span(file, text, "regoin"), "m");
    let drawn = human::one(&told, &sources, &Style::default());
    let line = drawn.lines().find(|line| line.contains("regoin")).unwrap();
    let below = drawn.lines().find(|line| line.contains("──────") && line.starts_with("   ·")).unwrap();
    let column = |line: &str, part: &str| width(&line[..line.find(part).unwrap()]);
    assert_eq!(column(line, "regoin"), column(below, "─"), "{drawn}");
}

#[test]
fn carriage_returns_are_not_drawn() {
    let text = "a = {\r\n  b = oops\r\n}\r\n";
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text);
    let all = Span { file, start: 4, end: text.len() as u32 - 2 };
    let told = Diagnostic::new(codes::SYNTAX, span(file, text, "oops"), "m").label(all, "all of it");
    let style = Style::default();
    for drawn in
        [human::one(&told, &sources, &style), concise::all(std::slice::from_ref(&told), &sources, &style)]
    {
        assert!(!drawn.contains('\r'), "{drawn:?}");
    }
    assert!(human::one(&told, &sources, &style).contains("all of it"));
}

#[test]
fn each_file_has_its_excerpt() {
    let mut sources = Sources::new();
    let files: Vec<_> = ["a", "b", "c"].map(|name| sources.add(format!("{name}/main.prov"), DECLARED)).into();
    let at = |file| span(file, DECLARED, "region");
    let told = Diagnostic::new(codes::TYPE_MISMATCH, at(files[0]), "m")
        .here("HERE")
        .label(at(files[1]), "IN B")
        .label(at(files[2]), "IN C")
        .step(at(files[2]), "from C")
        .step(at(files[1]), "from B");
    let drawn = human::one(&told, &sources, &Style::default());
    let mut last = 0;
    for part in [
        "a/main.prov:2:11",
        "HERE",
        "IN B",
        "b/main.prov:2:11",
        "IN C",
        "c/main.prov:2:11",
        "(1 of 2) from C",
        "(2 of 2) from B",
    ] {
        let place = drawn[last..].find(part).unwrap_or_else(|| panic!("{part}\n{drawn}"));
        last += place;
    }
}

#[test]
fn annotations_escape_what_would_end_them() {
    let mut sources = Sources::new();
    let file = sources.add("a,b:c%/main.prov", "x = 1\n");
    let told =
        Diagnostic::new(codes::SYNTAX, span(file, "x = 1\n", "x"), "100%\r\n::error::no").help("a, b: c");
    let drawn = annotations::all(&[told], &sources, &Style::default());
    let expected = "::error title=syntax-error,file=a%2Cb%3Ac%25/main.prov,line=1,endLine=1,col=1,endColumn=2::\
                    100%25%0D%0A::error::no%0Aa, b: c\n";
    assert_eq!(drawn, expected);
}

#[test]
fn columns_differ_where_characters_are_wide() {
    let text = "é😀 x";
    let mut sources = Sources::new();
    let file = sources.add("x.prov", text);
    let place = place::Place::new(span(file, text, "x"), &sources, &Style::default());
    let start = place.start;
    assert_eq!((start.column, start.column_utf16, start.column_utf8, start.byte), (4, 5, 8, 7));
}

#[test]
fn links_and_colours_are_used_when_asked_for() {
    let (diagnostic, sources) = misspelt();
    let paths = crate::host::render::Paths::new("/p".into(), std::path::Path::new("/p"));
    let style = Style { color: true, links: true, paths, ..Style::default() };
    let drawn = human::one(&diagnostic, &sources, &style);
    assert!(
        drawn.contains(
            "\u{1b}]8;;file:///p/accounts/a/main.prov#4\u{1b}\\accounts/a/main.prov:4:3\u{1b}]8;;\u{1b}\\"
        ),
        "{drawn:?}"
    );
    assert!(drawn.contains("\u{1b}[31m"), "{drawn:?}");
}

proptest::proptest! {
    #[test]
    fn no_source_and_no_span_panics(text in "\\PC{0,40}|[a\t\r\n\u{1b}\u{202e}漢é]{0,40}", a in 0u32..60, b in 0u32..60, columns in 20usize..100) {
        let mut sources = Sources::new();
        let file = sources.add("x.prov", text.as_str());
        let one = Span { file, start: a.min(b), end: a.max(b) };
        let two = Span { file, start: b / 2, end: b / 2 };
        let told = Diagnostic::new(codes::SYNTAX, one, text.clone()).here("here").label(two, "there").step(one, "step")
            .replace(FixLevel::Review, "title", one, "x\ny");
        let style = Style { width: columns, ..Style::default() };
        human::all(std::slice::from_ref(&told), &sources, &style);
        concise::all(std::slice::from_ref(&told), &sources, &style);
        json::all(std::slice::from_ref(&told), &sources, &style);
        sarif::all(&[told], &sources, &style);
    }
}

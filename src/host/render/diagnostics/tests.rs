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

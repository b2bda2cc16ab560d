//! The values of strings and heredocs: what Terraform makes of the same text.

use std::sync::Arc;

use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax::parse;
use prov::lang::syntax::tree::{ExprKind, Item, TemplatePart, Tree};

/// The value of the only attribute, with strings interpolated and every condition taken for true.
fn value(text: &str) -> String {
    let checked = parse(FileId(0), &Arc::from(text), &Limits::default());
    assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    let Item::Attribute(attribute) = &checked.value.body.items[0] else { panic!("{text}") };
    let mut out = String::new();
    if let ExprKind::Template(template) = &checked.value.expr(attribute.value).kind {
        render(&checked.value, &template.parts, &mut out);
    }
    out
}

fn render(tree: &Tree, parts: &[TemplatePart], out: &mut String) {
    for part in parts {
        match part {
            TemplatePart::Literal { value, .. } => out.push_str(value),
            TemplatePart::Interpolation { expr, .. } => match &tree.expr(*expr).kind {
                ExprKind::Template(template) => render(tree, &template.parts, out),
                other => panic!("{other:?}"),
            },
            TemplatePart::If { then, .. } => render(tree, then, out),
            TemplatePart::For { body, .. } => render(tree, body, out),
        }
    }
}

#[test]
fn strip_markers_take_white_space() {
    assert_eq!(value("x = \"a  ${~ \"x\" ~}  b\"\n"), "axb");
    assert_eq!(value("x = <<EOT\n  p ${~ \"x\" ~}\n\n   q\nEOT\n"), "  px\n   q\n");
}

#[test]
fn indentation_common_to_all_lines_is_taken_away() {
    let text = "x = <<-EOT\n    one\n      two ${\"x\"}\n\n    ${\"y\"} three\n  EOT\n";
    assert_eq!(value(text), "one\n  two x\n\ny three\n");
    assert_eq!(value("x = <<-EOT\n\ttab\n\t more\n\tEOT\n"), "tab\n more\n");
    assert_eq!(value("x = <<-EOT\n${\"y\"}\n  z\nEOT\n"), "y\n  z\n");
    assert_eq!(value("x = <<EOT\n    as\n  it is\nEOT\n"), "    as\n  it is\n");
}

/// A line whose break was stripped before it does not count as a line of its own, in Terraform as here.
#[test]
fn stripped_line_breaks_join_lines_before_indentation_is_counted() {
    let text = "x = <<-EOT\n      a ${\"x\" ~}\n        b\n      %{ if true ~}\n      yes\n      %{ endif ~}\n      end\n    EOT\n";
    assert_eq!(value(text), "a x        b\n      yes\n      end\n");
}

#[test]
fn heredocs_know_no_escapes_but_those_of_templates() {
    let text = "x = <<EOT\n$${no} %%{no} \\n \"q\"\nEOT\n";
    assert_eq!(value(text), "${no} %{no} \\n \"q\"\n");
    assert_eq!(value(r#"x = "$${no} \n \u00e9""#), "${no} \n é");
}

//! `templatefile` and `templatestring`: what they render, and where their mistakes are shown.

use prov::Engine;
use prov::world::files::MemoryFiles;

/// The errors of a module beside a template: the message, and the text at the place in the file it is in.
async fn errors(source: &str, template: &str) -> Vec<(String, String, String)> {
    let files = MemoryFiles::new([("mod/main.prov", source), ("mod/page.tpl", template)]);
    let account = Engine::builder().files(files).build().unwrap().check("mod");
    let errors = account.diagnostics().iter().filter(|diagnostic| diagnostic.is_error());
    errors
        .map(|diagnostic| {
            let span = diagnostic.primary.as_ref().expect("it has a place").span;
            let file = account.sources().get(span.file).path.to_string();
            (diagnostic.message.clone(), file, account.sources().text(span).to_owned())
        })
        .collect()
}

fn file(variables: &str) -> String {
    format!("output \"page\" {{\n  value = templatefile(\"page.tpl\", {variables})\n}}\n")
}

#[tokio::test]
async fn mistakes_in_a_template_are_shown_in_the_template() {
    for (template, variables, message, place) in [
        ("Hello ${nme}!\n", r#"{ name = "x" }"#, "this template is not given `nme`", "nme"),
        ("a\nb ${var.x}\n", "{}", "this template is not given `var`", "var"),
        ("a\n${upper(1)}\n", "{}", "must be string", "1"),
        ("a\n${upper(n)}\n", "{ n = 1 }", "must be string", "n"),
        ("a\n${[1]}\n", "{}", "a list can't be part of a text", "[1]"),
        ("${nosuch(1)}\n", "{}", "there is no function `nosuch`", "nosuch"),
        (
            "${templatefile(\"page.tpl\", {})}",
            "{}",
            "this template renders itself",
            "templatefile(\"page.tpl\", {})",
        ),
    ] {
        let errors = errors(&file(variables), template).await;
        assert_eq!(errors.len(), 1, "{template}: {errors:?}");
        let (told, shown_in, text) = &errors[0];
        assert!(told.contains(message), "{template}: {told}");
        assert_eq!((&**shown_in, &**text), ("mod/page.tpl", place), "{template}");
    }
}

#[tokio::test]
async fn a_template_that_is_broken_is_shown_where_it_breaks() {
    for template in ["a\n%{ if x }\nb\n", "a ${x\nb\n", "a\n%{ endfor }\n", "a\n${x +}\n"] {
        let errors = errors(&file("{ x = true }"), template).await;
        assert!(!errors.is_empty(), "{template}");
        assert!(errors.iter().all(|(_, file, _)| file == "mod/page.tpl"), "{template}: {errors:?}");
    }
}

#[tokio::test]
async fn the_types_of_variables_are_enough_to_see_what_is_missing() {
    let source =
        "variable \"who\" {\n  type = object({ name = string })\n}\n".to_owned() + &file("{ who = var.who }");
    assert_eq!(errors(&source, "${who.name}").await, []);
    let errors = errors(&source, "${name}").await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].1, "mod/page.tpl");
}

#[tokio::test]
async fn mistakes_in_a_text_are_shown_at_the_argument() {
    let source = "output \"x\" {\n  value = templatestring(\"a $${b}\", {})\n}\n";
    let errors = errors(source, "").await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].2, "\"a $${b}\"");
}

#[tokio::test]
async fn functions_of_the_module_can_be_called_in_its_templates() {
    let source = format!("fn shout(s: string) -> string = \"${{upper(s)}}!\"\n{}", file("{ s = \"a\" }"));
    assert_eq!(errors(&source, "${shout(s)}").await, []);
}

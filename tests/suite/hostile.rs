//! Programs that are made to grow: each ends in an error with a place, and soon.

use std::fmt::Write;

use prov::base::diagnostic::Diagnostic;
use prov::world::files::MemoryFiles;
use prov::{Engine, Inputs};

/// What is said of a program when it is evaluated.
fn told(text: &str) -> Vec<Diagnostic> {
    match Engine::builder().build().unwrap().evaluate(text, &Inputs::new()) {
        Ok(_) => Vec::new(),
        Err(report) => report.iter().cloned().collect(),
    }
}

/// What a check says of a program.
fn check(text: &str) -> Vec<Diagnostic> {
    let files = MemoryFiles::new([("main.prov", text)]);
    Engine::builder().files(files).build().unwrap().check("").diagnostics().to_vec()
}

#[track_caller]
fn ends_in_a_limit(text: &str) {
    let report = told(text);
    let limit = report.iter().find(|d| d.code.name() == "limit-exceeded");
    let shown: Vec<_> = report.iter().take(5).map(|d| &d.message).collect();
    assert!(limit.is_some_and(|d| d.primary.is_some()), "{:.300} … {shown:?}", text);
}

/// `a0 = first`, and then each is made of the one before.
fn chain(first: &str, next: &str, length: usize) -> String {
    let mut text = format!("locals {{\n  a0 = {first}\n");
    for at in 1..=length {
        let _ = writeln!(text, "  a{at} = {}", next.replace('@', &format!("local.a{}", at - 1)));
    }
    text + "}\n"
}

#[test]
fn what_doubles_again_and_again_is_refused() {
    let used = [
        "jsonencode(local.a40)",
        "local.a39 == local.a40",
        "local.a40",
        "length(local.a40)",
        "[for a in local.a40 : a]",
        "toset(local.a40)",
        "flatten(local.a40)",
        "contains(local.a40, local.a39)",
        "try(local.a40, 1)",
        "\"${local.a40}\"",
        "true ? local.a39 : local.a40",
        "local.a40[*]",
    ];
    for (first, next) in
        [("[1, 1]", "[@, @]"), ("{ b = 1 }", "{ b = @, c = @ }"), ("[\"x\"]", "{ b = [@], c = [[@]] }")]
    {
        for used in used {
            ends_in_a_limit(&(chain(first, next, 40) + &format!("output \"x\" {{ value = {used} }}\n")));
        }
    }
    // Of a type that says nothing of what is in it.
    let any = "fn twice(x: any) -> any = [x, x]\n";
    let alone = "twice(".repeat(40) + "1" + &")".repeat(40);
    ends_in_a_limit(&format!("{any}output \"x\" {{ value = {alone} }}\n"));
    for used in ["jsonencode(local.a40)", "local.a39 == local.a40", "local.a40"] {
        ends_in_a_limit(
            &(any.to_owned() + &chain("1", "twice(@)", 40) + &format!("output \"x\" {{ value = {used} }}\n")),
        );
    }
}

#[test]
fn types_that_double_are_refused() {
    let mut text = String::from("type T0 = tuple([int, int])\n");
    for at in 1..=40 {
        let _ = writeln!(text, "type T{at} = object({{ a = T{}, b = list(T{}) }})", at - 1, at - 1);
    }
    ends_in_a_limit(
        &(text + "variable \"x\" {\n  type    = T40\n  default = null\n}\noutput \"x\" { value = var.x }\n"),
    );
}

#[test]
fn depth_is_limited() {
    let output = "output \"x\" { value = local.a3000 }\n";
    ends_in_a_limit(&(chain("1", "[@]", 3_000) + output));
    ends_in_a_limit(&(chain("1", "{ a = @ }", 3_000) + output));
    ends_in_a_limit(
        &("fn in_list(x: any) -> any = [x]\n".to_owned() + &chain("1", "in_list(@)", 3_000) + output),
    );
    let types: String = (0..3_000).rev().map(|at| format!("type T{} = list(T{at})\n", at + 1)).collect();
    ends_in_a_limit(&format!("{types}type T0 = int\noutput \"x\" {{\n  type  = T3000\n  value = []\n}}\n"));
    // Long, but not deep.
    assert!(told(&(chain("1", "@ + 1", 3_000) + output)).is_empty());
}

/// `"m0" | "m1" | …`
fn union(members: usize) -> String {
    (0..members).map(|at| format!("\"m{at}\"")).collect::<Vec<_>>().join(" | ")
}

/// Many members are no nesting, and no pair of them is compared.
#[test]
fn unions_may_be_long() {
    let many = 20_000;
    let arms: String = (0..many).map(|at| format!("    \"m{at}\" => {at}\n")).collect();
    let text = format!(
        "type T = {}\ntype S = {} | \"other\"\nvariable \"x\" {{\n  type    = T\n  default = \"m5\"\n}}\n\
         output \"s\" {{\n  type  = S\n  value = var.x\n}}\n\
         output \"m\" {{\n  value = match var.x {{\n{arms}  }}\n}}\n",
        union(many),
        union(many),
    );
    assert!(told(&text).is_empty());
    let wrong = text.replace("default = \"m5\"", "default = \"x\"");
    let report = told(&wrong);
    assert_eq!(report[0].code.name(), "constraint-violated", "{report:?}");
    assert!(report[0].message.ends_with("\"m99\" or … (19900 more), is \"x\""), "{}", report[0].message);
}

#[test]
fn unions_without_end_are_refused() {
    ends_in_a_limit(&format!("type T = {}\noutput \"x\" {{ value = 1 }}\n", union(1 << 18)));
}

#[test]
fn unions_of_unions_are_counted_together() {
    // Each has all members of the first.
    let others: String = (1..500).map(|at| format!("type T{at} = T0 | \"x\"\n")).collect();
    ends_in_a_limit(&format!("type T0 = {}\n{others}output \"x\" {{ value = 1 }}\n", union(10_000)));
}

/// So many that nothing may look at all that came before.
#[test]
fn arms_and_parameters_may_be_many() {
    let many = 50_000;
    let arms: String = (0..many).map(|at| format!("    {at} => {at}\n")).collect();
    let parameters: Vec<_> = (0..many).map(|at| format!("a{at}: int")).collect();
    let text = format!(
        "variable \"x\" {{\n  type    = int\n  default = 7\n}}\n\
         fn first({}) -> int = a0\n\
         output \"m\" {{\n  value = match var.x {{\n{arms}    _ => 0\n  }}\n}}\n\
         output \"f\" {{ value = first({}) }}\n",
        parameters.join(", "),
        vec!["1"; many].join(", "),
    );
    assert!(told(&text).is_empty());
    let twice = text.replace("    _ => 0", "    3 => 0\n    _ => 0");
    let report = check(&twice);
    assert_eq!(report.len(), 1, "{report:?}");
    assert_eq!(report[0].code.name(), "unreachable-arm");
}

/// One report with a place for each step; of very many, the first.
#[test]
fn circles_may_be_long() {
    let many = 20_000;
    let locals: String = (0..many).map(|at| format!("  a{at} = local.a{}\n", (at + 1) % many)).collect();
    let report = told(&format!("locals {{\n{locals}}}\n"));
    let [only] = report.as_slice() else { panic!("{} reports", report.len()) };
    assert_eq!(only.code.name(), "dependency-cycle");
    assert!((900..=1_000).contains(&only.labels.len()), "{}", only.labels.len());
}

/// A chain is said to be one, and what stands for it.
#[test]
fn long_chains_of_operators_are_refused_as_such() {
    for (term, operator, instead) in [
        ("1", " + ", "sum("),
        ("true", " && ", "alltrue("),
        ("false", " || ", "anytrue("),
        ("1", " ?? ", "coalesce("),
    ] {
        let report = told(&format!("output \"x\" {{ value = {} }}\n", vec![term; 20_000].join(operator)));
        let [only] = report.as_slice() else { panic!("{operator}: {report:?}") };
        assert_eq!(only.message, "this chain of operators is too long: more than 400 of them");
        assert!(only.help.as_ref().is_some_and(|help| help.contains(instead)), "{only:?}");
    }
}

#[test]
fn functions_in_long_chains_are_refused() {
    let mut text = String::new();
    for at in 0..20_000 {
        let _ = writeln!(text, "fn f{at}(x: int) -> int = f{}(x)", at + 1);
    }
    ends_in_a_limit(&(text + "fn f20000(x: int) -> int = x\noutput \"x\" { value = f0(1) }\n"));
}

#[test]
fn what_would_take_forever_is_refused() {
    for value in [
        "[for i in range(1000000000000) : i]",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]",
        "join(\"\", [for a in range(1000) : join(\"\", [for b in range(1000) : \"0123456789abcdef0123456789abcdef\"])])",
        "format(\"%2000000000d\", 1)",
        "[for a in range(1000) : [for b in range(1000) : range(1000) == range(1000)]]",
        "setproduct(range(1000), range(1000), range(1000), range(1000))",
        "replace(join(\"\", [for a in range(1000) : \"aaaaaaaaaaaaaaaa\"]), \"a\", join(\"\", [for a in range(1000) : \"bbbbbbbb\"]))",
        "sum([for a in range(1000) : 10]) + pow(10, 1000000000)",
    ] {
        let report = told(&format!("output \"x\" {{ value = {value} }}\n"));
        assert!(!report.is_empty() && report[0].primary.is_some(), "{value}: {report:?}");
    }
    // A billion laughs.
    let laughs = chain("\"lol\"", "\"${@}${@}${@}${@}${@}${@}${@}${@}${@}${@}\"", 12);
    ends_in_a_limit(&(laughs + "output \"x\" { value = local.a12 }\n"));
}

//! `prov functions`: the functions of the language with their signatures, documentation and examples.

use serde_json::{Value as Json, json};

use crate::base::suggest::nearest;
use crate::host::cli::args::Functions;
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::text::paragraph;
use crate::host::render::{Role, Style};
use crate::lang::functions::{Function, Known, all, excluded, find};

pub(super) fn run(session: &Session, args: &Functions) -> Ended<ExitStatus> {
    let style = session.style(Stream::Out);
    let Some(name) = &args.name else {
        Stream::Out.write(&if args.json { document() } else { list(&style) });
        return Ok(ExitStatus::Success);
    };
    let Some(function) = find(name) else {
        let help = match (excluded(name), nearest(name, all().map(|function| function.name))) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(near)) => format!("did you mean {near}?"),
            (None, None) => "`prov functions` lists all of them".to_owned(),
        };
        return session.usage(format!("there is no function {name}"), help);
    };
    Stream::Out.write(&if args.json {
        format!("{:#}\n", entry(function))
    } else {
        describe(function, &style)
    });
    Ok(ExitStatus::Success)
}

fn entry(function: &Function) -> Json {
    let (least, most) = function.arity();
    json!({
        "name": function.name,
        "family": function.family.to_string(),
        "signature": function.signature(),
        "least_arguments": least,
        "most_arguments": most,
        "known_at_apply_only": function.known == Known::AtApply,
        "docs": function.docs,
        "examples": function.examples.iter().map(|(call, gives)| json!({ "call": call, "gives": gives })).collect::<Vec<_>>(),
    })
}

fn document() -> String {
    format!("{:#}\n", json!({ "version": 1, "functions": all().map(entry).collect::<Vec<_>>() }))
}

fn list(style: &Style) -> String {
    let mut functions: Vec<&Function> = all().collect();
    functions.sort_by_key(|function| (function.family, function.name));
    let mut out = String::new();
    let mut family = None;
    for function in functions {
        if family.replace(function.family) != Some(function.family) {
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n", style.paint(Role::Strong, function.family.to_string())));
        }
        let first = function.docs.split_inclusive(". ").next().unwrap_or_default();
        out.push_str(&paragraph(&format!("  {:<18}", function.name), first.trim_end(), style.width));
    }
    out
}

fn describe(function: &Function, style: &Style) -> String {
    let mut out = format!("{}\n\n", style.paint(Role::Strong, function.signature()));
    out.push_str(&paragraph("", function.docs, style.width));
    if function.known == Known::AtApply {
        out.push_str(&paragraph("", "Its result is known only after apply.", style.width));
    }
    if !function.examples.is_empty() {
        out.push('\n');
    }
    for (call, gives) in function.examples {
        out.push_str(&format!(
            "  {}\n    {}\n",
            style.paint(Role::Advice, *call),
            gives.replace('\n', "\n    ")
        ));
    }
    out
}

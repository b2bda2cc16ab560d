//! `prov output`

use serde_json::{Map, json};

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::base::suggest::nearest;
use crate::base::value::{Kind, Value};
use crate::host::cli::args::Output;
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::state;
use crate::host::render::values::{Secrets, json as value_json};
use crate::pipeline::store_failed;

pub(super) fn run(session: &Session, args: &Output) -> Ended<ExitStatus> {
    let project = session.project(&args.account)?;
    let shown = Shown::new(&project, false);
    let store = live::store(&project, &shown)?;
    let outputs = match wait(store.read()) {
        Ok(state) => state.outputs,
        Err(error) => return shown.fail(&project, &[store_failed(&error)], &Sources::new()),
    };
    let Some(name) = &args.name else {
        Stream::Out.write(&if args.json {
            let all: Map<_, _> =
                outputs.iter().map(|(name, value)| (name.to_string(), entry(value))).collect();
            format!("{:#}\n", serde_json::Value::from(all))
        } else if outputs.is_empty() {
            "No outputs. `prov apply` records those the account declares.\n".to_owned()
        } else {
            state::outputs(&outputs, &project.style(Stream::Out))
        });
        return Ok(ExitStatus::Success);
    };
    let Some(value) = outputs.get(name.as_str()) else {
        let mut told = Diagnostic::without_place(codes::USAGE, format!("the state has no output {name:?}"));
        let near = nearest(name, outputs.keys().map(|name| name.as_str()));
        told.help = near.map(|near| format!("did you mean {near:?}?"));
        return session.fail(told);
    };
    if args.raw {
        return raw(session, name, value);
    }
    Stream::Out.write(&if args.json {
        format!("{:#}\n", value_json(value, Secrets::Reveal))
    } else {
        format!("{}\n", crate::host::render::values::pretty(value, 80).join("\n"))
    });
    Ok(ExitStatus::Success)
}

fn entry(value: &Value) -> serde_json::Value {
    json!({ "value": value_json(value, Secrets::Reveal), "sensitive": value.has_secret() })
}

/// The bare text, for scripts; no line break is added.
fn raw(session: &Session, name: &str, value: &Value) -> Ended<ExitStatus> {
    let text = match &value.kind {
        Kind::String(text) => text.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::Duration(duration) => duration.to_string(),
        Kind::Size(size) => size.to_string(),
        _ => {
            return session.usage(
                format!("the output {name:?} is a {} and has no bare text", value.kind_name()),
                "use --json",
            );
        }
    };
    Stream::Out.write(&text);
    Ok(ExitStatus::Success)
}

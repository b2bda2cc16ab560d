//! `prov functions`: the functions of the language with their signatures, documentation and examples.

use crate::base::suggest::nearest;
use crate::host::cli::args::Functions;
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::functions::{json, list, markdown, page};
use crate::lang::functions::{all, excluded, find};

pub(super) fn run(session: &Session, args: &Functions) -> Ended<ExitStatus> {
    let style = session.style(Stream::Out);
    let Some(name) = &args.name else {
        Stream::Out.write(&match args {
            Functions { json: true, .. } => json(None),
            Functions { markdown: true, .. } => markdown(),
            _ => list(&style),
        });
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
    Stream::Out.write(&if args.json { json(Some(function)) } else { page(function, &style) });
    Ok(ExitStatus::Success)
}

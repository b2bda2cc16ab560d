//! `prov graph`

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::{Graph, GraphFormat, Lints};
use crate::host::cli::session::{Ended, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::graph::{objects_only, svg, text};

pub(super) fn run(session: &Session, args: &Graph) -> Ended<ExitStatus> {
    let project = session.project(&args.account.directory)?;
    let account = wait(async { Ok(project.engine(&Lints::default()).await?.check(&project.within)) })?;
    if account.has_errors() {
        project.report(account.diagnostics(), account.sources());
        return Err(ExitStatus::Failure);
    }
    let all = account.graph();
    let graph = if args.all { all } else { objects_only(&all) };
    let title = if project.within.is_empty() { "." } else { &project.within };
    let drawn = match args.format {
        GraphFormat::Svg => svg::draw(&graph, title),
        GraphFormat::Dot => text::dot(&graph),
        GraphFormat::Mermaid => text::mermaid(&graph),
        GraphFormat::Json => text::json(&graph),
    };
    let Some(path) = &args.out else {
        Stream::Out.write(&drawn);
        return Ok(ExitStatus::Success);
    };
    if let Err(error) = std::fs::write(session.directory.join(path), drawn) {
        let message = format!("{} can't be written: {error}", path.display());
        return session.fail(Diagnostic::without_place(codes::USAGE, message));
    }
    Ok(ExitStatus::Success)
}

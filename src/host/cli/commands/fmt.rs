//! `prov fmt`: sources in their canonical form.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::source::Sources;
use crate::host::cli::args::Fmt;
use crate::host::cli::files;
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::Paths;
use crate::lang::syntax::format;

pub(super) fn run(session: &Session, args: &Fmt) -> Ended<ExitStatus> {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { here.as_slice() } else { &args.paths };
    let mut status = ExitStatus::Success;
    for path in paths {
        let done =
            if path == Path::new("-") { standard_input(session, args)? } else { tree(session, args, path)? };
        if done != ExitStatus::Success {
            status = done;
        }
    }
    Ok(status)
}

/// From standard input to standard output.
fn standard_input(session: &Session, args: &Fmt) -> Ended<ExitStatus> {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        return session.usage(format!("standard input can't be read: {error}"), "pipe a file into it");
    }
    let Some((before, after)) = formatted(session, "<stdin>", bytes) else { return Ok(ExitStatus::Failure) };
    match (args.check, args.diff) {
        (true, _) => Ok(if before == after { ExitStatus::Success } else { ExitStatus::Failure }),
        (false, true) => {
            Stream::Out.write(&files::diff("<stdin>", &before, &after, &session.style(Stream::Out)));
            Ok(ExitStatus::Success)
        }
        (false, false) => {
            Stream::Out.write(&after);
            Ok(ExitStatus::Success)
        }
    }
}

/// A file, or all sources below a directory. Names those that change.
fn tree(session: &Session, args: &Fmt, path: &Path) -> Ended<ExitStatus> {
    let mut found = Vec::new();
    if let Err(error) = collect(&session.directory.join(path), path, &mut found) {
        let message = format!("{} can't be read: {error}", path.display());
        return session.fail(Diagnostic::without_place(codes::FILE_UNREADABLE, message));
    }
    found.sort();
    let mut status = ExitStatus::Success;
    for (full, shown) in found {
        let name = shown.display().to_string();
        let bytes = match std::fs::read(&full) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("{name} can't be read: {error}");
                return session.fail(Diagnostic::without_place(codes::FILE_UNREADABLE, message));
            }
        };
        let Some((before, after)) = formatted(session, &name, bytes) else {
            status = ExitStatus::Failure;
            continue;
        };
        if before == after {
            continue;
        }
        if args.diff {
            Stream::Out.write(&files::diff(&name, &before, &after, &session.style(Stream::Out)));
        } else {
            Stream::Out.write(&format!("{name}\n"));
        }
        if args.check {
            status = ExitStatus::Failure;
        } else if !args.diff
            && let Err(error) = files::replace(&full, &after)
        {
            let message = format!("{name} can't be written: {error}");
            return session.fail(Diagnostic::without_place(codes::FILE_UNREADABLE, message));
        }
    }
    Ok(status)
}

/// Sources on disk, with the path shown for each. Directories that begin with a dot, and links, are left alone.
fn collect(full: &Path, shown: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> std::io::Result<()> {
    if !full.metadata()?.is_dir() {
        found.push((full.to_path_buf(), shown.to_path_buf()));
        return Ok(());
    }
    for entry in std::fs::read_dir(full)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let text = name.to_string_lossy();
        let below = if shown == Path::new(".") { PathBuf::from(&name) } else { shown.join(&name) };
        if kind.is_dir() && !text.starts_with('.') {
            collect(&entry.path(), &below, found)?;
        } else if kind.is_file() && text.ends_with(".prov") {
            found.push((entry.path(), below));
        }
    }
    Ok(())
}

/// The text before and after; says what is wrong where it can't be understood.
fn formatted(session: &Session, name: &str, bytes: Vec<u8>) -> Option<(String, String)> {
    let mut sources = Sources::new();
    let complain = |sources: &Sources, diagnostics: &[Diagnostic]| {
        session.report(diagnostics, sources, &Paths::default());
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{name} is not UTF-8 text: byte {at} begins no character");
            complain(&sources, &[Diagnostic::without_place(codes::NOT_UTF8, message)]);
            return None;
        }
    };
    let shared: Arc<str> = text.as_str().into();
    let file = sources.add(name, Arc::clone(&shared));
    match format(file, &shared, &Limits::default()) {
        Ok(after) => Some((text, after)),
        Err(diagnostics) => {
            complain(&sources, &diagnostics);
            None
        }
    }
}

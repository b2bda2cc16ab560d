//! `prov init`: a small account to begin with.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::Init;
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;

const FILES: [(&str, &str); 3] = [
    ("main.prov", include_str!("../../../../docs/init/main.prov")),
    ("versions.prov", include_str!("../../../../docs/init/versions.prov")),
    (".gitignore", ".prov/\n"),
];

pub(super) fn run(session: &Session, args: &Init) -> Ended<ExitStatus> {
    let directory = session.directory.join(&args.directory);
    let shown = args.directory.display();
    if std::fs::read_dir(&directory).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| Path::new(&entry.file_name()).extension().is_some_and(|e| e == "prov"))
        })
    }) {
        return session.usage(
            format!("{shown} already holds an account"),
            "choose a directory without .prov files: prov init DIR",
        );
    }
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&directory)?;
        for (name, text) in FILES {
            let path = directory.join(name);
            if name.starts_with('.') && path.exists() {
                continue;
            }
            OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())?;
        }
        Ok(())
    };
    if let Err(error) = write() {
        return session
            .fail(Diagnostic::without_place(codes::USAGE, format!("{shown} can't be written: {error}")));
    }
    Stream::Out.write(&format!(
        "An account begins in {shown}. Next:\n\n  prov check {shown}\n  prov plan {shown}\n  prov apply {shown}\n"
    ));
    Ok(ExitStatus::Success)
}

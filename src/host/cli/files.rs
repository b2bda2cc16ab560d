//! Writing files in one step, and showing what would be written.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::host::render::text::clean;
use crate::host::render::{Role, Style};

/// Replaces a file's text; whoever reads meanwhile sees the old or the new, never a half. Permissions stay, and a
/// symbolic link stays one.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    // A file of that name could be put in its place all the same; whoever protected it did not mean that.
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    write(&path, text.as_bytes(), OpenOptions::new().write(true).create_new(true))?;
    fs::set_permissions(&path, permissions)
}

/// Writes a file that nobody else can read.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write(path, bytes, &options)
}

fn write(path: &Path, bytes: &[u8], options: &OpenOptions) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = path.with_file_name(name);
    let written = options.open(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

/// The lines that change, with their surroundings, as `diff -u` shows them.
pub fn diff(path: &str, old: &str, new: &str, style: &Style) -> String {
    if old == new {
        return String::new();
    }
    let mut out = format!("--- {path}\n+++ {path}\n");
    let diff = TextDiff::from_lines(old, new);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, role) = match change.tag() {
                ChangeTag::Equal => (' ', None),
                ChangeTag::Delete => ('-', Some(Role::Removed)),
                ChangeTag::Insert => ('+', Some(Role::Added)),
            };
            let line = format!("{sign}{}", clean(change.value().trim_end_matches('\n')));
            out.push_str(&role.map_or(line.clone(), |role| style.paint(role, line).into_owned()));
            out.push('\n');
            if change.missing_newline() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

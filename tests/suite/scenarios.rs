//! Whole sessions at the command line: each folder of `tests/scenarios` is an account, and its `session.txt` what somebody
//! types there and gets to read.
//!
//! A line `$ prov …` is a command; below it stands what it says, first what goes to standard output, and `[exit N]` if it
//! fails. A line `$ use DIR` copies the files of a directory over the account's. `PROV_BLESS=1` writes the answers anew:
//! read what it wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::cli::{Project, err, out};

/// What is another one each time.
static CHANCE: LazyLock<[(Regex, &str); 3]> = LazyLock::new(|| {
    let regex = |pattern| Regex::new(pattern).unwrap();
    [
        (regex(r"\b\d+(\.\d+)?(ms|s)\b"), "⟨time⟩"),
        (regex(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "⟨uuid⟩"),
        (regex(r"\b(store|srv)-[a-z]+-[a-z]+\b"), "⟨pet⟩"),
    ]
});

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).unwrap()),
        }
    }
}

/// The session as it goes today.
fn play(folder: &Path, session: &str) -> String {
    let project = Project::new("");
    fs::remove_file(project.path().join("main.prov")).unwrap();
    copy(folder, project.path());
    let mut text = String::new();
    for line in session.lines().filter(|line| line.starts_with("$ ")) {
        text += &format!("{line}\n");
        let words: Vec<_> = line.split_whitespace().skip(1).collect();
        if let ["use", directory] = *words {
            copy(&folder.join(directory), project.path());
            continue;
        }
        let ["prov", arguments @ ..] = &*words else { panic!("{line}: neither `prov` nor `use`") };
        let output = project.command(arguments).env("NO_COLOR", "1").output().unwrap();
        let mut said = format!("{}{}", out(&output), err(&output));
        for (pattern, name) in &*CHANCE {
            said = pattern.replace_all(&said, *name).into_owned();
        }
        said = said.replace(&*project.path().to_string_lossy(), "⟨here⟩");
        text += &said;
        if !said.is_empty() && !said.ends_with('\n') {
            text.push('\n');
        }
        match output.status.code().unwrap() {
            0 => {}
            status => text += &format!("[exit {status}]\n"),
        }
        text.push('\n');
    }
    text
}

#[test]
fn sessions_go_as_written() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 9, "only {folders:?}");
    let mut wrong = Vec::new();
    for folder in folders {
        let path = folder.join("session.txt");
        let session = fs::read_to_string(&path).unwrap();
        let played = play(&folder, &session);
        if std::env::var_os("PROV_BLESS").is_some() {
            fs::write(&path, &played).unwrap();
        } else if played != session {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let diff = similar::TextDiff::from_lines(&session, &played).unified_diff().to_string();
            wrong.push(format!("{name}\n{diff}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

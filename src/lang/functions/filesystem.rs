//! Files of the project: those in the directory of the module or of the root module, nothing else.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::call::{Call, Context, Stop};
use super::hash::{base64_of, hex_of};
use super::{BASE, Family, Function, Param, Returns, STRING, param};
use crate::base::effects::FileError;
use crate::base::types::Type;
use crate::base::value::Value;

const FILE: Function = Function { family: Family::Filesystem, returns: Returns::Is(Type::string), ..BASE };
const PATH: Param = param("path", STRING);
/// How deep `fileset` goes down.
const DEPTH: usize = 64;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "basename",
        params: &[PATH],
        docs: "The last part of a path.",
        examples: &[(r#"basename("foo/bar/baz.txt")"#, r#""baz.txt""#), (r#"basename("")"#, r#"".""#)],
        body: |call| {
            let path = call.text(0)?;
            let trimmed = path.trim_end_matches('/');
            let last = trimmed.rsplit('/').next().unwrap_or_default();
            Ok(match (path, last) {
                ("", _) => ".",
                (_, "") => "/",
                (_, last) => last,
            }
            .into())
        },
        ..FILE
    },
    Function {
        name: "dirname",
        params: &[PATH],
        docs: "A path without its last part.",
        examples: &[(r#"dirname("foo/bar/baz.txt")"#, r#""foo/bar""#), (r#"dirname("a")"#, r#"".""#)],
        body: |call| {
            let path = call.text(0)?;
            Ok(clean(path.rfind('/').map_or("", |at| &path[..=at])).into())
        },
        ..FILE
    },
    Function {
        name: "file",
        params: &[PATH],
        docs: "The content of a text file. Paths begin with `path.module` or `path.root`, or are taken from the \
               directory of the module.",
        examples: &[(r#"file("hello.txt")"#, r#""hello\n""#), (r#"file("mod/hello.txt")"#, r#""hello\n""#)],
        body: |call| Ok(text(call.context, call.text(0)?)?.into()),
        ..FILE
    },
    Function {
        name: "filebase64",
        params: &[PATH],
        docs: "The content of a file, in Base64.",
        examples: &[(r#"filebase64("image.bin")"#, r#""//4=""#)],
        body: |call| {
            let content = read(call)?;
            call.spend_text(content.len().saturating_mul(4) / 3 + 4)?;
            Ok(BASE64_STANDARD.encode(content).into())
        },
        ..FILE
    },
    Function {
        name: "filebase64sha256",
        params: &[PATH],
        docs: "The SHA-256 of a file, in Base64.",
        body: |call| Ok(base64_of::<Sha256>(&read(call)?).into()),
        ..FILE
    },
    Function {
        name: "filebase64sha512",
        params: &[PATH],
        docs: "The SHA-512 of a file, in Base64.",
        body: |call| Ok(base64_of::<Sha512>(&read(call)?).into()),
        ..FILE
    },
    Function {
        name: "fileexists",
        params: &[PATH],
        docs: "Whether a file exists. An error for a directory.",
        examples: &[(r#"fileexists("hello.txt")"#, "true"), (r#"fileexists("nope.txt")"#, "false")],
        returns: Returns::Is(Type::bool),
        body: |call| {
            let path = call.text(0)?;
            let place = resolve(call.context, path)?;
            match call.context.files.read(&place) {
                Ok(_) => Ok(true.into()),
                Err(FileError::NotFound) if call.context.files.list(&place).is_err() => Ok(false.into()),
                Err(FileError::TooLarge { .. }) => Ok(true.into()),
                Err(_) if call.context.files.list(&place).is_ok() => {
                    Err(Stop::at(0, "is a directory").shown(path))
                }
                Err(error) => Err(unreadable(path, &error)),
            }
        },
        ..FILE
    },
    Function {
        name: "filemd5",
        params: &[PATH],
        docs: "The MD5 of a file, in hexadecimal. It protects from accidents only.",
        examples: &[(r#"filemd5("hello.txt")"#, r#""b1946ac92492d2347c6235b4d2611184""#)],
        body: |call| Ok(hex_of::<Md5>(&read(call)?).into()),
        ..FILE
    },
    Function {
        name: "fileset",
        params: &[PATH, param("pattern", STRING)],
        docs: "The files below a directory that match a pattern, as paths from it. `*` and `?` match within a part of a \
               path, `**` any number of parts, `{a,b}` either, `[a-z]` a range.",
        examples: &[
            (r#"fileset("sub", "*.txt")"#, r#"toset(["a.txt"])"#),
            (r#"fileset(".", "**/{a,b}.txt")"#, r#"toset(["sub/a.txt", "sub/deep/b.txt"])"#),
        ],
        returns: Returns::Is(|| Type::set(Type::string())),
        body: fileset,
        ..FILE
    },
    Function {
        name: "filesha1",
        params: &[PATH],
        docs: "The SHA-1 of a file, in hexadecimal. It protects from accidents only.",
        body: |call| Ok(hex_of::<Sha1>(&read(call)?).into()),
        ..FILE
    },
    Function {
        name: "filesha256",
        params: &[PATH],
        docs: "The SHA-256 of a file, in hexadecimal.",
        body: |call| Ok(hex_of::<Sha256>(&read(call)?).into()),
        ..FILE
    },
    Function {
        name: "filesha512",
        params: &[PATH],
        docs: "The SHA-512 of a file, in hexadecimal.",
        body: |call| Ok(hex_of::<Sha512>(&read(call)?).into()),
        ..FILE
    },
];

/// A path without `.`, `..` after a name and doubled slashes; `.` for nothing.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

fn within(directory: &str, path: &str) -> bool {
    directory.is_empty()
        || directory == "."
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path from the project root. Must lie in the directory of the module or of the root module.
fn resolve(context: &Context, path: &str) -> Result<String, Stop> {
    let outside =
        || Stop::at(0, "lies outside the directories of the module and of the root module").shown(path);
    if path.starts_with('/') {
        return Err(outside());
    }
    let (module, root) = (clean(context.module_dir), clean(context.root_dir));
    let inside = |path: &str| within(&module, path) || within(&root, path);
    // As it is written: `${path.module}/../x` means to leave the module.
    let written = path.trim_start_matches("./");
    let direct = [&module, &root].into_iter().any(|directory| directory != "." && within(directory, written));
    let place = clean(&if direct { written.to_owned() } else { format!("{module}/{path}") });
    if place.split('/').any(|part| part == "..") || !inside(&place) {
        return Err(outside());
    }
    // From another module `./x` may be `${path.root}/x` of a root module in the project's root.
    if root == "." && module != "." && path.starts_with("./") && !exists(context, &place) {
        let from_root = clean(path);
        if exists(context, &from_root) {
            return Ok(from_root);
        }
    }
    Ok(if place == "." { String::new() } else { place })
}

fn exists(context: &Context, path: &str) -> bool {
    context.files.read(path).is_ok() || context.files.list(path).is_ok_and(|entries| !entries.is_empty())
}

fn unreadable(path: &str, error: &FileError) -> Stop {
    Stop::at(0, format!("can't be read: {error}")).shown(path)
}

fn content(context: &Context, path: &str) -> Result<Arc<[u8]>, Stop> {
    context.files.read(&resolve(context, path)?).map_err(|error| unreadable(path, &error))
}

fn read(call: &Call) -> Result<Arc<[u8]>, Stop> {
    content(call.context, call.text(0)?)
}

/// The path from the project root and the content of a text file, or why it can't be read: for `templatefile`, which
/// evaluation does.
pub fn read_text(context: &Context, path: &str) -> Result<(String, String), super::Failure> {
    let read = || Ok((resolve(context, path)?, text(context, path)?));
    read().map_err(|stop: Stop| stop.into_failure(true))
}

fn text(context: &Context, path: &str) -> Result<String, Stop> {
    let bytes = content(context, path)?;
    (context.spend)(bytes.len() as u64).map_err(|_| Stop::memory())?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Stop::at(0, "is not UTF-8 text; use filebase64() or one of the hashes").shown(path))?;
    Ok(text.to_owned())
}

fn fileset(call: &Call) -> Result<Value, Stop> {
    let (path, pattern) = (call.text(0)?, call.text(1)?);
    let start = resolve(call.context, path)?;
    let matcher = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|e| Stop::at(1, "is not a pattern of files").shown(e.kind().to_string()))?
        .compile_matcher();
    let mut found = Vec::new();
    let mut left = vec![(start, String::new(), 0)];
    while let Some((directory, prefix, depth)) = left.pop() {
        let entries = match call.context.files.list(&directory) {
            Ok(entries) => entries,
            Err(FileError::NotFound) => continue,
            Err(error) => return Err(unreadable(path, &error)),
        };
        call.spend_elements(entries.len())?;
        for entry in entries {
            let name = format!("{prefix}{}", entry.name);
            if !entry.directory {
                if matcher.is_match(&name) {
                    call.spend(name.len())?;
                    found.push(Value::from(name));
                }
            } else if depth < DEPTH {
                let below =
                    if directory.is_empty() { entry.name } else { format!("{directory}/{}", entry.name) };
                left.push((below, format!("{name}/"), depth + 1));
            }
        }
    }
    Ok(Value::set(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("a//b/../c/", "a/c"),
            ("./x", "x"),
            ("../x", "../x"),
            ("", "."),
            ("/a/../..", "/"),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}

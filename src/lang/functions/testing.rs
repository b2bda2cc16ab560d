//! For tests: evaluates calls written with literals, as the examples of functions are.

use super::*;
use crate::base::effects::{Entry, FileError, Files, Limits};
use crate::base::number::Number;
use crate::base::value::{DURATION_UNITS, Duration, Kind, SIZE_UNITS, Size, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files in memory.
pub(super) struct Memory(pub(super) BTreeMap<&'static str, &'static [u8]>);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.0.get(path).map(|content| Arc::from(*content)).ok_or(FileError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut entries: Vec<Entry> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(prefix.as_str()))
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => Entry { name: name.to_owned(), directory: true },
                None => Entry { name: rest.to_owned(), directory: false },
            })
            .collect();
        entries.sort();
        entries.dedup();
        if entries.is_empty() { Err(FileError::NotFound) } else { Ok(entries) }
    }
}

/// Calls a function in a context with some files and the default limits.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, Failure> {
    call_at(name, args, None)
}

/// As [`call`], while applying.
pub(super) fn call_at(name: &str, args: &[Value], moment: Option<&Moment>) -> Result<Value, Failure> {
    let files = Memory(BTreeMap::from([
        ("mod/hello.txt", "hello\n".as_bytes()),
        ("mod/image.bin", &[0xff, 0xfe]),
        ("mod/sub/a.txt", b"a"),
        ("mod/sub/deep/b.txt", b"b"),
        ("elsewhere/secret.txt", b"no"),
    ]));
    let limits = Limits { heap_bytes: 16 << 20, output_bytes: 1 << 20, ..Limits::default() };
    let left = std::cell::Cell::new(limits.heap_bytes);
    let spend = |bytes: u64| match left.get().checked_sub(bytes) {
        Some(rest) => {
            left.set(rest);
            Ok(())
        }
        None => Err(Exhausted),
    };
    let context =
        Context { files: &files, module_dir: "mod", root_dir: "mod", limits: &limits, spend: &spend, moment };
    find(name).unwrap_or_else(|| panic!("no function {name}")).call(args, &context)
}

/// Evaluates literals and calls; `Err` has the message of a failed call.
pub(super) fn eval(source: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: source };
    let value = reader.value()?;
    reader.space();
    assert!(reader.rest.is_empty(), "what is {:?} in {source:?}", reader.rest);
    Ok(value)
}

/// What a call shows: its value, or `! message`.
pub(super) fn show(source: &str) -> String {
    eval(source).map_or_else(|message| format!("! {message}"), |value| value.to_string())
}

struct Reader<'s> {
    rest: &'s str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn word(&mut self) -> String {
        self.space();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn string(&mut self) -> String {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    break;
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('t') => out.push('\t'),
                    Some('u') => {
                        let code: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                        out.extend(char::from_u32(u32::from_str_radix(&code, 16).unwrap()));
                    }
                    Some(c) => out.push(c),
                    None => panic!("an escape ends the source"),
                },
                c => out.push(c),
            }
        }
        out
    }

    fn values(&mut self, close: &str) -> Result<Vec<Value>, String> {
        let mut values = Vec::new();
        while !self.eat(close) {
            let value = self.value()?;
            if self.eat("...") {
                values.extend(value.as_slice().unwrap().iter().cloned());
            } else {
                values.push(value);
            }
            self.eat(",");
        }
        Ok(values)
    }

    fn value(&mut self) -> Result<Value, String> {
        self.space();
        if self.eat("\"") {
            return Ok(self.string().into());
        }
        if self.eat("[") {
            return Ok(self.values("]")?.into());
        }
        if self.eat("{") {
            let mut map = BTreeMap::new();
            while !self.eat("}") {
                let key = if self.eat("\"") { self.string() } else { self.word() };
                assert!(self.eat("="), "an entry needs `=`: {:?}", self.rest);
                map.insert(key.into(), self.value()?);
                self.eat(",");
            }
            return Ok(map.into());
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let mut before = ' ';
            let end = self.rest.find(|c: char| {
                let sign = c == '-' && matches!(before, ' ' | 'e');
                before = c;
                !(sign || c.is_ascii_digit() || matches!(c, '.' | 'e'))
            });
            let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            let number: Number = number.parse().unwrap();
            let unit = self.word();
            if unit.is_empty() {
                return Ok(number.into());
            }
            let factor = |units: &[(&str, i64)]| {
                let factor = units.iter().find(|(name, _)| *name == unit)?.1;
                number.multiply(&factor.into())
            };
            if let Some(amount) = factor(DURATION_UNITS) {
                return Ok(Kind::Duration(Duration(amount)).into());
            }
            return Ok(Kind::Size(Size(factor(SIZE_UNITS).unwrap())).into());
        }
        let word = self.word();
        if self.eat("(") {
            if word == "unknown" {
                self.eat(")");
                return Ok(Value::unknown(Type::string()));
            }
            let special = matches!(word.as_str(), "can" | "try");
            if special {
                let mut results = Vec::new();
                while !self.eat(")") {
                    let before = self.rest;
                    let result = self.value();
                    if result.is_err() {
                        self.rest = before;
                        self.skip();
                    }
                    results.push(result);
                    self.eat(",");
                }
                if word == "can" {
                    return Ok(results[0].is_ok().into());
                }
                return results.into_iter().find(Result::is_ok).unwrap();
            }
            let args = self.values(")")?;
            let types: Vec<Type> = args.iter().map(crate::base::assign::type_of).collect();
            if let Err(Refusal::Argument(refused)) = find(&word).ok_or("no function")?.check(&types) {
                return Err(refused.message);
            }
            return call(&word, &args).map_err(|failure| match failure.argument {
                Some(at) => format!("{at}: {}", failure.message),
                None => failure.message,
            });
        }
        match word.as_str() {
            "null" => Ok(Value::NULL),
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            word => panic!("what is {word:?} before {:?}", self.rest),
        }
    }

    /// Past one argument.
    fn skip(&mut self) {
        let mut depth = 0;
        let end = self.rest.find(|c| match c {
            '(' | '[' | '{' => {
                depth += 1;
                false
            }
            ')' | ']' | '}' if depth > 0 => {
                depth -= 1;
                false
            }
            ')' => true,
            ',' => depth == 0,
            _ => false,
        });
        self.rest = &self.rest[end.unwrap()..];
    }
}

//! Patterns as RE2 writes them, in the words of the `regex` crate.
//!
//! Both agree on what a pattern matches, and not in all on how one is written: in RE2 `\w`, `\d`, `\s` and `\b` know
//! ASCII only, classes neither nest nor subtract, a brace that counts nothing is itself, and `\Q…\E` quotes.

/// Most repetitions a brace may ask for.
const MOST: u32 = 1000;

const DIGIT: &str = "0-9";
const SPACE: &str = r"\t\n\x0C\r ";
const WORD: &str = "0-9A-Za-z_";
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// A pattern that was understood.
#[derive(Debug)]
pub struct Pattern {
    /// The same for the `regex` crate.
    pub written: String,
    /// For each group, whether it takes part in every match.
    pub always: Vec<bool>,
}

/// Reads a pattern.
///
/// # Errors
/// One clause about what is wrong if it is none.
pub fn read(text: &str) -> Result<Pattern, String> {
    let mut reader = Reader {
        rest: text,
        written: String::with_capacity(text.len()),
        always: Vec::new(),
        open: vec![Open { before: 0, inside: 0, alternatives: false }],
        last: None,
        repeated: false,
    };
    while let Some(c) = reader.next() {
        reader.piece(c)?;
    }
    match reader.open.as_slice() {
        [outermost] => {
            if outermost.alternatives {
                reader.always.fill(false);
            }
            Ok(Pattern { written: reader.written, always: reader.always })
        }
        _ => Err("a `(` is never closed".to_owned()),
    }
}

/// The pattern, ready to be matched.
///
/// # Errors
/// One clause about what is wrong with it.
pub fn compile(pattern: &Pattern, size_limit: usize) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(&pattern.written).size_limit(size_limit).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        // The last line says what is wrong, the ones before quote the pattern.
        error => {
            let text = error.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    })
}

/// A group that is open, or the whole.
struct Open {
    /// How many groups there were before it.
    before: usize,
    /// The first group inside of it.
    inside: usize,
    /// It has a `|`.
    alternatives: bool,
}

struct Reader<'p> {
    rest: &'p str,
    written: String,
    always: Vec<bool>,
    open: Vec<Open>,
    /// The first group of what a repetition would repeat; `None` where there is nothing to repeat.
    last: Option<usize>,
    /// That is a repetition itself.
    repeated: bool,
}

impl<'p> Reader<'p> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn piece(&mut self, c: char) -> Result<(), String> {
        match c {
            '\\' => self.escaped()?,
            '[' => self.class()?,
            '(' => return self.group(),
            ')' => {
                let [_, .., _] = self.open.as_slice() else {
                    return Err("a `)` closes nothing".to_owned());
                };
                let Some(group) = self.open.pop() else { return Ok(()) };
                if group.alternatives {
                    self.always[group.inside..].fill(false);
                }
                self.written.push(')');
                self.last = Some(group.before);
                self.repeated = false;
                return Ok(());
            }
            '|' => {
                if let Some(group) = self.open.last_mut() {
                    group.alternatives = true;
                }
                self.written.push('|');
                self.last = None;
                return Ok(());
            }
            '*' | '+' | '?' => return self.repetition(&c.to_string(), c != '+'),
            '{' => match self.counts()? {
                Some((counts, least)) => return self.repetition(&counts, least == 0),
                None => self.written.push_str("\\{"),
            },
            '^' | '$' | '.' => self.written.push(c),
            _ => self.literal(c),
        }
        self.last = Some(self.always.len());
        self.repeated = false;
        Ok(())
    }

    fn literal(&mut self, c: char) {
        self.written.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn repetition(&mut self, written: &str, may_be_none: bool) -> Result<(), String> {
        let Some(first) = self.last else { return Err(format!("`{written}` has nothing to repeat")) };
        if self.repeated {
            return Err(format!("`{written}` repeats a repetition"));
        }
        if may_be_none {
            self.always[first..].fill(false);
        }
        self.written.push_str(written);
        if self.take("?") {
            self.written.push('?');
        }
        self.repeated = true;
        Ok(())
    }

    /// What stands behind a `{` if it counts something, and the least count.
    fn counts(&mut self) -> Result<Option<(String, u32)>, String> {
        let Some((inner, rest)) = self.rest.split_once('}') else { return Ok(None) };
        let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
        let number = |text: &str| -> Option<u32> {
            let plain =
                text.bytes().all(|b| b.is_ascii_digit()) && !(text.len() > 1 && text.starts_with('0'));
            (plain && !text.is_empty()).then(|| text.parse().unwrap_or(u32::MAX))
        };
        let Some(least) = number(least) else { return Ok(None) };
        let most = match (most, number(most)) {
            ("", _) => None,
            (_, Some(most)) => Some(most),
            (_, None) => return Ok(None),
        };
        if least > MOST || most.is_some_and(|most| most > MOST || most < least) {
            return Err(format!("`{{{inner}}}` is no count up to {MOST}"));
        }
        self.rest = rest;
        Ok(Some((format!("{{{inner}}}"), least)))
    }

    fn group(&mut self) -> Result<(), String> {
        let before = self.always.len();
        if self.take("?P<") || self.take("?<") {
            let name = self.rest.split('>').next().unwrap_or_default();
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !plain || name.is_empty() || !self.rest[name.len()..].starts_with('>') {
                return Err("the name of a group is made of letters, digits and `_`".to_owned());
            }
            self.rest = &self.rest[name.len() + 1..];
            self.written.push_str(&format!("(?P<{name}>"));
            self.always.push(true);
        } else if self.take("?") {
            let end = self.rest.find([')', ':']).ok_or("a `(` is never closed")?;
            let (flags, rest) = self.rest.split_at(end);
            let (on, off) = flags.split_once('-').unwrap_or((flags, "i"));
            if off.is_empty() || !on.bytes().chain(off.bytes()).all(|b| b"imsU".contains(&b)) {
                return Err(format!("`(?{flags}` is not supported"));
            }
            self.written.push_str(&format!("(?{flags}{}", &rest[..1]));
            self.rest = &rest[1..];
            if rest.starts_with(')') {
                self.last = None;
                return Ok(());
            }
        } else {
            self.written.push('(');
            self.always.push(true);
        }
        self.open.push(Open { before, inside: self.always.len(), alternatives: false });
        self.last = None;
        Ok(())
    }

    /// What stands behind a backslash outside of classes.
    fn escaped(&mut self) -> Result<(), String> {
        let before = self.rest;
        match self.next() {
            Some(c @ ('A' | 'z')) => self.written.extend(['\\', c]),
            Some(c @ ('b' | 'B')) => self.written.push_str(&format!("(?-u:\\{c})")),
            Some('Q') => {
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.written.push_str(&regex::escape(quoted));
                self.rest = rest;
            }
            Some(c @ ('p' | 'P')) => self.property(c == 'P')?,
            Some(c) if shorthand(c).is_some() => {
                let (set, negated) = shorthand(c).unwrap_or_default();
                self.written.push_str(&format!("[{}{set}]", if negated { "^" } else { "" }));
            }
            _ => {
                self.rest = before;
                let c = self.character()?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// The character that is meant by what stands behind a backslash.
    fn character(&mut self) -> Result<char, String> {
        let c = self.next().ok_or("a backslash ends the pattern")?;
        let invalid = || format!("`\\{c}` means nothing");
        let digits = |text: &str, radix, most| {
            text.chars().take_while(|c| c.is_digit(radix)).take(most).collect::<String>()
        };
        let from = |text: &str, radix| {
            u32::from_str_radix(text, radix).ok().and_then(char::from_u32).ok_or_else(invalid)
        };
        match c {
            '0'..='7' => {
                let more = digits(self.rest, 8, 2);
                if c != '0' && more.is_empty() {
                    return Err(invalid());
                }
                self.rest = &self.rest[more.len()..];
                from(&format!("{c}{more}"), 8)
            }
            'x' if self.take("{") => {
                let (inner, rest) = self.rest.split_once('}').ok_or_else(invalid)?;
                self.rest = rest;
                from(inner, 16)
            }
            'x' => {
                let hex = digits(self.rest, 16, 2);
                self.rest = &self.rest[hex.len()..];
                if hex.len() == 2 { from(&hex, 16) } else { Err(invalid()) }
            }
            'a' => Ok('\x07'),
            'f' => Ok('\x0C'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0B'),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _ => Err(invalid()),
        }
    }

    /// `\pN`, `\p{Greek}`, `\p{^Greek}`: a category by its letters or a script by its name.
    fn property(&mut self, negated: bool) -> Result<(), String> {
        let (name, rest) = match self.rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').ok_or("a `\\p{` is never closed")?,
            None => self.rest.split_at(self.rest.chars().next().map_or(0, char::len_utf8)),
        };
        self.rest = rest;
        let (name, negated) = name.strip_prefix('^').map_or((name, negated), |name| (name, !negated));
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Err(format!("`\\p{{{name}}}` is no class of characters"));
        }
        let kind = if name.len() > 2 && name != "Any" { "sc=" } else { "" };
        self.written.push_str(&format!("\\{}{{{kind}{name}}}", if negated { 'P' } else { 'p' }));
        Ok(())
    }

    /// What stands behind a `[`.
    fn class(&mut self) -> Result<(), String> {
        let unclosed = "a `[` is never closed";
        self.written.push('[');
        if self.take("^") {
            self.written.push('^');
        }
        let mut first = true;
        loop {
            if !first && self.take("]") {
                self.written.push(']');
                return Ok(());
            }
            first = false;
            if let Some((name, rest)) = self.rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
                if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                    return Err(format!("`[:{name}:]` is no class of characters"));
                }
                self.written.push_str(&format!("[:{name}:]"));
                self.rest = rest;
                continue;
            }
            if let Some(behind) = self.rest.strip_prefix('\\') {
                match behind.chars().next() {
                    Some(c @ ('p' | 'P')) => {
                        self.rest = &behind[1..];
                        self.property(c == 'P')?;
                        continue;
                    }
                    Some(c) if shorthand(c).is_some() => {
                        self.rest = &behind[1..];
                        let (set, negated) = shorthand(c).unwrap_or_default();
                        self.written.push_str(&if negated { format!("[^{set}]") } else { set.to_owned() });
                        continue;
                    }
                    _ => {}
                }
            }
            let low = self.member(unclosed)?;
            self.literal(low);
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.rest = &self.rest[1..];
                let high = self.member(unclosed)?;
                if high < low {
                    return Err(format!("the range `{low}-{high}` is empty"));
                }
                self.written.push('-');
                self.literal(high);
            }
        }
    }

    fn member(&mut self, unclosed: &str) -> Result<char, String> {
        match self.next() {
            Some('\\') => self.character(),
            Some(c) => Ok(c),
            None => Err(unclosed.to_owned()),
        }
    }
}

/// The characters of `\d` and its like, and whether they are those that are not meant.
fn shorthand(c: char) -> Option<(&'static str, bool)> {
    let set = match c.to_ascii_lowercase() {
        'd' => DIGIT,
        's' => SPACE,
        'w' => WORD,
        _ => return None,
    };
    Some((set, c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_otherwise() {
        for (pattern, written) in [
            (r"\w+", "[0-9A-Za-z_]+"),
            (r"[^\W\d-]", r"[^[^0-9A-Za-z_]0-9\-]"),
            (r"\bx\B", r"(?-u:\b)x(?-u:\B)"),
            ("a{,3}{", r"a\{,3\}\{"),
            ("a{2,3}?", "a{2,3}?"),
            (r"[a[b&&]", r"[a\[b\&\&]"),
            ("[]a]", r"[\]a]"),
            ("[a-z--b]", r"[a-z\--b]"),
            (r"\Qa.b\E.", r"a\.b."),
            (r"\p{^L}\pN\P{Greek}", r"\P{L}\p{N}\P{sc=Greek}"),
            (r"\x41\x{e9}\07\-", "Aé\x07\\-"),
            ("(?i)(?<n>a)(?:b)", "(?i)(?P<n>a)(?:b)"),
            ("[[:^alpha:]é]", "[[:^alpha:]é]"),
        ] {
            let read = read(pattern).unwrap();
            assert_eq!(read.written, written, "{pattern}");
            regex::Regex::new(&read.written).unwrap();
        }
    }

    #[test]
    fn groups_that_always_take_part() {
        for (pattern, always) in [
            ("(a)(b)?", &[true, false][..]),
            ("(a|(b))", &[true, false]),
            ("(a)|(b)", &[false, false]),
            ("(?:(a)(b)+){2}", &[true, true]),
            ("((a))*", &[false, false]),
            ("(a)b*", &[true]),
            ("(a){0,2}(c)", &[false, true]),
        ] {
            assert_eq!(read(pattern).unwrap().always, always, "{pattern}");
        }
    }

    #[test]
    fn what_is_none() {
        for pattern in [
            "(",
            ")",
            "*",
            "a**",
            "a{2}{3}",
            "a{1001}",
            "a{2,1}",
            "[",
            "[]",
            "[b-a]",
            "[[:x:]]",
            r"\",
            r"\8",
            r"\u0061",
            r"\q",
            r"\C",
            r"\p{Letter=x}",
            r"\p{greek}",
            "(?x)a",
            "(?=a)",
            "(?P<a-b>c)",
            "|*",
            "(?i)*",
            r"[\b]",
            "(?i-)a",
        ] {
            assert!(read(pattern).is_err(), "{pattern}");
        }
    }
}

//! Whether an expression goes on over lines, found out line by line: what is still open.

use super::lex::heredoc_marker;

/// What a text is inside of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Level {
    /// A bracket, by what closes it.
    Bracket(u8),
    Quote,
    /// Between `${` and `}`.
    Sequence,
    /// A heredoc, by its closing word.
    Heredoc(String),
    Comment,
}

/// Lines of an expression, with what is open behind the last of them. Every line is looked at once.
#[derive(Debug, Clone, Default)]
pub struct Unfinished {
    levels: Vec<Level>,
    wrong: bool,
}

impl Unfinished {
    /// Takes the next line, with or without its line break.
    pub fn line(&mut self, line: &str) {
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(Level::Heredoc(marker)) = self.levels.last()
            && line.trim_matches([' ', '\t']) == marker
        {
            self.levels.pop();
            return;
        }
        let mut rest = line;
        while !rest.is_empty() && !self.wrong {
            rest = match self.levels.last() {
                Some(Level::Quote) => self.quoted(rest),
                Some(Level::Heredoc(_)) => self.text(rest),
                Some(Level::Comment) => match rest.split_once("*/") {
                    Some((_, behind)) => {
                        self.levels.pop();
                        behind
                    }
                    None => "",
                },
                _ => self.code(rest),
            };
        }
        // A string ends on its line.
        self.wrong |= self.levels.last() == Some(&Level::Quote);
    }

    /// Whether the text goes on. What can't become right any more does not.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.wrong && !self.levels.is_empty()
    }

    /// Up to the next thing that opens or closes something, and what is behind it.
    fn code<'l>(&mut self, line: &'l str) -> &'l str {
        let signs = ['#', '/', '"', '\'', '<', '(', '[', '{', ')', ']', '}'];
        let Some(at) = line.find(signs) else { return "" };
        let (sign, rest) = (line.as_bytes()[at], &line[at..]);
        let behind = &rest[1..];
        match sign {
            b'#' => return "",
            b'/' if behind.starts_with('/') => return "",
            b'/' if behind.starts_with('*') => {
                self.levels.push(Level::Comment);
                return &behind[1..];
            }
            b'"' => self.levels.push(Level::Quote),
            // Strings of other languages.
            b'\'' => self.wrong = true,
            b'<' => {
                if let Some(marker) = heredoc_marker(rest) {
                    self.levels.push(Level::Heredoc(marker.to_owned()));
                    return "";
                }
            }
            b'(' => self.levels.push(Level::Bracket(b')')),
            b'[' => self.levels.push(Level::Bracket(b']')),
            b'{' => self.levels.push(Level::Bracket(b'}')),
            b')' | b']' | b'}' => {
                let open = self.levels.pop();
                let fits =
                    open == Some(Level::Bracket(sign)) || (open == Some(Level::Sequence) && sign == b'}');
                self.wrong |= !fits;
            }
            _ => {}
        }
        behind
    }

    fn quoted<'l>(&mut self, line: &'l str) -> &'l str {
        let Some(at) = line.find(['"', '\\', '$', '%']) else { return "" };
        match line.as_bytes()[at] {
            b'"' => {
                self.levels.pop();
                &line[at + 1..]
            }
            b'\\' => {
                let mut behind = line[at + 1..].chars();
                behind.next();
                behind.as_str()
            }
            _ => self.sequence(&line[at..]),
        }
    }

    fn text<'l>(&mut self, line: &'l str) -> &'l str {
        line.find(['$', '%']).map_or("", |at| self.sequence(&line[at..]))
    }

    /// Behind a `$` or `%`, which may open something.
    fn sequence<'l>(&mut self, line: &'l str) -> &'l str {
        let sign = &line[..1];
        let behind = &line[1..];
        if let Some(behind) = behind.strip_prefix('{') {
            self.levels.push(Level::Sequence);
            return behind;
        }
        // `$${` is text.
        let escaped = behind.strip_prefix(sign).and_then(|behind| behind.strip_prefix('{'));
        escaped.unwrap_or(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_open(text: &str) -> bool {
        let mut unfinished = Unfinished::default();
        text.split('\n').for_each(|line| unfinished.line(line));
        unfinished.is_open()
    }

    #[test]
    fn what_is_open_goes_on() {
        for text in [
            "[1,",
            "{ a = (",
            "f(\"}\",",
            "\"a${",
            "\"a${f(\n1",
            "<<EOT",
            "<<-EOT\n a\n EOTS",
            "[<<E\n]\nE\n",
            "<<E\n${\n",
            "<<E\n$${\n",
            "/* a",
            "[ # ]",
            "1 /* ]\n",
        ] {
            assert!(is_open(text), "{text}");
        }
    }

    #[test]
    fn what_is_complete_or_can_not_become_so_does_not() {
        for text in [
            "",
            "1 +",
            "[1]",
            "{ a = (1) }",
            "\"a",
            "[\"a",
            "\"a${b\"",
            "\"\\\"\"",
            "\"\\\\\"",
            "<<EOT\na\nEOT",
            "<<EOT\r\na\r\n  EOT\r\n",
            "[<<E\n]\nE\n]",
            "<<E\n\"\nE\n",
            "1 << 2",
            "[1)",
            "]",
            "[ 'a",
            "1 // [",
            "/* [ */ 1",
            "é[\"é\"]",
            "\"$${a\"",
        ] {
            assert!(!is_open(text), "{text}");
        }
    }
}

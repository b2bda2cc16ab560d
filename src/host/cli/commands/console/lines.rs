//! A pipe in complete inputs: lines, taken together as long as something is open.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use super::input::expression;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::lang::syntax::Unfinished;

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// A complete input.
    Input(String),
    /// The first line of one that is open to the end; its other lines come next, each for itself.
    Unclosed(String),
    /// What can't be read.
    Wrong(Box<Diagnostic>),
}

/// So many bytes are looked at again because they stand behind something that is never closed.
const AGAIN: usize = 64 << 20;

/// The inputs of a pipe.
pub(super) struct Inputs<R> {
    pipe: R,
    /// The line that is read next, from 1.
    line: usize,
    /// Lines that were read and are looked at again.
    again: VecDeque<String>,
    patience: usize,
    most: usize,
    /// Whether reading has failed.
    broken: bool,
}

impl<R: BufRead> Inputs<R> {
    pub(super) fn new(pipe: R) -> Self {
        let most = usize::try_from(Limits::default().file_bytes).unwrap_or(usize::MAX);
        Self { pipe, line: 1, again: VecDeque::new(), patience: AGAIN, most, broken: false }
    }

    /// The next line with its line break, whatever its end was; `None` behind the last.
    fn line(&mut self) -> Option<Result<String, Box<Diagnostic>>> {
        if let Some(line) = self.again.pop_front() {
            return Some(Ok(line));
        }
        if self.broken {
            return None;
        }
        let mut bytes = Vec::new();
        let number = self.line;
        // One byte more than is allowed shows that there are too many; so does what is evaluated then.
        let limit = (self.most as u64).saturating_add(2);
        let wrong = |code, what: String| {
            let told = Diagnostic::without_place(code, format!("line {number} of standard input {what}"));
            Some(Err(Box::new(told)))
        };
        let read = self.pipe.by_ref().take(limit).read_until(b'\n', &mut bytes);
        self.line += 1;
        match read {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => {
                self.broken = true;
                return wrong(codes::FILE_UNREADABLE, format!("can't be read: {error}"));
            }
        }
        if bytes.len() as u64 == limit && bytes.last() != Some(&b'\n') {
            self.skip_line();
            return wrong(codes::INPUT_TOO_LARGE, format!("has more than {} bytes", self.most));
        }
        while let Some(b'\n' | b'\r') = bytes.last() {
            bytes.pop();
        }
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                return wrong(codes::NOT_UTF8, format!("is not UTF-8 text: byte {at} begins no character"));
            }
        };
        // As some shells begin what they write into a pipe.
        if number == 1 && text.starts_with('\u{FEFF}') {
            text.drain(..'\u{FEFF}'.len_utf8());
        }
        text.push('\n');
        Some(Ok(text))
    }

    fn skip_line(&mut self) {
        while let Ok(bytes) = self.pipe.fill_buf()
            && !bytes.is_empty()
        {
            let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let length = end.unwrap_or(bytes.len());
            self.pipe.consume(length);
            if end.is_some() {
                return;
            }
        }
    }
}

impl<R: BufRead> Iterator for Inputs<R> {
    type Item = Next;

    fn next(&mut self) -> Option<Next> {
        let mut unfinished = Unfinished::default();
        let mut held: Vec<String> = Vec::new();
        let mut bytes = 0;
        let mut wrong = None;
        loop {
            let line = match self.line() {
                Some(Ok(line)) => line,
                // Said once the input it stands in is complete, which is not evaluated.
                Some(Err(told)) if held.is_empty() => return Some(Next::Wrong(told)),
                Some(Err(told)) => {
                    wrong.get_or_insert(told);
                    continue;
                }
                None if held.is_empty() => return None,
                None => break,
            };
            bytes += line.len();
            unfinished.line(if held.is_empty() { expression(&line) } else { &line });
            held.push(line);
            if !unfinished.is_open() || bytes > self.most {
                return Some(wrong.map_or_else(|| Next::Input(held.concat()), Next::Wrong));
            }
        }
        if let Some(told) = wrong {
            return Some(Next::Wrong(told));
        }
        if held.len() == 1 || bytes > self.patience {
            return Some(Next::Unclosed(held.concat()));
        }
        self.patience -= bytes;
        let mut held = held.into_iter();
        let first = held.next().unwrap_or_default();
        self.again = held.collect();
        Some(Next::Unclosed(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs as they are, `?` before what is never closed, and the code of what can't be read.
    fn inputs(pipe: &[u8]) -> Vec<String> {
        let told = |next| match next {
            Next::Input(text) => text,
            Next::Unclosed(text) => format!("?{text}"),
            Next::Wrong(told) => format!("{}: {}", told.code.name(), told.message),
        };
        Inputs::new(pipe).map(told).collect()
    }

    #[test]
    fn lines_are_taken_together_as_long_as_something_is_open() {
        assert_eq!(inputs(b"1\n\n[1,\r\n\r\n2]\r\n3"), ["1\n", "\n", "[1,\n\n2]\n", "3\n"]);
        assert_eq!(inputs(b":type <<E\n:help\nE\n1\n"), [":type <<E\n:help\nE\n", "1\n"]);
        assert_eq!(inputs(b"\xef\xbb\xbf1\n"), ["1\n"]);
        assert_eq!(inputs(b""), [""; 0]);
    }

    #[test]
    fn behind_what_is_never_closed_lines_stand_for_themselves() {
        assert_eq!(inputs(b"1\n[1,\n2\n(3\n4\n"), ["1\n", "?[1,\n", "2\n", "?(3\n", "4\n"]);
        assert_eq!(inputs(b"[1,\n:quit\n"), ["?[1,\n", ":quit\n"]);
    }

    #[test]
    fn a_line_that_is_no_text_spoils_its_input_and_no_other() {
        let told = "not-utf8: line 2 of standard input is not UTF-8 text: byte 1 begins no character";
        assert_eq!(inputs(b"1\na\xff\n2\n"), ["1\n", told, "2\n"]);
        assert_eq!(inputs(b"[\na\xff,\n]\n2\n"), [told, "2\n"]);
    }

    #[test]
    fn what_is_too_long_is_skipped() {
        let mut inputs = Inputs::new(&b"12345678\n1\n[12,\n34,\n5\n6\n"[..]);
        inputs.most = 4;
        let codes: Vec<_> = inputs
            .map(|next| match next {
                Next::Wrong(told) => told.code.name().to_owned(),
                Next::Input(text) | Next::Unclosed(text) => text,
            })
            .collect();
        assert_eq!(codes, ["input-too-large", "1\n", "[12,\n", "34,\n", "5\n", "6\n"]);
    }
}

//! Statements and functions of other languages, over however many lines: one report each, and none of what is in them.

use super::super::grammar::{Rule, read};
use super::super::lex::{Kind, Token, lex};
use super::Mender;
use super::mended::{Edit, HOLE};
use super::structure::is_head;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// What is said of something that is written in another language.
struct Foreign {
    /// The word that shows it, and all that belongs to it.
    word: TextRange,
    all: TextRange,
    message: String,
    help: &'static str,
    /// What a person would write instead, if that is clear.
    instead: Option<String>,
}

/// Bytes that may be read to find out whether a block is one of this language.
const PATIENCE: usize = 4 << 20;

const CHOICE: &str = "whether something is there at all, say `count` and `enabled`";
const LOOP: &str = "a list is made by `[for x in list : …]`, many of a resource by `for_each`";
const FUNCTION: &str = "a function is written `fn name(a: string) -> string = …`";
const TYPE: &str =
    "a type is declared as `type Name = object({ a = string })`, or as `type Name = \"a\" | \"b\"`";
const VALUE: &str = "there are only values: give one a name in `locals`";

/// What is said of a statement that begins with a word; `None` if none does.
fn said(word: &str) -> Option<(String, &'static str)> {
    let choice = "a choice is written `condition ? value : other`";
    let (what, help) = match word {
        "if" | "elif" | "else" | "unless" => (choice, CHOICE),
        "switch" | "case" => ("a choice among many is written `match value { … }`", CHOICE),
        "for" | "foreach" | "while" | "until" | "do" | "loop" => ("nothing is done again and again", LOOP),
        "def" | "function" | "func" | "fun" => {
            return Some((format!("a function begins with `fn`, not `{word}`"), FUNCTION));
        }
        "class" | "struct" | "interface" | "enum" | "trait" | "impl" => {
            ("types are declared by `type`", TYPE)
        }
        "namespace" => ("what belongs together is a module, a directory of its own", VALUE),
        "try" | "except" | "finally" => {
            ("`try(a, b)` is a function, and gives the first that has a value", VALUE)
        }
        "with" | "begin" | "export" | "const" | "let" | "var" => ("nothing is done in an order", VALUE),
        _ => return None,
    };
    Some((format!("there is no `{word}` here: {what}"), help))
}

impl Mender {
    /// A text of the same length without what is written in other languages; `None` if nothing is.
    pub(super) fn without_foreign(&mut self, text: &str, edits: &mut Vec<Edit>) -> Option<String> {
        let tokens = lex(text).tokens;
        let mut finder = Finder { text, tokens: &tokens, patience: PATIENCE, found: Vec::new() };
        finder.run();
        let found = finder.found;
        let mut left = (!found.is_empty()).then(|| text.to_owned())?;
        for Foreign { word, all, message, help, instead } in found {
            let report = Diagnostic::new(codes::SYNTAX, word.in_file(self.file), message).help(help);
            self.report(match instead {
                Some(with) => report.replace(FixLevel::Review, "write it so", all.in_file(self.file), with),
                None => report,
            });
            self.quiet.add(all);
            let length = all.len() as usize;
            left.replace_range(all.start as usize..all.end as usize, &" ".repeat(length));
            edits.push(Edit { range: all, with: HOLE.repeat(length) });
        }
        Some(left)
    }
}

struct Finder<'t> {
    text: &'t str,
    tokens: &'t [Token],
    patience: usize,
    found: Vec<Foreign>,
}

impl<'t> Finder<'t> {
    fn run(&mut self) {
        // Of each bracket that is open, whether it is the body of a block.
        let mut open = Vec::new();
        let (mut at, mut begins, mut line) = (0, true, 0);
        while let Some(token) = self.tokens.get(at) {
            let in_body = open.last().is_none_or(|block| *block);
            let foreign = match token.kind {
                Kind::Name if begins && in_body => self.statement(at),
                Kind::OpenParen => self.method(at),
                _ => None,
            };
            if let Some(foreign) = foreign {
                let end = foreign.all.end;
                self.found.push(foreign);
                at += self.tokens[at..].partition_point(|token| token.range.start < end);
                continue;
            }
            match token.kind.bracket_change() {
                1 => open.push(token.kind == Kind::OpenBrace && is_head(&self.tokens[line..at])),
                -1 => drop(open.pop()),
                _ => {}
            }
            if token.kind.is_line_end() {
                line = at + 1;
            }
            begins = token.kind.is_line_end() || (begins && token.kind.is_comment());
            at += 1;
        }
    }

    fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.range.of(self.text))
    }

    fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::Newline, |token| token.kind)
    }

    /// A statement that begins at a token, which begins a line.
    fn statement(&mut self, at: usize) -> Option<Foreign> {
        let word = self.word(at);
        let (message, help) = said(word)?;
        // An argument or a block may be called as it likes.
        if matches!(self.kind(at + 1), Kind::Equal | Kind::OpenQuote | Kind::Dot) {
            return None;
        }
        let end = self.line_end(at);
        let last = (at..end).rev().find(|at| !self.kind(*at).is_comment())?;
        let end = if last > at && self.kind(last) == Kind::Colon {
            self.indented(at, last)
        } else {
            self.braced(at, end).or_else(|| self.ended(at, end))
        }?;
        let (word, start) = (self.tokens[at].range, self.tokens[at].range.start);
        Some(Foreign { word, all: TextRange::new(start, end), message, help, instead: None })
    }

    /// The token that ends the line of a token, outside of the brackets that the line opens.
    fn line_end(&self, from: usize) -> usize {
        let mut depth = 0;
        let end = self.tokens[from..].iter().position(|token| {
            depth += token.kind.bracket_change();
            depth < 0 || (depth == 0 && token.kind.is_line_end())
        });
        end.map_or(self.tokens.len(), |end| from + end)
    }

    /// `if x:` with lines further in below.
    fn indented(&self, at: usize, colon: usize) -> Option<u32> {
        let alone = matches!(self.word(at), "else" | "try" | "except" | "finally");
        let named =
            self.kind(at + 1) == Kind::Name || matches!(self.word(at), "if" | "elif" | "while" | "for");
        if !(alone || (named && colon > at + 1)) {
            return None;
        }
        let goes_on = |line: &str| {
            let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            matches!(word, "elif" | "else" | "except" | "finally") && line.ends_with(':')
        };
        let (end, _) = self.lines_further_in(at, colon, goes_on);
        Some(end)
    }

    /// `if x`, lines, and `end` below.
    fn ended(&self, at: usize, end: usize) -> Option<u32> {
        let opens = (at..end).any(|at| matches!(self.kind(at), Kind::OpenBrace | Kind::Equal));
        if opens || end <= at + 1 {
            return None;
        }
        let goes_on = |line: &str| {
            let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            matches!(word, "else" | "elsif" | "elif" | "when" | "rescue" | "ensure")
        };
        let (_, line) = self.lines_further_in(at, end - 1, goes_on);
        let (start, line) = line?;
        matches!(line.trim(), "end" | "fi" | "done" | "esac").then(|| start + line.trim_end().len() as u32)
    }

    /// Behind a token: the end of the lines that are further in than the line of another, and the line behind them if
    /// it begins where that one does.
    fn lines_further_in(
        &self,
        at: usize,
        last: usize,
        goes_on: impl Fn(&str) -> bool,
    ) -> (u32, Option<(u32, &'t str)>) {
        let width = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let start = self.tokens[at].range.start as usize;
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let own = width(&self.text[line..]);
        let mut end = self.tokens[last].range.end;
        let Some(below) = self.text[end as usize..].find('\n') else { return (end, None) };
        let mut here = end + below as u32 + 1;
        for line in self.text[here as usize..].split_inclusive('\n') {
            let written = line.trim();
            if !written.is_empty() {
                if width(line) < own || (width(line) == own && !goes_on(written)) {
                    return (end, (width(line) == own).then_some((here, line)));
                }
                end = here + line.trim_end().len() as u32;
            }
            here += line.len() as u32;
        }
        (end, None)
    }

    /// `if (x) { … } else { … }`, `class A { … }`, unless it is a block of this language.
    fn braced(&mut self, at: usize, line_end: usize) -> Option<u32> {
        let mut depth = 0;
        let open = (at..line_end).find(|at| {
            let outside = depth == 0 && self.kind(*at) == Kind::OpenBrace;
            depth += self.kind(*at).bracket_change();
            outside
        })?;
        let head = &self.tokens[at + 1..open];
        let fits = match self.word(at) {
            "try" | "do" | "else" => head.is_empty(),
            "class" | "struct" | "interface" | "enum" | "trait" | "impl" | "namespace" | "with" | "begin" => {
                self.kind(at + 1) == Kind::Name
            }
            "export" => matches!(self.word(at + 1), "function" | "class" | "default" | "const" | "async"),
            "const" | "let" | "var" => {
                head.iter().any(|token| token.kind == Kind::Arrow || token.range.of(self.text) == "function")
            }
            _ => !head.is_empty(),
        };
        let mut close = fits.then(|| self.close(open)).flatten()?;
        while let Some(next) = self.goes_on(close) {
            close = next;
        }
        let all = TextRange::new(self.tokens[at].range.start, self.tokens[close].range.end);
        self.patience = self.patience.checked_sub(all.len() as usize)?;
        read(Rule::lone_items, all.of(self.text)).is_none().then_some(all.end)
    }

    /// The partner of a bracket.
    fn close(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        let close = self.tokens[open..].iter().position(|token| {
            depth += token.kind.bracket_change();
            depth == 0
        });
        close.map(|close| open + close)
    }

    /// Behind a `}`: where the `else { … }` ends that goes on with it.
    fn goes_on(&self, close: usize) -> Option<usize> {
        let next = (close + 1..self.tokens.len()).find(|at| !self.kind(*at).is_line_end())?;
        let end = self.line_end(next);
        match self.word(next) {
            "else" | "elif" | "catch" | "finally" => {
                self.close((next..end).find(|at| self.kind(*at) == Kind::OpenBrace)?)
            }
            "while" if self.kind(next + 1) == Kind::OpenParen => {
                self.close(next + 1).filter(|close| close + 1 == end)
            }
            _ => None,
        }
    }

    /// `xs.map(x => …)`, `map(lambda x: …, xs)`: a call that is given a function, by its bracket.
    fn method(&self, open: usize) -> Option<Foreign> {
        let name = open.checked_sub(1).filter(|name| self.kind(*name) == Kind::Name)?;
        let of_value = name > 0 && self.kind(name - 1) == Kind::Dot;
        let first = (open + 1..self.tokens.len()).find(|at| !self.kind(*at).is_line_end())?;
        let arrow = matches!(self.kind(first), Kind::Name | Kind::OpenParen) && of_value && {
            let behind = if self.kind(first) == Kind::OpenParen { self.close(first)? + 1 } else { first + 1 };
            matches!(self.kind(behind), Kind::Arrow | Kind::Returns)
        };
        let word = matches!(self.word(first), "lambda" | "function" | "func" | "fn")
            && (self.kind(first + 1) == Kind::Name
                || (self.kind(first + 1) == Kind::OpenParen
                    && self.close(first + 1).is_some_and(|close| self.kind(close + 1) == Kind::OpenBrace)));
        let bars = of_value && self.word(first) == "|" && self.kind(first + 1) == Kind::Name;
        if !(arrow || word || bars) {
            return None;
        }
        let close = self.close(open)?;
        let start = self.chain_start(name);
        let mut end = close;
        while self.kind(end + 1) == Kind::Dot && self.kind(end + 2) == Kind::Name {
            end = if self.kind(end + 3) == Kind::OpenParen { self.close(end + 3)? } else { end + 2 };
        }
        let all = TextRange::new(self.tokens[start].range.start, self.tokens[end].range.end);
        let alone = self.found.last().is_none_or(|last| last.all.end <= all.start);
        let simple = arrow && end == close && self.kind(first) == Kind::Name;
        let instead = simple.then(|| self.as_for(start, name, first, close)).flatten();
        let message = format!("functions are no values: `{}` can't be given one", self.word(name));
        let help =
            "a list is made of another by `[for x in list : …]`, with `if …` behind what is wanted of some";
        alone.then(|| Foreign { word: self.tokens[name].range, all, message, help, instead })
    }

    /// Where the value begins that a method is called on.
    fn chain_start(&self, name: usize) -> usize {
        let (mut start, mut depth) = (name, 0);
        while let Some(before) = start.checked_sub(1) {
            let token = self.tokens[before];
            depth -= token.kind.bracket_change();
            let joined = token.range.end == self.tokens[start].range.start;
            let part = depth > 0
                || token.kind.bracket_change() > 0
                || matches!(token.kind, Kind::Name | Kind::Dot | Kind::SafeDot | Kind::Number);
            if depth < 0 || (depth == 0 && !(joined && part)) {
                break;
            }
            start = before;
        }
        start
    }

    /// `xs.map(x => y)` as `[for x in xs : y]`, `xs.filter(x => y)` as `[for x in xs : x if y]`.
    fn as_for(&self, start: usize, name: usize, first: usize, close: usize) -> Option<String> {
        let list =
            TextRange::new(self.tokens[start].range.start, self.tokens[name - 1].range.start).of(self.text);
        let body =
            TextRange::new(self.tokens[first + 1].range.end, self.tokens[close].range.start).of(self.text);
        let (item, body) = (self.word(first), body.trim());
        if body.is_empty() || body.contains(['\n', '{']) {
            return None;
        }
        match self.word(name) {
            "map" => Some(format!("[for {item} in {list} : {body}]")),
            "filter" => Some(format!("[for {item} in {list} : {item} if {body}]")),
            _ => None,
        }
    }
}

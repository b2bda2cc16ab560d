//! `for` in brackets: its names, its `in`, and where it should have stood.

use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

impl Situation<'_> {
    /// `[for x xs : x]`, `[for in xs : x]`
    pub(super) fn in_missing(&self) -> Repair {
        let before = self.before();
        let name_missing = before.filter(|token| self.written(*token) == "in");
        if let Some(word) = name_missing {
            return Repair::new(word.range, "a name for the element was expected between `for` and `in`")
                .insert(word.range.start, "_ ");
        }
        let second = self.found_kind() == Kind::Name;
        if second && self.behind(1).is_some_and(|next| self.written(next) == "in") {
            return Repair::new(self.place(), format!("a comma was expected before {}", self.describe()))
                .help("write `for key, value in collection`")
                .insert(before.map_or(self.at, |before| before.range.end), ",")
                .suggested(FixLevel::Safe, "insert a comma");
        }
        Repair::new(self.place(), format!("`in` was expected here, not {}", self.describe()))
            .help("write `for value in collection`, or `for key, value in collection`")
            .insert(
                self.at,
                if self.found_kind().begins_value() { "in ".to_owned() } else { format!("in {HOLE} ") },
            )
    }

    /// `for "v" in …`, `for a b in …`
    pub(super) fn names_of_for(&self) -> Option<Repair> {
        let before = self.before()?;
        let line = &self.tokens[self.here..];
        line.iter()
            .take_while(|token| !token.kind.is_line_end())
            .find(|token| self.written(**token) == "in")?;
        let end = line.iter().position(|token| token.kind == Kind::Comma || self.written(*token) == "in")?;
        let between = &line[..end];
        let range = TextRange::new(self.at, between.last()?.range.end);
        if self.written(before) != "for" {
            return None;
        }
        let name = range.of(self.text).trim_matches('"');
        let plain =
            name.chars().all(|c| c.is_alphanumeric() || c == '_') && name.starts_with(char::is_alphabetic);
        let repair = Repair::new(
            range,
            format!("a name for the element was expected behind `for`, not {}", self.describe()),
        );
        Some(match plain {
            true => repair.edit(range, name).suggested(FixLevel::Safe, "remove the quotes"),
            false => repair.edit(range, "_"),
        })
    }

    /// `[fro x in xs : x]`, `[x in xs : x]`, `[x for x in xs]`: what has an `in` was meant to walk over something.
    pub(super) fn no_for(&self) -> Option<Repair> {
        let open = self.bracket()?;
        let level = self.level(open);
        let word = |token: &Token, word| token.kind == Kind::Name && self.written(*token) == word;
        let (first, walks) = (level.first()?, level.iter().position(|token| word(token, "in"))?);
        if word(first, "for") || walks == 0 {
            return None;
        }
        if let Some(at) = level[1..walks].iter().position(|token| word(token, "for")) {
            return Some(self.for_behind(open, &level, at + 1));
        }
        let results = level[walks..].iter().any(|token| matches!(token.kind, Kind::Colon | Kind::Arrow));
        if first.kind != Kind::Name || !results {
            return None;
        }
        Some(if level[1].kind == Kind::Name && walks > 1 {
            let message = format!("`for` was expected here, not `{}`", self.written(*first));
            Repair::new(first.range, message)
                .edit(first.range, "for")
                .suggested(FixLevel::Safe, "change it to `for`")
        } else {
            Repair::new(first.range, format!("`for` is missing before `{}`", self.written(*first)))
                .insert(first.range.start, "for ")
                .suggested(FixLevel::Safe, "insert `for`")
        })
    }

    /// `[x for x in xs if x]`, `{k: v for k, v in xs}`, `f(x for x in xs)`
    fn for_behind(&self, open: usize, level: &[Token], at: usize) -> Repair {
        let close = self.closing_from(open + 1);
        let end = close.start;
        let start = self.tokens[open].range.end;
        let condition = level[at..].iter().find(|token| self.written(**token) == "if");
        let condition = condition.map_or(end, |token| token.range.start);
        let text = |from: u32, to: u32| TextRange::new(from, to).of(self.text).trim();
        let colon = level[..at].iter().find(|token| token.kind == Kind::Colon);
        let result = match colon {
            Some(colon) => {
                let (key, value) =
                    (text(start, colon.range.start), text(colon.range.end, level[at].range.start));
                format!("{key} => {value}")
            }
            None => text(start, level[at].range.start).to_owned(),
        };
        let (walk, condition) = (text(level[at].range.start, condition), text(condition, end));
        let all = format!("{walk} : {result} {condition}").trim_end().to_owned();
        let all = match self.tokens[open].kind {
            Kind::OpenBrace => format!(" {all} "),
            Kind::OpenParen => format!("[{all}]"),
            _ => all,
        };
        let inside = TextRange::new(start, end);
        // Names are read where they stand, so what is moved is not read.
        let whole = self.tokens[open].range.cover(close);
        let (range, hole) = match self.tokens[open].kind {
            Kind::OpenParen => (inside, Self::holes(inside)),
            _ => (whole, Self::holes(whole)),
        };
        Repair::new(level[at].range, "`for` stands first, and the result behind a colon")
            .help("write `[for x in list : x]` or `{ for k, v in map : k => v }`")
            .edit(inside, all)
            .suggested(FixLevel::Review, "change their order")
            .read_as(range, hole)
    }

    /// What stands directly in a bracket, without what is in brackets in it.
    fn level(&self, open: usize) -> Vec<Token> {
        let mut depth = 1;
        let mut level = Vec::new();
        for token in self.tokens[open + 1..].iter().filter(|token| Self::is_code(token)) {
            let change = token.kind.bracket_change();
            if depth == 1 && change == 0 {
                level.push(*token);
            }
            depth += change;
            if depth == 0 {
                break;
            }
        }
        level
    }
}

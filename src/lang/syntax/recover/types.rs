//! Types whose bounds and elements are written in another way: `string(length 3..20)`, `number 1..3`, `list of string`.

use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

/// Types that take something in parentheses.
const TAKING: [&str; 12] = [
    "string", "number", "int", "duration", "size", "list", "set", "map", "object", "secret", "optional",
    "resource",
];

impl Situation<'_> {
    /// `string(length 3..20)`, `list(string, length 1..3)`: a bound is given by its name.
    pub(super) fn bound_of_type(&self) -> Option<Repair> {
        let (name, found) = (self.before()?, self.found()?);
        let callee = self.callee()?;
        let named = matches!(self.written(name), "length" | "pattern") && name.kind == Kind::Name;
        let typed = matches!(self.written(callee), "string" | "list" | "set" | "map");
        if !(named && typed && (found.kind.begins_value() || found.kind == Kind::Colon)) {
            return None;
        }
        let name = self.written(name);
        let repair =
            Repair::new(self.place(), format!("`=` was expected behind `{name}`, not {}", self.describe()));
        Some(match found.kind {
            Kind::Colon => repair.edit(self.place(), " =").suggested(FixLevel::Safe, "change it to `=`"),
            _ => repair.insert(self.at, "= ").suggested(FixLevel::Safe, "insert `=`"),
        })
    }

    /// What the brackets belong to in which the place is.
    fn callee(&self) -> Option<Token> {
        let open = self.bracket()?;
        let before = self.tokens[..open].last()?;
        (self.tokens[open].kind == Kind::OpenParen && before.kind == Kind::Name).then_some(*before)
    }

    /// `string(/^[a-z]+$/)`
    pub(super) fn pattern_of_others(&self, before: Token, found: Token) -> Option<Repair> {
        let typed = self.callee().is_some_and(|callee| self.written(callee) == "string");
        let first = before.kind == Kind::OpenParen && self.written(found) == "/";
        let line = self.text[found.range.end as usize..].lines().next()?;
        let end = line.rfind("/)").filter(|end| *end > 0 && typed && first)?;
        let all = TextRange::new(found.range.start, found.range.end + end as u32 + 1);
        let pattern = line[..end].replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${");
        Some(
            Repair::new(all, "a pattern is written as a text, and named")
                .edit(all, format!("pattern = \"{pattern}\""))
                .suggested(FixLevel::Safe, "write it so"),
        )
    }

    /// `number 1..3`, `list string`, `list of string`, `object { a = string }`
    pub(super) fn type_without_brackets(&self) -> Option<Repair> {
        let (name, found) = (self.before()?, self.found()?);
        let written = self.written(name);
        let path = self.tokens[..self.here].iter().rev().filter(|token| Self::is_code(token)).nth(1);
        let alone =
            path.is_some_and(|before| matches!(before.kind, Kind::Equal | Kind::Colon | Kind::Returns));
        let last = self.tokens[self.here..].iter().take_while(|token| !token.kind.is_line_end());
        let item = last.clone().any(|token| token.kind == Kind::Equal) && found.kind == Kind::Name;
        if !TAKING.contains(&written) || name.kind != Kind::Name || !alone || item {
            return None;
        }
        let of = self.written(found) == "of" && self.behind(1).is_some_and(|next| next.kind.begins_value());
        if !(found.kind.begins_value() || matches!(found.kind, Kind::OpenBrace | Kind::Minus)) {
            return None;
        }
        let inside = match of {
            true => self.behind(1)?.range.start,
            false => found.range.start,
        };
        let end = self.until(self.next_stop(true)).end;
        let shown = TextRange::new(inside, end).of(self.text);
        let short = shown.len() <= 24 && !shown.contains('\n');
        let shown = if short { format!(": `{written}({shown})`") } else { String::new() };
        Some(
            Repair::new(self.place(), format!("what `{written}` takes stands in parentheses{shown}"))
                .edit(TextRange::new(name.range.end, inside), "(")
                .insert(end, ")")
                .suggested(FixLevel::Safe, "put it into parentheses"),
        )
    }
}

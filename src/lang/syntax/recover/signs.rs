//! Signs of other languages where a value is expected: `===`, `<>`, `**`, `...x`, `./path`.

use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

/// What stands for an operator elsewhere, and what it is here.
const OPERATORS: [(&str, &str); 5] = [("===", "=="), ("!==", "!="), ("<>", "!="), ("..=", ".."), (":=", "=")];

impl Situation<'_> {
    /// A sign that means something elsewhere, where a value is expected.
    pub(super) fn signs_of_others(&self) -> Option<Repair> {
        let found = self.found()?;
        if found.kind == Kind::Returns && found.range.start < self.at && self.in_braces() {
            return Some(
                Repair::new(found.range, "a pattern and its result are joined by `=>`, not `->`")
                    .edit(found.range, "=>")
                    .suggested(FixLevel::Safe, "change it to `=>`"),
            );
        }
        let before = self.before()?;
        self.operator(before, found)
            .or_else(|| self.spread(before, found))
            .or_else(|| self.bare_text(before))
            .or_else(|| self.pattern_of_others(before, found))
    }

    fn in_braces(&self) -> bool {
        self.bracket().is_some_and(|open| self.tokens[open].kind == Kind::OpenBrace)
    }

    fn operator(&self, before: Token, found: Token) -> Option<Repair> {
        if before.range.end != found.range.start {
            return None;
        }
        let whole = TextRange::new(before.range.start, found.range.end);
        let written = whole.of(self.text);
        if written == "**" {
            return Some(
                Repair::new(whole, "`**` is no operator: a power is written `pow(base, exponent)`")
                    .edit(found.range, " "),
            );
        }
        let (_, right) = OPERATORS.iter().find(|(other, _)| *other == written)?;
        Some(
            Repair::new(whole, format!("`{written}` is written `{right}`"))
                .edit(whole, *right)
                .suggested(FixLevel::Safe, format!("change it to `{right}`")),
        )
    }

    /// `[...a, b]`, `{ ...a, b = 1 }`
    fn spread(&self, before: Token, found: Token) -> Option<Repair> {
        let begins = before.kind == Kind::Comma || before.kind.bracket_change() > 0;
        if found.kind != Kind::Ellipsis || !begins {
            return None;
        }
        let with = if self.in_braces() { format!("{HOLE}= ") } else { "   ".to_owned() };
        Some(
            Repair::new(found.range, "`...` spreads the last argument of a call, and nothing else")
                .help("lists are joined by `concat(a, b)`, objects by `merge(a, b)`")
                .edit(found.range, with),
        )
    }

    /// `a = ./path`, `a = /etc/hosts`
    fn bare_text(&self, before: Token) -> Option<Repair> {
        let rest = self.text[before.range.end as usize..].lines().next().unwrap_or_default();
        let written = rest.trim();
        let path = ["./", "../", "/", "~/"].iter().any(|start| written.starts_with(start));
        let path = path && !written.starts_with("//") && !written.starts_with("/*");
        if before.kind != Kind::Equal || !path || written.contains(char::is_whitespace) {
            return None;
        }
        let start = before.range.end + (rest.len() - rest.trim_start().len()) as u32;
        Some(self.unquoted(TextRange::new(start, start + written.len() as u32)))
    }

    /// `a = https://example.com`: what stands behind the colon was taken for a comment.
    pub(super) fn bare_address(&self) -> Option<Repair> {
        let (before, found) = (self.before()?, self.found()?);
        let rest = self.text.get(found.range.end as usize..)?.lines().next()?;
        let joined = before.kind == Kind::Name && before.range.end == found.range.start;
        let address = joined && found.kind == Kind::Colon && rest.starts_with("//");
        let end = found.range.end + rest.split_whitespace().next()?.len() as u32;
        address.then(|| self.unquoted(TextRange::new(before.range.start, end)))
    }

    fn unquoted(&self, text: TextRange) -> Repair {
        Repair::new(text, "a text stands in quotes")
            .insert(text.start, "\"")
            .insert(text.end, "\"")
            .suggested(FixLevel::Safe, "put it into quotes")
    }
}

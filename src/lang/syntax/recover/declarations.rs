//! Types, functions and imports, at the top level of a file.

use super::super::grammar::Rule;
use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;
use crate::base::suggest::nearest;

const FUNCTION: &str = "a function is written `fn name(a: string) -> string = …`";

impl Situation<'_> {
    pub(super) fn declaration(&self) -> Option<Repair> {
        let place = self.place();
        let found = self.describe();
        Some(if self.wants(Rule::want_returns) {
            let message = format!("the type of the result is missing: `->` was expected, not {found}");
            let repair = Repair::new(place, message).help(FUNCTION);
            match self.found_kind() {
                Kind::Colon => repair.edit(place, " ->").suggested(FixLevel::Safe, "change it to `->`"),
                _ => repair.insert(self.at, format!("-> {HOLE} ")),
            }
        } else if self.wants(Rule::want_body) {
            Repair::new(place, format!("`=` and what the function computes were expected, not {found}"))
                .insert(self.at, format!(" = {HOLE}"))
        } else if self.wants(Rule::want_param_type) {
            let repair = Repair::new(place, "this parameter has no type").help("write `name: type`");
            match self.found_kind().begins_value() {
                true => repair.insert(self.at, ": ").suggested(FixLevel::Safe, "insert `:`"),
                false => repair.insert(self.at, format!(": {HOLE}")),
            }
        } else if self.wants(Rule::want_names) {
            let name = self.found_kind() == Kind::Name;
            let repair = Repair::new(place, format!("a comma was expected between the names, not {found}"));
            if name {
                repair.insert(self.at, ", ").suggested(FixLevel::Safe, "insert a comma")
            } else {
                let range = self.until(self.next_stop(false));
                repair.edit(range, Self::blanks(range))
            }
        } else {
            return None;
        })
    }

    /// `double fn(n: int) -> int = …`, `Port type = …`
    pub(super) fn keyword_behind_name(&self) -> Option<Repair> {
        let mut code = self.tokens[self.line_start()..].iter().filter(|token| Self::is_code(token));
        let (name, keyword, behind) = (code.next()?, code.next()?, code.next()?);
        let word = self.written(*keyword);
        let fits = match word {
            "fn" => behind.kind == Kind::OpenParen,
            "type" => behind.kind == Kind::Equal,
            _ => false,
        };
        if !fits || name.kind != Kind::Name || self.rule == Rule::lone_items {
            return None;
        }
        let message = format!("`{word}` stands before the name: `{word} {}`", self.written(*name));
        Some(
            Repair::new(keyword.range, message)
                .insert(name.range.start, format!("{word} "))
                .edit(TextRange::new(name.range.end, keyword.range.end), "")
                .suggested(FixLevel::Safe, "change their order"),
        )
    }

    /// `tyep Port = int(1..65535)`, `typedef Port = …`: two names before `=` begin nothing but a type.
    pub(super) fn misspelt_type(&self) -> Option<Repair> {
        let mut code = self.tokens[self.line_start()..].iter().filter(|token| Self::is_code(token));
        let (word, name, equal) = (code.next()?, code.next()?, code.next()?);
        let written = self.written(*word);
        let meant =
            nearest(written, ["type"]).is_some() || ["typedef", "newtype", "alias"].contains(&written);
        let fits = word.kind == Kind::Name && name.kind == Kind::Name && equal.kind == Kind::Equal;
        if !fits || !meant || written == "type" || self.rule == Rule::lone_items {
            return None;
        }
        let name = self.written(*name);
        Some(
            Repair::new(word.range, format!("a type is declared as `type {name} = …`, not with `{written}`"))
                .edit(word.range, "type")
                .suggested(FixLevel::Safe, "change it to `type`"),
        )
    }

    /// `double(n: int) -> int = …`, `func double(n: int) -> int = …`: only functions have `->` behind their brackets.
    pub(super) fn function_without_keyword(&self) -> Option<Repair> {
        let mut code =
            self.tokens[self.line_start()..].iter().filter(|token| Self::is_code(token)).peekable();
        let first = *code.next().filter(|token| token.kind == Kind::Name)?;
        let second = code.next_if(|token| token.kind == Kind::Name);
        code.next_if(|token| token.kind == Kind::OpenParen)?;
        let mut depth = 1;
        code.find(|token| {
            depth += token.kind.bracket_change();
            depth == 0
        })?;
        let behind = code.next()?;
        let word = ["def", "func", "function", "fun"].contains(&self.written(first));
        if !(behind.kind == Kind::Returns || (word && second.is_some()))
            || self.rule == Rule::lone_items
            || self.written(first) == "fn"
        {
            return None;
        }
        if behind.kind != Kind::Returns {
            let all = TextRange::new(first.range.start, self.until(self.line_end()).end.max(self.at));
            let message = format!("a function begins with `fn`, not `{}`", self.written(first));
            return Some(Repair::new(first.range, message).help(FUNCTION).edit(all, Self::holes(all)));
        }
        Some(match second {
            Some(name) => {
                let name = self.written(*name);
                Repair::new(first.range, format!("a function begins with `fn`: `fn {name}(…)`"))
                    .edit(first.range, "fn")
                    .suggested(FixLevel::Safe, "change it to `fn`")
            }
            None => Repair::new(first.range, format!("`fn` is missing before `{}`", self.written(first)))
                .insert(first.range.start, "fn ")
                .suggested(FixLevel::Safe, "insert `fn`"),
        })
    }

    /// `fn (n: int) -> int = …`
    pub(super) fn function_without_name(&self) -> Option<Repair> {
        let (word, open) = (self.before()?, self.found()?);
        let line = TextRange::new(word.range.start, self.until(self.line_end()).end.max(self.at));
        let nameless =
            self.written(word) == "fn" && open.kind == Kind::OpenParen && self.rule != Rule::lone_items;
        nameless.then(|| {
            let place = TextRange::new(word.range.end, open.range.start);
            Repair::new(place, "this function has no name").help(FUNCTION).edit(line, Self::holes(line))
        })
    }

    /// `import { A } from "x"`, `use x { A }`, `use "x"`: an import that is written in another way.
    pub(super) fn import_of_others(&self) -> Option<Repair> {
        let first = self.tokens.iter().find(|token| Self::is_code(token))?;
        let words = ["use", "import", "from", "require", "include"];
        if self.rule == Rule::lone_items || !words.contains(&self.written(*first)) {
            return None;
        }
        let at = self.tokens.partition_point(|token| token.range.start < first.range.start);
        let mut depth = 0;
        let line: Vec<Token> = self.tokens[at + 1..]
            .iter()
            .take_while(|token| {
                depth += token.kind.bracket_change();
                depth > 0 || !token.kind.is_line_end()
            })
            .copied()
            .collect();
        let of = |kind: Kind| line.iter().filter(move |token| token.kind == kind);
        let names: Vec<&str> =
            of(Kind::Name).map(|name| self.written(*name)).filter(|n| *n != "from").collect();
        let (paths, assigns) = (of(Kind::QuotedText).count(), of(Kind::Equal).count());
        let braces = of(Kind::OpenBrace).count();
        let right = line.first().is_some_and(|token| token.kind == Kind::OpenQuote) && braces == 1;
        if assigns > 0 || right && self.written(*first) == "use" || paths + braces == 0 || braces > 1 {
            return None;
        }
        let end = line.last().map_or(first.range.end, |last| last.range.end);
        let all = TextRange::new(first.range.start, end);
        let repair =
            Repair::new(first.range, "what another module declares is taken by `use \"path\" { Name }`");
        Some(match of(Kind::QuotedText).next() {
            Some(path) if paths == 1 && braces == 1 && !names.is_empty() => repair
                .edit(all, format!("use \"{}\" {{ {} }}", self.written(*path), names.join(", ")))
                .suggested(FixLevel::Safe, "write it so")
                .read_as(all, Self::holes(all)),
            _ => repair.edit(all, Self::holes(all)),
        })
    }
}

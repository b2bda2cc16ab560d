//! What people write who come from other languages: recognised as a whole, and said how it is written here.

use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

impl Situation<'_> {
    /// `a += 1`, `a == 1`, `a := 1` where an argument gets its value.
    pub(super) fn assignment(&self, name: &str) -> Option<Repair> {
        let found = self.found().filter(|token| !token.kind.is_line_end())?;
        let next = self.behind(1);
        let joined = next.filter(|next| next.range.start == found.range.end && next.kind == Kind::Equal);
        let written = self.written(found);
        if let Some(equal) = joined.filter(|_| written != "=") {
            let whole = TextRange::new(found.range.start, equal.range.end);
            let repair = Repair::new(
                whole,
                format!("`{name}` gets its value with `=`, not `{}`", whole.of(self.text)),
            );
            return Some(if found.kind == Kind::Colon {
                repair.edit(whole, "=").suggested(FixLevel::Safe, "change it to `=`")
            } else {
                repair
                    .help("a value never changes: give the new one another name")
                    .edit(whole, "=")
                    .suggested(FixLevel::Review, "change it to `=`")
            });
        }
        if matches!(written, "==" | "=>" | "->") {
            return Some(
                Repair::new(found.range, format!("`{name}` gets its value with `=`, not `{written}`"))
                    .edit(found.range, "=")
                    .suggested(FixLevel::Safe, "change it to `=`"),
            );
        }
        let doubled =
            next.is_some_and(|next| self.written(next) == written && next.range.start == found.range.end);
        if doubled && matches!(written, "+" | "-") {
            let line = self.whole_line();
            let place = TextRange::new(found.range.start, found.range.end + 1);
            return Some(
                Repair::new(place, format!("`{written}{written}` is no operator: a value never changes"))
                    .edit(line, Self::holes(line)),
            );
        }
        None
    }

    /// `let a = 1`, `const a = 1`
    pub(super) fn word_of_declaration(&self) -> Option<Repair> {
        const WORDS: [&str; 8] = ["let", "const", "var", "val", "export", "set", "def", "final"];
        let mut code = self.tokens[self.line_start()..].iter().filter(|token| Self::is_code(token));
        let (word, name, equal) = (code.next()?, code.next()?, code.next()?);
        let fits =
            WORDS.contains(&self.written(*word)) && name.kind == Kind::Name && equal.kind == Kind::Equal;
        let range = TextRange::new(word.range.start, name.range.start);
        fits.then(|| {
            let (word, name) = (self.written(*word), self.written(*name));
            Repair::new(range, format!("an argument is written `{name} = …`, without `{word}`"))
                .edit(range, "")
                .suggested_removal(&format!("remove `{word}`"))
        })
    }

    /// Whether there is a `=` further on in this line.
    pub(super) fn assigns(&self) -> bool {
        let line = self.tokens[self.here..].iter().take_while(|token| !token.kind.is_line_end());
        line.into_iter().any(|token| token.kind == Kind::Equal)
    }

    /// From the beginning of this item's line to its end.
    fn whole_line(&self) -> TextRange {
        let first = self.tokens[self.line_start()..].iter().find(|token| Self::is_code(token));
        let start = first.map_or(self.at, |first| first.range.start);
        TextRange::new(start, self.until(self.line_end()).end.max(self.at))
    }

    /// What stands between the name of a block and its `{`, if this line is the head of one.
    fn head(&self) -> Option<(usize, Token)> {
        let line = &self.tokens[self.here..];
        let end = line.iter().position(|token| token.kind.is_line_end()).unwrap_or(line.len());
        let mut depth = 0;
        let open = line[..end].iter().position(|token| {
            let outside = depth == 0;
            depth += token.kind.bracket_change();
            outside && token.kind == Kind::OpenBrace
        })?;
        // The body stands below, or the block ends on this line.
        let body = line.get(open + 1).is_none_or(|token| token.kind.is_line_end());
        body.then_some((open, line[open]))
    }

    /// The head of a block that is written in another way: `resource["a"] {`, `resource("a", "b") {`, `a 1 {`.
    pub(super) fn labels(&self, name: &str) -> Option<Repair> {
        let (open, brace) = self.head()?;
        let between = &self.tokens[self.here..self.here + open];
        let found = *between.first()?;
        let gap = TextRange::new(self.at, brace.range.start);
        let strings: Vec<&str> = between
            .iter()
            .filter(|token| matches!(token.kind, Kind::QuotedText | Kind::Name))
            .map(|token| self.written(*token))
            .collect();
        let labels = strings.iter().map(|label| format!("\"{label}\" ")).collect::<String>();
        let bracketed = matches!(found.kind, Kind::OpenParen | Kind::OpenBracket);
        if bracketed || found.kind == Kind::Comma {
            let plain = between.iter().all(|token| {
                matches!(
                    token.kind,
                    Kind::OpenQuote | Kind::CloseQuote | Kind::QuotedText | Kind::Name | Kind::Comma
                ) || token.kind.bracket_change() != 0
            });
            let what = if bracketed { "brackets" } else { "commas" };
            let repair =
                Repair::new(found.range, format!("the labels of `{name}` are written without {what}"))
                    .help(format!("write `{name} {labels}{{`"));
            return Some(if plain {
                repair.edit(gap, format!(" {labels}")).suggested(FixLevel::Safe, format!("remove the {what}"))
            } else {
                repair.edit(gap, Self::blanks(gap))
            });
        }
        if matches!(found.kind, Kind::Equal | Kind::Colon) && open == 1 && self.labelled() {
            let written = self.written(found);
            return Some(
                Repair::new(found.range, format!("a block has no `{written}` before its `{{`"))
                    .edit(found.range, "")
                    .suggested(FixLevel::Safe, "remove it"),
            );
        }
        let template = between.iter().any(|token| token.kind.bracket_change() > 0);
        if found.kind == Kind::OpenQuote && template {
            return Some(
                Repair::new(
                    found.range,
                    format!("a label of `{name}` is plain text, without `${{` and `%{{`"),
                )
                .help("labels are names; what differs goes into an argument, or into `for_each`")
                .edit(gap, Self::blanks(gap)),
            );
        }
        if found.kind == Kind::Number {
            let quoted = format!("\"{}\"", self.written(found));
            return Some(
                Repair::new(
                    found.range,
                    format!("a label is a name or a text in quotes, not {}", self.describe()),
                )
                .edit(found.range, quoted)
                .suggested(FixLevel::Safe, "put it into quotes"),
            );
        }
        None
    }

    /// Whether there is a label before the place.
    fn labelled(&self) -> bool {
        self.tokens[self.line_start()..self.here].iter().filter(|token| Self::is_code(token)).count() > 1
    }

    /// `if a { … } else { … }`, `1 if a else 2`, `not a`, `a and b` where a value ends.
    pub(super) fn words_of_others(&self) -> Option<Repair> {
        let found = self.found()?;
        let before = self.before()?;
        let (word, previous) = (self.written(found), self.written(before));
        let range = self.until(self.line_end());
        let choice = |place: TextRange, word: &str| {
            Repair::new(
                place,
                format!("there is no `{word}` here: a choice is written `condition ? value : other`"),
            )
        };
        if word == "else" && before.kind == Kind::CloseBrace {
            let all = self.until(self.end_of_chain());
            return Some(
                Repair::new(
                    found.range,
                    "blocks have no `else`: what differs is chosen by `condition ? value : other`",
                )
                .help("whether something is there at all, say `count` and `enabled`")
                .edit(all, Self::blanks(all)),
            );
        }
        if previous == "if" && before.kind == Kind::Name {
            let all = self.until(self.end_of_chain());
            let rest = TextRange::new(before.range.start, all.end.max(self.at));
            return Some(choice(before.range, "if").edit(rest, Self::holes(rest)));
        }
        if word == "if" && found.kind == Kind::Name {
            return Some(choice(found.range, "if").edit(range, Self::blanks(range)));
        }
        if previous == "not" && before.kind == Kind::Name && found.kind.begins_value() {
            let gap = TextRange::new(before.range.start, found.range.start);
            return Some(
                Repair::new(before.range, "`not` is written `!`")
                    .edit(gap, "!")
                    .suggested(FixLevel::Safe, "change it to `!`"),
            );
        }
        if found.kind == Kind::OpenQuote && before.range.end == found.range.start && previous.len() == 1 {
            return Some(
                Repair::new(before.range, format!("a string has no `{previous}` before it"))
                    .edit(before.range, " ")
                    .suggested_removal("remove it"),
            );
        }
        if matches!(word, "in" | "not") && found.kind == Kind::Name {
            return Some(
                Repair::new(found.range, format!("`{word}` is no operator"))
                    .help("whether a list has a value, says `contains(list, value)`")
                    .edit(range, Self::blanks(range)),
            );
        }
        let operator = match word {
            "is" => "==",
            "and" => "&&",
            "or" => "||",
            "=>" => ">=",
            _ => return None,
        };
        let value = self.behind(1).is_some_and(|next| next.kind.begins_value() || next.kind == Kind::Bang);
        value.then(|| {
            Repair::new(found.range, format!("`{word}` is written `{operator}`"))
                .edit(found.range, operator)
                .suggested(FixLevel::Safe, format!("change it to `{operator}`"))
        })
    }

    /// The end of the line, or of the last block of an `else` that goes on.
    fn end_of_chain(&self) -> u32 {
        let mut depth = 0;
        let stop = self.tokens[self.here..].iter().find(|token| {
            depth += token.kind.bracket_change();
            depth < 0 || (depth == 0 && token.kind.is_line_end())
        });
        stop.map_or(self.text.len() as u32, |token| token.range.start)
    }

    /// A quote of another kind that finds no partner on its line.
    pub(super) fn other_quotes(&self) -> Option<Repair> {
        let place = self.place();
        let quote = "'`\u{201c}\u{201d}\u{201e}\u{2018}\u{2019}\u{ab}".contains(place.of(self.text));
        quote.then(|| Repair::new(place, "strings are written with double quotes").edit(place, "\"\""))
    }
}

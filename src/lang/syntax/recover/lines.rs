//! Where items begin and end.

use super::super::grammar::Rule;
use super::super::lex::{Kind, Token};
use super::GOES_ON;
use super::fix::Repair;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

impl Situation<'_> {
    /// Behind the name an item begins with, or its labels.
    pub(super) fn behind_name(&self) -> Repair {
        let place = self.place();
        let start = self.line_start();
        let first = self.tokens[start..].iter().find(|token| Self::is_code(token)).copied();
        let name = first.map_or("", |token| self.written(token));
        let kind = self.found_kind();
        let labels = self.tokens[start..self.here].iter().filter(|token| Self::is_code(token)).count() > 1;
        let item_start = first.map_or(self.at, |token| token.range.start);
        let give_up = TextRange::new(item_start, self.until(self.line_end()).end.max(self.at));
        let hole = |repair: Repair| repair.edit(give_up, Self::holes(give_up));
        let declaration = matches!(name, "type" | "fn" | "use");
        let written_otherwise = self
            .keyword_behind_name()
            .or_else(|| self.misspelt_type().or_else(|| self.function_without_keyword()))
            .or_else(|| self.function_without_name().or_else(|| self.word_of_declaration()));
        if let Some(repair) = written_otherwise {
            return repair;
        }
        if !labels && kind == Kind::Dot && self.assigns() {
            let message = "an argument has a single name: parts of a value are not set one by one";
            return hole(Repair::new(place, message));
        }
        if !declaration && let Some(repair) = self.labels(name) {
            return repair;
        }
        if !labels && let Some(repair) = self.assignment(name) {
            return repair;
        }
        if !labels && kind == Kind::Colon && self.list_of_others() {
            let all = TextRange::new(item_start, self.text.trim_end().len() as u32);
            return Repair::new(
                place,
                format!("`{name}` gets its value with `=`, and a list is written `[a, b]`"),
            )
            .help(format!("write `{name} = [\"…\", \"…\"]`"))
            .edit(all, Self::holes(all));
        }
        if !labels && kind == Kind::Colon {
            return Repair::new(place, format!("`{name}` gets its value with `=`, not `:`"))
                .edit(place, " =")
                .suggested(FixLevel::Safe, "change it to `=`");
        }
        if kind.is_line_end()
            && let Some(next) = self.tokens[self.here..].iter().find(|token| Self::is_code(token))
            && matches!(next.kind, Kind::Equal | Kind::OpenBrace)
        {
            let written = self.written(*next);
            return Repair::new(next.range, format!("`{written}` stands on the line of `{name}`"))
                .edit(TextRange::new(self.at, next.range.start), " ")
                .suggested(FixLevel::Safe, format!("move `{written}` up"));
        }
        if declaration && self.rule == Rule::lone_items && matches!(kind, Kind::Equal | Kind::OpenParen) {
            let what = if name == "type" { "types" } else { "functions" };
            return hole(Repair::new(
                place,
                format!("{what} are declared at the top level of a file, not in a block"),
            ));
        }
        if name == "use" && kind == Kind::OpenQuote {
            return hole(Repair::new(place, "the path of `use` is a plain string, without `${`"));
        }
        if name == "type"
            && let Some(second) =
                self.tokens[start..self.here].iter().filter(|token| Self::is_code(token)).nth(2)
            && second.kind == Kind::Name
        {
            let name = self.before_index(second.range.start);
            return Repair::new(
                second.range,
                format!("`=` was expected behind `{name}`, not `{}`", self.written(*second)),
            )
            .insert(second.range.start, "= ")
            .suggested(FixLevel::Safe, "insert `=`");
        }
        if name == "type" && labels {
            return hole(
                Repair::new(
                    place,
                    format!("a type is declared as `type Name = …`, here stands {}", self.describe()),
                )
                .help("the name begins with a letter and has no quotes"),
            );
        }
        if labels && kind == Kind::Equal {
            return hole(
                Repair::new(place, "an argument has a single name before its `=`")
                    .help("a block has labels and a body: `kind \"label\" { … }`"),
            );
        }
        if !labels && kind.begins_value() {
            return Repair::new(place, format!("`=` was expected behind `{name}`, not {}", self.describe()))
                .insert(self.at, "= ")
                .suggested(FixLevel::Review, "insert `=`");
        }
        let only_string = labels && self.found().is_none_or(|token| token.kind.is_line_end());
        if only_string
            && let Some(quote) =
                self.tokens[start..self.here].iter().filter(|token| Self::is_code(token)).nth(1)
            && quote.kind == Kind::OpenQuote
            && self.before().is_some_and(|token| token.kind == Kind::CloseQuote)
        {
            return Repair::new(place, format!("`{name}` has no value and no body"))
                .help(format!("write `{name} = \"…\"`, or `{{ … }}` if it is a block"))
                .insert(quote.range.start, "= ");
        }
        if labels {
            return hole(Repair::new(
                place,
                format!("`{{` was expected behind `{name}` and its labels, not {}", self.describe()),
            ));
        }
        let place =
            if self.found_kind().is_line_end() { first.map_or(place, |first| first.range) } else { place };
        hole(
            Repair::new(place, format!("`{name}` has no value: `=` was expected, not {}", self.describe()))
                .help("an argument is written `name = value`, a block `kind \"label\" { … }`"),
        )
    }

    /// Behind a complete value, where the line should end.
    pub(super) fn behind_value(&self) -> Repair {
        let place = self.place();
        let kind = self.found_kind();
        if let Some(repair) = self.type_without_brackets() {
            return repair;
        }
        if self.wants(Rule::want_brace)
            && let Some(repair) = self.one_line_block()
        {
            return repair;
        }
        if let Some(repair) = self.words_of_others() {
            return repair;
        }
        let next =
            if matches!(kind, Kind::Comma) || self.is_semicolon() { self.behind(1) } else { self.found() };
        let after_next =
            if matches!(kind, Kind::Comma) || self.is_semicolon() { self.behind(2) } else { self.behind(1) };
        let next_item = next.is_some_and(|token| token.kind == Kind::Name)
            && after_next.is_some_and(|token| token.kind == Kind::Equal || self.opens_body(token));
        if next_item {
            let message = if kind == Kind::Name {
                format!("{} begins a new argument, which needs a line of its own", self.describe())
            } else {
                format!("arguments are separated by line breaks, not by {}", self.describe())
            };
            let repair = Repair::new(place, message);
            if kind == Kind::Name {
                return repair.insert(self.at, "\n").suggested(FixLevel::Safe, "break the line here");
            }
            // One habit, one report: the same sign further on in this line.
            let repair =
                self.same_between_arguments(place).into_iter().fold(repair, |all, at| all.edit(at, "\n"));
            return repair.suggested(FixLevel::Safe, "break the line here");
        }
        if matches!(kind, Kind::Comma) || self.is_semicolon() {
            let last = self.behind(1).is_none_or(|token| token.kind.is_line_end());
            let message = format!("{} has no place behind a value outside of brackets", self.describe());
            let range = self.until(self.line_end());
            let repair = Repair::new(place, message).edit(range, Self::blanks(range));
            return if last { repair.suggested_removal("remove it") } else { repair };
        }
        if kind.is_line_end() || self.found().is_none() {
            return self.no_item();
        }
        if kind == Kind::CloseBrace {
            return Repair::new(place, "the `}` of a block over several lines stands on a line of its own")
                .insert(place.start, "\n")
                .suggested(FixLevel::Safe, "break the line before it");
        }
        if let Some(repair) = self.bare_address() {
            return repair;
        }
        let range = self.until(self.line_end());
        let before = self.before();
        if kind == Kind::OpenBrace && before.is_some_and(|token| self.written(token) == "match") {
            return Repair::new(place, "an object that is matched needs parentheses: `match ({ … }) { … }`")
                .edit(range, Self::blanks(range));
        }
        if kind == Kind::Invalid && place.of(self.text) == "&" {
            return Repair::new(place, "`&` is no operator; both conditions hold with `&&`")
                .edit(place, "&&")
                .suggested(FixLevel::Safe, "change it to `&&`");
        }
        if kind == Kind::Equal
            && let Some(next) = self.behind(1).filter(|next| next.range.start == place.end)
            && matches!(self.written(next), "<" | "!")
        {
            let whole = TextRange::new(place.start, next.range.end);
            let right = format!("{}=", self.written(next));
            return Repair::new(whole, format!("`={}` is written `{right}`", self.written(next)))
                .edit(whole, right.clone())
                .suggested(FixLevel::Safe, format!("change it to `{right}`"));
        }
        if kind == Kind::Equal {
            return Repair::new(place, "a value can't be assigned to; to compare, write `==`")
                .edit(place, "==")
                .suggested(FixLevel::Review, "change it to `==`");
        }
        if kind == Kind::DoubleColon {
            return Repair::new(place, "the name of a function was expected behind `::`")
                .help("functions of a library are called as `library::name(…)`")
                .edit(range, Self::blanks(range));
        }
        Repair::new(place, format!("the value ends before {}, and the line should too", self.describe()))
            .help("a line break, an operator or a comment can stand here")
            .edit(range, Self::blanks(range))
    }

    /// Whether a `{` opens the body of a block: the line ends behind it, or an argument or its partner follows.
    fn opens_body(&self, brace: Token) -> bool {
        let at = self.tokens.partition_point(|token| token.range.start < brace.range.start);
        let kind = |steps: usize| self.tokens.get(at + steps).map_or(Kind::Newline, |token| token.kind);
        brace.kind == Kind::OpenBrace
            && (kind(1).is_line_end()
                || kind(1) == Kind::CloseBrace
                || (kind(1) == Kind::Name && kind(2) == Kind::Equal))
    }

    pub(super) fn is_semicolon(&self) -> bool {
        self.found().is_some_and(|token| self.written(token) == ";")
    }

    /// `a { b = 1, c = 2 }`: written over lines, every argument is read.
    pub(super) fn one_line_block(&self) -> Option<Repair> {
        let open = self.tokens[self.bracket()?];
        if open.kind != Kind::OpenBrace {
            return None;
        }
        let place = self.place();
        let first = self.before().is_some_and(|before| before.range == open.range);
        let next = self.behind(1);
        if first
            && self.found_kind() == Kind::Name
            && next.is_some_and(|next| {
                next.kind.begins_value()
                    && next.kind != Kind::OpenBrace
                    && next.kind != Kind::Name
                    && next.kind != Kind::OpenQuote
            })
        {
            let (name, next) = (self.describe(), next?);
            return Some(
                Repair::new(
                    next.range,
                    format!("`=` was expected behind {name}, not `{}`", self.written(next)),
                )
                .insert(next.range.start, "= ")
                .suggested(FixLevel::Review, "insert `=`"),
            );
        }
        let mut head = self.tokens[..self.here].iter().filter(|token| Self::is_code(token));
        if first
            && self.found_kind() == Kind::Comma
            && head.next().is_some_and(|word| self.written(*word) == "use")
        {
            return Some(
                Repair::new(place, "there is no name before this comma")
                    .edit(place, " ")
                    .suggested_removal("remove the comma"),
            );
        }
        if first && !matches!(self.found_kind(), Kind::Name | Kind::Newline | Kind::LineComment) {
            let range = self.until(self.closing());
            let message = format!("an argument was expected here, not {}", self.describe());
            return Some(Repair::new(place, message).edit(range, Self::blanks(range)));
        }
        let separator = self.found_kind() == Kind::Comma || self.is_semicolon();
        let message = match self.found_kind().is_line_end() {
            true => "this block goes on over lines: its first argument needs a line of its own",
            false => "a block on one line has one argument; more need lines of their own",
        };
        let close = self.closing();
        let range = if separator { place } else { TextRange::new(self.at, self.at) };
        let repair = Repair::new(place, message)
            .label(open.range, "the block begins here")
            .edit(TextRange::new(open.range.end, open.range.end), "\n");
        let more = if separator { self.same_between_arguments(place) } else { Vec::new() };
        let more = more.into_iter().filter(|at| *at != range);
        let repair = more
            .fold(repair.edit(range, "\n"), |all, at| all.edit(at, "\n"))
            .edit(TextRange::new(close, close), "\n");
        Some(repair.suggested(FixLevel::Safe, "write every argument on a line of its own"))
    }

    /// Where an item should begin.
    pub(super) fn no_item(&self) -> Repair {
        let place = self.place();
        let found = self.describe();
        let line = TextRange::new(self.at, self.until(self.line_end()).end.max(place.end));
        if let Some(repair) =
            self.before().zip(self.found()).and_then(|(before, found)| self.pattern_of_others(before, found))
        {
            return repair;
        }
        let comment = ["--", ";", "<!--"].iter().any(|mark| line.of(self.text).starts_with(mark));
        if comment && line.len() > 2 {
            return Repair::new(place, "a comment begins with `#`").edit(line, Self::holes(line));
        }
        if let Some(token) = self.found().filter(|token| GOES_ON.contains(&token.kind))
            && self.before().is_some()
        {
            return self.goes_on_below(token);
        }
        if self.found_kind() == Kind::OpenQuote {
            let assign =
                self.tokens[self.here..].iter().find(|token| matches!(token.kind, Kind::Equal | Kind::Colon));
            let quoted = assign.map(|assign| TextRange::new(self.at, assign.range.start));
            if let Some(quoted) = quoted.filter(|range| line.end > range.end) {
                let name = quoted.of(self.text).trim().trim_matches('"');
                let plain =
                    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
                if plain {
                    let close = self.at + 1 + name.len() as u32;
                    return Repair::new(place, "the name of an argument has no quotes")
                        .edit(TextRange::new(self.at, self.at + 1), "")
                        .edit(TextRange::new(close, close + 1), "")
                        .suggested(FixLevel::Safe, "remove the quotes");
                }
            }
        }
        if self.found_kind() == Kind::Number && self.behind(1).is_some_and(|next| next.kind == Kind::Equal) {
            return Repair::new(place, format!("a name begins with a letter or `_`, not {found}"))
                .edit(line, Self::holes(line));
        }
        let message = if self.found().is_none() {
            "the text ends where something was expected".to_owned()
        } else {
            format!("an argument or a block was expected here, not {found}")
        };
        Repair::new(place, message)
            .help("an argument is written `name = value`, a block `kind \"label\" { … }`")
            .edit(line, Self::holes(line))
    }

    /// A line that begins with what goes on with a value.
    pub(super) fn goes_on_below(&self, token: Token) -> Repair {
        let written = self.written(token);
        let before = self.before().map_or(self.at, |before| before.range.end);
        let repair = Repair::new(token.range, format!("`{written}` can't begin a line outside of brackets"))
            .help("put an expression that goes on over lines into parentheses")
            .edit(TextRange::new(before, token.range.start), " ");
        self.join_lines(repair, token)
    }

    /// Whether the lines below are a list with dashes.
    pub(super) fn list_of_others(&self) -> bool {
        let mut behind = self.tokens[self.here..].iter().filter(|token| token.kind != Kind::Colon);
        behind.next().is_some_and(|token| token.kind.is_line_end())
            && behind.find(|token| Self::is_code(token)).is_some_and(|token| token.kind == Kind::Minus)
    }

    /// Where in this line the sign at a place stands between two arguments.
    pub(super) fn same_between_arguments(&self, place: TextRange) -> Vec<TextRange> {
        let sign = place.of(self.text);
        let (mut depth, mut places) = (0, Vec::new());
        let line = &self.tokens[self.here..];
        for (at, token) in line.iter().enumerate() {
            let begins = line.get(at + 1).is_some_and(|token| token.kind == Kind::Name)
                && line.get(at + 2).is_some_and(|token| matches!(token.kind, Kind::Equal | Kind::OpenBrace));
            if depth == 0 && begins && self.written(*token) == sign {
                places.push(token.range);
            }
            depth += token.kind.bracket_change();
            if depth < 0 || (depth == 0 && token.kind.is_line_end()) {
                break;
            }
        }
        places
    }

    /// Joins the lines below as long as they go on with the value, too: one mistake, one report.
    fn join_lines(&self, mut repair: Repair, from: Token) -> Repair {
        let first = self.tokens.partition_point(|token| token.range.end <= from.range.start);
        let (mut last, mut depth) = (first, 0);
        for (at, token) in
            self.tokens.iter().enumerate().skip(first).filter(|(_, token)| Self::is_code(token))
        {
            let lines = self.tokens[last..at].iter().any(|token| token.kind.is_line_end());
            if depth == 0 && lines {
                if !GOES_ON.contains(&token.kind) {
                    break;
                }
                repair = repair.edit(TextRange::new(self.tokens[last].range.end, token.range.start), " ");
            }
            depth += token.kind.bracket_change();
            last = at;
        }
        repair
    }

    /// What stands before a place.
    fn before_index(&self, at: u32) -> &str {
        let token = self.tokens.iter().rev().find(|token| token.range.end <= at && Self::is_code(token));
        token.map_or("", |token| self.written(*token))
    }
}

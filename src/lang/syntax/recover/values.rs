//! Where a value is missing, or something stands there that is none.

use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::situation::Situation;
use super::structure::begins;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

impl Situation<'_> {
    /// An element of a list, an object or a `match` was expected.
    pub(super) fn element_missing(&self) -> Repair {
        if self.found_kind() == Kind::Comma {
            return self.lone_comma();
        }
        self.value_missing()
    }

    fn lone_comma(&self) -> Repair {
        Repair::new(self.place(), "there is no element before this comma")
            .edit(self.place(), " ")
            .suggested_removal("remove the comma")
    }

    /// `c ? a`
    pub(super) fn second_value_missing(&self) -> Repair {
        let below = self.tokens[self.here..].iter().find(|token| Self::is_code(token));
        if let Some(colon) = below.filter(|token| token.kind == Kind::Colon && token.range.start > self.at) {
            return self.goes_on_below(*colon);
        }
        let repair = Repair::new(self.place(), "this conditional has no second value: `:` is missing")
            .help("write `condition ? value : other`; `T?` marks a type as optional");
        repair.insert(self.at, format!(" : {HOLE}"))
    }

    /// A value that stands on the line below, where the line should not have ended.
    fn value_below(&self) -> Option<Repair> {
        let before = self.before()?;
        let at_end = self.found().is_some_and(|token| token.kind.is_line_end());
        if !at_end || before.kind == Kind::Comma || before.kind.bracket_change() > 0 {
            return None;
        }
        let next = self.tokens[self.here..].iter().position(Self::is_code)? + self.here;
        let below = &self.tokens[next..];
        let ends = |token: &Token| matches!(token.kind, Kind::Equal | Kind::Arrow | Kind::Colon);
        let line = below.iter().take_while(|token| !token.kind.is_line_end());
        if !below[0].kind.begins_value() || line.clone().any(ends) || begins(below, self.text).is_some() {
            return None;
        }
        let gap = TextRange::new(self.at, below[0].range.start);
        let written = self.written(before);
        Some(
            Repair::new(
                self.place(),
                format!("the line ends behind `{written}`, and the value stands below"),
            )
            .help("begin the value on this line, or put it into parentheses")
            .edit(gap, " ")
            .suggested(FixLevel::Safe, "begin the value on this line"),
        )
    }

    /// A name that stands below its dot.
    fn name_below(&self) -> Option<Repair> {
        let before = self.before()?;
        let next = self.here + self.tokens[self.here..].iter().position(Self::is_code)?;
        let name = self.tokens[next];
        let alone = self.tokens.get(next + 1).is_none_or(|token| token.kind.is_line_end());
        if !self.found_kind().is_line_end() || name.kind != Kind::Name || !alone {
            return None;
        }
        let written = self.written(before);
        Some(
            Repair::new(self.place(), format!("the line ends behind `{written}`, and the name stands below"))
                .edit(TextRange::new(before.range.end, name.range.start), "")
                .suggested(FixLevel::Safe, "join the lines"),
        )
    }

    /// Something has to be there and is not.
    pub(super) fn value_missing(&self) -> Repair {
        let found = self.found_kind();
        let before = self.before();
        if let Some(repair) = self.value_below().or_else(|| self.signs_of_others()) {
            return repair;
        }
        if let Some(list) = before.filter(|before| before.kind == Kind::Equal && self.list_of_others()) {
            let all = TextRange::new(self.at, self.text.trim_end().len() as u32);
            return Repair::new(list.range, "a list is written `[a, b]`, without dashes")
                .edit(all, Self::holes(all));
        }
        if let Some(token) =
            self.found().filter(|token| token.kind == Kind::Arrow && token.range.start < self.at)
        {
            return Repair::new(token.range, "keys and values of an object are joined by `=`")
                .edit(token.range, "= ")
                .suggested(FixLevel::Safe, "change it to `=`");
        }
        // `a == 1`: the first half of the sign was taken for the one of the argument.
        if let Some(token) =
            self.found().filter(|token| token.range.start < self.at && self.written(*token) == "==")
            && let Some(name) = self.tokens[..self.here].last().filter(|token| token.kind == Kind::Name)
        {
            let message = format!("`{}` gets its value with `=`, not `==`", self.written(*name));
            return Repair::new(token.range, message)
                .edit(token.range, "=")
                .suggested(FixLevel::Safe, "change it to `=`");
        }
        if let Some(mark) = before.filter(|token| token.kind == Kind::Question)
            && matches!(found, Kind::Operator | Kind::Question)
        {
            let message = format!("a value was expected behind `?`, not {}", self.describe());
            return Repair::new(self.place(), message)
                .label(mark.range, "the first value of the conditional belongs behind this")
                .edit(mark.range, " ");
        }
        let in_list = before.is_some_and(|token| {
            matches!(token.kind, Kind::Comma | Kind::OpenBracket | Kind::OpenParen | Kind::OpenBrace)
        });
        if found == Kind::Comma && in_list {
            return self.lone_comma();
        }
        let elvis = before.is_some_and(|token| token.kind == Kind::Question) && found == Kind::Colon;
        if elvis {
            return Repair::new(self.place(), "the conditional has no value between `?` and `:`")
                .help("to fall back from null, write `a ?? b`")
                .insert(self.at, HOLE);
        }
        if found == Kind::Invalid {
            return self.invalid();
        }
        if found == Kind::Dot && self.behind(1).is_some_and(|next| next.kind == Kind::Number) {
            return Repair::new(self.place(), "a number begins with a digit")
                .insert(self.at, "0")
                .suggested(FixLevel::Safe, "write the zero");
        }
        let operator = matches!(
            found,
            Kind::Operator
                | Kind::Range
                | Kind::Question
                | Kind::Minus
                | Kind::Ellipsis
                | Kind::Dot
                | Kind::SafeDot
        );
        let ends = matches!(
            found,
            Kind::Newline
                | Kind::LineComment
                | Kind::Comma
                | Kind::Equal
                | Kind::Colon
                | Kind::Arrow
                | Kind::Returns
                | Kind::DoubleColon
                | Kind::CloseBrace
                | Kind::CloseBracket
                | Kind::CloseParen
                | Kind::CloseSequence
        );
        let message = self.value_missing_words(before);
        let mut repair = Repair::new(self.place(), message);
        if found == Kind::CloseBracket && before.is_some_and(|token| token.kind == Kind::OpenBracket) {
            repair = repair.help("an index is `list[0]`, a type `list(string)`");
        }
        let repair = match before {
            Some(before)
                if matches!(before.kind, Kind::Operator | Kind::Range | Kind::Minus | Kind::Bang) =>
            {
                repair.label(before.range, "this needs a value behind it")
            }
            _ => repair,
        };
        if found == Kind::OpenQuote {
            // A string that does not fit the grammar although it ends: what is wrong lies inside.
            let range = self.until(self.next_stop(true));
            return repair.edit(range, Self::holes(range));
        }
        if ends || operator || self.found().is_none() {
            return repair.insert(self.at, HOLE);
        }
        let place = self.place();
        repair.edit(place, Self::holes(place))
    }

    pub(super) fn value_missing_words(&self, before: Option<Token>) -> String {
        let found = self.describe();
        let Some(before) = before else { return format!("a value was expected here, not {found}") };
        let written = self.written(before);
        let nothing_comes = self.found().is_none_or(|token| token.kind.is_line_end());
        match before.kind {
            Kind::Equal if nothing_comes => {
                let name = self.tokens[..self.here].iter().rev().filter(|t| Self::is_code(t)).nth(1);
                match name {
                    Some(name) if name.kind == Kind::Name => {
                        format!("`{}` has no value", self.written(*name))
                    }
                    _ => "there is no value behind `=`".into(),
                }
            }
            Kind::Equal | Kind::Colon | Kind::Arrow | Kind::Comma | Kind::OpenInterpolation => {
                format!("a value was expected behind `{}`, not {found}", written.trim_end_matches('~'))
            }
            Kind::Operator | Kind::Range | Kind::Minus | Kind::Bang | Kind::Question => {
                format!("a value was expected behind `{written}`, not {found}")
            }
            _ => format!("a value was expected here, not {found}"),
        }
    }

    pub(super) fn invalid(&self) -> Repair {
        let place = self.place();
        if let Some(repair) = self.other_quotes() {
            return repair;
        }
        // In front of a value the character is one too many; alone it stands for one.
        let value_follows = self.behind(1).is_some_and(|next| next.kind.begins_value());
        let with = if value_follows { Self::blanks(place) } else { Self::holes(place) };
        Repair::new(place, format!("{} has no meaning here", self.describe())).edit(place, with)
    }

    /// `%{ elseif x }`: leaves the directive out.
    pub(super) fn no_directive(&self) -> Repair {
        let open = self.bracket().map_or(self.at, |open| self.tokens[open].range.start);
        let all = TextRange::new(open, self.closing_from(self.here).end);
        if let Some(word) = self.found().filter(|word| self.written(*word) == "end")
            && let Some(right) = self.open_directive()
        {
            return Repair::new(word.range, format!("`end` is written `{right}` here"))
                .edit(word.range, right)
                .suggested(FixLevel::Safe, format!("change it to `{right}`"));
        }
        Repair::new(self.place(), format!("{} is no directive", self.describe()))
            .help("there are `if`, `else` and `endif`, and `for` and `endfor`")
            .edit(all, Self::blanks(all))
    }

    /// What ends the innermost directive before the place that is open.
    fn open_directive(&self) -> Option<&'static str> {
        let mut open = Vec::new();
        for pair in self.tokens[..self.here].windows(2).filter(|pair| pair[0].kind == Kind::OpenDirective) {
            match self.written(pair[1]) {
                "if" => open.push("endif"),
                "for" => open.push("endfor"),
                "endif" | "endfor" => drop(open.pop()),
                _ => {}
            }
        }
        open.pop()
    }

    /// `1...5`, `f(a = b...)`
    fn dots(&self) -> Repair {
        let dots = self.tokens[self.here].range;
        if self.behind(1).is_some_and(|next| next.kind.begins_value() || next.kind == Kind::Minus) {
            return Repair::new(dots, "a range is written with two dots")
                .edit(dots, "..")
                .suggested(FixLevel::Safe, "change it to `..`");
        }
        Repair::new(
            dots,
            "`...` can't stand here: it expands the last argument of a call, if that has no name",
        )
        .edit(dots, Self::blanks(dots))
        .suggested_removal("remove it")
    }

    /// A step behind a dot.
    pub(super) fn attribute_missing(&self) -> Repair {
        let range = self.place();
        let before = self.before();
        if self.found().is_some_and(|token| token.kind == Kind::Ellipsis && token.range.start < self.at) {
            return self.dots();
        }
        if let Some(dot) = before.filter(|token| token.kind == Kind::Dot)
            && self.found_kind() == Kind::OpenBracket
        {
            return Repair::new(range, "an index follows without a dot")
                .edit(dot.range, " ")
                .suggested_removal("remove the dot");
        }
        if let Some(safe) = before.filter(|token| token.kind == Kind::SafeDot)
            && self.found_kind() == Kind::Number
        {
            return Repair::new(range, "a number begins with a digit: `0.5`")
                .edit(safe.range, " ? 0.")
                .suggested(FixLevel::Review, "write the zero");
        }
        if let Some(dot) = before
            && self.found_kind() == Kind::Name
            && dot.range.end < range.start
        {
            let gap = TextRange::new(dot.range.end, range.start);
            return Repair::new(
                range,
                format!("no blank can stand between `{}` and the name", self.written(dot)),
            )
            .edit(gap, "")
            .suggested(FixLevel::Safe, "remove the blank");
        }
        if let Some(repair) = self.name_below() {
            return repair;
        }
        let message = match self.found() {
            Some(token) if !token.kind.is_line_end() => {
                format!("the name of an attribute was expected behind the dot, not {}", self.describe())
            }
            _ => "the name of an attribute is missing behind the dot".to_owned(),
        };
        let repair = Repair::new(range, message);
        let splat = self.found().is_some_and(|token| self.written(token) == "*");
        if splat {
            return repair
                .help("splats are `.*` and `[*]`; behind `?.` stands a name")
                .edit(range, Self::blanks(range))
                .insert(self.at, "_");
        }
        // A name of no width: whoever completes here sees what stands before the dot.
        repair.insert(self.at, "_")
    }
}

//! Behind a value inside brackets.

use super::super::grammar::Rule;
use super::super::lex::{Kind, Token};
use super::fix::Repair;
use super::mended::HOLE;
use super::situation::Situation;
use crate::base::diagnostic::FixLevel;
use crate::base::source::TextRange;

impl Situation<'_> {
    /// Behind a value inside brackets.
    pub(super) fn in_brackets(&self) -> Option<Repair> {
        let place = self.place();
        let kind = self.found_kind();
        if self.wants(Rule::want_arms) {
            return Some(self.arms_missing());
        }
        if let Some(repair) = self.names_of_for().or_else(|| self.no_for()) {
            return Some(repair);
        }
        if self.wants(Rule::want_arrow) {
            let repair = Repair::new(place, format!("`=>` was expected here, not {}", self.describe()));
            return Some(if matches!(kind, Kind::Colon | Kind::Equal) {
                repair.edit(place, "=>").suggested(FixLevel::Safe, "change it to `=>`")
            } else {
                repair.insert(self.at, format!("=> {HOLE} "))
            });
        }
        if self.wants(Rule::want_object_value) {
            return Some(self.object_value_missing());
        }
        if self.wants(Rule::want_in) {
            return Some(self.in_missing());
        }
        if self.wants(Rule::want_for_colon) {
            let repair = Repair::new(place, format!("`:` was expected here, not {}", self.describe()))
                .help("write `[for value in collection : result]`");
            return Some(
                repair.insert(self.at, format!(" : {}", if kind.begins_value() { "" } else { HOLE })),
            );
        }
        if self.wants(Rule::want_last_argument) {
            let dots =
                self.before().filter(|token| token.kind == Kind::Ellipsis && token.range.end == self.at);
            if let Some(dots) = dots.filter(|_| kind.begins_value()) {
                return Some(
                    Repair::new(place, "a range is written with two dots")
                        .label(dots.range, "these are three")
                        .edit(dots.range, "..")
                        .suggested(FixLevel::Safe, "change them to `..`"),
                );
            }
            let range = self.until(self.closing());
            let message = "nothing may follow an argument that is expanded with `...`";
            return Some(Repair::new(place, message).edit(range, Self::blanks(range)));
        }
        let list =
            self.wants(Rule::want_comma) || self.wants(Rule::want_bracket) || self.wants(Rule::want_paren);
        let lines = self.wants(Rule::want_object_comma) || self.wants(Rule::want_next_arm);
        if self.wants(Rule::want_template_end) {
            let range = self.until(self.closing());
            let message = format!("`}}` was expected here, not {}", self.describe());
            return Some(Repair::new(place, message).edit(range, Self::blanks(range)));
        }
        (list || lines).then(|| self.separator_missing(lines))
    }

    /// Where the innermost bracket closes.
    pub(super) fn closing(&self) -> u32 {
        self.closing_from(self.here).start
    }

    /// What closes the bracket in which a token stands; nothing, at the end, if it is never closed.
    pub(super) fn closing_from(&self, at: usize) -> TextRange {
        let mut depth = 0;
        let close = self.tokens[at..].iter().find(|token| {
            depth += token.kind.bracket_change();
            depth < 0
        });
        let end = self.text.len() as u32;
        close.map_or(TextRange::new(end, end), |token| token.range)
    }

    pub(super) fn arms_missing(&self) -> Repair {
        let message = format!("the arms of `match` were expected here, not {}", self.describe());
        let repair =
            Repair::new(self.place(), message).help("write `match value { pattern => result, _ => other }`");
        let brace = self.tokens[self.here..].iter().find(|token| Self::is_code(token));
        match brace {
            Some(brace) if brace.kind == Kind::OpenBrace => {
                let gap = TextRange::new(self.at, brace.range.start);
                repair.edit(gap, " ").suggested(FixLevel::Safe, "begin the arms on the same line")
            }
            _ => repair.insert(self.at, " {}"),
        }
    }

    /// `{ a "b" { … } }`, `{ a == 1 }`, `${{ a }}`
    fn object_of_others(&self) -> Option<Repair> {
        let line: Vec<Token> =
            self.tokens[self.line_start()..].iter().filter(|token| Self::is_code(token)).copied().collect();
        if let [name, sign, ..] = line.as_slice()
            && name.kind == Kind::Name
            && self.written(*sign) == "=="
            && sign.range.end <= self.at
        {
            let message = format!("`{}` gets its value with `=`, not `==`", self.written(*name));
            return Some(
                Repair::new(sign.range, message)
                    .edit(sign.range, "=")
                    .suggested(FixLevel::Safe, "change it to `=`"),
            );
        }
        let open = self.bracket()?;
        let before = self.tokens[..open].last();
        if let Some(before) = before.filter(|before| before.kind == Kind::OpenInterpolation)
            && before.range.end == self.tokens[open].range.start
        {
            let close = self.closing_from(self.here);
            return Some(
                Repair::new(self.tokens[open].range, "`${` has one brace")
                    .edit(self.tokens[open].range, " ")
                    .edit(close, " ")
                    .suggested_removal("remove one of them on both sides"),
            );
        }
        // The head of a block.
        let ahead = &self.tokens[self.here..];
        let brace = ahead.iter().position(|token| token.kind == Kind::OpenBrace).filter(|at| *at > 0)?;
        let labels = ahead[..brace].iter().all(|token| {
            matches!(token.kind, Kind::Name | Kind::OpenQuote | Kind::QuotedText | Kind::CloseQuote)
        });
        let name = self.before().filter(|name| labels && name.kind == Kind::Name)?;
        let gap = TextRange::new(self.at, ahead[brace].range.start);
        let message = format!("an object has no blocks: `{}` gets its value with `=`", self.written(name));
        Some(Repair::new(self.place(), message).edit(gap, "= "))
    }

    pub(super) fn object_value_missing(&self) -> Repair {
        let place = self.place();
        let key = self.before().filter(|token| token.kind == Kind::Name);
        let key = key.map_or("the key".to_owned(), |token| format!("`{}`", self.written(token)));
        let kind = self.found_kind();
        if let Some(repair) = self.object_of_others() {
            return repair;
        }
        if kind == Kind::Arrow {
            return Repair::new(place, "keys and values of an object are joined by `=`")
                .edit(place, "=")
                .suggested(FixLevel::Safe, "change it to `=`");
        }
        if self.before().is_some_and(|token| token.kind == Kind::Comma) || self.found_kind() == Kind::Comma {
            return Repair::new(
                place,
                format!("{key} has no value: `=` was expected, not {}", self.describe()),
            )
            .insert(self.at, format!(" = {HOLE}"));
        }
        if kind.begins_value() {
            return Repair::new(place, format!("`=` was expected behind {key}, not {}", self.describe()))
                .insert(self.at, "= ")
                .suggested(FixLevel::Review, "insert `=`");
        }
        Repair::new(place, format!("{key} has no value: `=` was expected, not {}", self.describe()))
            .insert(self.at, format!(" = {HOLE}"))
    }

    /// Where further elements of this list lack their comma, up to the first that has one.
    fn more_elements(&self) -> Vec<u32> {
        let (mut depth, mut places) = (0, Vec::new());
        let mut last: Option<&Token> = None;
        for token in self.tokens[self.here..].iter().filter(|token| Self::is_code(token)) {
            let ends = last.is_some_and(|last| {
                last.kind.bracket_change() < 0
                    || matches!(last.kind, Kind::Name | Kind::Number | Kind::CloseQuote)
            });
            let word = matches!(self.written(*token), "if" | "in" | "for");
            let begins =
                token.kind.begins_value() && !matches!(token.kind, Kind::OpenParen | Kind::OpenBracket);
            if depth == 0 && ends && begins && !word {
                places.extend(last.map(|last| last.range.end));
            }
            depth += token.kind.bracket_change();
            if depth < 0 || (depth == 0 && token.kind == Kind::Comma) {
                break;
            }
            last = Some(token);
        }
        places
    }

    pub(super) fn separator_missing(&self, lines: bool) -> Repair {
        let place = self.place();
        let kind = self.found_kind();
        let call = self.bracket().is_some_and(|at| self.tokens[at].kind == Kind::OpenParen);
        if call && matches!(kind, Kind::Colon | Kind::Arrow) {
            let message = "an argument with a name is written with `=`";
            return Repair::new(place, message)
                .edit(place, "=")
                .suggested(FixLevel::Safe, "change it to `=`");
        }
        if kind == Kind::Invalid && place.of(self.text) == ";" {
            return Repair::new(place, "elements are separated by commas, not semicolons")
                .edit(place, ",")
                .suggested(FixLevel::Safe, "change it to a comma");
        }
        if let Some(repair) = self.bound_of_type().or_else(|| self.type_without_brackets()) {
            return repair;
        }
        if kind.begins_value() && !self.wants(Rule::want_paren) {
            let separator = if lines { "a comma or a line break" } else { "a comma" };
            let message = format!("{separator} was expected before {}", self.describe());
            let more = if lines { Vec::new() } else { self.more_elements() };
            let title = if more.is_empty() { "insert a comma" } else { "insert the commas" };
            let repair = Repair::new(place, message);
            let repair =
                if more.is_empty() { repair } else { repair.help("elements are separated by commas") };
            // Behind what stands before, but a heredoc ends with its line.
            let repair = match self.before().filter(|token| token.kind != Kind::CloseHeredoc) {
                Some(before) => repair.insert(before.range.end, ","),
                None => repair.insert(self.at, ", "),
            };
            return more
                .into_iter()
                .fold(repair, |all, at| all.insert(at, ","))
                .suggested(FixLevel::Safe, title);
        }
        let closing = self.bracket().map_or("", |at| match self.tokens[at].kind {
            Kind::OpenBracket => " or `]`",
            Kind::OpenParen => " or `)`",
            _ => " or `}`",
        });
        let separator = if self.wants(Rule::want_paren) { "an operator" } else { "a comma" };
        // A comma that can't stand here ends what these brackets hold.
        let range = self.until(if kind == Kind::Comma { self.closing() } else { self.next_stop(lines) });
        let range = if range.is_empty() { place } else { range };
        let repair =
            Repair::new(place, format!("{separator}{closing} was expected here, not {}", self.describe()))
                .edit(range, Self::blanks(range));
        match (self.bracket().map(|at| self.tokens[at].kind), kind) {
            (Some(Kind::OpenBracket), Kind::Colon) => {
                repair.help("a part of a list is `slice(list, start, end)`")
            }
            (Some(Kind::OpenParen), Kind::Comma) => repair.help("a list is written `[a, b]`"),
            _ => repair,
        }
    }
}

//! `format` and `formatlist`: verbs and what they make of values.

use unicode_segmentation::UnicodeSegmentation;

use super::super::call::{Call, Stop, list};
use super::super::{BASE, Family, Function, Param, Returns, STRING, Shape, param};
use super::verbs;
use crate::base::number::Number;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::functions::convert::{render, to_bool, to_number};
use crate::lang::functions::encoding::json;

const FORMAT: Function = Function { family: Family::String, ..BASE };
const ARGS: Param = param("values", Shape::Any).nullable();

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "format",
        params: &[param("format", STRING)],
        variadic: Some(ARGS),
        docs: "A text with values in place of its verbs:\n\n\
               | Verb | Shows |\n|---|---|\n\
               | `%s` `%q` | a scalar as text; as a quoted JSON string |\n\
               | `%d` `%b` `%o` `%x` `%X` | a whole number in base 10, 2, 8, 16 |\n\
               | `%f` `%e` `%E` `%g` `%G` | a number plainly, with an exponent, as fits its size |\n\
               | `%t` | a bool |\n\
               | `%v` `%#v` | anything as fits its type; as JSON |\n\
               | `%%` | a percent sign |\n\n\
               Between `%` and the verb may stand flags (`+` sign, space for a plus, `-` to the left, `0` zeros before), \
               a width, a precision such as `.2`, and the number of an argument such as `[1]`.",
        examples: &[
            (r#"format("Hello, %s!", "Ander")"#, r#""Hello, Ander!""#),
            (r#"format("%05d %.2f %x", 42, 1.556, 255)"#, r#""00042 1.56 ff""#),
            (r#"format("%v", [1, "x"])"#, r#""[1,\"x\"]""#),
        ],
        returns: Returns::Is(Type::string),
        body: |call| {
            let args: Vec<&Value> = call.args.iter().skip(1).collect();
            Ok(render_format(call, call.text(0)?, &args)?.into())
        },
        ..FORMAT
    },
    Function {
        name: "formatlist",
        params: &[param("format", STRING)],
        variadic: Some(ARGS),
        docs: "As `format`, once for each element of the lists among the values, which must be equally long; \
               values that are no lists are the same every time.",
        examples: &[(r#"formatlist("%s-%d", ["a", "b"], [1, 2])"#, r#"["a-1", "b-2"]"#)],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: formatlist,
        ..FORMAT
    },
];

fn formatlist(call: &Call) -> Result<Value, Stop> {
    let format = call.text(0)?;
    let mut count: Option<(usize, usize)> = None;
    for (at, value) in call.args.iter().enumerate().skip(1) {
        let Some(elements) = value.as_slice() else { continue };
        match count {
            Some((first, length)) if length != elements.len() => {
                let text = format!(
                    "has {} elements, and value {first} has {length}: lists must be equally long",
                    elements.len()
                );
                return Err(Stop::at(at, text));
            }
            _ => count = Some((at, elements.len())),
        }
    }
    let count = count.map_or(1, |(_, length)| length);
    call.spend_elements(count)?;
    let mut out = Vec::with_capacity(count);
    for row in 0..count {
        let args: Vec<&Value> = call
            .args
            .iter()
            .skip(1)
            .map(|value| value.as_slice().and_then(|elements| elements.get(row)).unwrap_or(value))
            .collect();
        out.push(Value::from(render_format(call, format, &args)?));
    }
    Ok(list(out))
}

/// A verb with all that may stand before it.
#[derive(Debug, Default)]
struct Verb<'f> {
    /// All of it, for messages.
    text: &'f str,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Reads the verb that `text` begins with (after its `%`), and gives what comes after it.
fn read_verb(text: &str) -> Result<(Verb<'_>, &str), Stop> {
    let broken = |message: &str| Stop::at(0, message.to_owned());
    let mut verb = Verb::default();
    let mut rest = &text[1..];
    while let Some(flag) = rest.chars().next().filter(|c| matches!(c, '+' | '-' | ' ' | '0' | '#')) {
        match flag {
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            _ => verb.sharp = true,
        }
        rest = &rest[1..];
    }
    let number = |digits: &str| digits.parse::<usize>().unwrap_or(usize::MAX);
    let (width, after) = digits(rest);
    if !width.is_empty() {
        verb.width = number(width);
    }
    rest = after;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after);
        verb.precision = Some(if precision.is_empty() { 0 } else { number(precision) });
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (argument, after) = digits(after);
        verb.argument = Some(number(argument)).filter(|at| *at > 0 && !argument.is_empty());
        if verb.argument.is_none() {
            return Err(broken("has `[` without the number of a value, which count from 1"));
        }
        rest = after.strip_prefix(']').ok_or_else(|| broken("has `[` without `]`"))?;
    }
    verb.letter = rest.chars().next().ok_or_else(|| broken("ends in the middle of a verb"))?;
    rest = &rest[verb.letter.len_utf8()..];
    verb.text = &text[..text.len() - rest.len()];
    Ok((verb, rest))
}

/// The verbs of a format with the number, from 1, of the value that each shows, up to where the format is broken.
pub(in super::super) fn verbs_in(format: &str) -> Vec<(usize, &str, char)> {
    let mut verbs = Vec::new();
    let (mut next, mut rest) = (1usize, format);
    while let Some(at) = rest.find('%') {
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("%%") {
            rest = after;
            continue;
        }
        let Ok((verb, after)) = read_verb(rest) else { break };
        let number = verb.argument.unwrap_or(next);
        next = number.saturating_add(1);
        verbs.push((number, verb.text, verb.letter));
        rest = after;
    }
    verbs
}

/// What a verb shows, if no value of this type is that. A text may be a number or a bool.
pub(in super::super) fn needs(letter: char, ty: &Type) -> Option<&'static str> {
    let open = matches!(ty.kind, TypeKind::Any | TypeKind::Error | TypeKind::Never);
    let text = matches!(ty.kind, TypeKind::String(_) | TypeKind::Enum(_));
    let (what, fits) = match letter {
        's' | 'q' => ("a scalar", ty.is_scalar()),
        't' => ("a bool", text || matches!(ty.kind, TypeKind::Bool)),
        'd' | 'b' | 'o' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
            ("a number", text || matches!(ty.kind, TypeKind::Number(_)))
        }
        _ => return None,
    };
    (!open && !fits).then_some(what)
}

fn render_format(call: &Call, format: &str, args: &[&Value]) -> Result<String, Stop> {
    let mut out = String::new();
    let (mut next, mut used) = (1usize, 0usize);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("%%") {
            out.push('%');
            rest = after;
            continue;
        }
        let (verb, after) = read_verb(rest)?;
        rest = after;
        let number = verb.argument.unwrap_or(next);
        next = number.saturating_add(1);
        used = used.max(number);
        let Some(value) = args.get(number.wrapping_sub(1)) else {
            let plural = if args.len() == 1 { "" } else { "s" };
            let text =
                format!("has `{}` for value {number}, but {} value{plural} follow", verb.text, args.len());
            return Err(Stop::at(0, text));
        };
        call.fits(out.len().saturating_add(verb.width).saturating_add(verb.precision.unwrap_or(0)))?;
        out.push_str(&verb.render(value, number)?);
        call.fits(out.len())?;
    }
    out.push_str(rest);
    if used < args.len() {
        return Err(Stop::at(used + 1, format!("is not used: the format has verbs for {used} only")));
    }
    call.spend_text(out.len())?;
    Ok(out)
}

impl Verb<'_> {
    /// `at` is the number of the argument in the call.
    fn render(&self, value: &Value, at: usize) -> Result<String, Stop> {
        let needs = |what: &str| Stop::at(at, format!("must be {what} for `{}`", self.text));
        if value.is_null() && self.letter != 'v' {
            return Err(Stop::at(at, format!("must not be null for `{}`", self.text)));
        }
        let number = |what| to_number(value).ok_or_else(|| needs(what));
        match self.letter {
            'v' if self.sharp => Ok(self.pad(&json::encode(value))),
            'v' => match &value.kind {
                Kind::Number(number) => Ok(self.signed(number, verbs::general(number, self.precision))),
                Kind::Seq(_) | Kind::Set(_) | Kind::Map(_) => Ok(self.pad(&json::encode(value))),
                Kind::Null => Ok(self.pad("null")),
                _ => Ok(self.pad(self.cut(&render(value).unwrap_or_default()))),
            },
            's' => {
                let text = render(value).ok_or_else(|| needs("a scalar"))?;
                Ok(self.pad(self.cut(&text)))
            }
            'q' => {
                let text = render(value).ok_or_else(|| needs("a scalar"))?;
                let mut quoted = String::new();
                json::quote(self.cut(&text), &mut quoted);
                Ok(self.pad(&quoted))
            }
            't' => {
                let value = to_bool(value).ok_or_else(|| needs("a bool"))?;
                Ok(value.to_string())
            }
            'd' | 'b' | 'o' | 'x' | 'X' => {
                let number = number("a whole number")?;
                let (radix, prefix) = match self.letter {
                    'd' => (10, ""),
                    'b' => (2, "0b"),
                    'o' => (8, "0"),
                    _ => (16, "0x"),
                };
                let text = number.abs().to_radix(radix).ok_or_else(|| needs("a whole number"))?;
                let text = format!("{text:0>width$}", width = self.precision.unwrap_or(0));
                let text = if self.sharp { format!("{prefix}{text}") } else { text };
                Ok(self.signed(&number, if self.letter == 'X' { text.to_uppercase() } else { text }))
            }
            'f' | 'F' => {
                let number = number("a number")?;
                Ok(self.signed(&number, verbs::plain(&number, self.precision.unwrap_or(6))))
            }
            'e' | 'E' | 'g' | 'G' => {
                let number = number("a number")?;
                let text = if matches!(self.letter, 'e' | 'E') {
                    verbs::exponent(&number, self.precision.unwrap_or(6))
                } else {
                    verbs::general(&number, self.precision)
                };
                let upper = self.letter.is_uppercase();
                Ok(self.signed(&number, if upper { text.to_uppercase() } else { text }))
            }
            letter => Err(Stop::at(0, format!("has `{}`, and there is no verb `{letter}`", self.text))),
        }
    }

    fn cut<'t>(&self, text: &'t str) -> &'t str {
        match self.precision.and_then(|most| text.grapheme_indices(true).nth(most)) {
            Some((end, _)) => &text[..end],
            None => text,
        }
    }

    /// Puts the sign before digits, and zeros between them if asked for.
    fn signed(&self, number: &Number, digits: String) -> String {
        let sign = match () {
            () if number.is_negative() => "-",
            () if self.plus => "+",
            () if self.space => " ",
            () => "",
        };
        if self.zero && !self.minus {
            let width = self.width.saturating_sub(sign.len());
            return format!("{sign}{}{digits}", "0".repeat(width.saturating_sub(digits.len())));
        }
        self.pad(&format!("{sign}{digits}"))
    }

    fn pad(&self, text: &str) -> String {
        let missing = self.width.saturating_sub(text.graphemes(true).count());
        if missing == 0 {
            return text.to_owned();
        }
        let fill = if self.zero && !self.minus { "0" } else { " " }.repeat(missing);
        if self.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
    }
}

//! `prov.pest` → Rust: a reader that accepts the same texts and makes the same tokens as the parser pest generates.
//!
//! pest's own parser keeps track of everything it tried, to be able to say what was expected where it got stuck. Texts
//! without mistakes, which are nearly all, don't need that. The grammar is therefore compiled twice: by pest, for the
//! report of mistakes, and here into plain functions over bytes, several times as fast. A test holds the two together.

use std::collections::BTreeMap;

use pest_meta::ast::RuleType;
use pest_meta::optimizer::{OptimizedExpr as Expr, OptimizedRule};

/// The source of the reader's rules.
pub fn compile(grammar: &str) -> Result<String, String> {
    let (_, rules) = pest_meta::parse_and_optimize(grammar)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let compiler = Compiler { rules: rules.iter().map(|rule| (rule.name.as_str(), rule)).collect() };
    let bodies: Vec<String> = rules.iter().map(|rule| compiler.rule(rule)).collect();
    let entries = rules.iter().filter(|rule| begins_text(&rule.expr));
    let entries: Vec<String> = entries.map(|rule| format!("Rule::{0} => {0}(r),\n", rule.name)).collect();
    let entry = format!(
        "pub(super) fn entry(r: &mut Reader<'_>, rule: Rule) -> bool {{ match rule {{ {} _ => false }} }}\n",
        entries.concat()
    );
    Ok(bodies.concat() + &entry)
}

/// Whether a rule reads a whole text.
fn begins_text(expr: &Expr) -> bool {
    match expr {
        Expr::Seq(first, _) => begins_text(first),
        Expr::Ident(name) => name == "SOI",
        _ => false,
    }
}

/// A set of characters: ASCII ones each for itself, of the others a whole class.
#[derive(Clone, PartialEq)]
struct Class {
    ascii: [bool; 128],
    others: Others,
}

#[derive(Clone, Copy, PartialEq)]
enum Others {
    None,
    All,
    /// A property of Unicode, by the name of pest's function.
    Property(&'static str),
}

impl Class {
    fn of_range(first: char, last: char) -> Option<Self> {
        let mut ascii = [false; 128];
        ascii.iter_mut().zip('\0'..).for_each(|(member, c)| *member = first <= c && c <= last);
        let others = match (first, last) {
            (_, last) if last.is_ascii() => Others::None,
            (first, char::MAX) if first <= '\u{80}' => Others::All,
            _ => return None,
        };
        Some(Self { ascii, others })
    }

    fn of_property(property: &'static str, member: fn(char) -> bool) -> Self {
        let mut ascii = [false; 128];
        ascii.iter_mut().zip('\0'..).for_each(|(fits, c)| *fits = member(c));
        Self { ascii, others: Others::Property(property) }
    }

    fn join(mut self, other: &Self) -> Option<Self> {
        self.ascii.iter_mut().zip(other.ascii).for_each(|(member, also)| *member |= also);
        self.others = match (self.others, other.others) {
            (mine, theirs) if mine == theirs => mine,
            (Others::None, some) | (some, Others::None) => some,
            (Others::All, _) | (_, Others::All) => Others::All,
            _ => return None,
        };
        Some(self)
    }

    /// A condition on a byte `b` below 128.
    fn condition(&self) -> String {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..128u8).filter(|byte| self.ascii[usize::from(*byte)]) {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == byte => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        let ranges: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}..={last}")).collect();
        if ranges.is_empty() { "false".into() } else { format!("matches!(b, {})", ranges.join(" | ")) }
    }

    fn arguments(&self) -> String {
        let others = match self.others {
            Others::None => "Others::None".into(),
            Others::All => "Others::All".into(),
            Others::Property(name) => format!("Others::Property(pest::unicode::{name})"),
        };
        format!("|b| {}, {others}", self.condition())
    }
}

struct Compiler<'g> {
    rules: BTreeMap<&'g str, &'g OptimizedRule>,
}

impl Compiler<'_> {
    fn rule(&self, rule: &OptimizedRule) -> String {
        let (name, body) = (&rule.name, self.expr(&rule.expr));
        let body = match rule.ty {
            RuleType::Silent => body,
            RuleType::Atomic => format!("r.leaf(Rule::{name}, |r| {body})"),
            _ => format!("r.node(Rule::{name}, |r| {body})"),
        };
        format!(
            "fn {name}(r: &mut Reader<'_>) -> bool {{ {body} }}
"
        )
    }

    /// An expression of type `bool`. Where it is false, position and tokens may have moved, unless it [`stays`].
    ///
    /// [`stays`]: Self::stays
    fn expr(&self, expr: &Expr) -> String {
        if let Some(class) = self.class(expr) {
            return format!("r.one({})", class.arguments());
        }
        match expr {
            Expr::Str(text) => format!("r.literal({text:?})"),
            Expr::Ident(name) => match name.as_str() {
                "SOI" => "r.at_start()".into(),
                "EOI" => "r.end_of_text()".into(),
                "PEEK" => "r.peek_pushed()".into(),
                "POP" => "r.pop_pushed()".into(),
                name => format!("{name}(r)"),
            },
            Expr::PosPred(inner) => match self.class(inner) {
                Some(class) => format!("r.sees({})", class.arguments()),
                None => {
                    format!("{{ let mark = r.mark(); let fits = {}; r.reset(mark); fits }}", self.expr(inner))
                }
            },
            Expr::NegPred(inner) => format!("!{}", self.expr(&Expr::PosPred(inner.clone()))),
            Expr::Seq(..) => self.sequence(expr),
            Expr::Choice(..) => self.choice(expr),
            Expr::Opt(inner) if self.stays(inner) => format!("{{ {}; true }}", self.expr(inner)),
            Expr::Opt(inner) => {
                format!("{{ let mark = r.mark(); if !{} {{ r.reset(mark); }} true }}", self.expr(inner))
            }
            Expr::Rep(inner) => match self.class(inner) {
                Some(class) => format!("r.many({})", class.arguments()),
                None if self.stays(inner) => format!("{{ while {} {{}} true }}", self.expr(inner)),
                None => format!(
                    "{{ loop {{ let mark = r.mark(); if !{} {{ r.reset(mark); break; }} }} true }}",
                    self.expr(inner)
                ),
            },
            Expr::Skip(stops) => self.skip(stops),
            Expr::Push(inner) => format!("{{ let from = r.at; {} && r.push(from) }}", self.expr(inner)),
            Expr::RestoreOnErr(inner) => self.expr(inner),
            Expr::Range(first, last) => panic!("{first}..{last}: a range of some characters beyond ASCII"),
            Expr::Insens(_) | Expr::PeekSlice(..) => panic!("{expr:?}: not used by the grammar so far"),
        }
    }

    fn sequence(&self, expr: &Expr) -> String {
        let mut parts = Vec::new();
        let mut rest = expr;
        while let Expr::Seq(first, second) = rest {
            parts.push(&**first);
            rest = second;
        }
        parts.push(rest);
        let all: Vec<String> = parts.iter().map(|part| self.expr(part)).collect();
        let all = all.join(" && ");
        // What was pushed must not outlive a failure.
        if parts.iter().any(|part| matches!(part, Expr::Push(_))) {
            return format!("{{ let pushed = r.pushed.len(); ({all}) || r.forget_pushed(pushed) }}");
        }
        format!("({all})")
    }

    fn choice(&self, expr: &Expr) -> String {
        let mut alternatives = Vec::new();
        let mut rest = Some(expr);
        while let Some(next) = rest.take() {
            match next {
                Expr::RestoreOnErr(inner) => rest = Some(inner),
                Expr::Choice(first, second) => {
                    alternatives.push((**first).clone());
                    rest = Some(second);
                }
                last => alternatives.push(last.clone()),
            }
        }
        let (mut out, mut moved, mut resets) = (String::new(), false, false);
        let mut alternatives = alternatives.into_iter().peekable();
        while let Some(alternative) = alternatives.next() {
            let mut class = self.class(&alternative);
            while let Some(joined) = class.clone().and_then(|class| {
                let next = self.class(alternatives.peek()?)?;
                class.join(&next)
            }) {
                class = Some(joined);
                alternatives.next();
            }
            let code = match &class {
                Some(class) => format!("r.one({})", class.arguments()),
                None => self.expr(&alternative),
            };
            if !out.is_empty() {
                out.push_str(" || ");
            }
            resets |= moved;
            out.push_str(&if moved { format!("{{ r.reset(mark); {code} }}") } else { code });
            moved |= class.is_none() && !self.stays(&alternative);
        }
        if resets { format!("{{ let mark = r.mark(); {out} }}") } else { format!("({out})") }
    }

    /// Up to the first of some texts, or to the end.
    fn skip(&self, stops: &[String]) -> String {
        let bytes: Option<Vec<u8>> =
            stops.iter().map(|stop| <[u8; 1]>::try_from(stop.as_bytes()).ok().map(|[byte]| byte)).collect();
        match (bytes.as_deref(), stops) {
            (Some([a]), _) => format!("r.skip_to(|rest| memchr::memchr({a}, rest))"),
            (Some([a, b]), _) => format!("r.skip_to(|rest| memchr::memchr2({a}, {b}, rest))"),
            (Some([a, b, c]), _) => format!("r.skip_to(|rest| memchr::memchr3({a}, {b}, {c}, rest))"),
            (None, [one]) => format!("r.skip_to(|rest| memchr::memmem::find(rest, {:?}.as_bytes()))", one),
            _ => panic!("{stops:?}: one text, or up to three bytes"),
        }
    }

    /// The set of characters an expression matches one of, if it is nothing else.
    fn class(&self, expr: &Expr) -> Option<Class> {
        match expr {
            Expr::Range(first, last) => {
                let one = |text: &str| text.chars().next().expect("a range of characters");
                Class::of_range(one(first), one(last))
            }
            Expr::Str(text) if text.len() == 1 => {
                let only = char::from(text.as_bytes()[0]);
                Class::of_range(only, only)
            }
            Expr::Choice(first, second) => self.class(first)?.join(&self.class(second)?),
            Expr::RestoreOnErr(inner) => self.class(inner),
            Expr::Ident(name) => match name.as_str() {
                "ANY" => Class::of_range('\0', char::MAX),
                "XID_START" => Some(Class::of_property("XID_START", |c| c.is_ascii_alphabetic())),
                "XID_CONTINUE" => {
                    Some(Class::of_property("XID_CONTINUE", |c| c.is_ascii_alphanumeric() || c == '_'))
                }
                name => {
                    let rule = self.rules.get(name).filter(|rule| rule.ty == RuleType::Silent)?;
                    self.class(&rule.expr)
                }
            },
            _ => None,
        }
    }

    /// Whether position and tokens are unchanged where an expression does not fit.
    fn stays(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Str(_)
            | Expr::Skip(_)
            | Expr::Rep(_)
            | Expr::Opt(_)
            | Expr::PosPred(_)
            | Expr::NegPred(_) => true,
            Expr::RestoreOnErr(inner) => self.stays(inner),
            Expr::Ident(name) if matches!(name.as_str(), "SOI" | "EOI" | "PEEK" | "POP") => true,
            _ => self.class(expr).is_some(),
        }
    }
}

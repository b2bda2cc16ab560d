//! Expressions of the forms in `forms.txt`, well-typed unless a slip is asked for.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const FORMS: &str = include_str!("forms.txt");

/// A type, or in a form a pattern of types.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    String,
    Number,
    Int,
    Bool,
    Object,
    List(Box<Ty>),
    Set(Box<Ty>),
    Map(Box<Ty>),
    Maybe(Box<Ty>),
    /// T or U for any type, S or Z for a scalar one.
    Letter(char),
}

use Ty::*;

impl Ty {
    fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_suffix('?') {
            return Some(Maybe(Self::parse(inner)?.into()));
        }
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        Some(match text {
            "string" => String,
            "number" => Number,
            "int" => Int,
            "bool" => Bool,
            "object" => Object,
            "T" | "U" | "S" | "Z" => Letter(text.chars().next()?),
            _ => match (inside("list"), inside("set"), inside("map")) {
                (Some(inner), _, _) => List(Self::parse(inner)?.into()),
                (_, Some(inner), _) => Set(Self::parse(inner)?.into()),
                (_, _, Some(inner)) => Map(Self::parse(inner)?.into()),
                _ => return None,
            },
        })
    }

    /// As both languages write it, but for `?`.
    pub fn written(&self, here: bool) -> std::string::String {
        let inner = |ty: &Ty| ty.written(here);
        match self {
            String => "string".into(),
            Int if here => "int".into(),
            Number | Int => "number".into(),
            Bool => "bool".into(),
            Object => format!(
                "object({{ name = string, size = {}, on = bool, labels = list(string) }})",
                inner(&Int)
            ),
            List(ty) => format!("list({})", inner(ty)),
            Set(ty) => format!("set({})", inner(ty)),
            Map(ty) => format!("map({})", inner(ty)),
            Maybe(ty) if here => format!("{}?", inner(ty)),
            Maybe(ty) => inner(ty),
            Letter(letter) => letter.to_string(),
        }
    }

    fn is_scalar(&self) -> bool {
        matches!(self, String | Number | Int | Bool)
    }

    /// The type with its letters replaced; those that are met for the first time are chosen by `choose`.
    fn bound(&self, letters: &mut BTreeMap<char, Ty>, choose: &mut dyn FnMut(char) -> Ty) -> Ty {
        match self {
            List(ty) => List(ty.bound(letters, choose).into()),
            Set(ty) => Set(ty.bound(letters, choose).into()),
            Map(ty) => Map(ty.bound(letters, choose).into()),
            Maybe(ty) => Maybe(ty.bound(letters, choose).into()),
            Letter(letter) => letters.entry(*letter).or_insert_with(|| choose(*letter)).clone(),
            _ => self.clone(),
        }
    }

    /// Whether a form of this type gives what is wanted, and what its letters then are.
    fn gives(&self, wanted: &Ty, letters: &mut BTreeMap<char, Ty>) -> bool {
        match (self, wanted) {
            (List(a), List(b)) | (Set(a), Set(b)) | (Map(a), Map(b)) => a.gives(b, letters),
            (Letter('S' | 'Z'), wanted) if !wanted.is_scalar() => false,
            (Letter(_), Maybe(_)) => false,
            (Letter(letter), wanted) => {
                letters.insert(*letter, wanted.clone());
                true
            }
            (Int, Number) => true,
            _ => self == wanted,
        }
    }
}

enum Piece {
    Text(std::string::String),
    Typed(Ty, Vec<(std::string::String, Ty)>),
    Word(std::string::String),
}

struct Form {
    /// `None` where the result is taken as it is.
    gives: Option<Ty>,
    pieces: Vec<Piece>,
    /// It goes over lines, which does not fit everywhere.
    long: bool,
}

impl Form {
    fn parse(line: &str, gives: Option<Ty>) -> Self {
        let mut pieces = Vec::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('‹') {
            let (hole, after) = after.split_once('›').unwrap_or_else(|| panic!("unclosed: {line}"));
            pieces.push(Piece::Text(before.replace('⏎', "\n")));
            let (ty, bindings) = hole.split_once("; ").unwrap_or((hole, ""));
            let bindings = bindings.split(", ").filter(|binding| !binding.is_empty()).map(|binding| {
                let (name, ty) = binding.split_once(": ").unwrap_or_else(|| panic!("no type: {line}"));
                (name.to_owned(), Ty::parse(ty).unwrap_or_else(|| panic!("{ty}: {line}")))
            });
            pieces.push(match Ty::parse(ty) {
                Some(ty) => Piece::Typed(ty, bindings.collect()),
                None => Piece::Word(ty.to_owned()),
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest.replace('⏎', "\n")));
        Self { gives, pieces, long: line.contains('⏎') }
    }
}

/// What `forms.txt` says.
pub struct Forms {
    /// Name, type and default of each variable.
    pub variables: Vec<(&'static str, Ty, &'static str)>,
    words: BTreeMap<&'static str, Vec<&'static str>>,
    forms: Vec<Form>,
    refused: Vec<Form>,
}

impl Forms {
    pub fn read() -> Self {
        let mut forms =
            Self { variables: Vec::new(), words: BTreeMap::new(), forms: Vec::new(), refused: Vec::new() };
        let mut section = "";
        for line in FORMS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            match header.filter(|name| name.starts_with("word ") || is_section(name)) {
                Some(name) => section = name,
                None => forms.line(section, line),
            }
        }
        forms
    }

    fn line(&mut self, section: &'static str, line: &'static str) {
        match section.split_once(' ').unwrap_or((section, "")) {
            ("word", word) => self.words.entry(word).or_default().push(line),
            ("variables", _) => {
                let (name, rest) = line.split_once(": ").unwrap_or_else(|| panic!("no type: {line}"));
                let (ty, default) = rest.split_once(" = ").unwrap_or_else(|| panic!("no value: {line}"));
                self.variables.push((name, Ty::parse(ty).unwrap_or_else(|| panic!("{line}")), default));
            }
            ("refused", _) => self.refused.push(Form::parse(line, None)),
            ("anything", _) => self.forms.push(Form::parse(line, None)),
            (ty, _) => self.forms.push(Form::parse(line, Ty::parse(ty))),
        }
    }
}

fn is_section(name: &str) -> bool {
    matches!(name, "variables" | "refused" | "anything") || Ty::parse(name).is_some()
}

/// An expression, and whether it was made to be wrong.
#[derive(Clone, Debug)]
pub struct Made {
    pub source: std::string::String,
    /// Something of another type was put where one of a certain type belongs.
    pub slip: bool,
}

/// Makes the same expressions for the same seed.
pub struct Generator<'f> {
    forms: &'f Forms,
    chance: SmallRng,
    scope: Vec<(std::string::String, Ty)>,
    /// After how many further typed places the slip is made.
    until_slip: Option<usize>,
    next: usize,
}

impl<'f> Generator<'f> {
    pub fn new(forms: &'f Forms, seed: u64) -> Self {
        Self { forms, chance: SmallRng::seed_from_u64(seed), scope: Vec::new(), until_slip: None, next: 0 }
    }

    /// The next expression: each form in turn is the outermost, every sixth has a slip.
    pub fn make(&mut self) -> Made {
        let forms = self.forms;
        let known = forms.forms.len();
        let at = self.next % (known + forms.refused.len());
        self.next += 1;
        let (form, refused) = match forms.forms.get(at) {
            Some(form) => (form, false),
            None => (&forms.refused[at - known], true),
        };
        self.until_slip = (!refused && self.once_in(6)).then(|| self.chance.random_range(0..3));
        let planned = self.until_slip.is_some();
        let depth = self.chance.random_range(1..3);
        let mut letters = BTreeMap::new();
        let source = self.fill(form, &mut letters, depth);
        Made { source, slip: planned && self.until_slip.take().is_none() }
    }

    fn once_in(&mut self, times: u32) -> bool {
        self.chance.random_ratio(1, times)
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of.choose(&mut self.chance).expect("there is something to choose from")
    }

    /// Some type, a scalar one for the letters S and Z.
    fn ty(&mut self, letter: char) -> Ty {
        let scalar = self.one(&[&String, &String, &Int, &Number, &Bool]).clone();
        if matches!(letter, 'S' | 'Z') {
            return scalar;
        }
        match self.chance.random_range(0..9) {
            0 | 1 => List(scalar.into()),
            2 => Object,
            3 => List(Object.into()),
            _ => scalar,
        }
    }

    fn fill(&mut self, form: &Form, letters: &mut BTreeMap<char, Ty>, depth: usize) -> std::string::String {
        let mut out = std::string::String::new();
        for piece in &form.pieces {
            match piece {
                Piece::Text(text) => out += text,
                Piece::Word(word) => {
                    let words = self.forms.words.get(word.as_str()).unwrap_or_else(|| panic!("no {word}"));
                    out += self.one(words);
                }
                Piece::Typed(ty, bindings) => {
                    let around = self.scope.len();
                    for (name, ty) in bindings {
                        let ty = ty.bound(letters, &mut |letter| self.ty(letter));
                        self.scope.push((name.clone(), ty));
                    }
                    let ty = ty.bound(letters, &mut |letter| self.ty(letter));
                    out += &self.expr(&ty, depth);
                    self.scope.truncate(around);
                }
            }
        }
        out
    }

    /// An expression of this type that can stand anywhere.
    fn expr(&mut self, ty: &Ty, depth: usize) -> std::string::String {
        let other = match self.until_slip.as_mut() {
            Some(0) => {
                self.until_slip = None;
                std::iter::repeat_with(|| self.ty('T')).find(|other| other != ty)
            }
            Some(left) => {
                *left -= 1;
                None
            }
            None => None,
        };
        let ty = other.as_ref().unwrap_or(ty);
        if let Maybe(inner) = ty {
            return match self.chance.random_range(0..4) {
                0 if **inner == String => "var.maybe".into(),
                0 | 1 => "null".into(),
                2 => format!("({} ? null : {})", self.expr(&Bool, 0), self.expr(inner, 0)),
                _ => self.expr(inner, depth),
            };
        }
        if self.once_in(4)
            && let Some(name) = self.name(ty)
        {
            return name;
        }
        if depth == 0 || self.once_in(4) {
            return self.literal(ty);
        }
        let forms = self.forms;
        let fit = forms.forms.iter().filter(|form| !form.long).filter_map(|form| {
            let mut letters = BTreeMap::new();
            form.gives.as_ref()?.gives(ty, &mut letters).then_some((form, letters))
        });
        let fit: Vec<_> = fit.collect();
        // Forms that give any type are many; they shall not be all there is.
        let (own, any): (Vec<_>, Vec<_>) =
            fit.into_iter().partition(|(form, _)| !matches!(form.gives, Some(Letter(_))));
        let fit = if own.is_empty() || self.once_in(3) { any } else { own };
        let (form, letters) = fit.choose(&mut self.chance).expect("some forms give any type");
        let inner = self.fill(form, &mut letters.clone(), depth - 1);
        // What is an operand has to hold together.
        let splat = inner.contains("*]") || inner.contains(".*");
        if splat || inner.contains(' ') || inner.starts_with(['-', '!']) {
            format!("({inner})")
        } else {
            inner
        }
    }

    /// A variable, or a name that is in scope.
    fn name(&mut self, ty: &Ty) -> Option<std::string::String> {
        let innermost = |name: &str| self.scope.iter().rfind(|(other, _)| other == name);
        let mut names: Vec<_> = self
            .scope
            .iter()
            .filter(|(name, of)| of == ty && innermost(name).is_some_and(|(_, of)| of == ty))
            .map(|(name, _)| name.clone())
            .collect();
        // What is in scope comes first.
        if names.is_empty() {
            let fit = self.forms.variables.iter().filter(|(_, of, _)| of == ty);
            names.extend(fit.map(|(name, _, _)| format!("var.{name}")));
        }
        names.choose(&mut self.chance).cloned()
    }

    fn literal(&mut self, ty: &Ty) -> std::string::String {
        const STRINGS: &[&str] = &[
            r#""a""#,
            r#""core""#,
            r#""""#,
            r#""Hello World""#,
            r#""é""#,
            r#""e\u0301""#,
            r#""b""#,
            r#""a b,c""#,
            r#""1""#,
            r#""x-1""#,
            r#""\"q\" \\ <&>""#,
            r#""true""#,
            r#""日本""#,
            r#""👩‍👩‍👧x""#,
            r#""$${x}""#,
            r#""a/b.c""#,
            r#""tab\tnew\nline""#,
            r#"" pad ""#,
            r#""ÅßΣς""#,
        ];
        match ty {
            String => self.one(STRINGS).into(),
            Int => self.one(&["0", "1", "2", "3", "7", "-3", "42", "100"]).into(),
            Number => self
                .one(&["0", "1", "-1", "2.5", "0.5", "-7.125", "1e3", "0.25", "12345678901234567890", "6"])
                .into(),
            Bool => self.one(&["true", "false"]).into(),
            Object => format!(
                "{{ name = {}, size = {}, on = {}, labels = {} }}",
                self.literal(&String),
                self.literal(&Int),
                self.literal(&Bool),
                self.literal(&List(String.into()))
            ),
            List(inner) => {
                let most = if inner.is_scalar() { 4 } else { 3 };
                let count = self.chance.random_range(1..most);
                let items: Vec<_> = (0..count).map(|_| self.literal(inner)).collect();
                format!("[{}]", items.join(", "))
            }
            Set(inner) => format!("toset({})", self.literal(&List(inner.clone()))),
            Map(inner) => {
                let keys = [r#"a"#, r#"b"#, r#""é x""#, "B-c"];
                let count = self.chance.random_range(1..4);
                let entries: Vec<_> =
                    keys[..count].iter().map(|key| format!("{key} = {}", self.literal(inner))).collect();
                format!("tomap({{ {} }})", entries.join(", "))
            }
            Maybe(_) | Letter(_) => "null".into(),
        }
    }
}

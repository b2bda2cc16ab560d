//! Mistakes that are made on purpose, one in a program, each with the code that has to be reported for it.

use super::exprs::Place;
use super::scope::Gen;
use super::types::{Kind, Presence, Ty};

/// Where the planted text begins and ends; taken out before anything reads it.
pub const BEGIN: char = '\u{E000}';
pub const END: char = '\u{E001}';

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    WrongType,
    Null,
    NotAMember,
    OutOfRange,
    TooLong,
    UndefinedReference,
    UnknownFunction,
    WrongArgumentCount,
    WrongArgumentType,
    UnknownAttribute,
    UnknownKey,
    MissingKey,
    DivisionByZero,
    NotExhaustive,
    NeverMeet,
    MissingInput,
    UnknownInput,
    UnknownOutput,
    SecretOutput,
    SecretKey,
    LateSwitch,
    ListForEach,
    MissingArgument,
    UnknownArgument,
    UnknownKind,
    Cycle,
    Twice,
}

use Mistake::*;

/// All of them.
pub const ALL: [Mistake; 27] = [
    WrongType,
    Null,
    NotAMember,
    OutOfRange,
    TooLong,
    UndefinedReference,
    UnknownFunction,
    WrongArgumentCount,
    WrongArgumentType,
    UnknownAttribute,
    UnknownKey,
    MissingKey,
    DivisionByZero,
    NotExhaustive,
    NeverMeet,
    MissingInput,
    UnknownInput,
    UnknownOutput,
    SecretOutput,
    SecretKey,
    LateSwitch,
    ListForEach,
    MissingArgument,
    UnknownArgument,
    UnknownKind,
    Cycle,
    Twice,
];

/// What was planted.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    pub mistake: Mistake,
}

impl Mistake {
    /// The code it is reported with.
    pub fn code(self) -> &'static str {
        match self {
            WrongType | WrongArgumentType | NeverMeet | ListForEach => "type-mismatch",
            Null => "null-value",
            NotAMember | OutOfRange | TooLong => "constraint-violated",
            UndefinedReference => "undefined-reference",
            UnknownFunction => "unknown-function",
            WrongArgumentCount => "wrong-argument-count",
            UnknownAttribute | UnknownKey | UnknownInput | UnknownOutput | UnknownArgument => {
                "unknown-attribute"
            }
            MissingKey | MissingInput | MissingArgument => "missing-argument",
            DivisionByZero => "division-by-zero",
            NotExhaustive => "match-not-exhaustive",
            SecretOutput | SecretKey => "secret-exposed",
            LateSwitch => "unknown-too-late",
            UnknownKind => "unknown-resource-kind",
            Cycle => "dependency-cycle",
            Twice => "duplicate-definition",
        }
    }
}

impl Gen<'_> {
    /// Whether this is the place for this mistake; says so once.
    pub fn due(&mut self, mistake: Mistake) -> bool {
        let Some((planned, left)) = &mut self.plan else { return false };
        if *planned != mistake || self.planted.is_some() || self.tried > 0 {
            return false;
        }
        if *left > 0 {
            *left -= 1;
            return false;
        }
        self.planted = Some(Planted { mistake });
        true
    }

    /// A wrong expression where one of this type is asked for, if that is the mistake to make.
    pub fn plant(&mut self, ty: &Ty, place: Place) -> Option<String> {
        let (mistake, _) = self.plan?;
        let needed = place != Place::Free;
        let checked = place == Place::Checked;
        let fits = match mistake {
            WrongType => needed,
            Null => needed && !ty.null,
            NotAMember => checked && matches!(ty.kind, Kind::Enum(_)),
            OutOfRange => checked && matches!(ty.kind, Kind::Int(Some(_))),
            TooLong => checked && matches!(ty.kind, Kind::Text(Some(_))),
            UnknownKey => checked && matches!(ty.kind, Kind::Object(_)),
            MissingKey => checked && required(ty).is_some(),
            UndefinedReference | UnknownFunction | WrongArgumentCount | WrongArgumentType
            | UnknownAttribute | NotExhaustive => true,
            DivisionByZero => matches!(ty.kind, Kind::Number),
            NeverMeet => matches!(ty.kind, Kind::Text(None)),
            _ => false,
        };
        if !fits || !self.due(mistake) {
            return None;
        }
        // What surrounds a mistake is right, and simple.
        let plan = self.plan.take();
        let right = self.simple(&ty.clone().present(), place);
        let text = match mistake {
            WrongType => wrong(ty).to_owned(),
            Null => match checked {
                true => "null".to_owned(),
                false => format!("(1 > 2 ? {right} : null)"),
            },
            NotAMember => "\"no-member\"".into(),
            OutOfRange => "1000000".into(),
            TooLong => format!("{:?}", "x".repeat(40)),
            UndefinedReference => {
                ["local.no_such_local", "var.no_such_variable", "nowhere"][self.pick(3)].into()
            }
            UnknownFunction => format!("no_such_function({right})"),
            WrongArgumentCount => {
                ["upper()", "upper(\"a\", \"b\")", "contains([\"a\"])"][self.pick(3)].into()
            }
            WrongArgumentType => {
                ["upper([1])", "length(7)", "keys(\"a\")", "sum([\"a\"])"][self.pick(4)].into()
            }
            UnknownAttribute => format!("{{ here = {right} }}.missing"),
            UnknownKey => match right.strip_suffix(" }") {
                Some(rest) => format!("{rest}, qqq = 1 }}"),
                None => "{ qqq = 1 }".into(),
            },
            MissingKey => "{}".into(),
            DivisionByZero => "(1 / 0)".into(),
            NotExhaustive => format!("(match {} {{ true => {right} }})", self.literal_bool()),
            NeverMeet => "(1 > 2 ? 7 : \"seven\")".into(),
            _ => unreachable!("made elsewhere"),
        };
        self.plan = plan;
        Some(format!("{BEGIN}{text}{END}"))
    }

    fn literal_bool(&mut self) -> String {
        ["true", "false"][self.pick(2)].into()
    }
}

fn required(ty: &Ty) -> Option<()> {
    let Kind::Object(fields) = &ty.kind else { return None };
    fields.iter().any(|field| field.presence == Presence::Required).then_some(())
}

/// A literal no value of the type is equal to.
fn wrong(ty: &Ty) -> &'static str {
    match &ty.kind {
        Kind::Bool => "\"yes\"",
        Kind::Int(_) | Kind::Number => "true",
        Kind::Text(_) | Kind::Enum(_) => "[1]",
        Kind::Duration => "30",
        Kind::Size => "\"5GiB\"",
        Kind::List(_) | Kind::Map(_) | Kind::Object(_) => "7",
        Kind::Set(_) => "true",
        Kind::Tuple(_) => "\"text\"",
    }
}

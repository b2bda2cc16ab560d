//! The dynamic side of a call: arguments in, value or failure out; what is unknown, secret or too large.

use std::sync::Arc;

use super::{Function, Known, Marks, Refusal};
use crate::base::assign::{Fault, type_of};
use crate::base::effects::{Files, Limits};
use crate::base::number::Number;
use crate::base::types::Type;
use crate::base::value::{Kind, Value, ValueMap};
use crate::base::weight::is_larger_than;

/// What functions need besides their arguments.
pub struct Context<'a> {
    /// The files of the project.
    pub files: &'a dyn Files,
    /// The directory of the module the call stands in, from the project root: what `path.module` is. Paths that do
    /// not begin with it or with the root module's start here.
    pub module_dir: &'a str,
    /// The directory of the root module, from the project root: what `path.root` is. Files may be read from here too.
    pub root_dir: &'a str,
    /// The bounds of this evaluation.
    pub limits: &'a Limits,
    /// Accounts for memory about to be used, in bytes.
    pub spend: &'a dyn Fn(u64) -> Result<(), Exhausted>,
    /// The moment and chance, while applying; without it what depends on them is unknown.
    pub moment: Option<&'a Moment<'a>>,
}

/// What only an apply can tell.
pub struct Moment<'a> {
    /// Nanoseconds since 1970 in UTC.
    pub now: i128,
    /// Fills the buffer with unpredictable bytes.
    pub random: &'a dyn Fn(&mut [u8]),
}

/// The memory of an evaluation is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

/// Why a call has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which argument is to blame, from 0.
    pub argument: Option<usize>,
    /// One clause for the user, without the name of the function.
    pub message: String,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong where a call has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// An argument of the right type has a value that has no result.
    Value,
    /// An argument is of another type than the function takes, which types could not tell.
    Type,
    /// A text does not write what it is converted to.
    Conversion,
    /// A map does not have the key that is asked for.
    NoKey,
    /// A list does not have the element that is asked for.
    NoElement,
    /// A limit ran out.
    Limit,
}

/// Why a body ends without a value.
pub(super) enum Stop {
    /// What it needs is not known yet.
    Unknown,
    /// It can't be computed. `shown` is the part of the message that quotes arguments, left out when one is secret.
    Fail { argument: Option<usize>, message: String, shown: Option<String>, why: Why },
}

impl Stop {
    pub(super) fn because(message: impl Into<String>) -> Self {
        Self::Fail { argument: None, message: message.into(), shown: None, why: Why::Value }
    }

    pub(super) fn at(argument: usize, message: impl Into<String>) -> Self {
        Self::Fail { argument: Some(argument), message: message.into(), shown: None, why: Why::Value }
    }

    /// For another reason than that of [`Stop::at`].
    pub(super) fn why(self, why: Why) -> Self {
        match self {
            Self::Fail { argument, message, shown, .. } => Self::Fail { argument, message, shown, why },
            Self::Unknown => self,
        }
    }

    /// With a part that quotes arguments.
    pub(super) fn shown(self, text: impl Into<String>) -> Self {
        match self {
            Self::Fail { argument, message, why, .. } => {
                Self::Fail { argument, message, shown: Some(text.into()), why }
            }
            Self::Unknown => self,
        }
    }

    /// The memory is used up.
    pub(super) fn memory() -> Self {
        Self::limit("the result would need too much memory")
    }

    /// As callers see it; the part that quotes arguments only if `open`.
    pub(super) fn into_failure(self, open: bool) -> Failure {
        match self {
            Self::Unknown => {
                Failure { argument: None, message: "is not known yet".to_owned(), why: Why::Value }
            }
            Self::Fail { argument, message, shown, why } => {
                let message = match shown {
                    Some(shown) if open => format!("{message}: {shown}"),
                    _ => message,
                };
                Failure { argument, message, why }
            }
        }
    }

    fn limit(message: impl Into<String>) -> Self {
        Self::Fail { argument: None, message: message.into(), shown: None, why: Why::Limit }
    }
}

/// Bytes an element of a collection counts for.
const CELL: usize = size_of::<Value>();

/// Bytes from which on an argument is taken for any value where another one is not known.
const LARGE: u64 = 16 << 20;

/// A call being evaluated. Arguments have the shapes their parameters ask for.
pub(super) struct Call<'a> {
    pub(super) args: &'a [Value],
    pub(super) context: &'a Context<'a>,
}

impl<'a> Call<'a> {
    pub(super) fn get(&self, at: usize) -> Option<&'a Value> {
        self.args.get(at)
    }

    /// The argument, known; the wrapper has checked how many there are.
    pub(super) fn value(&self, at: usize) -> Result<&'a Value, Stop> {
        match self.args.get(at) {
            Some(value) if value.is_unknown() => Err(Stop::Unknown),
            Some(value) => Ok(value),
            None => Err(Stop::because("an argument is missing")),
        }
    }

    fn shape<T>(&self, at: usize, what: &str, get: impl Fn(&'a Value) -> Option<T>) -> Result<T, Stop> {
        get(self.value(at)?).ok_or_else(|| Stop::at(at, format!("must be a {what}")).why(Why::Type))
    }

    pub(super) fn text(&self, at: usize) -> Result<&'a str, Stop> {
        self.shape(at, "string", Value::as_str)
    }

    pub(super) fn number(&self, at: usize) -> Result<&'a Number, Stop> {
        self.shape(at, "number", Value::as_number)
    }

    /// An integer of 64 bits.
    pub(super) fn int(&self, at: usize) -> Result<i64, Stop> {
        let number = self.number(at)?;
        number.as_i64().ok_or_else(|| {
            if number.is_integer() {
                Stop::at(at, "is too large").shown(number.to_string())
            } else {
                Stop::at(at, "must be a whole number").shown(number.to_string())
            }
        })
    }

    /// A count: an integer that is not negative.
    pub(super) fn count(&self, at: usize) -> Result<usize, Stop> {
        let int = self.int(at)?;
        usize::try_from(int).map_err(|_| Stop::at(at, "must not be negative").shown(int.to_string()))
    }

    /// The elements of a list, tuple or set.
    pub(super) fn elements(&self, at: usize) -> Result<&'a [Value], Stop> {
        self.shape(at, "list or set", Value::as_slice)
    }

    /// The entries of a map or object.
    pub(super) fn entries(&self, at: usize) -> Result<&'a ValueMap, Stop> {
        self.shape(at, "map or object", Value::as_map)
    }

    /// The elements of a collection of strings.
    pub(super) fn texts(&self, at: usize) -> Result<Vec<&'a str>, Stop> {
        let elements = self.elements(at)?;
        elements.iter().map(|value| text_of(value, at)).collect()
    }

    /// Accounts for so many bytes before they are used.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Stop> {
        (self.context.spend)(bytes as u64).map_err(|_| Stop::memory())
    }

    /// Accounts for so many elements before they are made.
    pub(super) fn spend_elements(&self, count: usize) -> Result<(), Stop> {
        self.spend(count.saturating_mul(CELL))
    }

    /// Whether a string of so many bytes may be made.
    pub(super) fn fits(&self, bytes: usize) -> Result<(), Stop> {
        let most = self.context.limits.output_bytes;
        if bytes as u64 > most {
            return Err(Stop::limit(format!("the result would be longer than {most} bytes")));
        }
        Ok(())
    }

    /// Accounts for a string of so many bytes before it is made.
    pub(super) fn spend_text(&self, bytes: usize) -> Result<(), Stop> {
        self.fits(bytes)?;
        self.spend(bytes)
    }
}

/// The text of an element of a collection that is argument `at`.
pub(super) fn text_of(value: &Value, at: usize) -> Result<&str, Stop> {
    match &value.kind {
        Kind::String(text) => Ok(text),
        Kind::Unknown(_) => Err(Stop::Unknown),
        _ => {
            let message = format!("must hold strings only, and one element is {}", value.kind_name());
            Err(Stop::at(at, message).why(Why::Type))
        }
    }
}

fn weight(value: &Value) -> usize {
    match &value.kind {
        Kind::String(text) => text.len(),
        Kind::Seq(values) | Kind::Set(values) => values.len().saturating_mul(CELL),
        Kind::Map(map) => map.len().saturating_mul(2 * CELL),
        _ => 0,
    }
}

impl Function {
    /// Evaluates a call. Unknown arguments give an unknown result of the right type unless the function can tell
    /// more, and secret arguments a secret one where it would show them. Special forms can't be called.
    pub fn call(&self, args: &[Value], context: &Context) -> Result<Value, Failure> {
        let fail = |argument, message: String| Failure { argument, message, why: Why::Type };
        if self.special {
            return Err(fail(None, "takes expressions, not values".to_owned()));
        }
        let (least, most) = self.arity();
        if args.len() < least || most.is_some_and(|most| args.len() > most) {
            return Err(fail(None, format!("takes {}, not {}", count_words(least, most), args.len())));
        }
        for (at, value) in args.iter().enumerate() {
            let Some(param) = self.param(at) else { break };
            if value.is_null() {
                if param.nullable {
                    continue;
                }
                return Err(fail(Some(at), format!("`{}` must not be null", param.name)));
            }
            param.shape.takes(value).map_err(|e| {
                let path = if e.path.0.is_empty() { String::new() } else { format!("{} ", e.path) };
                let message = match e.fault {
                    Fault::Type if path.is_empty() => {
                        format!("`{}` must be {}, is {}", param.name, param.shape, e.found.kind_name())
                    }
                    _ => format!("`{}` {path}{e}", param.name),
                };
                fail(Some(at), message)
            })?;
        }
        let secret = match self.marks {
            Marks::Deep => args.iter().any(Value::has_secret),
            Marks::Outer => args.iter().any(|value| value.secret),
            Marks::Own => false,
        };
        let later = (self.known == Known::AtApply && context.moment.is_none())
            || (!self.partial && !args.iter().all(Value::is_wholly_known));
        let call = Call { args, context };
        let result = if later { Err(Stop::Unknown) } else { (self.body)(&call) };
        let result = result.and_then(|value| call.spend(weight(&value)).map(|()| value));
        match result {
            // Joining text can bring letters and their marks together.
            Ok(Value { kind: Kind::String(text), secret: marked }) if !text.is_ascii() => {
                Ok(Value::from(nfc(text.into())).mark(secret || marked))
            }
            Ok(value) => Ok(value.mark(secret)),
            Err(Stop::Unknown) => self.unknown(args, secret),
            Err(stop) => Err(stop.into_failure(!args.iter().any(Value::has_secret))),
        }
    }

    fn unknown(&self, args: &[Value], secret: bool) -> Result<Value, Failure> {
        // The type of a large value would be as large.
        let types: Vec<_> =
            args.iter().map(|v| if is_larger_than(v, LARGE) { Type::any() } else { type_of(v) }).collect();
        match self.check(&types) {
            Ok(ty) => Ok(Value::unknown(ty).mark(secret)),
            Err(Refusal::Argument(refused)) if refused.fault == Fault::Null => {
                // What may be null by its type was accepted by the checker, or is checked when it is known.
                let types: Vec<_> = types
                    .into_iter()
                    .enumerate()
                    .map(|(at, ty)| match self.param(at) {
                        Some(param) if !param.nullable => ty.non_null(),
                        _ => ty,
                    })
                    .collect();
                let ty = self.check(&types).unwrap_or_else(|_| Type::any());
                Ok(Value::unknown(ty).mark(secret))
            }
            Err(Refusal::Argument(refused)) => {
                // What is known was accepted as it is: its own type may be narrower than the one it has in the program,
                // as that of an object is that stands for a map.
                let own = |(value, ty): (&Value, &Type)| match value.is_unknown() {
                    true => ty.clone(),
                    false => Type::any(),
                };
                let types: Vec<_> = args.iter().zip(&types).map(own).collect();
                match self.check(&types) {
                    Ok(ty) => Ok(Value::unknown(ty).mark(secret)),
                    Err(_) => {
                        Err(Failure { argument: refused.argument, message: refused.message, why: Why::Type })
                    }
                }
            }
            Err(Refusal::Count { least, most, found }) => Err(Failure {
                argument: None,
                message: format!("takes {}, not {found}", count_words(least, most)),
                why: Why::Type,
            }),
        }
    }
}

fn count_words(least: usize, most: Option<usize>) -> String {
    let plural = |n| if n == 1 { "" } else { "s" };
    match most {
        Some(most) if most == least => format!("{least} argument{}", plural(least)),
        Some(most) => format!("{least} to {most} arguments"),
        None => format!("at least {least} argument{}", plural(least)),
    }
}

/// A list value.
pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Kind::Seq(values.into_iter().collect::<Arc<[Value]>>()).into()
}

/// Text from outside, normalised as all text of the language is.
pub(super) fn nfc(text: String) -> String {
    if text.is_ascii() || unicode_normalization::is_nfc(&text) {
        return text;
    }
    unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect()
}

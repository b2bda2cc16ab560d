//! The static side of a call: does it take these types, and what comes out.

use super::{Function, Marks, Param, Returns};
use crate::base::assign::{Fault, Mismatch, join_all};
use crate::base::types::{Type, TypeKind};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Too few or too many arguments.
    Count {
        /// It needs at least so many.
        least: usize,
        /// It takes at most so many; `None` for any number.
        most: Option<usize>,
        /// So many are given.
        found: usize,
    },
    /// An argument, or the arguments together, do not fit.
    Argument(Box<Refused>),
}

/// What does not fit about arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Which argument is to blame, from 0; `None` for all of them together.
    pub argument: Option<usize>,
    /// Where inside that argument: `[1].zone`; empty for the whole.
    pub path: String,
    /// Whether it is the type, a bound or null that is wrong.
    pub fault: Fault,
    /// What is needed there.
    pub expected: String,
    /// The type found there.
    pub found: String,
    /// One sentence for the user.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The function that converts what was found into what is needed: `tonumber`.
    pub conversion: Option<&'static str>,
}

impl Refusal {
    /// A refusal of one argument, or of all together.
    pub(super) fn of(
        argument: Option<usize>,
        expected: impl ToString,
        found: impl ToString,
        message: impl Into<String>,
    ) -> Self {
        Self::Argument(Box::new(Refused {
            argument,
            path: String::new(),
            fault: Fault::Type,
            expected: expected.to_string(),
            found: found.to_string(),
            message: message.into(),
            hint: None,
            conversion: None,
        }))
    }

    /// With what is needed there.
    pub(super) fn expecting(mut self, expected: impl ToString) -> Self {
        if let Self::Argument(refused) = &mut self {
            refused.expected = expected.to_string();
        }
        self
    }

    /// With what to do about it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Argument(refused) = &mut self {
            refused.hint = Some(hint.into());
        }
        self
    }
}

/// The refusal of an argument whose elements have no type in common.
pub(super) fn never_meet<'t>(argument: Option<usize>, types: impl IntoIterator<Item = &'t Type>) -> Refusal {
    let mut shown: Vec<String> = Vec::new();
    for ty in types {
        let ty = ty.to_string();
        if !shown.contains(&ty) {
            shown.push(ty);
        }
    }
    let found = shown.join(" and ");
    Refusal::of(argument, "one type", &found, format!("{found} have no type in common"))
        .hint("convert them to one type, for example with `tostring(…)`")
}

/// What is known of the elements of a list, tuple or set.
pub(super) enum Elements {
    /// Any number of these.
    Each(Type),
    /// One of each.
    Tuple(Vec<Type>),
    /// Nothing: the collection is `any`.
    Unchecked,
}

/// The elements of a list, tuple or set.
pub(super) fn elements(ty: &Type) -> Elements {
    match &ty.kind {
        TypeKind::List(element, _) | TypeKind::Set(element, _) => Elements::Each((**element).clone()),
        TypeKind::Tuple(types) => Elements::Tuple(types.to_vec()),
        TypeKind::Error => Elements::Each(Type::error()),
        _ => Elements::Unchecked,
    }
}

/// The one type of the elements of a list, tuple or set; refused when they never meet.
pub(super) fn element(args: &[Type], at: usize) -> Result<Type, Refusal> {
    match args.get(at).map_or(Elements::Unchecked, elements) {
        Elements::Each(ty) => Ok(ty),
        Elements::Tuple(types) => {
            join_all(types.iter().cloned()).ok_or_else(|| never_meet(Some(at), types.iter()))
        }
        Elements::Unchecked => Ok(Type::any()),
    }
}

impl Function {
    /// Whether the type of its result follows from those of its arguments.
    pub fn is_generic(&self) -> bool {
        matches!(self.returns, Returns::By(..))
    }

    /// The type of a call with arguments of these types, or why it is refused. `any` and the error type are accepted
    /// everywhere; what they stand for is checked when values are known.
    pub fn check(&self, args: &[Type]) -> Result<Type, Refusal> {
        let (least, most) = self.arity();
        if args.len() < least || most.is_some_and(|most| args.len() > most) {
            return Err(Refusal::Count { least, most, found: args.len() });
        }
        for (at, ty) in args.iter().enumerate() {
            let Some(param) = self.param(at) else { break };
            if !param.nullable && ty.nullable && !ty.is_any() && !ty.is_error() {
                return Err(self.null(at, param, ty));
            }
            param.shape.accepts(ty).map_err(|mismatch| self.mismatch(at, param, &mismatch))?;
        }
        let mut result = match &self.returns {
            Returns::Is(ty) => ty(),
            Returns::By(_, by) => by(args)?,
        };
        result.secret |= match self.marks {
            Marks::Deep => args.iter().any(Type::has_secret),
            Marks::Outer => args.iter().any(|ty| ty.secret),
            Marks::Own => false,
        };
        Ok(result)
    }

    pub(super) fn null(&self, at: usize, param: &Param, ty: &Type) -> Refusal {
        let null = matches!(ty.kind, TypeKind::Never);
        let verb = if null { "is" } else { "may be" };
        Refusal::Argument(Box::new(Refused {
            argument: Some(at),
            path: String::new(),
            fault: Fault::Null,
            expected: param.shape.to_string(),
            found: ty.to_string(),
            message: format!("`{}` of {}() does not take null, and this {verb} null", param.name, self.name),
            hint: (!null).then(|| "give a fallback with `??`, or test for null first".to_owned()),
            conversion: None,
        }))
    }

    fn mismatch(&self, at: usize, param: &Param, mismatch: &Mismatch) -> Refusal {
        let whole = mismatch.path.0.is_empty();
        let conversion = mismatch.conversion();
        let path = mismatch.path.to_string();
        let expected = if whole { param.shape.to_string() } else { mismatch.expected.to_string() };
        let found = mismatch.found.to_string();
        let inside = if whole { String::new() } else { format!(" at `{path}`") };
        let message = format!("`{}` of {}() takes {}{inside}", param.name, self.name, article(&expected));
        let hint = match conversion {
            Some(conversion) if whole => Some(format!("convert it with `{conversion}(…)`")),
            Some(conversion) => Some(format!("convert every element: `[for x in … : {conversion}(x)]`")),
            None if mismatch.fault == Fault::Null => Some("give a fallback with `??`".to_owned()),
            None => None,
        };
        let fault = mismatch.fault.clone();
        Refusal::Argument(Box::new(Refused {
            argument: Some(at),
            path,
            fault,
            expected,
            found,
            message,
            hint,
            conversion,
        }))
    }
}

fn article(words: &str) -> String {
    match words.chars().next() {
        _ if words == "any" || words.starts_with("null") => words.to_owned(),
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {words}"),
        Some('"') | None => words.to_owned(),
        Some(_) => format!("a {words}"),
    }
}

//! What types alone can't tell about a call, and constant arguments can: the groups of a pattern, one attribute of an
//! object, the element of a tuple.

use super::check::{Elements, Refusal, elements};
use super::string::format::{needs, verbs_in};
use super::string::pattern::pattern_type;
use super::{Function, Marks};
use crate::base::assign::{join, join_all};
use crate::base::suggest::nearest;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Value;

impl Function {
    /// As [`Function::check`], with the values of arguments that are known before anything runs.
    pub fn check_constants(&self, args: &[Type], constants: &[Option<Value>]) -> Result<Type, Refusal> {
        let constant = |at: usize| constants.get(at).and_then(Option::as_ref);
        let general = || self.check(args);
        let exact = match (self.name, args) {
            ("regex", [_, _]) => match constant(0).and_then(Value::as_str) {
                Some(pattern) => pattern_type(pattern)?,
                None => return general(),
            },
            ("regexall", [_, _]) => match constant(0).and_then(Value::as_str) {
                Some(pattern) => Type::list(pattern_type(pattern)?),
                None => return general(),
            },
            ("lookup", [Type { kind: TypeKind::Object(object), nullable: false, .. }, _, rest @ ..]) => {
                let Some(key) = constant(1).and_then(Value::as_str) else { return general() };
                match (object.attributes.get(key), rest) {
                    (Some(attribute), [default]) if attribute.optional => {
                        join(&attribute.ty, default).unwrap_or_else(|| attribute.ty.clone())
                    }
                    (Some(attribute), _) => attribute.ty.clone(),
                    // A wider value may have it, and of what type is not known.
                    (None, [_]) => return Ok(general().unwrap_or_else(|_| Type::any())),
                    (None, _) => {
                        let refusal = Refusal::of(
                            Some(1),
                            "an attribute",
                            "string",
                            format!("there is no attribute `{key}`"),
                        );
                        return Err(match nearest(key, object.attributes.keys().map(|name| name.as_str())) {
                            Some(name) => refusal.hint(format!("there is `{name}`")),
                            None => refusal,
                        });
                    }
                }
            }
            ("element", [Type { kind: TypeKind::Tuple(types), nullable: false, .. }, _])
                if !types.is_empty() =>
            {
                let Some(index) = constant(1).and_then(Value::as_i64) else { return general() };
                types[index.rem_euclid(types.len() as i64) as usize].clone()
            }
            ("slice", [Type { kind: TypeKind::Tuple(types), nullable: false, .. }, _, _]) => {
                let index =
                    |at| constant(at).and_then(Value::as_i64).and_then(|index| usize::try_from(index).ok());
                let (Some(start), Some(end)) = (index(1), index(2)) else { return general() };
                match types.get(start..end) {
                    Some(part) => Type::tuple(part.to_vec()),
                    None => {
                        let message = format!(
                            "`start` and `end` of slice() lie within the {} elements of the list, in this order",
                            types.len()
                        );
                        let found = format!("{start} to {end}");
                        return Err(Refusal::of(Some(2), "an index of the list", found, message));
                    }
                }
            }
            ("format" | "formatlist", [_, values @ ..]) => {
                if let Some(format) = constant(0).and_then(Value::as_str) {
                    self.shows(format, values)?;
                }
                return general();
            }
            _ => return general(),
        };
        // Arguments of the wrong kind are refused all the same; types that do not meet no longer matter.
        if !matches!(self.name, "element" | "lookup" | "slice") {
            general()?;
        }
        let secret = match self.marks {
            Marks::Deep => args.iter().any(Type::has_secret),
            _ => args.iter().any(|ty| ty.secret),
        };
        Ok(Type { secret: exact.secret || secret, ..exact })
    }

    /// Whether a format can show values of these types.
    fn shows(&self, format: &str, values: &[Type]) -> Result<(), Refusal> {
        for (number, verb, letter) in verbs_in(format) {
            let Some(ty) = values.get(number.wrapping_sub(1)) else { break };
            let ty = match elements(ty) {
                Elements::Each(element) if self.name == "formatlist" => element,
                Elements::Tuple(types) if self.name == "formatlist" => {
                    join_all(types).unwrap_or_else(Type::any)
                }
                _ => ty.clone(),
            };
            let null = letter != 'v' && ty.nullable && !ty.is_any() && !ty.is_error();
            if let Some(param) = self.param(number).filter(|_| null) {
                let refusal = self.null(number, param, &ty);
                return Err(refusal.expecting(ty.non_null()));
            }
            if let Some(what) = needs(letter, &ty) {
                let message = format!("`{verb}` of {}() shows {what}, and this is `{ty}`", self.name);
                return Err(Refusal::of(Some(number), what, &ty, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::find;
    use super::*;

    fn typed(name: &str, args: &[Type], constants: &[Option<Value>]) -> String {
        match find(name).unwrap().check_constants(args, constants) {
            Ok(ty) => ty.to_string(),
            Err(Refusal::Argument(refused)) => format!("! {}", refused.message),
            Err(refusal) => format!("{refusal:?}"),
        }
    }

    #[test]
    fn constants_say_more_than_types() {
        let strings = [Type::string(), Type::string()];
        let pattern = |text: &str| [Some(Value::from(text)), None];
        assert_eq!(typed("regex", &strings, &pattern("a+")), "string");
        assert_eq!(typed("regex", &strings, &pattern("(a)(b)?")), "tuple([string, string?])");
        assert_eq!(typed("regexall", &strings, &pattern("(?P<x>a)")), "list(object({ x = string }))");
        assert!(
            typed("regex", &strings, &pattern("(")).starts_with("! the pattern is not a regular expression")
        );
        assert_eq!(typed("regex", &strings, &[None, None]), "any");
        let object = Type::object([("zone", Type::string()), ("count", Type::int())]);
        let key = |text: &str| [None, Some(Value::from(text)), None];
        assert_eq!(typed("lookup", &[object.clone(), Type::string()], &key("count")), "int");
        assert_eq!(
            typed("lookup", &[object, Type::string()], &key("zones")),
            "! there is no attribute `zones`"
        );
        let tuple = Type::tuple([Type::string(), Type::int()]);
        assert_eq!(typed("element", &[tuple, Type::int()], &[None, Some((-1).into())]), "int");
    }
}

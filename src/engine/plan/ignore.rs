//! `ignore_changes`: arguments that keep the value the object has.

use crate::base::Text;
use crate::base::schema::BlockSchema;
use crate::base::schema::Schema;
use crate::base::value::{Kind, Value, ValueMap};
use crate::lang::resolve::program::IgnoreChanges;
use std::sync::Arc;

/// The arguments with what is ignored taken from the object as it is.
pub(crate) fn apply(ignore: &IgnoreChanges, config: Value, prior: &Value, schema: &Schema) -> Value {
    match ignore {
        IgnoreChanges::None => config,
        IgnoreChanges::All => {
            let names = settable(&schema.block);
            names.fold(config, |config, name| replace(&config, prior, std::slice::from_ref(name)))
        }
        IgnoreChanges::Paths(paths) => {
            paths.iter().fold(config, |config, path| replace(&config, prior, &path.steps))
        }
    }
}

fn settable(block: &BlockSchema) -> impl Iterator<Item = &Text> {
    let attributes = block.attributes.iter().filter(|(_, attribute)| attribute.is_settable());
    attributes.map(|(name, _)| name).chain(block.blocks.keys())
}

/// `config` with what lies at the path taken from `prior`; without it where `prior` has nothing there.
fn replace(config: &Value, prior: &Value, steps: &[Text]) -> Value {
    let Some((first, rest)) = steps.split_first() else { return prior.clone().mark(config.secret) };
    let at = |values: &[Value]| first.parse::<usize>().ok().filter(|at| *at < values.len());
    let kind = match (&config.kind, &prior.kind) {
        (Kind::Map(map), Kind::Map(old)) => {
            let mut map: ValueMap = (**map).clone();
            match (map.get(first), old.get(first)) {
                (Some(inner), Some(old)) => {
                    let kept = replace(inner, old, rest);
                    map.insert(first.clone(), kept);
                }
                (None, Some(old)) if rest.is_empty() => {
                    map.insert(first.clone(), old.clone());
                }
                (Some(_), None) if rest.is_empty() => {
                    map.remove(first);
                }
                _ => {}
            }
            Kind::Map(Arc::new(map))
        }
        (Kind::Seq(values), Kind::Seq(old)) => match (at(values), at(old)) {
            (Some(at), Some(_)) => {
                let mut values = values.to_vec();
                values[at] = replace(&values[at], &old[at], rest);
                Kind::Seq(values.into())
            }
            _ => config.kind.clone(),
        },
        _ => config.kind.clone(),
    };
    Value { kind, secret: config.secret }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(config: &Value, prior: &Value, path: &[&str]) -> Value {
        let steps: Vec<Text> = path.iter().map(|step| (*step).into()).collect();
        replace(config, prior, &steps)
    }

    #[test]
    fn what_is_ignored_stays_as_it_is() {
        let tags = |pairs: &[(&str, &str)]| Value::map(pairs.iter().map(|(k, v)| (*k, Value::from(*v))));
        let config = Value::map([("size", Value::from(2)), ("tags", tags(&[("a", "new"), ("b", "x")]))]);
        let prior = Value::map([("size", Value::from(1)), ("tags", tags(&[("a", "old"), ("auto", "y")]))]);
        assert_eq!(at(&config, &prior, &["size"]).get("size"), Some(&Value::from(1)));
        assert_eq!(at(&config, &prior, &["tags", "a"]).get("tags"), Some(&tags(&[("a", "old"), ("b", "x")])));
        let auto = tags(&[("a", "new"), ("auto", "y"), ("b", "x")]);
        assert_eq!(at(&config, &prior, &["tags", "auto"]).get("tags"), Some(&auto));
        assert_eq!(at(&config, &prior, &["tags", "b"]).get("tags"), Some(&tags(&[("a", "new")])));
    }
}

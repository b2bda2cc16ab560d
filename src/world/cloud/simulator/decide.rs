//! What the cloud decides: names made from a seed, values by the kind's formulas, and whether rules hold.

use sha2::{Digest, Sha256};

use super::disk::Settings;
use super::object::{shaped, whole};
use crate::base::Text;
use crate::base::value::{Value, ValueMap};
use crate::world::cloud::api::ApiError;
use crate::world::cloud::kind::{Kind, Moments, Scope};

/// `cloud` in formulas.
pub fn cloud(settings: &Settings, region: &str) -> Value {
    let hash =
        letters(&format!("{}/{region}", settings.account), b"abcdefghijklmnopqrstuvwxyz0123456789", 11);
    let hex = letters(&format!("{}/{region}/hex", settings.account), b"0123456789abcdef", 64);
    Value::map([
        ("account", Value::from(settings.account.as_str())),
        ("hex", hex.into()),
        ("region", region.into()),
        ("hash", format!("c{hash}").into()),
        ("zone", short_zone(region).into()),
    ])
}

/// `euw1` for `eu-west-1`.
fn short_zone(region: &str) -> String {
    let mut parts = region.split('-');
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.starts_with(|c: char| c.is_ascii_digit());
        short.extend(part.chars().take(if number { part.len() } else { 1 }));
    }
    short
}

/// `unique` in formulas.
pub fn unique(seed: &str) -> Value {
    let of = |name: &str, alphabet: &[u8]| Value::from(letters(&format!("{seed}/{name}"), alphabet, 64));
    Value::map([
        ("hex", of("hex", b"0123456789abcdef")),
        ("digits", of("digits", b"0123456789")),
        ("letters", of("letters", b"abcdefghijklmnopqrstuvwxyz0123456789")),
        ("base32", of("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    ])
}

fn letters(seed: &str, alphabet: &[u8], count: usize) -> String {
    let mut text = String::with_capacity(count);
    let mut round = 0_u32;
    while text.len() < count {
        let digest = Sha256::digest(format!("{seed}#{round}"));
        let wanted = count - text.len();
        text.extend(
            digest.iter().take(wanted).map(|b| char::from(alphabet[usize::from(*b) % alphabet.len()])),
        );
        round += 1;
    }
    text
}

/// A number from 0 to 1 that depends on nothing but the seed.
pub fn chance(seed: &str) -> f64 {
    let digest = Sha256::digest(seed);
    let number = digest.iter().take(6).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    number as f64 / (1_u64 << 48) as f64
}

/// What is kept of a secret: enough to see that it changed.
pub fn hash_secret(id: &str, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.kind_name().to_owned(), str::to_owned);
    format!("sha256:{}", hex::encode(Sha256::digest(format!("{id}/{text}"))))
}

/// Brings what a request sets into the form the cloud keeps.
pub fn normalised(kind: &Kind, attributes: ValueMap) -> Result<ValueMap, ApiError> {
    let mut result = attributes;
    for (name, formula) in &kind.normalise {
        if let Some(value) = result.get(name).filter(|value| !value.is_null() && !value.is_unknown()) {
            let mut scope = Scope::of(whole(&result, kind).into());
            scope.value = value.clone();
            let normal = formula.evaluate(&scope).map_err(|e| faulty(kind, name, &e))?;
            let secret = value.secret;
            result.insert(name.clone(), normal.mark(secret));
        }
    }
    Ok(result)
}

/// Fills in what the cloud decides: those of the kind's values that `wanted` says, in order.
pub fn fill(
    kind: &Kind,
    attributes: &mut ValueMap,
    scope: &Scope,
    wanted: impl Fn(&Text) -> bool,
) -> Result<(), ApiError> {
    for (name, formula) in kind.values.iter().filter(|(name, _)| wanted(name)) {
        let scope = Scope { object: whole(attributes, kind).into(), ..scope.clone() };
        let value = formula.evaluate(&scope).map_err(|e| faulty(kind, name, &e))?;
        let value = shaped(name, value, &kind.schema).map_err(|e| faulty(kind, name, &e))?;
        attributes.insert(name.clone(), value);
    }
    Ok(())
}

/// Fails with the first rule about this moment that does not hold.
pub fn obey(kind: &Kind, moment: fn(Moments) -> bool, scope: &Scope) -> Result<(), ApiError> {
    match broken_rules(kind, moment, scope)?.into_iter().next() {
        Some((code, _, message)) => Err(ApiError::refused(&code, 400, message)),
        None => Ok(()),
    }
}

/// The rules that certainly do not hold: code, attribute at fault, message. What can't be known yet passes.
pub fn broken_rules(
    kind: &Kind,
    moment: fn(Moments) -> bool,
    scope: &Scope,
) -> Result<Vec<(Text, Option<Text>, String)>, ApiError> {
    let mut broken = Vec::new();
    for rule in kind.rules.iter().filter(|rule| moment(rule.on)) {
        let wrong = |e: String| faulty(kind, &rule.code, &e);
        if let Some(when) = &rule.when
            && when.holds(scope).map_err(wrong)? != Some(true)
        {
            continue;
        }
        if rule.assert.holds(scope).map_err(wrong)? == Some(false) {
            let message = rule.message.evaluate(scope).map_err(wrong)?;
            let shown = message.as_str().filter(|_| !message.secret);
            let message = shown.unwrap_or("the request breaks a rule").to_owned();
            broken.push((rule.code.clone(), rule.attribute.clone(), message));
        }
    }
    Ok(broken)
}

fn faulty(kind: &Kind, name: &str, error: &str) -> ApiError {
    ApiError::broken(format!("the declaration of {} is at fault: {name}: {error}", kind.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_seed() {
        assert_eq!(short_zone("us-east-1"), "use1");
        assert_eq!(short_zone("ap-southeast-2"), "aps2");
        let one = unique("a");
        assert_eq!(one, unique("a"));
        assert_ne!(one, unique("b"));
        let base32 = one.get("base32").and_then(Value::as_str).unwrap_or_default();
        assert_eq!(base32.len(), 64);
        assert!(base32.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)));
        assert!((0.0..1.0).contains(&chance("x")));
    }
}

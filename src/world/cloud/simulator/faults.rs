//! Faults on demand: rules in `faults.json` that match calls and make them go wrong.

use serde::{Deserialize, Serialize};

use crate::world::cloud::api::{ApiError, Retry};

/// The rules, in the order they are tried; the first that fires decides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The rules.
    pub faults: Vec<FaultRule>,
}

/// Which calls go wrong, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Calls of this service; all if not set. `*` stands for anything, here and below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Calls of this operation: `CreateDBInstance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Calls about this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Only the nth such call, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// With this probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// At most so often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What goes wrong.
    pub effect: FaultEffect,
    /// How many calls matched so far.
    #[serde(default)]
    pub seen: u64,
    /// How many went wrong so far.
    #[serde(default)]
    pub fired: u64,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultEffect {
    /// The call is refused as one too many.
    Throttle,
    /// The call is refused.
    Error {
        /// With this code.
        code: String,
        /// With this HTTP status; 400 if not set.
        #[serde(default = "bad_request")]
        status: u16,
        /// With these words.
        #[serde(default)]
        message: String,
    },
    /// The answer takes this long.
    Delay {
        /// In milliseconds.
        milliseconds: u64,
    },
    /// The call is performed, and no answer comes back.
    LoseAnswer,
    /// The object is made, and ends as failed.
    FailCreate,
    /// The object stays in the state the call puts it into.
    Stuck,
    /// The object is described as it was before its last change.
    StaleRead,
}

fn bad_request() -> u16 {
    400
}

/// A call as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The service.
    pub service: &'a str,
    /// The operation's name.
    pub operation: &'a str,
    /// The object, empty where the cloud names it itself.
    pub object: &'a str,
}

impl Faults {
    /// What goes wrong with this call; counts it. `chance` gives a number from 0 to 1 for a rule's index.
    pub fn decide(&mut self, call: Call<'_>, chance: impl Fn(usize, u64) -> f64) -> Option<FaultEffect> {
        let mut decided = None;
        for (at, rule) in self.faults.iter_mut().enumerate() {
            let fits = |pattern: &Option<String>, text| pattern.as_ref().is_none_or(|p| matches(p, text));
            if !fits(&rule.service, call.service)
                || !fits(&rule.operation, call.operation)
                || !fits(&rule.object, call.object)
            {
                continue;
            }
            rule.seen += 1;
            let fires = decided.is_none()
                && rule.nth.is_none_or(|nth| nth == rule.seen)
                && rule.times.is_none_or(|times| rule.fired < times)
                && rule.probability.is_none_or(|probability| chance(at, rule.seen) < probability);
            if fires {
                rule.fired += 1;
                decided = Some(rule.effect.clone());
            }
        }
        decided
    }

    /// Whether any rule asks for stale reads.
    pub fn keeps_previous(&self) -> bool {
        self.faults.iter().any(|rule| rule.effect == FaultEffect::StaleRead)
    }
}

impl FaultEffect {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<ApiError> {
        match self {
            FaultEffect::Throttle => Some(ApiError {
                retry: Retry::Throttled,
                ..ApiError::refused("Throttling", 400, "Rate exceeded")
            }),
            FaultEffect::Error { code, status, message } => Some(ApiError {
                retry: if *status >= 500 { Retry::Passing } else { Retry::Never },
                ..ApiError::refused(code, *status, message.clone())
            }),
            _ => None,
        }
    }
}

/// Whether a pattern with `*` for any text matches.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("core", "core", true),
            ("core", "core2", false),
            ("prod-*", "prod-core", true),
            ("*core*", "prod-core-1", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn rules_count_calls() {
        let mut faults: Faults = serde_json::from_str(
            r#"{ "faults": [
                { "operation": "Create*", "nth": 2, "effect": "throttle" },
                { "object": "core", "times": 1, "effect": { "error": { "code": "Broken", "status": 500 } } },
                { "probability": 0.5, "effect": { "delay": { "milliseconds": 5 } } }
            ] }"#,
        )
        .unwrap();
        let create = Call { service: "rds", operation: "CreateDBInstance", object: "core" };
        let never = |_, _| 0.9;
        assert!(matches!(faults.decide(create, never), Some(FaultEffect::Error { status: 500, .. })));
        assert_eq!(faults.decide(create, never), Some(FaultEffect::Throttle));
        assert_eq!(faults.decide(create, never), None);
        assert_eq!(faults.decide(create, |_, _| 0.1), Some(FaultEffect::Delay { milliseconds: 5 }));
        assert_eq!(faults.faults[0].seen, 4);
    }
}

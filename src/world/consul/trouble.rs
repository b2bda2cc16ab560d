//! What went wrong on the way to Consul, classified: whether a write took place, and whether trying again can help.

use crate::engine::provider::{Effect, Fault, ProviderError};

/// A request that did not succeed.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What Consul answered, or why it could not be asked.
    pub answer: String,
    /// What a person can do.
    pub help: Option<String>,
    /// What kind of failure it is.
    pub fault: Fault,
    /// Whether a write may have taken place all the same.
    pub uncertain: bool,
    /// Nothing listens there.
    pub refused: bool,
    /// The request was larger than Consul takes.
    pub too_large: bool,
}

const DOWN: &str = "start Consul, or run `prov dev` for a sandbox; the address is the provider block's, \
    else CONSUL_HTTP_ADDR, else 127.0.0.1:8500";
const TOKEN: &str = "check the ACL token: the provider block's token or token_file, else CONSUL_HTTP_TOKEN";

const TRUST: &str = "name the authority that signed Consul's certificate with ca_file or CONSUL_CACERT, its name with \
    CONSUL_TLS_SERVER_NAME if it is not the address's, and the client's own certificate with cert_file and key_file";

/// Consul forwards writes between servers; these answers mean that the write never got to a leader.
const NOT_APPLIED: &[&str] = &[
    "failed to get conn",
    "No cluster leader",
    "node is not the leader",
    "timed out enqueuing operation",
    "rate limit",
    "rate exceeded",
    "Too many requests",
];

/// These mean that the connection to the leader broke after the write was handed over.
const UNCERTAIN: &[&str] = &[
    "EOF",
    "stream closed",
    "leadership lost while committing log",
    "leadership transfer",
    "connection reset",
    "broken pipe",
    "i/o timeout",
    "session shutdown",
    "context deadline exceeded",
];

impl Trouble {
    fn new(fault: Fault, answer: impl Into<String>) -> Self {
        Self { answer: answer.into(), help: None, fault, uncertain: false, refused: false, too_large: false }
    }

    /// Will not work however often it is tried.
    pub fn permanent(answer: impl Into<String>) -> Self {
        Self::new(Fault::Permanent, answer)
    }

    /// Someone else changed the object.
    pub fn conflict(answer: impl Into<String>) -> Self {
        Self::new(Fault::Conflict, answer)
            .help("plan again: the new plan starts from what Consul says now; nothing was overwritten")
    }

    /// Consul refused an operation.
    pub fn refused(what: &str) -> Self {
        let trouble = Self::permanent(format!("Consul refused: {}", excerpt(what)));
        if what.contains("Permission denied") { trouble.help(TOKEN) } else { trouble }
    }

    /// With advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Of a request that got no answer.
    pub fn of_transport(at: &str, error: &reqwest::Error) -> Self {
        let cause = root_cause(error);
        if error.is_connect() && cause.contains("certificate") {
            return Self::permanent(format!(
                "Consul at {at} and this client do not trust each other: {cause}"
            ))
            .help(TRUST);
        }
        if error.is_connect() {
            let answer = format!("Consul at {at} can't be reached: {cause}");
            return Self { refused: true, ..Self::new(Fault::Unreachable, answer).help(DOWN) };
        }
        if error.is_builder() || error.is_request() && cause.contains("invalid") {
            return Self::permanent(format!("the request to {at} can't be sent: {cause}"));
        }
        let answer = if error.is_timeout() {
            format!("Consul at {at} did not answer in time")
        } else {
            format!("the connection to Consul at {at} broke: {cause}")
        };
        Self { uncertain: true, ..Self::new(Fault::Unreachable, answer).help(DOWN) }
    }

    /// Of an answer other than success; `body` is shown in part.
    pub fn of_answer(at: &str, status: u16, body: &str) -> Self {
        let said = excerpt(body);
        let answer = format!("Consul answered {status}: {said}");
        let has = |words: &[&str]| words.iter().any(|word| body.contains(word));
        match status {
            401 | 403 => Self::permanent(answer).help(TOKEN),
            413 => Self { too_large: true, ..Self::permanent(answer) },
            429 => Self::new(Fault::Passing, answer),
            300..=399 => Self::permanent(format!("{at} answered with a redirect ({status})"))
                .help("the address must be Consul's own; keys and names must not hold `//` or `..`"),
            _ if has(&["Permission denied", "ACL not found"]) => Self::permanent(answer).help(TOKEN),
            500 if has(&["No path to datacenter"]) => Self::permanent(answer).help(
                "check the datacenter's name; `data \"consul_datacenters\"` lists those that are known",
            ),
            500.. if has(NOT_APPLIED) => Self::new(Fault::Passing, answer),
            500 if has(UNCERTAIN) => Self { uncertain: true, ..Self::new(Fault::Passing, answer) },
            // Not Consul but something in front of it, which may have forwarded the request.
            502..=504 => Self { uncertain: true, ..Self::new(Fault::Passing, answer) },
            _ => Self::permanent(answer),
        }
    }

    /// Whether trying the same again later can help.
    pub fn is_passing(&self) -> bool {
        matches!(self.fault, Fault::Unreachable | Fault::Passing)
    }

    /// As the engine is told, with what was asked. `write` says whether an effect was under way.
    pub fn asked(self, asked: impl Into<String>, write: bool) -> ProviderError {
        let effect = if write && self.uncertain { Effect::Unknown } else { Effect::NotApplied };
        ProviderError { asked: asked.into(), answer: self.answer, help: self.help, fault: self.fault, effect }
    }
}

/// The first lines of an answer, short enough for a message.
fn excerpt(body: &str) -> String {
    let body = body.trim();
    if body.is_empty() {
        return "(nothing)".into();
    }
    let line: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classified_by_what_they_say() {
        let of = |status, body| Trouble::of_answer("http://x", status, body);
        for body in ["No cluster leader", "rpc error: failed to get conn: dial tcp", "Too many requests"] {
            assert!(of(500, body).is_passing() && !of(500, body).uncertain, "{body}");
        }
        for body in ["rpc error making call: EOF", "stream closed", "leadership lost while committing log"] {
            assert!(of(500, body).is_passing() && of(500, body).uncertain, "{body}");
        }
        for body in
            ["Invalid service address", "No path to datacenter", "rpc error making call: Permission denied"]
        {
            assert!(!of(500, body).is_passing(), "{body}");
        }
        assert!(of(503, "upstream connect error").uncertain);
        assert!(of(413, "").too_large);
        assert!(!of(301, "").is_passing());
    }

    #[test]
    fn long_answers_are_cut() {
        let long = "ö".repeat(10_000);
        assert!(Trouble::of_answer("x", 500, &long).answer.chars().count() < 400);
    }
}

//! Cases are transcripts: requests, and the answers that the real Consul gave to them.
//!
//!     # a comment
//!     > PUT /v1/kv/a?cas=$seen       a request; the lines below it are its body
//!     hello                          (or `@bytes N`, `@sets N`: a body made of N bytes or N operations)
//!     < 200 application/json         the answer: status, type, headers that matter,
//!     < true                         and body
//!     = seen /0/ModifyIndex          remembers a part of the last answer (or `index`, its X-Consul-Index)
//!     | /Config/Version              shows only these parts of the next answer
//!     ~ 200                          waits so many milliseconds
//!     & GET /v1/kv/a?index=$seen     sends a request and goes on; the next `&` alone takes its answer
//!     @ 250..5000                    the last answer must have taken so many milliseconds
//!
//! Indexes are shown by their order (`#1`, `#2`, …; `old` for what was there before the case), generated ids by
//! theirs, JSON with its fields sorted. What is left must be the same for both agents, to the letter.

use super::http::{Answer, send};
use regex::Regex;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How an error tells an index.
static SAID_INDEX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"current modify index (\d+) != (\d+)").unwrap());
/// What a name in a case stands for was remembered from an answer.
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$([a-z][a-z0-9]*)").unwrap());
static PEER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^127\.0\.0\.1:\d+$").unwrap());
static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").unwrap());

/// Everything an answer is judged by.
struct Exchange {
    /// The case's line after which the answer is shown.
    line: usize,
    target: String,
    answer: Answer,
    only: Vec<String>,
}

/// Runs a case against an agent and writes down what happened, in the form of the case itself.
///
/// # Panics
/// If the case itself is wrong.
pub fn perform(case: &str, agent: SocketAddr) -> String {
    let before = everything_old(agent);
    let lines: Vec<&str> = case.lines().filter(|line| !line.starts_with('<')).collect();
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut only = Vec::new();
    let mut took = Duration::ZERO;
    let mut waiting = None;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let (mark, rest) = line.split_at(line.len().min(1));
        let rest = rest.trim();
        match mark {
            ">" | "&" if !rest.is_empty() => {
                let (method, target) = rest.split_once(' ').expect("a method and a target");
                let target = filled_in(target, &names);
                let mut body = Vec::new();
                while let Some(line) = lines.get(at + 1).filter(|line| is_body(line)) {
                    body.push(filled_in(line, &names));
                    at += 1;
                }
                let body = generated(&body.join("\n"));
                let begun = Instant::now();
                if mark == "&" {
                    let method = method.to_string();
                    let to = target.clone();
                    let thread = std::thread::spawn(move || send(agent, &method, &to, &body));
                    waiting = Some((begun, target, thread));
                    std::thread::sleep(Duration::from_millis(150));
                } else {
                    let answer = send(agent, method, &target, &body);
                    took = begun.elapsed();
                    exchanges.push(Exchange { line: at, target, answer, only: std::mem::take(&mut only) });
                }
            }
            "&" => {
                let (begun, target, thread) = waiting.take().expect("a request under way");
                let answer = thread.join().expect("an answer");
                took = begun.elapsed();
                exchanges.push(Exchange { line: at, target, answer, only: std::mem::take(&mut only) });
            }
            "=" => {
                let (name, part) = rest.split_once(' ').expect("a name and a part");
                let answer = &exchanges.last().expect("an answer to remember").answer;
                names.insert(name.to_string(), remembered(answer, part));
            }
            "|" => only = rest.split(' ').map(str::to_string).collect(),
            "~" => std::thread::sleep(Duration::from_millis(rest.parse().expect("milliseconds"))),
            "@" => {
                let (from, to) = rest.split_once("..").expect("a range");
                let range = from.parse().expect("milliseconds")..to.parse().expect("milliseconds");
                assert!(range.contains(&took.as_millis()), "line {at}: it took {took:?}, not {rest} ms");
            }
            "" | "#" => {}
            other => panic!("line {at}: {other:?} means nothing"),
        }
        at += 1;
    }
    written(case, &lines, &exchanges, before)
}

/// Puts the answers below their requests.
fn written(case: &str, lines: &[&str], exchanges: &[Exchange], before: u64) -> String {
    let mut masks = Masks::new(case, exchanges, before);
    let mut out = String::new();
    let mut exchanges = exchanges.iter().peekable();
    for (at, line) in lines.iter().enumerate() {
        writeln!(out, "{line}").unwrap();
        while let Some(exchange) = exchanges.next_if(|exchange| exchange.line == at) {
            for line in masks.shown(exchange).lines() {
                writeln!(out, "{}", format!("< {line}").trim_end()).unwrap();
            }
        }
    }
    out
}

/// A line below a request belongs to its body unless it has a meaning of its own.
fn is_body(line: &str) -> bool {
    let own = ["<", ">", "=", "|", "~", "&", "#", "@ "].iter().any(|mark| line.starts_with(mark));
    !own && !line.trim().is_empty()
}

fn filled_in(text: &str, names: &BTreeMap<String, String>) -> String {
    NAME.replace_all(text, |found: &regex::Captures<'_>| names[&found[1]].clone()).into_owned()
}

fn generated(body: &str) -> Vec<u8> {
    if let Some(count) = body.strip_prefix("@bytes ") {
        return vec![b'x'; count.parse().expect("a number of bytes")];
    }
    if let Some(count) = body.strip_prefix("@sets ") {
        let set = |n: u32| format!("{{\"KV\":{{\"Verb\":\"set\",\"Key\":\"many/{n}\",\"Value\":\"YQ==\"}}}}");
        let sets: Vec<String> = (0..count.parse().expect("a number of operations")).map(set).collect();
        return format!("[{}]", sets.join(",")).into_bytes();
    }
    body.as_bytes().to_vec()
}

fn remembered(answer: &Answer, part: &str) -> String {
    if part == "index" {
        return answer.header("x-consul-index").expect("an index").to_string();
    }
    let body: Value =
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {}", answer.body));
    match body.pointer(part).unwrap_or_else(|| panic!("nothing at {part} in {}", answer.body)) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Replaces what differs from run to run.
struct Masks {
    indexes: Vec<u64>,
    before: u64,
    ids: Vec<String>,
    case: String,
}

impl Masks {
    fn new(case: &str, exchanges: &[Exchange], before: u64) -> Masks {
        let mut indexes = Vec::new();
        for Exchange { answer, only, .. } in exchanges {
            indexes.extend(answer.header("x-consul-index").and_then(|index| index.parse::<u64>().ok()));
            if let Ok(body) = serde_json::from_str::<Value>(&answer.body) {
                collect_indexes(&picked(body, only), &mut indexes);
            }
            let told =
                SAID_INDEX.captures_iter(&answer.body).filter_map(|found| found[1].parse::<u64>().ok());
            indexes.extend(told);
        }
        indexes.retain(|index| *index > before);
        indexes.sort_unstable();
        indexes.dedup();
        Masks { indexes, before, ids: Vec::new(), case: case.to_string() }
    }

    fn shown(&mut self, exchange: &Exchange) -> String {
        let answer = &exchange.answer;
        let mut out = answer.status.to_string();
        for name in ["Content-Type", "Allow", "Location"] {
            if let Some(value) = answer.header(name) {
                write!(out, " {value}").unwrap();
            }
        }
        if let Some(index) = answer.header("x-consul-index") {
            write!(out, "\nindex {}", self.index(index.parse().unwrap())).unwrap();
            for name in ["Knownleader", "Lastcontact", "Effective-Consistency"] {
                if let Some(value) = answer.header(&format!("x-consul-{name}")) {
                    write!(out, ", {} {value}", name.to_lowercase()).unwrap();
                }
            }
        }
        let text = match serde_json::from_str::<Value>(&answer.body) {
            Ok(body) => {
                let body = in_a_fixed_order(&exchange.target, picked(body, &exchange.only));
                let body = self.masked(None, body);
                let line = body.to_string();
                if line.len() <= 100 { line } else { serde_json::to_string_pretty(&body).unwrap() }
            }
            Err(_) => self.without_indexes(&answer.body).trim_end().to_string(),
        };
        let text = self.without_ids(&text);
        if !text.is_empty() {
            write!(out, "\n{text}").unwrap();
        }
        out
    }

    fn index(&self, index: u64) -> String {
        match self.indexes.binary_search(&index) {
            Ok(at) => format!("#{}", at + 1),
            Err(_) if index > 1 && index <= self.before => "old".to_string(),
            Err(_) => index.to_string(),
        }
    }

    fn masked(&self, name: Option<&str>, value: Value) -> Value {
        match value {
            Value::Number(number) if name.is_some_and(is_index) => match number.as_u64() {
                Some(index) => Value::String(self.index(index)),
                None => Value::Number(number),
            },
            Value::String(text) => {
                let text = self.without_indexes(&text);
                Value::String(PEER.replace(&text, "127.0.0.1:PORT").into_owned())
            }
            Value::Array(values) => values.into_iter().map(|value| self.masked(None, value)).collect(),
            Value::Object(fields) => {
                let sorted: BTreeMap<String, Value> = fields.into_iter().collect();
                let masked = sorted.into_iter().map(|(name, value)| {
                    let value = match name.as_str() {
                        "CreatedAt" | "UpdatedAt" | "Hash" => Value::String("…".to_string()),
                        _ => self.masked(Some(&name), value),
                    };
                    (name, value)
                });
                Value::Object(masked.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn without_indexes(&self, text: &str) -> String {
        let index = |digits: &str| self.index(digits.parse().unwrap());
        let told = |found: &regex::Captures<'_>| {
            format!("current modify index {} != {}", index(&found[1]), index(&found[2]))
        };
        SAID_INDEX.replace_all(text, told).into_owned()
    }

    fn without_ids(&mut self, text: &str) -> String {
        let Masks { ids, case, .. } = self;
        ID.replace_all(text, |found: &regex::Captures<'_>| {
            if case.contains(&found[0]) {
                return found[0].to_string();
            }
            let known = ids.iter().position(|id| *id == found[0]);
            let at = known.unwrap_or_else(|| {
                ids.push(found[0].to_string());
                ids.len() - 1
            });
            format!("id-{}", at + 1)
        })
        .into_owned()
    }
}

fn is_index(name: &str) -> bool {
    matches!(name, "CreateIndex" | "ModifyIndex")
}

fn collect_indexes(value: &Value, into: &mut Vec<u64>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect_indexes(value, into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                into.extend(value.as_u64().filter(|_| is_index(name)));
                collect_indexes(value, into);
            }
        }
        _ => {}
    }
}

/// The parts that are to be shown; all of it if none are named.
fn picked(body: Value, only: &[String]) -> Value {
    if only.is_empty() {
        return body;
    }
    let part = |at: &String| (at.clone(), body.pointer(at).cloned().unwrap_or(Value::Null));
    Value::Object(only.iter().map(part).collect())
}

/// Consul tells some lists in the order of random ids or of a hash table.
fn in_a_fixed_order(target: &str, mut body: Value) -> Value {
    let by_id = ["/v1/session/list", "/v1/session/node", "/v1/query"];
    if by_id.iter().any(|path| target.starts_with(path)) {
        if let Some(rows) = body.as_array_mut() {
            rows.sort_by_key(|row| row.get("CreateIndex").and_then(Value::as_u64));
        }
    } else if target.starts_with("/v1/catalog/services")
        && let Some(services) = body.as_object_mut()
    {
        for tags in services.values_mut().filter_map(Value::as_array_mut) {
            tags.sort_by_key(Value::to_string);
        }
    }
    body
}

/// Empties an agent but for its own node, and says up to which index everything is older than the case.
fn everything_old(agent: SocketAddr) -> u64 {
    let get = |path: &str| -> Value {
        serde_json::from_str(&send(agent, "GET", path, b"").body).unwrap_or(Value::Null)
    };
    let own = get("/v1/agent/self").pointer("/Config/NodeName").and_then(Value::as_str).unwrap().to_string();
    let each = |list: &Value, name: &str| -> Vec<String> {
        list.as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| row.get(name)?.as_str().map(str::to_string))
            .collect()
    };
    for id in each(&get("/v1/session/list"), "ID") {
        send(agent, "PUT", &format!("/v1/session/destroy/{id}"), b"");
    }
    for node in each(&get("/v1/catalog/nodes"), "Node").iter().filter(|node| **node != own) {
        let body = serde_json::json!({"Node": node}).to_string();
        send(agent, "PUT", "/v1/catalog/deregister", body.as_bytes());
    }
    for path in ["/v1/query", "/v1/connect/intentions"] {
        for id in each(&get(path), "ID") {
            send(agent, "DELETE", &format!("{path}/{id}"), b"");
        }
    }
    // What refers to others first.
    for kind in
        ["service-router", "service-splitter", "service-resolver", "service-defaults", "proxy-defaults"]
    {
        for name in each(&get(&format!("/v1/config/{kind}")), "Name") {
            let answer = send(agent, "DELETE", &format!("/v1/config/{kind}/{name}"), b"");
            assert_eq!(answer.status, 200, "{kind} {name}: {}", answer.body);
        }
    }
    // Every table has had something in it that is gone, so that none shows that the agent is new.
    let node = br#"{"Node":"before","Address":"1.1.1.1","Service":{"Service":"s"},"Check":{"CheckID":"c"}}"#;
    send(agent, "PUT", "/v1/catalog/register", node);
    send(agent, "PUT", "/v1/session/create", br#"{"Node":"before","NodeChecks":[]}"#);
    send(agent, "PUT", "/v1/catalog/deregister", br#"{"Node":"before"}"#);
    send(agent, "PUT", "/v1/config", br#"{"Kind":"service-defaults","Name":"before"}"#);
    send(agent, "DELETE", "/v1/config/service-defaults/before", b"");
    let query = send(agent, "POST", "/v1/query", br#"{"Name":"before","Service":{"Service":"s"}}"#);
    send(agent, "DELETE", &format!("/v1/query/{}", remembered(&query, "/ID")), b"");
    let intention = br#"{"SourceName":"a","DestinationName":"b","Action":"deny"}"#;
    let intention = send(agent, "POST", "/v1/connect/intentions", intention);
    send(agent, "DELETE", &format!("/v1/connect/intentions/{}", remembered(&intention, "/ID")), b"");
    // Last, because the index after it is the highest.
    send(agent, "PUT", "/v1/kv/something", b"");
    send(agent, "DELETE", "/v1/kv/?recurse", b"");
    let emptied = send(agent, "GET", "/v1/kv/?keys", b"");
    emptied.header("x-consul-index").unwrap().parse().unwrap()
}

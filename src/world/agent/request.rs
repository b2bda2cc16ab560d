//! A request as the endpoints see it: a clean path, a decoded query, a body of bounded size.

use super::duration;
use axum::body::{Body, Bytes};
use axum::http::{Method, header};
use std::sync::Mutex;
use std::time::Duration;

/// One request to the agent's HTTP API.
pub(super) struct Request {
    pub(super) method: Method,
    /// Decoded; always begins with `/`.
    pub(super) path: String,
    /// As it was sent, without the question mark.
    pub(super) raw_query: String,
    query: Vec<(String, String)>,
    /// As announced, if it was.
    pub(super) content_length: Option<u64>,
    /// Behind a lock only because a body can't be shared between threads, and a request is.
    body: Mutex<Option<Body>>,
}

/// Up to when and until what change a read may wait.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wait {
    /// Zero: answer at once.
    pub(super) index: u64,
    pub(super) time: Duration,
}

/// What is wrong with a body that could not be taken in.
pub(super) enum BodyError {
    TooLarge,
    Broken,
}

const DEFAULT_WAIT: Duration = Duration::from_secs(5 * 60);
const MAX_WAIT: Duration = Duration::from_secs(10 * 60);

impl Request {
    pub(super) fn new(request: axum::extract::Request) -> Request {
        let (parts, body) = request.into_parts();
        let raw_query = parts.uri.query().unwrap_or_default().to_string();
        let mut path = unescape(parts.uri.path(), false);
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        let length = parts.headers.get(header::CONTENT_LENGTH);
        Request {
            method: parts.method,
            path,
            query: pairs(&raw_query),
            raw_query,
            content_length: length.and_then(|length| length.to_str().ok()?.parse().ok()),
            body: Mutex::new(Some(body)),
        }
    }

    /// Whether a parameter is there, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(key, _)| key == name)
    }

    /// A parameter's first value; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// `?node-meta=key:value`, as often as it is given.
    pub(super) fn node_meta(&self) -> Vec<(String, String)> {
        let split = |pair: String| match pair.split_once(':') {
            Some((key, value)) => (key.to_string(), value.to_string()),
            None => (pair, String::new()),
        };
        self.all("node-meta").into_iter().map(split).collect()
    }

    /// `?index` and `?wait`; the error is the answer's text.
    pub(super) fn wait(&self) -> Result<Wait, &'static str> {
        let mut wait = Wait { index: 0, time: DEFAULT_WAIT };
        if !self.get("wait").is_empty() {
            let nanoseconds = duration::parse(self.get("wait")).map_err(|_| "Invalid wait time")?;
            wait.time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0));
            if wait.time.is_zero() {
                wait.time = DEFAULT_WAIT;
            }
        }
        if !self.get("index").is_empty() {
            wait.index = self.get("index").parse().map_err(|_| "Invalid index")?;
        }
        wait.time = wait.time.min(MAX_WAIT);
        Ok(wait)
    }

    /// The rest of the path after a prefix that it is known to have.
    pub(super) fn after(&self, prefix: &str) -> String {
        self.path.strip_prefix(prefix).unwrap_or_default().to_string()
    }

    /// Takes in the body, up to a number of bytes.
    pub(super) async fn body(&mut self, limit: usize) -> Result<Bytes, BodyError> {
        let Some(body) = self.body.get_mut().ok().and_then(Option::take) else { return Ok(Bytes::new()) };
        axum::body::to_bytes(body, limit).await.map_err(|error| {
            let too_large =
                std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit"));
            if too_large { BodyError::TooLarge } else { BodyError::Broken }
        })
    }

    /// The clean path that a request to an unclean one is sent to: `//`, `.` and `..` are resolved. `None` if it is clean.
    pub(super) fn redirect(&self) -> Option<String> {
        Some(clean(&self.path)).filter(|clean| *clean != self.path)
    }

    /// A path as a Location, with this request's query.
    pub(super) fn location(&self, path: &str) -> String {
        let escaped = escape(path);
        if self.raw_query.is_empty() { escaped } else { format!("{escaped}?{}", self.raw_query) }
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (unescape(key, true), unescape(value, true))
    };
    query.split(['&', ';']).filter(|part| !part.is_empty()).map(pair).collect()
}

/// Percent-decodes; in a query `+` is a space.
fn unescape(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let ahead = rest.clone();
                let mut digits = rest.by_ref().take(2).map(|digit| char::from(digit).to_digit(16));
                match (digits.next().flatten(), digits.next().flatten()) {
                    // Two hexadecimal digits make at most 255.
                    (Some(high), Some(low)) => bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?')),
                    _ => {
                        bytes.push(b'%');
                        rest = ahead;
                    }
                }
            }
            b'+' if query => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encodes a path as Go does in a Location.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = format!("/{}", parts.join("/"));
    if path.ends_with('/') && out != "/" {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{clean, escape, pairs, unescape};

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (given, wanted) in [
            ("/v1/kv//a", "/v1/kv/a"),
            ("/v1/kv/a/../b", "/v1/kv/b"),
            ("/v1/kv/a/./b/", "/v1/kv/a/b/"),
            ("/../..", "/"),
            ("/v1/kv/a", "/v1/kv/a"),
        ] {
            assert_eq!(clean(given), wanted);
        }
        assert_eq!(escape("/a b/é"), "/a%20b/%C3%A9");
    }

    #[test]
    fn odd_escapes_stay_as_they_are() {
        assert_eq!(unescape("a%2", false), "a%2");
        assert_eq!(unescape("a%zz%41", false), "a%zzA");
        assert_eq!(unescape("%", false), "%");
        assert_eq!(unescape("a+b%2B", true), "a b+");
        let wanted = [("a", ""), ("b", "1"), ("c", "=")].map(|(k, v)| (k.to_string(), v.to_string()));
        assert_eq!(pairs("a&b=1&&c=%3D"), wanted);
    }
}

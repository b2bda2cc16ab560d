//! Answers: JSON, plain-text errors, and the headers that Consul sends with them.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// An answer, before it is turned into HTTP.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    content: Content,
    meta: Option<Meta>,
    headers: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
enum Content {
    Empty,
    Json(Value),
    Text(String),
    Html(String),
    Raw(Bytes),
}

/// What a read says about itself.
#[derive(Clone, Copy, Debug)]
struct Meta {
    index: u64,
    known_leader: bool,
    consistency: bool,
}

impl Reply {
    fn new(status: StatusCode, content: Content) -> Reply {
        Reply { status, content, meta: None, headers: Vec::new() }
    }

    pub(super) fn json(value: impl Into<Value>) -> Reply {
        Reply::new(StatusCode::OK, Content::Json(value.into()))
    }

    pub(super) fn empty(status: StatusCode) -> Reply {
        Reply::new(status, Content::Empty)
    }

    /// The value of a key as it is. The headers keep a browser from taking it for a page.
    pub(super) fn raw(value: Vec<u8>) -> Reply {
        Reply::new(StatusCode::OK, Content::Raw(value.into()))
            .with("content-security-policy", "sandbox")
            .with("x-content-type-options", "nosniff")
    }

    pub(super) fn error(status: StatusCode, text: impl Into<String>) -> Reply {
        Reply::new(status, Content::Text(text.into()))
    }

    /// 400: the request itself is wrong.
    pub(super) fn bad(text: impl Into<String>) -> Reply {
        Reply::error(StatusCode::BAD_REQUEST, text)
    }

    /// 500: Consul answers so for whatever a server refused, also for a client's mistake.
    pub(super) fn refused(text: impl Into<String>) -> Reply {
        Reply::error(StatusCode::INTERNAL_SERVER_ERROR, text)
    }

    /// 413, in Consul's words.
    pub(super) fn too_large(length: Option<u64>, limit: usize, option: &str) -> Reply {
        let length = length.map_or_else(|| "unknown".to_string(), |length| length.to_string());
        Reply::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "Request body({length} bytes) too large, max size: {limit} bytes. See https://www.consul.io/docs/agent/options.html#{option}."
            ),
        )
        .with("connection", "close")
    }

    pub(super) fn redirect(location: String, with_page: bool) -> Reply {
        let escaped = location.replace('&', "&amp;");
        let page = format!("<a href=\"{escaped}\">Moved Permanently</a>.\n\n");
        let content = if with_page { Content::Html(page) } else { Content::Empty };
        Reply::new(StatusCode::MOVED_PERMANENTLY, content).with("location", location)
    }

    pub(super) fn status(mut self, status: StatusCode) -> Reply {
        self.status = status;
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// Says at which index this was read.
    pub(super) fn at(mut self, index: u64) -> Reply {
        // Zero would make a client that waits for a change spin.
        self.meta = Some(Meta { index: index.max(1), known_leader: true, consistency: false });
        self
    }

    /// Says at which index this was read, for the endpoints that also name the consistency.
    pub(super) fn at_leader(self, index: u64) -> Reply {
        let mut reply = self.at(index);
        reply.meta = reply.meta.map(|meta| Meta { consistency: true, ..meta });
        reply
    }

    /// A read that did not get as far as a server's state.
    pub(super) fn unread(mut self) -> Reply {
        self.meta = Some(Meta { index: 1, known_leader: false, consistency: false });
        self
    }

    /// The index this was read at, for a reader that waits for a later one.
    pub(super) fn index(&self) -> u64 {
        self.meta.map_or(u64::MAX, |meta| meta.index)
    }

    pub(super) fn into_response(self, pretty: bool) -> Response {
        let (content_type, bytes) = match self.content {
            Content::Empty => (None, Bytes::new()),
            Content::Json(value) if pretty => {
                let text = serde_json::to_string_pretty(&value).unwrap_or_default();
                (Some("application/json"), format!("{text}\n").into())
            }
            Content::Json(value) => (Some("application/json"), value.to_string().into()),
            Content::Text(text) => (Some("text/plain; charset=utf-8"), text.into()),
            Content::Html(text) => (Some("text/html; charset=utf-8"), text.into()),
            Content::Raw(bytes) => (Some("text/plain"), bytes),
        };
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Some(meta) = self.meta {
            headers.insert("x-consul-index", meta.index.into());
            let known = if meta.known_leader { "true" } else { "false" };
            headers.insert("x-consul-knownleader", HeaderValue::from_static(known));
            headers.insert("x-consul-lastcontact", HeaderValue::from_static("0"));
            if meta.consistency {
                headers.insert("x-consul-effective-consistency", HeaderValue::from_static("leader"));
            }
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

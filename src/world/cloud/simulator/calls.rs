//! The log of all calls: one JSON line each in `calls`, secrets left out.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{Disk, Session};
use crate::base::value::ValueMap;
use crate::world::cloud::api::{ApiError, Operation, Reply, Request};
use crate::world::cloud::codec;
use crate::world::cloud::kind::Kind;

/// The name of the log within the cloud's directory.
pub const FILE: &str = "calls";

/// A line of the log.
#[derive(Debug, Serialize)]
struct Line<'a> {
    time: super::Moment,
    service: &'a str,
    region: &'a str,
    operation: &'a str,
    kind: &'a str,
    object: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    request: Map<String, Json>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Appends a call and its answer.
pub fn record(
    session: &Session<'_>,
    request: &Request,
    object: &str,
    reply: &Result<Reply, ApiError>,
) -> Result<(), ApiError> {
    let made = match reply {
        Ok(Reply::Object(object)) if object.id != *"" => object.id.as_str(),
        _ => object,
    };
    let (status, error) = match reply {
        Ok(_) => (200, None),
        Err(error) => (error.status, Some(error.code.as_str())),
    };
    let shown = |values: &ValueMap| redacted(values, &request.kind);
    let line = Line {
        time: session.now,
        service: &request.kind.service,
        region: &request.region,
        operation: request.name(),
        kind: &request.kind.name,
        object: made,
        request: match &request.operation {
            Operation::Create { attributes, .. } => shown(attributes),
            Operation::Modify { changes, .. } => shown(changes),
            Operation::Delete { parameters, .. } => shown(parameters),
            Operation::Tag { tags, .. } => codec::map_to_json(tags),
            Operation::Describe { .. } | Operation::List => Map::new(),
        },
        status,
        error,
    };
    let line = serde_json::to_string(&line).map_err(|e| ApiError::broken(e.to_string()))?;
    session.disk.append(FILE, &line)
}

fn redacted(values: &ValueMap, kind: &Kind) -> Map<String, Json> {
    let show = |(name, value): (&crate::base::Text, &crate::base::value::Value)| {
        let secret = kind.is_secret(name) && !value.is_null();
        (name.to_string(), codec::to_json(&value.clone().mark(secret)))
    };
    values.iter().filter(|(_, value)| !value.is_null()).map(show).collect()
}

impl Disk {
    /// All lines of the log, oldest first; lines that are no JSON are left out.
    pub fn calls(&self) -> Result<Vec<Map<String, Json>>, ApiError> {
        let path = self.directory().join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(ApiError::broken(format!("{} can't be read: {e}", path.display()))),
        }
    }
}

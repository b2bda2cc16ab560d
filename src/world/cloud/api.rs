//! The seam: what is asked of a cloud, and how it answers or fails. Waiting, retrying and comparing happen above
//! it and would be the same for a real cloud; everything below it is the simulator.

use std::sync::Arc;

use crate::base::Text;
use crate::base::value::{Value, ValueMap};

use super::kind::Kind;

/// A cloud that can be asked.
pub trait CloudApi: Send + Sync {
    /// Performs one operation. Blocks for as long as the disk takes.
    fn call(&self, request: &Request) -> Result<Reply, ApiError>;
}

/// One call of an operation.
#[derive(Debug, Clone)]
pub struct Request {
    /// The kind of object it is about.
    pub kind: Arc<Kind>,
    /// The region it is sent to.
    pub region: Text,
    /// What is asked.
    pub operation: Operation,
}

/// What is asked of a cloud.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Make an object.
    Create {
        /// What is set, by attribute; secrets in plain text.
        attributes: ValueMap,
        /// Its tags.
        tags: ValueMap,
        /// Kept with the object, so that who made it can find it again.
        token: Text,
    },
    /// Describe an object.
    Describe {
        /// Which.
        id: Text,
    },
    /// Describe all objects of the kind.
    List,
    /// Change an object.
    Modify {
        /// Which.
        id: Text,
        /// What changes, by attribute; null takes a setting away.
        changes: ValueMap,
    },
    /// Remove an object.
    Delete {
        /// Which.
        id: Text,
        /// What accompanies the request.
        parameters: ValueMap,
    },
    /// Set an object's tags to exactly these.
    Tag {
        /// Which.
        id: Text,
        /// All its tags.
        tags: ValueMap,
    },
}

impl Operation {
    /// The object it is about, where the request names it.
    pub fn id(&self) -> Option<&Text> {
        match self {
            Operation::Describe { id }
            | Operation::Modify { id, .. }
            | Operation::Delete { id, .. }
            | Operation::Tag { id, .. } => Some(id),
            Operation::Create { .. } | Operation::List => None,
        }
    }
}

impl Request {
    /// The operation as the cloud calls it: `CreateDBInstance`.
    pub fn name(&self) -> &Text {
        let names = &self.kind.operations;
        match self.operation {
            Operation::Create { .. } => &names.create,
            Operation::Describe { .. } => &names.describe,
            Operation::List => &names.list,
            Operation::Modify { .. } => &names.modify,
            Operation::Delete { .. } => &names.delete,
            Operation::Tag { .. } => &names.tag,
        }
    }
}

/// What a cloud answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The object as it is now.
    Object(Box<Description>),
    /// All objects of the kind.
    Objects(Vec<Description>),
}

/// An object as a cloud describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// What it is called.
    pub id: Text,
    /// The state it is in.
    pub state: State,
    /// Its attributes, null where they have no value (yet); without parameters, secrets and tags.
    pub attributes: Value,
    /// Changes that wait for the window.
    pub pending: ValueMap,
    /// Its tags.
    pub tags: ValueMap,
    /// The token it was made with.
    pub token: Text,
}

/// States of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum State {
    Creating,
    Available,
    Modifying,
    Deleting,
    Failed,
}

/// Why a cloud did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// `DBInstanceAlreadyExists`
    pub code: Text,
    /// The status of the HTTP answer; 0 if there was none.
    pub status: u16,
    /// What it says.
    pub message: String,
    /// Whether asking again can help.
    pub retry: Retry,
}

/// Whether asking again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It can't.
    Never,
    /// Asked too often: slower.
    Throttled,
    /// The object or the service is busy: later.
    Passing,
    /// No answer came: whether it was done is not known.
    Lost,
}

impl ApiError {
    /// A refusal that stays.
    pub fn refused(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), retry: Retry::Never }
    }

    /// The cloud itself is broken: a file of it can't be read or written.
    pub fn broken(message: impl Into<String>) -> Self {
        Self::refused("InternalFailure", 500, message)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.status {
            0 => write!(f, "{}", self.message),
            status => write!(f, "{status} {}: {}", self.code, self.message),
        }
    }
}

impl std::error::Error for ApiError {}

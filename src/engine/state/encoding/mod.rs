//! State as JSON text: the form in which every store keeps it.
//!
//! Plain values look as anybody would write them. What JSON has no form for is an object with one key that begins
//! with a single `$`; keys of users that begin with `$` are written with one more.
//!
//! | Written | Means |
//! |---|---|
//! | `{"$set": […]}` | a set |
//! | `{"$duration_ns": n}` | a duration in nanoseconds |
//! | `{"$size_bytes": n}` | a size in bytes |
//! | `{"$sealed": "…"}` | a secret, sealed by the [`Sealer`] |
//! | `{"$secret": v}` | a secret inside of a sealed value |
//! | `{"$unknown": {…}}` | a value decided later: its type and what is known of it |
//! | `{"$deep": "…"}` | what is nested so deep that ordinary readers of JSON give up, as JSON text |

mod read;
mod records;
mod types;
mod write;

#[cfg(test)]
mod tests;

pub use records::{decode_run, encode_run};

use super::sealing::{Path, Sealer};
use super::store::StoreError;
use crate::base::value::Value;

/// The version of the form. A store keeps it once and refuses a newer one.
pub const FORMAT: u32 = 1;

/// No value in a state is nested deeper.
pub const MAX_DEPTH: usize = 256;

/// Levels of JSON in one text; readers commonly stop at 128.
const TEXT_DEPTH: usize = 100;

/// Writes and reads the parts of one state.
#[derive(Clone, Copy)]
pub struct Codec<'a> {
    /// The lineage of the state.
    pub lineage: &'a str,
    /// Seals its secrets.
    pub sealer: &'a dyn Sealer,
}

impl Codec<'_> {
    /// A value as JSON text. Fails when it is nested too deep or its secrets can't be sealed.
    pub fn encode_value(&self, owner: &str, value: &Value) -> Result<String, StoreError> {
        self.encode_at(owner, &Path::Root, value)
    }

    /// The value in a text made by [`Codec::encode_value`] for the same owner. Fails for any other text.
    pub fn decode_value(&self, owner: &str, text: &str) -> Result<Value, StoreError> {
        self.decode_at(owner, &Path::Root, text)
    }

    fn encode_at(&self, owner: &str, path: &Path<'_>, value: &Value) -> Result<String, StoreError> {
        write::Writer::new(self, owner).text(value, path, 0)
    }

    fn decode_at(&self, owner: &str, path: &Path<'_>, text: &str) -> Result<Value, StoreError> {
        read::Reader::new(self, owner).text(text, path, 0)
    }
}

fn too_deep(owner: &str) -> StoreError {
    StoreError::Unusable(format!("a value of {owner} is nested deeper than {MAX_DEPTH} levels"))
}

fn malformed(owner: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Unusable(format!("the record of {owner} in the state is damaged: {why}"))
}

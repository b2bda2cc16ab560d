//! The contract of whatever seals secrets before they are stored.

use std::fmt;

use super::store::StoreError;

/// Seals secrets with an authenticated cipher. Implementations hold the keys.
pub trait Sealer: Send + Sync {
    /// Seals `plain` for this place; the answer is text that names the key, and is different every time.
    /// Fails when there is no usable key.
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<String, StoreError>;

    /// What was sealed for this place. Fails when the key is missing or another one, and when the text was
    /// altered or sealed for another place.
    fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Vec<u8>, StoreError>;
}

/// Where a secret belongs. A sealed text opens only in the place it was sealed for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The lineage of the state.
    pub lineage: &'a str,
    /// The address of the instance, or `output.x`.
    pub owner: &'a str,
    /// Where in it.
    pub path: &'a Path<'a>,
}

impl Place<'_> {
    /// The place as bytes, for the cipher to bind; different places never have the same.
    pub fn bytes(&self) -> Vec<u8> {
        format!("{}\0{}\0{}", self.lineage, self.owner, self.path).into_bytes()
    }
}

/// A way into a value; lives on the stack of whoever walks the value.
#[derive(Debug, Clone, Copy)]
pub enum Path<'a> {
    /// The value itself.
    Root,
    /// An attribute or key.
    Field(&'a Path<'a>, &'a str),
    /// An element.
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    /// As a JSON pointer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => {
                write!(f, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Element(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

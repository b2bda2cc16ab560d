//! What the world hands in: files, cancellation, limits. Implementations live in `world`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reading sources, from disk, memory or an editor's buffers. Paths use `/` and are relative to the project root,
/// without `.` and `..` inside; the empty path is the root.
pub trait Files: Send + Sync {
    /// The content of a file.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError>;
    /// The names (not paths) of the entries of a directory, sorted.
    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError>;
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a directory.
    pub directory: bool,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It does not exist.
    #[error("it does not exist")]
    NotFound,
    /// It lies outside the project root, by `..` or a symbolic link.
    #[error("it lies outside the project")]
    Outside,
    /// It is larger than the limit.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Anything else, in the system's words.
    #[error("{0}")]
    Other(String),
}

/// Randomness that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The system gives no random numbers; in its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct EntropyError(pub String);

/// Asks long work to stop; clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag nobody has raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bounds that make a hostile input end in an error with a place. They count meaning, not time: the same input ends the
/// same way on every machine.
///
/// ```
/// use prov::base::effects::Limits;
/// let limits = Limits { steps: 10_000, output_bytes: 1 << 10, ..Limits::default() };
/// assert_eq!(limits.call_depth, Limits::default().call_depth);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps of one expression evaluated from the outside (the value of a local, an argument, a condition): one for
    /// each expression inside it, as often as it is evaluated.
    pub steps: u64,
    /// Steps of all evaluations of one run, or of the check of one module. Evaluations of a few thousand steps are not
    /// counted: of them there may be any number.
    pub total_steps: u64,
    /// Bytes of values that one such evaluation may make. Nothing is given back, so it bounds the work as well.
    pub heap_bytes: u64,
    /// Bytes of values that all evaluations of one run may leave behind. Evaluations that make a few kilobytes are not
    /// counted: of them there may be any number.
    pub total_bytes: u64,
    /// Calls of functions of the language within each other.
    pub call_depth: u32,
    /// Brackets and blocks within each other in a source.
    pub nesting: u32,
    /// Bytes of one string that results.
    pub output_bytes: u64,
    /// Bytes of one source file.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 5_000_000,
            total_steps: 100_000_000,
            heap_bytes: 256 << 20,
            total_bytes: 1 << 30,
            call_depth: 128,
            nesting: 200,
            output_bytes: 16 << 20,
            file_bytes: 16 << 20,
        }
    }
}

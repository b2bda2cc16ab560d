//! State stores: where the state of an account is kept.
//!
//! [`sqlite`] keeps it in a file: [`database`] does the work on a [`thread`] of its own, with tables as in
//! [`schema`] and [`rows`], locks as in [`lock`]. [`memory`] keeps it for as long as a program runs. [`keys`] seals
//! secrets for every store.

mod database;
mod files;
pub mod keys;
mod lock;
pub mod memory;
mod rows;
mod schema;
pub mod sqlite;
mod thread;

pub use keys::Keys;
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

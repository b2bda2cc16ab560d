//! Text → syntax tree with spans and trivia; recovery; formatter.
//!
//! [`parse`] always answers a tree. A text without mistakes goes through the grammar once; a broken one is mended
//! where it is broken, with a report for each place, and then goes through the same grammar.

mod build;
pub mod constants;
mod damage;
mod escapes;
mod format;
mod grammar;
mod lex;
mod logical;
mod parse;
mod recover;
mod remap;
mod reports;
pub mod tree;
mod unfinished;

pub use damage::damaged;
pub use escapes::unquote;
pub use format::format;
pub use logical::path_at;
pub use parse::{ParsedExpression, parse, parse_expression, parse_template};
pub use unfinished::Unfinished;

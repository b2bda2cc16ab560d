//! Text → syntax tree with spans and trivia; recovery; formatter.

pub mod tree;

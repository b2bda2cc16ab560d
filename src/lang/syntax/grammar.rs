//! The parser that pest makes of `grammar/prov.pest`.
#![allow(missing_docs, reason = "the rules are described in the grammar")]

/// The grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/prov.pest"]
pub struct Grammar;

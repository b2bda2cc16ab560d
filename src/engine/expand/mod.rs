//! From a program to its instances.
//!
//! [`Tree`] is what can be known without values: every module at every place it is called from, every declaration in it a
//! node, and which node refers to which. [`Instances`] is what comes of it once `count` and `for_each` are known: module
//! instances and, by index, the instances of resources. Bodies are shared; an instance is a few numbers.

pub mod instances;
pub mod tree;
pub mod uses;

pub use instances::{Expansion, InstId, Instances, Keys, ModuleInstance, RowId};
pub use tree::{Node, NodeId, PathId, Tree};
pub use uses::ModuleUses;

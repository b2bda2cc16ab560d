//! The dependency graph of a configuration or plan, as data for drawing.

use crate::base::Text;
use crate::base::source::Span;

/// Nodes and edges. Edges point from what depends to what it depends on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphData {
    /// In order of dependency, what others need first.
    pub nodes: Vec<GraphNode>,
    /// Pairs of indexes into `nodes`: the first depends on the second. Sorted, without duplicates.
    pub edges: Vec<(usize, usize)>,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphNode {
    /// Its address: `module.db.aws_db_instance.this`, `var.region`, `module.db.output.port`.
    pub address: Text,
    /// The address without the module.
    pub label: Text,
    /// The module it lies in, `module.a.module.b`; empty for the root.
    pub module: Text,
    /// What it is.
    pub kind: NodeKind,
    /// Where it is declared.
    pub declared: Option<Span>,
}

/// Kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// `variable`
    Variable,
    /// An entry of `locals`
    Local,
    /// `output`
    Output,
    /// `resource`
    Resource,
    /// `data`
    Data,
    /// `provider`
    Provider,
    /// `check`
    Check,
}

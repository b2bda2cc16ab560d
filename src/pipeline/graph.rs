//! The dependency graph of a configuration or plan, as data for drawing.

use crate::base::Text;
use crate::base::address::Mode;
use crate::base::schema::Schemas;
use crate::base::source::Span;
use crate::engine::expand::{Node, NodeId, Tree};
use crate::lang::resolve::program::Program;

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

impl GraphData {
    /// The graph of a configuration. Empty if it has a circle, which the checker reports.
    pub(crate) fn of(program: &Program, schemas: &Schemas) -> Self {
        let Ok(tree) = Tree::build(program, schemas) else { return Self::default() };
        let mut data = Self::default();
        let mut place = vec![None; tree.len()];
        for node in tree.graph.order() {
            let id = NodeId(*node);
            let (path, what) = tree.node(id);
            let kind = match what {
                Node::Variable(_) => NodeKind::Variable,
                Node::Local(_) => NodeKind::Local,
                Node::Output(_) => NodeKind::Output,
                Node::Provider(_) => NodeKind::Provider,
                Node::Check(_) => NodeKind::Check,
                Node::Resource(_) => match tree.resource(id).map(|resource| resource.key.mode) {
                    Some(Mode::Data) => NodeKind::Data,
                    _ => NodeKind::Resource,
                },
                Node::Expand | Node::Gate | Node::Close | Node::Outputs => continue,
            };
            place[*node as usize] = Some(data.nodes.len());
            data.nodes.push(GraphNode {
                address: tree.address(id).into(),
                label: tree.label(id).into(),
                module: tree.path_address(path).into(),
                kind,
                declared: tree.declared(id),
            });
        }
        // Helper nodes are left out; what they join is joined directly, each found once per helper.
        let mut through: Vec<Option<Vec<usize>>> = vec![None; tree.len()];
        for node in tree.graph.order() {
            let mut before: Vec<usize> = Vec::new();
            for other in tree.graph.before(*node) {
                match (place[other as usize], &through[other as usize]) {
                    (Some(at), _) => before.push(at),
                    (None, Some(inner)) => before.extend(inner),
                    (None, None) => {}
                }
            }
            before.sort_unstable();
            before.dedup();
            match place[*node as usize] {
                Some(at) => data.edges.extend(before.into_iter().map(|before| (at, before))),
                None => through[*node as usize] = Some(before),
            }
        }
        data.edges.sort_unstable();
        data.edges.dedup();
        data
    }
}

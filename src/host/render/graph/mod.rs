//! The dependency graph as a picture, for Graphviz, for Mermaid and as JSON; grouped by module.
//!
//! In every form an arrow leads from what is needed to what needs it, in the direction things come into being.

pub mod layout;
pub mod svg;
pub mod text;
mod tree;

use std::collections::BTreeSet;

use crate::pipeline::{GraphData, GraphNode, NodeKind};

/// The graph of what is made and read only: variables, locals, outputs and the like are taken out, and what depended
/// on them depends on what they depend on.
pub fn objects_only(graph: &GraphData) -> GraphData {
    let kept = |node: &GraphNode| matches!(node.kind, NodeKind::Resource | NodeKind::Data);
    let mut needs = vec![Vec::new(); graph.nodes.len()];
    for (from, to) in &graph.edges {
        if let Some(list) = needs.get_mut(*from) {
            list.push(*to);
        }
    }
    let mut number = vec![None; graph.nodes.len()];
    let mut nodes = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| kept(node)) {
        number[at] = Some(nodes.len());
        nodes.push(node.clone());
    }
    let mut edges = BTreeSet::new();
    for (from, number_from) in number.iter().enumerate() {
        let Some(number_from) = number_from else { continue };
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = needs[from].clone();
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            match number.get(at).copied().flatten() {
                Some(to) if to != *number_from => {
                    edges.insert((*number_from, to));
                }
                Some(_) => {}
                None => open.extend(needs.get(at).into_iter().flatten()),
            }
        }
    }
    GraphData { nodes, edges: edges.into_iter().collect() }
}

#[cfg(test)]
mod tests;

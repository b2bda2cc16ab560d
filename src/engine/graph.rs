//! A directed graph that is acyclic by construction.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A directed acyclic graph of nodes `0..n`. An edge runs from what comes first to what comes after it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    inner: DiGraph<(), (), u32>,
    order: Vec<u32>,
}

/// Nodes that depend on each other in a circle: the first comes before the second …, the last before the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(pub Vec<u32>);

impl Graph {
    /// A graph of nodes `0..nodes` with edges `(before, after)`, or its shortest cycle. Edges that occur twice count once.
    pub fn build(nodes: usize, edges: Vec<(u32, u32)>) -> Result<Self, Cycle> {
        let inner = assemble(nodes, edges);
        match order(&inner) {
            Some(order) => Ok(Self { inner, order }),
            None => Err(shortest_cycle(&inner)),
        }
    }

    /// As [`Graph::build`], with wishes: edges that are left out where they would close a cycle.
    pub fn build_with_wishes(
        nodes: usize,
        mut edges: Vec<(u32, u32)>,
        wishes: Vec<(u32, u32)>,
    ) -> Result<Self, Cycle> {
        let all = assemble(nodes, edges.iter().chain(&wishes).copied().collect());
        if let Some(order) = order(&all) {
            return Ok(Self { inner: all, order });
        }
        let mut component = vec![0; nodes];
        for (at, members) in kosaraju_scc(&all).into_iter().enumerate() {
            for node in members {
                component[node.index()] = at;
            }
        }
        let apart = |(a, b): &(u32, u32)| component[*a as usize] != component[*b as usize];
        edges.extend(wishes.into_iter().filter(apart));
        Self::build(nodes, edges)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All nodes, each after all that come before it; of several that could be next, the one with the lowest number.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The nodes directly after this one.
    pub fn after(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.inner.neighbors_directed(NodeIndex::new(node as usize), Outgoing).map(|n| n.index() as u32)
    }

    /// The nodes directly before this one.
    pub fn before(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.inner.neighbors_directed(NodeIndex::new(node as usize), Incoming).map(|n| n.index() as u32)
    }

    /// How many nodes are directly before each.
    pub fn counts_before(&self) -> Vec<u32> {
        counts(&self.inner)
    }
}

fn assemble(nodes: usize, mut edges: Vec<(u32, u32)>) -> DiGraph<(), (), u32> {
    edges.sort_unstable();
    edges.dedup();
    let mut graph = DiGraph::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (before, after) in edges {
        graph.add_edge(NodeIndex::new(before as usize), NodeIndex::new(after as usize), ());
    }
    graph
}

fn counts(graph: &DiGraph<(), (), u32>) -> Vec<u32> {
    let mut counts = vec![0; graph.node_count()];
    for edge in graph.raw_edges() {
        counts[edge.target().index()] += 1;
    }
    counts
}

/// Kahn's algorithm; `None` if there is a cycle.
fn order(graph: &DiGraph<(), (), u32>) -> Option<Vec<u32>> {
    let mut open = counts(graph);
    let free = (0..graph.node_count() as u32).filter(|n| open[*n as usize] == 0).map(Reverse);
    let mut ready: BinaryHeap<Reverse<u32>> = free.collect();
    let mut order = Vec::with_capacity(graph.node_count());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for next in graph.neighbors_directed(NodeIndex::new(node as usize), Outgoing) {
            open[next.index()] -= 1;
            if open[next.index()] == 0 {
                ready.push(Reverse(next.index() as u32));
            }
        }
    }
    (order.len() == graph.node_count()).then_some(order)
}

/// About so many nodes are visited in search of the shortest cycle; in a larger tangle a short one has to do.
const VISITS: usize = 2_000_000;

fn shortest_cycle(graph: &DiGraph<(), (), u32>) -> Cycle {
    let mut best: Vec<u32> = Vec::new();
    for component in kosaraju_scc(graph) {
        let own_loop = component.len() == 1 && graph.find_edge(component[0], component[0]).is_some();
        if own_loop {
            return Cycle(vec![component[0].index() as u32]);
        }
        if component.len() < 2 {
            continue;
        }
        let mut starts = component.clone();
        starts.sort_unstable();
        for start in starts.into_iter().take((VISITS / component.len()).max(1)) {
            if let Some(cycle) = cycle_through(graph, start)
                && (best.is_empty() || cycle.len() < best.len())
            {
                best = cycle;
            }
        }
    }
    Cycle(best)
}

fn cycle_through(graph: &DiGraph<(), (), u32>, start: NodeIndex<u32>) -> Option<Vec<u32>> {
    let mut from = vec![None; graph.node_count()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.neighbors_directed(node, Outgoing) {
            if next == start {
                let mut path = vec![node.index() as u32];
                let mut at = node;
                while let Some(previous) = from[at.index()] {
                    at = previous;
                    path.push(at.index() as u32);
                }
                path.reverse();
                return Some(path);
            }
            if from[next.index()].is_none() {
                from[next.index()] = Some(node);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_comes_first_is_first_and_ties_go_by_number() {
        let graph = Graph::build(4, vec![(3, 0), (0, 1), (3, 0)]).unwrap();
        assert_eq!(graph.order(), [2, 3, 0, 1]);
        assert_eq!(graph.counts_before(), [1, 1, 0, 0]);
        assert_eq!(graph.after(3).collect::<Vec<_>>(), [0]);
        assert_eq!(graph.before(1).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn the_shortest_cycle_is_found() {
        let edges = vec![(0, 1), (1, 2), (2, 3), (3, 0), (2, 1)];
        assert_eq!(Graph::build(4, edges).unwrap_err(), Cycle(vec![1, 2]));
        assert_eq!(Graph::build(2, vec![(0, 1), (1, 1)]).unwrap_err(), Cycle(vec![1]));
    }

    #[test]
    fn wishes_give_way() {
        let graph = Graph::build_with_wishes(3, vec![(0, 1)], vec![(1, 0), (1, 2)]).unwrap();
        assert_eq!(graph.order(), [0, 1, 2]);
        assert_eq!(graph.after(1).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_long_chain_costs_no_stack() {
        let n = 200_000;
        let chain: Vec<_> = (0..n - 1).map(|i| (i, i + 1)).collect();
        let graph = Graph::build_with_wishes(n as usize, chain.clone(), vec![(n - 1, 0)]).unwrap();
        assert_eq!(graph.order().len(), n as usize);
        let circle = chain.into_iter().chain([(n - 1, 0)]).collect();
        assert_eq!(Graph::build(n as usize, circle).unwrap_err().0.len(), n as usize);
    }

    proptest! {
        #[test]
        fn either_an_order_or_a_real_cycle(edges in prop::collection::vec((0u32..12, 0u32..12), 0..30)) {
            match Graph::build(12, edges.clone()) {
                Ok(graph) => {
                    let place: Vec<_> = (0..12).map(|n| graph.order().iter().position(|o| *o == n).unwrap()).collect();
                    prop_assert!(edges.iter().all(|(a, b)| place[*a as usize] < place[*b as usize]));
                }
                Err(Cycle(nodes)) => {
                    prop_assert!(!nodes.is_empty());
                    for (at, node) in nodes.iter().enumerate() {
                        prop_assert!(edges.contains(&(*node, nodes[(at + 1) % nodes.len()])));
                    }
                }
            }
        }
    }
}

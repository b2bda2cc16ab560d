//! Nodes in their modules: a tree of boxes. Edges are drawn between the two boxes that lie in the same box, so that a
//! module that uses another is one arrow, however many references there are.

use std::collections::BTreeMap;

use crate::pipeline::GraphData;

/// What lies in a module.
#[derive(Debug, Default)]
pub(super) struct Container {
    /// The module's own name; empty for the root.
    pub(super) label: String,
    /// Its whole address; empty for the root.
    pub(super) address: String,
    /// In order of dependency.
    pub(super) items: Vec<Item>,
    /// Between items: the first is needed by the second. With the references each stands for.
    pub(super) arrows: BTreeMap<(usize, usize), Vec<(usize, usize)>>,
}

/// A box in a container.
#[derive(Debug)]
pub(super) enum Item {
    /// A node, by its number in the graph.
    Node(usize),
    /// A module.
    Module(Container),
}

/// The tree of a graph.
pub(super) fn build(graph: &GraphData) -> Container {
    let mut root = Container::default();
    // The way to each node: the number of an item in each container on the way.
    let mut ways: Vec<Vec<usize>> = Vec::with_capacity(graph.nodes.len());
    for (number, node) in graph.nodes.iter().enumerate() {
        let mut way = Vec::new();
        let mut here = &mut root;
        for step in steps(&node.module) {
            let (at, inner) = here.module(step);
            way.push(at);
            here = inner;
        }
        way.push(here.items.len());
        here.items.push(Item::Node(number));
        ways.push(way);
    }
    for (needing, needed) in &graph.edges {
        let (Some(to), Some(from)) = (ways.get(*needing), ways.get(*needed)) else { continue };
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let (Some(one), Some(two)) = (from.get(shared), to.get(shared)) else { continue };
        let mut here = &mut root;
        for at in &from[..shared] {
            match here.items.get_mut(*at) {
                Some(Item::Module(inner)) => here = inner,
                _ => break,
            }
        }
        here.arrows.entry((*one, *two)).or_default().push((*needed, *needing));
    }
    root
}

impl Container {
    /// The module of this name and its number, made if it is not there.
    fn module(&mut self, label: &str) -> (usize, &mut Self) {
        let found =
            self.items.iter().position(|item| matches!(item, Item::Module(inner) if inner.label == label));
        let at = found.unwrap_or(self.items.len());
        if found.is_none() {
            let dot = if self.address.is_empty() { "" } else { "." };
            let address = format!("{}{dot}module.{label}", self.address);
            self.items.push(Item::Module(Self { label: label.to_owned(), address, ..Self::default() }));
        }
        match &mut self.items[at] {
            Item::Module(module) => (at, module),
            Item::Node(_) => unreachable!("a module was found or made there"),
        }
    }
}

/// `module.a["x.y"].module.b` → `a["x.y"]`, `b`
fn steps(module: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    let mut parts = Vec::new();
    for (at, ch) in module.char_indices() {
        match ch {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' if !quoted => {
                parts.push(&module[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&module[start..]);
    for pair in parts.chunks(2) {
        if let [_, name] = pair {
            steps.push(*name);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_may_hold_dots_and_quotes() {
        assert_eq!(super::steps(""), [""; 0]);
        assert_eq!(super::steps(r#"module.a["x.\"y"].module.b[0]"#), [r#"a["x.\"y"]"#, "b[0]"]);
    }
}

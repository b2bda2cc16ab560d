//! The graph for other programs: Graphviz, Mermaid, JSON.

use std::fmt::Write;

use serde_json::json;

use super::svg::kind_word;
use super::tree::{Container, Item, build};
use crate::pipeline::GraphData;

/// For Graphviz: modules are clusters.
pub fn dot(graph: &GraphData) -> String {
    let mut out = String::from("digraph prov {\n  rankdir = LR\n  node [shape = box, style = rounded]\n");
    dot_container(&build(graph), graph, 1, &mut 0, &mut out);
    for (needing, needed) in &graph.edges {
        let _ = writeln!(out, "  n{needed} -> n{needing}");
    }
    out.push_str("}\n");
    out
}

fn dot_container(
    container: &Container,
    graph: &GraphData,
    depth: usize,
    clusters: &mut usize,
    out: &mut String,
) {
    let indent = "  ".repeat(depth);
    for item in &container.items {
        match item {
            Item::Node(number) => {
                if let Some(node) = graph.nodes.get(*number) {
                    let (label, tip) = (quoted(&node.label), quoted(&node.address));
                    let _ = writeln!(out, "{indent}n{number} [label = {label}, tooltip = {tip}]");
                }
            }
            Item::Module(module) => {
                let _ = writeln!(
                    out,
                    "{indent}subgraph cluster_{clusters} {{\n{indent}  label = {}",
                    quoted(&module.label)
                );
                *clusters += 1;
                dot_container(module, graph, depth + 1, clusters, out);
                let _ = writeln!(out, "{indent}}}");
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|ch| if ch.is_control() { ' ' } else { ch }).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// For Markdown: modules are subgraphs.
pub fn mermaid(graph: &GraphData) -> String {
    let mut out = String::from("flowchart LR\n");
    mermaid_container(&build(graph), graph, 1, &mut 0, &mut out);
    for (needing, needed) in &graph.edges {
        let _ = writeln!(out, "  n{needed} --> n{needing}");
    }
    out
}

fn mermaid_container(
    container: &Container,
    graph: &GraphData,
    depth: usize,
    modules: &mut usize,
    out: &mut String,
) {
    let indent = "  ".repeat(depth);
    // Quotes would end the label; the others have a meaning inside one.
    let label = |text: &str| {
        let text = quoted(text);
        let inner = text.get(1..text.len() - 1).unwrap_or_default().replace("\\\\", "\\");
        format!("\"{}\"", inner.replace("\\\"", "#quot;").replace('<', "#lt;").replace('>', "#gt;"))
    };
    for item in &container.items {
        match item {
            Item::Node(number) => {
                if let Some(node) = graph.nodes.get(*number) {
                    let _ = writeln!(out, "{indent}n{number}[{}]", label(&node.label));
                }
            }
            Item::Module(module) => {
                let _ = writeln!(out, "{indent}subgraph m{modules}[{}]", label(&module.label));
                *modules += 1;
                mermaid_container(module, graph, depth + 1, modules, out);
                let _ = writeln!(out, "{indent}end");
            }
        }
    }
}

/// As one document; edges name what depends first, what it depends on second.
pub fn json(graph: &GraphData) -> String {
    let name = |number: usize| graph.nodes.get(number).map(|node| node.address.as_str());
    let nodes = graph.nodes.iter().map(|node| {
        json!({
            "address": node.address.as_str(),
            "label": node.label.as_str(),
            "module": node.module.as_str(),
            "kind": kind_word(node.kind),
        })
    });
    let edges =
        graph.edges.iter().map(|(needing, needed)| json!({ "from": name(*needing), "to": name(*needed) }));
    let document = json!({
        "version": 1,
        "nodes": nodes.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

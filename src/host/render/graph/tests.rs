#![allow(clippy::unwrap_used, missing_docs)]
//! Pictures of graphs: complete, without overlaps, safe to open.

use super::layout::place;
use super::*;

fn node(module: &str, label: &str, kind: NodeKind) -> GraphNode {
    let dot = if module.is_empty() { "" } else { "." };
    GraphNode {
        address: format!("{module}{dot}{label}").into(),
        label: label.into(),
        module: module.into(),
        kind,
        declared: None,
    }
}

/// The production account as it is drawn.
pub fn production() -> GraphData {
    let nodes = vec![
        node("module.node_rds", "consul_node.this", NodeKind::Resource),
        node("module.node_cache", "consul_node.this", NodeKind::Resource),
        node("module.core_db.module.instance", "aws_db_instance.this", NodeKind::Resource),
        node("module.core_db.module.instance", "output.address", NodeKind::Output),
        node("module.core_db.module.service", "consul_service.this", NodeKind::Resource),
        node("module.core_cache.module.group", "aws_elasticache_replication_group.this", NodeKind::Resource),
        node("module.core_cache.module.service", "consul_service.this", NodeKind::Resource),
        node("", "output.database_endpoint", NodeKind::Output),
    ];
    GraphData { nodes, edges: vec![(3, 2), (4, 0), (4, 3), (6, 1), (6, 5), (7, 4)] }
}

#[test]
fn what_depends_through_hidden_nodes_still_depends() {
    let objects = objects_only(&production());
    let names: Vec<_> = objects.edges.iter().map(|(a, b)| (*a, objects.nodes[*b].address.as_str())).collect();
    assert_eq!(objects.nodes.len(), 6);
    assert!(names.contains(&(3, "module.core_db.module.instance.aws_db_instance.this")), "{names:?}");
}

#[test]
fn the_picture_holds_every_node_once_and_nothing_harmful() {
    let mut graph = objects_only(&production());
    graph.nodes[0].label = "consul_node.<script>&\u{1b}\"".into();
    let picture = svg::draw(&graph, "accounts/<production>");
    for node in &graph.nodes[1..] {
        assert_eq!(
            picture.matches(&format!("<g><title>{}</title>", node.address)).count(),
            1,
            "{}",
            node.address
        );
    }
    assert!(!picture.contains("<script") && !picture.contains('\u{1b}'));
    assert_eq!(
        picture.matches("<path d=\"M").count() - 1,
        4,
        "one arrow per pair of boxes, and the arrow head"
    );
}

#[test]
fn other_programs_get_every_edge() {
    let graph = objects_only(&production());
    assert_eq!(text::dot(&graph).matches(" -> ").count(), graph.edges.len());
    assert_eq!(text::mermaid(&graph).matches(" --> ").count(), graph.edges.len());
    let json: serde_json::Value = serde_json::from_str(&text::json(&graph)).unwrap();
    assert_eq!(json["edges"].as_array().unwrap().len(), graph.edges.len());
}

#[test]
fn a_long_chain_and_a_wide_fan_are_drawn() {
    let chain: Vec<_> = (0..20_000).map(|n| (n, n + 1)).collect();
    let (places, _) = place(&vec![(10.0, 10.0); 20_001], &chain);
    assert!(places[20_000].x > places[0].x);
    let fan: Vec<_> = (1..5_000).map(|n| (0, n)).collect();
    place(&vec![(10.0, 10.0); 5_000], &fan);
}

proptest::proptest! {
    #[test]
    fn boxes_never_overlap(arrows in proptest::collection::vec((0usize..14, 0usize..14), 0..40), tall in 0usize..14) {
        let sizes: Vec<(f64, f64)> = (0..14).map(|n| (40.0, if n == tall { 200.0 } else { 30.0 })).collect();
        let (places, (width, height)) = place(&sizes, &arrows);
        for (one, a) in places.iter().enumerate() {
            proptest::prop_assert!(a.x >= 0.0 && a.y >= 0.0 && a.x + a.width <= width && a.y + a.height <= height);
            for b in places.iter().skip(one + 1) {
                let apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
                proptest::prop_assert!(apart, "{a:?} {b:?}");
            }
        }
    }
}

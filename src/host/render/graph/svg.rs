//! The graph as a picture a person can read: modules are boxes in boxes, what is needed stands left.

use std::fmt::Write;

use super::layout::{Rect, place};
use super::tree::{Container, Item, build};
use crate::host::render::text::{clean, width as columns};
use crate::pipeline::{GraphData, GraphNode, NodeKind};

/// Width of a character of the label's font.
const LETTER: f64 = 7.3;
const NODE_HEIGHT: f64 = 44.0;
const PADDING: f64 = 16.0;
/// Room for a module's name.
const HEADING: f64 = 26.0;
/// Around the whole picture.
const MARGIN: f64 = 24.0;

/// The picture.
pub fn draw(graph: &GraphData, title: &str) -> String {
    let root = Placed::new(build(graph), graph);
    let (width, height) = (root.size.0 + 2.0 * MARGIN, root.size.1 + 2.0 * MARGIN + HEADING);
    let mut out = String::new();
    let mut pen = Pen { out: &mut out, graph };
    pen.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12">"#
    ));
    pen.line(format_args!("<title>{}</title>", escape(title)));
    pen.line(format_args!(
        r##"<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 L8 4 L0 7.5 Z" fill="#64748b"/></marker></defs>"##
    ));
    pen.line(format_args!(r##"<rect width="{width:.0}" height="{height:.0}" rx="8" fill="#ffffff"/>"##));
    pen.line(format_args!(
        r##"<text x="{MARGIN}" y="{:.0}" font-size="13" font-weight="bold" fill="#0f172a">{}</text>"##,
        MARGIN + 4.0,
        escape(title)
    ));
    pen.container(&root, MARGIN, MARGIN + HEADING, 0);
    pen.line(format_args!("</svg>"));
    out
}

/// A container with its size and the places of its items within it.
struct Placed {
    container: Container,
    size: (f64, f64),
    places: Vec<Rect>,
    inner: Vec<Option<Placed>>,
}

impl Placed {
    fn new(mut container: Container, graph: &GraphData) -> Self {
        let inner: Vec<Option<Placed>> = std::mem::take(&mut container.items)
            .into_iter()
            .map(|item| match item {
                Item::Module(module) => Some(Placed::new(module, graph)),
                Item::Node(number) => {
                    container.items.push(Item::Node(number));
                    None
                }
            })
            .collect();
        // Items stay in their order: a node where there is no module.
        let mut nodes = std::mem::take(&mut container.items).into_iter();
        let mut sizes = Vec::with_capacity(inner.len());
        for module in &inner {
            match module {
                Some(module) => {
                    let name = columns(&module.container.label) as f64 * LETTER + 2.0 * PADDING;
                    sizes
                        .push(((module.size.0 + 2.0 * PADDING).max(name), module.size.1 + HEADING + PADDING));
                    container.items.push(Item::Node(usize::MAX));
                }
                None => {
                    let item = nodes.next().unwrap_or(Item::Node(usize::MAX));
                    if let Item::Node(number) = item {
                        sizes.push((node_width(graph.nodes.get(number)), NODE_HEIGHT));
                    }
                    container.items.push(item);
                }
            }
        }
        let arrows: Vec<(usize, usize)> = container.arrows.keys().copied().collect();
        let (places, size) = place(&sizes, &arrows);
        Self { container, size, places, inner }
    }
}

fn node_width(node: Option<&GraphNode>) -> f64 {
    let Some(node) = node else { return 0.0 };
    let (upper, lower) = words(node);
    columns(&upper).max(columns(&lower)) as f64 * LETTER + 28.0
}

/// The kind above, the name below.
fn words(node: &GraphNode) -> (String, String) {
    let label = clean(&node.label).into_owned();
    match node.kind {
        NodeKind::Resource => match label.split_once('.') {
            Some((kind, name)) => (kind.to_owned(), name.to_owned()),
            None => (String::new(), label),
        },
        NodeKind::Data => match label.trim_start_matches("data.").split_once('.') {
            Some((kind, name)) => (format!("data {kind}"), name.to_owned()),
            None => ("data".to_owned(), label),
        },
        kind => (
            kind_word(kind).to_owned(),
            label.split_once('.').map_or(label.clone(), |(_, name)| name.to_owned()),
        ),
    }
}

/// The word for a kind of node.
pub(super) fn kind_word(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Variable => "variable",
        NodeKind::Local => "local",
        NodeKind::Output => "output",
        NodeKind::Resource => "resource",
        NodeKind::Data => "data",
        NodeKind::Provider => "provider",
        NodeKind::Check => "check",
    }
}

/// Fill and line. Resources of one provider share a colour, always the same one.
fn colors(node: &GraphNode) -> (&'static str, &'static str) {
    const PALETTE: [(&str, &str); 6] = [
        ("#fff7ed", "#ea580c"),
        ("#fdf2f8", "#db2777"),
        ("#eff6ff", "#2563eb"),
        ("#f0fdf4", "#16a34a"),
        ("#faf5ff", "#9333ea"),
        ("#ecfeff", "#0891b2"),
    ];
    match node.kind {
        NodeKind::Resource | NodeKind::Data => {
            let label = node.label.trim_start_matches("data.");
            let provider = label.split(['_', '.']).next().unwrap_or_default();
            let at = match provider {
                "aws" => 0,
                "consul" => 1,
                other => 2 + other.bytes().map(usize::from).sum::<usize>() % (PALETTE.len() - 2),
            };
            PALETTE.get(at).copied().unwrap_or(("#ffffff", "#475569"))
        }
        _ => ("#f8fafc", "#94a3b8"),
    }
}

struct Pen<'o> {
    out: &'o mut String,
    graph: &'o GraphData,
}

impl Pen<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.out, "{text}").expect("writing to a string");
    }

    fn container(&mut self, placed: &Placed, x: f64, y: f64, depth: usize) {
        let at = |number: usize| {
            placed.places.get(number).map(|place| Rect { x: place.x + x, y: place.y + y, ..*place })
        };
        // Boxes of modules first, so that arrows lie above them; nodes last, so that they lie above arrows.
        for (number, inner) in placed.inner.iter().enumerate() {
            if let (Some(inner), Some(place)) = (inner, at(number)) {
                self.module_box(&inner.container, place, depth);
            }
        }
        for ((from, to), references) in &placed.container.arrows {
            if let (Some(from), Some(to)) = (at(*from), at(*to)) {
                self.arrow(from, to, references);
            }
        }
        for (number, inner) in placed.inner.iter().enumerate() {
            let Some(place) = at(number) else { continue };
            match (inner, placed.container.items.get(number)) {
                (Some(inner), _) => self.container(inner, place.x + PADDING, place.y + HEADING, depth + 1),
                (None, Some(Item::Node(node))) => self.node(*node, place),
                _ => {}
            }
        }
    }

    fn module_box(&mut self, module: &Container, place: Rect, depth: usize) {
        let fill = if depth.is_multiple_of(2) { "#f8fafc" } else { "#eef2f7" };
        let Rect { x, y, width, height } = place;
        self.line(format_args!(
            r##"<g><title>{}</title><rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="8" fill="{fill}" stroke="#cbd5e1"/><text x="{:.1}" y="{:.1}" fill="#475569">{}</text></g>"##,
            escape(&module.address),
            x + PADDING,
            y + 17.0,
            escape(&module.label),
        ));
    }

    fn node(&mut self, number: usize, place: Rect) {
        let Some(node) = self.graph.nodes.get(number) else { return };
        let (fill, stroke) = colors(node);
        let (upper, lower) = words(node);
        let Rect { x, y, width, height } = place;
        self.line(format_args!(
            r##"<g><title>{}</title><rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="6" fill="{fill}" stroke="{stroke}" stroke-width="1.2"/><text x="{:.1}" y="{:.1}" font-size="11" fill="#64748b">{}</text><text x="{:.1}" y="{:.1}" font-weight="bold" fill="#0f172a">{}</text></g>"##,
            escape(&node.address),
            x + 14.0,
            y + 18.0,
            escape(&upper),
            x + 14.0,
            y + 34.0,
            escape(&lower),
        ));
    }

    fn arrow(&mut self, from: Rect, to: Rect, references: &[(usize, usize)]) {
        let (x1, y1) = (from.x + from.width, from.y + from.height / 2.0);
        let (x2, y2) = (to.x - 1.0, to.y + to.height / 2.0);
        let bend = ((x2 - x1) / 2.0).abs().max(28.0);
        let name = |number: usize| self.graph.nodes.get(number).map_or("", |node| node.address.as_str());
        let told: Vec<String> = references
            .iter()
            .map(|(needed, needing)| format!("{} needs {}", name(*needing), name(*needed)))
            .collect();
        self.line(format_args!(
            r##"<path d="M{x1:.1} {y1:.1} C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}" fill="none" stroke="#64748b" stroke-width="1.3" marker-end="url(#head)"><title>{}</title></path>"##,
            x1 + bend,
            x2 - bend,
            escape(&told.join("\n")),
        ));
    }
}

/// For text and attributes of XML; characters XML can't hold are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(ch),
            ch if ch.is_control() || matches!(ch, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out
}

//! `import` blocks: what is taken into the state when nothing is there yet.

use rustc_hash::FxHashMap;

use super::expansion::{Late, Repetition};
use super::planner::Planner;
use super::world::Here;
use crate::base::Text;
use crate::base::address::InstanceAddress;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::engine::expand::{Keys, NodeId, PathId, Tree};

/// The `import` blocks of a program, by the resource they are for.
#[derive(Default)]
pub(crate) struct Imports {
    by_node: FxHashMap<NodeId, Vec<(PathId, usize)>>,
}

impl Imports {
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut by_node: FxHashMap<NodeId, Vec<(PathId, usize)>> = FxHashMap::default();
        for (at, path) in tree.paths.iter().enumerate() {
            let id = PathId(at as u32);
            for (at, import) in path.module.imports.iter().enumerate() {
                let Some(address) = address(&import.to.0, "") else { continue };
                if let Some(node) = tree.find_resource_from(id, &address.resource) {
                    by_node.entry(node).or_default().push((id, at));
                }
            }
        }
        Self { by_node }
    }
}

/// The address an import is for, with `each.key` put in.
fn address(text: &str, key: &str) -> Option<InstanceAddress> {
    let mut quoted = String::new();
    crate::base::value::quote(key, &mut quoted).ok()?;
    text.replace("each.key", &quoted).parse().ok()
}

impl Planner<'_> {
    /// The ids of objects to be taken in as instances of a resource, by address.
    pub(crate) fn imports_of(&mut self, node: NodeId) -> FxHashMap<InstanceAddress, (Text, Span)> {
        let mut found = FxHashMap::default();
        let Some(blocks) = self.imports.by_node.get(&node).cloned() else { return found };
        for (path, at) in blocks {
            for inst in self.world.instances.of_path(path).to_vec() {
                let import = self.world.module(inst).imports[at].clone();
                let subject = format!("import of {}", import.to.0);
                let repetition = Repetition { count: None, for_each: import.for_each, enabled: None };
                let keys = match self.world.keys(inst, repetition, &subject) {
                    Ok(keys) => keys,
                    Err(Late::Failed(error)) => {
                        self.fail(node, [*error]);
                        continue;
                    }
                    Err(Late::Deferred(span)) => {
                        self.fail(node, [too_late(span, &subject)]);
                        continue;
                    }
                };
                for n in 0..keys.len() as usize {
                    let here = Here { keys: Some((&keys, n)), this: None };
                    let span = self.world.module(inst).expr(import.id).span;
                    let id = match self.world.eval(inst, import.id, here) {
                        Ok(id) if id.is_unknown() => {
                            self.fail(node, [too_late(span, &subject)]);
                            continue;
                        }
                        Ok(id) => id,
                        Err(error) => {
                            self.fail(node, [*error]);
                            continue;
                        }
                    };
                    let key = match &keys {
                        Keys::Each(keys) => keys[n].0.clone(),
                        _ => Text::default(),
                    };
                    let module = self.world.instances.get(inst).address.clone();
                    let (Some(id), Some(to)) =
                        (id.as_str().filter(|id| !id.is_empty()), address(&import.to.0, &key))
                    else {
                        let message = format!("the id of the {subject} must be text, is {id}");
                        self.fail(node, [Diagnostic::new(codes::ANY_MISMATCH, span, message)]);
                        continue;
                    };
                    found.insert(to.below(&module), (id.into(), span));
                }
            }
        }
        found
    }
}

fn too_late(span: Span, subject: &str) -> Diagnostic {
    let message = format!("what the {subject} says must be known before anything is applied");
    Diagnostic::new(codes::UNKNOWN_TOO_LATE, span, message)
}

//! `import` blocks: what is taken into the state when nothing is there yet.

use rustc_hash::FxHashMap;

use super::expansion::{Late, Repetition};
use super::planner::Planner;
use super::world::Here;
use crate::base::Text;
use crate::base::address::{InstanceAddress, InstanceKey, Target};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::engine::expand::{InstId, NodeId, PathId, Tree};
use crate::lang::resolve::program::Import;

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
                let Ok(Target::Resource(address, _)) = import.target() else { continue };
                if let Some(node) = tree.find_resource_from(id, &address) {
                    by_node.entry(node).or_default().push((id, at));
                }
            }
        }
        Self { by_node }
    }
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
                    let to = match self.import_to(inst, &import, here, &subject) {
                        Ok(to) => to,
                        Err(error) => {
                            self.fail(node, [*error]);
                            continue;
                        }
                    };
                    let module = self.world.instances.get(inst).address.clone();
                    let Some(id) = id.as_str().filter(|id| !id.is_empty()) else {
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

impl Planner<'_> {
    /// The instance an import is for.
    fn import_to(
        &self,
        inst: InstId,
        import: &Import,
        here: Here<'_>,
        subject: &str,
    ) -> Result<InstanceAddress, Box<Diagnostic>> {
        let mut keys = Vec::with_capacity(import.keys.len());
        for id in &import.keys {
            let span = self.world.module(inst).expr(*id).span;
            let value = self.world.eval(inst, *id, here)?;
            if value.is_unknown() {
                return Err(Box::new(too_late(span, subject)));
            }
            let key = match (value.as_str(), value.as_i64().and_then(|index| u64::try_from(index).ok())) {
                (Some(name), _) => InstanceKey::Name(name.into()),
                (None, Some(index)) => InstanceKey::Index(index),
                (None, None) => {
                    let message =
                        format!("the key of the {subject} must be text or a number from 0, is {value}");
                    return Err(Box::new(Diagnostic::new(codes::ANY_MISMATCH, span, message)));
                }
            };
            keys.push(key);
        }
        import
            .address(&keys)
            .map_err(|error| Box::new(Diagnostic::new(codes::PLAN_FAILED, import.to.1, error.to_string())))
    }
}

fn too_late(span: Span, subject: &str) -> Diagnostic {
    let message = format!("what the {subject} says must be known before anything is applied");
    Diagnostic::new(codes::UNKNOWN_TOO_LATE, span, message)
}

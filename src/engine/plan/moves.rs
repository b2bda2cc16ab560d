//! `moved` blocks: instances of the state under the addresses they have now. `removed` blocks: what is let go.

use std::sync::Arc;

use super::planner::Planner;
use crate::base::Text;
use crate::base::address::{InstanceAddress, ModuleAddress, ModuleStep, Target};
use crate::engine::expand::{PathId, Tree};
use crate::engine::state::Instance;

/// One `moved` block and the module it stands in.
struct Move {
    names: Vec<Text>,
    from: Target,
    to: Target,
}

impl Planner<'_> {
    /// Gives the instances of the state the addresses that `moved` blocks say.
    pub(crate) fn move_instances(&mut self) {
        let moves = moves(&self.world.tree);
        if moves.is_empty() {
            return;
        }
        // A chain of moves, written in any order, needs as many passes as it is long.
        for _ in 0..=moves.len() {
            let mut any = false;
            for step in &moves {
                let found: Vec<_> = self
                    .instances
                    .keys()
                    .filter_map(|address| Some((address.clone(), rewrite(address, step)?)))
                    .filter(|(from, to)| from != to && !self.instances.contains_key(to))
                    .collect();
                for (from, to) in found {
                    if !self.instances.contains_key(&to)
                        && let Some(instance) = self.instances.shift_remove(&from)
                    {
                        let moved = Instance { address: to.clone(), ..(*instance).clone() };
                        self.instances.insert(to.clone(), Arc::new(moved));
                        let origin = self.moved.remove(&from).unwrap_or(from);
                        if origin != to {
                            self.moved.insert(to, origin);
                        }
                        any = true;
                    }
                }
            }
            if !any {
                return;
            }
        }
    }

    /// Whether a `removed` block lets the object of this instance be.
    pub(crate) fn is_let_go(&self, address: &InstanceAddress) -> bool {
        let tree = &self.world.tree;
        tree.paths.iter().enumerate().any(|(at, path)| {
            !path.module.removed.is_empty()
                && relative(address, &tree.path_names(PathId(at as u32))).is_some_and(|address| {
                    path.module.removed.iter().any(|removed| {
                        let target = removed.from.0.parse::<Target>();
                        !removed.destroy && target.is_ok_and(|target| target.covers(&address))
                    })
                })
        })
    }
}

fn moves(tree: &Tree) -> Vec<Move> {
    let mut moves = Vec::new();
    for (at, path) in tree.paths.iter().enumerate() {
        for moved in &path.module.moved {
            let names = tree.path_names(PathId(at as u32));
            if let (Ok(from), Ok(to)) = (moved.from.0.parse(), moved.to.0.parse()) {
                moves.push(Move { names, from, to });
            }
        }
    }
    moves
}

/// The address as seen from inside the modules with these names.
fn relative(address: &InstanceAddress, names: &[Text]) -> Option<InstanceAddress> {
    let steps = &address.resource.module.0;
    let inside = steps.len() >= names.len() && steps.iter().zip(names).all(|(step, name)| step.name == *name);
    if !inside {
        return None;
    }
    let mut address = address.clone();
    address.resource.module = ModuleAddress(steps[names.len()..].into());
    Some(address)
}

fn rewrite(address: &InstanceAddress, step: &Move) -> Option<InstanceAddress> {
    let inner = relative(address, &step.names)?;
    let steps = &inner.resource.module.0;
    let moved = match (&step.from, &step.to) {
        (Target::Module(from), Target::Module(to)) => {
            let head = walk(steps.get(..from.0.len())?, &from.0, &to.0)?;
            let rest = steps[from.0.len()..].iter().cloned();
            let module = ModuleAddress(head.into_iter().chain(rest).collect());
            InstanceAddress {
                resource: crate::base::address::ResourceAddress { module, ..inner.resource },
                key: inner.key,
            }
        }
        (Target::Resource(from, from_key), Target::Resource(to, to_key)) => {
            let same = (from.mode, &from.kind, &from.name)
                == (inner.resource.mode, &inner.resource.kind, &inner.resource.name);
            if !same || steps.len() != from.module.0.len() {
                return None;
            }
            let key = match (from_key, to_key) {
                (None, None) => inner.key.clone(),
                (from, to) if *from == inner.key => to.clone(),
                _ => return None,
            };
            let head = walk(steps, &from.module.0, &to.module.0)?;
            let mut resource = to.clone();
            resource.module = ModuleAddress(head.into());
            InstanceAddress { resource, key }
        }
        _ => return None,
    };
    let outer = ModuleAddress(address.resource.module.0[..step.names.len()].into());
    Some(moved.below(&outer))
}

/// The steps `to` in place of `from`, with the keys of `steps` where neither names one.
fn walk(steps: &[ModuleStep], from: &[ModuleStep], to: &[ModuleStep]) -> Option<Vec<ModuleStep>> {
    let fits = |(step, from): (&ModuleStep, &ModuleStep)| {
        step.name == from.name && (from.key.is_none() || from.key == step.key)
    };
    if !steps.iter().zip(from).all(fits) {
        return None;
    }
    let keyless = |steps: &[ModuleStep]| steps.iter().all(|step| step.key.is_none());
    if from.len() == to.len() && keyless(from) && keyless(to) {
        let step = |(to, step): (&ModuleStep, &ModuleStep)| ModuleStep {
            name: to.name.clone(),
            key: step.key.clone(),
        };
        return Some(to.iter().zip(steps).map(step).collect());
    }
    // A key that appears or goes: only the instance that is named exactly.
    let exact = steps.iter().zip(from).all(|(step, from)| step.key == from.key);
    exact.then(|| to.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rewritten(names: &[&str], from: &str, to: &str, address: &str) -> Option<String> {
        let names = names.iter().map(|name| (*name).into()).collect();
        let step = Move { names, from: from.parse().unwrap(), to: to.parse().unwrap() };
        rewrite(&address.parse().unwrap(), &step).map(|address| address.to_string())
    }

    #[test]
    fn addresses_follow_their_moves() {
        let to = |from, to, address| rewritten(&[], from, to, address);
        assert_eq!(to("a.x", "a.y", "a.x"), Some("a.y".into()));
        assert_eq!(to("a.x", "a.y", "a.x[3]"), Some("a.y[3]".into()));
        assert_eq!(to("a.x", "a.y[\"k\"]", "a.x"), Some("a.y[\"k\"]".into()));
        assert_eq!(to("a.x[0]", "a.y", "a.x[1]"), None);
        assert_eq!(to("a.x", "module.m.a.x", "a.x"), Some("module.m.a.x".into()));
        assert_eq!(
            to("module.m", "module.n", "module.m[\"k\"].a.x[1]"),
            Some("module.n[\"k\"].a.x[1]".into())
        );
        assert_eq!(to("module.m", "module.m[0]", "module.m.a.x"), Some("module.m[0].a.x".into()));
        assert_eq!(to("module.m[0]", "module.m[\"k\"]", "module.m[1].a.x"), None);
        assert_eq!(rewritten(&["m"], "a.x", "a.y", "module.m[2].a.x"), Some("module.m[2].a.y".into()));
        assert_eq!(rewritten(&["m"], "a.x", "a.y", "a.x"), None);
    }
}

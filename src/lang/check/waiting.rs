//! Data that waits is read only when what it waits for is applied, however much is known of what is asked for.

use rustc_hash::FxHashMap;

use super::taint::GATE;
use super::{Checker, Phase, Taint};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::source::Span;
use crate::lang::resolve::program::{Dependency, Reference};
use crate::lang::resolve::{Use, uses_of_body, uses_of_expr};

impl Checker<'_> {
    /// What data waits for: a resource that its own block names, anything in its `depends_on`, and what its module waits
    /// for. Through a local, a variable or an output it is the value alone that counts.
    pub(super) fn waiting(&mut self, index: u32, configured: &FxHashMap<Text, Taint>) -> Taint {
        let module = self.module;
        let resource = &module.resources[index as usize];
        let subject = format!("data.{}.{}", resource.key.kind, resource.key.name);
        let mut all = self.awaited(&resource.depends_on, &subject);
        if !self.is_root() {
            all.join(&Taint::gate());
        }
        // What is asked for, where it is late, says more.
        let named = match configured.values().all(|taint| taint.phase < Phase::Apply) {
            true => self.named_resource(index),
            false => None,
        };
        if let Some((span, name)) = named {
            let words = format!("{subject} refers to {name}, so it is read when that is applied");
            all.join(&Taint::late(Phase::Apply, span, words));
        }
        all
    }

    fn is_root(&self) -> bool {
        self.module.id == self.program.root
    }

    /// The first resource to be made that the block of data names.
    fn named_resource(&self, index: u32) -> Option<(Span, String)> {
        let module = self.module;
        let resource = &module.resources[index as usize];
        let lifecycle = &resource.lifecycle;
        let mut found = None;
        let mut look = |used: Use| {
            let Reference::Resource(at) = used.target else { return };
            let key = &module.resources[at as usize].key;
            if key.mode == Mode::Managed && found.is_none() {
                found = Some((used.span, format!("{}.{}", key.kind, key.name)));
            }
        };
        let conditions = lifecycle.preconditions.iter().chain(&lifecycle.postconditions);
        let conditions = conditions.flat_map(|it| [it.condition, it.message]);
        uses_of_body(module, &resource.body, &mut look);
        for id in
            [resource.count, resource.for_each, lifecycle.enabled].into_iter().flatten().chain(conditions)
        {
            uses_of_expr(module, id, &mut look);
        }
        found
    }

    /// How late all is that `depends_on` of `subject` names.
    fn awaited(&mut self, dependencies: &[Dependency], subject: &str) -> Taint {
        let module = self.module;
        let mut all = Taint::default();
        for dependency in dependencies {
            let (taint, of) = match dependency.target {
                Reference::Resource(index) => {
                    let key = &module.resources[index as usize].key;
                    let data = match key.mode {
                        Mode::Data => Some(self.module_facts.resources[index as usize].instance.taint.flat()),
                        Mode::Managed => None,
                    };
                    let prefix = if data.is_some() { "data." } else { "" };
                    (data, format!("{prefix}{}.{}", key.kind, key.name))
                }
                Reference::Call(index) => {
                    let of = format!("module.{}", module.calls[index as usize].name);
                    (Some(self.whole_of(index)), of)
                }
                _ => continue,
            };
            let words = format!("{subject} waits for {of}, so it is read when that is applied");
            all.join(&match taint {
                Some(taint) => taint.through(dependency.span, &words),
                None => Taint::late(Phase::Apply, dependency.span, words),
            });
        }
        // Nothing is shown of what is waited for.
        all.open()
    }

    /// What the data in the module of a call waits for on account of the call.
    pub(super) fn gate_of(&mut self, index: u32) -> Taint {
        let call = &self.module.calls[index as usize];
        let mut all = self.awaited(&call.depends_on, &format!("what module.{} reads", call.name));
        if !self.is_root() {
            all.join(&Taint::gate());
        }
        all
    }

    /// How late everything is that is made or read in the module of a call.
    fn whole_of(&mut self, index: u32) -> Taint {
        let Some((call, _, facts)) = self.callee(index) else { return Taint::default() };
        if facts.whole.says_nothing() {
            return Taint::default();
        }
        let gate = self.gate_of(index);
        let reach = facts.reach.last().into_iter().flat_map(|reach| &reach.variables);
        let given: FxHashMap<u32, Taint> =
            reach.filter_map(|variable| Some((*variable, self.given(index, *variable)?.taint))).collect();
        let given = |variable: u32| match variable {
            GATE => Some(gate.clone()),
            variable => given.get(&variable).cloned(),
        };
        facts.whole.called(&given, call.head, &format!("it is in module.{}", call.name))
    }

    /// How late everything is that is made or read in this module.
    pub(super) fn whole(&mut self) -> Taint {
        let module = self.module;
        let mut all = Taint::default();
        for (resource, fact) in module.resources.values().zip(&self.module_facts.resources) {
            let key = &resource.key;
            all.join(&match key.mode {
                Mode::Managed => Taint::late(
                    Phase::Apply,
                    resource.head,
                    format!("{}.{} is made here", key.kind, key.name),
                ),
                Mode::Data => fact.instance.taint.flat(),
            });
        }
        for index in 0..module.calls.len() as u32 {
            all.join(&self.whole_of(index));
        }
        all.open()
    }
}

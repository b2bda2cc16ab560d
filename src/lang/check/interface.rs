//! What flows through a call: outputs as late, secret and nullable as what the call gives, and what the callee asks of it.

use rustc_hash::FxHashMap;

use super::blame::Fault;
use super::facts::{Demand, Demanded};
use super::inputs::Inputs;
use super::repetition::{along, no_secret, too_late};
use super::secrecy::{secret_for_caller, type_at};
use super::taint::{GATE, Input};
use super::{Checker, Fact, Phase, Taint};
use crate::base::Text;
use crate::base::source::Span;

/// What calls give their modules, found when it is asked for.
#[derive(Default)]
pub(super) struct Arguments {
    /// By call and variable of the callee.
    given: FxHashMap<(u32, u32), Option<Fact>>,
    /// Which instances of a call there are.
    instances: FxHashMap<u32, Taint>,
}

impl<'a> Checker<'a> {
    /// What a call gives a variable of its module; `None` if it leaves it out.
    pub(super) fn given(&mut self, call: u32, variable: u32) -> Option<Fact> {
        if let Some(known) = self.arguments.given.get(&(call, variable)) {
            return known.clone();
        }
        // Calls in a circle, which is reported, end here.
        self.arguments.given.insert((call, variable), None);
        let (block, callee, _) = self.callee(call)?;
        let (name, _) = callee.variables.get_index(variable as usize)?;
        let argument = block.arguments.get(name)?;
        let fact = self.aside(|this| {
            this.repetition(block.count, block.for_each, block.enabled);
            let guard = this.guard(block.count, block.for_each, block.enabled);
            this.assuming(guard, |this| this.infer(argument.value))
        });
        self.arguments.given.insert((call, variable), Some(fact.clone()));
        Some(fact)
    }

    /// Which instances of a call there are.
    pub(super) fn instances(&mut self, call: u32) -> Taint {
        let block = &self.module.calls[call as usize];
        if block.count.is_none() && block.for_each.is_none() && block.enabled.is_none() {
            return Taint::default();
        }
        if let Some(known) = self.arguments.instances.get(&call) {
            return known.clone();
        }
        self.arguments.instances.insert(call, Taint::default());
        let taint = self.aside(|this| this.repetition(block.count, block.for_each, block.enabled).taint());
        self.arguments.instances.insert(call, taint.clone());
        taint
    }

    /// Looks at expressions of another block than the one being checked, which reports what is wrong in its turn.
    fn aside<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let (each, repeated) = (self.each.take(), self.repeated.take());
        let around = std::mem::take(&mut self.around);
        let self_object = self.self_object.take();
        let bindings = std::mem::take(&mut self.bindings);
        let shown = std::mem::take(&mut self.shown);
        let seen = self.unheard(look);
        (self.each, self.repeated, self.around) = (each, repeated, around);
        self.self_object = self_object;
        self.bindings = bindings;
        self.shown = shown;
        seen
    }

    /// Runs without a word about what is wrong.
    pub(super) fn unheard<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let reported = self.diagnostics.len();
        let demanded = self.module_facts.demands.len();
        let deferred = self.module_facts.deferred.len();
        let seen = look(self);
        self.diagnostics.truncate(reported);
        self.module_facts.demands.truncate(demanded);
        self.module_facts.deferred.truncate(deferred);
        seen
    }

    /// An output as this call has it.
    pub(super) fn output_of(&mut self, index: u32, at: usize) -> Fact {
        let Some((call, callee, facts)) = self.callee(index) else { return Fact::error() };
        let (Some(output), Some(name)) = (facts.outputs.get(at), facts.output_names.get_index(at)) else {
            return Fact::error();
        };
        let reach = facts.reach.get(at).into_iter().flat_map(|reach| &reach.variables);
        let arguments: FxHashMap<u32, Fact> =
            reach.filter_map(|variable| Some((*variable, self.given(index, *variable)?))).collect();
        let gate = output.taint.is_gated().then(|| self.gate_of(index));
        let given = |variable: u32| {
            if variable == GATE {
                return gate.clone();
            }
            let taint = arguments.get(&variable)?.taint.clone();
            let (name, _) = callee.variables.get_index(variable as usize)?;
            let place = self.span(call.arguments.get(name)?.value);
            Some(taint.through(place, &format!("given to `{name}` of module.{}", call.name)))
        };
        let words = format!("`{name}` comes out of module.{}", call.name);
        let place = callee.outputs.get(name).map_or(call.span, |output| output.span);
        let taint = output.taint.called(&given, place, &words);
        let type_given = |input: &Input| arguments.get(&input.variable).map(|fact| type_at(&fact.ty, input));
        let mut ty = secret_for_caller(&output.ty, &output.taint, &type_given);
        if ty.nullable
            && let Some(input) = &output.taint.alias
            && let Some(found) = type_given(input)
        {
            // Null given to a variable with a default is the default.
            let default = callee.variables.get_index(input.variable as usize).and_then(|(_, v)| v.default);
            if !found.nullable && !found.is_error() && default.is_none_or(|_| input.path.is_empty()) {
                ty = ty.non_null();
            }
        }
        Fact { ty, taint }
    }

    /// Whether a call keeps to what its module asks of the variables besides their types.
    pub(super) fn demands_of(&mut self, index: u32) {
        let Some((call, callee, facts)) = self.callee(index) else { return };
        if facts.demands.is_empty() {
            return;
        }
        for demand in &facts.demands {
            if demand.input.variable == GATE {
                self.demand_of_gate(index, demand);
                continue;
            }
            let Some(fact) = self.given(index, demand.input.variable) else { continue };
            let Some((name, variable)) = callee.variables.get_index(demand.input.variable as usize) else {
                continue;
            };
            let Some(argument) = call.arguments.get(name) else { continue };
            let taint = fact.taint.at(&demand.input.path, demand.input.outline);
            let words = |what: &str| format!("{what} uses it");
            let broken = match demand.kind {
                Demanded::Open => {
                    let found = type_at(&fact.ty, &demand.input);
                    if demand.input.outline { found.secret } else { found.has_secret() }
                }
                Demanded::Early | Demanded::EarlyKeys => taint.phase == Phase::Apply,
            };
            if broken {
                let looked_for = match demand.kind {
                    Demanded::Open => Fault::Secret,
                    _ if demand.input.outline => Fault::LateKeys,
                    _ => Fault::Late,
                };
                let to_blame = self.blame(argument.value, looked_for);
                let span = self.span(to_blame);
                let diagnostic = match demand.kind {
                    Demanded::Open => no_secret(span, &demand.what),
                    kind => along(too_late(span, &demand.what, kind == Demanded::Early), &taint),
                };
                let mut diagnostic = diagnostic
                    .at_path(format!("module.{}.var.{name}", call.name))
                    .label(variable.span, "given to this variable");
                for (span, words) in &demand.via {
                    diagnostic = diagnostic.label(*span, words.to_string());
                }
                self.report(diagnostic.label(demand.span, words(&demand.what)));
                continue;
            }
            let span = self.span(argument.value);
            let inputs = if demand.kind == Demanded::Open { &taint.secrets } else { &taint.follows };
            self.hand_on(inputs, demand, span, &call.name);
        }
    }

    /// Something in a module has to be known early and follows data that may wait for what the call waits for.
    fn demand_of_gate(&mut self, index: u32, demand: &Demand) {
        let call = &self.module.calls[index as usize];
        let gate = self.gate_of(index);
        let place = call.depends_on.first().map_or(call.head, |dependency| dependency.span);
        if gate.phase < Phase::Apply {
            return self.hand_on(&gate.follows, demand, place, &call.name);
        }
        let place = gate.origin.as_ref().map_or(place, |origin| origin.span);
        let mut diagnostic = along(too_late(place, &demand.what, demand.kind == Demanded::Early), &gate)
            .here("what the module reads waits for this")
            .help("refer to what is needed of it instead of waiting with the whole module")
            .at_path(format!("module.{}", call.name));
        for (span, words) in &demand.via {
            diagnostic = diagnostic.label(*span, words.to_string());
        }
        self.report(diagnostic.label(demand.span, format!("{} uses it", demand.what)));
    }

    /// Asks the callers of this module for what a module it calls asks for.
    fn hand_on(&mut self, inputs: &Inputs, demand: &Demand, span: Span, call: &str) {
        for input in inputs.iter() {
            let via = (span, Text::from(format!("module.{call} hands it on")));
            let via = [via].into_iter().chain(demand.via.iter().cloned()).collect();
            self.module_facts.demands.push(Demand { input: input.clone(), via, ..demand.clone() });
        }
    }
}

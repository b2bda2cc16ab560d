//! Checking a module again after an edit: the declarations that were resolved again, and what follows from them.
//!
//! A declaration is checked again if its text was edited, if something it refers to was edited, or if what is known of
//! something it refers to is not what it was. Everything else keeps its facts and complaints.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::facts::{Deferred, Demand, NeededProvider, Reach};
use super::graph::DeclarationGraph;
use super::rules::Referred;
use super::{Checker, Fact, ModuleFacts, OutputFact, Said, Surroundings, Taint};
use crate::lang::resolve::again::{Again, Before};
use crate::lang::resolve::program::{Module, ModuleId, Program};
use crate::lang::resolve::{Declaration, Records};

/// Who refers to whom in a module.
#[derive(Debug, Default)]
pub struct Memory {
    starts: [u32; 5],
    /// By number of the declaration.
    uses: Vec<Vec<u32>>,
    users: Vec<Vec<u32>>,
    /// What types, functions, providers and the like refer to.
    rest: FxHashSet<u32>,
}

/// What callers see of a module, where checking it again may have changed it.
#[derive(PartialEq)]
pub struct Interface {
    outputs: Vec<OutputFact>,
    reach: Vec<Reach>,
    whole: Taint,
    demands: Vec<Demand>,
    deferred: Vec<Deferred>,
    providers: Vec<NeededProvider>,
}

impl Interface {
    /// What callers see now.
    pub fn of(facts: &ModuleFacts) -> Self {
        Self {
            outputs: facts.outputs.clone(),
            reach: facts.reach.clone(),
            whole: facts.whole.clone(),
            demands: facts.demands.clone(),
            deferred: facts.deferred.clone(),
            providers: facts.providers.clone(),
        }
    }
}

impl Memory {
    /// Of a module that was resolved and checked; `None` if declarations of it depend on each other in a circle, at least
    /// as long as calls are looked at as a whole.
    pub fn new(module: &Module, records: &Records) -> Option<Self> {
        let mut this = Self::default();
        this.connect(module, records)?;
        Some(this)
    }

    /// Finds out who refers to whom; `None` if there is a circle.
    fn connect(&mut self, module: &Module, records: &Records) -> Option<()> {
        let counts = [
            module.variables.len(),
            module.locals.len(),
            module.resources.len(),
            module.calls.len(),
            module.outputs.len(),
        ];
        let mut total = 0;
        for (start, count) in self.starts.iter_mut().zip(counts) {
            *start = total;
            total += count as u32;
        }
        self.users = vec![Vec::new(); total as usize];
        self.uses = Vec::with_capacity(total as usize);
        for number in 0..total {
            let uses = self.used(module, records, self.declaration(number));
            uses.iter().for_each(|used| self.users[*used as usize].push(number));
            self.uses.push(uses);
        }
        self.rest = records.uses_of_rest(module).map(|used| self.number(used)).collect();
        // What nothing in use refers to goes first, until nothing is left.
        let mut left: Vec<u32> = self.uses.iter().map(|uses| uses.len() as u32).collect();
        let mut free: Vec<u32> = (0..total).filter(|number| left[*number as usize] == 0).collect();
        let mut done = 0;
        while let Some(number) = free.pop() {
            done += 1;
            for user in &self.users[number as usize] {
                left[*user as usize] -= 1;
                if left[*user as usize] == 0 {
                    free.push(*user);
                }
            }
        }
        (done == total).then_some(())
    }

    fn used(&self, module: &Module, records: &Records, declaration: Declaration) -> Vec<u32> {
        let mut uses: Vec<u32> = records.uses(module, declaration).map(|used| self.number(used)).collect();
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    /// Puts what a declaration refers to now in the place of what it referred to. Answers whether that is still without
    /// circles.
    fn reconnect(&mut self, module: &Module, records: &Records, number: u32) -> bool {
        let uses = self.used(module, records, self.declaration(number));
        let before = std::mem::replace(&mut self.uses[number as usize], uses);
        if before == self.uses[number as usize] {
            return true;
        }
        for used in before {
            self.users[used as usize].retain(|user| *user != number);
        }
        let mut open = self.uses[number as usize].clone();
        open.iter().for_each(|used| self.users[*used as usize].push(number));
        let mut seen: FxHashSet<u32> = open.iter().copied().collect();
        while let Some(at) = open.pop() {
            if at == number {
                return false;
            }
            open.extend(self.uses[at as usize].iter().filter(|used| seen.insert(**used)));
        }
        true
    }

    /// Which variables and locals something refers to; `None` if references could not be resolved.
    fn referred(&self, records: &Records) -> Option<Referred> {
        let [variables, locals, resources, ..] = self.starts;
        let used = |number| !self.users[number as usize].is_empty() || self.rest.contains(&number);
        let all = |numbers: Range<u32>| numbers.map(used).collect();
        let whole = !records.have_errors();
        whole.then(|| Referred { variables: all(variables..locals), locals: all(locals..resources) })
    }

    fn number(&self, declaration: Declaration) -> u32 {
        let [variables, locals, resources, calls, outputs] = self.starts;
        match declaration {
            Declaration::Variable(index) => variables + index,
            Declaration::Local(index) => locals + index,
            Declaration::Resource(index) => resources + index,
            Declaration::Call(index) => calls + index,
            Declaration::Output(index) => outputs + index,
        }
    }

    fn declaration(&self, number: u32) -> Declaration {
        let [_, locals, resources, calls, outputs] = self.starts;
        match number {
            n if n >= outputs => Declaration::Output(n - outputs),
            n if n >= calls => Declaration::Call(n - calls),
            n if n >= resources => Declaration::Resource(n - resources),
            n if n >= locals => Declaration::Local(n - locals),
            n => Declaration::Variable(n),
        }
    }
}

/// A module that was resolved again, and what is known of it.
pub struct Resolved<'a> {
    /// The program, the module in it.
    pub program: &'a Program,
    /// The module.
    pub id: ModuleId,
    /// What belongs to which of its declarations.
    pub records: &'a Records,
    /// What resolving again did; `None` if nothing was resolved.
    pub again: Option<&'a Again>,
    /// Modules of which callers see something else than before.
    pub changed: &'a FxHashSet<usize>,
}

/// Checks a module again; `own` are its facts, `said` and `memory` what checking gave before the edit. `None` if all has
/// to be checked.
pub fn again(
    resolved: &Resolved<'_>,
    surroundings: &Surroundings<'_>,
    facts: &[Arc<ModuleFacts>],
    mut own: ModuleFacts,
    said: &mut Said,
    memory: &mut Memory,
) -> Option<ModuleFacts> {
    let Resolved { program, id, records, again, changed } = *resolved;
    if said.circular || said.bound.is_full() {
        return None;
    }
    // What is deferred to callers names calls by their index.
    if again.is_some_and(|again| !again.calls.is_same()) {
        return None;
    }
    let module = program.module(id);
    if let Some(again) = again {
        sort(&mut own, said, module, again);
        let moved = [&again.locals, &again.resources, &again.calls, &again.outputs];
        if moved.iter().all(|before| before.is_same()) {
            for (declaration, _) in &again.resolved {
                if !memory.reconnect(module, records, memory.number(*declaration)) {
                    return None;
                }
            }
        } else {
            memory.connect(module, records)?;
        }
    }
    let mut checker = Checker::new(program, module, surroundings, facts, own);
    checker.said = std::mem::take(said);
    let mut pending: FxHashSet<u32> = FxHashSet::default();
    let mut edited: FxHashSet<u32> = FxHashSet::default();
    for (declaration, is_edited) in again.map_or(&[][..], |again| &again.resolved) {
        pending.insert(memory.number(*declaration));
        if *is_edited {
            edited.insert(memory.number(*declaration));
        }
    }
    for (index, call) in (0..).zip(module.calls.values()) {
        if call.module.is_some_and(|callee| changed.contains(&(callee.0 as usize))) {
            pending.insert(memory.number(Declaration::Call(index)));
        }
    }
    // What is referred to comes before what refers to it. What turns out to be another fact than before brings its users
    // in, even those that had their turn.
    let mut stack: Vec<u32> = pending.iter().copied().collect();
    stack.sort_unstable();
    while let Some(number) = stack.pop() {
        if !pending.contains(&number) {
            continue;
        }
        let before = memory.uses[number as usize].iter().copied().filter(|used| pending.contains(used));
        let before: Vec<u32> = before.collect();
        if !before.is_empty() {
            stack.push(number);
            stack.extend(before);
            continue;
        }
        pending.remove(&number);
        if checker.changes(memory.declaration(number)) || edited.contains(&number) {
            if memory.rest.contains(&number) {
                return None;
            }
            stack.extend(memory.users[number as usize].iter().filter(|user| pending.insert(**user)));
        }
    }
    // Nobody calls the root.
    if id != program.root {
        let graph = DeclarationGraph::of(module, facts, surroundings.schemas);
        checker.module_facts.reach = graph.reach(module);
        checker.module_facts.whole = checker.whole();
    }
    checker.rules(memory.referred(records).as_ref());
    // What is left out depends on what was looked at first.
    if checker.said.bound.is_full() {
        return None;
    }
    *said = checker.said;
    Some(checker.module_facts)
}

impl Checker<'_> {
    /// Checks a declaration. Answers whether something else is known of it than before.
    fn changes(&mut self, declaration: Declaration) -> bool {
        self.constants.clear();
        self.constant_locals.get_mut().clear();
        self.arguments = Default::default();
        self.across = Default::default();
        match declaration {
            Declaration::Variable(index) => {
                let before = self.module_facts.variables[index as usize].clone();
                self.declaration(declaration);
                before != self.module_facts.variables[index as usize]
            }
            Declaration::Resource(index) => {
                let before = self.module_facts.resources[index as usize].clone();
                self.declaration(declaration);
                before != self.module_facts.resources[index as usize]
            }
            // What is written in them counts as well, wherever it is used.
            Declaration::Local(_) | Declaration::Call(_) => {
                self.declaration(declaration);
                true
            }
            Declaration::Output(_) => {
                self.declaration(declaration);
                false
            }
        }
    }
}

/// Brings what is known into the new order of declarations.
fn sort(own: &mut ModuleFacts, said: &mut Said, module: &Module, again: &Again) {
    again.locals.sort(&mut own.locals, Fact::error);
    again.resources.sort(&mut own.resources, super::ResourceFact::error);
    again.outputs.sort(&mut own.outputs, OutputFact::error);
    if !again.outputs.is_same() {
        own.output_names = module.outputs.keys().cloned().collect();
    }
    let moved = |before: &Before| (!before.is_same()).then(|| before.after());
    let after = [moved(&again.locals), moved(&again.resources), moved(&again.calls), moved(&again.outputs)];
    if after.iter().all(Option::is_none) {
        return;
    }
    let now = |after: &Option<Vec<Option<u32>>>, index: u32| match after {
        Some(after) => after[index as usize],
        None => Some(index),
    };
    let by = std::mem::take(&mut said.by).into_iter().filter_map(|(declaration, found)| {
        let declaration = match declaration {
            Declaration::Variable(_) => declaration,
            Declaration::Local(index) => Declaration::Local(now(&after[0], index)?),
            Declaration::Resource(index) => Declaration::Resource(now(&after[1], index)?),
            Declaration::Call(index) => Declaration::Call(now(&after[2], index)?),
            Declaration::Output(index) => Declaration::Output(now(&after[3], index)?),
        };
        Some((declaration, found))
    });
    said.by = by.collect();
}

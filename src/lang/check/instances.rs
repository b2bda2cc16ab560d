//! Accesses by `each` and `count`, tried for every instance there will be of the block they stand in.

use std::rc::Rc;

use super::constants::repeated;
use super::{Checker, Fact};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::suggest::listed;
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{ExprId, ExprKind, Reference};
use crate::lang::resolve::uses_of_expr;

/// Blocks with more instances are left to the plan.
const MOST: usize = 256;

/// What `each` and `count` are in one instance.
pub(super) enum One {
    Each(Value, Value),
    Count(Value),
}

impl One {
    fn key(&self) -> &Value {
        match self {
            Self::Each(key, _) | Self::Count(key) => key,
        }
    }
}

/// What decides whether an expression is evaluated at all.
pub(super) enum Around {
    /// This condition has to be so.
    Condition(ExprId, bool),
    /// Something that is not looked into.
    Something,
}

/// What decides how often the block exists that is being checked.
pub(super) struct Repeated {
    by: ExprId,
    all: Option<Rc<[One]>>,
}

impl Repeated {
    pub(super) fn new(by: ExprId) -> Self {
        Self { by, all: None }
    }
}

impl<'a> Checker<'a> {
    /// Runs for what is evaluated only if something holds that is not looked into.
    pub(super) fn perhaps<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.around.push(Around::Something);
        let result = run(self);
        self.around.pop();
        result
    }

    /// An access by `each` or `count` to what is written down, or to instances that are, where some instance of this block
    /// asks for a part that is not there.
    pub(super) fn missing_for_some(&mut self, id: ExprId) -> Option<Fact> {
        let (base, index) = self.accessed(id)?;
        let asked = self.asked_by_instance(index);
        // What is bound around it is not known, nor whether it is ever bound.
        if !asked || !self.bindings.is_empty() {
            return None;
        }
        let decided = match self.module.expr(base).kind {
            ExprKind::Reference(reference) => repeated(self.module, reference),
            _ => None,
        };
        if decided.is_none() && self.constant(base).is_none() {
            return None;
        }
        let all = self.instances_here()?;
        let by = self.repeated.as_ref()?.by;
        let mut code = None;
        let mut missing: Vec<(String, &Value)> = Vec::new();
        for one in all.iter().filter(|one| self.is_evaluated_in(one)) {
            let Err(error) = self.evaluated_in(id, one) else { continue };
            if ![codes::MISSING_KEY, codes::INDEX_OUT_OF_RANGE].contains(&error.code) {
                continue;
            }
            code = Some(error.code);
            let part =
                self.evaluated_in(index, one).map_or_else(|_| "another".to_owned(), |part| part.to_string());
            missing.push((part, one.key()));
        }
        let code = code?;
        let plural = if missing.len() == 1 { "" } else { "s" };
        let mut parts: Vec<&str> = missing.iter().map(|(part, _)| part.as_str()).collect();
        parts.dedup();
        let parts = and(&parts);
        let text = self.text(self.span(base));
        let by_key = code == codes::MISSING_KEY;
        let part = match decided {
            Some(_) => "instance",
            None if by_key => "key",
            None => "element",
        };
        let keys: Vec<String> = missing.iter().map(|(_, key)| format!("[{key}]")).collect();
        let keys = and(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let mut diagnostic =
            Diagnostic::new(code, self.span(index), format!("`{text}` has no {part}{plural} {parts}"))
                .here(format!("asked for by {keys}"))
                .label(self.span(by), "decides which instances this block has");
        if let Some(other) =
            decided.and_then(|(count, for_each)| count.or(for_each)).filter(|other| *other != by)
        {
            diagnostic = diagnostic.label(self.span(other), format!("decides which instances `{text}` has"));
        }
        let diagnostic = diagnostic.help(match by_key {
            true => format!("let both have the same keys, or ask first: `contains(keys({text}), …) ? … : …`"),
            false => format!("let both have as many, or ask first: `… < length({text}) ? … : …`"),
        });
        let diagnostic = match decided {
            Some(_) => diagnostic,
            None => self.with_declaration(diagnostic, base),
        };
        self.report(diagnostic);
        Some(Fact::error())
    }

    /// What an access takes a part of, and by which index.
    fn accessed(&self, id: ExprId) -> Option<(ExprId, ExprId)> {
        match &self.module.expr(id).kind {
            ExprKind::Index { base, index } => Some((*base, *index)),
            // Outputs of an instance are looked up without looking at the instance.
            ExprKind::Attribute { base, .. } => match &self.module.expr(*base).kind {
                ExprKind::Index { base, index } => {
                    let of_call =
                        matches!(self.module.expr(*base).kind, ExprKind::Reference(Reference::Call(_)));
                    of_call.then_some((*base, *index))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an index is another one in each instance.
    fn asked_by_instance(&self, index: ExprId) -> bool {
        let mut asked = false;
        uses_of_expr(self.module, index, &mut |used| {
            asked |= matches!(used.target, Reference::EachKey | Reference::EachValue | Reference::CountIndex);
        });
        asked
    }

    /// The instances of the block that is being checked, where it is written down which there are.
    fn instances_here(&mut self) -> Option<Rc<[One]>> {
        let Repeated { by, all } = self.repeated.as_ref()?;
        if let Some(known) = all {
            return Some(known.clone());
        }
        let by = *by;
        let walked = self.evaluated(by).ok().filter(|value| !value.is_unknown())?;
        let text = |key: &Text| Value::from(key.clone());
        let all: Vec<One> = match &walked.kind {
            Kind::Map(map) if map.len() <= MOST => {
                map.iter().map(|(key, value)| One::Each(text(key), value.clone())).collect()
            }
            Kind::Set(elements) if elements.len() <= MOST => elements
                .iter()
                .map(|element| element.as_str().map(|_| One::Each(element.clone(), element.clone())))
                .collect::<Option<_>>()?,
            Kind::Number(_) => {
                let count =
                    walked.as_i64().and_then(|count| usize::try_from(count).ok()).filter(|n| *n <= MOST)?;
                (0..count as i64).map(|at| One::Count(at.into())).collect()
            }
            _ => return None,
        };
        let all: Rc<[One]> = all.into();
        if let Some(repeated) = &mut self.repeated {
            repeated.all = Some(all.clone());
        }
        Some(all)
    }

    /// Whether an instance certainly evaluates what is being looked at.
    fn is_evaluated_in(&self, one: &One) -> bool {
        self.around.iter().all(|around| match around {
            Around::Condition(id, wanted) => {
                self.evaluated_in(*id, one).ok().and_then(|value| value.as_bool()) == Some(*wanted)
            }
            Around::Something => false,
        })
    }
}

/// A few names with `and` before the last.
fn and(names: &[&str]) -> String {
    match names {
        [first @ .., last] if (1..6).contains(&first.len()) => format!("{} and {last}", first.join(", ")),
        _ => listed(names.iter().copied()),
    }
}

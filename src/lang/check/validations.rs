//! Conditions on variables against values that are written down: defaults, and arguments of calls.

use super::Checker;
use super::across::{Across, Place};
use crate::base::Text;
use crate::base::assign::{PathStep, ValuePath, narrow};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{Condition, Module, Reference};
use crate::lang::resolve::uses_of_expr;

/// What is said of a value that breaks a condition.
pub(super) struct Broken {
    /// The author's words.
    pub(super) words: String,
    /// The value in a few words.
    pub(super) here: String,
}

impl Broken {
    /// Of a condition that does not hold.
    fn new(across: &Across<'_>, frame: usize, condition: &Condition, value: Option<&Value>) -> Self {
        let secret = across.value(frame, condition.condition, 0).is_some_and(|held| held.secret);
        let message = across.value(frame, condition.message, 0);
        let words = match message {
            Some(text) if text.secret => "(sensitive)".to_owned(),
            Some(text) => text.as_str().map_or_else(|| "a condition does not hold".to_owned(), str::to_owned),
            None => "a condition does not hold".to_owned(),
        };
        let here = match value {
            Some(value) if secret || value.has_secret() => "this is (sensitive)".to_owned(),
            Some(value) if !value.is_unknown() && is_short(value) => format!("this is {value}"),
            _ => "this does not hold up".to_owned(),
        };
        Self { words, here }
    }
}

fn is_short(value: &Value) -> bool {
    !matches!(value.kind, Kind::Map(_) | Kind::Seq(_) | Kind::Set(_)) && value.to_string().len() <= 60
}

impl Checker<'_> {
    /// Whether a variable of this module refuses its own default.
    pub(super) fn refuses_default(
        &mut self,
        index: u32,
        default: &Value,
        condition: &Condition,
    ) -> Option<Broken> {
        let variable = &self.module.variables[index as usize];
        let mut value = narrow(default, &variable.ty).ok()?;
        value.secret |= variable.sensitive;
        let across = Across::new(self.program, self.module, self.context());
        across.assume(index, value.clone());
        let holds = across.value(0, condition.condition, 0)?.as_bool()?;
        (!holds).then(|| Broken::new(&across, 0, condition, Some(&value)))
    }

    /// What a call gives a variable, against the conditions on it, in the frames of the module it is of. Answers whether
    /// any is still open.
    pub(super) fn validations_of(
        &mut self,
        across: &Across<'_>,
        frames: &[usize],
        index: u32,
        call: Span,
    ) -> bool {
        let mut open = false;
        for frame in frames {
            let module = across.module(*frame);
            let variable = &module.variables[index as usize];
            let Some(argument) = across.argument(*frame, &variable.name) else { continue };
            let mut broken = Vec::new();
            for condition in &variable.validations {
                match across.value(*frame, condition.condition, 0).and_then(|held| held.as_bool()) {
                    Some(true) => {}
                    Some(false) if across.is_certain(*frame) => broken.push(condition),
                    _ => open = true,
                }
            }
            if broken.is_empty() {
                continue;
            }
            for condition in broken {
                self.not_valid(across, *frame, (index, condition), &argument, call);
            }
            return false;
        }
        open
    }

    /// An argument of a call that breaks a condition on the variable it is given to.
    fn not_valid(
        &mut self,
        across: &Across<'_>,
        frame: usize,
        (index, condition): (u32, &Condition),
        argument: &Place,
        call: Span,
    ) {
        let module = across.module(frame);
        let variable = &module.variables[index as usize];
        let part = part_asked(module, condition, index);
        let written = part.as_ref().and_then(|name| across.element(argument, name));
        let inside = part.clone().filter(|_| written.is_none()).map(PathStep::Attribute);
        let place = written.unwrap_or_else(|| argument.clone());
        let given = across.module(place.frame).expr(place.expr).span;
        // What is given in this module is where it is given.
        let (span, steps) = match place.frame {
            0 => (given, across.steps(&place, inside.as_slice())),
            _ => {
                let (span, mut steps) = self.to_mend(across, &place, inside.as_slice(), call);
                steps.insert(0, (given, format!("given to `{}`", variable.name)));
                (span, steps)
            }
        };
        let value = across.value_at(argument).map(|value| {
            let secret = value.secret || variable.sensitive || variable.ty.has_secret();
            let part = part.as_ref().and_then(|name| value.get(name)).cloned();
            part.unwrap_or(value).mark(secret)
        });
        let broken = Broken::new(across, frame, condition, value.as_ref());
        let name = ValuePath(part.into_iter().map(PathStep::Attribute).collect());
        let name = format!("{}{name}", variable.name);
        let mut diagnostic =
            Diagnostic::new(codes::VALIDATION_FAILED, span, format!("`{name}` is refused: {}", broken.words))
                .here(broken.here)
                .label(module.expr(condition.condition).span, "this is false")
                .at_path(format!("{}var.{name}", across.path(frame)));
        for (span, words) in steps {
            diagnostic = diagnostic.step(span, words);
        }
        self.report(diagnostic);
    }
}

/// The attribute of a variable that a condition is about, if it is about just one.
fn part_asked(module: &Module, condition: &Condition, index: u32) -> Option<Text> {
    let mut asked: Vec<Option<Text>> = Vec::new();
    uses_of_expr(module, condition.condition, &mut |used| {
        if used.target == Reference::Variable(index) {
            asked.push(used.attribute);
        }
    });
    asked.dedup();
    match asked.as_mut_slice() {
        [part] => part.take(),
        _ => None,
    }
}

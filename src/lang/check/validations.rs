//! Conditions on variables against values that are written down: defaults, and arguments of calls.

use super::Checker;
use super::across::Across;
use crate::base::assign::{ValuePath, narrow};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{Condition, ModuleCall};

/// What is said of a value that breaks a condition.
pub(super) struct Broken {
    /// The author's words.
    pub(super) words: String,
    /// The value in a few words.
    pub(super) here: String,
}

impl Broken {
    /// If a condition is known not to hold.
    fn of(across: &Across<'_>, frame: usize, condition: &Condition, value: Option<&Value>) -> Option<Self> {
        let held = across.value(frame, condition.condition, 0)?;
        if held.is_unknown() || held.as_bool() != Some(false) {
            return None;
        }
        let message = across.value(frame, condition.message, 0);
        let words = match message {
            Some(text) if text.secret => "(sensitive)".to_owned(),
            Some(text) => text.as_str().map_or_else(|| "a condition does not hold".to_owned(), str::to_owned),
            None => "a condition does not hold".to_owned(),
        };
        let here = match value {
            Some(value) if held.secret || value.has_secret() => "this is (sensitive)".to_owned(),
            Some(value) if !value.is_unknown() && is_short(value) => format!("this is {value}"),
            _ => "this does not hold up".to_owned(),
        };
        Some(Self { words, here })
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
        Broken::of(&across, 0, condition, Some(&value))
    }

    /// What a call gives, against the conditions that the called module puts on it.
    pub(super) fn validations_of(&mut self, index: u32) {
        let Some((call, callee, _)) = self.callee(index) else { return };
        let validated = || callee.variables.values().filter(|variable| !variable.validations.is_empty());
        if validated().next().is_none() {
            return;
        }
        let across = self.across();
        if !happens(&across, call) {
            return;
        }
        let Some(frame) = across.enter(0, index) else { return };
        for variable in validated() {
            // A default that is refused is the module's own mistake.
            let Some(argument) = call.arguments.get(&variable.name) else { continue };
            let value = across.value(0, argument.value, 0);
            let hidden = variable.sensitive || variable.ty.has_secret();
            let value = value.map(|value| Value { secret: value.secret || hidden, ..value });
            for condition in &variable.validations {
                let Some(broken) = Broken::of(&across, frame, condition, value.as_ref()) else { continue };
                let diagnostic = Diagnostic::new(
                    codes::VALIDATION_FAILED,
                    self.span(argument.value),
                    format!("`{}` is refused: {}", variable.name, broken.words),
                )
                .here(broken.here)
                .label(callee.expr(condition.condition).span, "this is false")
                .at_path(format!("module.{}.var.{}", call.name, variable.name));
                let diagnostic = self.whence(diagnostic, argument.value, &ValuePath::default());
                self.report(diagnostic);
            }
        }
    }
}

/// Whether a call certainly has an instance.
fn happens(across: &Across<'_>, call: &ModuleCall) -> bool {
    let known = |id| across.value(0, id, 0).filter(|value| !value.is_unknown());
    let any = |value: Value| match &value.kind {
        Kind::Map(entries) => !entries.is_empty(),
        Kind::Seq(items) => !items.is_empty(),
        Kind::Set(items) => !items.is_empty(),
        _ => false,
    };
    let count = |value: Value| value.as_i64().is_some_and(|count| count > 0);
    call.count.is_none_or(|id| known(id).is_some_and(count))
        && call.for_each.is_none_or(|id| known(id).is_some_and(any))
        && call.enabled.is_none_or(|id| known(id).is_some_and(|value| value.as_bool() == Some(true)))
}

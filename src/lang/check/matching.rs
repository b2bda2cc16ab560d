//! `match`: which values each arm takes, whether all are taken, and what is left for the arms that follow.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::narrow::{Only, Path, Shown};
use super::{Checker, Fact, accept, narrow};
use crate::base::assign::{join, merge_ranges};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, Fix, FixLevel, Label, Mismatch};
use crate::base::number::Number;
use crate::base::source::Span;
use crate::base::types::{Ranges, Type, TypeKind};
use crate::base::value::{Duration, Kind, Size, Value};
use crate::lang::resolve::program::{Arm, ExprId, Pattern};

/// What is said where a value stands that can't be there.
const NEVER_EQUAL: &str = "never equal";

/// What the arms so far take.
#[derive(Default)]
struct Taken {
    values: Vec<Value>,
    /// Where each of them is taken first.
    places: BTreeMap<Value, Span>,
    /// By where they begin, apart from each other.
    ranges: BTreeMap<Number, Number>,
    /// The arm that takes whatever is left.
    rest: Option<Span>,
    /// Where null is taken, be it by `_`.
    null: bool,
}

impl Taken {
    fn first(&self, value: &Value) -> Option<Span> {
        self.places.get(value).copied()
    }

    fn holds(&self, low: &Number, high: &Number) -> bool {
        self.ranges.range(..=low).next_back().is_some_and(|(_, to)| high <= to)
    }

    /// Takes a range as well; what it touches becomes one with it, of integers also what is adjacent.
    fn take(&mut self, mut low: Number, mut high: Number, integer: bool) {
        if low > high {
            return;
        }
        let one = Number::from(i64::from(integer));
        while let Some((from, to)) = self.ranges.range(..=high.add(&one)).next_back()
            && to.add(&one) >= low
        {
            let from = from.clone();
            if let Some(to) = self.ranges.remove(&from) {
                high = high.max(to);
            }
            low = low.min(from);
        }
        self.ranges.insert(low, high);
    }

    /// What of a type no arm takes; `_` where it can't be listed.
    fn missing(&self, ty: &Type) -> Vec<String> {
        let left = |values: &[Value]| -> Vec<String> {
            let open = |value: &&Value| {
                self.first(value).is_none()
                    && quantity(value).is_none_or(|number| !self.holds(&number, &number))
            };
            values.iter().filter(open).map(Value::to_string).collect()
        };
        let mut missing = match &ty.kind {
            TypeKind::Enum(values) => left(values),
            TypeKind::Bool => left(&[true.into(), false.into()]),
            TypeKind::Error | TypeKind::Never => Vec::new(),
            TypeKind::Number(number) => self.gaps(&number.ranges, number.integer, &|n| n.to_string()),
            TypeKind::Duration(ranges) => self.gaps(ranges, false, &|n| Duration(n).to_string()),
            TypeKind::Size(ranges) => self.gaps(ranges, false, &|n| Size(n).to_string()),
            _ => vec!["_".to_owned()],
        };
        let listed = !missing.iter().any(|arm| arm == "_");
        if ty.nullable && !self.null && !ty.is_any() && listed {
            missing.push("null".to_owned());
        }
        missing
    }

    fn gaps(&self, ranges: &Ranges, integer: bool, show: &dyn Fn(Number) -> String) -> Vec<String> {
        if ranges.is_empty() {
            return vec!["_".to_owned()];
        }
        let one = Number::from(i64::from(integer));
        let mut gaps = Vec::new();
        for (low, high) in merge_ranges(ranges.to_vec(), integer) {
            if self.holds(&low, &high) {
                continue;
            }
            // Between two numbers that are not integers there is always another: what is left can't be listed.
            if !integer {
                return vec!["_".to_owned()];
            }
            let mut next = low;
            for (from, to) in &self.ranges {
                if *to < next {
                    continue;
                }
                if *from > high {
                    break;
                }
                if *from > next {
                    gaps.push((next.clone(), from.subtract(&one)));
                }
                next = to.add(&one);
            }
            if next <= high {
                gaps.push((next, high));
            }
        }
        gaps.into_iter()
            .map(|(low, high)| match low == high {
                true => show(low),
                false => format!("{}..{}", show(low), show(high)),
            })
            .collect()
    }
}

impl<'a> Checker<'a> {
    /// `wanted` is what every arm has to be, where that is known; else the arms have to agree.
    pub(super) fn match_arms(
        &mut self,
        scrutinee: ExprId,
        arms: &[Arm],
        span: Span,
        wanted: Option<accept::Wanted<'_>>,
    ) -> Fact {
        let value = self.infer(scrutinee);
        let path = narrow::path_of(self.module, scrutinee);
        let mut taken = Taken::default();
        let mut impossible: Vec<Diagnostic> = Vec::new();
        let mut result: Option<(ExprId, Fact)> = None;
        let mut decided_by = value.taint.flat();
        let mut before: Option<Span> = None;
        for arm in arms {
            let said = self.diagnostics.len();
            let shown = self.arm(arm, (scrutinee, &value.ty), path.as_ref(), &mut taken, &mut impossible);
            let own = self.span(arm.value);
            if let (Some(last), [_]) = (before, &*arm.patterns) {
                let cut = Span { start: last.end, ..own };
                for told in self.diagnostics.iter_mut().skip(said) {
                    if told.code == codes::UNREACHABLE_ARM && told.fixes.is_empty() {
                        told.fixes.push(removal(cut, self.surroundings.sources.text(cut)));
                    }
                }
            }
            before = Some(own);
            for (pattern, _) in &arm.patterns {
                if let Pattern::Constant(id) = pattern {
                    decided_by.join(&self.infer(*id).taint);
                }
            }
            let fact = self.assuming(shown, |this| {
                this.perhaps(|this| match &wanted {
                    Some(wanted) => this.accept_wanted(arm.value, wanted),
                    None => this.infer(arm.value),
                })
            });
            result = Some(match result {
                Some((first, before)) if wanted.is_some() => {
                    let secret = before.ty.has_secret() || fact.ty.has_secret();
                    let ty = if secret { before.ty.secret() } else { before.ty };
                    (first, Fact { ty, taint: before.taint.either(&fact.taint) })
                }
                None => (arm.value, fact),
                Some((first, before)) => match join(&before.ty, &fact.ty) {
                    Some(ty) => (first, Fact { ty, taint: before.taint.either(&fact.taint) }),
                    None => {
                        self.never_meet(first, &before.ty, arm.value, &fact.ty, "the arms of a match");
                        (first, Fact::error().after(&fact))
                    }
                },
            });
        }
        // What no arm takes is likely what an impossible pattern was meant to be: one report for all of it.
        let mut impossible = impossible.into_iter();
        if let Some(first) = impossible.next() {
            let others = impossible.filter_map(|other| other.primary);
            let diagnostic = others.fold(first, |all, other| all.label(other.span, "nor can it be this"));
            self.report(diagnostic);
        } else if taken.rest.is_none() {
            self.exhaustive(scrutinee, &value.ty, &taken, arms, span);
        }
        let result = result.map_or_else(Fact::error, |(_, fact)| fact);
        let ty = if value.ty.secret { result.ty.clone().secret() } else { result.ty.clone() };
        Fact { ty, taint: result.taint.and(&decided_by) }
    }

    /// What an arm takes; answers what it shows of the scrutinee.
    fn arm(
        &mut self,
        arm: &Arm,
        (scrutinee, ty): (ExprId, &Type),
        path: Option<&Path>,
        taken: &mut Taken,
        impossible: &mut Vec<Diagnostic>,
    ) -> Vec<Shown> {
        let integer = matches!(&ty.kind, TypeKind::Number(number) if number.integer);
        let before = taken.values.len();
        // The values this arm is about, as long as they can be listed.
        let mut listed: Option<Vec<Value>> = Some(Vec::new());
        let mut takes_null = false;
        let mut takes_rest = false;
        for (pattern, place) in &arm.patterns {
            if let Some(first) = taken.rest {
                self.unreachable(*place, first);
                continue;
            }
            match pattern {
                Pattern::Anything => {
                    if !arms_left(taken, ty) {
                        self.nothing_left(*place, scrutinee, ty);
                    }
                    taken.rest = Some(*place);
                    takes_rest = true;
                    takes_null |= !taken.null;
                }
                Pattern::Literal(literal) => {
                    takes_null |= literal.is_null();
                    let wrong = self.pattern(literal, *place, ty, scrutinee);
                    let number = quantity(literal);
                    match taken.first(literal) {
                        Some(first) => self.unreachable(*place, first),
                        None if number.as_ref().is_some_and(|n| wrong.is_none() && taken.holds(n, n)) => {
                            self.taken_already(*place);
                        }
                        None => {
                            taken.values.push(literal.clone());
                            taken.places.insert(literal.clone(), *place);
                        }
                    }
                    if let Some(number) = number {
                        taken.take(number.clone(), number, integer);
                    }
                    if let Some(listed) = &mut listed {
                        listed.push(literal.clone());
                    }
                    impossible.extend(wrong);
                }
                Pattern::Range(low, high) => {
                    listed = None;
                    let wrong = self.pattern(low, *place, ty, scrutinee);
                    let wrong = wrong.or_else(|| self.pattern(high, *place, ty, scrutinee));
                    if let (None, Some((low, high))) = (&wrong, quantity(low).zip(quantity(high))) {
                        if taken.holds(&low, &high) {
                            self.taken_already(*place);
                        }
                        taken.take(low, high, integer);
                    }
                    impossible.extend(wrong);
                }
                Pattern::Constant(_) => listed = None,
            }
        }
        let null_before = taken.null;
        taken.null |= takes_null;
        let Some(path) = path else { return Vec::new() };
        let mut shown = Vec::new();
        if !takes_null {
            shown.push(Shown::not_null(path.clone()));
        }
        if takes_rest {
            let before = taken.values[..before].iter().cloned();
            let values = before.chain(null_before.then_some(Value::NULL)).collect();
            shown.push(Shown { path: path.clone(), only: Only::Not(values) });
        } else if let Some(values) = listed.filter(|values| !values.is_empty()) {
            shown.push(Shown { path: path.clone(), only: Only::These(values) });
        }
        shown
    }

    fn unreachable(&mut self, span: Span, first: Span) {
        self.report(
            Diagnostic::new(codes::UNREACHABLE_ARM, span, "this arm is never reached")
                .here("already taken")
                .label(first, "by this one"),
        );
    }

    fn taken_already(&mut self, span: Span) {
        self.report(
            Diagnostic::new(codes::UNREACHABLE_ARM, span, "this arm is never reached")
                .here("the arms before take all of it"),
        );
    }

    fn nothing_left(&mut self, span: Span, scrutinee: ExprId, ty: &Type) {
        self.report(
            Diagnostic::new(codes::UNREACHABLE_ARM, span, "this arm is never reached")
                .here("the arms before take every value")
                .label(self.span(scrutinee), format!("this is `{ty}`"))
                .note("without it, the match says so when the type gets another value"),
        );
    }

    /// A pattern has to be a value the scrutinee can have.
    pub(super) fn pattern(
        &mut self,
        literal: &Value,
        span: Span,
        ty: &Type,
        scrutinee: ExprId,
    ) -> Option<Diagnostic> {
        if ty.is_error() || ty.is_any() {
            return None;
        }
        let mismatch = crate::base::assign::conforms(literal, ty).err()?;
        // What only a condition around it rules out is no mistake about the type.
        let excluded = crate::base::assign::conforms(literal, &self.declared(scrutinee)).is_ok();
        if literal.is_null() || excluded {
            let message = match excluded {
                true => format!("a condition around this has shown that it is not {literal}"),
                false => "this is never null, so this arm is never reached".to_owned(),
            };
            self.report(
                Diagnostic::new(codes::UNREACHABLE_ARM, span, message)
                    .here("never reached")
                    .label(self.span(scrutinee), format!("this is `{ty}`")),
            );
            return None;
        }
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, span, format!("{literal} is no value this can have"))
                .here(NEVER_EQUAL)
                .label(self.span(scrutinee), format!("this is `{ty}`"))
                .mismatch(ty.to_string(), mismatch.found.to_string());
        if let TypeKind::Enum(values) = &ty.kind
            && let Some(text) = literal.as_str()
            && let Some(near) = crate::base::suggest::nearest(text, values.iter().filter_map(Value::as_str))
        {
            let near = Value::from(near).to_string();
            diagnostic = diagnostic.replace(FixLevel::Review, format!("change it to {near}"), span, near);
        }
        Some(diagnostic)
    }

    /// The type of an expression, whatever conditions around it have shown.
    fn declared(&mut self, id: ExprId) -> Type {
        let shown = std::mem::take(&mut self.shown);
        let fact = self.unheard(|this| this.infer(id));
        self.shown = shown;
        fact.ty
    }

    fn exhaustive(&mut self, scrutinee: ExprId, ty: &Type, taken: &Taken, arms: &[Arm], span: Span) {
        let missing = taken.missing(ty);
        if missing.is_empty() {
            return;
        }
        let shown = missing.join(", ");
        let words = match missing.as_slice() {
            [one] if one == "_" => "anything else".to_owned(),
            _ => shown.clone(),
        };
        let mut diagnostic = Diagnostic::new(
            codes::MATCH_NOT_EXHAUSTIVE,
            self.span(scrutinee),
            "this match does not cover every value",
        )
        .here(format!("`{ty}`: no arm for {words}"));
        if let Some(last) = arms.last() {
            let at = self.span(last.value).after();
            let multi = self.text(span).contains('\n');
            let text = if multi { format!("\n  {shown} => null") } else { format!(", {shown} => null") };
            diagnostic = diagnostic.replace(FixLevel::Review, "add an arm", at, text);
        }
        self.report(diagnostic);
    }
}

/// Whether there is anything left of a type whose values can be listed.
fn arms_left(taken: &Taken, ty: &Type) -> bool {
    match ty.kind {
        TypeKind::Error | TypeKind::Never | TypeKind::Any => true,
        _ => !taken.missing(ty).is_empty(),
    }
}

fn quantity(value: &Value) -> Option<Number> {
    match &value.kind {
        Kind::Number(number) => Some(number.clone()),
        Kind::Duration(duration) => Some(duration.0.clone()),
        Kind::Size(size) => Some(size.0.clone()),
        _ => None,
    }
}

/// The same value where it can't be is one mistake, however often it is written in a module.
pub(super) fn joined<'d>(all: impl Iterator<Item = &'d Diagnostic>) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut first: FxHashMap<(String, Option<Mismatch>), usize> = FxHashMap::default();
    for diagnostic in all.cloned() {
        if diagnostic.primary.as_ref().is_none_or(|primary| primary.text != NEVER_EQUAL) {
            told.push(diagnostic);
            continue;
        }
        match first.entry((diagnostic.message.clone(), diagnostic.mismatch.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(told.len());
                told.push(diagnostic);
            }
            Entry::Occupied(entry) => {
                let first = &mut told[*entry.get()];
                let others = diagnostic.labels.into_iter().filter(|label| label.text == "nor can it be this");
                let places = diagnostic.primary.into_iter().chain(others);
                first.labels.extend(places.map(|place| Label { text: "nor here".to_owned(), ..place }));
                if let (Some(first), Some(fix)) =
                    (first.fixes.first_mut(), diagnostic.fixes.into_iter().next())
                {
                    first.edits.extend(fix.edits);
                }
            }
        }
    }
    told
}

/// Takes an arm away, from the end of the one before it. A comment that would go with it is for a person to look at.
fn removal(cut: Span, text: &str) -> Fix {
    let remarks = ["#", "//", "/*"].iter().any(|mark| text.contains(mark));
    Fix {
        title: "remove this arm".into(),
        level: if remarks { FixLevel::Review } else { FixLevel::Safe },
        edits: vec![Edit { span: cut, text: String::new() }],
    }
}

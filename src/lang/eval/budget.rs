//! Steps, memory and depth, counted, so that a hostile file ends in an error with a place.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Context, EvalError};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, Limits};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::base::weight::{MOST_LEVELS, TooMuch, weight};

/// How many steps are taken between two looks at whether the evaluation is asked to stop.
const LOOK: u64 = 1 << 10;

/// Bytes of a value that are walked in one step.
const WALK: u64 = 4 << 10;

/// Evaluations that make fewer bytes, or take fewer steps, are not counted in what a run spends.
const SMALL: u64 = 4 << 10;

/// What the evaluations of one run have spent together.
#[derive(Debug, Default)]
pub struct Spent {
    steps: AtomicU64,
    /// Of values that were left behind.
    bytes: AtomicU64,
}

impl Spent {
    /// What was made so far is not kept any longer.
    pub fn release(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }
}

/// What is left of the limits during one evaluation.
pub struct Budget<'a> {
    steps: Cell<u64>,
    /// The steps at the beginning.
    granted: u64,
    heap: Cell<u64>,
    depth: Cell<u32>,
    /// The templates being rendered, outermost first.
    open: RefCell<Vec<Text>>,
    limits: Limits,
    cancel: Option<&'a Cancel>,
    spent: Option<&'a Spent>,
}

impl<'a> Budget<'a> {
    /// All of the limits, less what the run has spent.
    pub fn new(context: &Context<'a>) -> Self {
        let Context { limits, cancel, spent, .. } = *context;
        let spent_steps = spent.map_or(0, |spent| spent.steps.load(Ordering::Relaxed));
        let granted = limits.steps.min(limits.total_steps.saturating_sub(spent_steps).max(SMALL));
        Self {
            steps: Cell::new(granted),
            granted,
            heap: Cell::new(limits.heap_bytes),
            depth: Cell::new(limits.call_depth),
            open: RefCell::default(),
            limits: *limits,
            cancel,
            spent,
        }
    }

    /// One more expression is evaluated.
    pub(super) fn step(&self, span: Span) -> Result<(), EvalError> {
        match self.steps.get().checked_sub(1) {
            Some(left) => {
                self.steps.set(left);
                match self.cancel {
                    Some(cancel) if left % LOOK == 0 && cancel.is_cancelled() => Err(cancelled(span)),
                    _ => Ok(()),
                }
            }
            None => Err(self.out_of_steps(span)),
        }
    }

    fn out_of_steps(&self, span: Span) -> EvalError {
        match self.granted < self.limits.steps {
            true => together(span, "the evaluations", &format!("{} steps", self.limits.total_steps)),
            false => exceeded(span, format!("{} steps", self.limits.steps)),
        }
    }

    /// So many bytes of values are built. Nothing is given back: the limit bounds the work, not only the peak.
    pub(super) fn spend(&self, span: Span, bytes: u64) -> Result<(), EvalError> {
        match self.heap.get().checked_sub(bytes) {
            Some(left) => {
                self.heap.set(left);
                Ok(())
            }
            None => Err(exceeded(span, format!("{} bytes of values", self.limits.heap_bytes))),
        }
    }

    /// A string of so many bytes results.
    pub(super) fn output(&self, span: Span, bytes: usize) -> Result<(), EvalError> {
        if bytes as u64 > self.limits.output_bytes {
            return Err(exceeded(span, format!("{} bytes in one string", self.limits.output_bytes)));
        }
        self.spend(span, bytes as u64)
    }

    /// A value is about to be walked or kept: written out in full it must fit into the memory, and the walk counts.
    /// Answers its bytes.
    pub(super) fn whole(&self, span: Span, value: &Value) -> Result<u64, EvalError> {
        let most = self.limits.heap_bytes;
        let bytes = weight(value, most).map_err(|too_much| {
            exceeded(
                span,
                match too_much {
                    TooMuch::Bytes => format!("{most} bytes of values when it is written out"),
                    TooMuch::Levels => format!("{MOST_LEVELS} lists and objects in each other"),
                },
            )
        })?;
        match self.steps.get().checked_sub(bytes / WALK) {
            Some(left) => {
                self.steps.set(left);
                Ok(bytes)
            }
            None => Err(self.out_of_steps(span)),
        }
    }

    /// This evaluation ends with a value of so many bytes, which is kept.
    pub(super) fn keep(&self, span: Span, bytes: u64) -> Result<(), EvalError> {
        // What others have made is only referred to.
        let made = bytes.min(self.limits.heap_bytes - self.heap.get());
        let Some(Spent { bytes: kept, .. }) = self.spent.filter(|_| made > SMALL) else { return Ok(()) };
        let most = self.limits.total_bytes;
        if kept.fetch_add(made, Ordering::Relaxed).saturating_add(made) > most {
            kept.fetch_sub(made, Ordering::Relaxed);
            return Err(together(span, "the values", &format!("{most} bytes")));
        }
        Ok(())
    }

    /// Runs the body of a function one level deeper.
    pub(super) fn deeper<T>(
        &self,
        span: Span,
        run: impl FnOnce() -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let Some(left) = self.depth.get().checked_sub(1) else {
            return Err(exceeded(span, format!("{} nested function calls", self.limits.call_depth)));
        };
        self.depth.set(left);
        let result = run();
        self.depth.set(left + 1);
        result
    }
}

/// However it ended, its steps were taken.
impl Drop for Budget<'_> {
    fn drop(&mut self) {
        let taken = self.granted - self.steps.get();
        if let Some(spent) = self.spent.filter(|_| taken > SMALL) {
            spent.steps.fetch_add(taken, Ordering::Relaxed);
        }
    }
}

fn cancelled(span: Span) -> EvalError {
    Box::new(
        Diagnostic::new(codes::CANCELLED, span, "the evaluation was asked to stop")
            .here("it had come this far"),
    )
}

impl Budget<'_> {
    /// Renders a template one level deeper; refused when the same one is being rendered already.
    pub(super) fn rendering<T>(
        &self,
        span: Span,
        template: &str,
        run: impl FnOnce() -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        if self.open.borrow().iter().any(|open| open == template) {
            return Err(Box::new(
                Diagnostic::new(codes::EVALUATION_FAILED, span, "this template renders itself")
                    .here("it is being rendered already")
                    .help("templates can't recurse; repeat a part of one with `%{ for … }`"),
            ));
        }
        self.open.borrow_mut().push(template.into());
        let result = self.deeper(span, run);
        self.open.borrow_mut().pop();
        result
    }
}

fn together(span: Span, what: &str, most: &str) -> EvalError {
    let message = format!("with this, {what} of the whole run need more than {most}");
    Box::new(
        Diagnostic::new(codes::LIMIT_EXCEEDED, span, message)
            .here("evaluation was stopped here")
            .help("make them smaller; a host program can raise the limit"),
    )
}

fn exceeded(span: Span, what: String) -> EvalError {
    Box::new(
        Diagnostic::new(codes::LIMIT_EXCEEDED, span, format!("this needs more than {what}"))
            .here("evaluation was stopped here")
            .help("make it smaller; a host program can raise the limit"),
    )
}

//! What a provider answered → what a person is told: which resource, what was asked, what the other side said, whether
//! trying again can help.

use crate::base::codes::{self, Code};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::engine::provider::{Effect, Fault, ProviderError};
use crate::engine::state::StoreError;

/// About one resource. `subject` is its address, `happened` what went wrong with it: `was not created`.
pub(crate) fn failed(
    code: Code,
    subject: &str,
    happened: &str,
    error: &ProviderError,
    declared: Option<Span>,
) -> Diagnostic {
    let code = if error.fault == Fault::Unreachable { codes::PROVIDER_UNREACHABLE } else { code };
    let message = format!("{subject} {happened}: {}", error.answer);
    let mut diagnostic = match declared {
        Some(span) => Diagnostic::new(code, span, message).here("declared here"),
        None => Diagnostic::without_place(code, message),
    };
    if !subject.is_empty() {
        diagnostic = diagnostic.at_path(subject);
    }
    if !error.asked.is_empty() {
        diagnostic = diagnostic.note(format!("asked to {}", error.asked));
    }
    diagnostic = match &error.effect {
        Effect::NotApplied => diagnostic,
        Effect::Unknown => diagnostic.note(
            "whether the change took place is not known; it stays on record, and the next run finds out before anything else",
        ),
        Effect::Partial(_) => {
            diagnostic.note("the object exists and is not as planned; it is recorded, and the next plan mends it")
        }
    };
    match (&error.help, error.fault) {
        (Some(help), _) => diagnostic.help(help.clone()),
        (None, Fault::Unreachable) => {
            diagnostic.help("see that the other side runs and can be reached, then run again")
        }
        (None, Fault::Conflict) => {
            diagnostic.help("someone else changed it meanwhile; plan again to see their change")
        }
        (None, Fault::Passing) => diagnostic.help("this may pass by itself; run again later"),
        (None, Fault::Permanent) => diagnostic,
    }
}

/// What is said when a store fails.
pub fn store_failed(error: &StoreError) -> Diagnostic {
    match error {
        StoreError::Locked(holder) => Diagnostic::without_place(codes::STATE_LOCKED, "the state is locked")
            .note(error.to_string())
            .help(format!(
                "wait until that run has ended; if it is gone for good: prov state unlock {}",
                holder.id
            )),
        StoreError::LockLost => Diagnostic::without_place(codes::STATE_LOCKED, error.to_string()).help(
            "see who took it (`prov state history`), then run again: what was begun is found and settled",
        ),
        StoreError::Conflict(_) | StoreError::Unusable(_) | StoreError::Io(_) => {
            Diagnostic::without_place(codes::STATE_UNUSABLE, format!("the state can't be used: {error}"))
        }
    }
}

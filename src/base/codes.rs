//! The registry of diagnostic codes. Each has a page under `docs/explain/`; a code is never reused.

use super::diagnostic::Severity;

/// The stable name of one kind of complaint, such as `unknown-attribute`.
#[derive(Clone, Copy)]
pub struct Code(&'static Info);

struct Info {
    name: &'static str,
    severity: Severity,
    summary: &'static str,
}

impl Code {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How bad it is unless configured otherwise.
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// One line that says what it means.
    pub fn summary(self) -> &'static str {
        self.0.summary
    }

    /// The code with this name.
    pub fn find(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Code {}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! codes {
    ($($id:ident $name:literal $severity:ident $summary:literal;)*) => {
        $(#[doc = $summary] pub const $id: Code =
            Code(&Info { name: $name, severity: Severity::$severity, summary: $summary });)*
        /// Every code, by name.
        pub const ALL: &[Code] = &[$($id),*];
    };
}

// Sorted by name within each group.
codes! {
    // Sources and syntax
    FILE_UNREADABLE "file-unreadable" Error "a source file can't be read";
    INPUT_TOO_LARGE "input-too-large" Error "a source file is larger than the limit";
    MODULE_NOT_FOUND "module-not-found" Error "no module lives at this source";
    NESTING_TOO_DEEP "nesting-too-deep" Error "brackets or blocks are nested deeper than the limit, or a chain of operators is longer";
    NOT_UTF8 "not-utf8" Error "a source file is not UTF-8 text";
    SOURCE_OUTSIDE_PROJECT "source-outside-project" Error "a module source leaves the project";
    SYNTAX "syntax-error" Error "this does not follow the syntax";
    UNCLOSED_DELIMITER "unclosed-delimiter" Error "a bracket, string or heredoc is never closed";
    UNKNOWN_UNIT "unknown-unit" Error "letters behind a number that are no unit";
    // Names
    DUPLICATE_DEFINITION "duplicate-definition" Error "the same name is defined twice";
    UNDEFINED_REFERENCE "undefined-reference" Error "a name that nothing defines";
    UNKNOWN_ATTRIBUTE "unknown-attribute" Error "an argument or attribute that does not exist here";
    UNKNOWN_BLOCK "unknown-block" Error "a block that does not exist here";
    UNKNOWN_FUNCTION "unknown-function" Error "a function that does not exist";
    UNKNOWN_PROVIDER "unknown-provider" Error "a provider that is not available";
    UNKNOWN_RESOURCE_KIND "unknown-resource-kind" Error "a resource kind that no provider offers";
    UNKNOWN_TYPE "unknown-type" Error "a type that is not defined";
    // Meaning
    CONSTRAINT_VIOLATED "constraint-violated" Error "a value breaks a bound of its type";
    DEPENDENCY_CYCLE "dependency-cycle" Error "things depend on each other in a circle";
    INVALID_BLOCK "invalid-block" Error "a block with the wrong labels or contents";
    INVALID_TYPE "invalid-type" Error "not a type expression";
    MISSING_ARGUMENT "missing-argument" Error "a required argument is not set";
    NULL_VALUE "null-value" Error "null where a value is needed";
    DIVISION_BY_ZERO "division-by-zero" Error "a number is divided by zero";
    INDEX_OUT_OF_RANGE "index-out-of-range" Error "an element that a list does not have";
    MATCH_NOT_EXHAUSTIVE "match-not-exhaustive" Error "a match that does not cover every value";
    TYPE_MISMATCH "type-mismatch" Error "a value of one type where another is needed";
    WRONG_ARGUMENT_COUNT "wrong-argument-count" Error "a function is called with too few or too many arguments";
    // Evaluation
    ANY_MISMATCH "any-mismatch" Error "a value of type `any` turns out to be of another type than is needed";
    CANCELLED "cancelled" Error "the work was asked to stop before it was complete";
    CONVERSION_FAILED "conversion-failed" Error "a value that can't be converted or decoded";
    EVALUATION_FAILED "evaluation-failed" Error "an expression has no value";
    LIMIT_EXCEEDED "limit-exceeded" Error "evaluation ran out of steps, memory or depth, or a type is too large";
    MISSING_KEY "missing-key" Error "a key that a map does not have";
    SECRET_EXPOSED "secret-exposed" Error "a secret would become visible";
    UNKNOWN_TOO_LATE "unknown-too-late" Error "a value that is known only after apply is needed now";
    VERSION_MISMATCH "version-mismatch" Error "another version of prov is needed";
    VALIDATION_FAILED "validation-failed" Error "a condition written in the configuration does not hold";
    // Plan, apply and state
    APPLY_FAILED "apply-failed" Error "a change could not be made";
    KEYS_NEVER_KNOWN "keys-never-known" Error "no apply makes known which instances there are";
    OBJECT_CLAIMED_TWICE "object-claimed-twice" Error "two resources describe one object";
    PLAN_FAILED "plan-failed" Error "a change could not be planned";
    PREVENT_DESTROY "prevent-destroy" Error "a protected resource would be destroyed";
    PROVIDER_CONFIGURATION "provider-configuration" Error "a provider can't be configured";
    PROVIDER_UNREACHABLE "provider-unreachable" Error "the other side of a provider does not answer";
    READ_FAILED "read-failed" Error "a resource could not be read";
    STALE_PLAN "stale-plan" Error "a saved plan no longer fits its state or sources";
    STATE_LOCKED "state-locked" Error "another run holds the state";
    STATE_UNUSABLE "state-unusable" Error "the state can't be read or written";
    // Command line
    INPUT_REQUIRED "input-required" Error "a variable without a value, or a question nobody can answer";
    UNDECLARED_VARIABLE "undeclared-variable" Error "a value for a variable nobody declared";
    USAGE "usage" Error "the command was called in a way it does not understand";
    // Advice
    ANY_TYPE "any-type" Warning "a type that checks nothing before values are known";
    CHECK_FAILED "check-failed" Warning "a check does not hold when a plan is made or applied";
    DEFAULT_REFUSED "default-refused" Warning "a default that a validation of its own variable refuses";
    DEFERRED_INSTANCES "deferred-instances" Warning "which instances there are is known only after apply";
    DEPRECATED "deprecated" Warning "something that should no longer be used";
    LOST_DUPLICATES "lost-duplicates" Warning "a list that becomes a set and loses what it repeats";
    NEVER_NULL "never-null" Warning "a test for null that never holds";
    NEVER_SUCCEEDS "never-succeeds" Warning "a part that can't be there is tried";
    SHADOWED_NAME "shadowed-name" Warning "a bound name that hides another one";
    UNKNOWN_LINT "unknown-lint" Warning "a level is set for a warning that does not exist";
    UNNEEDED_ALLOWANCE "unneeded-allowance" Warning "a comment allows what does not happen";
    UNREACHABLE_ARM "unreachable-arm" Warning "an arm of a match that is never reached";
    UNUSED_DEFINITION "unused-definition" Warning "defined and never used";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = ALL.iter().map(|code| code.name()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()))
        );
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

//! `required_version` of the root module against this version of prov.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::lang::resolve::program::Module;

pub(super) fn check(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let Some((text, span)) = &module.settings.required_version else { return };
    let current = env!("CARGO_PKG_VERSION");
    match allows(text, current) {
        Some(true) => {}
        Some(false) => diagnostics.push(
            Diagnostic::new(
                codes::VERSION_MISMATCH,
                *span,
                format!("this account needs prov {text}, and this is {current}"),
            )
            .here("not satisfied")
            .help("install a version that fits, or change the requirement"),
        ),
        None => diagnostics.push(
            Diagnostic::new(codes::VERSION_MISMATCH, *span, "this is no version requirement")
                .here("not understood")
                .help("write `>= 0.1.0`, `~> 0.1`, or several separated by commas"),
        ),
    }
}

/// Whether all comma-separated constraints hold: `=`, `!=`, `>`, `>=`, `<`, `<=`, `~>` as elsewhere in the field.
fn allows(requirement: &str, version: &str) -> Option<bool> {
    let version = numbers(version)?;
    let mut all = true;
    for constraint in requirement.split(',') {
        let constraint = constraint.trim();
        let at = constraint.find(|c: char| c.is_ascii_digit())?;
        let (operator, bound) = (constraint[..at].trim(), constraint[at..].trim());
        let parts = bound.split('.').count();
        let bound = numbers(bound)?;
        all &= match operator {
            "" | "=" => version == bound,
            "!=" => version != bound,
            ">" => version > bound,
            ">=" => version >= bound,
            "<" => version < bound,
            "<=" => version <= bound,
            "~>" => {
                let fixed = parts.saturating_sub(1).max(1);
                version >= bound && version[..fixed] == bound[..fixed]
            }
            _ => return None,
        };
    }
    Some(all)
}

fn numbers(text: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split('.');
    for (slot, part) in numbers.iter_mut().zip(&mut parts) {
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn constraints_as_elsewhere_in_the_field() {
        for (requirement, version, expected) in [
            (">= 0.1.0", "0.1.0", Some(true)),
            ("~> 0.1", "0.9.0", Some(true)),
            ("~> 0.1.0", "0.2.0", Some(false)),
            (">= 0.1, < 0.2", "0.1.5", Some(true)),
            ("!= 0.1.0", "0.1.0", Some(false)),
            ("latest", "0.1.0", None),
        ] {
            assert_eq!(allows(requirement, version), expected, "{requirement} for {version}");
        }
    }
}

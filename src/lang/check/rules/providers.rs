//! Configurations of providers that the root module names exist; other modules find theirs where they are called.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::lang::check::Checker;
use crate::lang::resolve::program::ProviderKey;

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    for resource in module.resources.values() {
        if let Some((key, span)) = &resource.provider {
            configured(checker, key, *span);
        }
    }
    for call in module.calls.values() {
        for (key, span) in call.providers.values() {
            configured(checker, key, *span);
        }
    }
}

/// A configuration without an alias need not be written: it is the default one.
fn configured(checker: &mut Checker<'_>, key: &ProviderKey, span: Span) {
    let module = checker.module;
    if key.alias.is_none() || module.providers.contains_key(key) {
        return;
    }
    let name = shown(key);
    let names: Vec<String> = module.providers.keys().map(shown).collect();
    let diagnostic =
        Diagnostic::new(codes::UNDEFINED_REFERENCE, span, format!("there is no provider `{name}` here"));
    checker.report(match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
            FixLevel::Review,
            format!("change it to `{near}`"),
            span,
            near,
        ),
        None => diagnostic.here("not declared").help(format!(
            "declare it: `provider \"{}\" {{ alias = \"{}\" }}`",
            key.name,
            key.alias.as_deref().unwrap_or_default()
        )),
    });
}

fn shown(key: &ProviderKey) -> String {
    match &key.alias {
        Some(alias) => format!("{}.{alias}", key.name),
        None => key.name.to_string(),
    }
}

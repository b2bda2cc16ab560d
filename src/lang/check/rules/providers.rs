//! Configurations of providers that are named: they exist where they are named or, in a module that is called, where it
//! is called from, and are of the provider that is meant.

use super::super::facts::NeededProvider;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::lang::check::Checker;
use crate::lang::resolve::program::{ModuleCall, ProviderKey};

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    let mut needed: Vec<NeededProvider> = Vec::new();
    for resource in module.resources.values() {
        let Some((key, span)) = &resource.provider else { continue };
        let schemas = checker.surroundings.schemas;
        let kind = &resource.key.kind;
        let offered = schemas.resource(kind).or_else(|| schemas.data(kind)).map(|(provider, _)| provider);
        match offered {
            Some(provider) if provider.name != key.name && schemas.provider(&key.name).is_some() => {
                let message = format!("`{kind}` belongs to the provider `{}`", provider.name);
                wrong_provider(checker, *span, message, &provider.name, &key.name);
            }
            _ => needed.extend(lacking(checker, key, *span)),
        }
    }
    for (index, call) in module.calls.values().enumerate() {
        for (inner, (outer, span)) in &call.providers {
            if inner.name != outer.name && checker.surroundings.schemas.provider(&outer.name).is_some() {
                let message = format!("`{}` can't be configured as `{}`", shown(inner), shown(outer));
                wrong_provider(checker, *span, message, &inner.name, &outer.name);
            } else {
                needed.extend(lacking(checker, outer, *span));
            }
        }
        needed.extend(asked(checker, index as u32, call));
    }
    let declared = &module.settings.configuration_aliases;
    if module.id == checker.program.root {
        // A module that is checked by itself has no caller who could hand over what it declares.
        let lacking = needed.into_iter().filter(|needed| !declared.contains_key(&needed.key));
        lacking.for_each(|lacking| report(checker, lacking));
    } else {
        needed.extend(declared.iter().map(|(key, span)| NeededProvider {
            key: key.clone(),
            place: *span,
            via: Vec::new(),
        }));
        checker.module_facts.providers = needed;
    }
}

/// A configuration without an alias need not be written: it is the default one.
fn lacking(checker: &mut Checker<'_>, key: &ProviderKey, span: Span) -> Option<NeededProvider> {
    if checker.surroundings.schemas.provider(&key.name).is_none() {
        let names: Vec<_> =
            checker.surroundings.schemas.providers().map(|provider| provider.name.to_string()).collect();
        let message = format!("there is no provider {:?}", key.name.as_str());
        let diagnostic = Diagnostic::new(codes::UNKNOWN_PROVIDER, span, message);
        let near = nearest(&key.name, names.iter().map(String::as_str));
        checker.report(match near {
            Some(near) => {
                let title = format!("change it to `{near}`");
                let name = Span { end: span.start + key.name.len() as u32, ..span };
                diagnostic.here(format!("did you mean `{near}`?")).replace(
                    FixLevel::Review,
                    title,
                    name,
                    near,
                )
            }
            None => diagnostic.here("not available").note(format!("there is {}", names.join(", "))),
        });
        return None;
    }
    let found = key.alias.is_none() || checker.module.providers.contains_key(key);
    (!found).then(|| NeededProvider { key: key.clone(), place: span, via: Vec::new() })
}

/// What a module that is called needs and this one does not give it; says so of what it gives in vain.
fn asked(checker: &mut Checker<'_>, index: u32, call: &ModuleCall) -> Vec<NeededProvider> {
    let Some((_, callee, facts)) = checker.callee(index) else { return Vec::new() };
    for (inner, (_, span)) in &call.providers {
        let known = facts.providers.iter().any(|needed| needed.key == *inner);
        if inner.alias.is_none() || known || callee.providers.contains_key(inner) {
            continue;
        }
        let names: Vec<_> = facts.providers.iter().map(|needed| shown(&needed.key)).collect();
        let message = format!("module.{} uses no provider `{}`", call.name, shown(inner));
        let diagnostic = Diagnostic::new(codes::UNDEFINED_REFERENCE, *span, message);
        let diagnostic = match nearest(&shown(inner), names.iter().map(String::as_str)) {
            Some(near) => diagnostic.here("given in vain").help(format!("did you mean `{near}`?")),
            None => diagnostic.here("given in vain").note(match names.len() {
                0 => "it uses none that has an alias".to_owned(),
                _ => format!("it uses {}", names.join(", ")),
            }),
        };
        checker.report(diagnostic);
    }
    let given = |needed: &&NeededProvider| {
        !call.providers.contains_key(&needed.key) && !checker.module.providers.contains_key(&needed.key)
    };
    let on_the_way = |needed: &NeededProvider| {
        let step = (needed.place, format!("`{}` is needed here", shown(&needed.key)));
        let via = [step].into_iter().chain(needed.via.clone()).collect();
        NeededProvider { key: needed.key.clone(), place: call.head, via }
    };
    let mut all: Vec<NeededProvider> = Vec::new();
    for needed in facts.providers.iter().filter(given) {
        if !all.iter().any(|other| other.key == needed.key) {
            all.push(on_the_way(needed));
        }
    }
    all
}

fn report(checker: &mut Checker<'_>, needed: NeededProvider) {
    let module = checker.module;
    let name = shown(&needed.key);
    let names: Vec<String> = module.providers.keys().map(shown).collect();
    let own = needed.via.is_empty();
    let message = match own {
        true => format!("there is no provider `{name}` here"),
        false => format!("this module needs the provider `{name}`, and there is none here"),
    };
    let mut diagnostic = Diagnostic::new(codes::UNDEFINED_REFERENCE, needed.place, message);
    for (span, words) in needed.via {
        diagnostic = diagnostic.label(span, words);
    }
    let alias = needed.key.alias.as_deref().unwrap_or_default();
    let declare = format!("provider \"{}\" {{ alias = \"{alias}\" }}", needed.key.name);
    checker.report(match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) if own => diagnostic.here(format!("did you mean `{near}`?")).replace(
            FixLevel::Review,
            format!("change it to `{near}`"),
            needed.place,
            near,
        ),
        _ if own => diagnostic.here("not declared").help(format!("declare it: `{declare}`")),
        near => diagnostic.here("not given").help(format!(
            "hand one over, `providers = {{ {name} = {} }}`, or declare `{declare}`",
            near.unwrap_or(&needed.key.name)
        )),
    });
}

fn wrong_provider(checker: &mut Checker<'_>, span: Span, message: String, expected: &str, found: &str) {
    let here = format!("this is the provider `{found}`");
    checker.report(
        Diagnostic::new(codes::INVALID_BLOCK, span, message)
            .here(here)
            .mismatch(expected.to_owned(), found.to_owned()),
    );
}

fn shown(key: &ProviderKey) -> String {
    match &key.alias {
        Some(alias) => format!("{}.{alias}", key.name),
        None => key.name.to_string(),
    }
}

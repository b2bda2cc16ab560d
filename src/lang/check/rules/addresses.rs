//! `moved`, `import` and `removed` name what exists, or what no longer does.

use crate::base::Text;
use crate::base::address::{ModuleAddress, Target};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::lang::check::Checker;
use crate::lang::resolve::program::{Module, ResourceKey};

/// What an address leads to.
enum Found<'m> {
    Resource(&'m ResourceKey, Span),
    Call(Span),
    /// Nothing, and the address that comes nearest.
    Nothing(Option<String>),
    /// A module that could not be loaded, which was reported.
    Unknown,
}

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    for moved in &module.moved {
        let from = target(checker, &moved.from);
        let to = target(checker, &moved.to);
        let (Some(from), Some(to)) = (from, to) else { continue };
        // Where `count` or `for_each` came or went, instances moved within what is still there.
        if !same_declaration(&from, &to)
            && still_there(checker, &from, &moved.from, "`moved` names what it was moved from")
        {
            continue;
        }
        let found = find(checker, module, &to);
        if let (Target::Resource(old, _), Found::Resource(new, span)) = (&from, &found)
            && (&old.kind, old.mode) != (&new.kind, new.mode)
        {
            checker.report(
                Diagnostic::new(
                    codes::INVALID_BLOCK,
                    moved.from.1,
                    format!("a `{}` can't become a `{}`", old.kind, new.kind),
                )
                .here("another kind")
                .label(*span, "declared here")
                .help("remove the one and make the other: leave this `moved` out"),
            );
        }
        // It may have been moved on, or removed since.
        let mut later =
            module.moved.iter().map(|other| &other.from).chain(module.removed.iter().map(|r| &r.from));
        if later.any(|(text, _)| *text == moved.to.0) {
            continue;
        }
        exists(checker, found, &moved.to, "there is nothing here that could have been moved");
    }
    for import in &module.imports {
        if let Some(to) = target(checker, &(import.pieces.concat().into(), import.to.1)) {
            let found = find(checker, module, &to);
            exists(checker, found, &import.to, "there is no resource to import into");
        }
    }
    for removed in &module.removed {
        if let Some(from) = target(checker, &removed.from) {
            let _ = still_there(checker, &from, &removed.from, "`removed` names what is no longer there");
        }
    }
}

fn target(checker: &mut Checker<'_>, (text, span): &(Text, Span)) -> Option<Target> {
    match text.parse() {
        Ok(target) => Some(target),
        Err(_) => {
            checker.report(
                Diagnostic::new(codes::INVALID_BLOCK, *span, "this is no address")
                    .here("not understood")
                    .help("write `kind.name`, `kind.name[0]` or `module.call.kind.name[\"key\"]`"),
            );
            None
        }
    }
}

fn find<'m>(checker: &Checker<'m>, module: &'m Module, target: &Target) -> Found<'m> {
    let (steps, resource) = match target {
        Target::Module(module) => (&module.0, None),
        Target::Resource(resource, _) => (&resource.module.0, Some(resource)),
    };
    let mut at = module;
    let mut prefix = String::new();
    let mut last = None;
    for step in steps.iter() {
        let Some(call) = at.calls.get(&step.name) else {
            let near = nearest(&step.name, at.calls.keys().map(Text::as_str));
            return Found::Nothing(near.map(|near| format!("{prefix}module.{near}")));
        };
        last = Some(call.span);
        prefix.push_str(&format!("module.{}.", step.name));
        match call.module {
            Some(id) => at = checker.program.module(id),
            None => return Found::Unknown,
        }
    }
    let Some(resource) = resource else { return last.map_or(Found::Nothing(None), Found::Call) };
    let key = ResourceKey { mode: resource.mode, kind: resource.kind.clone(), name: resource.name.clone() };
    match at.resources.get_key_value(&key) {
        Some((key, declared)) => Found::Resource(key, declared.span),
        None => {
            let wanted = format!("{}.{}", key.kind, key.name);
            let same_mode = at.resources.keys().filter(|other| other.mode == key.mode);
            let names: Vec<String> =
                same_mode.map(|other| format!("{}.{}", other.kind, other.name)).collect();
            let near = nearest(&wanted, names.iter().map(String::as_str));
            Found::Nothing(near.map(|near| format!("{prefix}{near}")))
        }
    }
}

fn exists(checker: &mut Checker<'_>, found: Found<'_>, (text, span): &(Text, Span), message: &str) {
    let Found::Nothing(near) = found else { return };
    let diagnostic = Diagnostic::new(codes::UNDEFINED_REFERENCE, *span, message);
    checker.report(match near {
        Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
            FixLevel::Review,
            format!("change it to `{near}`"),
            *span,
            near,
        ),
        None => diagnostic.here(format!("`{text}` does not exist")),
    });
}

/// Whether two addresses lead to the same block, whichever instances of it they name.
fn same_declaration(a: &Target, b: &Target) -> bool {
    let names = |module: &ModuleAddress| module.0.iter().map(|step| step.name.clone()).collect::<Vec<_>>();
    match (a, b) {
        (Target::Module(a), Target::Module(b)) => names(a) == names(b),
        (Target::Resource(a, _), Target::Resource(b, _)) => {
            (a.mode, &a.kind, &a.name) == (b.mode, &b.kind, &b.name) && names(&a.module) == names(&b.module)
        }
        _ => false,
    }
}

fn still_there(
    checker: &mut Checker<'_>,
    target: &Target,
    (text, span): &(Text, Span),
    message: &str,
) -> bool {
    // One instance may go where the others stay.
    let one = match target {
        Target::Resource(_, key) => key.is_some(),
        Target::Module(module) => module.0.last().is_some_and(|step| step.key.is_some()),
    };
    if one {
        return false;
    }
    let (Found::Resource(_, declared) | Found::Call(declared)) = find(checker, checker.module, target) else {
        return false;
    };
    checker.report(
        Diagnostic::new(codes::INVALID_BLOCK, *span, format!("{message}, and `{text}` is still there"))
            .here("still declared")
            .label(declared, "here")
            .help("remove or rename the declaration, or leave this block out"),
    );
    true
}

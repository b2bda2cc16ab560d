//! Names at the beginning of references, and those that nobody defines.

use super::declare::At;
use super::exports::Export;
use super::program::{ExprId, ExprKind, Reference, ResourceKey, Slot};
use super::{Here, Resolver};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::source::{Span, TextRange};
use crate::base::suggest::{listed, nearest};
use crate::lang::syntax::tree::{self, Tree};

/// What functions of this language are called in others.
const ELSEWHERE: &[(&str, &str)] = &[
    ("capitalize", "title"),
    ("count", "length"),
    ("downcase", "lower"),
    ("filter", "compact"),
    ("float", "tonumber"),
    ("int", "tonumber"),
    ("includes", "contains"),
    ("len", "length"),
    ("lowercase", "lower"),
    ("number", "tonumber"),
    ("parseint32", "parseint"),
    ("printf", "format"),
    ("push", "concat"),
    ("size", "length"),
    ("sprintf", "format"),
    ("str", "tostring"),
    ("string", "tostring"),
    ("strip", "trimspace"),
    ("substring", "substr"),
    ("tolower", "lower"),
    ("toupper", "upper"),
    ("upcase", "upper"),
    ("uppercase", "upper"),
];

/// As many names of a module that nobody defines are reported one by one, and as many places of each: more are counted.
const MOST_MISSING: usize = 10_000;
const MOST_PLACES: usize = 1_000;

/// As often a name nobody defines is compared with one there is, about.
const MOST_LOOKS: usize = 50_000_000;

/// A name nobody defines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Missing {
    /// `var.x`
    Variable(Text),
    /// `local.x`
    Local(Text),
    /// `module.x`
    Call(Text),
    /// `kind.name`, `data.kind.name`
    Resource(ResourceKey),
    /// A bare name.
    Name(Text),
    /// A function.
    Function(Text),
    /// A type.
    Type(Text),
    /// A name in a template of its own.
    Given(Text),
}

impl Missing {
    /// Whether a block of this kind would declare it.
    fn is_declared_by(&self, kind: &str) -> bool {
        match self {
            Self::Variable(_) => kind == "variable",
            Self::Call(_) => kind == "module",
            Self::Resource(key) => kind == if key.mode == Mode::Data { "data" } else { "resource" },
            _ => false,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Variable(name)
            | Self::Local(name)
            | Self::Call(name)
            | Self::Name(name)
            | Self::Function(name)
            | Self::Type(name)
            | Self::Given(name) => name,
            Self::Resource(key) => &key.name,
        }
    }
}

/// One `.name` behind a name.
struct Step<'t> {
    name: &'t str,
    name_range: TextRange,
    range: TextRange,
    safe: bool,
}

/// What a chain of names begins with, and how many of its steps that takes.
enum Root {
    Found(Reference, usize),
    /// Reported, or noted as missing.
    Error,
}

impl<'a> Resolver<'a> {
    /// A name, or a name with `.names` behind it; `None` if something else is at its beginning.
    pub(super) fn reference(&mut self, tree: &'a Tree, id: tree::ExprId) -> Option<ExprId> {
        let mut steps = Vec::new();
        let mut at = id;
        let root_range = loop {
            let expr = tree.expr(at);
            match &expr.kind {
                tree::ExprKind::Attr { base, name, safe } => {
                    let step =
                        Step { name: tree.text(*name), name_range: *name, range: expr.range, safe: *safe };
                    steps.push(step);
                    at = *base;
                }
                tree::ExprKind::Name => break expr.range,
                _ => return None,
            }
        };
        steps.reverse();
        let span_to = |taken: usize| {
            let end =
                taken.checked_sub(1).and_then(|last| steps.get(last)).map_or(root_range, |step| step.range);
            tree.span(root_range.cover(end))
        };
        let (mut id, taken) = match self.root(tree, root_range, &steps) {
            Root::Found(reference, taken) if !self.in_sight(reference) => {
                let span = span_to(taken);
                self.out_of_sight(tree, span);
                (self.push(ExprKind::Error, span), steps.len())
            }
            Root::Found(reference, taken) => {
                (self.push(ExprKind::Reference(reference), span_to(taken)), taken)
            }
            Root::Error => (self.push(ExprKind::Error, span_to(steps.len())), steps.len()),
        };
        for (at, step) in steps.iter().enumerate().skip(taken) {
            let kind = ExprKind::Attribute {
                base: id,
                name: step.name.into(),
                name_span: tree.span(step.name_range),
                safe: step.safe,
            };
            id = self.push(kind, span_to(at + 1));
        }
        Some(id)
    }

    /// Whether an expression may refer to this: the bodies of functions see their parameters only.
    fn in_sight(&self, reference: Reference) -> bool {
        use Reference::{Binding, PathCwd, PathModule, PathRoot};
        self.open_functions.is_empty() || matches!(reference, Binding(_) | PathModule | PathRoot | PathCwd)
    }

    fn out_of_sight(&mut self, tree: &Tree, span: Span) {
        let name = tree.text_at(span);
        self.report(
            Diagnostic::new(
                codes::UNDEFINED_REFERENCE,
                span,
                format!("`{name}` has no value in a function, which sees its parameters only"),
            )
            .here("not a parameter")
            .help("make it a parameter, and give it where the function is called"),
        );
    }

    fn root(&mut self, tree: &'a Tree, range: TextRange, steps: &[Step<'a>]) -> Root {
        let root = tree.text(range);
        if let Some(slot) = self.scope.iter().rposition(|bound| bound == root) {
            return Root::Found(Reference::Binding(Slot(slot as u32)), 0);
        }
        if self.lone {
            return self.miss(Missing::Given(root.into()), tree.span(range));
        }
        let name = |at: usize| steps.get(at).filter(|step| !step.safe).map(|step| Text::from(step.name));
        let place = |taken: usize| {
            let last = steps.get(taken.wrapping_sub(1)).map_or(range, |step| step.range);
            tree.span(range.cover(last))
        };
        match root {
            "var" | "local" | "module" => {
                let Some(name) = name(0) else { return self.incomplete(tree, range, root) };
                let (index, missing) = match root {
                    "var" => (self.declared.variables.get_index_of(&name), Missing::Variable(name)),
                    "local" => (self.declared.locals.get_index_of(&name), Missing::Local(name)),
                    _ => (self.declared.calls.get_index_of(&name), Missing::Call(name)),
                };
                let Some(index) = index else { return self.miss(missing, place(1)) };
                let index = index as u32;
                Root::Found(
                    match root {
                        "var" => Reference::Variable(index),
                        "local" => Reference::Local(index),
                        _ => Reference::Call(index),
                    },
                    1,
                )
            }
            "data" | "resource" => {
                let (Some(kind), Some(name)) = (name(0), name(1)) else {
                    return self.incomplete(tree, range, root);
                };
                let mode = if root == "data" { Mode::Data } else { Mode::Managed };
                self.resource(ResourceKey { mode, kind, name }, place(2), 2)
            }
            "each" | "count" | "path" | "self" => self.special(tree, range, root, steps),
            "terraform" => {
                self.report(
                    Diagnostic::new(
                        codes::UNDEFINED_REFERENCE,
                        place(steps.len().min(1)),
                        "there are no workspaces: an account is a directory with a state of its own",
                    )
                    .here("has no value")
                    .help("make it a variable or a local of the account"),
                );
                Root::Error
            }
            kind => match name(0) {
                Some(name) => {
                    let key = ResourceKey { mode: Mode::Managed, kind: kind.into(), name };
                    let known = self.declared.resources.keys().any(|declared| declared.kind == key.kind)
                        || self.schemas.resource(kind).is_some();
                    if !known && !self.declared.resources.contains_key(&key) {
                        return self.miss(Missing::Name(kind.into()), tree.span(range));
                    }
                    self.resource(key, place(1), 1)
                }
                None => self.miss(Missing::Name(kind.into()), tree.span(range)),
            },
        }
    }

    fn resource(&mut self, key: ResourceKey, span: Span, taken: usize) -> Root {
        match self.declared.resources.get_index_of(&key) {
            Some(index) => Root::Found(Reference::Resource(index as u32), taken),
            None => self.miss(Missing::Resource(key), span),
        }
    }

    /// `each`, `count`, `path` and `self`.
    fn special(&mut self, tree: &'a Tree, range: TextRange, root: &str, steps: &[Step<'a>]) -> Root {
        let Here { each, count, self_object } = self.here;
        let names: &[(&str, Reference)] = match root {
            "each" => &[("key", Reference::EachKey), ("value", Reference::EachValue)],
            "count" => &[("index", Reference::CountIndex)],
            "path" => &[
                ("module", Reference::PathModule),
                ("root", Reference::PathRoot),
                ("cwd", Reference::PathCwd),
            ],
            _ => &[],
        };
        let available = match root {
            "each" => each,
            "count" => count,
            "self" => self_object,
            _ => true,
        };
        if !available {
            let help = match root {
                "each" => "it has a value in a block with `for_each`",
                "count" => "it has a value in a block with `count`",
                _ => "it has a value in postconditions; elsewhere refer to the resource by its name",
            };
            let span = tree.span(steps.first().map_or(range, |step| range.cover(step.range)));
            self.report(
                Diagnostic::new(
                    codes::UNDEFINED_REFERENCE,
                    span,
                    format!("`{}` has no value here", tree.text_at(span)),
                )
                .here("not in this block")
                .help(help),
            );
            return Root::Error;
        }
        if root == "self" {
            return Root::Found(Reference::SelfObject, 0);
        }
        let Some(step) = steps.first() else { return self.incomplete(tree, range, root) };
        if let Some((_, reference)) = names.iter().find(|(name, _)| *name == step.name) {
            return Root::Found(*reference, 1);
        }
        let legal: Vec<_> = names.iter().map(|(name, _)| format!("`{root}.{name}`")).collect();
        let span = tree.span(step.name_range);
        let mut diagnostic =
            Diagnostic::new(codes::UNDEFINED_REFERENCE, span, format!("there is no `{root}.{}`", step.name))
                .note(format!("there is {}", legal.join(" and ")));
        if let Some(near) = nearest(step.name, names.iter().map(|(name, _)| *name)) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Review,
                format!("change it to `{near}`"),
                span,
                near,
            );
        }
        self.report(diagnostic);
        Root::Error
    }

    /// `var` without a name behind it.
    fn incomplete(&mut self, tree: &Tree, range: TextRange, root: &str) -> Root {
        let form = match root {
            "var" | "local" | "module" => format!("{root}.NAME"),
            "data" | "resource" => format!("{root}.KIND.NAME"),
            "each" => "each.key".to_owned(),
            "count" => "count.index".to_owned(),
            _ => format!("{root}.module"),
        };
        self.report(
            Diagnostic::new(
                codes::UNDEFINED_REFERENCE,
                tree.span(range),
                format!("`{root}` alone is no value"),
            )
            .here(format!("write `{form}`")),
        );
        Root::Error
    }

    fn miss(&mut self, missing: Missing, span: Span) -> Root {
        self.missing.entry(missing).or_default().push(span);
        Root::Error
    }

    /// One report for each missing name, with all its places.
    pub(super) fn report_missing(&mut self) {
        let much = self.is_much_lost();
        let mut unnamed = self.unnamed.clone();
        // What was meant is looked for among all names there are.
        let mut looks = MOST_LOOKS / self.names().count().max(1);
        let mut all = std::mem::take(&mut self.missing);
        let beyond = all.split_off(all.len().min(MOST_MISSING));
        if let Some(place) = beyond.values().find_map(|spans| spans.first()) {
            let message = format!("{} more names that nobody defines are used from here on", beyond.len());
            self.report(Diagnostic::new(codes::UNDEFINED_REFERENCE, *place, message));
        }
        for (missing, mut spans) in all {
            spans.sort();
            spans.dedup();
            let Some((first, others)) = spans.split_first() else { continue };
            if much || self.lost.iter().any(|text| text.contains(missing.name())) {
                continue;
            }
            if let Some(at) = unnamed.iter().position(|kind| missing.is_declared_by(kind)) {
                unnamed.swap_remove(at);
                continue;
            }
            // What is declared here under almost this name, and used nowhere, was meant rather than what others export.
            let idle = |what: &str, name: &str| {
                let idle = self.module.idle.iter().filter(|idle| idle.what == what);
                nearest(name, idle.map(|idle| idle.name.as_str())).map(str::to_owned)
            };
            let misspelt = match &missing {
                Missing::Function(name) => idle("function", name),
                Missing::Type(name) => idle("type", name),
                _ => None,
            };
            let export = match &missing {
                _ if misspelt.is_some() => None,
                Missing::Function(name) => self.export(name, true, *first),
                Missing::Type(name) => self.export(name, false, *first),
                _ => None,
            };
            let looked = export.is_none() && looks.checked_sub(1).map(|left| looks = left).is_some();
            let suggestion = misspelt.or_else(|| if looked { self.suggest(&missing) } else { None });
            let (code, message) = match &missing {
                Missing::Variable(name) => {
                    (codes::UNDEFINED_REFERENCE, format!("there is no variable `{name}`"))
                }
                Missing::Local(name) => (codes::UNDEFINED_REFERENCE, format!("there is no local `{name}`")),
                Missing::Call(name) => (codes::UNDEFINED_REFERENCE, format!("there is no module `{name}`")),
                Missing::Resource(key) => {
                    let what = if key.mode == Mode::Data { "data source" } else { "resource" };
                    (codes::UNDEFINED_REFERENCE, format!("there is no {what} `{}.{}`", key.kind, key.name))
                }
                Missing::Name(name) => {
                    (codes::UNDEFINED_REFERENCE, format!("nothing is called `{name}` here"))
                }
                Missing::Function(name) => {
                    (codes::UNKNOWN_FUNCTION, format!("there is no function `{name}`"))
                }
                Missing::Type(name) => (codes::UNKNOWN_TYPE, format!("there is no type `{name}`")),
                Missing::Given(name) => {
                    (codes::UNDEFINED_REFERENCE, format!("this template is not given `{name}`"))
                }
            };
            let mut diagnostic = Diagnostic::new(code, *first, message);
            for span in others.iter().take(MOST_PLACES) {
                diagnostic = diagnostic.label(*span, "and here");
            }
            if let Some(more @ 1..) = others.len().checked_sub(MOST_PLACES) {
                diagnostic = diagnostic.note(format!("it is used in {more} more places"));
            }
            diagnostic = match suggestion {
                Some(near) => {
                    let mut diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
                    // A fix is for all places or for none.
                    if spans.len() <= MOST_PLACES {
                        let edits = spans.iter().map(|span| Edit { span: *span, text: near.clone() });
                        let title = format!("change it to `{near}`");
                        diagnostic = diagnostic.fix(FixLevel::Review, title, edits.collect());
                    }
                    self.with_suggested(diagnostic, &missing, &near)
                }
                None => match export {
                    Some(Export { source, edit }) => diagnostic.here(format!("declared in {source:?}")).fix(
                        FixLevel::Review,
                        format!("import it: `use {source:?} {{ {} }}`", missing.name()),
                        vec![edit],
                    ),
                    None => self.advise(&missing, diagnostic),
                },
            };
            self.report(diagnostic);
        }
    }

    /// Where a suggested name is declared, or what it is.
    fn with_suggested(&self, diagnostic: Diagnostic, missing: &Missing, near: &str) -> Diagnostic {
        let block = |found: Option<&At<tree::Block>>, label| found.map(|at| self.label_at(*at, label));
        let declared = &self.declared;
        let (root, rest) = near.split_once('.').unwrap_or((near, ""));
        let span = match (missing, root) {
            (Missing::Function(_), _) => {
                let found = declared.functions.get(near).map(|at| self.at(*at));
                found.map(|(tree, decl)| tree.span(decl.name))
            }
            (Missing::Type(_), _) => {
                let found = declared.types.get(near).map(|at| self.at(*at));
                found.map(|(tree, decl)| tree.span(decl.name))
            }
            (_, "var") => block(declared.variables.get(rest), 0),
            (_, "local") => {
                let found = declared.locals.get(rest).map(|at| self.at(*at));
                found.map(|(tree, local)| tree.span(local.name))
            }
            (_, "module") => block(declared.calls.get(rest), 0),
            (Missing::Resource(key), _) => {
                let name = near.rsplit('.').next().unwrap_or_default().into();
                block(declared.resources.get(&ResourceKey { name, ..key.clone() }), 1)
            }
            _ => None,
        };
        match (span, missing) {
            (Some(span), _) => diagnostic.label(span, format!("`{near}` is declared here")),
            (None, Missing::Function(_)) => match crate::lang::functions::find(near) {
                Some(function) => diagnostic.note(function.signature()).note(function.docs),
                None => diagnostic,
            },
            (None, _) => diagnostic,
        }
    }

    /// A legal name that was likely meant, as it would be written.
    fn suggest(&self, missing: &Missing) -> Option<String> {
        let variables = || self.declared.variables.keys().map(Text::as_str);
        let locals = || self.declared.locals.keys().map(Text::as_str);
        let calls = || self.declared.calls.keys().map(Text::as_str);
        // Exactly this name in another namespace beats a similar one in the same.
        let elsewhere = |name: &str| {
            if self.declared.variables.contains_key(name) {
                Some(format!("var.{name}"))
            } else if self.declared.locals.contains_key(name) {
                Some(format!("local.{name}"))
            } else if self.declared.calls.contains_key(name) {
                Some(format!("module.{name}"))
            } else {
                None
            }
        };
        match missing {
            Missing::Variable(name) => {
                nearest(name, variables()).map(|near| format!("var.{near}")).or_else(|| elsewhere(name))
            }
            Missing::Local(name) => {
                elsewhere(name).or_else(|| nearest(name, locals()).map(|near| format!("local.{near}")))
            }
            Missing::Call(name) => {
                nearest(name, calls()).map(|near| format!("module.{near}")).or_else(|| elsewhere(name))
            }
            Missing::Resource(key) => {
                let same_kind = self
                    .declared
                    .resources
                    .keys()
                    .filter(|other| other.kind == key.kind && other.mode == key.mode);
                let prefix = if key.mode == Mode::Data { "data." } else { "" };
                nearest(&key.name, same_kind.map(|other| other.name.as_str()))
                    .map(|near| format!("{prefix}{}.{near}", key.kind))
            }
            Missing::Name(name) => elsewhere(name)
                .or_else(|| nearest(name, variables()).map(|near| format!("var.{near}")))
                .or_else(|| nearest(name, locals()).map(|near| format!("local.{near}")))
                .or_else(|| {
                    let roots = ["var", "local", "module", "data", "each", "count", "path", "self"];
                    let kinds = self.declared.resources.keys().map(|key| key.kind.as_str());
                    nearest(name, roots.into_iter().chain(kinds)).map(str::to_owned)
                }),
            Missing::Function(name) if crate::lang::functions::excluded(name).is_some() => None,
            Missing::Function(name) => {
                let own = self.module.functions.keys().map(Text::as_str);
                let builtin = crate::lang::functions::all().map(|function| function.name);
                let host = self.host.iter().map(|function| function.name());
                let same = || ELSEWHERE.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
                nearest(name, own.chain(host).chain(builtin)).or_else(|| Some(same()?.1)).map(str::to_owned)
            }
            Missing::Given(name) => nearest(name, self.scope.iter().map(Text::as_str)).map(str::to_owned),
            Missing::Type(name) => {
                let own = self.declared.types.keys().map(Text::as_str);
                nearest(name, own.chain(super::types::BUILTIN.iter().copied())).map(str::to_owned)
            }
        }
    }

    fn advise(&self, missing: &Missing, diagnostic: Diagnostic) -> Diagnostic {
        let list = |what: &str, names: Vec<&str>| match names.len() {
            0 => format!("this module declares no {what}"),
            _ => format!("this module declares {}", listed(names)),
        };
        match missing {
            Missing::Variable(name) => diagnostic
                .here("not declared in this module")
                .help(format!("declare it: `variable \"{name}\" {{ type = … }}`")),
            Missing::Local(_) => diagnostic
                .here("not declared in this module")
                .note(list("locals", self.declared.locals.keys().map(Text::as_str).collect())),
            Missing::Call(_) => diagnostic
                .here("not declared in this module")
                .note(list("modules", self.declared.calls.keys().map(Text::as_str).collect())),
            Missing::Resource(_) => diagnostic.here("not declared in this module"),
            Missing::Name(name) => diagnostic
                .here("not defined")
                .help(format!("a variable is `var.{name}`, a local `local.{name}`, a text `\"{name}\"`")),
            Missing::Function(name) => match crate::lang::functions::excluded(name) {
                Some(reason) => diagnostic.here("not a function of prov").help(reason),
                None => diagnostic.here("not defined"),
            },
            Missing::Given(_) => diagnostic
                .here("not among its variables")
                .note(match &*self.scope {
                    [] => "it is given nothing".to_owned(),
                    names => format!("it is given {}", listed(names.iter().map(Text::as_str))),
                })
                .help("a template sees only what the call passes to it, as in `{ name = … }`"),
            Missing::Type(_) => diagnostic.here("not defined").note(format!(
                "the types are {}, and those declared by `type`",
                super::types::BUILTIN.join(", ")
            )),
        }
    }
}

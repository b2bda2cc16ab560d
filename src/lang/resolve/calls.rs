//! What comes from other modules, and what they are given: `module`, `use`, `fn`.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use super::declare::{head, label_span};
use super::program::{Argument, ExprId, ExprKind, ModuleCall, Parameter, ProviderKey, UserFunction};
use super::{Here, Resolver};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::{listed, nearest};
use crate::lang::syntax::tree::{self, Block, Tree};

/// Functions that call each other in longer chains can't be run.
const MAX_CHAIN: usize = 1_000;

/// Bytes of stack that resolving a function may need, and by which it grows.
const STACK_RESERVE: usize = 256 << 10;
const STACK_PIECE: usize = 4 << 20;

const META: &[&str] = &["source", "version", "count", "for_each", "providers", "depends_on"];

impl<'a> Resolver<'a> {
    pub(super) fn calls(&mut self) {
        let declared: Vec<_> = self.declared.calls.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, at) in declared {
            let (tree, block) = self.at(at);
            let call = self.recorded(|this| this.module_call(tree, block, name.clone()));
            self.module.calls.insert(name, call.keep(&mut self.records.calls));
        }
    }

    pub(super) fn module_call(&mut self, tree: &'a Tree, block: &'a Block, name: Text) -> ModuleCall {
        let fields = self.open_fields(tree, &block.body);
        let head = tree.span(head(block));
        let (source, source_span) = match fields.get("source") {
            Some(attribute) => {
                let span = tree.span(tree.expr(attribute.value).range);
                self.literal_string(tree, attribute).unwrap_or((Text::default(), span))
            }
            None => {
                let what = format!("the module `{name}`");
                self.lacking(tree, block, &what, &[("source", "source = \"./modules/name\"")]);
                (Text::default(), head)
            }
        };
        for (kind, inner) in &fields.blocks {
            if *kind != "lifecycle" {
                let span = tree.span(inner.kind);
                let message = format!("`module` has no block `{kind}`");
                let diagnostic = Diagnostic::new(codes::UNKNOWN_BLOCK, span, message);
                self.report(match nearest(kind, ["lifecycle"]) {
                    Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                        FixLevel::Safe,
                        format!("change it to `{near}`"),
                        span,
                        near,
                    ),
                    None => diagnostic
                        .here("not a block of `module`")
                        .help(format!("an argument is written `{kind} = {{ … }}`")),
                });
            }
        }
        let mut enabled = None;
        for inner in fields.blocks("lifecycle") {
            let inner = self.fields(tree, &inner.body, "`lifecycle` of a module", &["enabled"], &[]);
            enabled = inner.get("enabled").map(|attribute| self.expr(tree, attribute.value));
        }
        let callee = self.loaded(&source);
        let legal = |name: &str| {
            META.contains(&name) || callee.is_none_or(|module| module.variables.contains_key(name))
        };
        let repeated = self.repeated(tree, block, &fields, legal);
        let mut arguments = IndexMap::new();
        for (name, attribute) in &fields.attributes {
            if !META.contains(name) {
                let value = self.expr(tree, attribute.value);
                arguments.insert(Text::from(*name), Argument { name_span: tree.span(attribute.name), value });
            }
        }
        self.here = Here::default();
        let (count, for_each) = repeated.by(&arguments);
        let providers = fields.get("providers").map_or_else(IndexMap::new, |a| self.provider_map(tree, a));
        let depends_on = fields.get("depends_on").map_or_else(Vec::new, |a| self.dependencies(tree, a));
        ModuleCall {
            span: label_span(tree, block, 0),
            head,
            insert: tree.span(block.open).after(),
            module: callee.map(|module| module.id),
            source,
            source_span,
            arguments,
            count,
            for_each,
            enabled,
            providers,
            depends_on,
            docs: Self::docs(tree, &block.docs),
            name,
        }
    }

    /// `providers = { consul = consul.eu }`
    fn provider_map(
        &mut self,
        tree: &'a Tree,
        attribute: &'a tree::Attribute,
    ) -> IndexMap<ProviderKey, (ProviderKey, Span)> {
        let expr = tree.expr(attribute.value);
        let tree::ExprKind::Object(items) = &expr.kind else {
            self.report(
                Diagnostic::new(
                    codes::INVALID_BLOCK,
                    tree.span(expr.range),
                    "`providers` maps providers to providers",
                )
                .here("not an object")
                .help("write `providers = { consul = consul.eu }`"),
            );
            return IndexMap::new();
        };
        let pairs: Vec<_> = items.iter().map(|item| (item.key, item.value)).collect();
        let mut map = IndexMap::new();
        for (inner, outer) in pairs {
            if let (Some((inner, _)), Some(outer)) =
                (self.provider_key(tree, inner), self.provider_key(tree, outer))
            {
                map.insert(inner, outer);
            }
        }
        map
    }

    /// `use "path" { A, B }`: types and functions of another module under their own names.
    pub(super) fn imported(&mut self) {
        for at in self.declared.uses.clone() {
            let (tree, decl) = self.at(at);
            let source = tree.text(decl.path).trim_matches('"');
            let Some(module) = self.loaded(source) else {
                // That it is not there was reported; what it was to give is not missed.
                self.lost.extend(decl.names.iter().map(|range| tree.text(*range)));
                continue;
            };
            for range in &decl.names {
                let name = Text::from(tree.text(*range));
                let span = tree.span(*range);
                if let Some(ty) = module.types.get(&name) {
                    let first = self.declared.types.get(&name).map(|at| self.at(*at));
                    let first = first.map(|(tree, decl)| tree.span(decl.name));
                    match first.or_else(|| self.module.types.get(&name).map(|first| first.span)) {
                        Some(first) => self.duplicate("type", &name, first, span),
                        None => self.insert_type(name, ty.span, ty.ty.clone(), ty.docs.clone()),
                    }
                } else if let Some(function) = module.functions.get(&name) {
                    let first = self.declared.functions.get(&name).map(|at| self.at(*at));
                    match first.map(|(tree, decl)| tree.span(decl.name)) {
                        Some(first) => self.duplicate("function", &name, first, span),
                        None => drop(self.module.functions.insert(name, Arc::clone(function))),
                    }
                } else {
                    let names: Vec<_> =
                        module.types.keys().chain(module.functions.keys()).map(Text::as_str).collect();
                    let mut diagnostic = Diagnostic::new(
                        codes::UNDEFINED_REFERENCE,
                        span,
                        format!("{source:?} has no type or function `{name}`"),
                    );
                    let near = nearest(&name, names.iter().copied());
                    diagnostic = match near {
                        Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                            FixLevel::Review,
                            format!("change it to `{near}`"),
                            span,
                            near,
                        ),
                        None => diagnostic.here("not declared there").note(match names.len() {
                            0 => "it declares none".to_owned(),
                            _ => format!("it declares {}", listed(names)),
                        }),
                    };
                    if !module.lost.may_hold(&name) {
                        self.report(diagnostic);
                    }
                    // What it was to be is not missed a second time, nor what was likely meant.
                    let meant = near.filter(|near| !self.declared.types.contains_key(*near));
                    if let Some(meant) = meant.and_then(|near| module.types.get(near)) {
                        let name = near.unwrap_or_default().into();
                        self.insert_type(name, meant.span, meant.ty.clone(), meant.docs.clone());
                    }
                    if !self.declared.types.contains_key(&name) {
                        self.insert_type(name, span, crate::base::types::Type::error(), None);
                    }
                }
            }
        }
    }

    /// Resolves all functions of the module.
    pub(super) fn user_functions(&mut self) {
        let names: Vec<Text> = self.declared.functions.keys().cloned().collect();
        for name in names {
            self.user_function(&name, None);
        }
    }

    /// A function declared here or imported, which is `called` at a place. Resolved when first asked for, so that the
    /// order of declarations does not matter; a function that calls itself finds its own declaration still open.
    pub(super) fn user_function(&mut self, name: &str, called: Option<Span>) -> Option<Arc<UserFunction>> {
        if let Some(function) = self.module.functions.get(name) {
            return Some(Arc::clone(function));
        }
        let (tree, decl) = self.at(*self.declared.functions.get(name)?);
        let span = tree.span(decl.name);
        if let Some(first) = self.open_functions.get_index_of(name) {
            let circle: Vec<_> =
                self.open_functions.iter().skip(first).map(|(name, place)| (name.clone(), *place)).collect();
            let diagnostic = recursion(&circle, called.unwrap_or(span));
            self.report(diagnostic.label(span, "declared here"));
            let function = self.function_without_body(tree, decl, name);
            self.module.functions.insert(name.into(), Arc::clone(&function));
            return Some(function);
        }
        if self.open_functions.len() >= MAX_CHAIN {
            let message = format!("functions call each other in a chain of more than {MAX_CHAIN}");
            self.report(
                Diagnostic::new(codes::LIMIT_EXCEEDED, called.unwrap_or(span), message)
                    .here("one more")
                    .label(span, "declared here"),
            );
            let function = self.function_without_body(tree, decl, name);
            self.module.functions.insert(name.into(), Arc::clone(&function));
            return Some(function);
        }
        self.open_functions.insert(name.into(), called);
        // A function is resolved within the one that calls it, however long the chain.
        let function =
            stacker::maybe_grow(STACK_RESERVE, STACK_PIECE, || self.closed_function(tree, decl, name));
        self.open_functions.pop();
        if let Some(function) = self.module.functions.get(name) {
            return Some(Arc::clone(function));
        }
        self.module.functions.insert(name.into(), Arc::clone(&function));
        Some(function)
    }

    fn closed_function(&mut self, tree: &'a Tree, decl: &'a tree::FnDecl, name: &str) -> Arc<UserFunction> {
        let scope = std::mem::take(&mut self.scope);
        let here = std::mem::take(&mut self.here);
        let mut params = Vec::new();
        for param in &decl.params {
            let ty = self.type_expr(tree, param.ty);
            let default = param.default.map(|id| self.expr(tree, id));
            params.push(Parameter {
                name: tree.text(param.name).into(),
                span: tree.span(param.name),
                ty,
                default,
            });
        }
        let mut first: FxHashMap<&Text, Span> = FxHashMap::default();
        for param in &params {
            match first.entry(&param.name) {
                Entry::Occupied(first) => {
                    self.duplicate("parameter", &param.name, *first.get(), param.span);
                }
                Entry::Vacant(entry) => drop(entry.insert(param.span)),
            }
        }
        let returns = self.type_expr(tree, decl.returns);
        self.scope = params.iter().map(|param| param.name.clone()).collect();
        let body = self.expr(tree, decl.body);
        self.scope = scope;
        self.here = here;
        Arc::new(UserFunction {
            name: name.into(),
            span: tree.span(decl.name),
            module: self.module.id,
            params,
            returns,
            returns_span: tree.span(tree.expr(decl.returns).range),
            body,
            docs: Self::docs(tree, &decl.docs),
        })
    }

    fn function_without_body(
        &mut self,
        tree: &'a Tree,
        decl: &'a tree::FnDecl,
        name: &str,
    ) -> Arc<UserFunction> {
        let span = tree.span(decl.name);
        Arc::new(UserFunction {
            name: name.into(),
            span,
            module: self.module.id,
            params: Vec::new(),
            returns: crate::base::types::Type::error(),
            returns_span: tree.span(tree.expr(decl.returns).range),
            body: self.push(ExprKind::Error, span),
            docs: None,
        })
    }

    /// Puts named arguments and defaults where the parameters are.
    pub(super) fn place_named(
        &mut self,
        tree: &'a Tree,
        call: &'a tree::Call,
        function: &Arc<UserFunction>,
        name_span: Span,
        args: &mut Vec<ExprId>,
    ) {
        if call.expand || (function.params.is_empty() && function.returns.is_error()) {
            return;
        }
        let mut placed: Vec<Option<ExprId>> = args.iter().copied().map(Some).collect();
        placed.resize(placed.len().max(function.params.len()), None);
        for (range, value) in &call.named {
            let name = tree.text(*range);
            let span = tree.span(*range);
            let value = self.lower(tree, *value);
            match function.params.iter().position(|param| param.name == name) {
                Some(at) if placed[at].is_some() => {
                    self.report(
                        Diagnostic::new(
                            codes::DUPLICATE_DEFINITION,
                            span,
                            format!("`{name}` is given twice"),
                        )
                        .here("again here")
                        .label(function.params[at].span, "declared here"),
                    );
                }
                Some(at) => placed[at] = Some(value),
                None => {
                    let names: Vec<_> = function.params.iter().map(|param| param.name.as_str()).collect();
                    let diagnostic = Diagnostic::new(
                        codes::UNKNOWN_ATTRIBUTE,
                        span,
                        format!("{}() has no parameter `{name}`", function.name),
                    )
                    .label(function.span, "declared here");
                    self.report(match nearest(name, names.iter().copied()) {
                        Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                            FixLevel::Review,
                            format!("change it to `{near}`"),
                            span,
                            near,
                        ),
                        None => diagnostic.note(format!("its parameters are {}", names.join(", "))),
                    });
                }
            }
        }
        let missing: Vec<_> = function
            .params
            .iter()
            .zip(&placed)
            .filter(|(param, value)| value.is_none() && param.default.is_none())
            .map(|(param, _)| format!("`{}`", param.name))
            .collect();
        if placed.len() > function.params.len() || !missing.is_empty() {
            let spans: Vec<Span> = args.iter().map(|id| self.module.expr(*id).span).collect();
            let diagnostic = match spans.get(function.params.len()..) {
                Some(extra @ [first, ..]) if missing.is_empty() => {
                    let (takes, given) = (function.params.len(), spans.len());
                    let least = function.params.iter().filter(|param| param.default.is_none()).count();
                    let range = if least < takes { format!("{least} to {takes}") } else { takes.to_string() };
                    let plural = if range == "1" { "" } else { "s" };
                    let message =
                        format!("{}() takes {range} argument{plural}, and {given} are given", function.name);
                    let before = takes.checked_sub(1).and_then(|at| spans.get(at)).copied();
                    too_many(message, *first, extra, before)
                }
                _ => Diagnostic::new(
                    codes::WRONG_ARGUMENT_COUNT,
                    name_span,
                    format!("{}() needs {}", function.name, missing.join(" and ")),
                )
                .here(match missing.len() {
                    1 => "an argument is missing".to_owned(),
                    n => format!("{n} arguments are missing"),
                }),
            };
            let params: Vec<_> =
                function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
            let signature = format!("{}({}) -> {}", function.name, params.join(", "), function.returns);
            self.report(diagnostic.label(function.span, "declared here").note(signature));
        }
        *args = placed
            .into_iter()
            .enumerate()
            .map(|(at, value)| match (value, function.params.get(at)) {
                (Some(value), _) => value,
                (None, Some(param)) if param.default.is_some() => {
                    let function = Arc::clone(function);
                    self.push(ExprKind::Default { function, parameter: at }, name_span)
                }
                (None, _) => self.push(ExprKind::Error, name_span),
            })
            .take(function.params.len())
            .collect();
    }
}

/// Arguments that nothing takes, from the first of them to the last; `before` is the last one that something takes.
pub fn too_many(message: String, first: Span, extra: &[Span], before: Option<Span>) -> Diagnostic {
    let end = extra.last().unwrap_or(&first).end;
    let here = match extra.len() {
        0 | 1 => "one too many".to_owned(),
        n => format!("{n} too many"),
    };
    let cut = Span { start: before.map_or(first.start, |before| before.end), end, ..first };
    let title = if extra.len() > 1 { "remove them" } else { "remove it" };
    Diagnostic::new(codes::WRONG_ARGUMENT_COUNT, Span { end, ..first }, message).here(here).replace(
        FixLevel::Review,
        title,
        cut,
        "",
    )
}

/// Functions that call each other in a circle, each with the place where the one before it calls it; the last calls the
/// first at the place given.
fn recursion(circle: &[(Text, Option<Span>)], closing: Span) -> Diagnostic {
    let names: Vec<&str> = circle.iter().map(|(name, _)| name.as_str()).collect();
    let first = names.first().copied().unwrap_or_default();
    let last = names.last().copied().unwrap_or_default();
    let (message, here) = match names.len() {
        1 => (format!("the function `{first}` calls itself"), "calls itself".to_owned()),
        _ => ("these functions call each other in a circle".to_owned(), format!("`{last}` calls `{first}`")),
    };
    let mut diagnostic = Diagnostic::new(codes::DEPENDENCY_CYCLE, closing, message).here(here);
    for (caller, (name, place)) in names.iter().zip(&circle[1..]) {
        if let Some(place) = place {
            diagnostic = diagnostic.label(*place, format!("`{caller}` calls `{name}`"));
        }
    }
    diagnostic
        .note(format!("{} → {first}", names.join(" → ")))
        .help("functions can't recurse; walk a collection with `for` instead")
}

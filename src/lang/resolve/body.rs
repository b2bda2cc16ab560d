//! Resources, data sources, providers: bodies whose arguments a schema decides.

use super::declare::{head, label_span, label_text};
use super::program::{
    Argument, BlockBody, Condition, Dependency, Dynamic, ExprKind, IgnoreChanges, IgnorePath, Lifecycle,
    NestedBlock, ProviderBlock, ProviderKey, Resource, ResourceKey,
};
use super::{Here, Resolver};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::lang::syntax::tree::{self, Attribute, Block, Body, Tree};

const META: &[&str] = &["count", "for_each", "provider", "depends_on"];

impl<'a> Resolver<'a> {
    pub(super) fn resources(&mut self) {
        let declared: Vec<_> = self.declared.resources.iter().map(|(key, at)| (key.clone(), *at)).collect();
        for (key, at) in declared {
            let (tree, block) = self.at(at);
            let resource = self.recorded(|this| this.resource_block(tree, block, key.clone()));
            self.module.resources.insert(key, resource.keep(&mut self.records.resources));
        }
    }

    pub(super) fn resource_block(&mut self, tree: &'a Tree, block: &'a Block, key: ResourceKey) -> Resource {
        let kind_span = label_span(tree, block, 0);
        let schema = match key.mode {
            Mode::Managed => self.schemas.resource(&key.kind),
            Mode::Data => self.schemas.data(&key.kind),
        };
        if schema.is_none() {
            let diagnostic = self.unknown_kind(&key.kind, kind_span, key.mode == Mode::Data);
            self.report(diagnostic);
        }
        let fields = self.open_fields(tree, &block.body);
        let repeated = self.repeated(tree, block, &fields, |name| {
            // Of a kind that nobody offers, nothing is known to be misspelt.
            let offered = schema.is_none_or(|(_, schema)| schema.block.attributes.contains_key(name));
            offered || META.contains(&name)
        });
        let provider = fields.get("provider").and_then(|attribute| self.provider_of(tree, attribute));
        let depends_on = fields.get("depends_on").map_or_else(Vec::new, |a| self.dependencies(tree, a));
        let mut lifecycle = Lifecycle::default();
        for inner in fields.blocks("lifecycle") {
            lifecycle = self.lifecycle(tree, inner);
        }
        for name in ["provisioner", "connection"] {
            for inner in fields.blocks(name) {
                self.report(
                    Diagnostic::new(
                        codes::UNKNOWN_BLOCK,
                        tree.span(inner.kind),
                        format!("there is no `{name}`: prov runs no commands on machines"),
                    )
                    .here("remove this block"),
                );
            }
        }
        let skip = |name: &str| matches!(name, "lifecycle" | "provisioner" | "connection");
        let body = self.body(tree, &block.body, &skip, META);
        self.here = Here::default();
        let (count, for_each) = repeated.by(&body.attributes);
        Resource {
            span: label_span(tree, block, 1),
            kind_span,
            head: tree.span(head(block)),
            insert: tree.span(block.open).after(),
            body,
            count,
            for_each,
            provider,
            depends_on,
            lifecycle,
            docs: Self::docs(tree, &block.docs),
            key,
        }
    }

    /// Whether something in a block could not be read as it is: nobody can tell whether it has `count` or `for_each`.
    pub(super) fn is_broken(&self, tree: &Tree, block: &Block) -> bool {
        let span = tree.span(block.range);
        let inside = |at: &Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
        self.damaged.iter().any(inside)
    }

    /// `count` and `for_each` exclude each other.
    pub(super) fn one_of(&mut self, tree: &Tree, count: Option<&Attribute>, for_each: Option<&Attribute>) {
        if let (Some(count), Some(for_each)) = (count, for_each) {
            let (first, again) = (tree.span(count.name), tree.span(for_each.name));
            let (first, again) = if first < again { (first, again) } else { (again, first) };
            self.report(
                Diagnostic::new(codes::INVALID_BLOCK, again, "`count` and `for_each` exclude each other")
                    .here("one of them has to go")
                    .label(first, "already repeated by this"),
            );
        }
    }

    /// Arguments and nested blocks, without the names in `skip_arguments` and blocks for which `skip` holds.
    fn body(
        &mut self,
        tree: &'a Tree,
        body: &'a Body,
        skip: &dyn Fn(&str) -> bool,
        skip_arguments: &[&str],
    ) -> BlockBody {
        let mut result = BlockBody::default();
        for item in &body.items {
            match item {
                tree::Item::Attribute(attribute) => {
                    let name = tree.text(attribute.name);
                    if skip_arguments.contains(&name) || result.attributes.contains_key(name) {
                        continue;
                    }
                    let value = self.expr(tree, attribute.value);
                    let argument = Argument { name_span: tree.span(attribute.name), value };
                    result.attributes.insert(name.into(), argument);
                }
                tree::Item::Block(block) if !skip(tree.text(block.kind)) => {
                    let nested = match tree.text(block.kind) {
                        "dynamic" => self.dynamic(tree, block),
                        _ => Some(self.nested(tree, block)),
                    };
                    result.blocks.extend(nested);
                }
                _ => {}
            }
        }
        result
    }

    /// A body without meta-arguments.
    pub(super) fn plain_body(&mut self, tree: &'a Tree, body: &'a Body) -> BlockBody {
        self.open_fields(tree, body);
        self.body(tree, body, &|_| false, &[])
    }

    fn nested(&mut self, tree: &'a Tree, block: &'a Block) -> NestedBlock {
        let labels = (0..block.labels.len())
            .map(|at| (Text::from(label_text(tree, block, at)), label_span(tree, block, at)))
            .collect();
        self.open_fields(tree, &block.body);
        NestedBlock {
            kind: tree.text(block.kind).into(),
            kind_span: tree.span(block.kind),
            labels,
            body: self.body(tree, &block.body, &|_| false, &[]),
            dynamic: None,
        }
    }

    /// `dynamic "kind" { for_each = …, iterator = name, labels = […], content { … } }`
    fn dynamic(&mut self, tree: &'a Tree, block: &'a Block) -> Option<NestedBlock> {
        let span = tree.span(block.kind);
        if block.labels.len() != 1 {
            self.report(
                Diagnostic::new(
                    codes::INVALID_BLOCK,
                    span,
                    "`dynamic` takes one label: the block it repeats",
                )
                .help("write `dynamic \"ingress\" { … }`"),
            );
            return None;
        }
        let names = ["for_each", "iterator", "labels"];
        let fields = self.fields(tree, &block.body, "`dynamic`", &names, &["content"]);
        let content = fields.blocks("content").next();
        let wanted = [
            ("for_each", "for_each = []", fields.get("for_each").is_none()),
            ("content", "content {}", content.is_none()),
        ];
        let missing = wanted.iter().filter(|(.., missing)| *missing);
        let missing: Vec<_> = missing.map(|(name, line, _)| (*name, *line)).collect();
        self.lacking(tree, block, "`dynamic`", &missing);
        let (for_each, content) = fields.get("for_each").zip(content)?;
        let for_each = self.expr(tree, for_each.value);
        let kind = label_text(tree, block, 0);
        let iterator = match fields.get("iterator") {
            Some(attribute) => {
                let range = tree.expr(attribute.value).range;
                self.shadowing(tree.text(range), tree.span(range));
                tree.text(range)
            }
            None => kind,
        };
        let slot = self.bind(iterator);
        let labels = fields.get("labels").map(|attribute| self.expr(tree, attribute.value));
        self.open_fields(tree, &content.body);
        let body = self.body(tree, &content.body, &|_| false, &[]);
        self.scope.pop();
        Some(NestedBlock {
            kind: kind.into(),
            kind_span: label_span(tree, block, 0),
            labels: Vec::new(),
            body,
            dynamic: Some(Dynamic { for_each, slot, labels }),
        })
    }

    fn lifecycle(&mut self, tree: &'a Tree, block: &'a Block) -> Lifecycle {
        let names =
            ["enabled", "create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];
        let fields =
            self.fields(tree, &block.body, "`lifecycle`", &names, &["precondition", "postcondition"]);
        let mut lower = |name: &str| fields.get(name).map(|attribute| self.expr(tree, attribute.value));
        let enabled = lower("enabled");
        let create_before_destroy = lower("create_before_destroy");
        let prevent_destroy = lower("prevent_destroy");
        let ignore_changes =
            fields.get("ignore_changes").map_or(IgnoreChanges::None, |a| self.ignore_changes(tree, a));
        let replace_triggered_by = match fields.get("replace_triggered_by") {
            Some(attribute) => self.elements(tree, attribute).map(|id| self.expr(tree, id)).collect(),
            None => Vec::new(),
        };
        let preconditions = fields.blocks("precondition").filter_map(|b| self.condition(tree, b)).collect();
        let here = self.here;
        self.here.self_object = true;
        let postconditions = fields.blocks("postcondition").filter_map(|b| self.condition(tree, b)).collect();
        self.here = here;
        Lifecycle {
            enabled,
            create_before_destroy,
            prevent_destroy,
            ignore_changes,
            replace_triggered_by,
            preconditions,
            postconditions,
        }
    }

    /// The elements of a list that is written out; anything else is its own only element.
    fn elements(
        &self,
        tree: &'a Tree,
        attribute: &'a Attribute,
    ) -> impl Iterator<Item = tree::ExprId> + use<'a> {
        let items: Vec<_> = match &tree.expr(attribute.value).kind {
            tree::ExprKind::Tuple(items) => items.to_vec(),
            _ => vec![attribute.value],
        };
        items.into_iter()
    }

    fn ignore_changes(&mut self, tree: &'a Tree, attribute: &'a Attribute) -> IgnoreChanges {
        let expr = tree.expr(attribute.value);
        if matches!(expr.kind, tree::ExprKind::Name) && tree.text(expr.range) == "all" {
            return IgnoreChanges::All;
        }
        let paths = self.elements(tree, attribute).collect::<Vec<_>>();
        let paths = paths.into_iter().filter_map(|id| {
            let span = tree.span(tree.expr(id).range);
            match path(tree, id) {
                Some(steps) => Some(IgnorePath { steps, span }),
                None => {
                    self.report(
                        Diagnostic::new(
                            codes::INVALID_BLOCK,
                            span,
                            "`ignore_changes` lists attributes of this resource",
                        )
                        .here("not an attribute")
                        .help("write `ignore_changes = [tags, password]`, or `all`"),
                    );
                    None
                }
            }
        });
        IgnoreChanges::Paths(paths.collect())
    }

    /// `condition` and `error_message`.
    pub(super) fn condition(&mut self, tree: &'a Tree, block: &'a Block) -> Option<Condition> {
        let what = format!("`{}`", tree.text(block.kind));
        let fields = self.fields(tree, &block.body, &what, &["condition", "error_message"], &[]);
        let span = tree.span(head(block));
        let mut missing =
            vec![("condition", "condition     = true"), ("error_message", "error_message = \"\"")];
        missing.retain(|(name, _)| fields.get(name).is_none());
        self.lacking(tree, block, &what, &missing);
        let (condition, message) = fields.get("condition").zip(fields.get("error_message"))?;
        let condition = self.expr(tree, condition.value);
        Some(Condition { span, condition, message: self.expr(tree, message.value) })
    }

    /// `depends_on = [a.b, module.c]`
    pub(super) fn dependencies(&mut self, tree: &'a Tree, attribute: &'a Attribute) -> Vec<Dependency> {
        let ids: Vec<_> = self.elements(tree, attribute).collect();
        let mut dependencies = Vec::new();
        for id in ids {
            let lowered = self.expr(tree, id);
            // What an instance or attribute belongs to is what is depended on.
            let mut at = lowered;
            let reference = loop {
                match &self.module.expr(at).kind {
                    ExprKind::Reference(reference) => break Some(*reference),
                    ExprKind::Attribute { base, .. } | ExprKind::Index { base, .. } => at = *base,
                    ExprKind::Error => break None,
                    _ => {
                        let span = self.module.expr(lowered).span;
                        self.report(
                            Diagnostic::new(
                                codes::INVALID_BLOCK,
                                span,
                                "`depends_on` lists resources and modules",
                            )
                            .here("neither")
                            .help("write `depends_on = [aws_db_instance.core, module.network]`"),
                        );
                        break None;
                    }
                }
            };
            if let Some(target) = reference {
                dependencies.push(Dependency { target, span: self.module.expr(lowered).span });
            }
        }
        dependencies
    }

    /// `consul` or `consul.eu`
    pub(super) fn provider_key(&mut self, tree: &'a Tree, id: tree::ExprId) -> Option<(ProviderKey, Span)> {
        let expr = tree.expr(id);
        let span = tree.span(expr.range);
        let steps = path(tree, id);
        match steps.as_deref() {
            Some([name]) => Some((ProviderKey { name: name.clone(), alias: None }, span)),
            Some([name, alias]) => {
                Some((ProviderKey { name: name.clone(), alias: Some(alias.clone()) }, span))
            }
            _ => {
                if !matches!(expr.kind, tree::ExprKind::Error) {
                    self.report(
                        Diagnostic::new(
                            codes::INVALID_BLOCK,
                            span,
                            "a provider is named by its name and alias",
                        )
                        .here("not a provider")
                        .help("write `consul` or `consul.eu`, without quotes"),
                    );
                }
                None
            }
        }
    }

    fn provider_of(&mut self, tree: &'a Tree, attribute: &'a Attribute) -> Option<(ProviderKey, Span)> {
        self.provider_key(tree, attribute.value)
    }

    pub(super) fn providers(&mut self) {
        for at in self.declared.providers.clone() {
            let (tree, block) = self.at(at);
            let name = Text::from(label_text(tree, block, 0));
            let span = label_span(tree, block, 0);
            if self.schemas.provider(&name).is_none() {
                let diagnostic = self.unknown_provider(&name, span);
                self.report(diagnostic);
            }
            let fields = self.open_fields(tree, &block.body);
            let alias =
                fields.get("alias").and_then(|a| self.literal_string(tree, a)).map(|(alias, _)| alias);
            let key = ProviderKey { name, alias };
            let body = self.body(tree, &block.body, &|_| false, &["alias", "version"]);
            let provider = ProviderBlock { key: key.clone(), span, head: tree.span(head(block)), body };
            match self.module.providers.get(&key).map(|first| first.span) {
                Some(first) => {
                    let shown =
                        key.alias.as_ref().map_or(key.name.to_string(), |a| format!("{}.{a}", key.name));
                    self.duplicate("provider", &shown, first, span);
                }
                None => drop(self.module.providers.insert(key, provider)),
            }
        }
    }

    pub(super) fn unknown_provider(&self, name: &str, span: Span) -> Diagnostic {
        let names: Vec<_> = self.schemas.providers().map(|provider| provider.name.as_str()).collect();
        let diagnostic =
            Diagnostic::new(codes::UNKNOWN_PROVIDER, span, format!("there is no provider {name:?}"));
        match nearest(name, names.iter().copied()) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Review,
                format!("change it to `{near}`"),
                span,
                near,
            ),
            None => diagnostic.here("not available").note(format!("there is {}", names.join(", "))),
        }
    }

    pub(super) fn unknown_kind(&self, kind: &str, span: Span, data: bool) -> Diagnostic {
        let what = if data { "data source" } else { "resource kind" };
        let diagnostic =
            Diagnostic::new(codes::UNKNOWN_RESOURCE_KIND, span, format!("there is no {what} `{kind}`"));
        let near = if data {
            nearest(kind, self.schemas.data_kinds())
        } else {
            nearest(kind, self.schemas.resource_kinds())
        };
        match near {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Review,
                format!("change it to `{near}`"),
                span,
                near,
            ),
            None => {
                let provider = kind.split('_').next().unwrap_or_default();
                match self.schemas.provider(provider) {
                    Some(_) => diagnostic.here(format!("the provider `{provider}` does not offer it")),
                    None => diagnostic.here("no provider offers it"),
                }
            }
        }
    }
}

/// `a.b[0].c` as its steps; `None` for anything else.
fn path(tree: &Tree, id: tree::ExprId) -> Option<Vec<Text>> {
    let mut steps = Vec::new();
    let mut at = id;
    loop {
        let expr = tree.expr(at);
        match &expr.kind {
            tree::ExprKind::Name => {
                steps.push(tree.text(expr.range).into());
                steps.reverse();
                return Some(steps);
            }
            tree::ExprKind::Attr { base, name, safe: false } => {
                steps.push(tree.text(*name).into());
                at = *base;
            }
            tree::ExprKind::Index { base, index, .. } => {
                let key = super::constants::constant(tree, *index)?;
                steps.push(match key.as_str() {
                    Some(text) => text.into(),
                    None => key.as_number()?.to_string().into(),
                });
                at = *base;
            }
            _ => return None,
        }
    }
}

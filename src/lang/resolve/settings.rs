//! `prov`, `metadata`, `moved`, `import`, `removed`.

use super::Resolver;
use super::addresses::address;
use super::constants::{constant, string};
use super::declare::{head, label_span, label_text};
use super::program::{Import, Metadata, Moved, Removed, StateSettings};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::levels::{Level, NoWarning};
use crate::base::source::{Span, TextRange};
use crate::base::suggest::nearest;
use crate::lang::syntax::tree::{Attribute, Block, ExprKind, Item, ObjectItem, Tree};

impl<'a> Resolver<'a> {
    pub(super) fn small_blocks(&mut self) {
        for at in self.declared.small.clone() {
            let (tree, block) = self.at(at);
            match tree.text(block.kind) {
                "metadata" => self.metadata(tree, block),
                "moved" => {
                    let fields = self.fields(tree, &block.body, "`moved`", &["from", "to"], &[]);
                    if let Some((from, to)) = self.both(tree, block, fields.get("from"), fields.get("to")) {
                        self.module.moved.push(Moved { from, to });
                    }
                }
                "import" => self.import(tree, block),
                "removed" => {
                    let fields = self.fields(tree, &block.body, "`removed`", &["from"], &["lifecycle"]);
                    let mut destroy = true;
                    for inner in fields.blocks("lifecycle") {
                        let inner = self.fields(tree, &inner.body, "`lifecycle`", &["destroy"], &[]);
                        destroy =
                            inner.get("destroy").and_then(|a| self.literal_bool(tree, a)).unwrap_or(true);
                    }
                    match fields.get("from") {
                        Some(from) => {
                            let from = address(tree, from);
                            self.module.removed.push(Removed { from, destroy });
                        }
                        None => {
                            self.lacking(tree, block, "`removed`", &[("from", "from = kind.old_name")]);
                        }
                    }
                }
                word => self.settings(tree, block, word),
            }
        }
    }

    fn both(
        &mut self,
        tree: &Tree,
        block: &Block,
        from: Option<&Attribute>,
        to: Option<&Attribute>,
    ) -> Option<((Text, Span), (Text, Span))> {
        let wanted = [("from", "from = kind.old_name", from), ("to", "to   = kind.new_name", to)];
        let missing = wanted.iter().filter(|(.., given)| given.is_none());
        let missing: Vec<_> = missing.map(|(name, line, _)| (*name, *line)).collect();
        self.lacking(tree, block, "`moved`", &missing);
        Some((address(tree, from?), address(tree, to?)))
    }

    fn import(&mut self, tree: &'a Tree, block: &'a Block) {
        let fields = self.fields(tree, &block.body, "`import`", &["to", "id", "for_each", "provider"], &[]);
        let mut missing = vec![("to", "to = kind.name"), ("id", "id = \"\"")];
        missing.retain(|(name, _)| fields.get(name).is_none());
        self.lacking(tree, block, "`import`", &missing);
        let for_each = fields.get("for_each").map(|attribute| self.expr(tree, attribute.value));
        self.here.each = for_each.is_some();
        if let (Some(to), Some(id)) = (fields.get("to"), fields.get("id")) {
            let import = self.import_into(tree, to, id);
            self.module.imports.push(Import { for_each, ..import });
        }
        self.here.each = false;
    }

    fn metadata(&mut self, tree: &'a Tree, block: &'a Block) {
        let names = ["owner", "contact", "stability", "tags"];
        let fields = self.fields(tree, &block.body, "`metadata`", &names, &[]);
        let mut text =
            |name: &str| fields.get(name).and_then(|a| self.literal_string(tree, a)).map(|(text, _)| text);
        let (owner, contact, stability) = (text("owner"), text("contact"), text("stability"));
        let tags = fields.get("tags").and_then(|a| constant(tree, a.value));
        let tags = tags.iter().filter_map(|tags| tags.as_slice()).flatten();
        let tags = tags.filter_map(|tag| tag.as_str().map(Text::from)).collect();
        let span = tree.span(head(block));
        let metadata = Metadata { owner, contact, stability, tags, span: Some(span) };
        if let Some(first) = self.module.metadata.get(&tree.file).and_then(|first| first.span) {
            self.report(
                Diagnostic::new(codes::DUPLICATE_DEFINITION, span, "a file has one `metadata` block")
                    .here("again here")
                    .label(first, "first defined here"),
            );
            return;
        }
        self.module.metadata.insert(tree.file, metadata);
    }

    /// `aws = { configuration_aliases = [aws.eu] }`
    fn configuration_aliases(&mut self, tree: &'a Tree, attribute: &'a Attribute) {
        let ExprKind::Object(items) = &tree.expr(attribute.value).kind else { return };
        let named = |item: &&ObjectItem| {
            let key = tree.expr(item.key).range;
            tree.text(key) == "configuration_aliases"
        };
        let Some(item) = items.iter().find(named) else { return };
        let ExprKind::Tuple(aliases) = &tree.expr(item.value).kind else { return };
        for id in aliases {
            if let Some((key, span)) = self.provider_key(tree, *id) {
                self.module.settings.configuration_aliases.insert(key, span);
            }
        }
    }

    /// `prov { }`, and `terraform { }` read as the same block.
    fn settings(&mut self, tree: &'a Tree, block: &'a Block, word: &str) {
        let what = format!("`{word}`");
        let names = ["required_version", "libraries", "policies", "lints", "experiments"];
        // `provider_meta` tells the provider of Terraform who wrote a module; here nobody asks.
        let nested: &[&str] = match word {
            "terraform" => &["required_providers", "state", "backend", "provider_meta"],
            _ => &["required_providers", "state", "backend"],
        };
        let fields = self.fields(tree, &block.body, &what, &names, nested);
        if word == "prov"
            && let Some(attribute) = fields.get("required_version")
        {
            self.module.settings.required_version = self.literal_string(tree, attribute);
        }
        for inner in fields.blocks("required_providers") {
            for item in &inner.body.items {
                let Item::Attribute(attribute) = item else { continue };
                let (name, span) = (Text::from(tree.text(attribute.name)), tree.span(attribute.name));
                if self.schemas.provider(&name).is_none() {
                    let diagnostic = self.unknown_provider(&name, span);
                    self.report(diagnostic);
                }
                self.module.settings.required_providers.insert(name, span);
                self.configuration_aliases(tree, attribute);
            }
        }
        for inner in fields.blocks("state").chain(fields.blocks("backend")) {
            let kind = Text::from(label_text(tree, inner, 0));
            let span = label_span(tree, inner, 0);
            let body = self.plain_body(tree, &inner.body);
            self.module.settings.state = Some(StateSettings { kind, span, body });
        }
        if let Some(attribute) = fields.get("libraries") {
            self.libraries(tree, attribute);
        }
        if let Some(attribute) = fields.get("lints") {
            self.lints(tree, attribute);
        }
        if let Some(attribute) = fields.get("policies")
            && let ExprKind::Tuple(items) = &tree.expr(attribute.value).kind
        {
            for id in items {
                let span = tree.span(tree.expr(*id).range);
                match string(tree, *id) {
                    Some(source) => self.module.settings.policies.push((source, span)),
                    None => self.report(
                        Diagnostic::new(codes::TYPE_MISMATCH, span, "a policy source is a literal string")
                            .here("not a literal string"),
                    ),
                }
            }
        }
    }

    /// `lints = { unused-definition = "deny" }`
    fn lints(&mut self, tree: &'a Tree, attribute: &Attribute) {
        let example = "lints = { unused-definition = \"deny\" }";
        for item in self.entries(tree, attribute, "`lints` gives warnings a level", example) {
            let key = tree.expr(item.key).range;
            let name = tree.text(key).trim_matches('"');
            let quote = u32::from(name.len() < key.len() as usize);
            let key = tree.span(TextRange::new(key.start + quote, key.end - quote));
            let value = tree.span(tree.expr(item.value).range);
            let text = string(tree, item.value);
            let Some(level) = text.as_deref().and_then(Level::find) else {
                self.no_level(text.as_deref(), value);
                continue;
            };
            if let Err(why) = self.module.settings.lints.set(name, level, Some(key)) {
                self.report(no_warning(why, name, key));
            }
        }
    }

    fn no_level(&mut self, text: Option<&str>, span: Span) {
        let diagnostic = Diagnostic::new(codes::TYPE_MISMATCH, span, "this is no level of a warning")
            .here("not a level")
            .mismatch(
                "\"allow\" | \"warn\" | \"deny\"",
                text.map_or("something else".to_owned(), |text| format!("{text:?}")),
            );
        self.report(match text.and_then(|text| nearest(text, Level::NAMES)) {
            Some(near) => diagnostic.replace(
                FixLevel::Safe,
                format!("change it to \"{near}\""),
                span,
                format!("\"{near}\""),
            ),
            None => diagnostic,
        });
    }

    /// The entries of an object that has to be written down.
    fn entries(
        &mut self,
        tree: &'a Tree,
        attribute: &Attribute,
        rule: &str,
        example: &str,
    ) -> &'a [ObjectItem] {
        let expr = tree.expr(attribute.value);
        match &expr.kind {
            ExprKind::Object(items) => return items,
            ExprKind::Error => {}
            _ => self.report(
                Diagnostic::new(codes::TYPE_MISMATCH, tree.span(expr.range), rule)
                    .here("not an object")
                    .help(format!("write `{example}`")),
            ),
        }
        &[]
    }

    fn libraries(&mut self, tree: &'a Tree, attribute: &Attribute) {
        let example = "libraries = { acme = \"../acme\" }";
        for item in self.entries(tree, attribute, "`libraries` maps names to sources", example) {
            let name = Text::from(tree.text(tree.expr(item.key).range).trim_matches('"'));
            let span = tree.span(tree.expr(item.value).range);
            match string(tree, item.value) {
                Some(source) => drop(self.module.settings.libraries.insert(name, (source, span))),
                None => self.report(
                    Diagnostic::new(
                        codes::TYPE_MISMATCH,
                        span,
                        "the source of a library is a literal string",
                    )
                    .here("not a literal string"),
                ),
            }
        }
    }
}

/// A level for something that is no warning; `name` as written at `span`.
pub fn no_warning(why: NoWarning, name: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(codes::UNKNOWN_LINT, span, why.message(name));
    match why {
        NoWarning::Unknown(Some(near)) => diagnostic.here(format!("did you mean `{near}`?")).replace(
            FixLevel::Safe,
            format!("change it to `{near}`"),
            span,
            near,
        ),
        NoWarning::Unknown(None) => {
            diagnostic.here("not the code of a warning").help("`prov explain` lists all codes")
        }
        NoWarning::Error(_) => diagnostic.here("no warning").help("mend what it says"),
    }
}

//! Resources, data sources and providers against their schemas.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::ResourceFact;
use super::secrecy::secret_as;
use super::taint::ResourceTaint;
use super::{Checker, Fact, Phase, Taint, accept, narrow};
use crate::base::Text;
use crate::base::address::Mode;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::schema::{Attribute, BlockSchema, Nesting, Presence, Schema};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::base::types::{ObjectType, Type, TypeKind};
use crate::lang::resolve::program::{BlockBody, ExprId, IgnoreChanges, Lifecycle, NestedBlock};

/// What a body belongs to, for messages.
struct Owner<'o> {
    /// `aws_db_instance.core`
    name: &'o str,
    head: Span,
    insert: Span,
    /// Where a missing argument could be inserted is only known for whole blocks.
    fixable: bool,
    /// What repeats it.
    repeat: [Option<ExprId>; 2],
}

/// What the configuration says of an argument.
struct Configured {
    taint: Taint,
    /// It may be null.
    nullable: bool,
    /// The type its value was found to have.
    ty: Type,
    /// Something in it is secret.
    secret: bool,
}

/// What a body says.
#[derive(Default)]
struct Said {
    arguments: FxHashMap<Text, Configured>,
    /// The kinds of blocks that hold secrets.
    secret_blocks: Vec<Text>,
}

/// What every resource takes.
const META: [&str; 4] = ["count", "for_each", "provider", "depends_on"];

impl<'a> Checker<'a> {
    pub(super) fn schema_of(&self, index: u32) -> Option<&'a Arc<Schema>> {
        let key = &self.module.resources[index as usize].key;
        let found = match key.mode {
            Mode::Managed => self.surroundings.schemas.resource(&key.kind),
            Mode::Data => self.surroundings.schemas.data(&key.kind),
        };
        found.map(|(_, schema)| schema)
    }

    pub(super) fn resource(&mut self, index: u32) {
        let resource = &self.module.resources[index as usize];
        let repeat = self.repetition(resource.count, resource.for_each, resource.lifecycle.enabled);
        let guard = self.guard(resource.count, resource.for_each, resource.lifecycle.enabled);
        let (instance, set) = self.assuming(guard, |this| this.instance(index));
        (self.each, self.repeated) = (None, None);
        let collection = repeat.shape(instance.clone());
        self.module_facts.resources[index as usize] = ResourceFact { instance, collection, set };
    }

    /// What one instance is, and which of its attributes are never null because they are set.
    fn instance(&mut self, index: u32) -> (Fact, FxHashSet<Text>) {
        let resource = &self.module.resources[index as usize];
        let mut set = FxHashSet::default();
        let mut instance = Fact::error();
        if let Some(schema) = self.schema_of(index) {
            let name = format!("{}.{}", resource.key.kind, resource.key.name);
            let owner = Owner {
                name: &name,
                head: resource.head,
                insert: resource.insert,
                fixable: true,
                repeat: [resource.count, resource.for_each],
            };
            let said = self.body(&resource.body, &schema.block, &owner);
            let ignored = &resource.lifecycle.ignore_changes;
            let ty = said.shape(schema.object_type(&resource.key.kind), &schema.block, ignored);
            let arguments = said.arguments;
            set.extend(arguments.iter().filter(|(_, it)| !it.nullable).map(|(name, _)| name.clone()));
            let mut configured: FxHashMap<Text, Taint> =
                arguments.into_iter().map(|(name, it)| (name, it.taint)).collect();
            if resource.key.mode == Mode::Data {
                configured.insert("depends_on".into(), self.waiting(index, &configured));
            }
            let taint = Taint::resource(ResourceTaint {
                configured: Arc::new(configured),
                schema: schema.clone(),
                managed: resource.key.mode == Mode::Managed,
                name: name.as_str().into(),
                span: resource.span,
            });
            instance = Fact { ty, taint };
        } else {
            self.loose(&resource.body);
        }
        self.lifecycle(&resource.lifecycle, &instance);
        self.ignored(index);
        (instance, set)
    }

    /// Expressions of a body whose schema is not known: still checked for themselves.
    fn loose(&mut self, body: &BlockBody) {
        for argument in body.attributes.values() {
            self.infer(argument.value);
        }
        for block in &body.blocks {
            self.repeated(block, |this| this.loose(&block.body));
        }
    }

    /// What is adopted: its id is needed before anything is planned.
    pub(super) fn imports(&mut self) {
        for import in &self.module.imports {
            (self.each, self.repeated) = (None, None);
            if let Some(id) = import.for_each {
                let keys = self.for_each(id, true);
                // They were reported where they are late.
                if let Some(each) = self.each.as_mut().filter(|_| keys.phase() == Phase::Apply) {
                    each.key.taint = each.key.taint.at_plan();
                    each.value.taint = each.value.taint.at_plan();
                }
            }
            let purpose = accept::Purpose::Named { name: "`id`".into(), declared: None };
            let fact = self.accept(import.id, &Type::string(), &purpose);
            self.no_secret(import.id, &fact.ty, &fact.taint, "`id`");
            self.early(import.id, &fact.taint, "`id`", true);
            import.keys.iter().for_each(|key| self.import_key(*key));
            (self.each, self.repeated) = (None, None);
        }
    }

    /// The key of the instance that is adopted.
    fn import_key(&mut self, id: ExprId) {
        let what = "the key in `to`";
        let purpose = accept::Purpose::Named { name: what.into(), declared: None };
        let number = matches!(self.unheard(|this| this.infer(id)).ty.kind, TypeKind::Number(_));
        let fact = self.accept(id, &if number { Type::int() } else { Type::string() }, &purpose);
        self.no_secret(id, &fact.ty, &fact.taint, what);
        self.early(id, &fact.taint, what, true);
    }

    fn lifecycle(&mut self, lifecycle: &Lifecycle, instance: &Fact) {
        let flag = |name: &str| accept::Purpose::Named { name: format!("`{name}`"), declared: None };
        for (name, id) in [
            ("create_before_destroy", lifecycle.create_before_destroy),
            ("prevent_destroy", lifecycle.prevent_destroy),
        ] {
            if let Some(id) = id {
                self.accept(id, &Type::bool(), &flag(name));
            }
        }
        for id in &lifecycle.replace_triggered_by {
            self.trigger(*id);
        }
        for condition in &lifecycle.preconditions {
            self.condition(condition);
        }
        self.self_object = Some(instance.clone());
        for condition in &lifecycle.postconditions {
            self.condition(condition);
        }
        self.self_object = None;
    }

    pub(super) fn provider_blocks(&mut self) {
        let module = self.module;
        for provider in module.providers.values() {
            match self.surroundings.schemas.provider(&provider.key.name) {
                Some(schema) => {
                    let name = format!("provider.{}", provider.key.name);
                    let insert = provider.head.after();
                    let owner =
                        Owner { name: &name, head: provider.head, insert, fixable: false, repeat: [None; 2] };
                    let said = self.body(&provider.body, &schema.config.block, &owner);
                    for (name, Configured { taint, .. }) in said.arguments {
                        if let Some(argument) = provider.body.attributes.get(&name) {
                            self.early(argument.value, &taint, &format!("`{name}` of a provider"), true);
                        }
                    }
                }
                None => self.loose(&provider.body),
            }
        }
    }

    /// Arguments and nested blocks against a schema; answers how late each argument is and whether it may be null.
    fn body(&mut self, body: &BlockBody, schema: &BlockSchema, owner: &Owner<'_>) -> Said {
        let mut said = Said::default();
        let mut misspelt: Vec<Text> = Vec::new();
        for (name, argument) in &body.attributes {
            match schema.attributes.get(name) {
                Some(attribute) if attribute.is_settable() => {
                    let expected = match attribute.presence {
                        Presence::Required => attribute.ty.clone(),
                        _ => attribute.ty.clone().optional(),
                    };
                    let purpose = accept::Purpose::Argument { name, of: owner.name };
                    let fact = self.accept(argument.value, &expected, &purpose);
                    let nullable = fact.ty.nullable && attribute.default.is_none();
                    let secret = fact.ty.has_secret();
                    let configured = Configured { taint: fact.taint, nullable, ty: fact.ty, secret };
                    said.arguments.insert(name.clone(), configured);
                    if let Some(words) = &attribute.deprecated {
                        self.report(
                            Diagnostic::new(
                                codes::DEPRECATED,
                                argument.name_span,
                                format!("`{name}` is deprecated"),
                            )
                            .here(words.to_string()),
                        );
                    }
                }
                Some(_) => {
                    self.infer(argument.value);
                    self.report(
                        Diagnostic::new(
                            codes::UNKNOWN_ATTRIBUTE,
                            argument.name_span,
                            format!("`{name}` is decided by the provider and can't be set"),
                        )
                        .here("only to be read")
                        .at_path(format!("{}.{name}", owner.name)),
                    );
                }
                None => {
                    // A misspelt `for_each` was looked at as what it was meant to be.
                    if !owner.repeat.contains(&Some(argument.value)) {
                        self.infer(argument.value);
                    }
                    let near = self.unknown_argument(name, argument.name_span, schema, body, owner);
                    misspelt.extend(near);
                }
            }
        }
        said.secret_blocks = self.nested_blocks(body, schema, owner);
        let missing: Vec<(&Text, &Attribute)> = schema
            .attributes
            .iter()
            .filter(|(name, attribute)| {
                attribute.presence == Presence::Required
                    && !body.attributes.contains_key(*name)
                    && !misspelt.contains(name)
                    && !body.blocks.iter().any(|block| block.kind == **name)
            })
            .collect();
        if !missing.is_empty() {
            self.missing_arguments(&missing, owner);
        }
        said
    }

    fn unknown_argument(
        &mut self,
        name: &Text,
        span: Span,
        schema: &BlockSchema,
        body: &BlockBody,
        owner: &Owner<'_>,
    ) -> Option<Text> {
        let diagnostic = Diagnostic::new(
            codes::UNKNOWN_ATTRIBUTE,
            span,
            format!("`{}` has no argument `{name}`", owner.name),
        )
        .at_path(format!("{}.{name}", owner.name));
        if schema.blocks.contains_key(name) {
            self.report(diagnostic.here("is a block").help(format!("write `{name} {{ … }}` without `=`")));
            return None;
        }
        let unset = |name: &&str| !body.attributes.contains_key(*name);
        let meta = META.iter().copied().filter(|_| owner.fixable);
        let legal = schema.attributes.iter().filter(|(_, attribute)| attribute.is_settable());
        let names = legal.map(|(name, _)| name.as_str()).chain(schema.blocks.keys().map(Text::as_str));
        let near = nearest(name, names.chain(meta).filter(unset)).map(Text::from);
        let diagnostic = match &near {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Safe,
                format!("change it to `{near}`"),
                span,
                near.as_str(),
            ),
            None => diagnostic.here("does not exist"),
        };
        let docs = near.as_ref().and_then(|near| schema.attributes.get(near)).filter(|a| !a.docs.is_empty());
        let diagnostic = match (docs, &near) {
            (Some(attribute), Some(near)) => {
                diagnostic.note(format!("`{near}`: `{}`. {}", attribute.ty, first_line(&attribute.docs)))
            }
            _ => diagnostic,
        };
        self.report(diagnostic);
        near
    }

    fn missing_arguments(&mut self, missing: &[(&Text, &Attribute)], owner: &Owner<'_>) {
        let names: Vec<_> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut diagnostic = Diagnostic::new(
            codes::MISSING_ARGUMENT,
            owner.head,
            format!("`{}` needs {}", owner.name, names.join(" and ")),
        )
        .here(if names.len() == 1 {
            "an argument is missing".to_owned()
        } else {
            format!("{} arguments are missing", names.len())
        });
        for (name, attribute) in missing {
            let docs = first_line(&attribute.docs);
            let docs = if docs.is_empty() { String::new() } else { format!(". {docs}") };
            diagnostic = diagnostic.note(format!("`{name}`: `{}`{docs}", attribute.ty));
        }
        if owner.fixable {
            let skeleton: String = missing
                .iter()
                .map(|(name, attribute)| accept::skeleton(name, &attribute.ty, first_line(&attribute.docs)))
                .collect();
            diagnostic = diagnostic.replace(FixLevel::Review, "add what is missing", owner.insert, skeleton);
        }
        self.report(diagnostic);
    }

    /// Blocks inside of a body; answers the kinds of those that hold secrets.
    fn nested_blocks(&mut self, body: &BlockBody, schema: &BlockSchema, owner: &Owner<'_>) -> Vec<Text> {
        let mut secret = Vec::new();
        let mut counts: FxHashMap<&str, (u32, bool)> = FxHashMap::default();
        for block in &body.blocks {
            let count = counts.entry(block.kind.as_str()).or_default();
            count.0 += 1;
            count.1 |= block.dynamic.is_some();
            let inner;
            let nested = match (schema.blocks.get(&block.kind), schema.attributes.get(&block.kind)) {
                (Some(nested), _) => {
                    let most = match nested.nesting {
                        Nesting::Single | Nesting::Group => Some(1),
                        _ => nested.max,
                    };
                    if most.is_some_and(|most| count.0 > most) && !count.1 {
                        let most = most.unwrap_or_default();
                        let times =
                            if most == 1 { "once".to_owned() } else { format!("at most {most} times") };
                        self.report(
                            Diagnostic::new(
                                codes::INVALID_BLOCK,
                                block.kind_span,
                                format!("`{}` takes `{}` {times}", owner.name, block.kind),
                            )
                            .here("one too many"),
                        );
                    }
                    Some(&nested.block)
                }
                (None, Some(attribute)) => match block_of(attribute) {
                    Some(schema) => {
                        inner = schema;
                        Some(&inner)
                    }
                    None => {
                        self.report(
                            Diagnostic::new(
                                codes::UNKNOWN_BLOCK,
                                block.kind_span,
                                format!("`{}` is an argument, and this is a block", block.kind),
                            )
                            .here("needs `=`")
                            .help(format!("write `{} = …`; it is `{}`", block.kind, attribute.ty)),
                        );
                        None
                    }
                },
                (None, None) => {
                    self.unknown_nested(block, schema, owner);
                    None
                }
            };
            let mut inside = Said::default();
            let walked_secret = self.repeated(block, |this| match nested {
                Some(schema) => {
                    let name = format!("{}.{}", owner.name, block.kind);
                    let owner = Owner {
                        name: &name,
                        head: block.kind_span,
                        insert: block.kind_span.after(),
                        fixable: false,
                        repeat: [None; 2],
                    };
                    inside = this.body(&block.body, schema, &owner);
                }
                None => this.loose(&block.body),
            });
            if walked_secret || inside.holds_secrets() {
                secret.push(block.kind.clone());
            }
        }
        for (name, nested) in &schema.blocks {
            let (count, dynamic) = counts.get(name.as_str()).copied().unwrap_or_default();
            if count < nested.min && !dynamic {
                let needs =
                    if nested.min == 1 { "a block".to_owned() } else { format!("{} blocks", nested.min) };
                let diagnostic = Diagnostic::new(
                    codes::MISSING_ARGUMENT,
                    owner.head,
                    format!("`{}` needs {needs} `{name}`", owner.name),
                )
                .here("a block is missing");
                self.report(diagnostic);
            }
        }
        secret
    }

    fn unknown_nested(&mut self, block: &NestedBlock, schema: &BlockSchema, owner: &Owner<'_>) {
        let mut diagnostic = Diagnostic::new(
            codes::UNKNOWN_BLOCK,
            block.kind_span,
            format!("`{}` has no block `{}`", owner.name, block.kind),
        );
        let names = schema.blocks.keys().map(Text::as_str);
        let meta: &[&str] = if owner.fixable { &["lifecycle", "dynamic"] } else { &["dynamic"] };
        diagnostic = match nearest(&block.kind, names.clone().chain(meta.iter().copied())) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Safe,
                format!("change it to `{near}`"),
                block.kind_span,
                near,
            ),
            None => {
                let names: Vec<_> = names.collect();
                let diagnostic = diagnostic.here("does not exist");
                if names.is_empty() {
                    diagnostic
                } else {
                    diagnostic.note(format!("it has {}", names.join(", ")))
                }
            }
        };
        self.report(diagnostic);
    }

    /// Runs for what a nested block holds, with the iterator bound if it is `dynamic`. Answers whether it is secret which
    /// blocks there are.
    fn repeated(&mut self, block: &NestedBlock, run: impl FnOnce(&mut Self)) -> bool {
        let Some(dynamic) = &block.dynamic else {
            run(self);
            return false;
        };
        let collection = self.infer(dynamic.for_each);
        let (key, value) = self.elements(dynamic.for_each, &collection);
        let ty = Type::object([("key", key.ty), ("value", value.ty)]);
        let taint = Taint::object(vec![("key".into(), key.taint), ("value".into(), value.taint)]);
        self.bindings.push(Fact { ty, taint });
        self.assuming(narrow::where_any(self.module, dynamic.for_each), run);
        self.bindings.pop();
        collection.ty.secret
    }
}

impl Said {
    fn holds_secrets(&self) -> bool {
        !self.secret_blocks.is_empty() || self.arguments.values().any(|it| it.secret)
    }

    /// The type of a resource: secret where its configuration is, and where the schema takes anything, of the type of
    /// what is given.
    fn shape(&self, ty: &Type, schema: &BlockSchema, ignored: &IgnoreChanges) -> Type {
        let given: Vec<(&Text, &Type)> = schema
            .attributes
            .keys()
            .filter_map(|name| Some((name, self.given(name, schema, ignored)?)))
            .collect();
        let TypeKind::Object(object) = &ty.kind else { return ty.clone() };
        if given.is_empty() && !self.holds_secrets() {
            return ty.clone();
        }
        let mut object = ObjectType::clone(object);
        for (name, attribute) in &mut object.attributes {
            if let Some(found) = self.arguments.get(name).filter(|it| it.secret) {
                attribute.ty = secret_as(&attribute.ty, &found.ty);
            } else if self.secret_blocks.contains(name) {
                attribute.ty = attribute.ty.clone().secret();
            }
        }
        for (name, found) in given {
            if let Some(attribute) = object.attributes.get_mut(name) {
                attribute.ty = match attribute.ty.is_any() {
                    true => found.clone(),
                    false => secret_as(&attribute.ty, found),
                };
            }
        }
        TypeKind::Object(object.into()).into()
    }

    /// The type of what the configuration gives an attribute, where the schema leaves it open and nothing else decides.
    fn given(&self, name: &Text, schema: &BlockSchema, ignored: &IgnoreChanges) -> Option<&Type> {
        let attribute = schema.attributes.get(name)?;
        let source = match &attribute.follows {
            Some(followed) => followed,
            None if attribute.ty.is_any() && !attribute.is_computed() => name,
            None => return None,
        };
        let kept = match ignored {
            IgnoreChanges::Paths(paths) => paths.iter().any(|path| path.steps.first() == Some(source)),
            IgnoreChanges::All => true,
            IgnoreChanges::None => false,
        };
        self.arguments.get(source).filter(|_| !kept).map(|found| &found.ty)
    }
}

/// The block an attribute of objects can be written as.
fn block_of(attribute: &Attribute) -> Option<BlockSchema> {
    let (TypeKind::List(element, _) | TypeKind::Set(element, _)) = &attribute.ty.kind else { return None };
    let TypeKind::Object(object) = &element.kind else { return None };
    let attributes = object.attributes.iter().map(|(name, inner)| {
        let presence =
            if inner.optional || inner.ty.nullable { Presence::Optional } else { Presence::Required };
        (name.clone(), Attribute::new(inner.ty.clone(), presence))
    });
    Some(BlockSchema { attributes: attributes.collect(), ..BlockSchema::default() })
}

pub(super) fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default()
}

//! The `kind` block: everything but the schema.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::schema::{BlockSchema, Schema};
use crate::base::source::TextRange;
use crate::base::value::{Kind as ValueKind, Value};
use crate::lang::syntax::tree::{Attribute, Block, Body, Item, Tree};
use crate::lang::syntax::unquote;

use super::loose::{Loose, TYPED};
use crate::world::cloud::kind::{
    Deferred, Dependency, Durations, Errors, FinalSnapshot, Formula, Kind, Moments, Operations, Rule, States,
};

/// What is wrong with a declaration, and where.
pub struct Wrong {
    pub range: TextRange,
    pub message: String,
}

impl Wrong {
    pub fn at(range: TextRange, message: impl Into<String>) -> Self {
        Self { range, message: message.into() }
    }
}

/// Reads the blocks of one file.
pub struct Reader<'a> {
    pub(super) tree: &'a Tree,
    pub(super) loose: &'a Loose,
}

impl<'a> Reader<'a> {
    pub fn new(tree: &'a Tree, loose: &'a Loose) -> Self {
        Self { tree, loose }
    }

    /// The kind a block declares.
    pub fn kind(&self, block: &Block) -> Result<Kind, Wrong> {
        let name = self.label(block)?;
        let mut schema = self.block_schema(&block.body)?;
        let mut kind = Kind {
            title: name.clone(),
            name,
            service: Text::default(),
            schema: Arc::default(),
            identity: Text::default(),
            assigned: false,
            operations: Operations::default(),
            states: States::default(),
            status: None,
            durations: Durations::default(),
            timeouts: minutes(20),
            errors: Errors::default(),
            values: IndexMap::new(),
            observed: IndexMap::new(),
            when_available: Vec::new(),
            normalise: IndexMap::new(),
            rules: Vec::new(),
            replace: IndexMap::new(),
            parameters: Vec::new(),
            deferred: None,
            dependencies: Vec::new(),
            quota: None,
            overwrites: false,
            final_snapshot: None,
        };
        for item in &block.body.items {
            match item {
                Item::Attribute(attribute) => match self.tree.text(attribute.name) {
                    "service" => kind.service = self.text(attribute)?,
                    "title" => kind.title = self.text(attribute)?,
                    "identity" => kind.identity = self.text(attribute)?,
                    "status" => kind.status = Some(self.text(attribute)?),
                    "quota" => {
                        kind.quota = self.constant(attribute)?.as_i64().and_then(|n| u64::try_from(n).ok())
                    }
                    "assigned" => kind.assigned = self.truth(attribute)?,
                    "overwrites" => kind.overwrites = self.truth(attribute)?,
                    "forces_replacement" => {
                        for name in self.texts(attribute)? {
                            match schema.attributes.get_mut(&name) {
                                Some(attribute) => attribute.forces_replacement = true,
                                None if schema.blocks.contains_key(&name) => {}
                                None => {
                                    return Err(Wrong::at(attribute.range, format!("there is no {name}")));
                                }
                            }
                        }
                    }
                    "parameters" => kind.parameters = self.texts(attribute)?,
                    "when_available" => kind.when_available = self.texts(attribute)?,
                    other => return Err(Wrong::at(attribute.name, format!("a kind has no {other}"))),
                },
                Item::Block(inner) => match self.tree.text(inner.kind) {
                    "operations" => kind.operations = self.operations(&inner.body)?,
                    "states" => kind.states = self.states(&inner.body)?,
                    "errors" => kind.errors = self.errors(&inner.body)?,
                    "durations" => kind.durations = self.durations(&inner.body, Durations::default())?,
                    "timeouts" => kind.timeouts = self.durations(&inner.body, kind.timeouts)?,
                    "defaults" => self.defaults(&inner.body, &mut schema)?,
                    "values" => kind.values = self.formulas(&inner.body)?,
                    "observed" => kind.observed = self.formulas(&inner.body)?,
                    "normalise" => kind.normalise = self.formulas(&inner.body)?,
                    "replace_when" => kind.replace = self.formulas(&inner.body)?,
                    "deferred" => kind.deferred = Some(self.deferred(inner)?),
                    "dependency" => kind.dependencies.push(self.dependency(inner)?),
                    "final_snapshot" => kind.final_snapshot = Some(self.final_snapshot(inner)?),
                    "rule" => kind.rules.push(self.rule(inner)?),
                    "block" => {}
                    typed if TYPED.contains(&typed) => {}
                    other => return Err(Wrong::at(inner.kind, format!("a kind has no block {other}"))),
                },
                _ => {}
            }
        }
        if kind.service.is_empty() || kind.identity.is_empty() {
            return Err(Wrong::at(block.kind, "a kind needs a service and an identity"));
        }
        let known = |name: &Text| schema.attributes.contains_key(name) || schema.blocks.contains_key(name);
        let named = kind.values.keys().chain(kind.observed.keys()).chain(kind.normalise.keys());
        let named = named.chain(kind.replace.keys()).chain(&kind.parameters).chain(&kind.when_available);
        if let Some(name) = named.chain([&kind.identity]).find(|name| !known(name)) {
            return Err(Wrong::at(
                block.kind,
                format!("the kind speaks of {name}, which it does not declare"),
            ));
        }
        let named = (!kind.assigned).then(|| kind.identity.clone());
        kind.schema = Arc::new(Schema::new(schema, self.docs(&block.docs)).identified_by(named));
        Ok(kind)
    }

    pub(super) fn attributes<'t>(&self, body: &'t Body) -> Result<Vec<(Text, &'t Attribute)>, Wrong> {
        let attribute = |item: &'t Item| match item {
            Item::Attribute(attribute) => Ok((self.tree.text(attribute.name).into(), attribute)),
            Item::Block(block) => Err(Wrong::at(block.kind, "no block belongs here")),
            _ => Err(Wrong::at(TextRange::default(), "only `name = value` belongs here")),
        };
        body.items.iter().map(attribute).collect()
    }

    /// Gives attributes the defaults declared in a body.
    pub(super) fn defaults(&self, body: &Body, schema: &mut BlockSchema) -> Result<(), Wrong> {
        for (name, default) in self.attributes(body)? {
            let unknown = || Wrong::at(default.name, format!("there is no {name}"));
            let attribute = schema.attributes.get_mut(&name).ok_or_else(unknown)?;
            let value = self.constant(default)?;
            let value = crate::base::assign::conforms(&value, &attribute.ty)
                .map_err(|wrong| Wrong::at(default.name, format!("{name} {wrong}")))?;
            attribute.default = Some(value);
        }
        Ok(())
    }

    pub(super) fn docs(&self, docs: &[TextRange]) -> Text {
        let line = |range: &TextRange| self.tree.text(*range).trim_start_matches('/').trim().to_owned();
        docs.iter().map(line).collect::<Vec<_>>().join("\n").into()
    }

    pub(super) fn label(&self, block: &Block) -> Result<Text, Wrong> {
        match &*block.labels {
            [label] => Ok(unquote(self.tree.text(label.range))),
            _ => Err(Wrong::at(block.kind, "one label is needed here")),
        }
    }

    pub(super) fn constant(&self, attribute: &Attribute) -> Result<Value, Wrong> {
        self.loose.constant(attribute.value).map_err(|e| Wrong::at(attribute.name, e))
    }

    pub(super) fn text(&self, attribute: &Attribute) -> Result<Text, Wrong> {
        let value = self.constant(attribute)?;
        value.as_str().map(Text::from).ok_or_else(|| Wrong::at(attribute.name, "a string is needed here"))
    }

    fn texts(&self, attribute: &Attribute) -> Result<Vec<Text>, Wrong> {
        let value = self.constant(attribute)?;
        let texts =
            value.as_slice().and_then(|values| values.iter().map(|v| v.as_str().map(Text::from)).collect());
        texts.ok_or_else(|| Wrong::at(attribute.name, "a list of strings is needed here"))
    }

    fn truth(&self, attribute: &Attribute) -> Result<bool, Wrong> {
        let value = self.constant(attribute)?;
        value.as_bool().ok_or_else(|| Wrong::at(attribute.name, "true or false is needed here"))
    }

    fn formula(&self, attribute: &Attribute) -> Result<Formula, Wrong> {
        let missing = || Wrong::at(attribute.name, "it has no value");
        self.loose.formula(attribute.value).ok_or_else(missing)
    }

    fn formulas(&self, body: &Body) -> Result<IndexMap<Text, Formula>, Wrong> {
        let formula = |(name, attribute): (Text, &Attribute)| Ok((name, self.formula(attribute)?));
        self.attributes(body)?.into_iter().map(formula).collect()
    }

    /// Sets each named field of a block.
    fn fill(&self, body: &Body, fields: &mut [(&str, &mut Text)]) -> Result<(), Wrong> {
        for (name, attribute) in self.attributes(body)? {
            match fields.iter_mut().find(|(field, _)| *field == name) {
                Some((_, field)) => **field = self.text(attribute)?,
                None => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            }
        }
        Ok(())
    }

    fn operations(&self, body: &Body) -> Result<Operations, Wrong> {
        let mut o = Operations::default();
        let fields = &mut [
            ("create", &mut o.create),
            ("describe", &mut o.describe),
            ("list", &mut o.list),
            ("modify", &mut o.modify),
            ("delete", &mut o.delete),
            ("tag", &mut o.tag),
        ];
        self.fill(body, fields)?;
        if o.list.is_empty() {
            o.list = o.describe.clone();
        }
        Ok(o)
    }

    fn states(&self, body: &Body) -> Result<States, Wrong> {
        let mut s = States::default();
        let fields = &mut [
            ("creating", &mut s.creating),
            ("available", &mut s.available),
            ("modifying", &mut s.modifying),
            ("deleting", &mut s.deleting),
            ("failed", &mut s.failed),
        ];
        self.fill(body, fields)?;
        Ok(s)
    }

    fn errors(&self, body: &Body) -> Result<Errors, Wrong> {
        let mut e = Errors::default();
        let fields = &mut [
            ("exists", &mut e.exists),
            ("not_found", &mut e.not_found),
            ("invalid_state", &mut e.invalid_state),
            ("quota", &mut e.quota),
            ("in_use", &mut e.in_use),
        ];
        self.fill(body, fields)?;
        Ok(e)
    }

    fn durations(&self, body: &Body, defaults: Durations) -> Result<Durations, Wrong> {
        let mut durations = defaults;
        for (name, attribute) in self.attributes(body)? {
            let nanos = match self.constant(attribute)?.kind {
                ValueKind::Duration(duration) => duration.0.as_i64().and_then(|n| u64::try_from(n).ok()),
                _ => None,
            };
            let nanos = nanos.ok_or_else(|| Wrong::at(attribute.name, "a duration is needed here"))?;
            let field = match name.as_str() {
                "create" => &mut durations.create,
                "modify" => &mut durations.modify,
                "delete" => &mut durations.delete,
                _ => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            };
            *field = Duration::from_nanos(nanos);
        }
        Ok(durations)
    }

    fn deferred(&self, block: &Block) -> Result<Deferred, Wrong> {
        let mut deferred = Deferred { window: Text::default(), attributes: Vec::new() };
        for (name, attribute) in self.attributes(&block.body)? {
            match name.as_str() {
                "window" => deferred.window = self.text(attribute)?,
                "attributes" => deferred.attributes = self.texts(attribute)?,
                _ => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            }
        }
        Ok(deferred)
    }

    fn dependency(&self, block: &Block) -> Result<Dependency, Wrong> {
        let mut dependency = Dependency {
            kind: self.label(block)?,
            attribute: Text::default(),
            target: None,
            code: "InvalidParameterValue".into(),
            except: Vec::new(),
        };
        for (name, attribute) in self.attributes(&block.body)? {
            match name.as_str() {
                "attribute" => dependency.attribute = self.text(attribute)?,
                "target" => dependency.target = Some(self.text(attribute)?),
                "code" => dependency.code = self.text(attribute)?,
                "except" => dependency.except = self.texts(attribute)?,
                _ => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            }
        }
        Ok(dependency)
    }

    fn final_snapshot(&self, block: &Block) -> Result<FinalSnapshot, Wrong> {
        let (mut identifier, mut exists) = (None, Text::new_static("SnapshotAlreadyExists"));
        for (name, attribute) in self.attributes(&block.body)? {
            match name.as_str() {
                "identifier" => identifier = Some(self.formula(attribute)?),
                "exists" => exists = self.text(attribute)?,
                _ => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            }
        }
        let identifier = identifier.ok_or_else(|| Wrong::at(block.kind, "the identifier is missing"))?;
        Ok(FinalSnapshot { kind: self.label(block)?, identifier, exists })
    }

    fn rule(&self, block: &Block) -> Result<Rule, Wrong> {
        let (mut on, mut when, mut assert, mut message, mut at) =
            (Moments::default(), None, None, None, None);
        for (name, attribute) in self.attributes(&block.body)? {
            match name.as_str() {
                "on" => {
                    let moments = self.texts(attribute)?;
                    let has = |moment: &str| moments.iter().any(|name| name == moment);
                    on = Moments { create: has("create"), modify: has("modify"), delete: has("delete") };
                }
                "when" => when = Some(self.formula(attribute)?),
                "assert" => assert = Some(self.formula(attribute)?),
                "message" => message = Some(self.formula(attribute)?),
                "attribute" => at = Some(self.text(attribute)?),
                _ => return Err(Wrong::at(attribute.name, format!("{name} does not belong here"))),
            }
        }
        match (assert, message) {
            (Some(assert), Some(message)) => {
                Ok(Rule { code: self.label(block)?, on, when, assert, message, attribute: at })
            }
            _ => Err(Wrong::at(block.kind, "a rule needs assert and message")),
        }
    }
}

fn minutes(count: u64) -> Durations {
    let time = Duration::from_secs(60 * count);
    Durations { create: time, modify: time, delete: time }
}

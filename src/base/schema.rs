//! What providers say of their resources: attributes, nested blocks and their behaviour.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use super::Text;
use super::types::{ObjectAttribute, ObjectType, Type, TypeKind};
use super::value::Value;

/// All a provider offers.
#[derive(Debug, Clone, Default)]
pub struct ProviderSchema {
    /// Its name: `consul`.
    pub name: Text,
    /// What its `provider` block takes.
    pub config: Schema,
    /// Resource kinds by name.
    pub resources: IndexMap<Text, Arc<Schema>>,
    /// Data source kinds by name.
    pub data: IndexMap<Text, Arc<Schema>>,
}

/// A resource kind, data source or provider configuration.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Of the attributes kept in the state; a provider upgrades older ones.
    pub version: u64,
    /// The attributes and nested blocks.
    pub block: BlockSchema,
    /// Documentation, Markdown.
    pub docs: Text,
    /// Attributes that together name the object outside, for one configuration of the provider; empty if the other side
    /// chooses a name itself.
    pub identity: Vec<Text>,
    object: OnceLock<Type>,
}

/// Attributes and nested blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlockSchema {
    /// Attributes by name.
    pub attributes: IndexMap<Text, Attribute>,
    /// Nested blocks by name.
    pub blocks: IndexMap<Text, NestedBlock>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The type of its values when set; not nullable.
    pub ty: Type,
    /// Who sets it.
    pub presence: Presence,
    /// The value an optional attribute has when it is not set.
    pub default: Option<Value>,
    /// A change can't be made in place.
    pub forces_replacement: bool,
    /// Its values are secret.
    pub sensitive: bool,
    /// A computed attribute may turn out to be null.
    pub nullable: bool,
    /// Every update of the object decides a computed attribute anew; others stay as they were made.
    pub recomputed: bool,
    /// The attribute this computed one is made of once it is applied: as secret, and where it takes anything, of the same
    /// type.
    pub follows: Option<Text>,
    /// Why it should no longer be used.
    pub deprecated: Option<Text>,
    /// Documentation, Markdown.
    pub docs: Text,
}

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// The configuration, always.
    Required,
    /// The configuration, if it wishes.
    Optional,
    /// The configuration if it wishes, else the provider.
    OptionalComputed,
    /// The provider.
    Computed,
}

/// A nested block.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedBlock {
    /// How several of them form one value.
    pub nesting: Nesting,
    /// At least so many.
    pub min: u32,
    /// At most so many; `None` for any number.
    pub max: Option<u32>,
    /// What each holds.
    pub block: BlockSchema,
    /// Documentation, Markdown.
    pub docs: Text,
}

/// How nested blocks form one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nesting {
    /// One object, or null.
    Single,
    /// One object, never null.
    Group,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects by label.
    Map,
}

impl Attribute {
    /// An attribute with nothing special about it.
    pub fn new(ty: Type, presence: Presence) -> Self {
        Self {
            ty,
            presence,
            default: None,
            forces_replacement: false,
            sensitive: false,
            nullable: false,
            recomputed: false,
            follows: None,
            deprecated: None,
            docs: Text::default(),
        }
    }

    /// Must be set.
    pub fn required(ty: Type) -> Self {
        Self::new(ty, Presence::Required)
    }

    /// May be set.
    pub fn optional(ty: Type) -> Self {
        Self::new(ty, Presence::Optional)
    }

    /// Set by the provider.
    pub fn computed(ty: Type) -> Self {
        Self::new(ty, Presence::Computed)
    }

    /// May be set; the provider decides otherwise.
    pub fn optional_computed(ty: Type) -> Self {
        Self::new(ty, Presence::OptionalComputed)
    }

    /// With a default.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// A change means a new object.
    pub fn forces_replacement(mut self) -> Self {
        self.forces_replacement = true;
        self
    }

    /// Secret.
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// May turn out to be null.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Decided anew by every update.
    pub fn recomputed(mut self) -> Self {
        self.recomputed = true;
        self
    }

    /// Once applied, made of another attribute.
    pub fn follows(mut self, attribute: impl Into<Text>) -> Self {
        self.follows = Some(attribute.into());
        self
    }

    /// With documentation.
    pub fn docs(mut self, docs: impl Into<Text>) -> Self {
        self.docs = docs.into();
        self
    }

    /// Whether a configuration may set it.
    pub fn is_settable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider may decide it.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type a configuration sees when it reads the attribute.
    pub fn read_type(&self) -> Type {
        let nullable = match self.presence {
            Presence::Required => false,
            Presence::Optional => self.default.is_none(),
            Presence::OptionalComputed | Presence::Computed => self.nullable,
        };
        Type {
            nullable: nullable || self.ty.nullable,
            secret: self.ty.secret || self.sensitive,
            ..self.ty.clone()
        }
    }
}

impl BlockSchema {
    /// The type of an object of this block as configurations read it.
    pub fn object_type(&self, name: Option<Text>) -> Type {
        let entry = |ty: Type, docs: &Text| ObjectAttribute {
            ty,
            optional: false,
            default: None,
            span: None,
            docs: (!docs.is_empty()).then(|| docs.clone()),
        };
        let attributes = self.attributes.iter().map(|(n, a)| (n.clone(), entry(a.read_type(), &a.docs)));
        let blocks = self.blocks.iter().map(|(n, b)| (n.clone(), entry(b.read_type(), &b.docs)));
        TypeKind::Object(Arc::new(ObjectType { attributes: attributes.chain(blocks).collect(), name })).into()
    }
}

impl NestedBlock {
    /// The type a configuration sees when it reads the block.
    pub fn read_type(&self) -> Type {
        let object = self.block.object_type(None);
        match self.nesting {
            Nesting::Single => {
                if self.min > 0 {
                    object
                } else {
                    object.optional()
                }
            }
            Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl Schema {
    /// A schema of version 0.
    pub fn new(block: BlockSchema, docs: impl Into<Text>) -> Self {
        Self { version: 0, block, docs: docs.into(), identity: Vec::new(), object: OnceLock::new() }
    }

    /// With the attributes that name the object outside.
    pub fn identified_by(mut self, attributes: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.identity = attributes.into_iter().map(Into::into).collect();
        self
    }

    /// The type of an instance as configurations read it; computed once. `name` is the kind.
    pub fn object_type(&self, name: &str) -> &Type {
        self.object.get_or_init(|| self.block.object_type(Some(name.into())))
    }
}

/// The schemas of all providers a program may use; resource kinds are found by their full name.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    providers: IndexMap<Text, Arc<ProviderSchema>>,
    resources: IndexMap<Text, Text>,
    data: IndexMap<Text, Text>,
}

impl Schemas {
    /// Of these providers.
    pub fn new(providers: impl IntoIterator<Item = Arc<ProviderSchema>>) -> Self {
        let mut schemas = Self::default();
        for provider in providers {
            for kind in provider.resources.keys() {
                schemas.resources.insert(kind.clone(), provider.name.clone());
            }
            for kind in provider.data.keys() {
                schemas.data.insert(kind.clone(), provider.name.clone());
            }
            schemas.providers.insert(provider.name.clone(), provider);
        }
        schemas
    }

    /// A provider by name.
    pub fn provider(&self, name: &str) -> Option<&Arc<ProviderSchema>> {
        self.providers.get(name)
    }

    /// All providers.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<ProviderSchema>> {
        self.providers.values()
    }

    /// A resource kind and the provider that offers it.
    pub fn resource(&self, kind: &str) -> Option<(&Arc<ProviderSchema>, &Arc<Schema>)> {
        let provider = self.providers.get(self.resources.get(kind)?)?;
        Some((provider, provider.resources.get(kind)?))
    }

    /// A data source kind and the provider that offers it.
    pub fn data(&self, kind: &str) -> Option<(&Arc<ProviderSchema>, &Arc<Schema>)> {
        let provider = self.providers.get(self.data.get(kind)?)?;
        Some((provider, provider.data.get(kind)?))
    }

    /// Names of all resource kinds.
    pub fn resource_kinds(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(Text::as_str)
    }

    /// Names of all data source kinds.
    pub fn data_kinds(&self) -> impl Iterator<Item = &str> {
        self.data.keys().map(Text::as_str)
    }
}

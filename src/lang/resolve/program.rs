//! A program whose names point at their declarations.
//!
//! Each module has one arena of expressions that all its instances share. A reference is an index into the
//! module's declarations, never a string, so nothing is looked up by name after this phase.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::base::Text;
use crate::base::address::{InstanceAddress, InstanceKey, Mode, ParseAddressError, Target};
use crate::base::levels::Levels;
use crate::base::source::{FileId, Span};
use crate::base::types::Type;

pub use super::expr::{
    Arm, Callee, Expr, ExprKind, For, Item, ItemKey, Operator, Part, Pattern, Reference, Slot,
};
pub use super::lone::Templates;

/// A module of a [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// An expression of a [`Module`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// The root module and every module reached from it, each once however often it is called.
#[derive(Debug, Clone)]
pub struct Program {
    /// By [`ModuleId`]; a module comes after all modules it calls, so the root is last.
    pub modules: Vec<Arc<Module>>,
    /// The root module.
    pub root: ModuleId,
    /// The template files its expressions have asked for so far.
    pub templates: Templates,
}

impl Program {
    /// A module.
    pub fn module(&self, id: ModuleId) -> &Arc<Module> {
        &self.modules[id.0 as usize]
    }

    /// The root module.
    pub fn root(&self) -> &Arc<Module> {
        self.module(self.root)
    }
}

/// A directory of `.prov` files.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its id.
    pub id: ModuleId,
    /// Its directory relative to the project root, or the path within the embedded library.
    pub directory: Text,
    /// Its files.
    pub files: Vec<FileId>,
    /// The arena; children come before their parents.
    pub exprs: Vec<Expr>,
    /// `variable`
    pub variables: IndexMap<Text, Variable>,
    /// `locals`
    pub locals: IndexMap<Text, Local>,
    /// `output`
    pub outputs: IndexMap<Text, Output>,
    /// `resource` and `data`
    pub resources: IndexMap<ResourceKey, Resource>,
    /// `module`
    pub calls: IndexMap<Text, ModuleCall>,
    /// `provider`, by name and alias.
    pub providers: IndexMap<ProviderKey, ProviderBlock>,
    /// `type`
    pub types: IndexMap<Text, TypeDecl>,
    /// `fn`
    pub functions: IndexMap<Text, Arc<UserFunction>>,
    /// `check`
    pub checks: IndexMap<Text, CheckBlock>,
    /// `moved`
    pub moved: Vec<Moved>,
    /// `import`
    pub imports: Vec<Import>,
    /// `removed`
    pub removed: Vec<Removed>,
    /// Types and functions that nothing in the module uses; others may.
    pub idle: Vec<Idle>,
    /// `metadata`, by the file it stands in.
    pub metadata: FxHashMap<FileId, Metadata>,
    /// The `prov` block.
    pub settings: Settings,
    /// What could not be understood of it.
    pub lost: Lost,
}

/// Text of a module that could not be understood: what it was to declare is not missed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Pieces of it.
    pub texts: Vec<Text>,
    /// Whether it may hold any name: there is too much of it, or a declaration without a name.
    pub anything: bool,
}

impl Lost {
    /// Whether this may be where the name was to be declared.
    pub fn may_hold(&self, name: &str) -> bool {
        self.anything || self.texts.iter().any(|text| text.contains(name))
    }
}

impl Module {
    /// An expression.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// Who owns what is declared at this place: its file's `metadata`, else that of any other file of the module.
    pub fn owner(&self, at: Span) -> Option<&Text> {
        let of = |file: &FileId| self.metadata.get(file).and_then(|metadata| metadata.owner.as_ref());
        of(&at.file).or_else(|| self.files.iter().find_map(of))
    }
}

/// What tells resources of a module apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// `resource` or `data`.
    pub mode: Mode,
    /// `aws_db_instance`
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

/// What tells provider blocks of a module apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKey {
    /// `consul`
    pub name: Text,
    /// `alias`
    pub alias: Option<Text>,
}

/// `variable "name" { … }`
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// The name in its block's label.
    pub span: Span,
    /// The stated type, else that of its default, else `any`.
    pub ty: Type,
    /// Where the type is stated.
    pub type_span: Option<Span>,
    /// Its default; static.
    pub default: Option<ExprId>,
    /// `false` makes null mean "not set" for callers even where the type allows null.
    pub nullable: bool,
    /// Its value is secret.
    pub sensitive: bool,
    /// Why it should no longer be set.
    pub deprecated: Option<Text>,
    /// `validation` blocks.
    pub validations: Vec<Condition>,
    /// `///` or `description`, Markdown.
    pub docs: Option<Text>,
}

/// `name = value` in `locals`
#[derive(Debug, Clone)]
pub struct Local {
    /// Its name.
    pub name: Text,
    /// Its name's place.
    pub span: Span,
    /// Its value.
    pub value: ExprId,
    /// Documentation.
    pub docs: Option<Text>,
}

/// `output "name" { … }`
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: Text,
    /// The name in its block's label.
    pub span: Span,
    /// Its value.
    pub value: ExprId,
    /// The stated type.
    pub ty: Option<Type>,
    /// Shown as `(sensitive)`.
    pub sensitive: bool,
    /// Why it should no longer be used.
    pub deprecated: Option<Text>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// Documentation.
    pub docs: Option<Text>,
}

/// `resource "kind" "name" { … }` or `data "kind" "name" { … }`
#[derive(Debug, Clone)]
pub struct Resource {
    /// Mode, kind and name.
    pub key: ResourceKey,
    /// The kind in the first label, without quotes.
    pub kind_span: Span,
    /// The name in the second label, without quotes.
    pub span: Span,
    /// The head of the block, from its first word to its last label: where a missing argument is reported.
    pub head: Span,
    /// Just behind the `{`: where an argument could be inserted.
    pub insert: Span,
    /// Arguments and nested blocks, without meta-arguments.
    pub body: BlockBody,
    /// `count`
    pub count: Option<ExprId>,
    /// `for_each`
    pub for_each: Option<ExprId>,
    /// `provider = name.alias`
    pub provider: Option<(ProviderKey, Span)>,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// Documentation.
    pub docs: Option<Text>,
}

/// `lifecycle { … }`
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Whether there is an instance at all.
    pub enabled: Option<ExprId>,
    /// Replacement first.
    pub create_before_destroy: Option<ExprId>,
    /// Never removed.
    pub prevent_destroy: Option<ExprId>,
    /// Changes of these attributes are left alone.
    pub ignore_changes: IgnoreChanges,
    /// A change of any of these replaces the resource: references to resources, instances or attributes.
    pub replace_triggered_by: Vec<ExprId>,
    /// Checked before.
    pub preconditions: Vec<Condition>,
    /// Checked after.
    pub postconditions: Vec<Condition>,
}

/// `ignore_changes`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IgnoreChanges {
    /// Nothing is ignored.
    #[default]
    None,
    /// `ignore_changes = all`
    All,
    /// Top-level attributes; deeper paths ignore the attribute they are in from that step on.
    Paths(Vec<IgnorePath>),
}

/// One path of `ignore_changes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnorePath {
    /// Attribute names and keys from the top.
    pub steps: Vec<Text>,
    /// Its place.
    pub span: Span,
}

/// Arguments and nested blocks, as written.
#[derive(Debug, Clone, Default)]
pub struct BlockBody {
    /// Arguments by name.
    pub attributes: IndexMap<Text, Argument>,
    /// Nested blocks in order.
    pub blocks: Vec<NestedBlock>,
}

/// `name = value`
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// The name's place.
    pub name_span: Span,
    /// The value.
    pub value: ExprId,
}

/// A block in a body.
#[derive(Debug, Clone)]
pub struct NestedBlock {
    /// The word it begins with, or the label of `dynamic`.
    pub kind: Text,
    /// Its place.
    pub kind_span: Span,
    /// Labels with their places.
    pub labels: Vec<(Text, Span)>,
    /// What it holds.
    pub body: BlockBody,
    /// Set for `dynamic`: repeated for each element.
    pub dynamic: Option<Dynamic>,
}

/// `dynamic "kind" { for_each, iterator, labels, content { } }`
#[derive(Debug, Clone)]
pub struct Dynamic {
    /// What is walked.
    pub for_each: ExprId,
    /// The binding that holds `{ key, value }` while the content is evaluated.
    pub slot: Slot,
    /// Labels, evaluated per element.
    pub labels: Option<ExprId>,
}

/// `module "name" { … }`
#[derive(Debug, Clone)]
pub struct ModuleCall {
    /// Its name.
    pub name: Text,
    /// The name in the label.
    pub span: Span,
    /// The head of the block.
    pub head: Span,
    /// Just behind the `{`.
    pub insert: Span,
    /// `source` as written.
    pub source: Text,
    /// Its place.
    pub source_span: Span,
    /// The module; `None` if it could not be loaded, which is reported.
    pub module: Option<ModuleId>,
    /// Arguments without meta-arguments.
    pub arguments: IndexMap<Text, Argument>,
    /// `count`
    pub count: Option<ExprId>,
    /// `for_each`
    pub for_each: Option<ExprId>,
    /// `lifecycle { enabled }`
    pub enabled: Option<ExprId>,
    /// `providers = { consul = consul.eu }`: name inside → name here.
    pub providers: IndexMap<ProviderKey, (ProviderKey, Span)>,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// Documentation.
    pub docs: Option<Text>,
}

/// `provider "name" { … }`
#[derive(Debug, Clone)]
pub struct ProviderBlock {
    /// Name and alias.
    pub key: ProviderKey,
    /// The name in the label.
    pub span: Span,
    /// The head of the block.
    pub head: Span,
    /// Its settings.
    pub body: BlockBody,
}

/// `type Name = T`
#[derive(Debug, Clone)]
pub struct TypeDecl {
    /// Its name's place.
    pub span: Span,
    /// The type.
    pub ty: Type,
    /// Documentation.
    pub docs: Option<Text>,
}

/// `fn name(params) -> T = body`; its body lies in the arena of its own module.
#[derive(Debug, Clone)]
pub struct UserFunction {
    /// Its name.
    pub name: Text,
    /// Its name's place.
    pub span: Span,
    /// The module it is declared in.
    pub module: ModuleId,
    /// Parameters; the n-th is binding slot n of the body.
    pub params: Vec<Parameter>,
    /// The type of the result.
    pub returns: Type,
    /// Where that type is stated.
    pub returns_span: Span,
    /// The body.
    pub body: ExprId,
    /// Documentation.
    pub docs: Option<Text>,
}

/// A parameter of a user function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Text,
    /// Its place.
    pub span: Span,
    /// Its type.
    pub ty: Type,
    /// Its default; static.
    pub default: Option<ExprId>,
}

/// A type or function that nothing in its module uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// `type`, `function`
    pub what: &'static str,
    /// Its name.
    pub name: Text,
    /// Its name's place.
    pub span: Span,
}

/// A condition and what is said when it does not hold.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The block's head.
    pub span: Span,
    /// `condition`
    pub condition: ExprId,
    /// `error_message`
    pub message: ExprId,
}

/// `check "name" { … }`
#[derive(Debug, Clone)]
pub struct CheckBlock {
    /// The name's place.
    pub span: Span,
    /// A data source read only for this check.
    pub data: Option<ResourceKey>,
    /// `assert` blocks.
    pub asserts: Vec<Condition>,
}

/// `moved { from, to }`; addresses relative to this module, as written.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Where it was.
    pub from: (Text, Span),
    /// Where it is.
    pub to: (Text, Span),
}

/// `import { to, id, for_each }`
#[derive(Debug, Clone)]
pub struct Import {
    /// The resource, as it is written.
    pub to: (Text, Span),
    /// What is written before each key that is evaluated, and behind the last one.
    pub pieces: Vec<Text>,
    /// Those keys: `each.value` in `aws_instance.web[each.value]`.
    pub keys: Vec<ExprId>,
    /// What the other side calls it.
    pub id: ExprId,
    /// `for_each`
    pub for_each: Option<ExprId>,
}

impl Import {
    /// The address without the keys that are evaluated.
    ///
    /// # Errors
    /// What is written is no address.
    pub fn target(&self) -> Result<Target, ParseAddressError> {
        self.pieces.concat().parse()
    }

    /// The address with these keys for those that are evaluated.
    ///
    /// # Errors
    /// What is written is not the address of an instance.
    pub fn address(&self, keys: &[InstanceKey]) -> Result<InstanceAddress, ParseAddressError> {
        let mut text = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            text.push_str(piece);
            text.extend(keys.get(at).map(InstanceKey::to_string));
        }
        text.parse()
    }
}

/// `removed { from, lifecycle { destroy } }`
#[derive(Debug, Clone)]
pub struct Removed {
    /// What is no longer managed.
    pub from: (Text, Span),
    /// Whether the object is removed too.
    pub destroy: bool,
}

/// `metadata { … }`
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// `owner`
    pub owner: Option<Text>,
    /// `contact`
    pub contact: Option<Text>,
    /// `stability`
    pub stability: Option<Text>,
    /// `tags`
    pub tags: Vec<Text>,
    /// The block's head.
    pub span: Option<Span>,
}

/// The `prov { }` block.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `required_version`
    pub required_version: Option<(Text, Span)>,
    /// `required_providers`, by local name.
    pub required_providers: IndexMap<Text, Span>,
    /// `configuration_aliases = [aws.eu]`: configurations that callers hand over.
    pub configuration_aliases: IndexMap<ProviderKey, Span>,
    /// `state "kind" { … }`
    pub state: Option<StateSettings>,
    /// `libraries = { name = source }`
    pub libraries: IndexMap<Text, (Text, Span)>,
    /// `policies = [source]`
    pub policies: Vec<(Text, Span)>,
    /// `lints = { code = "deny" }`: for the files of this module.
    pub lints: Levels,
}

/// `state "kind" { … }`
#[derive(Debug, Clone)]
pub struct StateSettings {
    /// `local`, `consul`
    pub kind: Text,
    /// Its place.
    pub span: Span,
    /// Its settings; static.
    pub body: BlockBody,
}

/// An element of `depends_on`.
#[derive(Debug, Clone, Copy)]
pub struct Dependency {
    /// What it names: a variable, local, resource or module call.
    pub target: Reference,
    /// Its place.
    pub span: Span,
}

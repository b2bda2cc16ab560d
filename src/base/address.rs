//! Addresses of modules and resources: types with one textual form, OpenTofu's.
//!
//! `Display` writes it, `FromStr` reads it, and the two agree for every address. Keys are escaped as HCL strings.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Text;
use super::value::quote;

/// The key of an instance: `[0]` or `["eu"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// From `count`.
    Index(u64),
    /// From `for_each`.
    Name(Text),
}

/// One step into a module call: its name, and its key if the call has `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// The name of the call.
    pub name: Text,
    /// The key of the instance.
    pub key: Option<InstanceKey>,
}

/// A module instance; the root module has no steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ModuleAddress(pub Arc<[ModuleStep]>);

/// Whether a resource is made or only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
}

/// A resource of a module instance, all its instances together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceAddress {
    /// The module instance.
    pub module: ModuleAddress,
    /// Made or read.
    pub mode: Mode,
    /// Its kind: `aws_db_instance`.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

/// One instance of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceAddress {
    /// The resource.
    pub resource: ResourceAddress,
    /// The key, if the resource has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl ModuleAddress {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The instance of a call in this module.
    pub fn child(&self, name: impl Into<Text>, key: Option<InstanceKey>) -> Self {
        let step = ModuleStep { name: name.into(), key };
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// The module this one is called from.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.into()))
    }
}

impl ResourceAddress {
    /// The instance with this key.
    pub fn instance(&self, key: Option<InstanceKey>) -> InstanceAddress {
        InstanceAddress { resource: self.clone(), key }
    }
}

impl InstanceAddress {
    /// This address, relative to `module`, as one from the root.
    pub fn below(mut self, module: &ModuleAddress) -> Self {
        if !module.is_root() {
            let steps = module.0.iter().chain(self.resource.module.0.iter()).cloned();
            self.resource.module = ModuleAddress(steps.collect());
        }
        self
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => {
                f.write_str("[")?;
                quote(name, f)?;
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for ModuleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            write!(f, "{}module.{}", if at > 0 { "." } else { "" }, step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.kind, self.name)
    }
}

impl fmt::Display for InstanceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key}"))
    }
}

/// The text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address; write kind.name, kind.name[0] or module.call.kind.name[\"key\"]")]
pub struct ParseAddressError(String);

/// What can be named on the command line: a module with all in it, a resource with all its instances, or one instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// `module.x`
    Module(ModuleAddress),
    /// `module.x.kind.name`, with or without a key.
    Resource(ResourceAddress, Option<InstanceKey>),
}

impl Target {
    /// All instances of what this names, in all instances of its module.
    pub fn without_keys(&self) -> Self {
        let keyless = |module: &ModuleAddress| {
            let steps = module.0.iter().map(|step| ModuleStep { name: step.name.clone(), key: None });
            ModuleAddress(steps.collect())
        };
        match self {
            Self::Module(module) => Self::Module(keyless(module)),
            Self::Resource(resource, _) => {
                let module = keyless(&resource.module);
                Self::Resource(ResourceAddress { module, ..resource.clone() }, None)
            }
        }
    }

    /// Whether the instance is, or lies in, what is named. A step without key names all its instances.
    pub fn covers(&self, address: &InstanceAddress) -> bool {
        fn inside(outer: &ModuleAddress, inner: &ModuleAddress, exact: bool) -> bool {
            (if exact { outer.0.len() == inner.0.len() } else { outer.0.len() <= inner.0.len() })
                && outer
                    .0
                    .iter()
                    .zip(inner.0.iter())
                    .all(|(a, b)| a.name == b.name && (a.key.is_none() || a.key == b.key))
        }
        match self {
            Self::Module(module) => inside(module, &address.resource.module, false),
            Self::Resource(resource, key) => {
                let other = &address.resource;
                inside(&resource.module, &other.module, true)
                    && (resource.mode, &resource.kind, &resource.name)
                        == (other.mode, &other.kind, &other.name)
                    && (key.is_none() || *key == address.key)
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => write!(f, "{module}"),
            Self::Resource(resource, key) => {
                write!(f, "{resource}")?;
                key.as_ref().map_or(Ok(()), |key| write!(f, "{key}"))
            }
        }
    }
}

/// Reads names and keys one after the other.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn name(&mut self) -> Option<&'t str> {
        let end = self.rest.find(['.', '[', ']', '"']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
        (first && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')).then_some(name)
    }

    fn dot(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix('.')?;
        Some(())
    }

    /// The outer `None` is an error, the inner one no key.
    fn key(&mut self) -> Option<Option<InstanceKey>> {
        let Some(inside) = self.rest.strip_prefix('[') else { return Some(None) };
        if let Some(quoted) = inside.strip_prefix('"') {
            let (text, rest) = unquote(quoted)?;
            self.rest = rest.strip_prefix(']')?;
            return Some(Some(InstanceKey::Name(text.into())));
        }
        let (digits, rest) = inside.split_once(']')?;
        self.rest = rest;
        digits.parse().ok().map(|index| Some(InstanceKey::Index(index)))
    }
}

/// The text up to the closing quote with escapes resolved, and what follows the quote.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        match ch {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                ch @ ('"' | '\\') => text.push(ch),
                'u' => {
                    let digits: String = (0..4).map_while(|_| chars.next().map(|(_, c)| c)).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                _ => return None,
            },
            '$' | '%' if quoted[at + 1..].starts_with(ch) && quoted[at + 2..].starts_with('{') => {
                chars.next();
                text.push(ch);
            }
            ch => text.push(ch),
        }
    }
    None
}

fn parse_target(text: &str) -> Option<Target> {
    let mut reader = Reader { rest: text };
    let mut module = ModuleAddress::root();
    let mut word = reader.name()?;
    while word == "module" {
        reader.dot()?;
        let name = reader.name()?;
        let key = reader.key()?;
        module = module.child(name, key);
        if reader.rest.is_empty() {
            return Some(Target::Module(module));
        }
        reader.dot()?;
        word = reader.name()?;
    }
    let mode = if word == "data" { Mode::Data } else { Mode::Managed };
    if mode == Mode::Data {
        reader.dot()?;
        word = reader.name()?;
    }
    reader.dot()?;
    let name = reader.name()?;
    let key = reader.key()?;
    let resource = ResourceAddress { module, mode, kind: word.into(), name: name.into() };
    reader.rest.is_empty().then_some(Target::Resource(resource, key))
}

impl FromStr for Target {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        parse_target(text).ok_or_else(|| ParseAddressError(text.into()))
    }
}

impl FromStr for InstanceAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        match parse_target(text) {
            Some(Target::Resource(resource, key)) => Ok(Self { resource, key }),
            _ => Err(ParseAddressError(text.into())),
        }
    }
}

impl FromStr for ResourceAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        match parse_target(text) {
            Some(Target::Resource(resource, None)) => Ok(resource),
            _ => Err(ParseAddressError(text.into())),
        }
    }
}

impl FromStr for ModuleAddress {
    type Err = ParseAddressError;

    /// The empty text is the root module.
    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        match parse_target(text) {
            _ if text.is_empty() => Ok(Self::root()),
            Some(Target::Module(module)) => Ok(module),
            _ => Err(ParseAddressError(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = Option<InstanceKey>> {
        prop_oneof![
            Just(None),
            any::<u64>().prop_map(|n| Some(InstanceKey::Index(n))),
            any::<String>().prop_map(|s| Some(InstanceKey::Name(s.into()))),
            "[\\\\\"$%{}\n]{0,6}".prop_map(|s| Some(InstanceKey::Name(s.into()))),
        ]
    }

    proptest! {
        #[test]
        fn written_and_read_back(
            steps in prop::collection::vec(("[a-ln-z_][a-z0-9_-]{0,5}", key()), 0..3),
            data in any::<bool>(),
            kind in "[a-ce-ln-z][a-z0-9_]{0,8}",
            name in "[a-z_][a-z0-9_-]{0,8}",
            key in key(),
        ) {
            let module = steps.into_iter().fold(ModuleAddress::root(), |m, (n, k)| m.child(n, k));
            let mode = if data { Mode::Data } else { Mode::Managed };
            let address = ResourceAddress { module, mode, kind: kind.into(), name: name.into() }.instance(key);
            prop_assert_eq!(address.to_string().parse::<InstanceAddress>().unwrap(), address);
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            let _ = text.parse::<Target>();
        }
    }

    #[test]
    fn targets_cover_what_lies_in_them() {
        let covers =
            |target: &str, address: &str| target.parse::<Target>().unwrap().covers(&address.parse().unwrap());
        assert!(covers("module.a", "module.a[0].module.b.x.y"));
        assert!(covers("x.y", "x.y[\"k\"]"));
        assert!(!covers("x.y", "module.a.x.y"));
        assert!(!covers("module.a[1]", "module.a[0].x.y"));
    }
}

//! Module instances and where the instances of their resources are, by number.

use std::sync::{Arc, OnceLock};

use super::tree::{PathId, Tree};
use crate::base::Text;
use crate::base::address::{InstanceKey, ModuleAddress};
use crate::base::value::Value;

/// A module instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstId(pub u32);

/// An instance of a resource or data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub u32);

/// At most so many instances may a configuration have, of modules and resources together.
pub const MAX_INSTANCES: u64 = 4_000_000;

/// Which instances there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Keys {
    /// Not known yet, because what decides it failed or waits for apply.
    #[default]
    Unknown,
    /// One, without a key.
    One,
    /// None: `enabled` is false.
    Disabled,
    /// `count`
    Count(u64),
    /// `for_each`: keys in order, with their values.
    Each(Arc<[(Text, Value)]>),
}

impl Keys {
    /// How many there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Unknown | Self::Disabled => 0,
            Self::One => 1,
            Self::Count(count) => *count,
            Self::Each(keys) => keys.len() as u64,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of the n-th.
    pub fn key(&self, at: usize) -> Option<InstanceKey> {
        match self {
            Self::Count(_) => Some(InstanceKey::Index(at as u64)),
            Self::Each(keys) => keys.get(at).map(|(key, _)| InstanceKey::Name(key.clone())),
            _ => None,
        }
    }

    /// `each.key` and `each.value` of the n-th.
    pub fn each(&self, at: usize) -> Option<(Value, Value)> {
        let Self::Each(keys) = self else { return None };
        keys.get(at).map(|(key, value)| (Value::from(key.clone()), value.clone()))
    }

    /// The place of a key.
    pub fn position(&self, key: Option<&InstanceKey>) -> Option<usize> {
        match (self, key) {
            (Self::One, None) => Some(0),
            (Self::Count(count), Some(InstanceKey::Index(at))) if at < count => usize::try_from(*at).ok(),
            (Self::Each(keys), Some(InstanceKey::Name(name))) => {
                keys.binary_search_by(|(key, _)| key.cmp(name)).ok()
            }
            _ => None,
        }
    }
}

/// The instances of a resource or module call.
#[derive(Debug, Clone)]
pub struct Expansion<T> {
    /// Which there are.
    pub keys: Keys,
    /// In the order of the keys.
    pub members: Vec<T>,
    /// All of them as one value, once it was asked for.
    whole: OnceLock<Value>,
}

impl<T> Default for Expansion<T> {
    fn default() -> Self {
        Self { keys: Keys::Unknown, members: Vec::new(), whole: OnceLock::new() }
    }
}

impl<T: Copy> Expansion<T> {
    /// These instances.
    pub fn new(keys: Keys, members: Vec<T>) -> Self {
        Self { keys, members, whole: OnceLock::new() }
    }

    /// The instance with this key.
    pub fn find(&self, key: Option<&InstanceKey>) -> Option<T> {
        self.members.get(self.keys.position(key)?).copied()
    }

    /// All instances as one value: an object, list, map, or null; made once until [`Expansion::forget`].
    pub fn whole(&self, value: impl Fn(T) -> Value) -> Value {
        let make = || match &self.keys {
            Keys::Unknown => Value::unknown(crate::base::types::Type::any()),
            Keys::Disabled => Value::NULL,
            Keys::One => self.members.first().map_or(Value::NULL, |member| value(*member)),
            Keys::Count(_) => Value::from(self.members.iter().map(|m| value(*m)).collect::<Vec<_>>()),
            Keys::Each(keys) => {
                Value::map(keys.iter().zip(&self.members).map(|((key, _), m)| (key.clone(), value(*m))))
            }
        };
        match self.keys {
            Keys::One => make(),
            _ => self.whole.get_or_init(make).clone(),
        }
    }

    /// A member's value changed.
    pub fn forget(&mut self) {
        self.whole.take();
    }
}

/// A module instance with what is known in it.
#[derive(Debug)]
pub struct ModuleInstance {
    /// The module and the place it is called from.
    pub path: PathId,
    /// The caller's instance, and which of the call's instances this is.
    pub parent: Option<(InstId, usize)>,
    /// Its address.
    pub address: ModuleAddress,
    /// Values of variables.
    pub variables: Vec<Option<Value>>,
    /// Values of locals.
    pub locals: Vec<Option<Value>>,
    /// Values of outputs.
    pub outputs: Vec<Option<Value>>,
    /// Instances of resources.
    pub resources: Vec<Expansion<RowId>>,
    /// Instances of module calls.
    pub calls: Vec<Expansion<InstId>>,
}

/// All module instances.
#[derive(Debug)]
pub struct Instances {
    modules: Vec<ModuleInstance>,
    by_path: Vec<Vec<InstId>>,
}

impl Instances {
    /// None yet.
    pub fn new(tree: &Tree) -> Self {
        Self { modules: Vec::new(), by_path: vec![Vec::new(); tree.paths.len()] }
    }

    /// Adds an instance of the module at this path.
    pub fn add(
        &mut self,
        tree: &Tree,
        path: PathId,
        parent: Option<(InstId, usize)>,
        address: ModuleAddress,
    ) -> InstId {
        let module = &tree.path(path).module;
        let id = InstId(self.modules.len() as u32);
        self.modules.push(ModuleInstance {
            path,
            parent,
            address,
            variables: vec![None; module.variables.len()],
            locals: vec![None; module.locals.len()],
            outputs: vec![None; module.outputs.len()],
            resources: (0..module.resources.len()).map(|_| Expansion::default()).collect(),
            calls: (0..module.calls.len()).map(|_| Expansion::default()).collect(),
        });
        self.by_path[path.0 as usize].push(id);
        id
    }

    /// An instance.
    pub fn get(&self, id: InstId) -> &ModuleInstance {
        &self.modules[id.0 as usize]
    }

    /// An instance, to be changed.
    pub fn get_mut(&mut self, id: InstId) -> &mut ModuleInstance {
        &mut self.modules[id.0 as usize]
    }

    /// All instances of the module at this path.
    pub fn of_path(&self, path: PathId) -> &[InstId] {
        &self.by_path[path.0 as usize]
    }

    /// All instances, callers before what they call.
    pub fn iter(&self) -> impl Iterator<Item = (InstId, &ModuleInstance)> {
        self.modules.iter().enumerate().map(|(at, module)| (InstId(at as u32), module))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

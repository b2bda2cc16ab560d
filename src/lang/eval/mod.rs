//! Resolved expression → value. Knows nothing of plans: what a reference stands for is asked of a [`Lookup`];
//! plan supplies unknowns, apply supplies facts.

use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;

/// Why an expression has no value.
pub type EvalError = Box<Diagnostic>;

/// What references stand for, in one instance of one module. Indexes are those of [`super::resolve::program::Module`].
///
/// Methods that cannot answer return an error with the place of the cause (a variable whose own value failed, say);
/// [`Lookup::unavailable`] is the default for contexts in which a kind of reference makes no sense.
pub trait Lookup {
    /// `var.x`
    fn variable(&self, index: u32) -> Result<Value, EvalError>;
    /// `local.x`
    fn local(&self, index: u32) -> Result<Value, EvalError>;
    /// `kind.name` with all its instances: an object; a list with `count`; a map with `for_each`; null if not enabled.
    fn resource(&self, index: u32) -> Result<Value, EvalError>;
    /// `kind.name[key]`, without building the whole collection; `None` if there is no such instance. An unknown if the
    /// instances themselves are not known.
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError>;
    /// `module.x` with all its instances, shaped as in [`Lookup::resource`].
    fn call(&self, index: u32) -> Result<Value, EvalError>;
    /// `module.x.output` (`key` is `None`) or `module.x[key].output`; `None` if there is no such instance or output.
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError>;
    /// `each.key`, `each.value`
    fn each(&self) -> Option<(Value, Value)> {
        None
    }
    /// `count.index`
    fn count_index(&self) -> Option<Value> {
        None
    }
    /// `self`
    fn self_object(&self) -> Option<Value> {
        None
    }
}

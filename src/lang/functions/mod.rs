//! The functions of the language, by family: signature, documentation and body side by side.

use crate::base::effects::{Files, Limits};
use crate::base::value::Value;

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
}
/// What functions need besides their arguments.
pub struct Context<'a> {
    /// The files of the project.
    pub files: &'a dyn Files,
    /// The directory of the module the call stands in.
    pub module_dir: &'a str,
    /// The directory of the root module.
    pub root_dir: &'a str,
    /// The bounds of this evaluation.
    pub limits: &'a Limits,
    /// Accounts for memory about to be used, in bytes.
    pub spend: &'a dyn Fn(u64) -> Result<(), Exhausted>,
    /// The moment and chance, while applying.
    pub moment: Option<&'a Moment<'a>>,
}
/// What only an apply can tell.
pub struct Moment<'a> {
    /// Nanoseconds since 1970 in UTC.
    pub now: i128,
    /// Fills the buffer with unpredictable bytes.
    pub random: &'a dyn Fn(&mut [u8]),
}
/// The memory of an evaluation is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;
/// Why a call has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which argument is to blame, from 0.
    pub argument: Option<usize>,
    /// One clause for the user.
    pub message: String,
    /// Whether a limit ran out.
    pub limit: bool,
}
/// All functions.
pub fn all() -> impl Iterator<Item = &'static Function> {
    [].iter()
}
/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}
impl Function {
    /// How it is called.
    pub fn signature(&self) -> String {
        self.name.into()
    }
    /// Calls it.
    pub fn call(&self, _: &[Value], _: &Context<'_>) -> Result<Value, Failure> {
        Ok(Value::NULL)
    }
}

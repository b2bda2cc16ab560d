//! The built-in functions, by family: signature, documentation and body of each side by side.
//!
//! [`find`] looks a function up by name, [`Function::check`] types a call, [`Function::call`] evaluates it.
//! Functions are pure: what they need of the world is in their [`Context`].

use std::fmt;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::base::types::Type;

mod call;
mod check;
mod collection;
mod constant;
mod convert;
mod datetime;
mod encoding;
mod filesystem;
mod hash;
pub mod host;
mod ip;
mod numeric;
mod quantity;
mod shape;
mod special;
mod string;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use call::{Call, Stop};
pub use call::{Context, Exhausted, Failure, Moment, Why};
pub use check::{Refusal, Refused};
pub use convert::render;
pub use filesystem::read_text;
pub use host::{Answers, HostFunction, HostFunctions};
pub use shape::Shape;
pub use string::pattern::pattern_type;

/// A built-in function.
pub struct Function {
    /// What calls name it.
    pub name: &'static str,
    /// Which chapter of the reference it belongs to.
    pub family: Family,
    /// Its parameters in order; optional ones last.
    pub params: &'static [Param],
    /// What further arguments are, if it takes any number of them.
    pub variadic: Option<Param>,
    /// How many arguments it needs at least, where that is more than its parameters tell.
    pub least: usize,
    /// What it does, one or a few sentences of Markdown.
    pub docs: &'static str,
    /// Calls and what they give, as the language writes both.
    pub examples: &'static [(&'static str, &'static str)],
    /// When its result is known if its arguments are.
    pub known: Known,
    /// Whether it takes expressions rather than values; evaluation treats these itself.
    pub special: bool,
    returns: Returns,
    marks: Marks,
    partial: bool,
    body: fn(&Call) -> Result<crate::base::value::Value, Stop>,
}

/// When the result of a function is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// As soon as its arguments are.
    WithArguments,
    /// While applying only: it depends on the moment or on chance.
    AtApply,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name, in signatures and messages.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Whether it takes null.
    pub nullable: bool,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A family of functions: a chapter of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Family {
    Numeric,
    String,
    Collection,
    Encoding,
    Filesystem,
    DateAndTime,
    HashAndCrypto,
    IpNetwork,
    Conversion,
    Quantities,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numeric => "Numbers",
            Self::String => "Strings",
            Self::Collection => "Collections",
            Self::Encoding => "Encoding",
            Self::Filesystem => "Files",
            Self::DateAndTime => "Date and time",
            Self::HashAndCrypto => "Hashes and cryptography",
            Self::IpNetwork => "IP networks",
            Self::Conversion => "Type conversion",
            Self::Quantities => "Sizes and durations",
        })
    }
}

/// The type of a result.
enum Returns {
    /// Always this one.
    Is(fn() -> Type),
    /// Follows from the types of the arguments; with the words a signature shows.
    By(&'static str, fn(&[Type]) -> Result<Type, Refusal>),
}

/// How the secrecy of a result follows from its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// Secret if anything in any argument is.
    Deep,
    /// Secret if an argument as a whole is; what is inside keeps its own marks.
    Outer,
    /// The body sets them.
    Own,
}

/// What most functions have in common.
const BASE: Function = Function {
    name: "",
    family: Family::Numeric,
    params: &[],
    variadic: None,
    least: 0,
    docs: "",
    examples: &[],
    known: Known::WithArguments,
    special: false,
    returns: Returns::Is(Type::any),
    marks: Marks::Deep,
    partial: false,
    body: |_| Err(Stop::Unknown),
};

const fn param(name: &'static str, shape: Shape) -> Param {
    Param { name, shape, nullable: false, optional: false }
}

impl Param {
    const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

const STRING: Shape = Shape::Is(Type::string);
const NUMBER: Shape = Shape::Is(Type::number);
const INT: Shape = Shape::Is(Type::int);

const FAMILIES: &[&[Function]] = &[
    numeric::FUNCTIONS,
    string::FUNCTIONS,
    string::pattern::FUNCTIONS,
    string::format::FUNCTIONS,
    collection::FUNCTIONS,
    collection::sets::FUNCTIONS,
    collection::maps::FUNCTIONS,
    collection::choose::FUNCTIONS,
    convert::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    datetime::FUNCTIONS,
    hash::FUNCTIONS,
    ip::FUNCTIONS,
    quantity::FUNCTIONS,
    special::FUNCTIONS,
];

/// Every function, by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().copied().flatten()
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    static INDEX: OnceLock<FxHashMap<&'static str, &'static Function>> = OnceLock::new();
    INDEX.get_or_init(|| all().map(|function| (function.name, function)).collect()).get(name).copied()
}

/// The function that is called by a name with a namespace: `core::upper`, `provider::terraform::encode_expr`.
pub fn qualified(name: &str) -> Option<&str> {
    let of_terraform = |name: &&str| matches!(*name, "decode_tfvars" | "encode_expr" | "encode_tfvars");
    name.strip_prefix("core::").or_else(|| name.strip_prefix("provider::terraform::").filter(of_terraform))
}

/// Functions that Terraform or OpenTofu have and prov does not, with the reason, for messages and the reference.
pub const EXCLUDED: &[(&str, &str)] = &[
    ("abspath", "where a project lies must not change its plan; paths start at `path.module`"),
    ("defaults", "object types take defaults themselves: `optional(string, \"x\")`"),
    ("list", "write `[a, b]`"),
    ("map", "write `{ key = value }`"),
    ("pathexpand", "the home directory of whoever runs a plan must not change the plan"),
    ("rsadecrypt", "no implementation of RSA decryption that we trust is safe against timing attacks"),
    ("type", "hover shows types, and the console's `type` does"),
];

/// Why a function that Terraform or OpenTofu have does not exist here.
pub fn excluded(name: &str) -> Option<&'static str> {
    EXCLUDED.iter().find(|(excluded, _)| *excluded == name).map(|(_, reason)| *reason)
}

impl Function {
    /// How it is called: `lookup(map: map(any), key: string, default?: any) -> any`.
    pub fn signature(&self) -> String {
        let mut parts: Vec<String> = self
            .params
            .iter()
            .map(|p| {
                let null = if p.nullable && !matches!(p.shape, Shape::Any) { "?" } else { "" };
                format!("{}{}: {}{null}", p.name, if p.optional { "?" } else { "" }, p.shape)
            })
            .collect();
        parts.extend(self.variadic.iter().map(|p| format!("...{}: {}", p.name, p.shape)));
        format!("{}({}) -> {}", self.name, parts.join(", "), self.returns())
    }

    /// What it gives: a type, or words where that depends on the arguments.
    pub fn returns(&self) -> String {
        match &self.returns {
            Returns::Is(ty) => ty().to_string(),
            Returns::By(words, _) => (*words).to_owned(),
        }
    }

    /// How many arguments it takes: at least, and at most.
    pub fn arity(&self) -> (usize, Option<usize>) {
        let required = self.params.iter().filter(|p| !p.optional).count().max(self.least);
        (required, if self.variadic.is_some() { None } else { Some(self.params.len()) })
    }

    /// The parameter an argument at this place belongs to.
    pub fn param(&self, at: usize) -> Option<&Param> {
        self.params.get(at).or(self.variadic.as_ref())
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature())
    }
}

//! Accounts of many `terraform_data`, the same text for prov and for Terraform.

use std::fmt::Write;

use super::workspaces::Files;

/// How resources hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One resource with `count`.
    Instances,
    /// Each declared for itself, none refers to another.
    Independent,
    /// Each declared for itself and referring to the one before it.
    Chain,
    /// Each declared for itself, all referring to the first.
    Fan,
    /// `b[each.key]` ← `a[each.key]`, half of them each.
    Correlated,
    /// A module of twenty resources in chains of five, with `for_each`.
    Modules,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Instances, Self::Independent, Self::Chain, Self::Fan, Self::Correlated, Self::Modules];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instances => "one resource with count",
            Self::Independent => "independent resources",
            Self::Chain => "one chain",
            Self::Fan => "all refer to the first",
            Self::Correlated => "b[each.key] from a[each.key]",
            Self::Modules => "a module of 20 with for_each",
        }
    }

    /// An account of so many resource instances.
    pub fn account(self, resources: usize) -> Files {
        let main = match self {
            Self::Instances => format!(
                "resource \"terraform_data\" \"r\" {{\n  count = {resources}\n  input = {{ name = \"n${{count.index}}\", \
                 port = 1024 + count.index }}\n}}\n"
            ),
            Self::Independent => blocks(resources, |at| format!("\"t{}\"", at % 7)),
            Self::Chain => blocks(resources, |at| match at {
                0 => "\"first\"".to_owned(),
                _ => format!("terraform_data.r{}.id", at - 1),
            }),
            Self::Fan => blocks(resources, |at| match at {
                0 => "\"first\"".to_owned(),
                _ => "terraform_data.r0.id".to_owned(),
            }),
            Self::Correlated => {
                let keys = keys(resources / 2);
                format!(
                    "locals {{\n  keys = {keys}\n}}\n\n\
                     resource \"terraform_data\" \"a\" {{\n  for_each = local.keys\n  input    = each.key\n}}\n\n\
                     resource \"terraform_data\" \"b\" {{\n  for_each = local.keys\n  \
                     input    = terraform_data.a[each.key].output\n}}\n"
                )
            }
            Self::Modules => format!(
                "module \"m\" {{\n  source   = \"./m\"\n  for_each = {}\n  name     = each.key\n}}\n",
                keys(resources / 20)
            ),
        };
        let mut files = vec![("main".to_owned(), main)];
        if self == Self::Modules {
            let inside = blocks(20, |at| match at % 5 {
                0 => "var.name".to_owned(),
                _ => format!("terraform_data.r{}.id", at - 1),
            });
            files.push((
                "m/main".to_owned(),
                format!("variable \"name\" {{\n  type = string\n}}\n\n{inside}"),
            ));
        }
        files
    }
}

fn blocks(resources: usize, value: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for at in 0..resources {
        let _ = write!(
            text,
            "resource \"terraform_data\" \"r{at}\" {{\n  input = {{ name = \"n{at}\", from = {} }}\n}}\n\n",
            value(at)
        );
    }
    text
}

/// A set of so many keys; `range` gives at most 1,024.
fn keys(count: usize) -> String {
    format!(
        "toset(slice(flatten([for h in range({}) : [for i in range(1000) : \"k${{h * 1000 + i}}\"]]), 0, {count}))",
        count.div_ceil(1000)
    )
}

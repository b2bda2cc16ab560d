//! What modules give and take: variables, outputs, calls.

use std::fmt::Write;

use super::exprs::Place;
use super::mistakes::Mistake;
use super::program::{Program, marked};
use super::scope::{GATE, Gen, Marks, Name};
use super::types::Ty;

/// What a caller sees.
pub struct Module {
    pub inputs: Vec<Input>,
    /// What it reads decides whether something exists: its calls wait for nothing.
    pub reads_early: bool,
    pub outputs: Vec<Name>,
}

/// A variable of a module and whether it has a default.
pub struct Input {
    pub name: String,
    pub ty: Ty,
    pub default: bool,
    pub secret: bool,
    /// It decides whether something exists.
    pub early: bool,
    /// It may not be secret.
    pub open: bool,
}

/// What the name of a repeated block stands for.
#[derive(Clone, Copy, PartialEq)]
pub enum Repeat {
    Once,
    Count,
    ForEach,
    Enabled,
}

/// How a block is repeated.
pub struct Repeated {
    /// What there is inside of it.
    pub each: Vec<Name>,
    pub repeat: Repeat,
    /// What decides about it.
    pub marks: Marks,
    /// A line for its `lifecycle`.
    pub lifecycle: String,
}

impl Gen<'_> {
    pub fn variable(
        &mut self,
        out: &mut String,
        program: &mut Program,
        root: bool,
        at: usize,
        ty: Ty,
    ) -> Input {
        let name = format!("v{at}");
        let secret = self.once_in(8);
        let default = self.once_in(2);
        let stated = self.written(&ty);
        let stated = if secret && self.once_in(2) { format!("secret({stated})") } else { stated };
        writeln!(out, "variable \"{name}\" {{\n  type = {stated}").unwrap();
        if secret && !stated.starts_with("secret") {
            writeln!(out, "  sensitive = true").unwrap();
        }
        // What is not nullable may be left out all the same, if it has a default.
        if !ty.null && self.once_in(6) {
            writeln!(out, "  nullable = false").unwrap();
        }
        if default {
            let scope = std::mem::take(&mut self.scope);
            // A default that is null is a mistake of its own.
            let spared = usize::from(matches!(self.plan, Some((Mistake::Null, _))));
            self.tried += spared;
            let value = self.expr(&ty, 0, Place::Checked);
            self.tried -= spared;
            self.scope = scope;
            writeln!(out, "  default = {value}").unwrap();
        }
        let marks = Marks { secret, late: false, from: 1 << at };
        self.scope.push(Name { text: format!("var.{name}"), ty: ty.clone(), stated: true, marks });
        if self.once_in(4) {
            let (test, _) = self.marking(Marks::BOTH, |this| this.bool(3));
            let text = format!("    condition = {test} || true\n    error_message = \"no\"\n");
            writeln!(out, "  validation {{\n{text}  }}").unwrap();
        }
        writeln!(out, "}}\n").unwrap();
        if root && (!default || self.once_in(2)) {
            let value = self.constant(&ty);
            program.inputs.push((name.clone(), ty.clone(), value));
        }
        Input { name, ty, default, secret, early: false, open: false }
    }

    pub fn outputs(&mut self, out: &mut String, program: &mut Program, root: bool) -> Vec<Name> {
        let mut outputs = Vec::new();
        for at in 0..1 + self.pick(3) {
            let stated = self.once_in(2);
            let ty = self.some_type(2);
            let ty = if stated { ty } else { ty.widened() };
            let place = if stated { Place::Checked } else { Place::Free };
            let (value, marks) = self.marking(Marks::NONE, |this| this.expr(&ty, 3, place));
            writeln!(out, "output \"o{at}\" {{").unwrap();
            if stated {
                writeln!(out, "  type = {}", self.written(&ty)).unwrap();
            }
            writeln!(out, "  value = {value}").unwrap();
            // Whether it is secret in fact is left to the checker now and then.
            if marks.secret && !(root && self.risk("secret-exposed")) {
                writeln!(out, "  sensitive = true").unwrap();
            } else if root {
                program.shown.push(format!("o{at}"));
            }
            self.waits(out);
            if self.once_in(4) {
                let (test, _) = self.marking(Marks::NONE, |this| this.bool(2));
                let block = format!("    condition = {test} || true\n    error_message = \"no\"\n");
                writeln!(out, "  precondition {{\n{block}  }}").unwrap();
            }
            writeln!(out, "}}\n").unwrap();
            outputs.push(Name { text: format!("o{at}"), ty, stated, marks });
        }
        outputs
    }

    /// A call of a module that is generated with it.
    pub fn call(&mut self, out: &mut String, program: &mut Program, directory: &str, depth: usize) {
        let name = self.fresh("m");
        let Module { inputs, outputs, reads_early } = {
            let scope = std::mem::take(&mut self.scope);
            let functions = std::mem::take(&mut self.functions);
            let named = std::mem::take(&mut self.named);
            let declared = std::mem::take(&mut self.declared);
            let (early, open) = (std::mem::take(&mut self.early), std::mem::take(&mut self.open));
            let module = self.module(program, &format!("{directory}{name}/"), depth);
            (self.scope, self.functions, self.named, self.declared) = (scope, functions, named, declared);
            (self.early, self.open) = (early, open);
            module
        };
        let skipped = match inputs.iter().position(|input| !input.default) {
            Some(first) if self.due(Mistake::MissingInput) => Some(first),
            _ => None,
        };
        let head = format!("module \"{name}\"");
        let head = if skipped.is_some() { marked(&head) } else { head };
        writeln!(out, "{head} {{\n  source = \"./{name}\"").unwrap();
        let Repeated { each, repeat, marks: repeated, lifecycle } = self.repetition(out);
        if !lifecycle.is_empty() {
            writeln!(out, "  lifecycle {{\n{lifecycle}  }}").unwrap();
        }
        self.early |= if reads_early { GATE } else { 0 };
        let waits = !reads_early && self.waits(out);
        if !self.declared.aliases.is_empty() && self.once_in(2) {
            writeln!(out, "  providers = {{ toy = {} }}", self.declared.aliases[0]).unwrap();
        }
        let outside = self.scope.len();
        self.scope.extend(each);
        let mut given = Marks::NONE;
        for (at, input) in inputs.iter().enumerate() {
            if (input.default && self.once_in(3)) || skipped == Some(at) {
                continue;
            }
            let mut ty = input.ty.clone();
            ty.null |= input.default;
            let barred = Marks { late: input.early, secret: input.open, from: 0 };
            let (value, marks) = self.marking(barred, |this| this.expr(&ty, 3, Place::Checked));
            self.early |= if input.early { marks.from } else { 0 };
            self.open |= if input.open { marks.from } else { 0 };
            given.join(marks);
            given.secret |= input.secret;
            writeln!(out, "  {} = {value}", input.name).unwrap();
        }
        if self.due(Mistake::UnknownInput) {
            writeln!(out, "  {} = 1", marked("qqq")).unwrap();
        }
        writeln!(out, "}}\n").unwrap();
        self.scope.truncate(outside);
        if self.once_in(8) {
            let gone = self.fresh("gone");
            writeln!(out, "moved {{\n  from = module.{gone}\n  to   = module.{name}\n}}\n").unwrap();
        }
        self.declared.others.push(format!("module.{name}"));
        for output in &outputs {
            let marks = Marks {
                secret: output.marks.secret || given.secret,
                late: output.marks.late
                    || given.late
                    || repeated.late
                    || (waits && output.marks.from & GATE != 0),
                from: given.from | repeated.from | (output.marks.from & GATE),
            };
            let (text, ty, stated) = match repeat {
                Repeat::Once => (format!("module.{name}.{}", output.text), output.ty.clone(), output.stated),
                Repeat::Count => {
                    (format!("module.{name}[*].{}", output.text), Ty::list(output.ty.clone()), false)
                }
                Repeat::ForEach => {
                    let text = format!("{{ for k, m in module.{name} : k => m.{} }}", output.text);
                    (text, Ty::map(output.ty.clone()), false)
                }
                Repeat::Enabled => {
                    let text = format!("module.{name}?.{}", output.text);
                    (text, output.ty.clone().optional(), output.stated)
                }
            };
            self.scope.push(Name { text, ty, stated, marks });
        }
        if self.due(Mistake::UnknownOutput) {
            let path = match repeat {
                Repeat::Once => "",
                Repeat::Count => "[0]",
                Repeat::ForEach => "[\"a\"]",
                Repeat::Enabled => "?",
            };
            writeln!(out, "locals {{\n  wrong = module.{name}{path}.{}\n}}\n", marked("qqq")).unwrap();
        }
    }

    /// `count`, `for_each` or `enabled` of a block: names inside it, what its name stands for, and what decides.
    pub fn repetition(&mut self, out: &mut String) -> Repeated {
        let early = Marks { secret: true, late: !self.once_in(10), from: 0 };
        let name = |text: &str, ty, marks| Name { text: text.into(), ty, stated: false, marks };
        let repeated = |each, repeat, marks| Repeated { each, repeat, marks, lifecycle: String::new() };
        match self.pick(9) {
            0 => {
                let (value, marks) = self.marking(early, |this| match this.pick(3) {
                    0 => "2".into(),
                    1 => format!("({} ? 1 : 0)", this.bool(2)),
                    _ => format!("length({})", this.needed(&Ty::list(Ty::int()), 2)),
                });
                self.open |= marks.from;
                writeln!(out, "  count = {value}").unwrap();
                repeated(vec![name("count.index", Ty::int(), Marks::NONE)], Repeat::Count, marks)
            }
            1 | 2 => {
                if self.due(Mistake::ListForEach) {
                    writeln!(out, "  for_each = {}", marked("[\"a\", \"b\"]")).unwrap();
                    return repeated(Vec::new(), Repeat::ForEach, Marks::NONE);
                }
                let element = self.some_type(1).widened();
                let set = self.once_in(2);
                let ty = if set { Ty::set(Ty::text()) } else { Ty::map(element.clone()) };
                let (value, marks) = self.marking(early, |this| this.expr(&ty, 2, Place::Needed));
                self.open |= marks.from;
                writeln!(out, "  for_each = {value}").unwrap();
                let element = if set { Ty::text() } else { element };
                let each = vec![
                    name("each.key", Ty::text(), Marks { secret: false, ..marks }),
                    name("each.value", element, marks),
                ];
                repeated(each, Repeat::ForEach, marks)
            }
            3 => {
                let (value, marks) = self.marking(Marks::BOTH, |this| this.bool(2));
                self.early |= marks.from;
                self.open |= marks.from;
                let value = match self.due(Mistake::LateSwitch) {
                    true => marked("timestamp() == \"\""),
                    false => value,
                };
                let lifecycle = format!("    enabled = {value}\n");
                Repeated { lifecycle, ..repeated(Vec::new(), Repeat::Enabled, marks) }
            }
            _ => repeated(Vec::new(), Repeat::Once, Marks::NONE),
        }
    }
}

//! Whole programs: a root module, modules it calls, and values for its variables.

use std::fmt::Write;

use super::choices::Choices;
use super::exprs::Place;
use super::mistakes::{BEGIN, END, Mistake};
use super::scope::{Gen, Marks, Name, UserFn};
use super::types::{Field, Kind, Presence, Ty};

/// What is generated.
#[derive(Debug, Default)]
pub struct Program {
    /// Texts by path; the planted mistake is marked.
    pub files: Vec<(String, String)>,
    /// Texts of expressions for variables of the root module.
    pub inputs: Vec<(String, Ty, String)>,
    pub planted: Option<super::mistakes::Planted>,
}

/// A variable of a module and whether it has a default.
struct Input {
    name: String,
    ty: Ty,
    default: bool,
    secret: bool,
}

const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "eps", "zeta"];

/// The program these numbers mean, with this mistake in it if there is a place for one.
pub fn generate(data: &[u32], plan: Option<(Mistake, usize)>) -> Program {
    let mut choices = Choices::new(data);
    let mut program = Program::default();
    let mut gen_ = Gen {
        choices: &mut choices,
        scope: Vec::new(),
        functions: Vec::new(),
        marks: Marks::default(),
        barred: Marks::default(),
        counter: 0,
        fuel: 400,
        plan,
        planted: None,
        tried: 0,
    };
    gen_.module(&mut program, "", 1);
    program.planted = gen_.planted;
    program
}

fn marked(text: &str) -> String {
    format!("{BEGIN}{text}{END}")
}

impl Gen<'_> {
    /// A random type; deeper ones as `depth` allows.
    pub fn some_type(&mut self, depth: usize) -> Ty {
        let mut ty: Ty = match self.pick(if depth == 0 { 8 } else { 14 }) {
            0 => Ty::text(),
            1 => Ty::int(),
            2 => Ty::bool(),
            3 => Ty::number(),
            4 => Kind::Duration.into(),
            5 => Kind::Size.into(),
            6 => {
                let all = [vec!["a", "b"], vec!["a", "b", "c-3"], vec!["on"]];
                Kind::Enum(all[self.pick(3)].clone()).into()
            }
            7 => match self.pick(3) {
                0 => Kind::Int(Some((1, 5))).into(),
                1 => Kind::Int(Some((0, 65535))).into(),
                _ => Kind::Text(Some((1, 8))).into(),
            },
            8 | 9 => Ty::list(self.some_type(depth - 1)),
            10 => {
                let element = [Ty::text(), Ty::int(), Ty::bool()][self.pick(3)].clone();
                Kind::Set(element.into()).into()
            }
            11 => Ty::map(self.some_type(depth - 1)),
            12 => {
                let count = 1 + self.pick(3);
                Kind::Tuple((0..count).map(|_| self.some_type(depth - 1)).collect()).into()
            }
            _ => self.object_type(depth - 1),
        };
        ty.null = self.once_in(5);
        ty
    }

    fn object_type(&mut self, depth: usize) -> Ty {
        let count = 1 + self.pick(3);
        let fields = NAMES[..count]
            .iter()
            .map(|name| {
                let ty = self.some_type(depth);
                let presence = match self.pick(4) {
                    0 => Presence::Optional,
                    1 if !ty.null => Presence::Default(self.constant(&ty)),
                    _ => Presence::Required,
                };
                Field { name, ty, presence }
            })
            .collect();
        Kind::Object(fields).into()
    }

    /// An expression that refers to nothing.
    fn constant(&mut self, ty: &Ty) -> String {
        let scope = std::mem::take(&mut self.scope);
        let plan = self.plan.take();
        let text = self.expr(ty, 0, Place::Checked);
        self.plan = plan;
        self.scope = scope;
        text
    }

    /// A module and, below it, those it calls. Answers its variables and its outputs.
    fn module(&mut self, program: &mut Program, directory: &str, calls: usize) -> (Vec<Input>, Vec<Name>) {
        let root = directory.is_empty();
        let mut out = String::new();
        let mut named = Vec::new();
        if root {
            for at in 0..self.pick(3) {
                let name = format!("T{at}");
                let ty = self.some_type(2).present();
                writeln!(out, "type {name} = {}\n", ty.written(true)).unwrap();
                named.push(Ty { name: Some(name), ..ty });
            }
        }
        self.declare_functions(&mut out, &named);
        let mut inputs = Vec::new();
        for at in 0..1 + self.pick(5) {
            let mut ty = match named.len() {
                n if n > 0 && self.once_in(2) => named[self.pick(n)].clone(),
                _ => self.some_type(2),
            };
            ty.null |= self.once_in(6);
            inputs.push(self.variable(&mut out, program, root, format!("v{at}"), ty));
        }
        let count = 2 + self.pick(8);
        for _ in 0..count {
            match self.pick(8) {
                0..=2 => self.local(&mut out),
                3 | 4 => self.resource(&mut out),
                5 => self.data(&mut out),
                6 if calls > 0 => self.call(&mut out, program, calls - 1),
                _ => self.check_block(&mut out),
            }
        }
        let outputs = self.outputs(&mut out, root);
        self.block_mistakes(&mut out, root);
        program.files.push((format!("{directory}main.prov"), out));
        (inputs, outputs)
    }

    fn declare_functions(&mut self, out: &mut String, named: &[Ty]) {
        for _ in 0..self.pick(3) {
            let name = self.fresh("fn_");
            let ty = |this: &mut Self| match named.len() {
                n if n > 0 && this.once_in(3) => named[this.pick(n)].clone(),
                _ => this.some_type(2),
            };
            let count = 1 + self.pick(3);
            // Defaults stand at the end.
            let required = 1 + self.pick(count);
            let mut params = Vec::new();
            for at in 0..count {
                let param = ty(self);
                let default = (at >= required).then(|| self.constant(&param));
                params.push((format!("p{at}"), param, default));
            }
            let returns = ty(self);
            let names = params
                .iter()
                .map(|(name, ty, _)| Name {
                    text: name.clone(),
                    ty: ty.clone(),
                    stated: true,
                    marks: Marks::default(),
                })
                .collect();
            let scope = std::mem::replace(&mut self.scope, names);
            let (body, _) = self
                .marking(Marks { secret: true, late: false }, |this| this.expr(&returns, 3, Place::Checked));
            self.scope = scope;
            let texts: Vec<_> = params
                .iter()
                .map(|(name, ty, default)| match default {
                    Some(default) => format!("{name}: {} = {default}", ty.written(true)),
                    None => format!("{name}: {}", ty.written(true)),
                })
                .collect();
            writeln!(out, "fn {name}({}) -> {} = {body}\n", texts.join(", "), returns.written(true)).unwrap();
            self.functions.push(UserFn { name, params, returns });
        }
    }

    fn variable(
        &mut self,
        out: &mut String,
        program: &mut Program,
        root: bool,
        name: String,
        ty: Ty,
    ) -> Input {
        let secret = self.once_in(8);
        let default = self.once_in(2);
        let stated = ty.written(root);
        let stated = if secret && self.once_in(2) { format!("secret({stated})") } else { stated };
        writeln!(out, "variable \"{name}\" {{\n  type = {stated}").unwrap();
        if secret && !stated.starts_with("secret") {
            writeln!(out, "  sensitive = true").unwrap();
        }
        if default {
            let scope = std::mem::take(&mut self.scope);
            let value = self.expr(&ty, 0, Place::Checked);
            self.scope = scope;
            writeln!(out, "  default = {value}").unwrap();
        }
        // What a caller gives a module may be late.
        let marks = Marks { secret, late: !root };
        self.scope.push(Name { text: format!("var.{name}"), ty: ty.clone(), stated: true, marks });
        if self.once_in(4) {
            let (test, _) = self.marking(Marks { secret: true, late: true }, |this| this.bool(3));
            writeln!(
                out,
                "  validation {{\n    condition = {test} || true\n    error_message = \"no\"\n  }}"
            )
            .unwrap();
        }
        writeln!(out, "}}\n").unwrap();
        if root && (!default || self.once_in(2)) {
            let value = self.constant(&ty);
            program.inputs.push((name.clone(), ty.clone(), value));
        }
        Input { name, ty, default, secret }
    }

    fn local(&mut self, out: &mut String) {
        let name = self.fresh("l");
        let (value, ty, stated, marks) = match self.pick(4) {
            // A name for something that has a stated type keeps it.
            0 if !self.scope.is_empty() => {
                let (path, marks) = self.marking(Marks::default(), |this| this.path(|_| true));
                let path = path.expect("something is in scope");
                (path.text, path.ty, path.stated, marks)
            }
            _ => {
                let ty = self.some_type(2).widened();
                let (value, marks) = self.marking(Marks::default(), |this| this.expr(&ty, 3, Place::Free));
                (value, ty, false, marks)
            }
        };
        writeln!(out, "locals {{\n  {name} = {value}\n}}\n").unwrap();
        self.scope.push(Name { text: format!("local.{name}"), ty, stated, marks });
    }

    fn outputs(&mut self, out: &mut String, root: bool) -> Vec<Name> {
        let mut outputs = Vec::new();
        for at in 0..1 + self.pick(3) {
            let stated = self.once_in(2);
            let ty = self.some_type(2);
            let ty = if stated { ty } else { ty.widened() };
            let place = if stated { Place::Checked } else { Place::Free };
            let (value, marks) = self.marking(Marks::default(), |this| this.expr(&ty, 3, place));
            writeln!(out, "output \"o{at}\" {{").unwrap();
            if stated {
                writeln!(out, "  type = {}", ty.written(root)).unwrap();
            }
            writeln!(out, "  value = {value}").unwrap();
            if marks.secret {
                writeln!(out, "  sensitive = true").unwrap();
            }
            if self.once_in(4) {
                let (test, _) = self.marking(Marks::default(), |this| this.bool(2));
                let block = format!("    condition = {test} || true\n    error_message = \"no\"\n");
                writeln!(out, "  precondition {{\n{block}  }}").unwrap();
            }
            writeln!(out, "}}\n").unwrap();
            outputs.push(Name { text: format!("o{at}"), ty, stated, marks });
        }
        outputs
    }

    fn check_block(&mut self, out: &mut String) {
        let name = self.fresh("c");
        let (test, _) = self.marking(Marks { secret: true, late: false }, |this| this.bool(3));
        writeln!(
            out,
            "check \"{name}\" {{\n  assert {{\n    condition = {test}\n    error_message = \"no\"\n  }}\n}}\n"
        )
        .unwrap();
    }

    /// A call of a module that is generated with it.
    fn call(&mut self, out: &mut String, program: &mut Program, calls: usize) {
        let name = self.fresh("m");
        let scope = std::mem::take(&mut self.scope);
        let functions = std::mem::take(&mut self.functions);
        let (inputs, outputs) = self.module(program, &format!("{name}/"), calls);
        self.scope = scope;
        self.functions = functions;
        writeln!(out, "module \"{name}\" {{\n  source = \"./{name}\"").unwrap();
        let (each, repeat, repeated_late) = self.repetition(out);
        let depth = self.scope.len();
        self.scope.extend(each);
        let mut late = Marks::default();
        let skipped = if self.due_among(Mistake::MissingInput, inputs.iter().any(|input| !input.default)) {
            inputs.iter().position(|input| !input.default)
        } else {
            None
        };
        for (at, input) in inputs.iter().enumerate() {
            if (input.default && self.once_in(3)) || skipped == Some(at) {
                continue;
            }
            let mut ty = input.ty.clone();
            ty.null |= input.default;
            let (value, marks) = self.marking(Marks::default(), |this| this.expr(&ty, 3, Place::Checked));
            late.late |= marks.late;
            late.secret |= marks.secret || input.secret;
            writeln!(out, "  {} = {value}", input.name).unwrap();
        }
        if self.due(Mistake::UnknownInput) {
            writeln!(out, "  {} = 1", marked("qqq")).unwrap();
        }
        writeln!(out, "}}\n").unwrap();
        if skipped.is_some() {
            *out = out.replacen(&format!("module \"{name}\""), &marked(&format!("module \"{name}\"")), 1);
        }
        self.scope.truncate(depth);
        for output in &outputs {
            let marks = Marks {
                secret: output.marks.secret || late.secret,
                late: output.marks.late || late.late || repeated_late,
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

    fn due_among(&mut self, mistake: Mistake, possible: bool) -> bool {
        possible && self.due(mistake)
    }

    /// `count`, `for_each` or `enabled` of a block: names inside it, and what its name stands for.
    pub fn repetition(&mut self, out: &mut String) -> (Vec<Name>, Repeat, bool) {
        let early = Marks { secret: true, late: !self.once_in(10) };
        let name = |text: &str, ty, marks| Name { text: text.into(), ty, stated: false, marks };
        match self.pick(9) {
            0 => {
                let (value, marks) = self.marking(early, |this| match this.pick(3) {
                    0 => "2".into(),
                    1 => format!("({} ? 1 : 0)", this.bool(2)),
                    _ => format!("length({})", this.needed(&Ty::list(Ty::int()), 2)),
                });
                writeln!(out, "  count = {value}").unwrap();
                (vec![name("count.index", Ty::int(), Marks::default())], Repeat::Count, marks.late)
            }
            1 | 2 => {
                if self.due(Mistake::ListForEach) {
                    writeln!(out, "  for_each = {}", marked("[\"a\", \"b\"]")).unwrap();
                    return (Vec::new(), Repeat::ForEach, false);
                }
                let element = self.some_type(1).widened();
                let set = self.once_in(2);
                let ty = if set { Kind::Set(Ty::text().into()).into() } else { Ty::map(element.clone()) };
                let (value, marks) = self.marking(early, |this| this.expr(&ty, 2, Place::Needed));
                writeln!(out, "  for_each = {value}").unwrap();
                let element = if set { Ty::text() } else { element };
                let each = vec![
                    name("each.key", Ty::text(), Marks { secret: false, ..marks }),
                    name("each.value", element, marks),
                ];
                (each, Repeat::ForEach, marks.late)
            }
            3 => {
                let early = Marks { secret: true, late: true };
                let (value, _) = self.marking(early, |this| this.bool(2));
                let value = match self.due(Mistake::LateSwitch) {
                    true => marked("timestamp() == \"\""),
                    false => value,
                };
                let block = format!("  lifecycle {{\n    enabled = {value}\n  }}");
                writeln!(out, "{block}").unwrap();
                (Vec::new(), Repeat::Enabled, false)
            }
            _ => (Vec::new(), Repeat::Once, false),
        }
    }

    /// Mistakes that are blocks of their own.
    fn block_mistakes(&mut self, out: &mut String, root: bool) {
        // Only what the root module puts out is shown to people.
        if root && self.due(Mistake::SecretOutput) {
            let value = marked("sensitive(\"hunter2\")");
            writeln!(out, "output \"wrong\" {{\n  value = {value}\n}}\n").unwrap();
        }
        if self.due(Mistake::SecretKey) {
            let key = marked("sensitive(\"k\")");
            writeln!(out, "locals {{\n  wrong = {{ ({key}) = 1 }}\n}}\n").unwrap();
        }
        if self.due(Mistake::UnknownKind) {
            writeln!(out, "resource {} \"wrong\" {{}}\n", marked("\"random_qqq\"")).unwrap();
        }
        if self.due(Mistake::Cycle) {
            let value = marked("local.wrong_b");
            writeln!(out, "locals {{\n  wrong_a = {value}\n  wrong_b = local.wrong_a\n}}\n").unwrap();
        }
        if self.due(Mistake::Twice) {
            writeln!(out, "locals {{\n  wrong = 1\n}}\n\nlocals {{\n  {} = 2\n}}\n", marked("wrong"))
                .unwrap();
        }
        if self.due(Mistake::MissingArgument) {
            writeln!(out, "{} {{}}\n", marked("resource \"random_integer\" \"wrong\"")).unwrap();
        }
        if self.due(Mistake::UnknownArgument) {
            writeln!(out, "resource \"random_pet\" \"wrong\" {{\n  {} = 1\n}}\n", marked("qqq")).unwrap();
        }
    }
}

/// What the name of a repeated block stands for.
#[derive(Clone, Copy, PartialEq)]
pub enum Repeat {
    Once,
    Count,
    ForEach,
    Enabled,
}

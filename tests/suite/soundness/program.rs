//! Whole programs: a root module, modules it calls, a library of types, and values for its variables.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::choices::Choices;
use super::exprs::Place;
use super::mistakes::{BEGIN, END, Mistake, Planted};
use super::modules::Module;
use super::scope::{Declared, GATE, Gen, Marks, Name, UserFn};
use super::types::{Field, Kind, Presence, Ty};

/// What is generated.
#[derive(Debug, Default)]
pub struct Program {
    /// Texts by path; the planted mistake is marked.
    pub files: Vec<(String, String)>,
    /// Texts of expressions for variables of the root module.
    pub inputs: Vec<(String, Ty, String)>,
    pub planted: Option<Planted>,
    /// The types of its library.
    pub library: Vec<Ty>,
    /// The functions of its library.
    pub functions: Vec<UserFn>,
    /// Outputs of the root module that are shown as they are.
    pub shown: Vec<String>,
    /// What its values may bring about.
    pub risks: BTreeSet<&'static str>,
}

const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "eps", "zeta"];

/// Modules call modules so deep.
const DEPTH: usize = 3;

/// The program these numbers mean, with this mistake in it if there is a place for one.
pub fn generate(data: &[u32], plan: Option<(Mistake, usize)>) -> Program {
    let mut choices = Choices::new(data);
    let mut program = Program::default();
    let mut gen_ = Gen {
        choices: &mut choices,
        scope: Vec::new(),
        functions: Vec::new(),
        marks: Marks::NONE,
        barred: Marks::NONE,
        early: 0,
        open: 0,
        named: Vec::new(),
        declared: Declared::default(),
        risks: BTreeSet::new(),
        counter: 0,
        fuel: 500,
        plan,
        planted: None,
        tried: 0,
        quoted: 0,
    };
    gen_.module(&mut program, "", DEPTH);
    program.planted = gen_.planted;
    program.risks = gen_.risks;
    program
}

pub fn marked(text: &str) -> String {
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
                1 if self.once_in(2) => Kind::Ports.into(),
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
    pub fn constant(&mut self, ty: &Ty) -> String {
        let scope = std::mem::take(&mut self.scope);
        let plan = self.plan.take();
        let text = self.expr(ty, 0, Place::Checked);
        self.plan = plan;
        self.scope = scope;
        text
    }

    /// A module and, below it, those it calls.
    pub fn module(&mut self, program: &mut Program, directory: &str, depth: usize) -> Module {
        let root = depth == DEPTH;
        let mut out = String::new();
        let library = self.once_in(2);
        if root {
            self.types(&mut out, program, library);
        } else if !program.library.is_empty() && self.once_in(2) {
            self.named.clone_from(&program.library);
            self.functions.clone_from(&program.functions);
            self.using(&mut out, &format!("{}types", "../".repeat(DEPTH - depth)));
        }
        self.declare_functions(&mut out);
        let mut inputs = Vec::new();
        for at in 0..1 + self.pick(5) {
            let mut ty = match self.named.len() {
                n if n > 0 && self.once_in(2) => self.one_named(n),
                _ => self.some_type(2),
            };
            ty.null |= self.once_in(6);
            inputs.push(self.variable(&mut out, program, root, at, ty));
        }
        if root && self.once_in(4) {
            self.provider(&mut out);
        }
        let count = 2 + self.pick(8);
        for _ in 0..count {
            match self.pick(10) {
                0..=2 => self.local(&mut out),
                3 | 4 => self.resource(&mut out),
                5 => self.kept(&mut out),
                6 if self.once_in(5) => self.adopted(&mut out),
                6 => self.toy(&mut out),
                7 if depth > 0 => self.call(&mut out, program, directory, depth - 1),
                8 => self.lookup(&mut out),
                _ => self.check_block(&mut out),
            }
        }
        // A validation may speak of whatever there is.
        if self.once_in(3) {
            let ty = self.some_type(1);
            inputs.push(self.variable(&mut out, program, root, inputs.len(), ty));
        }
        if self.once_in(8) && !matches!(self.plan, Some((Mistake::UnknownOwner, _))) {
            out.push_str("metadata {\n  owner = \"core\"\n  tags  = [\"generated\"]\n}\n\n");
        }
        let outputs = self.outputs(&mut out, program, root);
        self.block_mistakes(&mut out, program, directory, root);
        program.files.push((format!("{directory}main.prov"), out));
        for (at, input) in inputs.iter_mut().enumerate() {
            input.early = self.early & (1 << at) != 0;
            input.open = self.open & (1 << at) != 0;
        }
        Module { inputs, outputs, reads_early: self.early & GATE != 0 }
    }

    fn one_named(&mut self, of: usize) -> Ty {
        let at = self.pick(of);
        self.named[at].clone()
    }

    /// Named types: in the root module, or in a library every module may use.
    fn types(&mut self, out: &mut String, program: &mut Program, library: bool) {
        let mut text = String::new();
        for at in 0..self.pick(3) {
            let name = format!("T{at}");
            let ty = self.some_type(2).present();
            writeln!(text, "type {name} = {}\n", self.written(&ty)).unwrap();
            self.named.push(Ty { name: Some(name), ..ty });
        }
        if !library || self.named.is_empty() {
            out.push_str(&text);
            return;
        }
        self.declare_functions(&mut text);
        self.using(out, "./types");
        program.library.clone_from(&self.named);
        program.functions.clone_from(&self.functions);
        program.files.push(("types/main.prov".into(), text));
    }

    /// Imports all types and functions there are.
    fn using(&mut self, out: &mut String, source: &str) {
        let types = self.named.iter().filter_map(|ty| ty.name.clone());
        let names: Vec<_> =
            types.chain(self.functions.iter().map(|function| function.name.clone())).collect();
        writeln!(out, "use \"{source}\" {{ {} }}\n", names.join(", ")).unwrap();
    }

    fn declare_functions(&mut self, out: &mut String) {
        for _ in 0..self.pick(3) {
            let name = self.fresh("fn_");
            let ty = |this: &mut Self| match this.named.len() {
                n if n > 0 && this.once_in(3) => this.one_named(n),
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
            // The first parameter, or the result.
            let (takes, gives) = (self.once_in(6), self.once_in(6));
            let named = |(at, (name, ty, _)): (usize, &(String, Ty, Option<String>))| Name {
                text: name.clone(),
                ty: ty.clone(),
                stated: true,
                marks: Marks { secret: takes && at == 0, ..Marks::NONE },
            };
            let names = params.iter().enumerate().map(named).collect();
            let scope = std::mem::replace(&mut self.scope, names);
            let barred = if gives { Marks::NONE } else { Marks::SECRET };
            let (body, _) = self.marking(barred, |this| this.expr(&returns, 3, Place::Checked));
            self.scope = scope;
            let stated = |ty: &Ty, secret| match secret {
                true => format!("secret({})", self.written(ty)),
                false => self.written(ty),
            };
            let texts: Vec<_> = params
                .iter()
                .enumerate()
                .map(|(at, (name, ty, default))| match (stated(ty, takes && at == 0), default) {
                    (ty, Some(default)) => format!("{name}: {ty} = {default}"),
                    (ty, None) => format!("{name}: {ty}"),
                })
                .collect();
            let returned = stated(&returns, gives);
            writeln!(out, "fn {name}({}) -> {returned} = {body}\n", texts.join(", ")).unwrap();
            self.functions.push(UserFn { name, params, returns, secret: takes || gives });
        }
    }

    fn local(&mut self, out: &mut String) {
        let name = self.fresh("l");
        let (value, ty, stated, marks) = match self.pick(5) {
            // A name for something that has a stated type keeps it.
            0 if !self.scope.is_empty() => {
                let (path, marks) = self.marking(Marks::NONE, |this| this.path(|_| true));
                let path = path.expect("something is in scope");
                (path.text, path.ty, path.stated, marks)
            }
            // A name that can be a pattern.
            1 => {
                let ty = [Ty::text(), Ty::int()][self.pick(2)].clone();
                let value = self.literal(&ty, Place::Checked);
                self.declared.constants.push((format!("local.{name}"), ty.clone()));
                (value, ty, false, Marks::NONE)
            }
            _ => {
                let ty = self.some_type(2).widened();
                let (value, marks) = self.marking(Marks::NONE, |this| this.expr(&ty, 3, Place::Free));
                (value, ty, false, marks)
            }
        };
        writeln!(out, "locals {{\n  {name} = {value}\n}}\n").unwrap();
        self.scope.push(Name { text: format!("local.{name}"), ty, stated, marks });
    }

    fn check_block(&mut self, out: &mut String) {
        let name = self.fresh("c");
        let mut names = Vec::new();
        writeln!(out, "check \"{name}\" {{").unwrap();
        if self.once_in(3) {
            let data = self.fresh("q");
            let (asked, marks) =
                self.marking(Marks::SECRET, |this| this.expr(&Ty::text(), 2, Place::Checked));
            writeln!(out, "  data \"toy_lookup\" \"{data}\" {{\n    name = {asked}\n  }}").unwrap();
            let text = format!("data.toy_lookup.{data}.value");
            names.push(Name { text, ty: Ty::text(), stated: false, marks });
        }
        let (test, _) = self.marking(Marks::SECRET, |this| this.within(names, |this| this.bool(3)));
        writeln!(out, "  assert {{\n    condition = {test}\n    error_message = \"no\"\n  }}\n}}\n").unwrap();
    }
}

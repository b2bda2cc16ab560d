//! What an expression may refer to, and everything else a generator keeps in mind.

use std::collections::BTreeSet;

use super::choices::Choices;
use super::mistakes::{Mistake, Planted};
use super::types::{Kind, Ty};

/// Something that can be written wherever it is in scope.
#[derive(Debug, Clone)]
pub struct Name {
    pub text: String,
    pub ty: Ty,
    /// Its type is stated, so inference sees just this one.
    pub stated: bool,
    pub marks: Marks,
}

/// What a value takes along from what it is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Marks {
    /// Something in it may be secret.
    pub secret: bool,
    /// Only apply may know it.
    pub late: bool,
    /// The variables of its module it may be made of, a bit for each, and [`GATE`].
    pub from: u64,
}

/// For what is read in a module: late if a call of the module waits for something.
pub const GATE: u64 = 1 << 63;

impl Marks {
    pub const NONE: Self = Self { secret: false, late: false, from: 0 };
    pub const SECRET: Self = Self { secret: true, ..Self::NONE };
    pub const LATE: Self = Self { late: true, ..Self::NONE };
    pub const BOTH: Self = Self { secret: true, ..Self::LATE };

    pub fn join(&mut self, other: Self) {
        self.secret |= other.secret;
        self.late |= other.late;
        self.from |= other.from;
    }
}

/// What a module declares, besides values.
#[derive(Debug, Default)]
pub struct Declared {
    /// Configurations of the provider of toys.
    pub aliases: Vec<String>,
    /// Resources, and beside them all else that can be waited for.
    pub resources: Vec<String>,
    pub others: Vec<String>,
    /// Locals that are written down.
    pub constants: Vec<(String, Ty)>,
}

/// A function of the program.
#[derive(Debug, Clone)]
pub struct UserFn {
    pub name: String,
    pub params: Vec<(String, Ty, Option<String>)>,
    pub returns: Ty,
    /// It takes or gives secrets.
    pub secret: bool,
}

pub struct Gen<'c> {
    pub choices: &'c mut Choices,
    pub scope: Vec<Name>,
    pub functions: Vec<UserFn>,
    /// What the expression under construction has taken along so far.
    pub marks: Marks,
    /// What it may not refer to.
    pub barred: Marks,
    /// The variables of the module under construction that decide whether something exists: never late.
    pub early: u64,
    /// Those that become keys or decide how often something exists: never secret.
    pub open: u64,
    /// Types that have a name in the module under construction.
    pub named: Vec<Ty>,
    /// What it declares that others can speak of by address.
    pub declared: Declared,
    /// What values may bring about that types can't tell, by the code it is reported with.
    pub risks: BTreeSet<&'static str>,
    pub counter: usize,
    /// How many more nodes the program may have: it stays of a size one can read.
    pub fuel: usize,
    /// The mistake to make, at the so-manyth place that fits.
    pub plan: Option<(Mistake, usize)>,
    pub planted: Option<Planted>,
    /// Inside `try` and `can`, where mistakes are none.
    pub tried: usize,
    /// Inside quotes, where lines don't end.
    pub quoted: usize,
}

impl Gen<'_> {
    pub fn pick(&mut self, n: usize) -> usize {
        self.choices.pick(n)
    }

    pub fn once_in(&mut self, n: usize) -> bool {
        self.choices.once_in(n)
    }

    pub fn fresh(&mut self, stem: &str) -> String {
        self.counter += 1;
        format!("{stem}{}", self.counter)
    }

    /// Runs, and says what the result took along.
    pub fn marking<T>(&mut self, barred: Marks, run: impl FnOnce(&mut Self) -> T) -> (T, Marks) {
        let marks = std::mem::take(&mut self.marks);
        let before = std::mem::replace(&mut self.barred, barred);
        let result = run(self);
        self.barred = before;
        let found = std::mem::replace(&mut self.marks, marks);
        (result, found)
    }

    /// Takes this chance of failing for a reason no type can tell, now and then.
    pub fn risk(&mut self, code: &'static str) -> bool {
        if self.plan.is_some() || !self.once_in(6) {
            return false;
        }
        self.risks.insert(code);
        true
    }

    /// A type as this module writes it.
    pub fn written(&self, ty: &Ty) -> String {
        ty.written(&self.named)
    }

    /// With names that hold inside only.
    pub fn within<T>(&mut self, names: Vec<Name>, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.scope.len();
        self.scope.extend(names);
        let result = run(self);
        self.scope.truncate(depth);
        result
    }

    /// Names and what lies inside them, as far as marks allow.
    pub fn paths(&self) -> Vec<Name> {
        let mut paths = Vec::new();
        for name in &self.scope {
            let barred = (name.marks.secret && self.barred.secret) || (name.marks.late && self.barred.late);
            if !barred {
                inside(name, 0, &mut paths);
            }
        }
        paths
    }

    /// One of the paths that fit.
    pub fn path(&mut self, fits: impl Fn(&Name) -> bool) -> Option<Name> {
        let mut paths = self.paths();
        paths.retain(|path| fits(path));
        if paths.is_empty() {
            return None;
        }
        let at = self.pick(paths.len());
        let path = paths.swap_remove(at);
        self.marks.join(path.marks);
        Some(path)
    }

    /// A path of just this type, one that inference would give it.
    pub fn reference(&mut self, ty: &Ty, alike: bool) -> Option<String> {
        self.path(|path| ty.takes(&path.ty, alike)).map(|path| path.text)
    }
}

fn inside(name: &Name, depth: usize, paths: &mut Vec<Name>) {
    paths.push(name.clone());
    let below = |text: String, ty: Ty| Name { text, ty, ..name.clone() };
    match &name.ty.kind {
        Kind::Object(fields) if depth < 2 => {
            for field in fields {
                let (dot, mut ty) = (if name.ty.null { "?." } else { "." }, field.read());
                ty.null |= name.ty.null;
                inside(&below(format!("{}{dot}{}", name.text, field.name), ty), depth + 1, paths);
            }
        }
        Kind::Tuple(types) if depth < 2 && !name.ty.null => {
            for (at, ty) in types.iter().enumerate() {
                inside(&below(format!("{}[{at}]", name.text), ty.clone()), depth + 1, paths);
            }
        }
        _ => {}
    }
}

//! Operators, templates, functions and loops, by the kind of value they make.

use super::exprs::Place;
use super::scope::{Gen, Marks, Name};
use super::types::{Field, Kind, Presence, Ty};

impl Gen<'_> {
    pub fn scalar(&mut self) -> Ty {
        match self.pick(6) {
            0 => Ty::text(),
            1 => Ty::int(),
            2 => Ty::bool(),
            3 => Ty::number(),
            4 => Kind::Duration.into(),
            _ => Kind::Size.into(),
        }
    }

    pub fn truth(&mut self, depth: usize) -> String {
        let (int, text) = (Ty::int(), Ty::text());
        match self.pick(12) {
            0 => format!("!{}", self.atom(&Ty::bool(), depth)),
            1 => {
                let (a, b) = (self.bool(depth), self.bool(depth));
                format!("({a} {} {b})", ["&&", "||"][self.pick(2)])
            }
            2 | 3 => {
                let ty = match self.pick(4) {
                    0 => Kind::Duration.into(),
                    1 => Kind::Size.into(),
                    2 => Ty::number(),
                    _ => int,
                };
                let (a, b) = (self.needed(&ty, depth), self.needed(&ty, depth));
                format!("({a} {} {b})", ["<", "<=", ">", ">="][self.pick(4)])
            }
            4 | 5 => {
                let ty = self.scalar();
                // Null may be compared with anything.
                let mut side = || self.expr(&ty, depth.saturating_sub(1), Place::Free);
                let (a, b) = (side(), side());
                // A member of an enum is equal to members only.
                let a = if ty == Ty::text() { format!("trimspace({a})") } else { a };
                format!("({a} {} {b})", ["==", "!="][self.pick(2)])
            }
            6 => match self.path(|path| path.ty.null) {
                Some(path) => format!("({} {} null)", path.text, ["==", "!="][self.pick(2)]),
                None => "true".into(),
            },
            7 => {
                let list = self.needed(&Ty::list(text.clone()), depth);
                format!("contains({list}, {})", self.expr(&text, depth.saturating_sub(1), Place::Free))
            }
            8 => {
                self.tried += 1;
                let ty = self.scalar();
                let inner = self.expr(&ty, depth - 1, Place::Free);
                self.tried -= 1;
                format!("can({inner})")
            }
            9 => format!(
                "{}({})",
                ["alltrue", "anytrue"][self.pick(2)],
                self.needed(&Ty::list(Ty::bool()), depth)
            ),
            10 => {
                let name = ["startswith", "endswith", "strcontains"][self.pick(3)];
                let (a, b) = (self.needed(&text, depth), self.needed(&text, depth));
                format!("{name}({a}, {b})")
            }
            _ => {
                match self.path(|path| path.stated && !path.ty.null && matches!(path.ty.kind, Kind::Enum(_)))
                {
                    Some(Name { text, ty: Ty { kind: Kind::Enum(values), .. }, .. }) => {
                        format!("({text} == {:?})", values[self.pick(values.len())])
                    }
                    _ => "false".into(),
                }
            }
        }
    }

    /// An operand that binds tighter than any operator.
    fn atom(&mut self, ty: &Ty, depth: usize) -> String {
        let text = self.needed(ty, depth);
        format!("({text})")
    }

    pub fn int(&mut self, depth: usize) -> String {
        let int = Ty::int();
        match self.pick(10) {
            0 | 1 => {
                let (a, b) = (self.needed(&int, depth), self.needed(&int, depth));
                format!("({a} {} {b})", ["+", "-", "*"][self.pick(3)])
            }
            2 => format!("({} % {})", self.needed(&int, depth), ["7", "2", "-3"][self.pick(3)]),
            3 => format!("-{}", self.atom(&int, depth)),
            4 => {
                let element = self.scalar();
                let ty = match self.pick(3) {
                    0 => Ty::text(),
                    1 => Ty::list(element),
                    _ => Ty::map(element),
                };
                format!("length({})", self.needed(&ty, depth))
            }
            5 => format!("{}({})", ["floor", "ceil"][self.pick(2)], self.needed(&Ty::number(), depth)),
            6 => format!("signum({})", self.needed(&Ty::number(), depth)),
            7 => {
                let x = self.fresh("x");
                let list = self.needed(&Ty::list(int.clone()), depth);
                format!("length([for {x} in {list} : {x} if {x} > 0])")
            }
            // Null has no elements, and anything else that is no list is the only one.
            8 => {
                let ty = self.scalar().optional();
                format!("length(({})[*])", self.expr(&ty, depth.saturating_sub(1), Place::Free))
            }
            _ => {
                let list = self.needed(&Ty::list(int.clone()), depth);
                let call =
                    ["max(1, L...)", "length(setproduct(L, [1, 2]))", "length(range(3, 9, 2)) + length(L)"];
                format!("({})", call[self.pick(3)].replace('L', &list))
            }
        }
    }

    pub fn number(&mut self, depth: usize) -> String {
        let number = Ty::number();
        match self.pick(9) {
            7 if self.risk("conversion-failed") => {
                format!("tonumber({})", self.needed(&Ty::text(), depth))
            }
            8 if self.risk("any-mismatch") => {
                let ty = self.scalar();
                format!("abs(jsondecode(jsonencode({})))", self.expr(&ty, depth - 1, Place::Free))
            }
            0 | 1 => {
                let (a, b) = (self.needed(&number, depth), self.needed(&number, depth));
                format!("({a} {} {b})", ["+", "-", "*"][self.pick(3)])
            }
            2 if self.risk("division-by-zero") => {
                let (a, b) = (self.needed(&number, depth), self.needed(&number, depth));
                format!("({a} / {b})")
            }
            2 => format!("({} / {})", self.needed(&number, depth), ["4", "3", "-0.5"][self.pick(3)]),
            3 => {
                let (a, b) = (self.needed(&number, depth), self.needed(&number, depth));
                format!("{}({a}, {b})", ["max", "min"][self.pick(2)])
            }
            4 => format!("abs({})", self.needed(&number, depth)),
            // Of nothing there is no sum.
            5 => {
                let (a, list) = (self.needed(&number, depth), self.needed(&Ty::list(number), depth));
                format!("sum(concat([{a}], {list}))")
            }
            6 => {
                let (unit, name) = [(Kind::Duration, "seconds"), (Kind::Size, "bytes")][self.pick(2)].clone();
                format!("{name}({})", self.needed(&unit.into(), depth))
            }
            _ => format!("({} / 1s)", self.needed(&Kind::Duration.into(), depth)),
        }
    }

    pub fn quantity(&mut self, ty: &Ty, depth: usize) -> String {
        match self.pick(3) {
            0 => {
                let (a, b) = (self.needed(ty, depth), self.needed(ty, depth));
                format!("({a} {} {b})", ["+", "-"][self.pick(2)])
            }
            1 => {
                let (a, b) = (self.needed(ty, depth), self.needed(&Ty::int(), depth));
                if self.once_in(2) { format!("({a} * {b})") } else { format!("({b} * {a})") }
            }
            _ => format!("({} / 2)", self.needed(ty, depth)),
        }
    }

    pub fn list(&mut self, ty: &Ty, element: &Ty, depth: usize, place: Place) -> Option<String> {
        let widened = element.inferable();
        Some(match self.pick(10) {
            0 | 1 if place == Place::Checked => {
                let count = self.pick(4);
                let items: Vec<_> = (0..count).map(|_| self.expr(element, depth - 1, place)).collect();
                format!("[{}]", items.join(", "))
            }
            _ if !widened => return None,
            0..=3 => self.walk(depth, |this| this.expr(element, depth - 1, Place::Free)),
            4 => {
                let (a, b) = (self.needed(ty, depth), self.needed(ty, depth));
                format!("concat({a}, {b})")
            }
            5 => format!(
                "{}({})",
                ["reverse", "distinct"][self.pick(2)],
                self.needed(&ty.clone().present(), depth)
            ),
            6 => format!("values({})", self.needed(&Ty::map(element.clone()), depth)),
            7 if element.kind == Kind::Text(None) && !element.null => match self.pick(3) {
                0 => format!("keys({})", self.needed(&Ty::map(Ty::int()), depth)),
                1 => format!("sort({})", self.needed(&ty.clone().present(), depth)),
                _ => format!("split(\",\", {})", self.needed(&Ty::text(), depth)),
            },
            8 => {
                let field = Field { name: "f", ty: element.clone(), presence: Presence::Required };
                let objects = Ty::list(Kind::Object(vec![field]).into());
                format!("{}[*].f", self.atom(&objects, depth))
            }
            // It flattens all the way down.
            _ if !matches!(element.kind, Kind::List(_) | Kind::Set(_) | Kind::Tuple(_)) => {
                format!("flatten([{}, {}])", self.needed(ty, depth), self.needed(ty, depth))
            }
            _ => return None,
        })
    }

    /// A `for` over something, with a body that may use its element.
    fn walk(&mut self, depth: usize, body: impl FnOnce(&mut Self) -> String) -> String {
        let from = self.scalar();
        let (source, keyed) = match self.pick(3) {
            0 => (Ty::list(from.clone()), Some(Ty::int())),
            1 => (Ty::map(from.clone()), Some(Ty::text())),
            _ => (Kind::Set(Ty::text().into()).into(), None),
        };
        let collection = self.needed(&source, depth);
        let value = match &source.kind {
            Kind::Set(element) => (**element).clone(),
            _ => from,
        };
        let (k, v) = (self.fresh("k"), self.fresh("v"));
        let keyed = keyed.filter(|_| self.once_in(2));
        let name = |text: &String, ty| Name { text: text.clone(), ty, stated: false, marks: self.marks };
        let mut names = vec![name(&v, value)];
        names.extend(keyed.clone().map(|ty| name(&k, ty)));
        let key = if keyed.is_some() { format!("{k}, ") } else { String::new() };
        let (value, test) = self.within(names, |this| {
            let value = body(this);
            (value, if this.once_in(3) { format!(" if {}", this.bool(depth)) } else { String::new() })
        });
        format!("[for {key}{v} in {collection} : {value}{test}]")
    }

    pub fn set(&mut self, ty: &Ty, element: &Ty, depth: usize) -> Option<String> {
        let list = Ty::list(element.clone());
        if !element.inferable() {
            return None;
        }
        Some(match self.pick(3) {
            0 | 1 => format!("toset({})", self.needed(&list, depth)),
            _ => {
                let name = ["setunion", "setintersection", "setsubtract"][self.pick(3)];
                let (a, b) = (self.needed(ty, depth), self.needed(ty, depth));
                format!("{name}({a}, {b})")
            }
        })
    }

    /// Something whose keys become keys: no secret may be among them, nor in what they are made of.
    fn keys(&mut self, ty: &Ty, depth: usize) -> (String, Marks) {
        let barred = Marks { secret: true, ..self.barred };
        let (source, marks) = self.marking(barred, |this| this.needed(ty, depth));
        self.marks.join(marks);
        self.open |= marks.from;
        (source, marks)
    }

    pub fn map(&mut self, ty: &Ty, element: &Ty, depth: usize, place: Place) -> Option<String> {
        Some(match self.pick(5) {
            0 | 1 if place == Place::Checked => {
                let a = self.expr(element, depth - 1, place);
                let b = self.expr(element, depth - 1, place);
                format!("{{ one = {a}, \"two\" = {b} }}")
            }
            _ if !element.inferable() => return None,
            0 | 1 => {
                let (k, v) = (self.fresh("k"), self.fresh("v"));
                let from = self.scalar();
                let (source, _) = self.keys(&Ty::map(from.clone()), depth);
                let name =
                    |text: &String, ty| Name { text: text.clone(), ty, stated: false, marks: self.marks };
                let names = vec![name(&k, Ty::text()), name(&v, from)];
                let value = self.within(names, |this| this.expr(element, depth - 1, Place::Free));
                format!("{{ for {k}, {v} in {source} : {k} => {value} }}")
            }
            2 => {
                let x = self.fresh("x");
                let (source, _) = self.keys(&Ty::set(Ty::text()), depth);
                let value = self.expr(element, depth - 1, Place::Free);
                format!("{{ for {x} in {source} : {x} => {value} }}")
            }
            3 => {
                // Null counts as empty.
                let mut side = || self.expr(ty, depth.saturating_sub(1), Place::Free);
                format!("merge({}, {})", side(), side())
            }
            _ => {
                let v = self.fresh("v");
                let (a, b) =
                    (self.expr(element, depth - 1, Place::Free), self.expr(element, depth - 1, Place::Free));
                format!("zipmap([\"a\", \"k-3\"], [for {v} in [{a}, {b}] : {v}])")
            }
        })
    }
}

//! Expressions of a type that is asked for. Whoever reads one of these functions sees which forms are tried.

use super::scope::{Gen, Marks, Name};
use super::types::{Kind, Presence, Ty};

/// Who looks at the expression.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    /// The type is pushed down into it: literals may be members of enums, lists sets.
    Checked,
    /// Its type is inferred, and something there needs it.
    Needed,
    /// Its type is inferred, and nothing needs just this one.
    Free,
}

use Place::{Checked, Needed};

impl Gen<'_> {
    /// An expression of this type. Anywhere but in a checked place the type has to be inferable.
    pub fn expr(&mut self, ty: &Ty, depth: usize, place: Place) -> String {
        if let Some(wrong) = self.plant(ty, place) {
            return wrong;
        }
        self.fuel = self.fuel.saturating_sub(1);
        // A number a provider decides, where a bound is asked for: what it is shows when it is known.
        if place == Checked
            && matches!(ty.kind, Kind::Int(Some(_)))
            && self.risk("constraint-violated")
            && let Some(path) = self.path(|path| path.ty == Ty::int() && path.text.starts_with("toy_box"))
        {
            return path.text;
        }
        if depth == 0 || self.fuel == 0 {
            return self.simple(ty, place);
        }
        if place == Checked
            && !ty.null
            && self.once_in(3)
            && let Some(text) = self.within_bounds(ty, depth)
        {
            return text;
        }
        let found = match self.pick(12) {
            0 => None,
            1 | 2 => self.reference(ty, place != Checked),
            3 => self.conditional(ty, depth, place),
            4 => self.present(ty, depth, place),
            5 => self.matched(ty, depth, place),
            6 => self.wrapped(ty, depth, place),
            7 => self.user_call(ty, depth, place),
            _ => self.of_kind(ty, depth, place),
        };
        found.unwrap_or_else(|| self.simple(ty, place))
    }

    /// Something that is computed and lies within the bounds of the type.
    fn within_bounds(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        match ty.kind {
            Kind::Int(Some((low, high))) => {
                let a = self.needed(&Ty::int(), depth);
                Some(match self.pick(3) {
                    0 => format!("min(max({a}, {low}), {high})"),
                    1 => format!("max({low}, min({a}, {high}))"),
                    _ => format!("({low} + length([for x in [{a}] : x if x == 0]))"),
                })
            }
            Kind::Text(Some((1, high))) => {
                let a = self.needed(&Ty::text(), depth);
                Some(format!("substr(\"x${{md5({a})}}\", 0, {high})"))
            }
            _ => None,
        }
    }

    /// The simplest expression of the type.
    pub fn simple(&mut self, ty: &Ty, place: Place) -> String {
        if self.once_in(3)
            && let Some(text) = self.reference(ty, place != Checked)
        {
            return text;
        }
        if ty.null && place == Checked && self.once_in(4) {
            return "null".into();
        }
        self.literal(ty, place)
    }

    /// A constructor or literal; of a nullable type one that is there.
    pub fn literal(&mut self, ty: &Ty, place: Place) -> String {
        let inferred = place != Checked;
        // Nobody asks for the type of what is inside a constructor that is inferred.
        let place = if inferred { Place::Free } else { place };
        match &ty.kind {
            Kind::Bool => ["true", "false"][self.pick(2)].into(),
            Kind::Int(None) => ["1", "0", "7", "42", "-3", "9007199254740993"][self.pick(6)].into(),
            Kind::Int(Some((low, high))) => (low + self.pick((high - low + 1) as usize) as i64).to_string(),
            Kind::Ports => ["1", "5", "8000", "8010"][self.pick(4)].into(),
            Kind::Number => ["1.5", "2", "0.1", "-7.25", "1e3"][self.pick(5)].into(),
            Kind::Text(None) => {
                ["\"a\"", "\"\"", "\"b c\"", "\"x-1\"", "\"Zoë\"", "\"$${no}\""][self.pick(6)].into()
            }
            Kind::Text(Some((low, high))) => {
                format!("{:?}", "abcdefghij"[..(low + self.pick(high - low + 1)).min(10)].to_owned())
            }
            Kind::Duration => ["30s", "5m", "1.5h", "7d"][self.pick(4)].into(),
            Kind::Size => ["1GiB", "512MiB", "3MB", "10B"][self.pick(4)].into(),
            Kind::Enum(values) => format!("{:?}", values[self.pick(values.len())]),
            Kind::List(element) | Kind::Set(element) => {
                let count = if inferred { 1 + self.pick(2) } else { self.pick(3) };
                let items: Vec<_> = (0..count).map(|_| self.expr(element, 0, place)).collect();
                let list = format!("[{}]", items.join(", "));
                match (&ty.kind, inferred) {
                    (_, false) => list,
                    (Kind::Set(_), _) => format!("toset({list})"),
                    _ => format!("tolist({list})"),
                }
            }
            Kind::Map(element) => {
                let count = if inferred { 1 + self.pick(2) } else { self.pick(3) };
                let items: Vec<_> = ["a", "b", "k-3"][..count]
                    .iter()
                    .map(|key| format!("{key} = {}", self.expr(element, 0, place)))
                    .collect();
                let map = format!("{{ {} }}", items.join(", "));
                if inferred { format!("tomap({map})") } else { map }
            }
            Kind::Tuple(types) => {
                let items: Vec<_> = types.iter().map(|ty| self.expr(ty, 0, place)).collect();
                format!("[{}]", items.join(", "))
            }
            Kind::Object(_) => self.object(ty, 0, place),
        }
    }

    fn object(&mut self, ty: &Ty, depth: usize, place: Place) -> String {
        let place = if place == Checked { place } else { Place::Free };
        let Kind::Object(fields) = &ty.kind else { unreachable!("asked for an object") };
        let mut items = Vec::new();
        for field in fields {
            if place == Checked && field.presence != Presence::Required && self.once_in(2) {
                continue;
            }
            let mut ty = field.ty.clone();
            ty.null |= field.presence != Presence::Required && place == Checked;
            items.push(format!("{} = {}", field.name, self.expr(&ty, depth, place)));
        }
        if items.is_empty() { "{}".into() } else { format!("{{ {} }}", items.join(", ")) }
    }

    pub fn bool(&mut self, depth: usize) -> String {
        self.expr(&Ty::bool(), depth.saturating_sub(1), Checked)
    }

    fn conditional(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let test = self.bool(depth);
        let (a, b) = (self.expr(ty, depth - 1, place), self.expr(ty, depth - 1, place));
        Some(format!("({test} ? {a} : {b})"))
    }

    /// Something that may be null, where it is shown that it isn't.
    fn present(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let wanted = ty.clone().present();
        let form = self.pick(8);
        // What is not pushed down has to be inferable on the other side.
        if form < 2 && !ty.inferable() {
            return None;
        }
        let alike = place != Checked || form < 2;
        let path = self.path(|path| path.ty.null && wanted.takes(&path.ty.clone().present(), alike))?;
        let p = path.text.clone();
        let inner = Name { ty: path.ty.clone().present(), ..path };
        let narrowed = |this: &mut Self| {
            this.within(vec![inner], |this| {
                if this.once_in(2) { this.expr(ty, depth - 1, place) } else { p.clone() }
            })
        };
        let text = match form {
            0 | 1 => {
                let rest = if form == 0 { Place::Free } else { Needed };
                format!("({p} ?? {})", self.expr(ty, depth - 1, rest))
            }
            2 => {
                let shown = narrowed(self);
                format!("({p} != null ? {shown} : {})", self.expr(ty, depth - 1, place))
            }
            3 => {
                let shown = narrowed(self);
                format!("({p} == null ? {} : {shown})", self.expr(ty, depth - 1, place))
            }
            4 => {
                let shown = narrowed(self);
                let test = self.bool(depth);
                format!("({p} != null && {test} ? {shown} : {})", self.expr(ty, depth - 1, place))
            }
            5 => {
                let shown = narrowed(self);
                let test = self.bool(depth);
                format!("({p} == null || {test} ? {} : {shown})", self.expr(ty, depth - 1, place))
            }
            6 => {
                let shown = narrowed(self);
                format!("(!({p} == null) ? {shown} : {})", self.expr(ty, depth - 1, place))
            }
            _ => {
                let shown = narrowed(self);
                format!("(match {p} {{ null => {}, _ => {shown} }})", self.expr(ty, depth - 1, place))
            }
        };
        Some(text)
    }

    fn matched(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let on = self.path(|path| {
            path.stated
                && matches!(
                    path.ty.kind,
                    Kind::Enum(_) | Kind::Bool | Kind::Int(_) | Kind::Ports | Kind::Text(None)
                )
        })?;
        let mut arms = Vec::new();
        let mut arm = |this: &mut Self, pattern: String| {
            let value = this.expr(ty, depth - 1, place);
            arms.push(format!("{pattern} => {value}"));
        };
        if on.ty.null {
            arm(self, "null".into());
        }
        match &on.ty.kind {
            Kind::Enum(values) => {
                let split = self.pick(values.len());
                let (some, rest) = values.split_at(split);
                for value in some {
                    arm(self, format!("{value:?}"));
                }
                let rest: Vec<_> = rest.iter().map(|value| format!("{value:?}")).collect();
                let bar = [", ", " | "][self.pick(2)];
                if self.once_in(3) { arm(self, "_".into()) } else { arm(self, rest.join(bar)) }
            }
            Kind::Bool => {
                arm(self, "true".into());
                arm(self, "false".into());
            }
            Kind::Ports => {
                if self.once_in(2) {
                    arm(self, "1..5 | 8000..8010".into());
                } else {
                    arm(self, "1..4".into());
                    arm(self, "8000..8010, 5".into());
                }
            }
            Kind::Int(range) => {
                let (low, high) = range.unwrap_or((0, 3));
                arm(self, format!("{low}"));
                if high > low {
                    arm(self, format!("{}..{high}", low + 1));
                }
                if let Some(name) = self.named_pattern(&Ty::int()) {
                    arm(self, name);
                }
                arm(self, "_".into());
            }
            _ => {
                arm(self, "\"a\", \"b\"".into());
                if let Some(name) = self.named_pattern(&Ty::text()) {
                    arm(self, name);
                }
                arm(self, "_".into());
            }
        }
        Some(format!("(match {} {{ {} }})", on.text, arms.join(", ")))
    }

    /// A constant of this type that has a name.
    fn named_pattern(&mut self, ty: &Ty) -> Option<String> {
        let fitting = self.declared.constants.iter().filter(|(_, of)| of == ty);
        let names: Vec<String> = fitting.map(|(name, _)| name.clone()).collect();
        if names.is_empty() || self.once_in(2) {
            return None;
        }
        let at = self.pick(names.len());
        Some(names[at].clone())
    }

    /// Forms that give back what is put in.
    fn wrapped(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let form = self.pick(22);
        if form == 0 {
            return Some(format!("({})", self.expr(ty, depth - 1, place)));
        }
        if !ty.inferable() {
            return None;
        }
        self.tried += usize::from(form == 4);
        let a = match form {
            6 => {
                let barred = Marks { secret: false, ..self.barred };
                let (a, marks) = self.marking(barred, |this| this.expr(ty, depth - 1, Place::Free));
                self.marks.join(Marks { secret: false, ..marks });
                a
            }
            _ => self.expr(ty, depth - 1, Place::Free),
        };
        Some(match form {
            1 => format!("{{ in = {a} }}.in"),
            2 => format!("{{ in = {a} }}[\"in\"]"),
            3 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                format!("[{a}, {b}][{}]", self.pick(2))
            }
            4 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                self.tried -= 1;
                format!("try({a}, {b})")
            }
            5 if !self.barred.secret => {
                self.marks.secret = true;
                format!("sensitive({a})")
            }
            6 => format!("nonsensitive({a})"),
            7 if !ty.null => {
                let x = self.fresh("x");
                let y = self.expr(ty, depth - 1, Place::Free);
                format!("[for {x} in [{a}, {y}] : {x}][0]")
            }
            8 => format!("element([{a}], 0)"),
            9 => format!("values({{ in = {a} }})[0]"),
            10 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                format!("lookup({{ in = {a} }}, \"in\", {b})")
            }
            11 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                format!("merge({{ in = {b} }}, {{ in = {a} }}).in")
            }
            12 if ty.null => format!("one([{a}])"),
            16 if ty.null && !ty.is_collection() => format!("one(({a})[*])"),
            16 if !ty.is_collection() => format!("(({a})[*])[0]"),
            17 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                let call = ["concat([B], [A])[1]", "slice([B, A], 1, 2)[0]", "coalescelist([A], [B])[0]"];
                call[self.pick(3)].replace('A', "\0").replace('B', &b).replace('\0', &a)
            }
            18 => {
                let b = self.expr(ty, depth - 1, Place::Free);
                let x = self.fresh("x");
                format!("{{ for {x} in [{a}, {b}] : \"k\" => {x}... }}[\"k\"][0]")
            }
            19 => {
                self.tried += 1;
                let b = self.expr(ty, depth - 1, Place::Free);
                self.tried -= 1;
                format!("try({b}, {a})")
            }
            20 => {
                let key = self.needed(&Ty::text(), depth);
                let b = self.expr(ty, depth - 1, Place::Free);
                format!("lookup(tomap({{ in = {a} }}), {key}, {b})")
            }
            21 => {
                let (test, b) = (self.bool(depth), self.expr(ty, depth - 1, Place::Free));
                format!("(({test} ? {a} : null) ?? {b})")
            }
            13 => format!("([{{ in = {a} }}][*].in)[0]"),
            14 if self.risk("index-out-of-range") => {
                let b = self.expr(ty, depth - 1, Place::Free);
                format!("[{a}, {b}][{}]", self.needed(&Ty::int(), depth))
            }
            15 if self.risk("missing-key") => {
                let key = self.needed(&Ty::text(), depth);
                format!("{{ for k in [\"a\", \"x-1\"] : k => {a} }}[{key}]")
            }
            _ => format!("[{a}][0]"),
        })
    }

    fn user_call(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let fitting: Vec<_> = self
            .functions
            .iter()
            .filter(|function| ty.takes(&function.returns, place != Checked))
            .filter(|function| !(function.secret && self.barred.secret))
            .cloned()
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let function = &fitting[self.pick(fitting.len())];
        let mut args = Vec::new();
        let mut named = false;
        for (name, ty, default) in &function.params {
            if default.is_some() && self.once_in(2) {
                named = true;
                continue;
            }
            let value = self.expr(ty, depth - 1, Checked);
            named |= self.once_in(4);
            args.push(if named { format!("{name} = {value}") } else { value });
        }
        self.marks.secret |= function.secret;
        Some(format!("{}({})", function.name, args.join(", ")))
    }

    /// Forms that make just this kind.
    fn of_kind(&mut self, ty: &Ty, depth: usize, place: Place) -> Option<String> {
        let ty = &ty.clone().present();
        match &ty.kind {
            Kind::Bool => Some(self.truth(depth)),
            Kind::Int(None) => Some(self.int(depth)),
            Kind::Number => Some(self.number(depth)),
            Kind::Text(None) => Some(self.text(depth)),
            Kind::Duration | Kind::Size => Some(self.quantity(ty, depth)),
            Kind::List(element) => self.list(ty, element, depth, place),
            Kind::Set(element) => self.set(ty, element, depth),
            Kind::Map(element) => self.map(ty, element, depth, place),
            Kind::Tuple(types) => {
                let place = if place == Checked { place } else { Place::Free };
                let items: Vec<_> = types.iter().map(|ty| self.expr(ty, depth - 1, place)).collect();
                Some(format!("[{}]", items.join(", ")))
            }
            Kind::Object(_) => Some(self.object(ty, depth - 1, place)),
            _ => None,
        }
    }

    /// An operand or argument of a type inference arrives at.
    pub fn needed(&mut self, ty: &Ty, depth: usize) -> String {
        self.expr(ty, depth.saturating_sub(1), Needed)
    }
}

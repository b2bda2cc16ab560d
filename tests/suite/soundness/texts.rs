//! Texts: templates with interpolations and directives, heredocs, and functions.

use super::exprs::Place;
use super::scope::{Gen, Name};
use super::types::Ty;

impl Gen<'_> {
    pub fn text(&mut self, depth: usize) -> String {
        let text = Ty::text();
        match self.pick(14) {
            0..=2 => self.quoting(|this| format!("\"{}\"", this.part(depth))),
            3 => self.quoting(|this| format!("\"{}-{}\"", this.part(depth), this.part(depth))),
            4 if self.quoted == 0 => self.heredoc(depth),
            4 => self.quoting(|this| format!("\"{}\"", this.part(depth))),
            5 => format!(
                "{}({})",
                ["upper", "lower", "title", "strrev", "trimspace"][self.pick(5)],
                self.needed(&text, depth)
            ),
            6 => {
                let list = self.needed(&Ty::list(text), depth);
                format!("join(\"-\", {list})")
            }
            7 => format!("replace({}, \"a\", \"bb\")", self.needed(&text, depth)),
            8 => {
                // A text may be a number.
                let a = self.expr(&text, depth.saturating_sub(1), Place::Free);
                let b = self.expr(&Ty::int(), depth.saturating_sub(1), Place::Free);
                format!("format(\"%s-%d\", {a}, {b})")
            }
            9 => {
                let ty = self.scalar();
                // Whatever scalar it is.
                format!("tostring({})", self.expr(&ty, depth.saturating_sub(1), Place::Free))
            }
            10 => {
                let ty = self.some_type(1).widened();
                let name = ["jsonencode", "yamlencode"][self.pick(2)];
                format!("{name}({})", self.expr(&ty, depth - 1, Place::Free))
            }
            11 => {
                let mut side = || self.expr(&text, depth.saturating_sub(1), Place::Free);
                let (a, b) = (side(), side());
                format!("coalesce({a}, {b}, \"c\")")
            }
            12 if self.risk("any-mismatch") => {
                let ty = self.scalar();
                format!("upper(jsondecode(jsonencode({})))", self.expr(&ty, depth - 1, Place::Free))
            }
            _ => {
                format!("{}({})", ["md5", "sha256", "base64encode"][self.pick(3)], self.needed(&text, depth))
            }
        }
    }

    /// In quotes, where lines don't end.
    fn quoting(&mut self, run: impl FnOnce(&mut Self) -> String) -> String {
        self.quoted += 1;
        let text = run(self);
        self.quoted -= 1;
        text
    }

    /// A part of a template.
    fn part(&mut self, depth: usize) -> String {
        // Any scalar can be part of a text.
        let text = |this: &mut Self| this.expr(&Ty::text(), depth.saturating_sub(1), Place::Free);
        let (open, close) = [("", ""), ("~ ", " ~"), ("", " ~")][self.pick(3)];
        match self.pick(5) {
            0 => {
                let (test, a, b) = (self.bool(depth), text(self), text(self));
                format!("%{{{open} if {test} {close}}}${{{a}}}%{{ else }}-${{{b}}}%{{ endif }}")
            }
            1 => {
                let a = self.present_part(depth);
                format!("%{{ if {a} %{{{open} endif {close}}}")
            }
            2 => {
                let ty = self.scalar();
                let list = self.needed(&Ty::list(ty.clone()), depth);
                let (i, x) = (self.fresh("i"), self.fresh("x"));
                let name =
                    |text: &String, ty| Name { text: text.clone(), ty, stated: false, marks: self.marks };
                let names = vec![name(&i, Ty::int()), name(&x, ty)];
                let body = self.within(names, |this| text(this));
                format!("%{{{open} for {i}, {x} in {list} {close}}}${{{x}}},${{{body}}}%{{ endfor }}")
            }
            _ => {
                let ty = self.scalar();
                let a = self.expr(&ty, depth - 1, Place::Free);
                let b = text(self);
                format!("<${{{open}{a}{close}}}-${{{b}}}>")
            }
        }
    }

    /// A condition that shows that something is no null, and what it shows it for.
    fn present_part(&mut self, depth: usize) -> String {
        match self.path(|path| path.ty.null && path.ty.is_scalar()) {
            Some(path) => {
                let text = path.text.clone();
                let inner = Name { ty: path.ty.clone().present(), ..path };
                let more = self
                    .within(vec![inner], |this| this.expr(&Ty::text(), depth.saturating_sub(1), Place::Free));
                format!("{text} != null }}${{{text}}}${{{more}}}")
            }
            None => format!("{} }}yes", self.bool(depth)),
        }
    }

    fn heredoc(&mut self, depth: usize) -> String {
        let mut lines = String::new();
        for _ in 0..1 + self.pick(2) {
            let line = self.quoting(|this| this.part(depth));
            lines.push_str(&format!("    {line}\n"));
        }
        let dash = ["-", ""][self.pick(2)];
        format!("(<<{dash}EOT\n{lines}EOT\n)")
    }
}

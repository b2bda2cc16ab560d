//! Resources of the providers that need no other side, and what they decide.

use std::fmt::Write;

use super::exprs::Place;
use super::program::Repeat;
use super::scope::{Gen, Marks, Name};
use super::types::Ty;

impl Gen<'_> {
    /// Something chance decides: what is known of it is its type.
    pub fn resource(&mut self, out: &mut String) {
        let name = self.fresh("r");
        let int = Ty::int();
        type Made = (&'static str, Vec<(&'static str, Ty)>, Vec<(&'static str, Ty, bool)>);
        let text = Ty::text;
        let (kind, arguments, results): Made = match self.pick(6) {
            0 => ("random_pet", vec![("prefix", text().optional())], vec![("id", text(), false)]),
            1 => ("random_integer", vec![], vec![("result", int, false), ("id", text(), false)]),
            2 => ("random_string", vec![("special", Ty::bool().optional())], vec![("result", text(), false)]),
            3 => ("random_password", vec![], vec![("result", text(), true)]),
            4 => (
                "random_shuffle",
                vec![("input", Ty::list(text()))],
                vec![("result", Ty::list(text()), false)],
            ),
            _ => ("random_id", vec![], vec![("hex", text(), false), ("dec", text(), false)]),
        };
        writeln!(out, "resource \"{kind}\" \"{name}\" {{").unwrap();
        let (each, repeat, _) = self.repetition(out);
        let depth = self.scope.len();
        self.scope.extend(each);
        for (argument, ty) in arguments {
            let (value, _) =
                self.marking(Marks { secret: true, late: false }, |this| this.expr(&ty, 2, Place::Checked));
            writeln!(out, "  {argument} = {value}").unwrap();
        }
        match kind {
            "random_integer" => writeln!(out, "  min = 1\n  max = 5").unwrap(),
            "random_string" | "random_password" => writeln!(out, "  length = 8").unwrap(),
            "random_id" => writeln!(out, "  byte_length = 2").unwrap(),
            _ => {}
        }
        if self.once_in(3) {
            let (value, _) = self.marking(Marks { secret: true, late: false }, |this| {
                this.expr(&Ty::map(Ty::text().optional()), 2, Place::Checked)
            });
            writeln!(out, "  keepers = {value}").unwrap();
        }
        self.scope.truncate(depth);
        writeln!(out, "}}\n").unwrap();
        for (attribute, ty, secret) in results {
            self.result(&format!("{kind}.{name}"), attribute, ty, secret, repeat);
        }
    }

    /// A value that is kept: its output is the same, once it is applied.
    pub fn data(&mut self, out: &mut String) {
        let name = self.fresh("d");
        writeln!(out, "resource \"terraform_data\" \"{name}\" {{").unwrap();
        let (each, repeat, _) = self.repetition(out);
        let depth = self.scope.len();
        self.scope.extend(each);
        let ty = self.some_type(2).widened();
        let (value, marks) = self.marking(Marks::default(), |this| this.expr(&ty, 3, Place::Free));
        writeln!(out, "  input = {value}").unwrap();
        if self.once_in(4) {
            let other = self.some_type(1).widened();
            let (value, _) = self.marking(Marks::default(), |this| this.expr(&other, 2, Place::Free));
            writeln!(out, "  triggers_replace = {value}").unwrap();
        }
        self.scope.truncate(depth);
        writeln!(out, "}}\n").unwrap();
        let secret = marks.secret;
        let address = format!("terraform_data.{name}");
        self.result(&address, "id", Ty::text(), false, repeat);
        // Behind a loop its type is what a provider says: anything.
        if matches!(repeat, Repeat::Once | Repeat::Enabled) {
            self.result(&address, "output", ty.clone(), secret, repeat);
            self.result(&address, "input", ty, secret, repeat);
        }
    }

    fn result(&mut self, address: &str, attribute: &str, ty: Ty, secret: bool, repeat: Repeat) {
        let (text, ty) = match repeat {
            Repeat::Once => (format!("{address}.{attribute}"), ty),
            Repeat::Enabled => (format!("{address}?.{attribute}"), ty.optional()),
            Repeat::Count => (format!("{address}[*].{attribute}"), Ty::list(ty)),
            Repeat::ForEach => (format!("{{ for k, r in {address} : k => r.{attribute} }}"), Ty::map(ty)),
        };
        self.scope.push(Name { text, ty, stated: false, marks: Marks { secret, late: true } });
    }
}

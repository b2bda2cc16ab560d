//! Resources and data of providers that need no other side, and what they decide.

use std::fmt::Write;

use super::exprs::Place;
use super::modules::{Repeat, Repeated};
use super::scope::{GATE, Gen, Marks, Name};
use super::types::{Field, Kind, Presence, Ty};

impl Gen<'_> {
    /// Something chance decides: what is known of it is its type.
    pub fn resource(&mut self, out: &mut String) {
        let name = self.fresh("r");
        let int = Ty::int();
        type Made = (&'static str, Vec<(&'static str, Ty)>, Vec<(&'static str, Ty, bool)>);
        let text = Ty::text;
        let (kind, arguments, results): Made = match self.pick(7) {
            0 => ("random_pet", vec![("prefix", text().optional())], vec![("id", text(), false)]),
            1 => ("random_integer", vec![], vec![("result", int, false), ("id", text(), false)]),
            2 => ("random_string", vec![("special", Ty::bool().optional())], vec![("result", text(), false)]),
            3 => ("random_password", vec![], vec![("result", text(), true)]),
            4 => (
                "random_shuffle",
                vec![("input", Ty::list(text()))],
                vec![("result", Ty::list(text()), false)],
            ),
            5 => {
                let triggers = Ty::map(text().optional()).optional();
                ("null_resource", vec![("triggers", triggers)], vec![("id", text(), false)])
            }
            _ => ("random_id", vec![], vec![("hex", text(), false), ("dec", text(), false)]),
        };
        writeln!(out, "resource \"{kind}\" \"{name}\" {{").unwrap();
        let Repeated { each, repeat, marks, lifecycle } = self.repetition(out);
        let results: Vec<_> = results
            .into_iter()
            .map(|(name, ty, secret)| (name, ty, Marks { secret, ..Marks::LATE }))
            .collect();
        let mut results = results;
        self.within(each, |this| {
            for (argument, ty) in arguments {
                let (value, marks) = this.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
                writeln!(out, "  {argument} = {value}").unwrap();
                // What is made of a secret is one.
                if argument != "special" && argument != "triggers" {
                    results.iter_mut().for_each(|(_, _, own)| own.secret |= marks.secret);
                }
            }
            match kind {
                "random_integer" => writeln!(out, "  min = 1\n  max = 5").unwrap(),
                "random_string" | "random_password" => writeln!(out, "  length = 8").unwrap(),
                "random_id" => writeln!(out, "  byte_length = 2").unwrap(),
                _ => {}
            }
            if kind != "null_resource" && this.once_in(3) {
                let ty = Ty::map(Ty::text().optional()).optional();
                let (value, _) = this.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
                writeln!(out, "  keepers = {value}").unwrap();
            }
            let lifecycle = this.triggered(lifecycle);
            this.lifecycle(out, lifecycle, &results, &[]);
        });
        writeln!(out, "}}\n").unwrap();
        let address = format!("{kind}.{name}");
        self.declared.resources.push(address.clone());
        self.moved(out, kind, &address, repeat);
        for (attribute, ty, own) in results {
            self.result(&address, attribute, ty, own, repeat, marks);
        }
    }

    /// A value that is kept: its output is the same, once it is applied.
    pub fn kept(&mut self, out: &mut String) {
        let name = self.fresh("d");
        writeln!(out, "resource \"terraform_data\" \"{name}\" {{").unwrap();
        let Repeated { each, repeat, marks: repeated, lifecycle } = self.repetition(out);
        let ty = self.some_type(2).widened();
        let marks = self.within(each, |this| {
            let (value, marks) = this.marking(Marks::NONE, |this| this.expr(&ty, 3, Place::Free));
            writeln!(out, "  input = {value}").unwrap();
            if this.once_in(4) {
                let other = this.some_type(1).widened();
                let (value, _) = this.marking(Marks::NONE, |this| this.expr(&other, 2, Place::Free));
                writeln!(out, "  triggers_replace = {value}").unwrap();
            }
            let lifecycle = this.triggered(lifecycle);
            this.lifecycle(out, lifecycle, &[("id", Ty::text(), Marks::LATE)], &[]);
            marks
        });
        writeln!(out, "}}\n").unwrap();
        let address = format!("terraform_data.{name}");
        self.declared.resources.push(address.clone());
        self.moved(out, "terraform_data", &address, repeat);
        self.result(&address, "id", Ty::text(), Marks::LATE, repeat, repeated);
        self.result(&address, "output", ty.clone(), Marks { late: true, ..marks }, repeat, repeated);
        self.result(&address, "input", ty, marks, repeat, repeated);
    }

    /// A resource with blocks inside, and bounds on what it decides.
    pub fn toy(&mut self, out: &mut String) {
        let name = self.fresh("b");
        writeln!(out, "resource \"toy_box\" \"{name}\" {{").unwrap();
        let Repeated { each, repeat, marks: repeated, lifecycle } = self.repetition(out);
        if !self.declared.aliases.is_empty() && self.once_in(2) {
            writeln!(out, "  provider = {}", self.declared.aliases[0]).unwrap();
        }
        self.waits(out);
        let mut results = vec![
            ("id", Ty::text(), Marks::LATE),
            ("port", Kind::Int(Some((1, 65535))).into(), Marks::LATE),
            ("count", Ty::int(), Marks::LATE),
            ("note", Ty::text().optional(), Marks::LATE),
            ("auto", Ty::text(), Marks::LATE),
        ];
        self.within(each, |this| {
            let (value, marks) = this.marking(Marks::NONE, |this| this.expr(&Ty::text(), 2, Place::Checked));
            writeln!(out, "  name = {value}").unwrap();
            results.push(("name", Ty::text(), marks));
            for (argument, ty) in [
                ("size", Ty::int()),
                ("zone", Kind::Enum(vec!["a", "b", "c-3"]).into()),
                ("tags", Ty::map(Ty::text())),
            ] {
                if this.once_in(3) {
                    let ty = ty.optional();
                    let (value, marks) = this.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
                    writeln!(out, "  {argument} = {value}").unwrap();
                    if argument == "size" {
                        results.push(("size", Ty::int(), marks));
                    }
                }
            }
            if this.once_in(4) {
                let value = this.expr(&Ty::text().optional(), 2, Place::Checked);
                writeln!(out, "  password = {value}").unwrap();
            }
            this.parts(out);
            let before = [("size", Ty::int()), ("name", Ty::text())];
            let lifecycle = this.triggered(lifecycle);
            this.lifecycle(out, lifecycle, &results, &before);
        });
        writeln!(out, "}}\n").unwrap();
        let address = format!("toy_box.{name}");
        self.declared.resources.push(address.clone());
        self.moved(out, "toy_box", &address, repeat);
        if repeat == Repeat::Once && self.once_in(4) {
            let (id, marks) = self.marking(Marks::BOTH, |this| this.needed(&Ty::text(), 2));
            self.early |= marks.from;
            self.open |= marks.from;
            writeln!(out, "import {{\n  to = {address}\n  id = \"x${{{id}}}\"\n}}\n").unwrap();
        }
        for (attribute, ty, own) in results {
            self.result(&address, attribute, ty, own, repeat, repeated);
        }
        if repeat == Repeat::Once {
            let fields = [("host", Ty::text()), ("port", Ty::int())];
            let field = |(name, ty)| Field { name, ty, presence: Presence::Required };
            let end = Kind::Object(fields.map(field).into());
            self.result(&address, "ends", Ty::list(end.into()), Marks::LATE, repeat, repeated);
        }
    }

    /// Nested blocks, written down and generated.
    fn parts(&mut self, out: &mut String) {
        let port: Ty = Kind::Int(Some((1, 65535))).into();
        for _ in 0..self.pick(3) {
            if self.once_in(2) {
                let (each, value, marks) = self.walked();
                writeln!(out, "  dynamic \"part\" {{\n    for_each = {each}").unwrap();
                let it = if self.once_in(2) { "it" } else { "part" };
                if it == "it" {
                    writeln!(out, "    iterator = it").unwrap();
                }
                let name = |text: String, ty| Name { text, ty, stated: false, marks };
                let names = vec![name(format!("{it}.value"), value)];
                self.within(names, |this| {
                    let (value, _) = this.marking(Marks::NONE, |this| this.expr(&port, 2, Place::Checked));
                    writeln!(out, "    content {{\n      port = {value}").unwrap();
                    this.label(out, "      ");
                    writeln!(out, "    }}\n  }}").unwrap();
                });
            } else {
                let (value, _) = self.marking(Marks::NONE, |this| this.expr(&port, 2, Place::Checked));
                writeln!(out, "  part {{\n    port = {value}").unwrap();
                if self.once_in(3) {
                    let ty = Ty::number().optional();
                    let (value, _) = self.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
                    writeln!(out, "    ratio = {value}").unwrap();
                }
                self.label(out, "    ");
                writeln!(out, "  }}").unwrap();
            }
        }
        if self.once_in(4) {
            let ty = Ty::from(Kind::Duration).optional();
            let (value, _) = self.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
            writeln!(out, "  limits {{\n    delay = {value}\n  }}").unwrap();
        }
    }

    fn label(&mut self, out: &mut String, indent: &str) {
        if !self.once_in(3) {
            return;
        }
        let (key, _) = self.marking(Marks::NONE, |this| this.needed(&Ty::text(), 2));
        let ty = Ty::text().optional();
        let (value, _) = self.marking(Marks::NONE, |this| this.expr(&ty, 2, Place::Checked));
        writeln!(out, "{indent}label {{\n{indent}  key   = {key}\n{indent}  value = {value}\n{indent}}}")
            .unwrap();
    }

    /// Something a `dynamic` block walks, the type of its values, and what these take along.
    fn walked(&mut self) -> (String, Ty, Marks) {
        let element = self.scalar();
        let ty = match self.pick(3) {
            0 => Ty::list(element.clone()),
            1 => Ty::map(element.clone()),
            _ => Ty::set(Ty::text()),
        };
        let value = if let Kind::Set(_) = ty.kind { Ty::text() } else { element };
        let (text, marks) = self.marking(Marks::NONE, |this| this.needed(&ty, 2));
        (text, value, marks)
    }

    /// Something read when a plan is made, unless what is asked for is late or its block names what is to be made.
    pub fn lookup(&mut self, out: &mut String) {
        let name = self.fresh("q");
        let begin = out.len();
        writeln!(out, "data \"toy_lookup\" \"{name}\" {{").unwrap();
        let Repeated { each, repeat, marks: repeated, lifecycle } = self.repetition(out);
        // It is read when what it waits for is there.
        let waits = self.waits(out);
        let marks = self.within(each, |this| {
            let (value, mut marks) =
                this.marking(Marks::NONE, |this| this.expr(&Ty::text(), 2, Place::Checked));
            marks.late |= waits;
            writeln!(out, "  name = {value}").unwrap();
            let results = [("value", Ty::text(), marks), ("count", Ty::int(), marks)];
            this.lifecycle(out, lifecycle, &results, &[("name", Ty::text())]);
            marks
        });
        writeln!(out, "}}\n").unwrap();
        let mut marks = marks;
        marks.late |= self.names_resource(&out[begin..]);
        marks.from |= GATE;
        let address = format!("data.toy_lookup.{name}");
        self.declared.others.push(address.clone());
        for (attribute, ty) in
            [("value", Ty::text()), ("count", Ty::int()), ("name", Ty::text()), ("tags", Ty::map(Ty::text()))]
        {
            self.result(&address, attribute, ty, marks, repeat, repeated);
        }
    }

    /// Whether a block names a resource, not by way of anything else.
    fn names_resource(&self, block: &str) -> bool {
        let of_name = |c: char| c.is_alphanumeric() || c == '_';
        self.declared.resources.iter().any(|address| {
            block.match_indices(address.as_str()).any(|(at, _)| {
                !block[at + address.len()..].starts_with(of_name) && !block[..at].ends_with(of_name)
            })
        })
    }

    /// Another configuration of the provider of toys.
    pub fn provider(&mut self, out: &mut String) {
        let alias = self.fresh("p");
        let (region, marks) =
            self.marking(Marks::BOTH, |this| this.expr(&Ty::text().optional(), 2, Place::Checked));
        self.early |= marks.from;
        writeln!(out, "provider \"toy\" {{\n  alias  = \"{alias}\"\n  region = {region}\n}}\n").unwrap();
        self.declared.aliases.push(format!("toy.{alias}"));
    }

    /// What `lifecycle` says: conditions on what there is before and after, and flags.
    fn lifecycle(
        &mut self,
        out: &mut String,
        mut lines: String,
        after: &[(&'static str, Ty, Marks)],
        ignored: &[(&'static str, Ty)],
    ) {
        if self.once_in(6) {
            let test = self.bool(2);
            let text = format!("      condition = {test} || true\n      error_message = \"no\"\n");
            writeln!(lines, "    precondition {{\n{text}    }}").unwrap();
        }
        if self.once_in(6) {
            let own = |(name, ty, marks): &(&str, Ty, Marks)| Name {
                text: format!("self.{name}"),
                ty: ty.clone(),
                stated: false,
                marks: *marks,
            };
            let names = after.iter().map(own).collect();
            let test = self.within(names, |this| this.bool(2));
            let text = format!("      condition = {test} || true\n      error_message = \"no\"\n");
            writeln!(lines, "    postcondition {{\n{text}    }}").unwrap();
        }
        if self.once_in(6) {
            let (test, _) = self.marking(Marks::BOTH, |this| this.bool(1));
            writeln!(lines, "    create_before_destroy = {test}").unwrap();
        }
        if let Some((name, _)) = ignored.first()
            && self.once_in(6)
        {
            writeln!(lines, "    ignore_changes = [{name}]").unwrap();
        }
        if !lines.is_empty() {
            writeln!(out, "  lifecycle {{\n{lines}  }}").unwrap();
        }
    }

    /// Lines of a `lifecycle`, perhaps with something whose change replaces this.
    fn triggered(&mut self, mut lines: String) -> String {
        if !self.declared.resources.is_empty() && self.once_in(6) {
            let at = self.pick(self.declared.resources.len());
            writeln!(lines, "    replace_triggered_by = [{}]", self.declared.resources[at]).unwrap();
        }
        lines
    }

    /// What has to be there first, though nothing refers to it. Answers whether there is anything.
    pub fn waits(&mut self, out: &mut String) -> bool {
        if !self.once_in(6) {
            return false;
        }
        let all: Vec<&String> = self.declared.resources.iter().chain(&self.declared.others).collect();
        if all.is_empty() {
            return false;
        }
        let first = all[self.choices.pick(all.len())];
        let second = all[self.choices.pick(all.len())];
        writeln!(out, "  depends_on = [{first}, {second}]").unwrap();
        true
    }

    /// Instances that are adopted one by one.
    pub fn adopted(&mut self, out: &mut String) {
        let name = self.fresh("b");
        let text = |this: &mut Self| this.marking(Marks::BOTH, |this| this.expr(&Ty::text(), 2, Place::Free));
        let ((a, of_a), (b, of_b)) = (text(self), text(self));
        self.early |= of_a.from | of_b.from;
        self.open |= of_a.from | of_b.from;
        writeln!(out, "resource \"toy_box\" \"{name}\" {{\n  for_each = toset([\"a\", \"b\", \"c\"])")
            .unwrap();
        writeln!(out, "  name = each.key\n}}\n").unwrap();
        writeln!(out, "import {{\n  for_each = {{ a = {a}, b = {b} }}\n  to = toy_box.{name}[each.key]")
            .unwrap();
        writeln!(out, "  id = \"{name}-${{each.key}}-${{each.value}}\"\n}}\n").unwrap();
        let address = format!("toy_box.{name}");
        self.declared.resources.push(address.clone());
        self.result(&address, "id", Ty::text(), Marks::LATE, Repeat::ForEach, Marks::NONE);
    }

    /// What was here under another name before.
    fn moved(&mut self, out: &mut String, kind: &str, address: &str, repeat: Repeat) {
        if self.once_in(8) {
            let from = self.fresh("gone");
            let key = if repeat == Repeat::ForEach && self.once_in(2) { "[\"a\"]" } else { "" };
            writeln!(out, "moved {{\n  from = {kind}.{from}{key}\n  to   = {address}{key}\n}}\n").unwrap();
        }
        if self.once_in(8) {
            let gone = self.fresh("gone");
            writeln!(
                out,
                "removed {{\n  from = {kind}.{gone}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
            )
            .unwrap();
        }
    }

    fn result(&mut self, address: &str, name: &str, ty: Ty, own: Marks, repeat: Repeat, repeated: Marks) {
        let (text, ty) = match repeat {
            Repeat::Once => (format!("{address}.{name}"), ty),
            Repeat::Enabled => (format!("{address}?.{name}"), ty.optional()),
            Repeat::Count => (format!("{address}[*].{name}"), Ty::list(ty)),
            Repeat::ForEach => (format!("{{ for k, r in {address} : k => r.{name} }}"), Ty::map(ty)),
        };
        let mut marks = own;
        marks.join(repeated);
        self.scope.push(Name { text, ty, stated: false, marks });
    }
}

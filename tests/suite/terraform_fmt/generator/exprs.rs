//! Expressions and templates.

use super::Mode::{Brackets, Line};
use super::{Generator, Mode};

impl Generator {
    pub(super) fn expr(&mut self, mode: Mode, depth: u32) {
        if depth > 5 || self.budget <= 0 {
            return self.leaf();
        }
        match self.up_to(19) {
            0..2 => self.binary(mode, depth),
            2 => self.conditional(mode, depth),
            3 => self.unary(mode, depth),
            4..7 => self.list(depth),
            7..10 => self.object(depth),
            10 => self.for_expr(depth),
            11 | 12 => self.call(depth),
            13 => self.paren(depth),
            14 | 15 => self.postfix(mode, depth),
            16 | 17 => self.template(depth),
            18 if mode == Brackets && self.one_in(3) => self.heredoc(Brackets),
            _ => self.leaf(),
        }
    }

    fn leaf(&mut self) {
        let leaf = self.pick(&[
            "1",
            "0.5",
            "1e10",
            "2E-3",
            "true",
            "false",
            "null",
            "x",
            "var.a",
            "local.b-c",
            "each.value",
            "a.b.c",
            "a.0",
            "a[0]",
            "a [\"k\"]",
            "a.*.b",
            "a[*].b",
            "\"text\"",
            "\"\"",
            "\"a\\nb\"",
            "\"größe 日本語 \u{1F600}\"",
            "\"$${x}\"",
            "\"%%{x}\"",
            "\"$\"",
            "\"a $b % c\"",
            "-1",
            "- 1",
            "!x",
            "! x",
            "[]",
            "{}",
            "[ ]",
            "{ }",
            "f()",
            "ns::f()",
            "provider::a::f(1)",
            "x . y",
            "x.y [0] . z",
            "\"e\u{301}\"",
        ]);
        self.put(leaf);
    }

    fn operand(&mut self, mode: Mode, depth: u32) {
        match self.up_to(7) {
            0 => self.call(depth),
            1 => self.paren(depth),
            2 => self.unary(mode, depth),
            3 => self.template(depth),
            4 => self.postfix(mode, depth),
            _ => self.leaf(),
        }
    }

    fn binary(&mut self, mode: Mode, depth: u32) {
        self.operand(mode, depth + 1);
        for _ in 0..=self.up_to(3) {
            self.space(mode);
            let operator =
                self.pick(&["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]);
            self.put(operator);
            // `a /*` and `a //` would be comments.
            if operator == "/" {
                self.out.push(' ');
            }
            self.space(mode);
            self.operand(mode, depth + 1);
        }
    }

    fn conditional(&mut self, mode: Mode, depth: u32) {
        self.operand(mode, depth + 1);
        self.space(mode);
        self.put("?");
        self.space(mode);
        self.expr(mode, depth + 1);
        self.space(mode);
        self.put(":");
        self.space(mode);
        self.expr(mode, depth + 1);
    }

    fn unary(&mut self, mode: Mode, depth: u32) {
        let sign = self.pick(&["-", "!"]);
        self.put(sign);
        self.gap();
        self.operand(mode, depth + 2);
    }

    fn paren(&mut self, depth: u32) {
        self.put("(");
        self.space(Brackets);
        self.expr(Brackets, depth + 1);
        self.space(Brackets);
        self.put(")");
    }

    fn list(&mut self, depth: u32) {
        self.put("[");
        self.space(Brackets);
        let count = self.up_to(4);
        for at in 0..count {
            self.expr(Brackets, depth + 1);
            self.space(Brackets);
            if at + 1 < count || self.one_in(3) {
                self.put(",");
                self.space(Brackets);
            }
        }
        self.put("]");
    }

    fn call(&mut self, depth: u32) {
        let name = self.pick(&["f", "merge", "long_name", "ns::f", "a::b::c"]);
        self.put(name);
        self.gap();
        self.put("(");
        self.space(Brackets);
        let count = self.up_to(3);
        for at in 0..count {
            self.expr(Brackets, depth + 1);
            self.space(Brackets);
            if at + 1 < count {
                self.put(",");
                self.space(Brackets);
            } else if self.one_in(4) {
                let end = self.pick(&["...", ","]);
                self.put(end);
                self.space(Brackets);
            }
        }
        self.put(")");
    }

    fn object(&mut self, depth: u32) {
        self.put("{");
        self.gap();
        let over_lines = self.one_in(2);
        if over_lines {
            self.separate_item("");
        }
        for _ in 0..self.up_to(4) {
            self.key(depth);
            self.gap();
            let sign = self.pick(&["=", "=", "=", ":"]);
            self.put(sign);
            self.gap();
            let heredoc = over_lines && self.one_in(12);
            if heredoc {
                self.heredoc(Line);
                self.indent();
            } else {
                self.expr(Line, depth + 1);
                self.gap();
                if over_lines {
                    let comma = self.pick(&["", "", ","]);
                    self.separate_item(comma);
                } else {
                    self.put(",");
                    self.gap();
                }
            }
        }
        self.put("}");
    }

    fn separate_item(&mut self, comma: &str) {
        self.put(comma);
        self.gap();
        match self.up_to(7) {
            0 => self.comment_line(),
            1 => {
                self.out.push_str("/* c */");
                self.line_break();
            }
            _ => self.line_break(),
        }
        if self.one_in(12) {
            self.comment_line();
        }
    }

    fn key(&mut self, depth: u32) {
        match self.up_to(7) {
            0 => self.put("\"quoted key\""),
            1 => self.put("(var.key)"),
            2 => self.put("\"${a}-b\""),
            3 => self.put("1"),
            4 => self.paren(depth + 2),
            _ => self.fresh_name(),
        }
    }

    fn for_expr(&mut self, depth: u32) {
        let object = self.one_in(2);
        self.put(if object { "{" } else { "[" });
        self.space(Brackets);
        self.put("for");
        self.some_gap();
        self.put("k");
        if self.one_in(2) {
            self.gap();
            self.put(",");
            self.gap();
            self.put("v");
        }
        self.some_gap();
        self.put("in");
        self.some_gap();
        self.expr(Brackets, depth + 1);
        self.space(Brackets);
        self.put(":");
        self.space(Brackets);
        self.expr(Brackets, depth + 1);
        self.space(Brackets);
        if object {
            self.put("=>");
            self.space(Brackets);
            self.expr(Brackets, depth + 1);
            if self.one_in(4) {
                self.gap();
                self.put("...");
            }
            self.space(Brackets);
        }
        if self.one_in(3) {
            self.some_gap();
            self.put("if");
            self.some_gap();
            self.expr(Brackets, depth + 1);
            self.space(Brackets);
        }
        self.put(if object { "}" } else { "]" });
    }

    fn postfix(&mut self, mode: Mode, depth: u32) {
        let base = self.pick(&["x", "var.list", "f(1)", "[1, 2]", "(y)"]);
        self.put(base);
        for _ in 0..=self.up_to(2) {
            // A blank before the bracket of an index is allowed; a line break outside of brackets is not.
            self.gap();
            match self.up_to(6) {
                0 => self.put("[*]"),
                1 => self.put(".*"),
                2 => self.put(".0"),
                3 => {
                    self.put("[");
                    self.space(Brackets);
                    // Of `x[true]` and `x[null]` Terraform makes `x[]`.
                    if self.one_in(2) {
                        self.binary(Brackets, depth + 2)
                    } else {
                        self.put("\"key\"")
                    }
                    self.space(Brackets);
                    self.put("]");
                }
                _ => {
                    self.put(".");
                    if mode == Line {
                        self.gap()
                    } else {
                        self.space(mode)
                    }
                    self.put("attr");
                }
            }
        }
    }

    // ── Strings

    fn template(&mut self, depth: u32) {
        self.put("\"");
        for _ in 0..self.up_to(3) {
            self.part(depth, false);
        }
        self.put("\"");
    }

    fn part(&mut self, depth: u32, over_lines: bool) {
        let strip = |this: &mut Self| if this.one_in(8) { "~" } else { "" };
        match self.up_to(6) {
            0 | 1 => {
                let (open, close) = (strip(self), strip(self));
                self.put("${");
                self.put(open);
                self.space(Brackets);
                self.expr(Brackets, depth + 2);
                self.space(Brackets);
                self.put(close);
                self.put("}");
            }
            2 => {
                let (open, close) = (strip(self), strip(self));
                self.put(&format!("%{{{open}"));
                self.gap();
                self.put("if");
                self.some_gap();
                self.expr(Brackets, depth + 2);
                self.gap();
                self.put(&format!("{close}}}"));
                self.put("yes");
                if self.one_in(2) {
                    let directive = self.pick(&["%{ else }", "%{else}", "%{~else ~}", "%{  else}"]);
                    self.put(directive);
                    self.put("no");
                }
                let directive = self.pick(&["%{ endif }", "%{endif}", "%{  endif~}"]);
                self.put(directive);
            }
            3 => {
                let directive = self.pick(&["%{ for x in y }", "%{for  x,z in  y}", "%{~ for x in [1,2] ~}"]);
                self.put(directive);
                self.put(" ${x} ");
                let directive = self.pick(&["%{ endfor }", "%{endfor}", "%{ endfor ~}"]);
                self.put(directive);
            }
            _ => {
                let text = self.pick(&[
                    "text",
                    " a  b ",
                    "größe",
                    "\\t",
                    "$${a}",
                    "日本",
                    "$",
                    "%",
                    "# no comment",
                    "a=b",
                    "{",
                    "]",
                ]);
                self.put(if over_lines && text == "\\t" { "\t" } else { text });
            }
        }
    }

    /// With the line break behind its closing word.
    pub(super) fn heredoc(&mut self, mode: Mode) {
        let word = self.pick(&["EOT", "E", "EOT_1", "Ü"]);
        let dash = self.pick(&["", "-"]);
        self.put(&format!("<<{dash}{word}\n"));
        for _ in 0..self.up_to(4) {
            self.indent();
            for _ in 0..self.up_to(2) {
                self.part(4, true);
            }
            self.out.push('\n');
        }
        self.indent();
        self.put(word);
        self.out.push('\n');
        if mode == Brackets {
            self.indent();
        }
    }
}

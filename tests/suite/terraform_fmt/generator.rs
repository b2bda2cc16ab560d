//! Files that Terraform can read and nobody would write: every construct, with blanks, tabs, comments and line breaks
//! wherever they may stand.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

pub struct Generator {
    rng: SmallRng,
    out: String,
    /// How much may still be written, so that every file ends.
    budget: i32,
    /// Names of arguments must not repeat within a body.
    names: u32,
}

/// Whether a line break ends the expression.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Line,
    Brackets,
}

use Mode::{Brackets, Line};

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { rng: SmallRng::seed_from_u64(seed), out: String::new(), budget: 0, names: 0 }
    }

    pub fn file(&mut self) -> String {
        self.out.clear();
        self.budget = self.rng.random_range(5..160);
        if self.one_in(30) {
            self.out.push('\u{FEFF}');
        }
        self.items(0);
        if self.one_in(12) && self.out.ends_with('\n') {
            self.out.pop();
        }
        let crlf = self.one_in(15);
        let text = std::mem::take(&mut self.out);
        if crlf { text.replace('\n', "\r\n") } else { text }
    }

    // ── Chance

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_ratio(1, n)
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.rng.random_range(0..from.len())]
    }

    fn up_to(&mut self, n: u32) -> u32 {
        self.rng.random_range(0..=n)
    }

    fn word(&mut self) {
        let word = self.pick(&[
            "a",
            "bb",
            "ccc",
            "name",
            "a-b",
            "_x",
            "größe",
            "日本語",
            "for_each",
            "type",
            "if",
            "in",
            "for",
            "match",
            "fn",
            "use",
            "null_",
            "variable",
            "default",
            "list",
            "longer_name_than_the_others",
        ]);
        self.put(word);
    }

    fn fresh_name(&mut self) {
        self.names += 1;
        let (prefix, number) =
            (self.pick(&["a", "name", "bb", "größe", "x-y", "名前", "_", "é", "e\u{301}"]), self.names);
        self.out.push_str(&format!("{prefix}{number}"));
    }

    // ── Between tokens

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.budget -= 1;
    }

    /// Blanks, or nothing.
    fn gap(&mut self) {
        let gap = self.pick(&["", "", " ", " ", " ", "  ", "\t", "    ", " \t "]);
        self.out.push_str(gap);
    }

    /// Terraform drops comments in the head of a block, so there are none.
    fn some_gap(&mut self) {
        let gap = self.pick(&[" ", " ", " ", "  ", "\t", "     "]);
        self.out.push_str(gap);
    }

    /// Where a line may break inside brackets.
    fn space(&mut self, mode: Mode) {
        self.gap();
        match self.up_to(60) {
            0 => self.out.push_str("/* c */"),
            1 => self.out.push_str(" /*c*/ "),
            2 if mode == Brackets => self.out.push_str("/* over\n   lines */"),
            3..8 if mode == Brackets => self.line_break(),
            8 if mode == Brackets => self.comment_line(),
            _ => {}
        }
    }

    fn indent(&mut self) {
        let indent = self.pick(&["", "", "  ", "  ", "    ", "\t", "\t\t", "   ", " "]);
        self.out.push_str(indent);
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        while self.one_in(8) {
            let blank = self.pick(&["\n", "\n", "  \n", "\t\n"]);
            self.out.push_str(blank);
        }
        self.indent();
    }

    fn comment_line(&mut self) {
        let comment = self.pick(&[
            "# c",
            "// c",
            "#",
            "//",
            "#c  ",
            "# größer 日本 \u{1F600}",
            "#\tc\t",
            "//c # d",
            "# \"${",
        ]);
        self.out.push_str(comment);
        self.line_break();
    }

    // ── Items

    fn items(&mut self, depth: u32) {
        let count = if depth == 0 { 100 } else { self.up_to(5) };
        for _ in 0..count {
            if self.budget <= 0 {
                break;
            }
            self.indent();
            match self.up_to(11) {
                0 => self.comment_line(),
                1 => {
                    self.out.push_str("/* block\n comment */");
                    self.end_of_item();
                }
                2 => self.line_break(),
                3..6 if depth < 4 => self.block(depth),
                _ => self.attribute(),
            }
            // A comment line leaves the indentation of the next line.
            while self.out.ends_with([' ', '\t']) {
                self.out.pop();
            }
        }
    }

    fn end_of_item(&mut self) {
        self.gap();
        match self.up_to(9) {
            0 => self.comment_line(),
            1 => {
                self.out.push_str("/* end */");
                self.gap();
                self.line_break();
            }
            _ => self.line_break(),
        }
    }

    fn attribute(&mut self) {
        self.fresh_name();
        self.gap();
        if self.one_in(60) {
            self.out.push_str("/* c */");
        }
        self.put("=");
        self.space(Line);
        match self.up_to(12) {
            0 => return self.heredoc(Line),
            1 => self.lone_interpolation(),
            _ => self.expr(Line, 0),
        }
        self.end_of_item();
    }

    fn lone_interpolation(&mut self) {
        self.put("\"${");
        self.gap();
        let mode = if self.one_in(4) { Brackets } else { Line };
        self.expr(mode, 1);
        self.space(mode);
        self.put("}\"");
    }

    fn block(&mut self, depth: u32) {
        if depth == 0 && self.one_in(10) {
            return self.variable();
        }
        self.word();
        for _ in 0..self.up_to(2) {
            self.some_gap();
            match self.up_to(3) {
                0 => self.word(),
                1 => self.put("\"a b\""),
                2 => self.put("\"x\\\"y\""),
                _ => self.put("\"label\""),
            }
        }
        self.some_gap();
        self.put("{");
        match self.up_to(6) {
            0 => self.gap(),
            1 | 2 => {
                self.gap();
                self.fresh_name();
                self.gap();
                self.put("=");
                self.gap();
                self.expr(Line, 1);
                self.gap();
            }
            _ => {
                self.gap();
                if self.one_in(10) {
                    self.comment_line()
                } else {
                    self.line_break()
                }
                while self.out.ends_with([' ', '\t']) {
                    self.out.pop();
                }
                self.items(depth + 1);
                self.indent();
            }
        }
        self.put("}");
        self.end_of_item();
    }

    fn variable(&mut self) {
        self.put("variable \"v\" {\n");
        self.indent();
        self.put("type");
        self.gap();
        self.put("=");
        self.gap();
        let ty = self.pick(&[
            "list",
            "map",
            "set",
            "string",
            "any",
            "list(any)",
            "list( string )",
            "\"number\"",
            "\"${list}\"",
            "object({a=string,b=optional(number,1)})",
            "map (list(string))",
            "null",
        ]);
        self.put(ty);
        self.end_of_item();
        self.items(1);
        self.put("}");
        self.end_of_item();
    }

    // ── Expressions

    fn expr(&mut self, mode: Mode, depth: u32) {
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
    fn heredoc(&mut self, mode: Mode) {
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

//! Files that Terraform can read and nobody would write: every construct, with blanks, tabs, comments and line breaks
//! wherever they may stand.

mod exprs;

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
}

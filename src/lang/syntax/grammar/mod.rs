//! `grammar/prov.pest` as two parsers: pest's, which can say what it expected where a text does not fit, and [`read`],
//! which only reads texts that do, several times as fast.
#![allow(missing_docs, reason = "the rules are described in the grammar")]

mod reader;

pub(super) use reader::{Token, read};

/// pest's parser.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/prov.pest"]
pub struct Grammar;

#[cfg(test)]
mod tests {
    use pest::Parser;

    use super::{Grammar, Rule, Token, read};

    macro_rules! texts {
        ($($path:literal),+ $(,)?) => { [$(include_str!(concat!("../../../../tests/", $path))),+] };
    }

    const TEXTS: &[&str] = &texts![
        "syntax/cases.txt",
        "conformance/1-lexical.txt",
        "conformance/2-structure.txt",
        "conformance/3-values.txt",
        "conformance/4-strings.txt",
        "conformance/5-templates.txt",
        "conformance/6-access.txt",
        "conformance/7-for.txt",
        "conformance/8-operators.txt",
        "conformance/9-newlines.txt",
        "ui/syntax/nested-mistakes.prov",
        "ui/syntax/in-heredocs.prov",
    ];

    fn tokens_of_pest(text: &str) -> Option<Vec<Token>> {
        let token = |token| match token {
            pest::Token::Start { rule, pos } => Token { rule, begins: true, at: pos.pos() as u32 },
            pest::Token::End { rule, pos } => Token { rule, begins: false, at: pos.pos() as u32 },
        };
        Grammar::parse(Rule::file, text).ok().map(|pairs| pairs.tokens().map(token).collect())
    }

    /// All of them, the cases in them, and every line alone, as it is and as a value.
    #[test]
    fn both_parsers_read_the_same() {
        let (mut read_by_both, mut refused_by_both) = (0, 0);
        let mut compare = |text: &str| {
            let (mine, of_pest) = (read(Rule::file, text), tokens_of_pest(text));
            assert!(mine == of_pest, "{text}");
            if mine.is_some() { read_by_both += 1 } else { refused_by_both += 1 }
        };
        for text in TEXTS {
            compare(text);
            for case in text.split("\n=== ").filter_map(|case| case.split_once('\n')) {
                compare(case.1.split("---").next().unwrap_or_default());
            }
            for line in text.lines() {
                compare(line);
                compare(&format!("x = {line}\n"));
            }
        }
        assert!(read_by_both > 1_000 && refused_by_both > 1_000, "{read_by_both}, {refused_by_both}");
    }
}

//! Conflicts that a merge has left.

use super::Mender;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::TextRange;

/// The lines with the marks of a conflict.
struct Conflict {
    begin: TextRange,
    /// Where what is between the first side and the last mark begins.
    middle: TextRange,
    end: TextRange,
}

impl Mender {
    /// A text of the same length in which of each conflict only the first side is left; `None` if there is no conflict.
    pub(super) fn without_conflicts(&mut self, text: &str) -> Option<String> {
        let conflicts = find(text);
        let mut left = (!conflicts.is_empty()).then(|| text.to_owned())?;
        for Conflict { begin, middle, end } in conflicts {
            let file = self.file;
            let second = TextRange::new(middle.start, end.end);
            self.report(
                Diagnostic::new(codes::SYNTAX, begin.in_file(file), "a merge has left a conflict here")
                    .here("either what stands from here on")
                    .label(middle.in_file(file), "or what stands from here on")
                    .label(end.in_file(file), "up to here")
                    .help("keep what is right, and remove the lines with the marks")
                    .fix(
                        FixLevel::Review,
                        "keep the first side",
                        [begin, second].map(|range| super::fix::removal(range, file)).into(),
                    ),
            );
            for range in [begin, second] {
                let blank = range.of(text).split('\n').map(|line| " ".repeat(line.len())).collect::<Vec<_>>();
                left.replace_range(range.start as usize..range.end as usize, &blank.join("\n"));
            }
        }
        Some(left)
    }
}

fn find(text: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    let (mut begin, mut middle): (Option<TextRange>, Option<TextRange>) = (None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = TextRange::new(at, at + line.trim_end().len() as u32);
        at += line.len() as u32;
        if line.starts_with("<<<<<<< ") {
            (begin, middle) = (Some(range), None);
        } else if line.starts_with("||||||| ") || line.trim_end() == "=======" {
            middle = middle.or(begin.map(|_| range));
        } else if line.starts_with(">>>>>>> ")
            && let (Some(begin), Some(middle)) = (begin.take(), middle.take())
        {
            found.push(Conflict { begin, middle, end: range });
        }
    }
    found
}

//! Where a heredoc ends.

use rustc_hash::FxHashMap;

/// The end of a heredoc whose first line begins at `body`.
pub(super) struct End {
    /// Where the line with the closing word begins, or where it should be.
    pub(super) line: usize,
    /// Where the word begins and ends; empty if there is none.
    pub(super) word: (usize, usize),
    /// Whether the word stands alone on its line, as it must.
    pub(super) proper: bool,
}

impl End {
    /// An end without its word, before a line.
    pub(super) fn before(line: usize) -> Self {
        Self { line, word: (line, line), proper: false }
    }
}

/// Where the lines of a text are that may end a heredoc: found once, however many heredocs there are.
pub(super) struct Ends<'t> {
    text: &'t str,
    /// By their first word, where lines begin that consist of it, and lines that go on behind it; each in order.
    alone: FxHashMap<&'t str, Vec<usize>>,
    followed: FxHashMap<&'t str, Vec<usize>>,
    /// All lines that are a single word, in order.
    lone: Vec<(usize, &'t str)>,
    /// Lines at which the next thing of the file begins.
    next: Vec<usize>,
}

impl<'t> Ends<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let (alone, followed) = (FxHashMap::default(), FxHashMap::default());
        let mut ends = Self { text, alone, followed, lone: Vec::new(), next: Vec::new() };
        for (start, line) in (Lines { text, at: 0 }) {
            let trimmed = line.trim_start_matches([' ', '\t']);
            let length = trimmed.find(|c: char| !is_word(c)).unwrap_or(trimmed.len());
            let (word, behind) = trimmed.split_at(length);
            if !word.is_empty() {
                let alone = behind.trim_matches([' ', '\t', '\r', '\n']).is_empty();
                let lines = if alone { &mut ends.alone } else { &mut ends.followed };
                lines.entry(word).or_default().push(start);
                if alone {
                    ends.lone.push((start, word));
                }
            }
            if trimmed.len() == line.len() && (line.starts_with('}') || is_block_head(line)) {
                ends.next.push(start);
            }
        }
        ends
    }

    /// The end of the heredoc whose first line begins at `body`.
    pub(super) fn find(&self, body: usize, marker: &str) -> End {
        let from = |lines: Option<&Vec<usize>>| {
            let lines = lines.map(Vec::as_slice).unwrap_or_default();
            lines.get(lines.partition_point(|line| *line < body)).copied()
        };
        let word = |line: usize| {
            let rest = &self.text[line..];
            let at = line + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
            (at, at + marker.len())
        };
        if let Some(line) = from(self.alone.get(marker)) {
            return End { line, word: word(line), proper: true };
        }
        // A word that is nearly the closing one.
        let (followed, next) = (from(self.followed.get(marker)), from(Some(&self.next)));
        let behind = &self.lone[self.lone.partition_point(|(line, _)| *line < body)..];
        let exact = followed.is_some_and(|line| next.is_none_or(|next| line <= next));
        let mut before = behind
            .iter()
            .filter(|_| !exact)
            .take(FEW)
            .take_while(|(line, _)| next.is_none_or(|next| *line < next));
        if let Some((line, near)) = before.find(|(_, word)| is_near(word, marker)) {
            let (start, _) = word(*line);
            return End { line: *line, word: (start, start + near.len()), proper: false };
        }
        // No line has the word alone: a line that begins with it, else where the next thing of the file begins.
        match (followed, next) {
            (Some(line), next) if next.is_none_or(|next| line <= next) => {
                End { line, word: word(line), proper: false }
            }
            (_, Some(line)) => End::before(line),
            _ => End::before(self.text.len()),
        }
    }
}

/// So many lines are looked at for a word that is nearly the closing one.
const FEW: usize = 100;

/// Longer words, in bytes, are compared letter by letter no more.
const LONGEST: usize = 200;

fn is_near(word: &str, marker: &str) -> bool {
    let other_case = word.eq_ignore_ascii_case(marker);
    other_case
        || ((3..LONGEST).contains(&marker.len())
            && word.len() < LONGEST
            && word.starts_with(char::is_uppercase)
            && strsim::osa_distance(word, marker) == 1)
}

/// Whether a character can be part of a closing word.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c == '-' || pest::unicode::XID_CONTINUE(c)
}

/// The closing word of a heredoc that begins a text and goes on below its first line.
pub(in super::super) fn heredoc_marker(text: &str) -> Option<&str> {
    let marker = text.strip_prefix("<<")?;
    let marker = marker.strip_prefix('-').unwrap_or(marker);
    let begins = marker.starts_with(|c| c == '_' || pest::unicode::XID_START(c));
    (begins && marker.chars().all(is_word)).then_some(marker)
}

/// Whether a line looks like `word "label" {`.
pub(super) fn is_block_head(line: &str) -> bool {
    let line = line.trim_end();
    let Some(head) = line.strip_suffix('{') else { return false };
    let mut words = head.split_whitespace();
    let name = |word: &str| word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    words.next().is_some_and(name)
        && words.all(|word| name(word) || (word.len() > 1 && word.starts_with('"') && word.ends_with('"')))
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let start = self.at;
        self.at += end;
        Some((start, &rest[..end]))
    }
}

//! Where a heredoc ends.

/// The end of a heredoc whose first line begins at `body`.
pub(super) struct End {
    /// Where the line with the closing word begins, or where it should be.
    pub(super) line: usize,
    /// Where the word begins and ends; empty if there is none.
    pub(super) word: (usize, usize),
    /// Whether the word stands alone on its line, as it must.
    pub(super) proper: bool,
}

pub(super) fn find_end(text: &str, body: usize, marker: &str) -> End {
    for (start, line) in (Lines { text, at: body }) {
        let word = line.trim_matches([' ', '\t', '\r', '\n']);
        if word == marker {
            let at = start + (line.len() - line.trim_start_matches([' ', '\t']).len());
            return End { line: start, word: (at, at + marker.len()), proper: true };
        }
    }
    // No line has the word alone: a line that begins with it, else where the next thing of the file begins.
    for (start, line) in (Lines { text, at: body }) {
        let trimmed = line.trim_start_matches([' ', '\t']);
        let behind = trimmed.strip_prefix(marker);
        if behind.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-'))
        {
            let at = start + (line.len() - trimmed.len());
            return End { line: start, word: (at, at + marker.len()), proper: false };
        }
        if trimmed.len() == line.len() && (line.starts_with('}') || is_block_head(line)) {
            return End { line: start, word: (start, start), proper: false };
        }
    }
    End { line: text.len(), word: (text.len(), text.len()), proper: false }
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

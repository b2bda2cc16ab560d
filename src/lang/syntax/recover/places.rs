//! A set of places in a text.

use std::collections::BTreeMap;

use crate::base::source::TextRange;

/// Ranges, ends included; those that meet are one.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<u32, u32>);

impl Places {
    pub(super) fn add(&mut self, range: TextRange) {
        let (mut start, mut end) = (range.start, range.end);
        while let Some((&from, &to)) = self.0.range(..=end).next_back().filter(|(_, to)| **to >= start) {
            self.0.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.0.insert(start, end);
    }

    pub(super) fn hold(&self, at: u32) -> bool {
        self.0.range(..=at).next_back().is_some_and(|(_, end)| at <= *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_meet_are_one() {
        let mut places = Places::default();
        for (start, end) in [(10, 12), (1, 3), (20, 20), (3, 5), (11, 15)] {
            places.add(TextRange::new(start, end));
        }
        let held: Vec<u32> = (0..25).filter(|at| places.hold(*at)).collect();
        assert_eq!(held, [1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 20]);
        assert_eq!(places.0.len(), 3);
    }
}

//! What is said by the ten thousands is only counted: nobody reads on.

use super::diagnostic::{Diagnostic, Label};

/// As many errors of one module are kept, and as many warnings.
pub const OF_MODULE: usize = 10_000;

/// Counts what is said, errors and warnings each by themselves, so that none hides another.
#[derive(Debug, Clone)]
pub struct Bound {
    most: usize,
    told: [usize; 2],
    /// The first that was left out of each.
    first: [Option<Box<Diagnostic>>; 2],
}

impl Bound {
    /// Keeps so many errors, and so many warnings.
    pub fn new(most: usize) -> Self {
        Self { most, told: [0; 2], first: [None, None] }
    }

    /// Takes away what is too much, together with all that this was asked about before.
    pub fn keep(&mut self, all: &mut Vec<Diagnostic>) {
        all.retain(|diagnostic| {
            let sort = usize::from(!diagnostic.is_error());
            self.told[sort] += 1;
            let kept = self.told[sort] <= self.most;
            if !kept && self.first[sort].is_none() {
                self.first[sort] = Some(Box::new(diagnostic.clone()));
            }
            kept
        });
    }

    /// Whether anything was taken away.
    pub fn is_full(&self) -> bool {
        self.told.iter().any(|told| *told > self.most)
    }

    /// What is to be said of all that was taken away, at the place of the first.
    pub fn rest(&self) -> impl Iterator<Item = Diagnostic> + '_ {
        self.first.iter().zip(self.told).zip(["errors", "warnings"]).filter_map(|((first, told), what)| {
            let first = first.as_deref()?;
            let message = format!("there are {told} {what} or more; those from here on are not shown");
            let primary = first.primary.as_ref().map(|place| Label { text: String::new(), span: place.span });
            Some(Diagnostic {
                severity: first.severity,
                primary,
                ..Diagnostic::without_place(first.code, message)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    #[test]
    fn errors_and_warnings_are_counted_apart() {
        let of = |code| Diagnostic::without_place(code, "no");
        let mut bound = Bound::new(2);
        let mut all = vec![of(codes::UNUSED_DEFINITION); 2];
        bound.keep(&mut all);
        assert!(all.len() == 2 && !bound.is_full() && bound.rest().next().is_none());
        let mut more = [vec![of(codes::UNUSED_DEFINITION); 2], vec![of(codes::TYPE_MISMATCH); 5]].concat();
        bound.keep(&mut more);
        assert_eq!(more.len(), 2);
        let rest: Vec<_> = bound.rest().map(|rest| (rest.is_error(), rest.message)).collect();
        assert_eq!(rest.len(), 2);
        assert!(rest[0].0 && rest[0].1.contains("5 errors") && rest[1].1.contains("4 warnings"), "{rest:?}");
    }
}

//! A program is generated from a row of numbers, so one shrinker fits whatever is generated: fewer and smaller numbers
//! are a smaller program.

/// Numbers that decide; where they end, every decision is the first, which is always the simplest.
pub struct Choices {
    data: Vec<u32>,
    at: usize,
}

impl Choices {
    pub fn new(data: &[u32]) -> Self {
        Self { data: data.to_vec(), at: 0 }
    }

    /// One of `n`.
    pub fn pick(&mut self, n: usize) -> usize {
        let value = self.data.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        value as usize % n.max(1)
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.pick(n) + 1 == n
    }
}

/// The smallest row found that still fails: without parts, without ends, with smaller numbers.
pub fn shrink(mut data: Vec<u32>, mut fails: impl FnMut(&[u32]) -> bool, mut tries: usize) -> Vec<u32> {
    let mut attempt = |candidate: Vec<u32>, data: &mut Vec<u32>| {
        if tries == 0 || candidate.len() > data.len() || candidate == *data {
            return false;
        }
        tries -= 1;
        let smaller = fails(&candidate);
        if smaller {
            *data = candidate;
        }
        smaller
    };
    loop {
        let before = data.clone();
        let mut width = data.len().max(1);
        while width > 0 {
            let mut at = 0;
            while at < data.len() {
                let end = (at + width).min(data.len());
                let mut without = data.clone();
                without.drain(at..end);
                let mut zeroed = data.clone();
                zeroed[at..end].fill(0);
                if !attempt(without, &mut data) && !attempt(zeroed, &mut data) {
                    at += width;
                }
            }
            width /= 2;
        }
        for at in 0..data.len() {
            for smaller in [data[at] % 2, data[at] % 64, data[at] / 2, data[at].saturating_sub(1)] {
                if at < data.len() && smaller < data[at] {
                    let mut candidate = data.clone();
                    candidate[at] = smaller;
                    attempt(candidate, &mut data);
                }
            }
        }
        if data == before {
            return data;
        }
    }
}

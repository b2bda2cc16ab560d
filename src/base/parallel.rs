//! Independent pieces of work, over the cores of the machine.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Less than this is done before another thread has begun.
const WORTH: usize = 100_000;

/// So many pieces are let go of before another thread has begun.
const FEW: usize = 10_000;

/// The results of `work` on each item, in their order. `cost` tells in about tens of nanoseconds how long an item takes:
/// only where that is worth it, several are worked on at once.
pub fn map<T: Sync, R: Send>(
    items: &[T],
    cost: impl Fn(&T) -> usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = match items.len() > 1 && items.iter().map(cost).sum::<usize>() > WORTH {
        true => thread::available_parallelism().map_or(1, usize::from).min(items.len()),
        false => 1,
    };
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    // Whoever is free takes the next one.
    let run = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.append(&mut other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Lets go of something of so many pieces while others go on: giving back what is large takes its time.
pub fn discard<T: Send + 'static>(value: T, pieces: usize) {
    if pieces > FEW {
        // Where no thread can be had, it is gone with the closure.
        drop(thread::Builder::new().spawn(move || drop(value)));
    }
}

/// Numbers `0..n` in groups that follow one another: what a number needs, by `needs`, is smaller and in a group before.
pub fn levels(count: usize, needs: impl Fn(usize, &mut dyn FnMut(usize))) -> Vec<Vec<usize>> {
    let mut level_of = Vec::with_capacity(count);
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for at in 0..count {
        let mut level = 0;
        needs(at, &mut |needed| level = level.max(level_of.get(needed).map_or(0, |level| level + 1)));
        level_of.push(level);
        if level == levels.len() {
            levels.push(Vec::new());
        }
        levels[level].push(at);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        for cost in [0, WORTH] {
            assert_eq!(
                map(&items, |_| cost, |item| item * 2),
                items.iter().map(|item| item * 2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn what_is_needed_comes_before() {
        let needs: [&[usize]; 5] = [&[], &[], &[0], &[1, 2], &[1]];
        let levels = levels(5, |at, need| needs[at].iter().for_each(|needed| need(*needed)));
        assert_eq!(levels, [vec![0, 1], vec![2, 4], vec![3]]);
    }
}

//! Work in order of the file, shared out among threads in long runs.
//!
//! Each thread goes through a share of its own from front to back, because disks and the kernel's
//! reading ahead like nothing better; who is done takes the back half of what is left of the largest
//! share. Handing out one task after the other to whoever asks made a cold pass half as fast.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The numbers of tasks that each thread still has to do.
pub(super) struct Shares(Mutex<Vec<Range<usize>>>);

impl Shares {
    /// Shares tasks out so that every thread has about the same weight.
    pub(super) fn new(weights: &[u64], threads: usize) -> Self {
        let total: u64 = weights.iter().sum();
        let (mut shares, mut start, mut weight) = (Vec::with_capacity(threads), 0, 0);
        for (number, of_task) in weights.iter().enumerate() {
            weight += of_task;
            let whole = shares.len() as u64 + 1;
            if weight * threads as u64 >= total * whole && shares.len() + 1 < threads {
                shares.push(start..number + 1);
                start = number + 1;
            }
        }
        shares.push(start..weights.len());
        shares.resize(threads.max(shares.len()), 0..0);
        Self(Mutex::new(shares))
    }

    /// Gives a thread its next task.
    pub(super) fn next(&self, thread: usize) -> Option<usize> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares[thread].is_empty() {
            let largest = (0..shares.len()).max_by_key(|other| shares[*other].len())?;
            let Range { start, end } = shares[largest];
            let middle = start + (end - start) / 2;
            shares[largest] = start..middle;
            shares[thread] = middle..end;
        }
        shares[thread].next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_out_every_task_once_in_long_runs() {
        for (weights, threads) in [
            (vec![1; 100], 2),
            (vec![1000, 1, 1, 1], 3),
            (vec![], 2),
            (vec![5], 4),
            (vec![1; 7], 1),
        ] {
            let shares = Shares::new(&weights, threads);
            let mut seen = Vec::new();
            while let Some(task) = (0..threads).find_map(|thread| shares.next(thread)) {
                seen.push(task);
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..weights.len()).collect::<Vec<_>>(), "{weights:?} {threads}");
        }
    }

    #[test]
    fn a_thread_goes_from_front_to_back_and_then_helps_at_the_back_of_another() {
        let shares = Shares::new(&[1; 10], 2);
        let first: Vec<_> = (0..5).filter_map(|_| shares.next(0)).collect();
        assert_eq!(first, [0, 1, 2, 3, 4]);
        assert_eq!(shares.next(1), Some(5));
        assert_eq!(shares.next(0), Some(8));
        assert_eq!((shares.next(1), shares.next(1)), (Some(6), Some(7)));
    }

    #[test]
    fn heavy_tasks_count_for_what_they_weigh() {
        let shares = Shares::new(&[9, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2);
        assert_eq!((shares.next(0), shares.next(1)), (Some(0), Some(1)));
    }
}

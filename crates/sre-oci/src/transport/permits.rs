//! How many requests may be under way to one host.
//!
//! The pool begins at its largest, halves when the host answers 429 (once for each burst, not
//! once for each of its answers) and grows back by one after as many good answers as it allows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) struct Permits {
    most: usize,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    limit: usize,
    used: usize,
    good_answers: usize,
    burst: u64,
    not_before: Option<Instant>,
}

/// Allows one request, body included; the place is free again when this is dropped.
pub(crate) struct Permit {
    pool: Arc<Permits>,
    burst: u64,
}

impl Permits {
    pub(crate) fn new(most: usize) -> Self {
        let state =
            State { limit: most.max(1), used: 0, good_answers: 0, burst: 0, not_before: None };
        Self { most: most.max(1), state: Mutex::new(state), changed: Notify::new() }
    }

    pub(crate) async fn acquire(self: &Arc<Self>) -> Permit {
        loop {
            let changed = self.changed.notified();
            match self.try_acquire() {
                Ok(permit) => return permit,
                Err(Some(instant)) => tokio::time::sleep_until(instant).await,
                Err(None) => changed.await,
            }
        }
    }

    // On failure gives the moment before which nothing may be sent, if that is the reason.
    fn try_acquire(self: &Arc<Self>) -> Result<Permit, Option<Instant>> {
        let mut state = self.state();
        if let Some(instant) = state.not_before.filter(|instant| *instant > Instant::now()) {
            return Err(Some(instant));
        }
        if state.used >= state.limit {
            return Err(None);
        }
        state.used += 1;
        Ok(Permit { pool: Arc::clone(self), burst: state.burst })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    pub(crate) fn slow_down(&self, pause: Duration) {
        let mut state = self.pool.state();
        let until = Instant::now() + pause;
        state.not_before = Some(state.not_before.map_or(until, |instant| instant.max(until)));
        state.good_answers = 0;
        if state.burst == self.burst {
            state.limit = (state.limit / 2).max(1);
            state.burst += 1;
        }
    }

    pub(crate) fn went_well(&self) {
        let mut state = self.pool.state();
        state.good_answers += 1;
        if state.good_answers >= state.limit && state.limit < self.pool.most {
            state.good_answers = 0;
            state.limit += 1;
            drop(state);
            self.pool.changed.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.pool.state().used -= 1;
        self.pool.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn halves_once_for_a_burst_and_grows_back() {
        let pool = Arc::new(Permits::new(8));
        let permits = [pool.acquire().await, pool.acquire().await];
        for permit in &permits {
            permit.slow_down(Duration::ZERO);
        }
        assert_eq!(pool.state().limit, 4);
        let later = pool.acquire().await;
        for _ in 0..4 {
            later.went_well();
        }
        assert_eq!(pool.state().limit, 5);
    }

    #[tokio::test]
    async fn a_dropped_permit_wakes_the_next() {
        let pool = Arc::new(Permits::new(1));
        let first = pool.acquire().await;
        let waiting = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { drop(pool.acquire().await) }
        });
        tokio::task::yield_now().await;
        drop(first);
        waiting.await.unwrap();
        assert_eq!(pool.state().used, 0);
    }
}

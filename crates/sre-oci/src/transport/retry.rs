//! When and how long to wait before the next try.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use super::{OnRetry, Retries, RetryNotice, ShownUrl, TransportOptions};

/// Says whether the same request may be answered otherwise a little later.
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// Counts the tries of one thing, and tells of each pause between two of them.
pub(crate) struct Tries {
    policy: Retries,
    done: u32,
    what: ShownUrl,
    told: Option<OnRetry>,
}

impl Tries {
    /// Begins to count; `what` is named to whoever is told.
    pub(crate) fn new(options: &TransportOptions, what: ShownUrl) -> Self {
        Self { policy: options.retries, done: 0, what, told: options.on_retry.clone() }
    }

    /// Lowers the number of tries, for a thing that can be had elsewhere.
    pub(super) fn at_most(mut self, attempts: Option<u32>) -> Self {
        self.policy.attempts = self.policy.attempts.min(attempts.unwrap_or(u32::MAX));
        self
    }

    /// Counts a failed try and gives the wait before the next, or `None` when it was the last.
    pub(crate) fn next_wait(&mut self) -> Option<Duration> {
        self.done += 1;
        if self.done >= self.policy.attempts {
            return None;
        }
        let doubled = self.policy.first_wait.saturating_mul(1 << (self.done - 1).min(16));
        Some(jittered(doubled.min(self.policy.longest_wait)))
    }

    /// Tells that there will be another try, and waits for its time.
    pub(crate) async fn pause(&self, wait: Duration, reason: String) {
        if let Some(told) = &self.told {
            told(&RetryNotice { url: self.what.clone(), reason, wait, attempt: self.done });
        }
        tokio::time::sleep(wait).await;
    }

    /// Forgets failed tries, because there was progress since.
    pub(crate) fn start_over(&mut self) {
        self.done = 0;
    }
}

// Between half and all of the wait, so that many clients do not come back at once. The seed of
// the standard library's hasher is random enough for that.
fn jittered(wait: Duration) -> Duration {
    let percent = u32::try_from(RandomState::new().hash_one(0) % 51).unwrap_or(0);
    wait * (50 + percent) / 100
}

/// Reads `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let wait = date.timestamp().duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let second = Duration::from_secs(1);
        let retries =
            Retries { attempts: 4, first_wait: second, longest_wait: second * 3, patience: second };
        let options = TransportOptions { retries, ..TransportOptions::default() };
        let what = ShownUrl::new(&url::Url::parse("https://example.org").unwrap());
        let mut tries = Tries::new(&options, what);
        for most in [1, 2, 3] {
            let wait = tries.next_wait().unwrap();
            assert!(wait <= second * most && wait * 2 >= second * most, "{wait:?}");
        }
        assert_eq!(tries.next_wait(), None);
    }

    #[test]
    fn reads_seconds_and_dates() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(wait("Fri, 06 Nov 2099 08:49:37 GMT").unwrap() > Duration::from_hours(24));
        assert_eq!(wait("soon"), None);
    }
}

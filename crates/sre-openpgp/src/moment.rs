//! Times of OpenPGP, which are 32 bits of seconds, and ours.

use pgp::types::{Duration, Timestamp as Seconds};
use sre_format::Timestamp;

/// Converts a time of a packet.
pub(crate) fn moment(seconds: Seconds) -> Timestamp {
    after(seconds, Duration::default())
}

/// Gives the time a while later.
pub(crate) fn after(seconds: Seconds, duration: Duration) -> Timestamp {
    let sum = i64::from(seconds.as_secs()) + i64::from(duration.as_secs());
    #[expect(clippy::expect_used, reason = "two numbers of 32 bits add up to less than 33 bits")]
    Timestamp::from_unix_seconds(sum).expect("a time of ours holds 33 bits of seconds")
}

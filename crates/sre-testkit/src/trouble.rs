//! Faults as data: on which requests an upstream misbehaves, how often, and how.

use http::{Method, StatusCode};

/// A misbehaviour with the requests that it meets.
///
/// ```
/// # use sre_testkit::{Misbehaviour, Trouble};
/// let flaky = Trouble::on("/blobs/").times(2).does(Misbehaviour::busy(503));
/// let cut = Trouble::on("/v2/app/blobs/").method("GET").does(Misbehaviour::Drop { after: 4096 });
/// ```
#[derive(Clone, Debug)]
pub struct Trouble {
    pub(crate) path_part: String,
    pub(crate) method: Option<Method>,
    pub(crate) skip: u32,
    pub(crate) times: u32,
    pub(crate) what: Misbehaviour,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Misbehaviour {
    /// Answers a status, with `Retry-After` in seconds where given.
    Status {
        /// The code to answer.
        code: StatusCode,
        /// Seconds for `Retry-After`.
        retry_after: Option<u64>,
    },
    /// Sends so many bytes of the body, then nothing more, with the connection open.
    Stall {
        /// Bytes of the body before the stall.
        after: u64,
    },
    /// Ends the body early and says so in `Content-Length`: a short but complete answer.
    Truncate {
        /// Bytes of the body that are sent.
        after: u64,
    },
    /// Closes the connection in the middle of the body.
    Drop {
        /// Bytes of the body before the cut.
        after: u64,
    },
    /// Reads so many bytes of the request's body, keeps them, and closes the connection.
    DropUpload {
        /// Bytes of the request that are taken in.
        after: u64,
    },
    /// Flips one bit of the body; the length stays.
    Corrupt {
        /// Offset of the altered byte.
        at: u64,
    },
    /// Appends bytes to the body; the `Content-Length` counts them.
    Append {
        /// How many bytes are added.
        bytes: u64,
    },
    /// Redirects to another base URL with the same path and query.
    RedirectTo {
        /// Scheme and host, such as `http://127.0.0.1:8080`.
        base: String,
    },
    /// Redirects to the same address again and again.
    RedirectLoop,
    /// Asks for a token from a realm of somebody else.
    ForeignRealm {
        /// The `realm` of the challenge.
        realm: String,
    },
    /// Leaves `Content-Length` out.
    NoLength,
    /// Answers as if the body had another media type.
    MediaType(String),
    /// Leaves `Docker-Content-Digest` out.
    NoDigestHeader,
    /// Names another digest in `Docker-Content-Digest`.
    WrongDigestHeader,
    /// Ignores `Range` and sends everything with status 200.
    IgnoreRange,
}

impl Misbehaviour {
    /// Answers a status code without `Retry-After`.
    pub fn status(code: u16) -> Self {
        let code = StatusCode::from_u16(code).expect("a status code has three digits");
        Self::Status { code, retry_after: None }
    }

    /// Answers a status code with `Retry-After: 0`, so that tests need not wait.
    pub fn busy(code: u16) -> Self {
        let code = StatusCode::from_u16(code).expect("a status code has three digits");
        Self::Status { code, retry_after: Some(0) }
    }
}

impl Trouble {
    /// Begins a trouble for every request whose path (with query) contains a text.
    pub fn on(path_part: &str) -> Self {
        Self {
            path_part: path_part.to_owned(),
            method: None,
            skip: 0,
            times: u32::MAX,
            what: Misbehaviour::status(500),
        }
    }

    /// Restricts it to one method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.parse().expect("a method is a token"));
        self
    }

    /// Lets the first requests pass unharmed.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Limits how many requests are met; otherwise all are.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Says what goes wrong.
    pub fn does(mut self, what: Misbehaviour) -> Self {
        self.what = what;
        self
    }

    /// Says whether a request is met, and counts it.
    pub(crate) fn strikes(&mut self, method: &Method, path_and_query: &str) -> bool {
        let meets = self.method.as_ref().is_none_or(|own| own == method)
            && path_and_query.contains(&self.path_part);
        if !meets || self.times == 0 {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.times != u32::MAX {
            self.times -= 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_as_often_as_asked_after_the_skipped_ones() {
        let mut trouble = Trouble::on("/blobs/").method("GET").skip(1).times(2);
        let mut strikes = |method| trouble.strikes(&method, "/v2/a/blobs/x");
        assert!(!strikes(Method::HEAD));
        let seen: Vec<bool> = (0..4).map(|_| strikes(Method::GET)).collect();
        assert_eq!(seen, [false, true, true, false]);
    }
}

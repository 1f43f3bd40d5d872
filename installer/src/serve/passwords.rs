//! Who may ask: basic authentication from a password file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64;
use http::HeaderValue;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use sre_format::Digest;
use sre_oci::server::Refusal;
use tokio::sync::Semaphore;

use super::ServeError;

/// The largest password file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// The most work that a bcrypt line may ask for, as a power of two: 15 takes about two seconds.
const MAX_COST: u32 = 15;
/// How many pairs of user and password are remembered as right.
const REMEMBERED: usize = 4096;

/// Users and their passwords, and the pairs that were right before.
///
/// bcrypt takes a tenth of a second on purpose, and a pull is dozens of requests. So a pair that was
/// right is remembered by a digest with a secret of this process, and only unknown pairs are
/// computed, one at a time: who guesses waits in a queue and slows nobody down who is known.
pub struct Passwords {
    users: BTreeMap<String, Secret>,
    salt: [u8; 32],
    known: Mutex<Vec<Digest>>,
    turn: Semaphore,
}

enum Secret {
    Bcrypt(String),
    Plain(Digest),
}

impl Passwords {
    /// Reads lines `user:hash` as `htpasswd -B` writes them, or `user:password`.
    pub fn read(path: &Path) -> Result<Self, ServeError> {
        Self::parse(path, &super::read_text(path, MAX_FILE)?)
    }

    /// Reads the text of a password file; the path is for messages.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ServeError> {
        let mut users = BTreeMap::new();
        for (line, text) in (1..).zip(text.lines()) {
            let wrong = |reason| ServeError::Password { path: path.to_owned(), line, reason };
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let (user, secret) =
                text.split_once(':').ok_or_else(|| wrong("expected `user:hash`"))?;
            let secret = Secret::parse(secret.trim_end()).map_err(wrong)?;
            if user.is_empty() || users.insert(user.to_owned(), secret).is_some() {
                return Err(wrong("the user name is empty or stands here twice"));
            }
        }
        Ok(Self { users, salt: salt()?, known: Mutex::default(), turn: Semaphore::new(1) })
    }

    async fn allow(self: &Arc<Self>, user: String, password: String) -> bool {
        let pair = self.digest(&format!("{user}\0{password}"));
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&pair) {
            return true;
        }
        let Ok(_turn) = self.turn.acquire().await else { return false };
        let passwords = Arc::clone(self);
        let checked = tokio::task::spawn_blocking(move || passwords.check(&user, &password)).await;
        let right = checked.unwrap_or(false);
        if right {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.truncate(REMEMBERED - 1);
            known.push(pair);
        }
        right
    }

    fn check(&self, user: &str, password: &str) -> bool {
        match self.users.get(user) {
            Some(Secret::Bcrypt(hash)) => bcrypt::verify(password, hash).unwrap_or(false),
            // Digests are compared, so the time tells nothing about the password.
            Some(Secret::Plain(digest)) => *digest == Digest::of(password.as_bytes()),
            None => false,
        }
    }

    fn digest(&self, text: &str) -> Digest {
        Digest::of(&[&self.salt[..], text.as_bytes()].concat())
    }
}

impl Secret {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix)) {
            let parts = text.parse::<bcrypt::HashParts>().map_err(|_| "the hash is not whole")?;
            if parts.get_cost() > MAX_COST {
                return Err("the hash costs too much time: use at most 15");
            }
            return Ok(Self::Bcrypt(text.to_owned()));
        }
        if text.starts_with('$') || text.starts_with('{') {
            return Err("this kind of hash is too weak or unknown");
        }
        if text.is_empty() {
            return Err("the password is empty");
        }
        Ok(Self::Plain(Digest::of(text.as_bytes())))
    }
}

fn salt() -> Result<[u8; 32], ServeError> {
    let mut salt = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut salt).map_err(|_| ServeError::Random)?;
    Ok(salt)
}

/// Lets a request pass that carries a right password, and asks all others for one.
pub(super) async fn check(
    State(passwords): State<Arc<Passwords>>,
    request: Request,
    next: Next,
) -> Response {
    let known = match credentials(&request) {
        Some((user, password)) => passwords.allow(user, password).await,
        None => false,
    };
    if known {
        return next.run(request).await;
    }
    let mut answer = Refusal::Unauthorized.into_response();
    let challenge = HeaderValue::from_static("Basic realm=\"sre\", charset=\"UTF-8\"");
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    answer
}

pub(crate) fn credentials(request: &Request) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    plain.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

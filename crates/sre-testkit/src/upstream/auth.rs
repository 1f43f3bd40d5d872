//! Passwords, challenges and the token server.

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method};
use serde_json::json;

use super::answer::{self, Answer};
use super::path::Target;
use super::settings::{Anonymous, Auth};
use super::{Shared, value};

/// The name under which the token server knows the registry.
const SERVICE: &str = "testkit";

/// The tokens that were given out.
#[derive(Default)]
pub(super) struct Tokens {
    all: Mutex<HashMap<String, Token>>,
}

struct Token {
    scopes: Vec<String>,
    uses: u32,
}

/// Lets a request pass, or gives the challenge.
pub(super) fn check(
    shared: &Shared,
    method: &Method,
    target: &Target,
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Result<(), Box<Answer>> {
    match (&shared.settings.auth, target) {
        (Auth::Open, _) | (Auth::Bearer { .. }, Target::Token | Target::File { .. }) => Ok(()),
        (Auth::Basic { user, password }, _) => {
            if is_basic(headers, user, password) {
                return Ok(());
            }
            Err(Box::new(challenge("Basic realm=\"testkit\"")))
        }
        (Auth::Bearer { .. }, _) => {
            let scopes = scopes_of(method, target, query);
            if bearer(headers).is_some_and(|token| shared.tokens.allow(token, &scopes)) {
                return Ok(());
            }
            let scope = match scopes.join(" ") {
                none if none.is_empty() => none,
                some => format!(",scope=\"{some}\""),
            };
            let realm = format!("{}/token", shared.url);
            let text = format!("Bearer realm=\"{realm}\",service=\"{SERVICE}\"{scope}");
            Err(Box::new(challenge(&text)))
        }
    }
}

/// Answers 401 with a challenge.
pub(super) fn challenge(text: &str) -> Answer {
    let mut answer = answer::error(401, "UNAUTHORIZED", "authentication required");
    answer::set(&mut answer, WWW_AUTHENTICATE.as_str(), text);
    answer
}

fn scopes_of(method: &Method, target: &Target, query: &[(String, String)]) -> Vec<String> {
    let Some(repository) = target.repository() else {
        return match target {
            Target::Catalog => vec!["registry:catalog:*".to_owned()],
            _ => Vec::new(),
        };
    };
    let actions = match *method {
        Method::GET | Method::HEAD => "pull",
        Method::DELETE => "delete",
        _ => "pull,push",
    };
    let mut scopes = vec![format!("repository:{repository}:{actions}")];
    scopes.extend(value(query, "from").map(|from| format!("repository:{from}:pull")));
    scopes
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let plain = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    plain.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn is_basic(headers: &HeaderMap, user: &str, password: &str) -> bool {
    credentials(headers).is_some_and(|(own, secret)| own == user && secret == password)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

impl Tokens {
    fn give(&self, scopes: Vec<String>, uses: u32) -> String {
        let mut all = self.all.lock().expect("no thread panics while it holds the tokens");
        let name = format!("token-{}", all.len());
        all.insert(name.clone(), Token { scopes, uses });
        name
    }

    fn allow(&self, name: &str, wanted: &[String]) -> bool {
        let mut all = self.all.lock().expect("no thread panics while it holds the tokens");
        let Some(token) = all.get_mut(name).filter(|token| token.uses > 0) else { return false };
        let covered = wanted.iter().all(|want| token.scopes.iter().any(|have| covers(have, want)));
        token.uses -= u32::from(covered && token.uses != u32::MAX);
        covered
    }
}

/// Says whether one scope holds all actions of another on the same thing.
fn covers(have: &str, want: &str) -> bool {
    let (Some((thing, have)), Some((wanted, want))) =
        (have.rsplit_once(':'), want.rsplit_once(':'))
    else {
        return false;
    };
    thing == wanted && want.split(',').all(|action| have.split(',').any(|own| own == action))
}

/// Answers `/token`: by `GET` with a password or without, by `POST` with a refresh token.
pub(super) fn token(
    shared: &Shared,
    query: &[(String, String)],
    form: &[(String, String)],
    headers: &HeaderMap,
) -> Answer {
    let Auth::Bearer { user, password, anonymous, uses } = &shared.settings.auth else {
        return answer::error(404, "NOT_FOUND", "this registry gives no tokens");
    };
    let fields = if form.is_empty() { query } else { form };
    let asked = fields.iter().filter(|(key, _)| key == "scope");
    let scopes: Vec<String> =
        asked.flat_map(|(_, value)| value.split(' ')).map(str::to_owned).collect();
    let by_password = is_basic(headers, user, password)
        || (value(form, "username") == Some(user) && value(form, "password") == Some(password))
        || value(form, "refresh_token") == Some(password);
    let by_nobody =
        credentials(headers).is_none() && form.is_empty() && *anonymous == Anonymous::Pulls;
    let granted = match (by_password, by_nobody) {
        (true, _) => scopes,
        (false, true) => scopes.iter().map(|scope| only_pull(scope)).collect(),
        (false, false) => return challenge("Basic realm=\"testkit tokens\""),
    };
    let token = shared.tokens.give(granted, *uses);
    answer::document(&json!({ "token": token, "access_token": token, "expires_in": 300 }))
}

fn only_pull(scope: &str) -> String {
    let thing = scope.rsplit_once(':').map_or(scope, |(thing, _)| thing);
    format!("{thing}:pull")
}

//! Answers a registry that asks who we are, and keeps the tokens that come of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::credentials::{
    AuthorizationError, Challenge, Credential, CredentialStore, check_realm, sensitive,
};
use crate::transport::{Body, Redirects, Request, Transport, TransportError};

/// How long a token lasts whose service does not say (distribution, "Token Authentication").
const DEFAULT_LIFE: u64 = 60;
/// The longest that a token is kept, whatever its service says.
const LONGEST_LIFE: u64 = 3600;
/// The most bytes of a token service's answer.
const MAX_ANSWER: u64 = 256 << 10;

/// What a token must allow, in the words of token services: `repository:a/b:pull`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    repository: String,
    words: Vec<String>,
}

impl Scope {
    pub(super) fn pull(repository: &str) -> Self {
        let words = vec![format!("repository:{repository}:pull")];
        Self { repository: repository.to_owned(), words }
    }

    pub(super) fn push(repository: &str) -> Self {
        let words = vec![format!("repository:{repository}:pull,push")];
        Self { repository: repository.to_owned(), words }
    }

    pub(super) fn mount(repository: &str, from: &str) -> Self {
        let mut scope = Self::push(repository);
        scope.words.push(format!("repository:{from}:pull"));
        scope
    }
}

/// The door to one registry.
pub(super) struct Authenticator {
    transport: Transport,
    host: String,
    registry: Url,
    credentials: CredentialStore,
    trusted_realms: Vec<String>,
    challenge: Mutex<Option<Challenge>>,
    tokens: Mutex<HashMap<Scope, Slot>>,
}

/// The token of one scope. It is locked while it is fetched, so that it is fetched once.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

struct Token {
    header: HeaderValue,
    until: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl Authenticator {
    pub(super) fn new(
        transport: &Transport,
        host: &str,
        registry: Url,
        credentials: &CredentialStore,
        trusted_realms: Vec<String>,
    ) -> Self {
        Self {
            transport: transport.clone(),
            host: host.to_owned(),
            registry,
            credentials: credentials.clone(),
            trusted_realms,
            challenge: Mutex::new(None),
            tokens: Mutex::new(HashMap::new()),
        }
    }

    /// Gives the header for a request, as far as the registry has asked for one before.
    pub(super) async fn header(
        &self,
        scope: &Scope,
    ) -> Result<Option<HeaderValue>, AuthorizationError> {
        let challenge = self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match challenge {
            Some(challenge) => self.header_for(&challenge, scope, None).await,
            None => Ok(None),
        }
    }

    /// Gives the header for a second try, after the registry answered 401 to `refused`.
    pub(super) async fn answer(
        &self,
        headers: &HeaderMap,
        scope: &Scope,
        refused: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, AuthorizationError> {
        let challenge = Challenge::find(headers)
            .ok_or_else(|| AuthorizationError::Challenge { host: self.host.clone() })?;
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge.clone());
        let header = self.header_for(&challenge, scope, refused).await?;
        Ok(header.filter(|header| Some(header) != refused))
    }

    /// Makes the error for a registry that says no to all we have.
    pub(super) async fn refusal(&self, scope: &Scope) -> AuthorizationError {
        let known = self.credentials.find(&self.host, &scope.repository).await.ok().flatten();
        AuthorizationError::Refused {
            host: self.host.clone(),
            action: format!("`{}`", scope.words.join(" ")),
            who: known.map_or_else(|| "without a login".to_owned(), |known| known.who()),
        }
    }

    async fn header_for(
        &self,
        challenge: &Challenge,
        scope: &Scope,
        refused: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, AuthorizationError> {
        match challenge {
            Challenge::Basic => {
                let known = self.credentials.find(&self.host, &scope.repository).await?;
                Ok(known.and_then(|known| known.basic_header()))
            }
            Challenge::Bearer { realm, service } => {
                let slot = self.slot(scope);
                let mut token = slot.lock().await;
                if let Some(kept) = token.as_ref()
                    && kept.until > Instant::now()
                    && Some(&kept.header) != refused
                {
                    return Ok(Some(kept.header.clone()));
                }
                let fetched = self.fetch(realm, service.as_deref(), scope).await?;
                let header = fetched.header.clone();
                *token = Some(fetched);
                Ok(Some(header))
            }
        }
    }

    fn slot(&self, scope: &Scope) -> Slot {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tokens.entry(scope.clone()).or_default())
    }

    async fn fetch(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: &Scope,
    ) -> Result<Token, AuthorizationError> {
        let realm = check_realm(&self.host, &self.registry, realm, &self.trusted_realms)?;
        let known = self.credentials.find(&self.host, &scope.repository).await?;
        if known.is_some() && !realm.may_see_credentials {
            return Err(AuthorizationError::RealmRefused {
                host: self.host.clone(),
                realm: crate::transport::ShownUrl::new(&realm.url).to_string(),
                reason: "it is on another site and would learn the stored credentials",
            });
        }
        if let Some(Credential::AccessToken(token)) = &known {
            return self.token(token.reveal(), LONGEST_LIFE);
        }
        let request = token_request(realm.url, service, scope, known.as_ref());
        let answer = self.ask(&request).await?;
        let life = answer.expires_in.unwrap_or(DEFAULT_LIFE).min(LONGEST_LIFE);
        let text = answer.token.or(answer.access_token).unwrap_or_default();
        self.token(&text, life)
    }

    async fn ask(&self, request: &Request) -> Result<TokenAnswer, AuthorizationError> {
        let failed = |source: TransportError| AuthorizationError::Token {
            host: self.host.clone(),
            source: Box::new(source),
        };
        let response = self.transport.send(request).await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(failed(response.into_error().await));
        }
        let body = response.whole(MAX_ANSWER).await.map_err(failed)?;
        serde_json::from_slice(&body)
            .map_err(|_| AuthorizationError::NoToken { host: self.host.clone() })
    }

    fn token(&self, text: &str, life: u64) -> Result<Token, AuthorizationError> {
        let header = sensitive(&format!("Bearer {text}")).filter(|_| !text.is_empty());
        let header =
            header.ok_or_else(|| AuthorizationError::NoToken { host: self.host.clone() })?;
        // A tenth less than the service says, because its clock started earlier than ours.
        let until = Instant::now() + Duration::from_secs(life).mul_f32(0.9);
        Ok(Token { header, until })
    }
}

fn token_request(
    mut url: Url,
    service: Option<&str>,
    scope: &Scope,
    known: Option<&Credential>,
) -> Request {
    let mut asked: Vec<(&str, &str)> =
        service.map(|service| ("service", service)).into_iter().collect();
    if let Some(Credential::IdentityToken(token)) = known {
        let words = scope.words.join(" ");
        asked.extend([
            ("scope", words.as_str()),
            ("grant_type", "refresh_token"),
            ("client_id", "sre"),
            ("refresh_token", token.reveal()),
        ]);
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
        return Request::new(Method::POST, url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(Body::Whole(Bytes::from(form)));
    }
    asked.extend(scope.words.iter().map(|words| ("scope", words.as_str())));
    url.query_pairs_mut().extend_pairs(asked);
    Request::get(url)
        .redirects(Redirects::Refuse)
        .authorization(known.and_then(Credential::basic_header))
}

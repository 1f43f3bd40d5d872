//! Where credentials are looked up.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tokio::sync::{Mutex, OnceCell};

use super::docker_config::{DockerConfig, Found};
use super::helper::{Failed, Helpers};
use super::{AuthorizationError, Secret};

/// Who we are to one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A user and password, or a robot account and its token.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that buys access tokens.
    IdentityToken(Secret),
    /// An access token, sent as it is.
    AccessToken(Secret),
}

/// Looks credentials up; clones share everything.
#[derive(Clone, Default)]
pub struct CredentialStore {
    given: Arc<BTreeMap<String, Credential>>,
    files: Arc<Vec<KnownFile>>,
    helpers: Helpers,
    helped: Arc<Mutex<Helped>>,
}

/// What each helper said about each registry, failures included: one that hangs does so once.
type Helped = HashMap<(String, String), Result<Option<Credential>, Failed>>;

/// A credential file, read once.
struct KnownFile {
    path: PathBuf,
    config: OnceCell<DockerConfig>,
}

impl Credential {
    /// Makes a credential of user and password.
    #[must_use]
    pub fn basic(user: &str, password: &str) -> Self {
        Self::Basic { user: user.to_owned(), password: Secret::new(password.to_owned()) }
    }

    /// Gives the words for messages: who, never the secret.
    #[must_use]
    pub fn who(&self) -> String {
        match self {
            Self::Basic { user, .. } => format!("as `{}`", user.escape_debug()),
            Self::IdentityToken(_) | Self::AccessToken(_) => "with the stored token".to_owned(),
        }
    }

    pub(crate) fn basic_header(&self) -> Option<HeaderValue> {
        let Self::Basic { user, password } = self else { return None };
        let encoded = STANDARD.encode(format!("{user}:{}", password.reveal()));
        sensitive(&format!("Basic {encoded}"))
    }
}

pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl CredentialStore {
    /// Makes a store that knows nobody.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Makes a store of the files that docker, podman and skopeo use:
    /// `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`,
    /// `$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`.
    #[must_use]
    pub fn from_environment() -> Self {
        let folder =
            |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = folder("HOME");
        let docker =
            folder("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let config =
            folder("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let files = [
            folder("REGISTRY_AUTH_FILE"),
            docker.map(|folder| folder.join("config.json")),
            folder("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            config.map(|folder| folder.join("containers/auth.json")),
        ];
        Self::from_files(files.into_iter().flatten().collect())
    }

    /// Makes a store of the given files, the first that knows a registry first. Missing ones are skipped.
    #[must_use]
    pub fn from_files(files: Vec<PathBuf>) -> Self {
        let known = files.into_iter().map(|path| KnownFile { path, config: OnceCell::new() });
        Self { files: Arc::new(known.collect()), ..Self::default() }
    }

    /// Says where helper programs are, instead of `PATH`.
    #[must_use]
    pub fn helpers_in(mut self, folder: PathBuf) -> Self {
        self.helpers.folder = Some(folder);
        self
    }

    /// Says how long a helper program may take; a minute unless said.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.helpers.patience = patience;
        self
    }

    /// Adds a credential for one registry that comes before all files.
    #[must_use]
    pub fn with(mut self, host: &str, credential: Credential) -> Self {
        Arc::make_mut(&mut self.given).insert(host.to_owned(), credential);
        self
    }

    /// Looks up who we are to a registry, for a repository in it.
    pub async fn find(
        &self,
        host: &str,
        repository: &str,
    ) -> Result<Option<Credential>, AuthorizationError> {
        if let Some(credential) = self.given.get(host) {
            return Ok(Some(credential.clone()));
        }
        for file in self.files.iter() {
            let config = file.config.get_or_try_init(|| DockerConfig::read(&file.path)).await?;
            let found = match config.find(host, repository) {
                Found::Credential(credential) => Some(credential),
                Found::Helper(name) => self.ask_helper(name, host).await?,
                Found::Broken => {
                    let (path, host) = (file.path.clone(), host.to_owned());
                    return Err(AuthorizationError::Entry { path, host });
                }
                Found::Nothing => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    // Asked once for each registry, because a helper may ask a person.
    async fn ask_helper(
        &self,
        name: String,
        host: &str,
    ) -> Result<Option<Credential>, AuthorizationError> {
        let mut helped = self.helped.lock().await;
        let key = (name, host.to_owned());
        let answer = if let Some(known) = helped.get(&key) {
            known.clone()
        } else {
            let answer = self.helpers.ask(&key.0, host).await;
            helped.insert(key, answer.clone());
            answer
        };
        answer.map_err(|Failed { program, reason }| AuthorizationError::Helper {
            program,
            host: host.to_owned(),
            reason,
        })
    }
}

impl fmt::Debug for CredentialStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|file| &file.path).collect();
        formatter
            .debug_struct("CredentialStore")
            .field("given", &self.given)
            .field("files", &files)
            .finish_non_exhaustive()
    }
}

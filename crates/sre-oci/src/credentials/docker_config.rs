//! The credential files of docker, podman and skopeo.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer};
use tokio::io::AsyncReadExt as _;

use super::{AuthorizationError, Credential, Secret};

/// The largest credential file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Base64 as tools write it, and as people do who forget the `=` at its end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parts of `config.json` and `auth.json` that say who we are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DockerConfig {
    #[serde(default, deserialize_with = "null_is_empty")]
    auths: BTreeMap<String, Option<Entry>>,
    creds_store: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// What a file says about a registry.
pub(crate) enum Found {
    /// The credential itself.
    Credential(Credential),
    /// The helper that knows it.
    Helper(String),
    /// An entry that holds something, but no user and password.
    Broken,
    /// Nothing.
    Nothing,
}

impl DockerConfig {
    pub(super) async fn read(path: &Path) -> Result<Self, AuthorizationError> {
        let wrong = |source| AuthorizationError::Read { path: path.to_owned(), source };
        let file = match tokio::fs::File::open(path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(wrong(error)),
        };
        let mut text = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut text).await.map_err(wrong)?;
        if text.len() as u64 > MAX_FILE {
            return Err(wrong(std::io::Error::other("the file is far too large")));
        }
        serde_json::from_slice(&text).map_err(|error| AuthorizationError::Parse {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        })
    }

    pub(crate) fn find(&self, host: &str, repository: &str) -> Found {
        let helper = self.cred_helpers.iter().find(|(key, _)| covers(key, host, "").is_some());
        if let Some((_, helper)) = helper {
            return Found::Helper(helper.clone());
        }
        let best = self
            .auths
            .iter()
            .filter_map(|(key, entry)| {
                let found = entry.as_ref()?.found();
                let length = covers(key, host, repository)?;
                (!matches!(found, Found::Nothing)).then_some((length, found))
            })
            .max_by_key(|(length, _)| *length);
        match (best, &self.creds_store) {
            (Some((_, found)), _) => found,
            (None, Some(helper)) if !helper.is_empty() => Found::Helper(helper.clone()),
            _ => Found::Nothing,
        }
    }
}

impl Entry {
    fn found(&self) -> Found {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.identitytoken) {
            return Found::Credential(Credential::IdentityToken(Secret::new(token)));
        }
        if let Some(token) = filled(&self.registrytoken) {
            return Found::Credential(Credential::AccessToken(Secret::new(token)));
        }
        if let Some(auth) = filled(&self.auth) {
            return user_and_password(&auth).map_or(Found::Broken, Found::Credential);
        }
        match (filled(&self.username), filled(&self.password)) {
            (Some(user), Some(password)) => Found::Credential(Credential::basic(&user, &password)),
            _ => Found::Nothing,
        }
    }
}

fn user_and_password(auth: &str) -> Option<Credential> {
    let decoded = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = decoded.trim_end_matches('\0').split_once(':')?;
    Some(Credential::basic(user, password))
}

// Go writes an empty map as `null`.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

// A key is `host`, `https://host/v1/` (docker) or `host/namespace` (podman). Gives the length of
// the namespace that matches, so that the closest key wins.
fn covers(key: &str, host: &str, repository: &str) -> Option<usize> {
    let bare = key.split_once("://").map_or(key, |(_, bare)| bare);
    let (key_host, path) = bare.split_once('/').unwrap_or((bare, ""));
    if plain_host(key_host) != plain_host(host) {
        return None;
    }
    let path = path.trim_end_matches('/');
    if matches!(path, "" | "v1" | "v2") {
        return Some(0);
    }
    let rest = repository.strip_prefix(path)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(path.len())
}

fn plain_host(host: &str) -> &str {
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
        "auths": {
            "https://index.docker.io/v1/": {"auth": "bWU6aHViOnB3"},
            "quay.io": {"username": "me", "password": "quay"},
            "quay.io/team": {"auth": "bWU6dGVhbQ=="},
            "empty.example": {},
            "null.example": null,
            "broken.example": {"auth": "bWU"},
            "unpadded.example": {"auth": "bWU6cHc"},
            "token.example": {"auth": "MDA6", "identitytoken": "t"},
            "access.example": {"registrytoken": "t"}
        },
        "credHelpers": {"helped.example": "pass"},
        "credsStore": "secretservice"
    }"#;

    fn find(host: &str, repository: &str) -> String {
        let config: DockerConfig = serde_json::from_str(TEXT).unwrap();
        match config.find(host, repository) {
            Found::Credential(Credential::Basic { password, .. }) => password.reveal().to_owned(),
            Found::Credential(other) => format!("{other:?}"),
            Found::Helper(name) => format!("helper {name}"),
            Found::Broken => "broken".to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn finds_what_docker_and_podman_wrote() {
        assert_eq!(find("docker.io", "library/nginx"), "hub:pw");
        assert_eq!(find("quay.io", "other/x"), "quay");
        assert_eq!(find("quay.io", "team/x"), "team");
        assert_eq!(find("quay.io", "teams/x"), "quay");
        assert_eq!(find("helped.example", "x"), "helper pass");
        assert_eq!(find("empty.example", "x"), "helper secretservice");
        assert_eq!(find("null.example", "x"), "helper secretservice");
        assert_eq!(find("broken.example", "x"), "broken");
        assert_eq!(find("unpadded.example", "x"), "pw");
        assert_eq!(find("token.example", "x"), "IdentityToken((masked))");
        assert_eq!(find("access.example", "x"), "AccessToken((masked))");
    }

    #[test]
    fn takes_empty_maps_as_tools_write_them() {
        for text in ["{}", r#"{"auths": null, "credHelpers": null, "credsStore": ""}"#] {
            let config: DockerConfig = serde_json::from_str(text).unwrap();
            assert!(matches!(config.find("a.example", "x"), Found::Nothing), "{text}");
        }
    }

    #[tokio::test]
    async fn a_broken_file_is_named_and_not_quoted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"auths": {"a": "hunter2"}}"#).unwrap();
        let error = DockerConfig::read(file.path()).await.err().unwrap();
        let text = format!("{error} {error:?}");
        assert!(text.contains("line 1") && !text.contains("hunter2"), "{text}");
    }
}

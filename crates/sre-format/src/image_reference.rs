//! Names of images as people and registries write them.

use std::fmt;
use std::str::FromStr;

use crate::Digest;
use crate::text_form::text_form;

/// A full image name: registry host, repository, and a tag, a digest or both.
///
/// Written `host[:port]/repository[:tag][@sha256:...]`. The host always stands there: a name
/// such as `nginx` is completed to `docker.io/library/nginx:latest` by nobody, because what a
/// bundle carries must not depend on the defaults of some program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    host: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Says what is wrong with an image name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an image reference: {reason}")]
pub struct ParseReferenceError {
    text: String,
    reason: &'static str,
}

impl ParseReferenceError {
    /// Repeats as much of the text as a name can have; it may be an upstream's.
    fn new(text: &str, reason: &'static str) -> Self {
        Self { text: text.chars().take(MAX_SHOWN).collect(), reason }
    }
}

/// The registry of names without a host.
const USUAL_HOST: &str = "docker.io";
/// What it is called elsewhere.
const OTHER_NAMES: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];
/// The most characters of a wrong name that are repeated.
const MAX_SHOWN: usize = 500;
/// The longest repository name that registries accept, in bytes (distribution-spec, "Pulling manifests").
const MAX_REPOSITORY: usize = 255;
/// The longest tag, in bytes (distribution-spec, "Pulling manifests").
const MAX_TAG: usize = 128;

impl ImageReference {
    /// Puts a reference together from its parts, checked as `from_str` does.
    pub fn new(
        host: &str,
        repository: &str,
        tag: Option<&str>,
        digest: Option<Digest>,
    ) -> Result<Self, ParseReferenceError> {
        let wrong = |reason| ParseReferenceError::new(&format!("{host}/{repository}"), reason);
        if !is_host(host) {
            return Err(wrong("it must begin with a registry host such as `docker.io/`"));
        }
        if repository.len() > MAX_REPOSITORY || !repository.split('/').all(is_path_component) {
            return Err(wrong(
                "the repository must be lowercase letters and digits, joined by `.`, `_`, `__`, `-` or `/`",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("the tag must be at most 128 letters, digits, `_`, `.` or `-`"));
        }
        Ok(Self {
            host: host.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// Reads a name as container runtimes complete it: `nginx` is `docker.io/library/nginx`.
    ///
    /// No tag is added. For names in what others wrote (charts, archives of images); a manifest and
    /// a lock name the host.
    pub fn completed(text: &str) -> Result<Self, ParseReferenceError> {
        let (host, rest) = match text.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (if OTHER_NAMES.contains(&first) { USUAL_HOST } else { first }, rest)
            }
            _ => (USUAL_HOST, text),
        };
        let library = if host == USUAL_HOST && !rest.contains('/') { "library/" } else { "" };
        format!("{host}/{library}{rest}").parse()
    }

    /// Gives the registry host with its port, such as `docker.io` or `127.0.0.1:5000`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Gives the repository without the host, such as `library/nginx`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Gives the tag, where there is one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Gives the digest, where there is one.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Gives the same repository under another digest, without a tag.
    #[must_use]
    pub fn at_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// Gives the same repository under a tag, without a digest.
    pub fn at_tag(&self, tag: &str) -> Result<Self, ParseReferenceError> {
        Self::new(&self.host, &self.repository, Some(tag), None)
    }

    /// Gives `host/repository`, the name without tag and digest.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }
}

/// Says whether a tag follows the rule of the distribution-spec.
#[must_use]
pub fn is_tag(tag: &str) -> bool {
    let mut bytes = tag.bytes();
    tag.len() <= MAX_TAG
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Says whether one component of a repository name follows the rule of the distribution-spec:
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
#[must_use]
pub fn is_path_component(component: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let edges = component.bytes().next().is_some_and(alphanumeric)
        && component.bytes().last().is_some_and(alphanumeric);
    let separators = component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    edges
        && separators.into_iter().all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    let is_ipv6 = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = name.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let looks_like_host = name.contains('.') || port.is_some() || name == "localhost";
    port_fits && (is_ipv6 || (is_name && looks_like_host))
}

impl FromStr for ImageReference {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason| ParseReferenceError::new(text, reason);
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (
                rest,
                Some(digest.parse().map_err(|_| {
                    wrong("the digest must be `sha256:` and 64 hexadecimal digits")
                })?),
            ),
            None => (text, None),
        };
        let (host, path) = rest
            .split_once('/')
            .ok_or_else(|| wrong("it must begin with a registry host such as `docker.io/`"))?;
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        Self::new(host, repository, tag, digest).map_err(|error| wrong(error.reason))
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

text_form!(ImageReference);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        let digest = format!("@sha256:{}", "ab".repeat(32));
        for text in [
            "docker.io/library/nginx:1.27",
            "127.0.0.1:5000/bench/app1:1.0.1",
            "localhost/a__b/c--d.e:T_1",
            "[::1]:5000/a",
            &format!("quay.io/a/b{digest}"),
            &format!("quay.io/a/b:v1{digest}"),
        ] {
            assert_eq!(text.parse::<ImageReference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn completes_names_as_a_runtime_does() {
        for (written, meant) in [
            ("nginx", "docker.io/library/nginx"),
            ("nginx:1.27.3", "docker.io/library/nginx:1.27.3"),
            ("docker.io/nginx:1", "docker.io/library/nginx:1"),
            ("index.docker.io/a/b:1", "docker.io/a/b:1"),
            ("registry-1.docker.io/pause:3", "docker.io/library/pause:3"),
            ("grafana/loki:3.7.6", "docker.io/grafana/loki:3.7.6"),
            ("localhost/a:1", "localhost/a:1"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000/a"),
        ] {
            let completed = ImageReference::completed(written).unwrap();
            assert_eq!(completed.to_string(), meant, "{written}");
        }
        assert!(ImageReference::completed("quay.io/a@sha256:sha256:00").is_err());
    }

    #[test]
    fn refuses_what_registries_refuse() {
        for text in [
            "",
            "nginx",
            "nginx:1",
            "library/nginx",
            "docker.io/",
            "docker.io/Nginx",
            "docker.io/a//b",
            "docker.io/a:",
            "docker.io/a:-x",
            "docker.io/a/../b",
            "docker.io/a..b",
            "docker.io/a___b",
            "user:pw@docker.io/a",
            "docker.io/a@sha256:00",
            "docker.io:99999/a",
            "-x.io/a",
            "docker.io/-a",
            "docker.io/a b",
            "docker.io/a\n",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text:?}");
        }
    }
}

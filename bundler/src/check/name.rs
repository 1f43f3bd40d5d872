//! Names of images as charts write them, completed as a container runtime would.

use sre_format::{Digest, ImageReference, ParseReferenceError};

/// Completes a name as containerd does: `nginx` is `docker.io/library/nginx:latest`.
pub(super) fn complete(text: &str) -> Result<ImageReference, ParseReferenceError> {
    let reference = ImageReference::completed(text.trim())?;
    match (reference.tag(), reference.digest()) {
        (None, None) => reference.at_tag("latest"),
        _ => Ok(reference),
    }
}

/// Completes a name that says which version it means; others are words like any.
pub(super) fn versioned(text: &str) -> Option<ImageReference> {
    let last = text.rsplit('/').next().unwrap_or_default();
    (last.contains([':', '@']) && !text.contains("://")).then(|| complete(text).ok()).flatten()
}

/// Completes a name that begins with a host and says which version it means: no other word looks so.
pub(super) fn unmistakable(text: &str) -> Option<ImageReference> {
    let (first, _) = text.split_once('/')?;
    // Labels and annotations of Kubernetes begin with such hosts, and no image does.
    let is_label = first.ends_with("kubernetes.io") || first.rsplit('.').next() == Some("svc");
    let is_name = first.contains(['.', ':']) && first.contains(|c: char| c.is_ascii_alphanumeric());
    if is_label || !is_name { None } else { versioned(text) }
}

/// Says whether a key, a flag or a variable of this name has an image for its value.
pub(super) fn names_an_image(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // What stands before the word says which image: `stageImage` is one, and so is `registryImage`.
    let Some((_, behind)) = key.rsplit_once("image") else { return false };
    let about_images = ["registry", "repo", "pull", "secret", "policy", "size", "digest", "tag"];
    !about_images.iter().any(|word| behind.contains(word))
}

/// Says whether a tag names another image from one day to the next: `latest`, and versions that leave
/// a number out.
pub(super) fn is_moving(tag: &str) -> bool {
    let numbers = tag
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|run| run.split('.').filter(|part| !part.is_empty()).count())
        .max();
    let is_hash = |part: &str| {
        part.len() >= 7
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte.is_ascii_digit())
    };
    numbers.unwrap_or_default() < 3 && !tag.split(['-', '_', '.']).any(is_hash)
}

/// Puts a name together from the parts in which values and custom resources have it.
pub(super) fn compose(
    registry: Option<&str>,
    repository: &str,
    tag: Option<&str>,
    digest: Option<&str>,
) -> Option<String> {
    let digest = digest.map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest));
    let digest = digest.filter(|hex| Digest::from_hex(hex).is_ok());
    if tag.is_none() && digest.is_none() {
        return None;
    }
    let mut name = String::new();
    if let Some(registry) = registry {
        name.push_str(registry.trim_end_matches('/'));
        name.push('/');
    }
    name.push_str(repository.trim_matches('/'));
    // Charts without a key for the digest take it as a part of the tag.
    name.extend(tag.iter().flat_map(|tag| [":", *tag]));
    name.extend(digest.iter().flat_map(|hex| ["@sha256:", *hex]));
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_the_tag_that_a_runtime_takes() {
        for (written, meant) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"),
            (" quay.io/a/b:v1 ", "quay.io/a/b:v1"),
        ] {
            assert_eq!(complete(written).unwrap().to_string(), meant, "{written}");
        }
    }

    #[test]
    fn tells_images_from_other_words() {
        for text in ["quay.io/a/b:v1", "localhost:5000/a:1", "registry.k8s.io/kubectl:v1.35.7"] {
            assert!(unmistakable(text).is_some(), "{text}");
        }
        for text in [
            "https://quay.io/a:1",
            "quay.io/a/b",
            "grafana/loki:3",
            "app.kubernetes.io/name:x",
            "loki.svc/a:80",
            "a/b",
            "./a:1",
        ] {
            assert!(unmistakable(text).is_none(), "{text}");
        }
        for key in [
            "image",
            "AGENT_INJECT_VAULT_IMAGE",
            "--acme-http01-solver-image",
            "baseImage",
            "stageImage",
            "--policy-agent-image",
            "SECRETS_STORE_IMAGE",
            "repositoryServerImage",
            "registryImage",
        ] {
            assert!(names_an_image(key), "{key}");
        }
        for key in ["imagePullPolicy", "image-pull-secrets", "imageRegistry", "imageTag", "name"] {
            assert!(!names_an_image(key), "{key}");
        }
    }

    #[test]
    fn tells_tags_that_move_from_versions() {
        for tag in ["latest", "6", "1.31-alpine", "stable", "v2", "edge-1.2"] {
            assert!(is_moving(tag), "{tag}");
        }
        for tag in ["1.19.0", "v3.14.0-distroless", "1.6.45-alpine", "build-20260717", "0f31c9a"] {
            assert!(!is_moving(tag), "{tag}");
        }
    }

    #[test]
    fn takes_a_digest_with_and_without_its_algorithm() {
        let hex = "ab".repeat(32);
        let whole = format!("quay.io/a:1@sha256:{hex}");
        for digest in [hex.clone(), format!("sha256:{hex}")] {
            let name = compose(Some("quay.io/"), "a", Some("1"), Some(&digest));
            assert_eq!(name.as_deref(), Some(whole.as_str()));
        }
        assert_eq!(compose(None, "a", None, Some("no digest")), None);
    }
}

//! Images in free text: flags, scripts, templates of operators, comments.

use sre_format::ImageReference;

use super::name::{complete, names_an_image, unmistakable, versioned};

/// Finds every image that a text names.
///
/// A name with a host and a version is one wherever it stands; a shorter one is where the word before
/// it says so (`--sidecar-image=`, `image:`).
pub(super) fn images(text: &str) -> Vec<ImageReference> {
    text.lines().flat_map(images_of_line).collect()
}

fn images_of_line(line: &str) -> Vec<ImageReference> {
    let mut found = Vec::new();
    let mut before = "";
    for word in line.split(|c: char| c.is_whitespace() || "\"'`,;()[]{}<>|".contains(c)) {
        if word.is_empty() {
            continue;
        }
        let (key, value) = word.split_once('=').unwrap_or((before, word));
        let value = value.trim_end_matches(['.', ':', '/', '-']).trim_start_matches(['=', '@']);
        let said = names_an_image(key) && !key.contains(['/', '.']);
        let image = if said { named(value) } else { unmistakable(value) };
        found.extend(image);
        // In `# - image: x` the colon is a part of the word.
        before = if word.ends_with(':') || word.starts_with('-') { word } else { "" };
    }
    found
}

/// Reads what follows a key that names an image; without a version it must have a folder.
fn named(value: &str) -> Option<ImageReference> {
    if value.contains("://") || value.contains('$') {
        return None;
    }
    versioned(value).or_else(|| value.contains('/').then(|| complete(value).ok()).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        images(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_images_of_flags_scripts_templates_and_comments() {
        for (text, image) in [
            ("--reloader=quay.io/a/reloader:v1.2.3", "quay.io/a/reloader:v1.2.3"),
            ("--solver-image=jetstack/solver:v1.2.3", "docker.io/jetstack/solver:v1.2.3"),
            ("--solver-image jetstack/solver:v1.2.3", "docker.io/jetstack/solver:v1.2.3"),
            ("kubectl run x --image=busybox:1.37.0", "docker.io/library/busybox:1.37.0"),
            ("  #   image: velero/plugin:v1.14.0", "docker.io/velero/plugin:v1.14.0"),
            ("  # - image: \"quay.io/a/b:v1\"", "quay.io/a/b:v1"),
            ("see (ghcr.io/a/b:1.0.0).", "ghcr.io/a/b:1.0.0"),
            ("{{ if x }}\n  image: ghcr.io/a/b:1.0.0\n{{ end }}", "ghcr.io/a/b:1.0.0"),
        ] {
            assert_eq!(found(text), [image], "{text}");
        }
    }

    #[test]
    fn takes_no_other_word_for_an_image() {
        for text in [
            "https://example.org/runbooks/a:1",
            "imagePullPolicy: Always",
            "image: {{ .Values.image }}",
            "image: ${IMAGE}",
            "container_memory{image!=\"\",container=\"a\"}",
            "http://loki.svc/a:3100 app.kubernetes.io/name:grafana",
            "the image: a picture of a cat",
            "--listen=0.0.0.0:8080 --path=/a/b:c",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}

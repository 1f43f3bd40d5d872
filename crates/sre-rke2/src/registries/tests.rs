//! Mirrors as data.

use serde_json::json;
use sre_format::ImageReference;

use super::*;
use crate::{document, example};

#[test]
fn every_registry_has_all_mirrors_in_order_under_the_mapped_name() {
    let read = document::parse(&render(&example::mirrors()));
    let mirror = |target: &str| {
        json!({
            "endpoint": ["https://harbor.site.example", "https://192.0.2.5:5443"],
            "rewrite": {"^(.*)$": target},
        })
    };
    let expected = json!({
        "mirrors": {
            "docker.io": mirror("mirror/docker.io/$1"),
            "quay.io": mirror("mirror/quay.io/$1"),
            "127.0.0.1:5000": mirror("mirror/127.0.0.1_5000/$1"),
        },
        "configs": {
            "harbor.site.example": {
                "tls": {"ca_file": "/etc/rancher/rke2/sre-ca.pem"},
                "auth": {"username": "robot$nodes", "password": "hush: #1"},
            },
            "192.0.2.5:5443": {"tls": {"ca_file": "/etc/rancher/rke2/sre-ca.pem"}},
        },
    });
    assert_eq!(read, expected);
}

/// Whatever `seed` writes and `serve` answers is what nodes ask for.
#[test]
fn rewriting_gives_the_name_that_seed_and_serve_use() {
    let mirrors = example::mirrors();
    let read = document::parse(&render(&mirrors));
    for name in ["docker.io/library/nginx:1", "quay.io/a/b/c:1", "127.0.0.1:5000/x:1"] {
        let image: ImageReference = name.parse().unwrap();
        let rule = &read["mirrors"][image.host()]["rewrite"]["^(.*)$"];
        let asked = rule.as_str().unwrap().replace("$1", image.repository());
        assert_eq!(asked, mirrors.prefix.repository_of(&image).unwrap());
    }
}

#[test]
fn plain_containerd_asks_the_same_mirrors_and_never_the_registry_itself() {
    let files = hosts_files(&example::mirrors());
    assert_eq!(files.len(), 3);
    let file = files.iter().find(|file| file.path == "docker.io/hosts.toml").unwrap();
    assert_eq!(
        file.content,
        "# Written by sre-install, which replaces it at its next run.\n\
         server = \"https://192.0.2.5:5443/v2/mirror/docker.io\"\n\
         capabilities = [\"pull\", \"resolve\"]\n\
         override_path = true\n\
         ca = \"/etc/rancher/rke2/sre-ca.pem\"\n\
         \n\
         [host.\"https://harbor.site.example/v2/mirror/docker.io\"]\n\
         capabilities = [\"pull\", \"resolve\"]\n\
         override_path = true\n\
         ca = \"/etc/rancher/rke2/sre-ca.pem\"\n"
    );
}

#[test]
fn without_a_prefix_names_begin_with_the_host() {
    let mirrors = Mirrors { prefix: Prefix::default(), ..example::mirrors() };
    let read = document::parse(&render(&mirrors));
    assert_eq!(read["mirrors"]["quay.io"]["rewrite"], json!({"^(.*)$": "quay.io/$1"}));
}

#[test]
fn addresses_are_https_without_path_and_credentials() {
    for (text, authority) in [
        ("https://harbor.site.example", Some("harbor.site.example")),
        ("https://192.0.2.5:5443/", Some("192.0.2.5:5443")),
        ("https://[2001:db8::5]:5443", Some("[2001:db8::5]:5443")),
        ("http://harbor.site.example", None),
        ("https://harbor.site.example/v2", None),
        ("https://me:pw@harbor.site.example", None),
        ("harbor.site.example", None),
        ("https://", None),
    ] {
        let read = text.parse::<Address>();
        assert_eq!(read.as_ref().ok().map(Address::authority), authority, "{text}");
        if let Err(error) = read {
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }
}

#[test]
fn hosts_are_those_of_the_images() {
    let images: Vec<ImageReference> =
        ["docker.io/a:1", "docker.io/b:1", "ghcr.io/c:1"].map(|name| name.parse().unwrap()).into();
    let hosts: Vec<String> = Mirrors::hosts_of(&images).into_iter().collect();
    assert_eq!(hosts, ["docker.io", "ghcr.io"]);
}

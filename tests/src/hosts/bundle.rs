//! The bundle of a site: real packages, and a stand-in for RKE2.

use super::{archive, base, stand_in};
use crate::{Program, ours};
use sre_format::Digest;
use sre_testkit::Upstream;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The list of packages that hardening installs.
const WANTED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/ansible/roles/packages/defaults/main.yml");

/// Locks and builds `sre.tar.zst` in a folder: real packages from the archive that this machine reads, for
/// hosts that have what the base has, and a stand-in for RKE2.
pub(super) fn build(folder: &Path) {
    let upstream = Upstream::plain();
    let places = archive::places();
    let plain = places.iter().filter_map(|place| place.url.strip_prefix("http://"));
    let mut plain: BTreeSet<_> =
        plain.map(|rest| rest.split('/').next().unwrap().to_owned()).collect();
    plain.insert(upstream.host());
    let mut manifest =
        "[bundle]\nname = \"hosts\"\nversion = \"1.0.0\"\nplatforms = [\"linux/amd64\"]\n"
            .to_owned();
    for host in plain {
        writeln!(manifest, "[registry.\"{host}\"]\nplain-http = true").unwrap();
    }
    manifest.push_str(&release(&upstream));
    manifest.push_str(&packages(folder, &places));
    manifest.push_str(&wheels());
    fs::write(folder.join("manifest.toml"), manifest).unwrap();
    for line in [
        "keygen --out site",
        "lock",
        "build --key site.key --repository-key site.pgp.key -o sre.tar.zst",
    ] {
        ours::sre_bundle_in(folder).args(line.split(' ')).run().ok();
    }
}

fn packages(folder: &Path, places: &[archive::Place]) -> String {
    fs::copy(archive::KEYRING, folder.join("archive.gpg")).unwrap();
    let status = base::folder().join("var/lib/dpkg/status");
    let mut table = format!(
        "[[deb]]\nname = \"debian\"\nbase-status = \"{}\"\nweak = \"none\"\npackages = {:?}\n",
        status.display(),
        wanted()
    );
    for place in places {
        let archive::Place { url, suites } = place;
        writeln!(table, "[[deb.repository]]\nurl = \"{url}\"\nsuites = {suites:?}").unwrap();
        table.push_str("components = [\"main\"]\nkeys = [\"archive.gpg\"]\n");
    }
    table
}

/// Gives the packages of Python that the product's own manifest names, for the Python that hosts of tests have.
fn wheels() -> String {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifest.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let packages = &manifest["ansible"]["python"]["packages"];
    format!("[ansible.python]\nversion = \"3.11\"\npackages = {packages}\n")
}

/// Reads what hardening installs on Debian out of the role's own list.
fn wanted() -> Vec<String> {
    let text = fs::read_to_string(WANTED).unwrap();
    let lines = text.lines().skip_while(|line| *line != "  Debian:").skip(1);
    let topics = lines.take_while(|line| line.starts_with("    "));
    let names = topics.flat_map(|line| {
        let (_, names) = line.split_once('[').unwrap();
        names.trim_end_matches(']').split(", ")
    });
    names.map(str::to_owned).collect()
}

/// Puts a stand-in for a release of RKE2 on a server, and gives its table of the manifest.
fn release(upstream: &Upstream) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [{
        "digest": Digest::of(b"an image"), "size": 1,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "annotations": { "io.containerd.image.name": "docker.io/rancher/stand-in:v1" },
    }] });
    fs::write(scratch.path().join("index.json"), index.to_string()).unwrap();
    let pack = ["--zstd", "-cf", "images.tar.zst", "index.json"];
    Program::tool("tar").folder(scratch.path()).args(pack).run().ok();
    let images = fs::read(scratch.path().join("images.tar.zst")).unwrap();
    let script = b"#!/bin/sh\n".to_vec();
    let install = Digest::of(&script).hex();
    let mut sums = String::new();
    for (name, bytes) in [
        ("rke2.linux-amd64.tar.gz", stand_in::archive(stand_in::VERSION)),
        ("rke2-images-core.linux-amd64.tar.zst", images.clone()),
        ("rke2-images-canal.linux-amd64.tar.zst", images),
        ("install.sh", script),
    ] {
        writeln!(sums, "{}  {name}", Digest::of(&bytes).hex()).unwrap();
        upstream.put_file(&format!("/rke2/{name}"), "application/octet-stream", bytes);
    }
    upstream.put_file("/rke2/sha256sum-amd64.txt", "text/plain", sums.into_bytes());
    let url = format!("{}/rke2", upstream.url());
    format!(
        "[[rke2]]\nversion = \"{}\"\nurl = \"{url}\"\n\
         install-script = {{ url = \"{url}/install.sh\", sha256 = \"{install}\" }}\n",
        stand_in::VERSION
    )
}

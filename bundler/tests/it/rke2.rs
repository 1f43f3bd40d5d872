//! Releases of RKE2: every file by the sums, the images inside the archives, and lies.

use std::fs::File;

use sre_format::Digest;
use sre_format::bundle::UntrustedBundle;
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

const VERSION: &str = "v1.35.7+rke2r1";

/// An archive of images as a release has it: `docker save`, in zstd.
fn images(names: &[&str]) -> Vec<u8> {
    let rows = names.iter().map(|name| {
        let digest = Digest::of(name.as_bytes());
        serde_json::json!({
            "digest": digest, "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1,
            "annotations": { "io.containerd.image.name": name },
        })
    });
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": rows.collect::<Vec<_>>() });
    let list = serde_json::json!([{ "Config": "blobs/sha256/x", "RepoTags": names, "Layers": [] }]);
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [
        ("blobs/sha256/x", "a layer".repeat(2000)),
        ("index.json", index.to_string()),
        ("manifest.json", list.to_string()),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    zstd::encode_all(&tar.into_inner().unwrap()[..], 3).unwrap()
}

/// A desk whose upstream has a release.
fn desk() -> Desk {
    let desk = Desk::new();
    let files = [
        ("rke2.linux-amd64.tar.gz", vec![7; 40_000]),
        (
            "rke2-images-core.linux-amd64.tar.zst",
            images(&["docker.io/rancher/rke2-runtime:v1.35.7-rke2r1"]),
        ),
        ("rke2-images-canal.linux-amd64.tar.zst", images(&["docker.io/rancher/calico:v3"])),
        ("rke2-images-cilium.linux-amd64.tar.zst", images(&["docker.io/rancher/cilium:v1"])),
        ("rke2-images-multus.linux-amd64.tar.zst", images(&["docker.io/rancher/multus:v4"])),
    ];
    let mut sums = String::new();
    for (name, bytes) in files {
        sums.push_str(&format!("{}  {name}\n", Digest::of(&bytes).hex()));
        desk.upstream.put_file(&path(name), "application/octet-stream", bytes);
    }
    desk.upstream.put_file(&path("sha256sum-amd64.txt"), "text/plain", sums.into_bytes());
    desk.upstream.put_file("/install.sh", "text/plain", b"#!/bin/sh\n".to_vec());
    desk.manifest(&release("extras = [\"multus\"]\n"));
    desk
}

fn path(name: &str) -> String {
    format!("/rke2/v1.35.7%2Brke2r1/{name}")
}

fn release(more: &str) -> String {
    format!(
        "[[rke2]]\nversion = \"{VERSION}\"\nurl = \"http://HOST/rke2/{{version}}\"\n{more}\
         install-script = {{ url = \"http://HOST/install.sh\", sha256 = \"{}\" }}\n",
        Digest::of(b"#!/bin/sh\n").hex()
    )
}

fn content(desk: &Desk, path: &str) -> Option<Vec<u8>> {
    let file = File::open(desk.path("sre.tar.zst")).unwrap();
    let bundle = UntrustedBundle::open(std::sync::Arc::new(file)).unwrap();
    let bundle = bundle.blindly_believe_unsigned().unwrap();
    let entry = bundle.entry(path)?;
    Some(bundle.read_whole(entry).unwrap())
}

#[test]
fn a_release_is_carried_with_its_sums_and_its_images_are_listed() {
    let desk = desk();
    desk.run("lock").ends_with(0).says("1 rke2");
    let set = desk.lock().sets[0].clone();
    let names: Vec<_> = set.files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "install.sh",
        "rke2-images-canal.linux-amd64.tar.zst",
        "rke2-images-core.linux-amd64.tar.zst",
        "rke2-images-multus.linux-amd64.tar.zst",
        "rke2.linux-amd64.tar.gz",
        "sha256sum-amd64.txt",
    ];
    assert_eq!(names, expected.map(|name| format!("rke2/{VERSION}/{name}")));
    let images: Vec<_> = set.images.iter().map(ToString::to_string).collect();
    let calico = "docker.io/rancher/calico:v3";
    assert_eq!(images[0], format!("{calico}@{}", Digest::of(calico.as_bytes())));
    assert_eq!(images.len(), 3, "{images:?}");
    desk.upstream.clear_log();
    desk.run("build --unsigned").ends_with(0);
    // What `lock` looked into is not fetched a second time.
    let again = desk.upstream.log().iter().filter(|it| it.path.contains("images")).count();
    assert_eq!(again, 0);
    let sums = content(&desk, &format!("rke2/{VERSION}/sha256sum-amd64.txt")).unwrap();
    assert!(String::from_utf8(sums).unwrap().contains("rke2.linux-amd64.tar.gz"));
    assert!(content(&desk, &format!("rke2/{VERSION}/install.sh")).is_some());
    desk.run("inspect sre.tar.zst").ends_with(0).says("docker.io/rancher/calico:v3");
}

#[test]
fn a_second_lock_downloads_no_archive_again_and_the_choice_of_networks_holds() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("unchanged");
    let log = desk.upstream.log();
    let got = log.iter().filter(|it| it.method == "GET" && it.path.ends_with("zst")).count();
    assert_eq!(got, 0, "an archive was fetched again");
    desk.manifest(&release("cni = [\"cilium\"]\n"));
    desk.run("lock").ends_with(0);
    let images: Vec<_> =
        desk.lock().sets[0].images.iter().map(sre_format::ImageReference::name).collect();
    assert_eq!(images, ["docker.io/rancher/cilium", "docker.io/rancher/rke2-runtime"]);
}

#[test]
fn what_the_sums_do_not_list_or_deny_is_refused_by_name() {
    let desk = desk();
    desk.manifest(&release("cni = [\"weave\"]\n"));
    desk.run("lock").ends_with(4).says("does not list `rke2-images-weave.linux-amd64.tar.zst`");
    desk.manifest(&release("cni = [\"../x\"]\n"));
    desk.run("lock").ends_with(3).says("not the name of an archive");
    desk.manifest(&release(""));
    let torn = Trouble::on("images-core").method("GET").does(Misbehaviour::Corrupt { at: 30 });
    desk.upstream.trouble(torn);
    desk.run("lock").ends_with(4).says("rke2-images-core").says("the lock names");
    desk.upstream.heal();
    desk.run("lock").ends_with(0);
    let other = b"no archive at all".to_vec();
    let sums = ["rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"]
        .map(|name| format!("{}  {name}\n", Digest::of(&other).hex()))
        .concat();
    for name in ["rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"] {
        desk.upstream.put_file(&path(name), "application/octet-stream", other.clone());
    }
    desk.upstream.put_file(&path("sha256sum-amd64.txt"), "text/plain", sums.into_bytes());
    desk.manifest(&release("cni = []\n"));
    desk.run("lock").ends_with(4).says("rke2-images-core").says("the archive cannot be read");
}

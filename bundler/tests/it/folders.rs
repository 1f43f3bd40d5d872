//! Folders: the artifact that Flux expects, the same bytes everywhere, and drift.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use sre_format::Digest;
use sre_format::bundle::{INDEX_PATH, UntrustedBundle, VerifiedBundle};

use crate::desk::Desk;

/// A desk with a small platform in `platform/`.
fn desk() -> Desk {
    let desk = Desk::new();
    for folder in ["platform/apps/web", "platform/.git", "platform/empty"] {
        fs::create_dir_all(desk.path(folder)).unwrap();
    }
    for (name, text) in [
        ("platform/kustomization.yaml", "kind: Kustomization\n"),
        ("platform/apps/web/values.yaml", "replicas: 2\n"),
        ("platform/apps/web/README.md", "not for the cluster\n"),
        ("platform/apps/logo.png", "an image\n"),
        ("platform/.git/config", "[core]\n"),
        ("platform/run.sh", "#!/bin/sh\n"),
        ("platform/.sourceignore", "*.md\n"),
    ] {
        desk.write(name, text);
    }
    let runs = fs::Permissions::from_mode(0o700);
    fs::set_permissions(desk.path("platform/run.sh"), runs).unwrap();
    desk.manifest("[[folder]]\npath = \"platform\"\nref = \"registry.example.org/platform\"\n");
    desk
}

fn open(desk: &Desk, name: &str) -> VerifiedBundle {
    let file = fs::File::open(desk.path(name)).unwrap();
    let bundle = UntrustedBundle::open(std::sync::Arc::new(file)).unwrap();
    bundle.blindly_believe_unsigned().unwrap()
}

fn blob(bundle: &VerifiedBundle, digest: &str) -> Vec<u8> {
    bundle.read_whole(bundle.blob(&digest.parse().unwrap()).unwrap()).unwrap()
}

const BUILD: &str = "build --unsigned -o";

#[test]
fn a_folder_becomes_the_artifact_that_flux_expects() {
    let desk = desk();
    desk.run("lock").ends_with(0).says("1 folder");
    desk.run(&format!("{BUILD} sre.tar.zst")).ends_with(0);
    let bundle = open(&desk, "sre.tar.zst");
    let index = bundle.read_whole(bundle.entry(INDEX_PATH).unwrap()).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let row = &index["manifests"][0];
    // The version of the bundle is the tag that the manifest does not name.
    let name = &row["annotations"]["org.opencontainers.image.ref.name"];
    assert_eq!(name, "registry.example.org/platform:1.0.0");
    let manifest = blob(&bundle, row["digest"].as_str().unwrap());
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let layer = &manifest["layers"][0];
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.cncf.flux.config.v1+json");
    assert_eq!(layer["mediaType"], "application/vnd.cncf.flux.content.v1.tar+gzip");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.created"], "1970-01-01T00:00:00Z");
    let packed = blob(&bundle, layer["digest"].as_str().unwrap());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
    let config = blob(&bundle, manifest["config"]["digest"].as_str().unwrap());
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["rootfs"]["diff_ids"][0], Digest::of(&plain).to_string());
    let mut archive = tar::Archive::new(&plain[..]);
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (0, 0));
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        found.insert(name, header.mode().unwrap());
    }
    let expected = [
        (".sourceignore", 0o644),
        ("apps/web/values.yaml", 0o644),
        ("kustomization.yaml", 0o644),
        ("run.sh", 0o755),
    ];
    assert_eq!(found, expected.map(|(name, mode)| (name.to_owned(), mode)).into());
}

#[test]
fn times_owners_and_what_is_left_out_change_nothing() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    desk.run(&format!("{BUILD} one.tar.zst")).ends_with(0);
    fs::remove_dir_all(desk.path("cache")).unwrap();
    let file = fs::File::options().append(true).open(desk.path("platform/run.sh")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let mode = fs::Permissions::from_mode(0o750);
    fs::set_permissions(desk.path("platform/run.sh"), mode).unwrap();
    desk.write("platform/apps/web/README.md", "other words\n");
    fs::remove_dir(desk.path("platform/empty")).unwrap();
    desk.run("lock").ends_with(0).says("unchanged");
    desk.run(&format!("{BUILD} two.tar.zst")).ends_with(0);
    let read = |name| fs::read(desk.path(name)).unwrap();
    assert!(read("one.tar.zst") == read("two.tar.zst"));
}

#[test]
fn a_changed_folder_is_drift_and_stops_build_and_fetch_before_anything_is_fetched() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    let locked = desk.lock().folders[0].content;
    desk.run("fetch -o steps.tar.zst").ends_with(0);
    desk.write("platform/apps/web/values.yaml", "replicas: 3\n");
    for verb in [&format!("{BUILD} sre.tar.zst"), "fetch", "build --unsigned --allow-moved-tags"] {
        desk.run(verb)
            .ends_with(3)
            .says("platform was changed after it was locked")
            .says(&format!("locked {locked}"))
            .says("run `sre-bundle lock`");
    }
    assert!(!desk.path("sre.tar.zst.partial").exists());
    // What was fetched before is what was locked, so it can still be packed.
    desk.run("pack -o steps.tar.zst").ends_with(0);
    fs::copy(desk.path("images.lock"), desk.path("old.lock")).unwrap();
    desk.run("lock").ends_with(0).says("serial 2");
    desk.run("diff old.lock images.lock").says("registry.example.org/platform").says("content");
    desk.run(&format!("{BUILD} sre.tar.zst")).ends_with(0);
    desk.run("inspect sre.tar.zst --images").ends_with(0).says("artifact").says("platform:1.0.0");
}

#[test]
fn a_folder_that_cannot_be_carried_is_refused_by_name() {
    let desk = desk();
    desk.write("outside", "a secret\n");
    symlink(desk.path("outside"), desk.path("platform/secret")).unwrap();
    desk.run("lock").ends_with(3).says("platform/secret is a link").says(".sourceignore");
    fs::remove_file(desk.path("platform/secret")).unwrap();
    symlink("apps", desk.path("platform/inside")).unwrap();
    desk.run("lock").ends_with(3).says("platform/inside is a link");
    desk.write("platform/.sourceignore", "*.md\ninside\n");
    desk.run("lock").ends_with(0);
    desk.write("platform/apps/.sourceignore", "{a\n");
    desk.run("lock").ends_with(3).says("apps/.sourceignore has a pattern").says("{a");
    desk.write("platform/apps/.sourceignore", "");
    desk.write("platform/.sourceignore", "*\n");
    desk.run("lock").ends_with(3).says("platform has no file that is carried");
    fs::rename(desk.path("platform"), desk.path("elsewhere")).unwrap();
    desk.run("lock").ends_with(3).says("cannot read").says("relative to the manifest");
    desk.write("platform", "a file\n");
    desk.run("lock").ends_with(3).says("platform is no folder");
}

#[test]
fn the_manifest_leaves_out_more_and_says_where_the_files_are_from() {
    let desk = desk();
    desk.manifest(
        "[[folder]]\npath = \"platform\"\nref = \"registry.example.org/platform:2.0\"\n\
         ignore = [\"run.sh\", \"!README.md\"]\nsource = \"https://git.example.org/sre\"\n\
         revision = \"main@sha1:0123\"\n",
    );
    desk.run("lock").ends_with(0);
    let folder = desk.lock().folders[0].clone();
    assert_eq!(folder.files, 4, "the README is back, and run.sh is not");
    let [manifest, _] = folder.artifact();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest.bytes).unwrap();
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.source"], "https://git.example.org/sre");
    assert_eq!(annotations["org.opencontainers.image.revision"], "main@sha1:0123");
    // The name of an image cannot be that of a folder, too.
    desk.manifest(
        "[[folder]]\npath = \"platform\"\nref = \"registry.example.org/platform:2.0\"\n\
         [[folder]]\npath = \"platform/apps\"\nref = \"registry.example.org/platform:2.0\"\n",
    );
    desk.run("lock").ends_with(3).says("this folder is there twice");
}

//! What people have on their machines reads the bundle and checks its signatures.

use sre_tests::{IMAGES, Journey, Program};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Unpacks the shared bundle as anybody would.
fn unpacked() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bundle = Journey::shared().bundle();
    Program::tool("tar")
        .args(["--zstd", "-xf"])
        .arg(bundle)
        .arg("-C")
        .arg(folder.path())
        .run()
        .ok();
    folder
}

/// Gives the file of `signatures/` with this ending; the shared bundle has one key.
fn signature(folder: &Path, ending: &str) -> std::path::PathBuf {
    fs::read_dir(folder.join("signatures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(ending))
        .unwrap_or_else(|| panic!("no signature ends with {ending}"))
}

#[test]
fn gnu_tar_and_bsdtar_list_the_same_names() {
    let bundle = Journey::shared().bundle();
    let gnu = Program::tool("tar").args(["--zstd", "-tf"]).arg(&bundle).run().ok();
    let bsd = Program::tool("bsdtar").arg("-tf").arg(&bundle).run().ok();
    assert_eq!(gnu, bsd);
    assert!(gnu.starts_with("sre.json\n"), "{gnu}");
    for name in ["SHA256SUMS", "oci/index.json", "evidence/images.lock"] {
        assert!(gnu.lines().any(|line| line == name), "{name} is missing from\n{gnu}");
    }
}

#[test]
fn zstd_checks_every_frame() {
    Program::tool("zstd").arg("-tq").arg(Journey::shared().bundle()).run().ok();
}

#[test]
fn sha256sum_checks_the_unpacked_files() {
    let folder = unpacked();
    let said = Program::tool("sha256sum")
        .args(["--check", "--strict", "SHA256SUMS"])
        .folder(folder.path())
        .run()
        .ok();
    assert!(said.lines().count() > 8, "{said}");
}

#[test]
fn skopeo_copies_every_image_out_of_the_unpacked_layout() {
    let (folder, out) = (unpacked(), tempfile::tempdir().unwrap());
    for (number, image) in IMAGES.into_iter().enumerate() {
        let name = format!("{}/{image}", Journey::shared().registry.host());
        Program::tool("skopeo")
            .args(["copy", "--insecure-policy"])
            .arg(format!("oci:{}:{name}", folder.path().join("oci").display()))
            .arg(format!("dir:{}", out.path().join(number.to_string()).display()))
            .env("TMPDIR", out.path())
            .run()
            .ok();
    }
}

#[test]
fn openssl_verifies_the_plain_signature() {
    let folder = unpacked();
    let said = Program::tool("openssl")
        .args(["dgst", "-sha256", "-verify"])
        .arg(Journey::shared().key())
        .arg("-signature")
        .arg(signature(folder.path(), ".sig"))
        .arg(folder.path().join("sre.json"))
        .run()
        .ok();
    assert_eq!(said, "Verified OK\n");
}

fn cosign(folder: &Path) -> Program {
    Program::tool("cosign")
        .args(["verify-blob", "--insecure-ignore-tlog=true", "--key"])
        .arg(Journey::shared().key())
        .env("HOME", folder)
}

#[test]
fn cosign_verifies_the_statement_in_the_sigstore_bundle() {
    let folder = unpacked();
    cosign(folder.path())
        .arg("--bundle")
        .arg(signature(folder.path(), ".sigstore.json"))
        .arg(folder.path().join("sre.json"))
        .run()
        .ok();
}

#[test]
fn cosign_refuses_another_file_under_the_same_signature() {
    let folder = unpacked();
    cosign(folder.path())
        .arg("--bundle")
        .arg(signature(folder.path(), ".sigstore.json"))
        .arg(folder.path().join("SHA256SUMS"))
        .run()
        .fails_with(1);
}

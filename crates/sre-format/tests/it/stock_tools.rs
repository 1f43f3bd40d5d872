//! GNU tar and zstd read the same file.

use std::process::Command;

use crate::fixture::{every_shape, write};

#[expect(clippy::disallowed_methods, reason = "the test is about these programs")]
fn run(program: &str, arguments: &[&str], folder: &std::path::Path) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tar_extracts_every_entry_and_sha256sum_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sre.tar.zst");
    let contents = every_shape();
    let file =
        std::fs::File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    write(&contents, &file);
    run("tar", &["--zstd", "-xf", "sre.tar.zst"], folder.path());
    for content in &contents {
        assert!(std::fs::read(folder.path().join(&content.path)).unwrap() == content.bytes);
    }
    let checked = run("sha256sum", &["-c", "SHA256SUMS"], folder.path());
    assert_eq!(checked.lines().count(), contents.len() + 1);
    run("zstd", &["-q", "-t", "sre.tar.zst"], folder.path());
}

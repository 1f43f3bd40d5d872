//! A machine behind the gap: a folder with a bundle, keys, trust and state of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sre_format::bundle::{SignatureSlot, open_file};
use sre_format::signature::SignatureFile;
use sre_testkit::bundle::{Bundle, TestKey};
use tempfile::TempDir;

/// The machine; everything of it goes with the value.
pub(crate) struct Site {
    folder: TempDir,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Site {
    /// Makes a machine with `site.pub`, the key that signs, and `other.pub`, one that does not.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        key().write(folder.path(), "site");
        TestKey::new(2).write(folder.path(), "other");
        Self { folder }
    }

    /// Makes a machine with the bundle of [`signed`] as `sre.tar.zst`.
    pub(crate) fn with_bundle() -> Self {
        let site = Self::new();
        signed().write(&site.path("sre.tar.zst"));
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.path("sre.tar.zst")
    }

    /// Runs `sre-install` with the words of a line, in the folder.
    pub(crate) fn run(&self, line: &str) -> Run {
        let program = Path::new(env!("CARGO_BIN_EXE_sre-install"));
        self.start(program, line.split_whitespace())
    }

    #[expect(clippy::disallowed_methods, reason = "the test is about the program")]
    pub(crate) fn start<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Run {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command.env("SRE_STATE", self.path("state")).env("SRE_TRUST", self.path("trust.d"));
        command.stdin(std::process::Stdio::null());
        Run::of(command.output().unwrap())
    }

    /// Replaces the signature files of the bundle.
    pub(crate) fn alter_signatures(&self, alter: impl FnOnce(&mut Vec<SignatureFile>)) {
        let untrusted = open_file(&self.bundle()).unwrap();
        let mut files = untrusted.signatures().to_vec();
        alter(&mut files);
        let file = fs::File::options().write(true).open(self.bundle()).unwrap();
        SignatureSlot::of(&untrusted).write(&file, &files).unwrap();
    }

    /// Flips one bit of the bundle.
    pub(crate) fn flip(&self, offset: usize) {
        let mut bytes = fs::read(self.bundle()).unwrap();
        bytes[offset] ^= 1;
        fs::write(self.bundle(), bytes).unwrap();
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Expects a text on stderr.
    pub(crate) fn saying(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text}\n--- in\n{}", self.stderr);
        self
    }

    /// Expects a text on stdout.
    pub(crate) fn showing(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text}\n--- in\n{}", self.stdout);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("stdout is one JSON document")
    }
}

pub(crate) fn key() -> TestKey {
    TestKey::new(1)
}

/// A bundle with a file, an image of two platforms and a chart, signed by [`key`].
pub(crate) fn signed() -> Bundle {
    unsigned().signed_by(&key())
}

pub(crate) fn unsigned() -> Bundle {
    use sre_testkit::chart::Chart;
    use sre_testkit::image::{Family, Image, Index, Layer, Packing};
    let layer = || Layer::of_files(&[("etc/motd", b"hello")], Packing::Gzip);
    let image = |platform: &str| Image::new(platform).layer(layer()).build();
    let index = Index::new(Family::Oci)
        .image("linux/amd64", image("linux/amd64"))
        .image("linux/arm64", image("linux/arm64"));
    Bundle::new()
        .file("tool.bin", &vec![7; 300_000])
        .carry("registry.example:5000/apps/one:1.0", &index.build())
        .carry("registry.example:5000/charts/demo:0.1.0", &Chart::new("demo", "0.1.0").artifact())
}

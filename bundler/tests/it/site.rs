//! A project beside an embedded upstream, and the program run on it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use sre_testkit::Upstream;
use sre_testkit::image::{Family, Image, Layer, Packing};
use tempfile::TempDir;

/// A folder with manifest and key, and the upstream that the manifest names.
pub(crate) struct Site {
    pub(crate) upstream: Upstream,
    folder: TempDir,
}

/// What a run of the program left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) said: String,
}

impl Site {
    /// Two images that share a layer of 3 MiB, one of them with a layer of its own, and a file.
    pub(crate) fn new() -> Self {
        let upstream = Upstream::plain();
        let shared = Layer::random(1, 3 << 20, Packing::Stored);
        let own = Layer::random(2, 5 << 20, Packing::Stored);
        let text =
            Layer::of_files(&[("etc/motd", b"words ".repeat(9000).as_slice())], Packing::Plain);
        let one = Image::new("linux/amd64").layers([shared.clone(), text]).build();
        let two = Image::new("linux/amd64").family(Family::Docker).layers([shared, own]).build();
        upstream.push(&one, "app/one", "1.0.0");
        upstream.push(&two, "app/two", "2.0.0");
        let tool = upstream.put_file("/tool.tar.gz", "application/gzip", vec![7; 70_000]);
        let digest = sre_format::Digest::of(&vec![7; 70_000]).hex();
        let host = upstream.host();
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            r#"[bundle]
name = "sre"
version = "1.0.0"
channel = "stable"
platforms = ["linux/amd64"]

[registry."{host}"]
plain-http = true

[[image]]
ref = "{host}/app/one:1.0.0"

[[image]]
ref = "{host}/app/two:2.0.0"

[[file]]
url = "{tool}"
sha256 = "{digest}"
"#
        );
        fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        let site = Self { upstream, folder };
        site.run(&["keygen", "--out", "site", "--only", "bundle"]).ok();
        site
    }

    pub(crate) fn locked() -> Self {
        let site = Self::new();
        site.run(&["lock"]).ok();
        site.forget_cache();
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn forget_cache(&self) {
        fs::remove_dir_all(self.path("cache")).ok();
    }

    /// The program as a command, to be run or killed.
    #[expect(clippy::disallowed_methods, reason = "the program itself is under test")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sre-bundle"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("SRE_KEY_PASSPHRASE", "")
            .env("SRE_CACHE", self.path("cache"))
            .env("XDG_CACHE_HOME", self.path("home"))
            .env("DOCKER_CONFIG", self.path("docker"))
            .env("HOME", self.path("home"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        Ended { code: status.code().unwrap(), said }
    }

    pub(crate) fn build(&self, output: &str, more: &[&str]) -> Ended {
        self.run(&[&["build", "--key", "site.key", "-o", output], more].concat())
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.said);
        self.said
    }

    /// Asserts the exit code, and that the message holds every word.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.said);
        // Messages are wrapped at the width of a terminal.
        let said = self.said.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(said.contains(word), "`{word}` is missing in: {}", self.said);
        }
    }
}

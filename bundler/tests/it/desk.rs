//! A folder in which a person works with `sre-bundle`, beside an upstream.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sre_format::bundle::UntrustedBundle;
use sre_format::lock::Lock;
use sre_openpgp::signing::{LockedKey, SigningKey};
use sre_testkit::Upstream;
use tempfile::TempDir;

/// The folder.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) upstream: Upstream,
}

/// What a run of the program left.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn with(upstream: Upstream) -> Self {
        Self { folder: TempDir::new().unwrap(), upstream }
    }

    pub(crate) fn new() -> Self {
        Self::with(Upstream::plain())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes a manifest whose upstream is `HOST` in the text.
    pub(crate) fn manifest(&self, inputs: &str) {
        let head = "[bundle]\nname = \"sre\"\nversion = \"1.0.0\"\n\
                    [registry.\"HOST\"]\nplain-http = true\n";
        let text = format!("{head}{inputs}").replace("HOST", &self.upstream.host());
        self.write("manifest.toml", text);
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        self.run_with(line, &[])
    }

    /// Runs the program with more in its environment.
    #[expect(clippy::disallowed_methods, reason = "the test is about the program")]
    pub(crate) fn run_with(&self, line: &str, environment: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sre-bundle"));
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(proxy).env_remove(proxy.to_lowercase());
        }
        let output = command
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env("SRE_CACHE", self.path("cache"))
            .env("DOCKER_CONFIG", self.folder.path())
            .env("SRE_KEY_PASSPHRASE", "")
            .env_remove("SOURCE_DATE_EPOCH")
            .envs(environment.iter().copied())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Gives the content of an entry of a bundle.
    pub(crate) fn content(&self, bundle: &str, path: &str) -> Vec<u8> {
        let file = fs::File::open(self.path(bundle)).unwrap();
        let bundle = UntrustedBundle::open(std::sync::Arc::new(file)).unwrap();
        let bundle = bundle.blindly_believe_unsigned().unwrap();
        bundle.read_whole(bundle.entry(path).unwrap()).unwrap()
    }

    /// Builds unsigned `one.tar.zst`, then `two.tar.zst` without what the cache held, and wants the same bytes.
    #[track_caller]
    pub(crate) fn builds_the_same_twice(&self) {
        self.run("build --unsigned -o one.tar.zst").ends_with(0);
        fs::remove_dir_all(self.path("cache")).unwrap();
        self.run("build --unsigned -o two.tar.zst").ends_with(0);
        let read = |name| fs::read(self.path(name)).unwrap();
        assert!(read("one.tar.zst") == read("two.tar.zst"));
    }

    /// Makes the OpenPGP pair `NAME.pgp.pub` and `NAME.pgp.key`, and gives the key that signs.
    pub(crate) fn signing_key(&self, name: &str) -> SigningKey {
        self.run(&format!("keygen --out {name}")).ends_with(0);
        let bytes = fs::read(self.path(&format!("{name}.pgp.key"))).unwrap();
        let key = LockedKey::parse(name, &bytes).unwrap();
        key.open(&[], sre_format::Timestamp::now()).unwrap()
    }

    pub(crate) fn lock(&self) -> Lock {
        Lock::parse("images.lock", &fs::read(self.path("images.lock")).unwrap()).unwrap()
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(text), "`{text}` in\n{all}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("stdout is one JSON document")
    }
}

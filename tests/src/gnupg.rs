//! `GnuPG` with a home of its own: keys, signatures, and the opinion of `gpg` and `gpgv`.

use crate::{Program, Ran};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home folder of `gpg`; its agent ends with it.
pub struct Gnupg {
    home: TempDir,
}

impl Gnupg {
    /// Makes an empty home.
    pub fn new() -> Self {
        // A socket's path has to be short, so the folder is directly under /tmp.
        let home = tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp").unwrap();
        Self { home }
    }

    /// Gives `gpg`, which asks nothing.
    pub fn gpg(&self) -> Program {
        Program::tool("gpg")
            .args(["--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback"])
            .args(["--passphrase", "", "--no-auto-check-trustdb", "--trust-model", "always"])
            .env("GNUPGHOME", self.home.path())
            .folder(self.home.path())
    }

    /// Gives a path inside the home, where files of the test may stand as well.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file beside the keys and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Makes a key as `--quick-generate-key` does, with options before it, and gives its fingerprint.
    pub fn generate(&self, user: &str, algorithm: &str, options: &[&str]) -> String {
        self.generate_until(user, algorithm, "never", options)
    }

    /// Makes a key that expires.
    pub fn generate_until(
        &self,
        user: &str,
        algorithm: &str,
        expiry: &str,
        options: &[&str],
    ) -> String {
        let key = ["--quick-generate-key", user, algorithm, "sign", expiry];
        self.gpg().args(options).args(key).run().ok();
        self.fingerprints(user)[0].clone()
    }

    /// Gives the fingerprints of a key and its subkeys.
    pub fn fingerprints(&self, user: &str) -> Vec<String> {
        let listed = self.gpg().args(["--with-colons", "--list-keys", user]).run().ok();
        let lines = listed.lines().filter_map(|line| line.strip_prefix("fpr:"));
        lines.map(|line| line.trim_matches(':').to_owned()).collect()
    }

    /// Gives the public keys, armored.
    pub fn export(&self, user: &str) -> Vec<u8> {
        let ran = self.gpg().args(["--armor", "--export", user]).run();
        let bytes = ran.bytes().to_vec();
        ran.ok();
        bytes
    }

    /// Makes an armored detached signature.
    pub fn sign(&self, user: &str, content: &[u8], more: &[&str]) -> Vec<u8> {
        self.signature(user, content, more, &["--armor", "--detach-sign"])
    }

    /// Signs in the clear.
    pub fn clear_sign(&self, user: &str, content: &[u8], more: &[&str]) -> Vec<u8> {
        self.signature(user, content, more, &["--clear-sign"])
    }

    fn signature(&self, user: &str, content: &[u8], more: &[&str], how: &[&str]) -> Vec<u8> {
        let path = self.write("to-sign", content);
        let program = self.gpg().args(more).args(["--local-user", user, "--output", "-"]);
        let ran = program.args(how).arg(&path).run();
        let bytes = ran.bytes().to_vec();
        ran.ok();
        bytes
    }

    /// Asks `gpgv` about a signature, with these keys alone; `signed` is left out for documents that
    /// carry their own.
    pub fn gpgv(&self, keys: &[u8], signature: &Path, signed: Option<&Path>) -> Ran {
        let armored = self.write("keys.asc", keys);
        let keyring = self.path("keys.gpg");
        self.gpg().arg("--output").arg(&keyring).arg("--dearmor").arg(armored).run().ok();
        let program = Program::tool("gpgv").arg("--keyring").arg(keyring).arg(signature);
        program.args(signed).env("GNUPGHOME", self.home.path()).run()
    }
}

impl Default for Gnupg {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        Program::tool("gpgconf")
            .args(["--kill", "gpg-agent"])
            .env("GNUPGHOME", self.home.path())
            .run();
    }
}

//! A bundle with packages, carried and unpacked as a stranger would do it.

use crate::{Program, ours};
use sre_testkit::Upstream;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with what a bundle held, and the upstream that it came from.
pub struct Unpacked {
    folder: TempDir,
}

impl Unpacked {
    /// Locks and builds a bundle of these inputs, in which `HOST` is the upstream, stops the upstream and
    /// unpacks the bundle with stock tools.
    pub fn carry(upstream: Upstream, inputs: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let head = "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n\
                    [registry.\"HOST\"]\nplain-http = true\n";
        let manifest = format!("{head}{inputs}").replace("HOST", &upstream.host());
        fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        let unpacked = Self { folder };
        unpacked.sre_bundle().arg("lock").run().ok();
        unpacked.sre_bundle().args(["build", "--unsigned", "-o", "sre.tar.zst"]).run().ok();
        upstream.stop();
        fs::create_dir(unpacked.path("out")).unwrap();
        Program::tool("tar")
            .args(["--zstd", "-xf"])
            .arg(unpacked.path("sre.tar.zst"))
            .arg("-C")
            .arg(unpacked.path("out"))
            .run()
            .ok();
        unpacked
    }

    fn sre_bundle(&self) -> Program {
        ours::sre_bundle_in(self.folder.path())
    }

    /// Gives a path of the bundle, unpacked.
    pub fn inside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path("out").join(path)
    }

    /// Gives a path beside it, for what a program writes.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

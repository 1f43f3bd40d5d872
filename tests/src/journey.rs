//! One bundle, carried as a stranger would do it: the programs' own command lines and nothing else.

use crate::caretaker::Caretaker;
use crate::{Program, Registry, images, ours};
use sre_testkit::Upstream;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// An upstream with two images that share a layer, a chart and a file, and the bundle made from them.
pub struct Journey {
    /// The registry that the images and the chart came from; its store is in the journey's folder.
    pub registry: Registry,
    /// The server that the file came from.
    pub files: Upstream,
    /// The packed chart as `helm` made it.
    pub chart: Vec<u8>,
    // Removed last, when nothing writes into it any more.
    folder: TempDir,
}

/// The repositories and tags of the images, in the order of their names.
pub const IMAGES: [&str; 2] = ["demo/clock:1.0", "demo/clock-and-keys:2.0"];

/// What the carried file holds.
pub const FILE: &[u8] = b"a file from a server of files\n";

impl Journey {
    /// Gives the journey that all tests share; it is made once and never changed.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<(Journey, Caretaker)> = OnceLock::new();
        let (journey, _) = SHARED.get_or_init(|| {
            let journey = Self::prepare();
            let caretaker = Caretaker::of(journey.registry.id(), journey.folder.path());
            journey.build(&journey.bundle()).run().ok();
            (journey, caretaker)
        });
        journey
    }

    /// Makes the upstream, the manifest, the key and the lock, but no bundle yet.
    pub fn prepare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::keeping(&folder.path().join("registry"));
        let zones = Path::new("/usr/share/zoneinfo");
        let licenses = Path::new("/usr/share/common-licenses");
        let keyrings = Path::new("/usr/share/keyrings");
        images::push_image(&registry, IMAGES[0], &[licenses, zones]);
        images::push_image(&registry, IMAGES[1], &[licenses, zones, keyrings]);
        let chart = images::push_chart(&registry, "charts", "demo");
        let files = Upstream::plain();
        files.put_file("/tool.txt", "text/plain", FILE.to_vec());
        let journey = Self { registry, files, chart, folder };
        fs::write(journey.path("manifest.toml"), journey.manifest()).unwrap();
        journey.sre_bundle().args(["keygen", "--out", "site", "--only", "bundle"]).run().ok();
        let lock = ["lock", "--manifest", "manifest.toml", "--lock", "images.lock"];
        journey.sre_bundle().args(lock).run().ok();
        journey
    }

    fn manifest(&self) -> String {
        let host = self.registry.host();
        let digest = sre_format::Digest::of(FILE).to_string();
        let [first, second] = IMAGES;
        format!(
            "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\nchannel = \"stable\"\n\
             platforms = [\"linux/amd64\"]\n[registry.\"{host}\"]\nplain-http = true\n\
             [[image]]\nref = \"{host}/{first}\"\n[[image]]\nref = \"{host}/{second}\"\n\
             [[chart]]\nref = \"oci://{host}/charts/demo\"\nversion = \"0.1.0\"\n\
             [[file]]\nurl = \"{}/tool.txt\"\nsha256 = \"{}\"\n",
            self.files.url(),
            digest.trim_start_matches("sha256:"),
        )
    }

    /// Gives a path inside the journey's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives the path of the finished bundle.
    pub fn bundle(&self) -> PathBuf {
        self.path("sre.tar.zst")
    }

    /// Gives the path of the public key.
    pub fn key(&self) -> PathBuf {
        self.path("site.pub")
    }

    /// Gives `sre-bundle` in the journey's folder, with a key without passphrase.
    pub fn sre_bundle(&self) -> Program {
        ours::sre_bundle()
            .folder(self.folder.path())
            .env("SRE_KEY_PASSPHRASE", "")
            .env("SRE_CACHE", self.path("cache"))
    }

    /// Gives `sre-install` in the journey's folder, each time with a state of its own, as on a fresh host.
    pub fn sre_install(&self, verb: &str, bundle: &Path) -> Program {
        ours::sre_install()
            .folder(self.folder.path())
            .env("SRE_STATE", self.fresh_state())
            .arg(verb)
            .arg("--bundle")
            .arg(bundle)
            .arg("--key")
            .arg(self.key())
    }

    /// Builds a bundle of one file in a folder, signed by the journey's key, and gives its path.
    pub fn bundle_of_file(&self, folder: &Path, content: &[u8]) -> PathBuf {
        let manifest =
            "[bundle]\nname = \"demo\"\nversion = \"2.0.0\"\n[[file]]\npath = \"tool.bin\"\n";
        fs::write(folder.join("manifest.toml"), manifest).unwrap();
        fs::write(folder.join("tool.bin"), content).unwrap();
        let bundle = folder.join("sre.tar.zst");
        self.sre_bundle().folder(folder).arg("lock").run().ok();
        let build = self.sre_bundle().folder(folder).args(["build", "--key"]);
        build.arg(self.path("site.key")).arg("-o").arg(&bundle).run().ok();
        bundle
    }

    /// Gives a folder that no run has used as its state.
    pub fn fresh_state(&self) -> PathBuf {
        static USED: AtomicUsize = AtomicUsize::new(0);
        self.path(&format!("state-{}", USED.fetch_add(1, Ordering::Relaxed)))
    }

    /// Gives the command that builds the bundle at a path.
    pub fn build(&self, out: &Path) -> Program {
        self.sre_bundle()
            .args(["build", "--manifest", "manifest.toml", "--lock", "images.lock"])
            .args(["--key", "site.key", "-o"])
            .arg(out)
    }
}

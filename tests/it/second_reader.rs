//! A reader in another language, written from `docs/format.md` alone, comes to the same conclusions.

use sre_format::Digest;
use sre_testkit::Upstream;
use sre_testkit::image::{Image, Layer, Packing};
use sre_tests::{Program, ours};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A small bundle with every shape of entry: raw and compressed, of several MiB, short, empty, deep.
struct Bundle {
    folder: TempDir,
}

impl Bundle {
    fn build() -> Self {
        let upstream = Upstream::plain();
        let packed = Layer::random(1, 1_100_000, Packing::Stored);
        let text = "a line that compresses well\n".repeat(42_000);
        let plain = Layer::of_files(&[("text", text.as_bytes())], Packing::Plain);
        let image = Image::new("linux/amd64").layers([packed, plain]).build();
        upstream.push(&image, "demo/app", "1.0");
        let bundle = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(bundle.path("empty.bin"), "").unwrap();
        fs::write(bundle.path("short.txt"), "short\n").unwrap();
        fs::write(bundle.path("manifest.toml"), manifest(&upstream.host())).unwrap();
        for line in ["keygen --out site", "keygen --out other", "lock", "build --key site.key"] {
            ours::sre_bundle()
                .folder(bundle.folder.path())
                .env("SRE_KEY_PASSPHRASE", "")
                .env("SRE_CACHE", bundle.path("cache"))
                .args(line.split(' '))
                .run()
                .ok();
        }
        bundle
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Lets the second reader read a file of the folder.
    fn second_reader(&self, file: &str, key: &str) -> Program {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("second_reader.py");
        // Debian's own, whatever else stands first on the path of a developer.
        Program::at(Path::new("/usr/bin/python3"))
            .arg(script)
            .args([self.path(file), self.path(key)])
    }

    /// Lets the program read it.
    fn sre_install(&self, verb: &str, file: &str, key: &str) -> Program {
        ours::sre_install()
            .env("SRE_STATE", self.path("state"))
            .args([verb, "--json", "--bundle"])
            .arg(self.path(file))
            .arg("--key")
            .arg(self.path(key))
    }
}

fn manifest(host: &str) -> String {
    let deep = format!("{}/{}", "d".repeat(80), "n".repeat(80));
    format!(
        "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n[registry.\"{host}\"]\nplain-http = true\n\
         [[image]]\nref = \"{host}/demo/app:1.0\"\n[[file]]\npath = \"empty.bin\"\n\
         [[file]]\npath = \"short.txt\"\n[[file]]\npath = \"short.txt\"\nas = \"{deep}\"\n"
    )
}

#[test]
fn a_reader_written_from_the_page_alone_proves_the_bundle() {
    let bundle = Bundle::build();
    let shown = bundle.sre_install("inspect", "sre.tar.zst", "site.pub").run().ok();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let content: Digest = shown["card"]["content"].as_str().unwrap().parse().unwrap();
    let entries = shown["files"].as_array().unwrap().len();
    let said = bundle.second_reader("sre.tar.zst", "site.pub").run().ok();
    assert_eq!(said, format!("{} {entries}\n", content.hex()));
}

#[test]
fn both_readers_refuse_the_same_files() {
    let bundle = Bundle::build();
    let whole = fs::read(bundle.path("sre.tar.zst")).unwrap();
    let find = |text: &[u8]| whole.windows(text.len()).position(|part| part == text).unwrap();
    for (what, at) in [
        ("a digest in the table", find(b"\"digest\":\"sha256:") + 20),
        ("a checkpoint", find(b"checkpoints\0\0\0\0") + 600),
        ("a signature", find(b"BEGIN PUBLIC KEY") + 200),
        ("a byte of a layer", find(b"oci/blobs/sha256/") + 700_000),
        ("the count of frames", whole.len() - 9),
    ] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(bundle.path("altered"), altered).unwrap();
        let said = bundle.second_reader("altered", "site.pub").run().fails_with(1);
        assert!(said.starts_with("refused: "), "{what}: {said}");
        let code = bundle.sre_install("verify", "altered", "site.pub").run().code();
        assert!(matches!(code, Some(6 | 7)), "{what}: {code:?}");
    }
    bundle.second_reader("sre.tar.zst", "other.pub").run().fails_with(1);
    bundle.sre_install("verify", "sre.tar.zst", "other.pub").run().fails_with(7);
}

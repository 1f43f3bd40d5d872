//! Our two programs, built static as they are released, but without the release's optimisation.

use crate::Program;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The target of the release; naming it keeps the flags away from build scripts and macros.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What the release is built with (`crates/xtask/src/commands/release.rs`).
const STATIC: &str = "-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"";

/// Which of our programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The connected side.
    SreBundle,
    /// The disconnected side.
    SreInstall,
}

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SreBundle => "sre-bundle",
            Self::SreInstall => "sre-install",
        }
    }
}

/// How the programs are linked.
#[derive(Clone, Copy)]
enum Linked {
    Static,
    /// Against the host's C library, so that what it answers can be faked.
    Dynamically,
}

/// Gives `sre-bundle`, to be run.
pub fn sre_bundle() -> Program {
    Program::at(&sre_bundle_path())
}

/// Gives `sre-bundle` as a person runs it in a folder, with the cache beside the manifest and keys without
/// a passphrase.
pub fn sre_bundle_in(folder: &Path) -> Program {
    let program = sre_bundle().folder(folder).env("SRE_KEY_PASSPHRASE", "");
    program.env("SRE_CACHE", folder.join("cache"))
}

/// Gives the path of `sre-bundle`.
pub fn sre_bundle_path() -> PathBuf {
    built(Name::SreBundle)
}

/// Gives `sre-install`, to be run.
pub fn sre_install() -> Program {
    Program::at(&sre_install_path())
}

/// Gives the path of `sre-install`.
pub fn sre_install_path() -> PathBuf {
    built(Name::SreInstall)
}

/// Gives one of the programs under a clock that begins at `date` (`YYYY-MM-DD hh:mm:ss`).
///
/// A static program cannot be told another time, so this one is linked dynamically.
pub fn at_date(date: &str, name: Name) -> Program {
    static BUILT: OnceLock<[PathBuf; 2]> = OnceLock::new();
    let programs = BUILT.get_or_init(|| build(Linked::Dynamically));
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    assert!(Path::new(library).exists(), "libfaketime is missing: run `make setup`");
    Program::at(&programs[name as usize])
        .env("LD_PRELOAD", library)
        .env("FAKETIME", format!("@{date}"))
        // Timeouts measure spans, which a wrong clock leaves alone.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

fn built(name: Name) -> PathBuf {
    static BUILT: OnceLock<[PathBuf; 2]> = OnceLock::new();
    BUILT.get_or_init(|| build(Linked::Static))[name as usize].clone()
}

fn build(linked: Linked) -> [PathBuf; 2] {
    let mut cargo = Program::tool("cargo")
        .args(["build", "--quiet", "--locked", "--message-format=json"])
        .args(["-p", "sre-bundle", "-p", "sre-install"])
        .folder(concat!(env!("CARGO_MANIFEST_DIR"), "/..").as_ref());
    if matches!(linked, Linked::Static) {
        cargo = cargo.args(["--target", TARGET]).env("RUSTFLAGS", STATIC);
    }
    for name in ["HOME", "CARGO_TARGET_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            cargo = cargo.env(name, value);
        }
    }
    let messages = cargo.run().ok();
    [Name::SreBundle, Name::SreInstall].map(|name| {
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == name.as_str())
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .unwrap_or_else(|| panic!("cargo built no {}", name.as_str()))
    })
}

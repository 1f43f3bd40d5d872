//! `cargo xtask release`: both programs as static release binaries, with their checksums.

use crate::programs::Program;
use anyhow::{Result, bail};
use std::path::PathBuf;

/// The one target that is released. A static glibc needs no target of its own.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Links statically, and takes random numbers from the system call alone (`crates/sre-oci/src/lib.rs`).
const STATIC: &str = "-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"";

/// The programs of a release.
const PROGRAMS: [&str; 2] = ["sre-bundle", "sre-install"];

pub(crate) fn run() -> Result<()> {
    let folder = build()?;
    for name in PROGRAMS {
        let path = folder.join(name);
        // `ldd` fails on a static program on some systems and says so on others; both mean the same.
        let libraries = Program::new("ldd").arguments([&path]).output().unwrap_or_default();
        if libraries.contains("=>") {
            bail!("{} is not static:\n{libraries}", path.display());
        }
        print!("{}", Program::new("sha256sum").arguments([&path]).output()?);
    }
    Ok(())
}

/// Builds the static programs and gives the folder that holds them.
pub(crate) fn build() -> Result<PathBuf> {
    build_static(&PROGRAMS)
}

/// Builds programs of ours as those of a release are built, which shares their dependencies.
pub(crate) fn build_static(packages: &[&str]) -> Result<PathBuf> {
    Program::new("cargo")
        .arguments(["build", "--release", "--locked", "--bins", "--target", TARGET])
        .arguments(packages.iter().flat_map(|name| ["--package", name]))
        // The target is named so that build scripts and macros, which cannot be static, are left alone.
        .environment("RUSTFLAGS", STATIC)
        .run()?;
    Ok(target_folder()?.join(TARGET).join("release"))
}

/// Builds both programs without optimisation, for the demo, and gives the folder that holds them.
pub(crate) fn build_debug() -> Result<PathBuf> {
    Program::new("cargo")
        .arguments(["build", "--quiet", "--locked"])
        .arguments(PROGRAMS.into_iter().flat_map(|name| ["--package", name]))
        .run()?;
    Ok(target_folder()?.join("debug"))
}

fn target_folder() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(crate::places::workspace())
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

//! Where things are: the workspace, and the user's cache of built tools.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// Gives the root folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Gives the folder of the tools that `setup` builds; it is kept between runs and may be deleted.
pub(crate) fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// Gives the folder of the benchmarks' payload; it is kept between runs and may be deleted.
pub(crate) fn benchmarks() -> Result<PathBuf> {
    Ok(cache()?.join("bench"))
}

fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(
            std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?,
        )
        .join(".cache"),
    };
    Ok(base.join("sre"))
}

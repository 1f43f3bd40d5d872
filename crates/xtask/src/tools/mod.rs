//! The programs that tests use: a pinned table (`tests/tools/pins.toml`) and who installs each kind.
//!
//! Built tools stand in the user's cache as `tools/NAME-VERSION/NAME` with a link `tools/bin/NAME`, so a
//! new version never meets an old binary, and an empty cache only costs time.

mod built;
mod debian;
mod go_module;
mod python;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The pinned table of tools.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    debian: debian::Packages,
    cargo: Vec<built::CargoTool>,
    go: Vec<built::GoTool>,
    python: Vec<python::PythonTool>,
}

impl Pins {
    pub(crate) fn read() -> Result<Self> {
        let path = crate::places::workspace().join("tests/tools/pins.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
    }

    /// Installs what is missing; with `only`, nothing but the built tools of these names.
    pub(crate) fn install(&self, only: &[String]) -> Result<()> {
        if only.is_empty() {
            self.debian.install()?;
        }
        let wanted = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
        let folder = crate::places::tools()?;
        for tool in self.cargo.iter().filter(|tool| wanted(&tool.name)) {
            tool.install(&folder)?;
        }
        let workshop = built::GoWorkshop::open(&folder)?;
        for tool in self.go.iter().filter(|tool| wanted(&tool.name)) {
            tool.install(&folder, &workshop)?;
        }
        workshop.close()?;
        for tool in self.python.iter().filter(|tool| wanted(&tool.name)) {
            tool.install(&folder)?;
        }
        Ok(())
    }
}

//! What is laid out as a mirror of the registry that it comes from, so that the program which would
//! ask that registry finds it there.

use super::{Ansible, PackerPlugin, TofuProvider};

/// An input that foreign programs install from a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mirrored {
    /// A provider of OpenTofu.
    TofuProvider(TofuProvider),
    /// A plugin of Packer.
    PackerPlugin(PackerPlugin),
    /// Everything of Ansible: the versions of collections depend on each other.
    Ansible(Ansible),
}

impl Mirrored {
    /// Gives the name under which people know it.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::TofuProvider(provider) => format!("{} {}", provider.source, provider.version),
            Self::PackerPlugin(plugin) => format!("{} {}", plugin.source, plugin.version),
            Self::Ansible(_) => "ansible".into(),
        }
    }
}

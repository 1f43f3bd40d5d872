//! Plugins of Packer.

use sre_format::Digest;

use super::zip;
use crate::Upstream;

/// One version of a plugin for `linux/amd64`, as a release has it.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// The last part of its source.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its zip.
    pub package: Vec<u8>,
}

impl Plugin {
    /// Makes a plugin of protocol version 5.0 whose zip holds this program.
    pub fn new(name: &str, version: &str, program: &[u8]) -> Self {
        let (name, version) = (name.to_owned(), version.to_owned());
        let mut plugin = Self { name, version, package: Vec::new() };
        plugin.package = zip(&[("LICENSE", b"A licence.\n"), (&plugin.program(), program)]);
        plugin
    }

    /// Gives the name of its program.
    pub fn program(&self) -> String {
        format!("packer-plugin-{}_v{}_x5.0_linux_amd64", self.name, self.version)
    }

    /// Gives the path of its zip on the server.
    pub fn package_path(&self) -> String {
        format!("/plugins/v{}/{}.zip", self.version, self.program())
    }

    /// Gives the path of the sums of its zips.
    pub fn sums_path(&self) -> String {
        let Self { name, version, .. } = self;
        format!("/plugins/v{version}/packer-plugin-{name}_v{version}_SHA256SUMS")
    }

    /// Publishes it as a release below `/plugins/vVERSION/`.
    pub fn publish(&self, upstream: &Upstream) {
        let digest = Digest::of(&self.package).hex();
        let other = self.program().replace("linux_amd64", "darwin_arm64");
        let sums = format!("{digest}  {other}.zip\n{digest}  {}.zip\n", self.program());
        upstream.put_file(&self.sums_path(), "text/plain", sums.into_bytes());
        upstream.put_file(&self.package_path(), "application/zip", self.package.clone());
    }
}

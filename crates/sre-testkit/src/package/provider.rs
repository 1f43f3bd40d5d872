//! Providers of OpenTofu.

use serde_json::{Value, json};
use sre_format::Digest;

use super::zip;
use crate::Upstream;

/// One version of a provider for `linux/amd64`, as a registry has it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The namespace of its source.
    pub namespace: String,
    /// The type of its source.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its zip.
    pub package: Vec<u8>,
}

impl Provider {
    /// Makes a provider whose zip holds this program.
    pub fn new(namespace: &str, name: &str, version: &str, program: &[u8]) -> Self {
        let inside = format!("terraform-provider-{name}_v{version}");
        Self {
            namespace: namespace.into(),
            name: name.into(),
            version: version.into(),
            package: zip(&[("README.md", b"A provider.\n"), (&inside, program)]),
        }
    }

    /// Gives the name of its zip.
    pub fn file_name(&self) -> String {
        format!("terraform-provider-{}_{}_linux_amd64.zip", self.name, self.version)
    }

    /// Gives the path of its zip on the server.
    pub fn package_path(&self) -> String {
        format!("/releases/{}", self.file_name())
    }

    /// Gives the path of the sums of its zips.
    pub fn sums_path(&self) -> String {
        format!("/releases/terraform-provider-{}_{}_SHA256SUMS", self.name, self.version)
    }

    /// Gives the path of the list of versions.
    pub fn versions_path(&self) -> String {
        format!("/v1/providers/{}/{}/versions", self.namespace, self.name)
    }

    /// Gives the path of the document that names the zip.
    pub fn download_path(&self) -> String {
        let Self { namespace, name, version, .. } = self;
        format!("/v1/providers/{namespace}/{name}/{version}/download/linux/amd64")
    }

    /// Gives the document that names the zip.
    pub fn download(&self) -> Value {
        json!({
            "protocols": ["6.0"], "os": "linux", "arch": "amd64", "filename": self.file_name(),
            "download_url": self.package_path(), "shasums_url": self.sums_path(),
            "shasums_signature_url": format!("{}.sig", self.sums_path()),
            "shasum": Digest::of(&self.package).hex(),
            "signing_keys": { "gpg_public_keys": [] },
        })
    }

    /// Publishes it as the only version of the only provider.
    pub fn publish(&self, upstream: &Upstream) {
        let put = |path: &str, document: &Value| {
            upstream.put_file(path, "application/json", document.to_string().into_bytes());
        };
        put("/.well-known/terraform.json", &json!({ "providers.v1": "/v1/providers/" }));
        let versions = json!({ "versions": [
            { "version": "0.1.0", "protocols": ["5.0"], "platforms": [] },
            { "version": self.version, "protocols": ["6.0"],
              "platforms": [{ "os": "linux", "arch": "amd64" }, { "os": "darwin", "arch": "arm64" }] },
        ]});
        put(&self.versions_path(), &versions);
        put(&self.download_path(), &self.download());
        let sums = format!("{}  {}\n", Digest::of(&self.package).hex(), self.file_name());
        upstream.put_file(&self.sums_path(), "text/plain", sums.into_bytes());
        upstream.put_file(&self.package_path(), "application/zip", self.package.clone());
    }
}

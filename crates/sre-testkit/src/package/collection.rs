//! Collections of Ansible, and a Galaxy that has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sre_format::Digest;

use super::tar_gz;
use crate::Upstream;

/// One version of a collection.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it depends on: full names and ranges of versions.
    pub needs: BTreeMap<String, String>,
    /// Its files besides the two that describe it.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Collection {
    /// Makes a collection with a role that says hello; `name` is `namespace.name`.
    pub fn new(name: &str, version: &str, needs: &[(&str, &str)]) -> Self {
        let (namespace, name) = name.split_once('.').expect("a full name has a dot");
        let needs = needs.iter().map(|(name, range)| ((*name).into(), (*range).into()));
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files = BTreeMap::from([
            file("README.md", "# A collection\n"),
            file("meta/runtime.yml", "requires_ansible: '>=2.14.0'\n"),
            file("roles/hello/tasks/main.yml", "- ansible.builtin.debug: {msg: hello}\n"),
        ]);
        Self {
            namespace: namespace.into(),
            name: name.into(),
            version: version.into(),
            needs: needs.collect(),
            files,
        }
    }

    /// Gives the name of its archive.
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}.tar.gz", self.namespace, self.name, self.version)
    }

    /// Gives the path of its archive on the server.
    pub fn archive_path(&self) -> String {
        format!("/artifacts/{}", self.file_name())
    }

    /// Gives the path of the server's page about it, all versions together.
    pub fn page_path(&self) -> String {
        let base = "/api/v3/plugin/ansible/content/published/collections/index";
        format!("{base}/{}/{}/versions/", self.namespace, self.name)
    }

    /// Gives the path of the server's page about this version.
    pub fn detail_path(&self) -> String {
        format!("{}{}/", self.page_path(), self.version)
    }

    fn folders(&self) -> BTreeSet<String> {
        let names = self.files.keys();
        names.flat_map(|name| name.match_indices('/').map(|(end, _)| name[..end].into())).collect()
    }

    /// Gives `FILES.json`.
    pub fn listing(&self) -> Value {
        let folders = std::iter::once(".".to_owned()).chain(self.folders()).map(|name| {
            json!({ "name": name, "ftype": "dir", "chksum_type": null, "chksum_sha256": null, "format": 1 })
        });
        let files = self.files.iter().map(|(name, content)| {
            let sum = Digest::of(content).hex();
            json!({ "name": name, "ftype": "file", "chksum_type": "sha256", "chksum_sha256": sum, "format": 1 })
        });
        json!({ "files": folders.chain(files).collect::<Vec<_>>(), "format": 1 })
    }

    /// Gives the archive.
    pub fn archive(&self) -> Vec<u8> {
        self.archive_with(&self.listing().to_string())
    }

    /// Gives an archive with this `FILES.json`.
    pub fn archive_with(&self, listing: &str) -> Vec<u8> {
        let manifest = json!({
            "collection_info": {
                "namespace": self.namespace, "name": self.name, "version": self.version,
                "authors": ["nobody"], "readme": "README.md", "tags": [], "description": null,
                "license": ["Apache-2.0"], "license_file": null, "dependencies": self.needs,
                "repository": null, "documentation": null, "homepage": null, "issues": null,
            },
            "file_manifest_file": {
                "name": "FILES.json", "ftype": "file", "chksum_type": "sha256",
                "chksum_sha256": Digest::of(listing.as_bytes()).hex(), "format": 1,
            },
            "format": 1,
        });
        let mut files = vec![
            ("MANIFEST.json".to_owned(), manifest.to_string().into_bytes()),
            ("FILES.json".to_owned(), listing.as_bytes().to_vec()),
        ];
        files.extend(self.folders().into_iter().map(|name| (name + "/", Vec::new())));
        files.extend(self.files.iter().map(|(name, content)| (name.clone(), content.clone())));
        tar_gz(&files)
    }

    /// Gives the server's page about this version, for an archive.
    pub fn detail(&self, archive: &[u8]) -> Value {
        json!({
            "version": self.version, "href": self.detail_path(), "requires_ansible": ">=2.14.0",
            "namespace": { "name": self.namespace, "metadata_sha256": null },
            "collection": { "name": self.name }, "name": self.name,
            "artifact": {
                "filename": self.file_name(), "sha256": Digest::of(archive).hex(),
                "size": archive.len(),
            },
            "download_url": self.archive_path(),
            "metadata": { "dependencies": self.needs, "authors": ["nobody"], "tags": [] },
            "signatures": [],
        })
    }

    /// Publishes all versions of one collection, two to a page.
    pub fn publish(upstream: &Upstream, versions: &[Self]) {
        let Some(first) = versions.first() else { return };
        let put = |path: &str, document: &Value| {
            upstream.put_file(path, "application/json", document.to_string().into_bytes());
        };
        let pages: Vec<&[Self]> = versions.chunks(2).collect();
        let path = |number: usize| match number {
            0 => first.page_path(),
            _ => format!("{}page-{number}/", first.page_path()),
        };
        for (number, page) in pages.iter().enumerate() {
            let next = (number + 1 < pages.len()).then(|| path(number + 1));
            let data =
                page.iter().map(|it| json!({ "version": it.version, "href": it.detail_path() }));
            let document = json!({
                "meta": { "count": versions.len() }, "links": { "next": next },
                "data": data.collect::<Vec<_>>(),
            });
            put(&path(number), &document);
        }
        for version in versions {
            let archive = version.archive();
            put(&version.detail_path(), &version.detail(&archive));
            upstream.put_file(&version.archive_path(), "application/gzip", archive);
        }
    }
}

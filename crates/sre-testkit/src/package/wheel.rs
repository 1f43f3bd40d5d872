//! Python packages as wheels, and a simple index that has them.

use std::fmt::Write as _;

use serde_json::json;
use sre_format::Digest;

use super::zip;
use crate::Upstream;

/// A wheel with one module.
#[derive(Clone, Debug)]
pub struct Wheel {
    /// The name of its package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// For whom it is built, `py3-none-any`.
    pub tags: String,
    /// What it needs, as its metadata says.
    pub needs: Vec<String>,
}

/// How an index answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexForm {
    /// PEP 691.
    Json,
    /// PEP 503.
    Html,
}

impl Wheel {
    /// Makes a wheel for every Python 3.
    pub fn new(name: &str, version: &str) -> Self {
        let (name, version) = (name.to_owned(), version.to_owned());
        Self { name, version, tags: "py3-none-any".into(), needs: Vec::new() }
    }

    /// Gives the name of its file.
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}.whl", self.name, self.version, self.tags)
    }

    /// Gives the path of its file on the server.
    pub fn file_path(&self) -> String {
        format!("/wheels/{}", self.file_name())
    }

    /// Gives the file.
    pub fn file(&self) -> Vec<u8> {
        let Self { name, version, tags, .. } = self;
        let info = format!("{name}-{version}.dist-info");
        let module = format!("VERSION = \"{version}\"\n");
        let needs = self
            .needs
            .iter()
            .fold(String::new(), |needs, need| needs + &format!("Requires-Dist: {need}\n"));
        let metadata =
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n");
        let wheel =
            format!("Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: {tags}\n");
        let files = [
            (format!("{name}.py"), module),
            (format!("{info}/METADATA"), metadata),
            (format!("{info}/WHEEL"), wheel),
        ];
        let mut record = String::new();
        for (path, _) in &files {
            writeln!(record, "{path},,").expect("writing to memory does not fail");
        }
        let path = format!("{info}/RECORD");
        writeln!(record, "{path},,").expect("writing to memory does not fail");
        let mut all: Vec<(&str, &[u8])> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        all.push((&path, record.as_bytes()));
        zip(&all)
    }

    /// Publishes the wheels of one package below `/simple/`.
    pub fn publish(upstream: &Upstream, wheels: &[Self], form: IndexForm) {
        let Some(first) = wheels.first() else { return };
        let (mut files, mut links) = (Vec::new(), String::new());
        for wheel in wheels {
            let file = wheel.file();
            let (name, path, sum) = (wheel.file_name(), wheel.file_path(), Digest::of(&file).hex());
            files.push(json!({
                "filename": name, "url": format!("../..{path}"), "hashes": { "sha256": sum },
                "requires-python": ">=3.6", "yanked": false,
            }));
            writeln!(
                links,
                "<a href=\"../..{path}#sha256={sum}\" data-requires-python=\"&gt;=3.6\">{name}</a>"
            )
            .expect("writing to memory does not fail");
            upstream.put_file(&path, "application/zip", file);
        }
        let path = format!("/simple/{}/", first.name.replace('_', "-"));
        match form {
            IndexForm::Json => {
                let page =
                    json!({ "meta": { "api-version": "1.0" }, "name": first.name, "files": files });
                let kind = "application/vnd.pypi.simple.v1+json";
                upstream.put_file(&path, kind, page.to_string().into_bytes());
            }
            IndexForm::Html => {
                let page = format!("<!DOCTYPE html><html><body>\n{links}</body></html>\n");
                upstream.put_file(&path, "text/html", page.into_bytes());
            }
        }
    }
}

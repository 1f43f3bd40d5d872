//! How a lock is written: sorted, one thing a line, the same bytes for the same lock.

use std::fmt::{self, Display, Formatter};

use super::write_folder::write_folder;
use super::write_set::write_set;
use super::{
    Archive, ChartForm, FileSource, LOCK_VERSION, Lock, LockedChart, LockedFile, LockedImage,
    LockedManifest, LockedReferrer, Unconfirmed, Verification,
};
use crate::PlatformName;

/// The first lines, for whoever opens the file.
const HEAD: &str = "\
# This file locks every kind of input of the bundle (images, charts, files, tools, ...), not images alone.
# It is written by `sre-bundle lock` and obeyed by `sre-bundle build`; do not edit it by hand.
";

impl Display for Lock {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEAD}version = {LOCK_VERSION}")?;
        writeln!(out, "serial = {}", self.serial)?;
        field(out, "time", self.time)?;
        field(out, "manifest", self.manifest)?;
        writeln!(out, "\n[bundle]")?;
        field(out, "name", &self.bundle.name)?;
        field(out, "version", &self.bundle.version)?;
        field(out, "channel", &self.bundle.channel)?;
        platforms(out, &self.bundle.platforms)?;
        self.images.iter().try_for_each(|image| write_image(out, image))?;
        self.charts.iter().try_for_each(|chart| write_chart(out, chart))?;
        self.files.iter().try_for_each(|file| write_file(out, file))?;
        self.folders.iter().try_for_each(|folder| write_folder(out, folder))?;
        self.sets.iter().try_for_each(|set| write_set(out, set))?;
        self.unconfirmed.iter().try_for_each(|image| write_unconfirmed(out, image))
    }
}

fn write_image(out: &mut Formatter<'_>, image: &LockedImage) -> fmt::Result {
    writeln!(out, "\n[[image]]")?;
    field(out, "ref", &image.reference)?;
    manifest_fields(out, &image.root)?;
    writeln!(out, "bytes = {}", image.bytes)?;
    field(out, "from", &image.source)?;
    platforms(out, &image.platforms)?;
    list(out, "verified", &image.verified, verification)?;
    list(out, "manifests", &image.manifests, manifest)?;
    list(out, "absent", &image.absent, manifest)?;
    list(out, "referrers", &image.referrers, referrer)
}

fn write_chart(out: &mut Formatter<'_>, chart: &LockedChart) -> fmt::Result {
    writeln!(out, "\n[[chart]]")?;
    field(out, "ref", &chart.reference)?;
    field(out, "name", &chart.name)?;
    field(out, "version", &chart.version)?;
    manifest_fields(out, &chart.root)?;
    writeln!(out, "bytes = {}", chart.bytes)?;
    field(out, "from", &chart.source)?;
    match &chart.form {
        ChartForm::Oci => field(out, "form", "oci")?,
        ChartForm::Http(http) => {
            field(out, "form", "http")?;
            writeln!(out, "archive = {}", archive(&http.archive))?;
            if let Some(provenance) = &http.provenance {
                writeln!(out, "provenance = {}", archive(provenance))?;
            }
            field(out, "config", &http.config)?;
        }
    }
    list(out, "verified", &chart.verified, verification)?;
    list(out, "referrers", &chart.referrers, referrer)
}

fn write_file(out: &mut Formatter<'_>, file: &LockedFile) -> fmt::Result {
    writeln!(out, "\n[[file]]")?;
    field(out, "as", &file.name)?;
    match &file.source {
        FileSource::Url(url) => field(out, "url", url)?,
        FileSource::Path(path) => field(out, "path", path)?,
    }
    field(out, "digest", file.digest)?;
    writeln!(out, "size = {}", file.size)?;
    field(out, "media-type", &file.media_type)?;
    list(out, "verified", &file.verified, verification)
}

fn write_unconfirmed(out: &mut Formatter<'_>, image: &Unconfirmed) -> fmt::Result {
    writeln!(out, "\n[[unconfirmed]]")?;
    field(out, "ref", &image.reference)?;
    image.digest.iter().try_for_each(|digest| field(out, "digest", digest))
}

pub(super) fn manifest_fields(out: &mut Formatter<'_>, root: &LockedManifest) -> fmt::Result {
    field(out, "digest", root.digest)?;
    writeln!(out, "size = {}", root.size)?;
    field(out, "media-type", &root.media_type)
}

fn platforms(out: &mut Formatter<'_>, platforms: &[PlatformName]) -> fmt::Result {
    let names: Vec<_> = platforms.iter().map(string).collect();
    writeln!(out, "platforms = [{}]", names.join(", "))
}

/// Writes a list with each item on its own line, and nothing for an empty one.
pub(super) fn list<T>(
    out: &mut Formatter<'_>,
    key: &str,
    items: &[T],
    item: impl Fn(&T) -> String,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "{key} = [")?;
    items.iter().try_for_each(|one| writeln!(out, "  {},", item(one)))?;
    writeln!(out, "]")
}

fn manifest(manifest: &LockedManifest) -> String {
    let mut parts = vec![("digest", string(manifest.digest)), ("size", manifest.size.to_string())];
    parts.push(("media-type", string(&manifest.media_type)));
    parts.extend(manifest.platform.iter().map(|platform| ("platform", string(platform))));
    table(&parts)
}

fn referrer(referrer: &LockedReferrer) -> String {
    let mut parts = vec![("digest", string(referrer.digest)), ("size", referrer.size.to_string())];
    parts.push(("media-type", string(&referrer.media_type)));
    parts.push(("artifact-type", string(&referrer.artifact_type)));
    parts.push(("subject", string(referrer.subject)));
    parts.extend(referrer.tag.iter().map(|tag| ("tag", string(tag))));
    parts.extend(referrer.repository.iter().map(|it| ("repository", string(it))));
    table(&parts)
}

pub(super) fn archive(archive: &Archive) -> String {
    let digest = string(archive.digest);
    table(&[("url", string(&archive.url)), ("digest", digest), ("size", archive.size.to_string())])
}

pub(super) fn verification(verification: &Verification) -> String {
    let by = |name: &str| ("by", string(name));
    match verification {
        Verification::Manifest => table(&[by("manifest")]),
        Verification::ChecksumFile { url, digest } => {
            table(&[by("checksum-file"), ("url", string(url)), ("digest", string(digest))])
        }
        Verification::ChecksumSignature { url, key } => {
            table(&[by("checksum-signature"), ("url", string(url)), ("key", string(key))])
        }
        Verification::RepositoryIndex { url } => {
            table(&[by("repository-index"), ("url", string(url))])
        }
        Verification::ChartProvenance { key } => {
            table(&[by("chart-provenance"), ("key", string(key))])
        }
        Verification::RepositorySignature { url, key } => {
            table(&[by("repository-signature"), ("url", string(url)), ("key", string(key))])
        }
        Verification::PackageSignatures { key, packages } => {
            let packages = packages.to_string();
            table(&[by("package-signatures"), ("key", string(key)), ("packages", packages)])
        }
    }
}

pub(super) fn table(parts: &[(&str, String)]) -> String {
    let parts: Vec<_> = parts.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", parts.join(", "))
}

pub(super) fn field(out: &mut Formatter<'_>, key: &str, value: impl Display) -> fmt::Result {
    writeln!(out, "{key} = {}", string(value))
}

/// Writes a TOML string: literal where that saves escapes, else basic.
pub(super) fn string(value: impl Display) -> String {
    let text = value.to_string();
    let needs_escape = |c: char| c == '"' || c == '\\' || c.is_control();
    if !text.contains(needs_escape) {
        return format!("\"{text}\"");
    }
    if !text.contains(|c: char| c == '\'' || c.is_control()) {
        return format!("'{text}'");
    }
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.into(),
        })
        .collect();
    format!("\"{escaped}\"")
}

//! What the proof found, for people and for programs.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use sre_format::{Digest, ImageReference};
use sre_steps::display::Answer;

/// Places that are shown of an image that is asked for in many.
const SHOWN: usize = 3;

/// What every chart, manifest and list asks for, compared with a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether nothing is wrong.
    pub complete: bool,
    /// The version of Kubernetes that charts were rendered for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<String>,
    /// The version of helm that rendered them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<String>,
    /// How many charts were rendered.
    pub charts: usize,
    /// Every image that is asked for and carried.
    pub images: Vec<Asked>,
    /// Images that are asked for and not carried.
    pub missing: Vec<Asked>,
    /// Images of the lock that nothing asks for.
    pub unused: Vec<ImageReference>,
    /// Images that are asked for by a tag that moves, while nothing names a digest.
    pub floating: Vec<Asked>,
    /// Names of containers that no runtime can read.
    pub unreadable: Vec<Unreadable>,
    /// Images that are not carried because the manifest says that nothing runs them.
    pub not_needed: Vec<Asked>,
    /// Exceptions of the manifest that except nothing.
    pub stale: Vec<String>,
    /// Images that charts would ask for with other values.
    pub offered: Vec<Offered>,
    /// Charts of which a part could not be looked at, and why.
    pub blind: Vec<String>,
    /// The registries that images are asked from: a cluster needs a mirror for each.
    pub registries: BTreeSet<String>,
}

/// An image with the places that ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The image, its name completed as a runtime does.
    pub image: ImageReference,
    /// The digest that the lock has for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What carries it besides the lock's images, or why it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who asks for it.
    pub evidence: Vec<Evidence>,
}

/// A place that asks for an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The chart, folder or list.
    pub by: String,
    /// The document: kind, namespace and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The template or file that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The path inside the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// When Helm runs it, where it is a hook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
}

/// The image of a container whose name is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unreadable {
    /// What stands there.
    pub text: String,
    /// Where.
    pub evidence: Evidence,
}

/// An image that a chart would ask for with other values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Offered {
    /// The image.
    pub image: ImageReference,
    /// Where it stands.
    pub evidence: Evidence,
}

impl Report {
    /// Says in one sentence what is wrong; nothing where all is well.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let count = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let parts = [
            count(self.missing.len(), "image is missing", "images are missing"),
            count(self.unused.len(), "image is unused", "images are unused"),
            count(self.floating.len(), "image floats", "images float"),
            count(self.unreadable.len(), "name is no image", "names are no images"),
            count(self.stale.len(), "exception excepts nothing", "exceptions except nothing"),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl Answer for Report {
    const KIND: &'static str = "check";
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        asked(out, "carried", &self.images)?;
        asked(out, "not needed, as the manifest says", &self.not_needed)?;
        if !self.offered.is_empty() {
            let names: BTreeSet<_> = self.offered.iter().map(|it| it.image.to_string()).collect();
            let names: Vec<_> = names.into_iter().collect();
            writeln!(out, "offered with other values: {}", names.join(", "))?;
        }
        for text in &self.blind {
            writeln!(out, "not looked at: {text}")?;
        }
        asked(out, "MISSING", &self.missing)?;
        for image in &self.unused {
            writeln!(out, "UNUSED  {image}")?;
        }
        asked(out, "FLOATING", &self.floating)?;
        for Unreadable { text, evidence } in &self.unreadable {
            writeln!(out, "NO IMAGE  `{text}`\n    {evidence}")?;
        }
        for text in &self.stale {
            writeln!(out, "EXCEPTS NOTHING  {text}")?;
        }
        let registries: Vec<_> = self.registries.iter().map(String::as_str).collect();
        writeln!(out, "registries: {}", registries.join(", "))?;
        match self.complaint() {
            Some(complaint) => write!(out, "{complaint}"),
            None => write!(out, "complete: {} images", self.images.len()),
        }
    }
}

fn asked(out: &mut fmt::Formatter<'_>, word: &str, images: &[Asked]) -> fmt::Result {
    for Asked { image, note, evidence, .. } in images {
        write!(out, "{word}  {image}")?;
        if let Some(note) = note {
            write!(out, " ({note})")?;
        }
        writeln!(out)?;
        evidence.iter().take(SHOWN).try_for_each(|one| writeln!(out, "    {one}"))?;
        match evidence.len().saturating_sub(SHOWN) {
            0 => {}
            more => writeln!(out, "    and {more} more, with `--json`")?,
        }
    }
    Ok(())
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.document.as_deref(), self.path.as_deref()];
        write!(out, "{}", self.by)?;
        parts.into_iter().flatten().try_for_each(|part| write!(out, ", {part}"))?;
        if let Some(hook) = &self.hook {
            write!(out, ", hook {hook}")?;
        }
        match &self.source {
            Some(source) => write!(out, " ({source})"),
            None => Ok(()),
        }
    }
}

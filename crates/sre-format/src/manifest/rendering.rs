//! How a chart is rendered, and which images it asks for that no rendering shows.

use std::path::PathBuf;

use toml::Spanned;

use super::check::Checker;
use crate::ImageReference;

/// The longest name of a release, in bytes; Helm puts more words behind it.
const MAX_RELEASE: usize = 53;
/// The longest name of a namespace, in bytes (RFC 1123).
const MAX_NAMESPACE: usize = 63;

/// How a chart is rendered, and what `check` cannot see in a rendering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// The name of the release; the name of the chart unless given.
    pub release: Option<String>,
    /// The namespace of the release; `default` unless given.
    pub namespace: Option<String>,
    /// Files of values, relative to the manifest, later ones before earlier ones.
    pub values: Vec<PathBuf>,
    /// Images that what the chart installs asks for later by itself.
    pub operands: Vec<ImageReference>,
    /// Images that the chart names and nothing ever runs; without tag and digest all of that name.
    pub not_needed: Vec<ImageReference>,
}

/// The keys of a chart that say how it is rendered.
pub(super) struct RawRendering {
    pub release: Option<Spanned<String>>,
    pub namespace: Option<Spanned<String>>,
    pub values: Vec<Spanned<String>>,
    pub operands: Vec<Spanned<String>>,
    pub not_needed: Vec<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn rendering(&mut self, raw: RawRendering) -> Option<Rendering> {
        let release = self.label(raw.release, "the name of a release", MAX_RELEASE);
        let namespace = self.label(raw.namespace, "a namespace", MAX_NAMESPACE);
        let values: Vec<_> = raw.values.iter().map(|path| self.local_path(path)).collect();
        let operands: Vec<_> = raw.operands.iter().map(|text| self.operand(text)).collect();
        let not_needed: Vec<_> = raw.not_needed.iter().map(|text| self.reference(text)).collect();
        Some(Rendering {
            release: release?,
            namespace: namespace?,
            values: values.into_iter().collect::<Option<_>>()?,
            operands: operands.into_iter().collect::<Option<_>>()?,
            not_needed: not_needed.into_iter().collect::<Option<_>>()?,
        })
    }

    /// Reads a path of this machine; one with a scheme would be fetched by whoever opens it.
    pub(super) fn local_path(&mut self, path: &Spanned<String>) -> Option<PathBuf> {
        let text = path.get_ref();
        if text.is_empty() || text.contains("://") {
            let help = "write a path relative to the manifest";
            return self.wrong(path.span(), "this is not a path of this machine", help);
        }
        Some(PathBuf::from(text))
    }

    fn operand(&mut self, text: &Spanned<String>) -> Option<ImageReference> {
        let reference = self.reference(text)?;
        if reference.tag().is_none() && reference.digest().is_none() {
            let help = "add `:version`";
            return self.wrong(text.span(), "this image has neither tag nor digest", help);
        }
        Some(reference)
    }

    /// Reads a name of Kubernetes; the outer `None` is a wrong one.
    #[expect(clippy::option_option, reason = "a key that is wrong differs from one that is absent")]
    fn label(
        &mut self,
        text: Option<Spanned<String>>,
        what: &str,
        longest: usize,
    ) -> Option<Option<String>> {
        let Some(text) = text else { return Some(None) };
        let name = text.get_ref();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let edge = !name.starts_with('-') && !name.ends_with('-');
        if name.is_empty() || name.len() > longest || !edge || !name.bytes().all(fits) {
            let help = "small letters, digits and `-`, no `-` at either end";
            return self.wrong(text.span(), format!("this is not {what}"), help);
        }
        Some(Some(text.into_inner()))
    }
}

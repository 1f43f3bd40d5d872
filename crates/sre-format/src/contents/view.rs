//! What `inspect` answers in both programs, for people and for programs.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Archived, Carried, Inspection, Size, Tree};
use crate::bundle::VerifiedBundle;
use crate::card::TransferCard;
use crate::{Digest, ImageReference, PlatformName};

/// The answer of `inspect`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    #[serde(flatten)]
    inspection: Inspection,
    names: Vec<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<Vec<Carried>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    archived: Vec<Archived>,
    #[serde(rename = "files", serialize_with = "entries")]
    bundle: VerifiedBundle,
    #[serde(skip)]
    tree: Option<Tree>,
}

fn entries<S: Serializer>(bundle: &VerifiedBundle, serializer: S) -> Result<S::Ok, S::Error> {
    bundle.table().entries.serialize(serializer)
}

#[derive(Debug, Serialize)]
struct Name {
    reference: ImageReference,
    digest: Digest,
}

/// What is shown beside the totals.
#[derive(Clone, Debug, Default)]
pub enum Detail {
    /// The names of images, charts and artifacts.
    #[default]
    Names,
    /// The same with kinds, platforms and sizes.
    Images(Vec<Carried>),
    /// The folders and files.
    Tree,
}

/// Names that are listed unless more is asked for.
const MAX_NAMES: usize = 40;

impl View {
    /// Puts together what is shown; `names` comes from [`super::named`].
    #[must_use]
    pub fn new(
        card: TransferCard,
        bundle: &VerifiedBundle,
        names: Vec<(ImageReference, Digest)>,
        detail: Detail,
    ) -> Self {
        let table = bundle.table();
        let name = |(reference, digest)| Name { reference, digest };
        let (images, tree) = match detail {
            Detail::Names => (None, None),
            Detail::Images(images) => (Some(images), None),
            Detail::Tree => (None, Some(Tree::of(table))),
        };
        let names = names.into_iter().map(name).collect();
        let (inspection, bundle) = (Inspection::of(table, card), bundle.clone());
        Self { inspection, names, images, archived: Vec::new(), bundle, tree }
    }

    /// Adds the images that stand inside archives.
    #[must_use]
    pub fn with_archived(mut self, archived: Vec<Archived>) -> Self {
        self.archived = archived;
        self
    }

    fn write_totals(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inspection { platforms, created, payload, kinds, .. } = &self.inspection;
        write!(formatter, "{}", self.inspection.card)?;
        writeln!(formatter, "platforms    {}", joined(platforms, ", "))?;
        writeln!(formatter, "locked       {created}")?;
        writeln!(
            formatter,
            "holds        {} in {} files\n",
            Size(*payload),
            self.bundle.table().entries.len()
        )?;
        for total in kinds {
            let (kind, bytes) = (total.kind.as_str(), Size(total.bytes));
            writeln!(formatter, "{kind:<15} {:>6}  {bytes:>9}", total.entries)?;
        }
        Ok(())
    }

    fn write_names(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter)?;
        for Name { reference, .. } in self.names.iter().take(MAX_NAMES) {
            writeln!(formatter, "{reference}")?;
        }
        match self.names.len().saturating_sub(MAX_NAMES) {
            0 => Ok(()),
            more => writeln!(formatter, "and {more} more, with `--images`"),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_totals(formatter)?;
        match (&self.images, &self.tree) {
            (Some(images), _) => write_images(images, formatter),
            (None, Some(tree)) => write!(formatter, "\n{tree}"),
            (None, None) if self.names.is_empty() => Ok(()),
            (None, None) => self.write_names(formatter),
        }?;
        if self.archived.is_empty() || self.tree.is_some() {
            return Ok(());
        }
        writeln!(formatter, "\ninside archives")?;
        self.archived.iter().try_for_each(|Archived { reference, within }| {
            writeln!(formatter, "{reference} ({within})")
        })
    }
}

fn write_images(images: &[Carried], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(formatter)?;
    for image in images {
        let (kind, bytes) = (image.kind.as_str(), Size(image.bytes));
        let platforms = joined(&image.platforms, ",");
        let line = format!("{kind:<9} {bytes:>9} {:>4} blobs  {}", image.blobs, image.reference);
        writeln!(formatter, "{}", format!("{line}  {platforms}").trim_end())?;
    }
    Ok(())
}

fn joined(platforms: &[PlatformName], joint: &str) -> String {
    platforms.iter().map(PlatformName::as_str).collect::<Vec<_>>().join(joint)
}

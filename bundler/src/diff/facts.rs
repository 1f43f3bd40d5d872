//! What is compared of each kind of input.

use sre_format::lock::{
    ChartForm, Input, Lock, LockedChart, LockedFile, LockedFileSet, LockedFolder, LockedImage,
    LockedManifest, LockedReferrer, PlacedFile,
};
use sre_format::{Digest, ImageReference, PlatformName};

use super::{Field, Side};

/// The facts of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Its name without version.
    pub name: String,
    /// Tag or version.
    pub version: String,
    pub side: Side,
    /// Further facts: what they are called, how they are shown, and what is compared.
    more: Vec<(&'static str, String, String)>,
}

impl Facts {
    pub(super) fn of(input: Input<'_>) -> Self {
        match input {
            Input::Image(image) => of_image(image),
            Input::Chart(chart) => of_chart(chart),
            Input::File(file) => of_file(file),
            Input::Folder(folder) => of_folder(folder),
            Input::Set(set) => of_set(set),
        }
    }

    /// Gives the further facts that differ.
    pub(super) fn differences(&self, after: &Self) -> Vec<Field> {
        let pairs = self.more.iter().zip(&after.more);
        let differ = pairs.filter(|((_, _, old), (_, _, new))| old != new);
        differ
            .map(|((what, before, _), (_, after, _))| {
                let (before, after) = (before.clone(), after.clone());
                // Lists of the same length can differ all the same.
                let after = if before == after { format!("{after}, others") } else { after };
                Field { what, before, after }
            })
            .collect()
    }
}

/// Gives what differs besides the inputs. The digest of the manifest is told only where nothing
/// else explains the difference: a comment, or an option of a host.
pub(super) fn bundle_changes(before: &Lock, after: &Lock) -> Vec<Field> {
    let field = |what, before: String, after: String| Field { what, before, after };
    let (old, new) = (&before.bundle, &after.bundle);
    let mut fields = vec![
        field("name", old.name.to_string(), new.name.to_string()),
        field("version", old.version.to_string(), new.version.to_string()),
        field("channel", old.channel.to_string(), new.channel.to_string()),
        field("serial", before.serial.to_string(), after.serial.to_string()),
        field("platforms", platforms(&old.platforms), platforms(&new.platforms)),
        field("manifest", before.manifest.to_string(), after.manifest.to_string()),
    ];
    fields.retain(|field| field.before != field.after);
    fields
}

fn of_image(image: &LockedImage) -> Facts {
    let mut more = manifests(&image.manifests, &image.absent);
    let named =
        if image.platforms.is_empty() { "all".to_owned() } else { platforms(&image.platforms) };
    more.push(same("platforms", named));
    more.push(referrers(&image.referrers));
    more.push(same("from", image.source.to_string()));
    more.push(same("media type", image.root.media_type.clone()));
    more.push(same("verified", list(&image.verified)));
    let side =
        Side { version: version(&image.reference), digest: image.root.digest, bytes: image.bytes };
    Facts { name: image.reference.name(), version: side.version.clone(), side, more }
}

fn of_chart(chart: &LockedChart) -> Facts {
    let mut more = vec![referrers(&chart.referrers)];
    more.push(same("from", chart.source.to_string()));
    more.push(same("form", form(&chart.form)));
    more.push(same("verified", list(&chart.verified)));
    let side =
        Side { version: chart.version.clone(), digest: chart.root.digest, bytes: chart.bytes };
    Facts { name: chart.reference.name(), version: chart.version.clone(), side, more }
}

fn of_file(file: &LockedFile) -> Facts {
    let more = vec![
        same("from", file.source.to_string()),
        same("media type", file.media_type.clone()),
        same("verified", list(&file.verified)),
    ];
    let side = Side { version: String::new(), digest: file.digest, bytes: file.size };
    Facts { name: file.name.to_string(), version: String::new(), side, more }
}

fn of_folder(folder: &LockedFolder) -> Facts {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let more = vec![
        same("content", folder.content.to_string()),
        same("files", folder.files.to_string()),
        same("from", folder.path.clone()),
        same("ignore", list(&folder.ignore)),
        same("source", text(&folder.source)),
        same("revision", text(&folder.revision)),
    ];
    let side = Side {
        version: version(&folder.reference),
        digest: folder.root.digest,
        bytes: folder.bytes(),
    };
    Facts { name: folder.reference.name(), version: side.version.clone(), side, more }
}

/// A file set has no digest of its own: that of its rows in the lock stands for it.
fn of_set(set: &LockedFileSet) -> Facts {
    let rows = |file: &PlacedFile| format!("{} {}\n", file.path, file.digest);
    let rows: String = set.files.iter().map(rows).collect();
    let origins = list(&set.files.iter().map(|file| &file.origin).collect::<Vec<_>>());
    let count = format!("{} files", set.files.len());
    let more = vec![
        ("files", count, rows.clone()),
        same("from", origins),
        ("images", set.images.len().to_string(), list(&set.images)),
        same("verified", list(&set.verified)),
    ];
    let digest = Digest::of(rows.as_bytes());
    let side = Side { version: set.version.clone(), digest, bytes: set.bytes() };
    Facts { name: set.name.clone(), version: set.version.clone(), side, more }
}

fn same(what: &'static str, shown: String) -> (&'static str, String, String) {
    (what, shown.clone(), shown)
}

fn version(reference: &ImageReference) -> String {
    match (reference.tag(), reference.digest()) {
        (Some(tag), _) => tag.to_owned(),
        (None, Some(_)) => "by digest".into(),
        (None, None) => String::new(),
    }
}

fn manifests(
    carried: &[LockedManifest],
    absent: &[LockedManifest],
) -> Vec<(&'static str, String, String)> {
    let shown = |list: &[LockedManifest]| format!("{} manifests", list.len());
    let compared = |list: &[LockedManifest]| format!("{list:?}");
    vec![
        ("carried", shown(carried), compared(carried)),
        ("left out", shown(absent), compared(absent)),
    ]
}

fn referrers(referrers: &[LockedReferrer]) -> (&'static str, String, String) {
    ("signatures and other referrers", referrers.len().to_string(), format!("{referrers:?}"))
}

fn form(form: &ChartForm) -> String {
    match form {
        ChartForm::Oci => "registry".into(),
        ChartForm::Http(http) => format!("archive {} {}", http.archive.url, http.archive.digest),
    }
}

fn platforms(platforms: &[PlatformName]) -> String {
    list(platforms)
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

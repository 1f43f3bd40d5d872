//! What is asked for, compared with what is locked.

use std::collections::{BTreeMap, BTreeSet};

use sre_format::ImageReference;
use sre_format::lock::{Lock, LockedImage};
use sre_format::manifest::{Image, Manifest};

use super::name::is_moving;
use super::report::{Asked, Evidence, Offered, Report, Unreadable};

/// Everything that was found, before it is compared with anything.
#[derive(Default)]
pub(super) struct Findings {
    /// Who asks for an image.
    pub asked: BTreeMap<ImageReference, BTreeSet<Evidence>>,
    /// What charts would ask for with other values.
    pub offered: BTreeSet<Offered>,
    /// Containers whose image is no name.
    pub unreadable: BTreeSet<Unreadable>,
    /// What the manifest excepts, by the chart that it is said of.
    pub excepted: Vec<(String, ImageReference)>,
    /// What could not be looked at.
    pub blind: BTreeSet<String>,
}

impl Findings {
    pub(super) fn add(&mut self, other: Self) {
        for (image, evidence) in other.asked {
            self.asked.entry(image).or_default().extend(evidence);
        }
        self.offered.extend(other.offered);
        self.unreadable.extend(other.unreadable);
        self.excepted.extend(other.excepted);
        self.blind.extend(other.blind);
    }
}

/// What the lock has for an image.
enum Carried<'a> {
    Image(&'a LockedImage),
    /// An archive of a set holds it.
    InSet(String),
    No(Option<String>),
}

/// Compares findings with a lock.
pub(super) fn judge(findings: Findings, lock: &Lock, manifest: &Manifest) -> Report {
    let mut report = Report::default();
    let mut used = BTreeSet::new();
    let mut excepting = BTreeSet::new();
    for (image, evidence) in &findings.asked {
        report.registries.insert(image.host().to_owned());
        let mut asked = Asked {
            image: image.clone(),
            digest: None,
            note: None,
            evidence: evidence.iter().cloned().collect(),
        };
        let excepted = excepted_by(&findings.excepted, image, evidence, &mut excepting);
        match carried(lock, image) {
            Carried::Image(locked) => {
                used.insert(&locked.reference);
                asked.digest = Some(locked.root.digest);
                if floats(image, locked, manifest) {
                    report.floating.push(asked.clone());
                }
                report.images.push(asked);
            }
            Carried::InSet(set) => {
                asked.note = Some(format!("in {set}"));
                report.images.push(asked);
            }
            Carried::No(_) if excepted => report.not_needed.push(asked),
            Carried::No(note) => {
                asked.note = note;
                report.missing.push(asked);
            }
        }
    }
    report.unused = unused(lock, manifest, &used);
    let stale = findings.excepted.iter().enumerate().filter(|(at, _)| !excepting.contains(at));
    report.stale = stale.map(|(_, (by, image))| format!("{image} of {by}")).collect();
    report.unreadable = findings.unreadable.into_iter().collect();
    let is_asked = |offered: &Offered| findings.asked.contains_key(&offered.image);
    report.offered = findings.offered.into_iter().filter(|it| !is_asked(it)).collect();
    report.blind = findings.blind.into_iter().collect();
    report.complete = report.complaint().is_none();
    report
}

/// Says whether all who ask for an image are charts that the manifest excepts it for.
fn excepted_by(
    excepted: &[(String, ImageReference)],
    image: &ImageReference,
    evidence: &BTreeSet<Evidence>,
    excepting: &mut BTreeSet<usize>,
) -> bool {
    let mut all = true;
    for one in evidence {
        let fits = |(_, (by, name)): &(usize, &(String, ImageReference))| {
            *by == one.by && means(name, image)
        };
        match excepted.iter().enumerate().find(fits) {
            Some((at, _)) => _ = excepting.insert(at),
            None => all = false,
        }
    }
    all
}

/// Says whether a name of the manifest means an image; one without a version means all of that name.
fn means(name: &ImageReference, image: &ImageReference) -> bool {
    let same_name = (name.host(), name.repository()) == (image.host(), image.repository());
    same_name
        && match (name.tag(), name.digest()) {
            (None, None) => true,
            (_, Some(digest)) => image.digest() == Some(digest),
            (tag, None) => image.tag() == tag,
        }
}

fn carried<'a>(lock: &'a Lock, image: &ImageReference) -> Carried<'a> {
    let same_name = |locked: &&LockedImage| {
        (locked.reference.host(), locked.reference.repository())
            == (image.host(), image.repository())
    };
    let mut note = None;
    for locked in lock.images.iter().filter(same_name) {
        let Some(digest) = image.digest() else {
            if locked.reference.tag().is_some() && locked.reference.tag() == image.tag() {
                return Carried::Image(locked);
            }
            continue;
        };
        if locked.root.digest == digest || locked.manifests.iter().any(|it| it.digest == digest) {
            return Carried::Image(locked);
        }
        if let Some(child) = locked.absent.iter().find(|it| it.digest == digest) {
            let platform = child.platform.as_ref().map(ToString::to_string).unwrap_or_default();
            note = Some(format!("{} is carried without its {platform}", locked.reference));
        } else if locked.reference.tag() == image.tag() {
            note = Some(format!("the lock has {} under that tag", locked.root.digest));
        }
    }
    if lock.unconfirmed.iter().any(|it| it.reference == *image) {
        note = Some("the lock states it, and no upstream has confirmed it".to_owned());
    }
    // An archive may tell the digest of an image, and who asks for it needs not.
    let is_it = |held: &ImageReference| {
        (held.host(), held.repository()) == (image.host(), image.repository())
            && match image.digest() {
                Some(digest) => held.digest() == Some(digest),
                None => held.tag().is_some() && held.tag() == image.tag(),
            }
    };
    let set = lock.sets.iter().find(|set| set.images.iter().any(is_it));
    set.map_or(Carried::No(note), |set| {
        Carried::InSet(format!("{} {}", set.kind.id(), set.title()))
    })
}

/// Says whether nobody has written down which image is meant: the name asks by a tag that moves, and
/// the manifest names no digest beside it and no reason.
fn floats(image: &ImageReference, locked: &LockedImage, manifest: &Manifest) -> bool {
    let moves = image.tag().is_none_or(is_moving);
    let is_it = |it: &&Image| it.reference == locked.reference;
    let reason = manifest.images.iter().find(is_it).and_then(|it| it.moving.as_ref());
    moves && image.digest().is_none() && locked.reference.digest().is_none() && reason.is_none()
}

fn unused(
    lock: &Lock,
    manifest: &Manifest,
    used: &BTreeSet<&ImageReference>,
) -> Vec<ImageReference> {
    let said: BTreeSet<_> = manifest
        .images
        .iter()
        .filter(|image| image.used_by.is_some())
        .map(|image| &image.reference)
        .collect();
    let references = lock.images.iter().map(|image| &image.reference);
    references.filter(|it| !used.contains(it) && !said.contains(it)).cloned().collect()
}

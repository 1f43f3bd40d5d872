//! How often `lock` and `build` ask: registries count, and refuse who asks too much.

use std::collections::BTreeMap;

use sre_testkit::image::{Image, Layer, Packing};

use crate::desk::Desk;

/// More images than one platform has.
const IMAGES: usize = 200;

/// A desk with many small images, each in a repository of its own.
fn desk() -> Desk {
    let desk = Desk::new();
    let mut manifest = String::new();
    for number in 0..IMAGES {
        let layer = Layer::of_files(&[("number", &number.to_be_bytes())], Packing::Gzip);
        let image = Image::new("linux/amd64").layer(layer).build();
        desk.upstream.push(&image, &format!("app/n{number}"), "1.0");
        manifest.push_str(&format!("[[image]]\nref = \"HOST/app/n{number}:1.0\"\n"));
    }
    desk.manifest(&manifest);
    desk
}

/// Counts the requests by what they are for, and forgets them.
fn counted(desk: &Desk) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for seen in desk.upstream.log() {
        let what = match seen.path.rsplit_once("/manifests/").map(|(_, reference)| reference) {
            Some("1.0") => "tag",
            Some(reference) if reference.starts_with("sha256:") => "manifest",
            Some(_) => "cosign",
            None if seen.path.contains("/blobs/") => "blob",
            None if seen.path.contains("/referrers/") => "referrers",
            None => "other",
        };
        let is_head = seen.method == "HEAD";
        assert_eq!(is_head, matches!(what, "tag" | "cosign"), "{} {}", seen.method, seen.path);
        *counts.entry(what).or_insert(0) += 1;
    }
    desk.upstream.clear_log();
    counts
}

#[test]
fn each_image_costs_one_head_and_each_manifest_one_get_and_never_again() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    // The configuration tells the platform; three tags and the API tell what is signed.
    let signatures = [("cosign", 3 * IMAGES), ("referrers", IMAGES)];
    let first = [("tag", IMAGES), ("manifest", IMAGES), ("blob", IMAGES)];
    assert_eq!(counted(&desk), first.into_iter().chain(signatures).collect());

    desk.run("lock").ends_with(0).says("unchanged");
    assert_eq!(counted(&desk), [("tag", IMAGES)].into_iter().chain(signatures).collect());

    // What lock looked at is kept: only the layers are left to fetch.
    desk.run("build --unsigned").ends_with(0);
    assert_eq!(counted(&desk), BTreeMap::from([("tag", IMAGES), ("blob", IMAGES)]));
}

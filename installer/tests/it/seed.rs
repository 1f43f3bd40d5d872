use sre_format::bundle::VerifiedBundle;
use sre_format::{Digest, Explain, Fault};
use sre_install::seed::{
    AuditDepth, ExistingTags, SeedError, SeededRegistry, Survey, TagState, Target, TargetOptions,
};
use sre_steps::{Outcome, Phase, PhaseReporter};
use sre_testkit::image::{Artifact, Family, Image, Index, Layer, Packing, referrer};
use sre_testkit::upstream::{Auth, Children, Kind, Mounts, Referrers, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::bundle::{Builder, damage, open};

pub(crate) fn image(seed: u64, sizes: &[u64]) -> Artifact {
    let layers =
        sizes.iter().zip(seed..).map(|(size, seed)| Layer::random(seed, *size, Packing::Plain));
    Image::new("linux/amd64").layers(layers).label("seed", &seed.to_string()).build()
}

pub(crate) fn options(to: &str) -> TargetOptions {
    TargetOptions { to: to.to_owned(), ca_files: Vec::new(), username: None, password_file: None }
}

async fn survey(bundle: &VerifiedBundle, to: &str) -> Result<Survey, SeedError> {
    survey_with(bundle, &options(to)).await
}

pub(crate) async fn survey_with(
    bundle: &VerifiedBundle,
    options: &TargetOptions,
) -> Result<Survey, SeedError> {
    let target: Target = options.target()?;
    let client = options.client(&target, &PhaseReporter::silent(Phase::Seed))?;
    Survey::take(bundle, &target, &client).await
}

pub(crate) async fn carry_out(
    survey: &Survey,
    existing: ExistingTags,
) -> Result<SeededRegistry, SeedError> {
    let phase = PhaseReporter::silent(Phase::Seed);
    survey.carry_out(existing, 4, AuditDepth::Bytes, &phase).await
}

pub(crate) async fn seed(bundle: &VerifiedBundle, to: &str) -> Result<SeededRegistry, SeedError> {
    carry_out(&survey(bundle, to).await?, ExistingTags::Keep).await
}

/// Two images that share their first layer, one of them under two tags, from two registries.
fn two_images() -> (VerifiedBundle, Artifact, Artifact) {
    let (first, second) = (image(1, &[3 << 20, 1000]), image(1, &[3 << 20, 2000, 10]));
    let bundle = Builder::default()
        .with("docker.io/library/first:1", &first)
        .with("docker.io/library/first:latest", &first)
        .with("127.0.0.1:5000/team/second:2", &second)
        .build();
    (bundle, first, second)
}

#[tokio::test]
async fn fills_an_empty_registry_and_sends_each_blob_once() {
    let (bundle, first, second) = two_images();
    let target = Upstream::plain();
    let seeded = seed(&bundle, &format!("{}/mirror", target.url())).await.unwrap();
    assert_eq!(
        target.repositories(),
        ["mirror/127.0.0.1_5000/team/second", "mirror/docker.io/library/first"]
    );
    let found = target.tags("mirror/docker.io/library/first");
    assert_eq!(found, [("1".to_owned(), first.digest()), ("latest".to_owned(), first.digest())]);
    let unique: std::collections::BTreeMap<_, _> = first
        .blobs
        .iter()
        .chain(&second.blobs)
        .map(|(digest, blob)| (*digest, blob.size()))
        .collect();
    assert_eq!(target.blob_bytes_received(), unique.values().sum::<u64>());
    assert_eq!(seeded.sent().bytes, target.blob_bytes_received());
    assert!(seeded.sent().mounted >= 1);
    assert_eq!(seeded.outcome(), Outcome::Done);
}

#[tokio::test]
async fn a_second_run_sends_nothing() {
    let (bundle, ..) = two_images();
    let target = Upstream::plain();
    seed(&bundle, target.url()).await.unwrap();
    target.clear_log();
    let seeded = seed(&bundle, target.url()).await.unwrap();
    assert_eq!(seeded.outcome(), Outcome::AlreadyDone);
    assert_eq!((target.count(Kind::Upload), target.count(Kind::ManifestWrite)), (0, 0));
    assert_eq!(target.blob_bytes_received(), 0);
}

#[tokio::test]
async fn sends_blobs_then_manifests_then_tags() {
    let index = Index::new(Family::Oci).image("linux/amd64", image(5, &[100])).build();
    let bundle = Builder::default()
        .with("quay.io/a/index:1", &index)
        .with("quay.io/b/image:1", &image(6, &[200]))
        .build();
    let target = Upstream::plain();
    seed(&bundle, target.url()).await.unwrap();
    let log = target.log();
    let writes: Vec<_> = log.iter().filter(|seen| seen.kind == Kind::ManifestWrite).collect();
    let last_upload = log.iter().rposition(|seen| seen.kind == Kind::Upload).unwrap();
    let first_write = log.iter().position(|seen| seen.kind == Kind::ManifestWrite).unwrap();
    assert!(last_upload < first_write);
    let is_tag = |path: &str| path.ends_with("/1");
    let first_tag = writes.iter().position(|seen| is_tag(&seen.path)).unwrap();
    assert!(writes[first_tag..].iter().all(|seen| is_tag(&seen.path)));
    let place = |digest: Digest| {
        writes.iter().position(|seen| seen.path.ends_with(&digest.to_string())).unwrap()
    };
    assert!(place(Digest::of(&index.manifests[0].bytes)) < place(index.digest()));
}

#[tokio::test]
async fn a_damaged_bundle_leaves_nothing_visible() {
    let (first, second) = (image(1, &[4 << 20]), image(2, &[100]));
    let file = Builder::default()
        .with("quay.io/a/first:1", &first)
        .with("quay.io/a/second:1", &second)
        .write();
    let layer = first.blobs.iter().max_by_key(|(_, blob)| blob.size()).unwrap().0;
    damage(&file, layer);
    let target = Upstream::plain();
    let error = seed(&open(file), target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Integrity, "{error:?}");
    assert!(error.hint().unwrap().contains("sre-install verify"), "{error:?}");
    assert_eq!(target.count(Kind::ManifestWrite), 0);
    assert!(target.blob("quay.io/a/first", &layer).is_none());
}

#[tokio::test]
async fn a_bundle_that_lacks_a_blob_is_refused_before_anything_is_sent() {
    let artifact = image(1, &[100]);
    let layer = artifact.blobs.iter().max_by_key(|(_, blob)| blob.size()).unwrap().0;
    let bundle = Builder::default().with("quay.io/a/b:1", &artifact).without(layer).build();
    let target = Upstream::plain();
    let error = seed(&bundle, target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Integrity, "{error}");
    assert!(target.log().is_empty());
}

#[tokio::test]
async fn an_existing_tag_with_another_digest_is_a_conflict_by_name() {
    let (bundle, first, _) = two_images();
    let target = Upstream::plain();
    let other = image(9, &[10]);
    target.push(&other, "docker.io/library/first", "latest");
    let taken = survey(&bundle, target.url()).await.unwrap();
    let error = carry_out(&taken, ExistingTags::Keep).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Conflict);
    let name = format!("{}/docker.io/library/first:latest", target.host());
    assert!(error.to_string().contains(&name), "{error}");
    assert!(error.hint().unwrap().contains("--overwrite-tags"));
    assert_eq!((target.count(Kind::Upload), target.count(Kind::ManifestWrite)), (0, 0));
    carry_out(&taken, ExistingTags::Overwrite).await.unwrap();
    assert_eq!(target.tags("docker.io/library/first")[1].1, first.digest());
}

#[tokio::test]
async fn a_refused_sparse_index_leaves_its_tag_to_the_platform_s_image() {
    for family in [Family::Oci, Family::Docker] {
        let own = image(3, &[500]);
        let index =
            Index::new(family).absent("linux/arm64").image("linux/amd64", own.clone()).build();
        let bundle = Builder::default().with("quay.io/a/b:1", &index).build();
        let target =
            Upstream::start(Settings { children: Children::Required, ..Settings::default() });
        let seeded = seed(&bundle, target.url()).await.unwrap();
        assert_eq!(target.tags("quay.io/a/b"), [("1".to_owned(), own.digest())]);
        assert_eq!(seeded.platform_tags()[0].index, index.digest());
        let report = seeded.to_string();
        assert!(report.contains("because the target refuses the index"), "{report}");
        assert!(report.contains("MANIFEST_BLOB_UNKNOWN") || report.contains("400"), "{report}");
        assert!(matches!(seeded.outcome(), Outcome::Warned { .. }));
        target.clear_log();
        let again = survey(&bundle, target.url()).await.unwrap();
        assert_eq!(again.plan().names[0].state, TagState::PlatformManifest);
        carry_out(&again, ExistingTags::Keep).await.unwrap();
        assert_eq!(target.count(Kind::ManifestWrite), 0);
    }
}

#[tokio::test]
async fn a_sparse_index_is_kept_whole_where_the_target_takes_it() {
    let index =
        Index::new(Family::Oci).absent("linux/arm64").image("linux/amd64", image(3, &[5])).build();
    let bundle = Builder::default().with("quay.io/a/b:1", &index).build();
    let target = Upstream::plain();
    let seeded = seed(&bundle, target.url()).await.unwrap();
    assert_eq!(target.tags("quay.io/a/b"), [("1".to_owned(), index.digest())]);
    assert!(seeded.platform_tags().is_empty());
}

#[tokio::test]
async fn referrers_are_sent_and_listed_with_and_without_the_api() {
    for referrers in [Referrers::Api, Referrers::FallbackTag] {
        let subject = image(4, &[50]);
        let sbom = referrer(&subject, "application/spdx+json", b"{}");
        let bundle = Builder::default()
            .with("quay.io/a/b:1", &subject)
            .with(&format!("quay.io/a/b@{}", sbom.digest()), &sbom)
            .build();
        let target = Upstream::start(Settings { referrers, ..Settings::default() });
        seed(&bundle, target.url()).await.unwrap();
        let options = options(target.url());
        let client = options
            .client(&options.target().unwrap(), &PhaseReporter::silent(Phase::Seed))
            .unwrap();
        let found = client.referrers("quay.io/a/b", subject.digest()).await.unwrap();
        assert_eq!(found.iter().map(|one| one.digest).collect::<Vec<_>>(), [sbom.digest()]);
        target.clear_log();
        seed(&bundle, target.url()).await.unwrap();
        assert_eq!(target.count(Kind::ManifestWrite), 0);
    }
}

#[tokio::test]
async fn blobs_are_sent_where_mounts_are_refused() {
    let (bundle, ..) = two_images();
    let target = Upstream::start(Settings { mounts: Mounts::Refused, ..Settings::default() });
    let seeded = seed(&bundle, target.url()).await.unwrap();
    assert_eq!(seeded.sent().mounted, 0);
    assert_eq!(seeded.sent().bytes, target.blob_bytes_received());
}

#[tokio::test]
async fn goes_on_after_dropped_connections_and_busy_answers() {
    let (bundle, ..) = two_images();
    let target = Upstream::plain();
    target
        .trouble(Trouble::on("digest=").times(2).does(Misbehaviour::DropUpload { after: 1 << 20 }));
    target.trouble(Trouble::on("/manifests/").times(2).does(Misbehaviour::busy(503)));
    target.trouble(Trouble::on("/blobs/").times(3).does(Misbehaviour::busy(429)));
    seed(&bundle, target.url()).await.unwrap();
    let unique: u64 = bundle.table().entries.iter().map(|entry| entry.size).sum();
    assert!(target.blob_bytes_received() < unique + (1 << 20), "what had arrived was sent again");
}

#[tokio::test]
async fn a_target_that_alters_what_it_keeps_fails_the_audit() {
    let (bundle, ..) = two_images();
    let target = Upstream::plain();
    let layer = bundle.table().entries.iter().max_by_key(|entry| entry.size).unwrap().digest;
    target.trouble(
        Trouble::on(&format!("blobs/{layer}")).method("GET").does(Misbehaviour::Corrupt { at: 9 }),
    );
    let error = seed(&bundle, target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Site);
    assert!(error.to_string().contains(&layer.to_string()), "{error}");
}

#[tokio::test]
async fn logs_in_with_password_and_token_and_says_who_is_refused() {
    for auth in [Auth::basic("me", "pw"), Auth::bearer("me", "pw")] {
        let (bundle, ..) = two_images();
        let target = Upstream::start(Settings { auth, ..Settings::default() });
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "pw\n").unwrap();
        let mut options = options(target.url());
        options.username = Some("me".to_owned());
        options.password_file = Some(file.path().to_owned());
        let taken = survey_with(&bundle, &options).await.unwrap();
        carry_out(&taken, ExistingTags::Keep).await.unwrap();
        std::fs::write(file.path(), "hunter2\n").unwrap();
        let error = survey_with(&bundle, &options).await.err().unwrap();
        assert_eq!(error.fault(), Fault::Site);
        assert!(error.hint().unwrap().contains("login"), "{error:?}");
    }
}

#[tokio::test]
async fn the_plan_says_what_will_be_sent_and_changes_nothing() {
    let (bundle, ..) = two_images();
    let target = Upstream::plain();
    let plan = survey(&bundle, target.url()).await.unwrap().plan();
    assert!(target.repositories().is_empty());
    assert!(target.log().iter().all(|seen| seen.method == http::Method::HEAD));
    let seeded = seed(&bundle, target.url()).await.unwrap();
    assert_eq!(plan.bytes_to_send, seeded.sent().bytes);
    assert_eq!(
        (plan.blobs_to_send, plan.blobs_to_mount),
        (seeded.sent().blobs, seeded.sent().mounted)
    );
    let names: Vec<_> = plan.names.iter().map(|name| name.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "127.0.0.1:5000/team/second:2",
            "docker.io/library/first:1",
            "docker.io/library/first:latest"
        ]
    );
    let after = survey(&bundle, target.url()).await.unwrap().plan();
    assert_eq!((after.bytes_to_send, after.manifests_to_send), (0, 0));
    assert!(after.to_string().contains("present    docker.io/library/first:1 -> "), "{after}");
}

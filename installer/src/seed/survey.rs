//! What the target has of a bundle, asked without changing anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::VerifiedBundle;
use sre_oci::{Reference, RegistryClient};

use super::each::each;
use super::{Catalog, Repository, SeedError, Target};

/// Requests that only ask, under way at once.
pub(super) const QUESTIONS: usize = 16;

/// A thing of a repository: its place in the catalog, and a digest.
pub(super) type Place = (usize, Digest);

/// A bundle, a target, and what the target has of the bundle.
pub struct Survey {
    pub(super) bundle: VerifiedBundle,
    pub(super) target: Target,
    pub(super) client: RegistryClient,
    pub(super) catalog: Arc<Catalog>,
    /// The blobs that are there.
    pub(super) blobs: BTreeSet<Place>,
    /// The manifests that are there.
    pub(super) manifests: BTreeSet<Place>,
    /// The tags that are there, with what they name.
    pub(super) tags: BTreeMap<(usize, String), Digest>,
}

enum Question {
    Blob(Digest),
    Manifest(Digest),
    Tag(String),
}

enum Answer {
    Absent,
    Blob(Place),
    Manifest(Place),
    Tag((usize, String), Digest),
}

impl Survey {
    /// Reads the catalog of the bundle and asks the target for each thing in it.
    pub async fn take(
        bundle: &VerifiedBundle,
        target: &Target,
        client: &RegistryClient,
    ) -> Result<Self, SeedError> {
        let (read, prefix) = (bundle.clone(), target.prefix().clone());
        let reading = tokio::task::spawn_blocking(move || Catalog::read(&read, &prefix));
        let catalog = Arc::new(reading.await.map_err(SeedError::Task)??);
        let mut survey = Self {
            bundle: bundle.clone(),
            target: target.clone(),
            client: client.clone(),
            catalog: Arc::clone(&catalog),
            blobs: BTreeSet::new(),
            manifests: BTreeSet::new(),
            tags: BTreeMap::new(),
        };
        let mut questions =
            catalog.repositories.iter().enumerate().flat_map(|(at, repository)| {
                questions(repository).map(move |question| (at, question))
            });
        let put = |(at, question)| ask(client.clone(), Arc::clone(&catalog), at, question);
        // A target that cannot be reached, or wants another password, says so once and not sixteen times.
        if let Some(first) = questions.next() {
            survey.note(put(first).await?);
        }
        for answer in each(questions, QUESTIONS, put).await? {
            survey.note(answer);
        }
        Ok(survey)
    }

    /// Gives what the bundle carries.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn note(&mut self, answer: Answer) {
        match answer {
            Answer::Absent => {}
            Answer::Blob(place) => drop(self.blobs.insert(place)),
            Answer::Manifest(place) => drop(self.manifests.insert(place)),
            Answer::Tag(name, digest) => {
                // A tag that names the right thing shows that the thing is there.
                self.manifests.insert((name.0, digest));
                self.tags.insert(name, digest);
            }
        }
    }

    pub(super) fn repository(&self, at: usize) -> &Repository {
        &self.catalog.repositories[at]
    }

    /// Gives the name of a repository in the target, with its host.
    pub(super) fn full_name(&self, at: usize) -> String {
        format!("{}/{}", self.target.host(), self.repository(at).target)
    }
}

fn questions(repository: &Repository) -> impl Iterator<Item = Question> {
    let tagged: BTreeSet<Digest> = repository.tags.values().copied().collect();
    let tags = repository.tags.keys().cloned().map(Question::Tag);
    let manifests = repository
        .manifests
        .iter()
        .map(|carried| carried.descriptor.digest)
        .filter(move |digest| !tagged.contains(digest))
        .map(Question::Manifest);
    let blobs = repository.blobs.keys().copied().map(Question::Blob);
    tags.chain(manifests).chain(blobs)
}

async fn ask(
    client: RegistryClient,
    catalog: Arc<Catalog>,
    at: usize,
    question: Question,
) -> Result<Answer, SeedError> {
    let name = &catalog.repositories[at].target;
    let failed = |source| SeedError::Registry {
        action: "look for",
        name: format!("{}/{name}", client.host()),
        source: Box::new(source),
    };
    Ok(match question {
        Question::Blob(digest) => {
            let there = client.has_blob(name, digest).await.map_err(failed)?;
            if there { Answer::Blob((at, digest)) } else { Answer::Absent }
        }
        Question::Manifest(digest) => {
            let found = client.head_manifest(name, &digest.into()).await.map_err(failed)?;
            found.map_or(Answer::Absent, |_| Answer::Manifest((at, digest)))
        }
        Question::Tag(tag) => {
            let found = client.head_manifest(name, &Reference::tag(&tag)).await.map_err(failed)?;
            found.map_or(Answer::Absent, |found| Answer::Tag((at, tag), found.digest))
        }
    })
}

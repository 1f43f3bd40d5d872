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

/// The things that a target may fail to tell of before it counts as broken: a full disk or a power
/// cut damages the few that were being written.
const MOST_UNCLEAR: usize = 16;

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
    /// The tags that are there, with what they name, where the target can tell.
    pub(super) tags: BTreeMap<(usize, String), Option<Digest>>,
    unclear: usize,
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
    Unclear(Option<(usize, String)>, SeedError),
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
            unclear: 0,
        };
        let mut questions =
            catalog.repositories.iter().enumerate().flat_map(|(at, repository)| {
                questions(repository).map(move |question| (at, question))
            });
        let put = |(at, question)| ask(client.clone(), Arc::clone(&catalog), at, question);
        // A target that cannot be reached, or wants another password, says so once and not sixteen times.
        if let Some(first) = questions.next() {
            survey.note(put(first).await?)?;
        }
        for answer in each(questions, QUESTIONS, put).await? {
            survey.note(answer)?;
        }
        Ok(survey)
    }

    /// Gives what the bundle carries.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn note(&mut self, answer: Answer) -> Result<(), SeedError> {
        match answer {
            Answer::Absent => {}
            Answer::Blob(place) => drop(self.blobs.insert(place)),
            Answer::Manifest(place) => drop(self.manifests.insert(place)),
            Answer::Tag(name, digest) => {
                // A tag that names the right thing shows that the thing is there.
                self.manifests.insert((name.0, digest));
                self.tags.insert(name, Some(digest));
            }
            Answer::Unclear(_, error) if self.unclear == MOST_UNCLEAR => return Err(error),
            Answer::Unclear(tag, _) => {
                self.unclear += 1;
                self.tags.extend(tag.map(|tag| (tag, None)));
            }
        }
        Ok(())
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
    let answer = match &question {
        Question::Blob(digest) => client
            .has_blob(name, *digest)
            .await
            .map(|there| if there { Answer::Blob((at, *digest)) } else { Answer::Absent }),
        Question::Manifest(digest) => client
            .head_manifest(name, &(*digest).into())
            .await
            .map(|found| found.map_or(Answer::Absent, |_| Answer::Manifest((at, *digest)))),
        Question::Tag(tag) => client.head_manifest(name, &Reference::tag(tag)).await.map(|found| {
            found.map_or(Answer::Absent, |found| Answer::Tag((at, tag.clone()), found.digest))
        }),
    };
    answer.or_else(|source| {
        let is_unclear = source.is_unreadable();
        let error = SeedError::Registry {
            action: "look for",
            name: format!("{}/{name}", client.host()),
            source: Box::new(source),
        };
        // What is sent by digest replaces a damaged record and nothing else, so it counts as absent.
        let tag = match question {
            Question::Tag(tag) => Some((at, tag)),
            Question::Blob(_) | Question::Manifest(_) => None,
        };
        if is_unclear { Ok(Answer::Unclear(tag, error)) } else { Err(error) }
    })
}

//! Sending blobs: each one once, mounted into the other repositories that want it.

use std::sync::Arc;

use sre_format::Digest;
use sre_oci::RegistryClient;
use sre_oci::client::{Mount, UploadSession};
use sre_steps::PhaseReporter;

use super::carried::{Buffers, CarriedBlob};
use super::each::each;
use super::plan::MissingBlob;
use super::survey::QUESTIONS;
use super::{SeedError, Sent, Survey};

/// How often a blob is sent that the registry took and then does not have.
const SENDINGS: usize = 2;

/// Everything that one blob needs on its way.
#[derive(Clone)]
struct Sender {
    client: RegistryClient,
    bundle: sre_format::bundle::VerifiedBundle,
    buffers: Buffers,
    phase: PhaseReporter,
}

struct Mounting {
    digest: Digest,
    size: u64,
    from: String,
    to: String,
}

impl Survey {
    /// Sends all blobs that are missing, `uploads` at once; after this the target has them all.
    pub(super) async fn send_blobs(
        &self,
        uploads: usize,
        phase: &PhaseReporter,
    ) -> Result<Sent, SeedError> {
        let missing = self.missing_blobs();
        phase.expect(missing.iter().filter(|blob| blob.home.is_none()).map(|blob| blob.size).sum());
        let sender = Sender {
            client: self.client.clone(),
            bundle: self.bundle.clone(),
            buffers: Buffers::default(),
            phase: phase.clone(),
        };
        let homeless = missing.iter().filter(|blob| blob.home.is_none());
        let first = homeless.map(|blob| (blob.digest, blob.size, self.name(blob.wanted[0])));
        let sent = each(first, uploads, |(digest, size, repository)| {
            let sender = sender.clone();
            async move { sender.send(digest, size, &repository, None).await }
        });
        let sent = sent.await?;
        let mounted = each(self.mountings(&missing), QUESTIONS, |mounting| {
            let sender = sender.clone();
            async move { sender.mount(mounting).await }
        });
        let mounted = mounted.await?;
        // What could not be mounted was sent.
        let sent_after_all = mounted.iter().filter(|bytes| **bytes > 0).count();
        Ok(Sent {
            blobs: sent.len() + sent_after_all,
            bytes: sent.iter().chain(&mounted).sum(),
            mounted: mounted.len() - sent_after_all,
        })
    }

    fn name(&self, at: usize) -> String {
        self.repository(at).target.clone()
    }

    fn mountings(&self, missing: &[MissingBlob]) -> Vec<Mounting> {
        let mut mountings = Vec::new();
        for blob in missing {
            let (home, rest) = match blob.home {
                Some(home) => (home, blob.wanted.as_slice()),
                None => (blob.wanted[0], &blob.wanted[1..]),
            };
            mountings.extend(rest.iter().map(|at| Mounting {
                digest: blob.digest,
                size: blob.size,
                from: self.name(home),
                to: self.name(*at),
            }));
        }
        mountings
    }
}

impl Sender {
    // Gives the bytes that were sent.
    async fn send(
        &self,
        digest: Digest,
        size: u64,
        repository: &str,
        mut session: Option<UploadSession>,
    ) -> Result<u64, SeedError> {
        let Some(entry) = self.bundle.blob(&digest) else {
            return Err(SeedError::Incomplete { what: format!("{digest} is missing") });
        };
        let mut sent = 0;
        for _ in 0..SENDINGS {
            let source =
                Arc::new(CarriedBlob::new(&self.bundle, entry, &self.buffers, &self.phase));
            let upload = self.client.upload_blob(repository, digest, size, source, session.take());
            let done =
                upload.await.map_err(|error| self.failed("send", repository, digest, error))?;
            sent += done.bytes_sent;
            // Proxies and storage that is "eventually consistent" lose blobs that they confirmed.
            if self.has(repository, digest).await? {
                return Ok(sent);
            }
        }
        let name = format!("{}/{repository}@{digest}", self.client.host());
        let error = sre_oci::ClientError::NotKept { name };
        Err(self.failed("send", repository, digest, error))
    }

    async fn mount(&self, mounting: Mounting) -> Result<u64, SeedError> {
        let Mounting { digest, size, from, to } = mounting;
        let session = match self.client.mount_blob(&to, digest, &from).await {
            Ok(Mount::Mounted) if self.has(&to, digest).await? => return Ok(0),
            Ok(Mount::Mounted) => None,
            Ok(Mount::Upload(session)) => Some(session),
            // Whoever may push here may still not read there; then the blob is sent.
            Err(error) if error.status().is_some_and(|status| status.is_client_error()) => None,
            Err(error) => return Err(self.failed("mount", &to, digest, error)),
        };
        self.send(digest, size, &to, session).await
    }

    async fn has(&self, repository: &str, digest: Digest) -> Result<bool, SeedError> {
        let there = self.client.has_blob(repository, digest).await;
        there.map_err(|error| self.failed("look for", repository, digest, error))
    }

    fn failed(
        &self,
        action: &'static str,
        repository: &str,
        digest: Digest,
        source: sre_oci::ClientError,
    ) -> SeedError {
        let name = format!("{}/{repository}@{digest}", self.client.host());
        SeedError::Registry { action, name, source: Box::new(source) }
    }
}

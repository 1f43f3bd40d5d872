//! What all tests of the client need: short waits and an upstream's name.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sre_oci::transport::{Retries, RetryNotice, SkipNotice, Timeouts};
use sre_oci::{CredentialStore, HostOptions, RegistryClient, Scheme, Transport, TransportOptions};
use sre_testkit::Upstream;
use sre_testkit::image::{Artifact, Image, Layer, Packing};

/// Waits that make no test slow, and still let loopback answer.
pub(crate) fn quick() -> TransportOptions {
    TransportOptions {
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            idle: Duration::from_millis(300),
            answer: Duration::from_secs(5),
        },
        retries: Retries {
            attempts: 3,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(5),
            patience: Duration::from_secs(2),
        },
        ..TransportOptions::default()
    }
}

pub(crate) fn plain(upstream: &Upstream) -> TransportOptions {
    let mut options = quick();
    let host = HostOptions { scheme: Scheme::PlainHttp, ..HostOptions::default() };
    options.hosts.insert(upstream.host(), host);
    options
}

pub(crate) fn client_of(upstream: &Upstream) -> RegistryClient {
    client_with(upstream, plain(upstream), &CredentialStore::empty())
}

pub(crate) fn client_with(
    upstream: &Upstream,
    options: TransportOptions,
    credentials: &CredentialStore,
) -> RegistryClient {
    RegistryClient::new(&Transport::new(options), &upstream.host(), credentials).unwrap()
}

/// An image of one layer of random bytes.
pub(crate) fn image(seed: u64, size: u64) -> Artifact {
    Image::new("linux/amd64").layer(Layer::random(seed, size, Packing::Plain)).build()
}

/// Every retry and every mirror that was passed over, as they were told.
#[derive(Clone, Default)]
pub(crate) struct Told {
    retries: Arc<Mutex<Vec<RetryNotice>>>,
    skips: Arc<Mutex<Vec<SkipNotice>>>,
}

impl Told {
    pub(crate) fn of(&self, options: TransportOptions) -> TransportOptions {
        let (retries, skips) = (Arc::clone(&self.retries), Arc::clone(&self.skips));
        TransportOptions {
            on_retry: Some(Arc::new(move |notice| retries.lock().unwrap().push(notice.clone()))),
            on_skip: Some(Arc::new(move |notice| skips.lock().unwrap().push(notice.clone()))),
            ..options
        }
    }

    pub(crate) fn retries(&self) -> Vec<RetryNotice> {
        self.retries.lock().unwrap().clone()
    }

    pub(crate) fn skips(&self) -> Vec<SkipNotice> {
        self.skips.lock().unwrap().clone()
    }
}

//! A server in this process, over a real socket, with a bundle that the testkit wrote.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use sre_format::Digest;
use sre_format::bundle::{UntrustedBundle, VerifiedBundle};
use sre_install::serve::{Certificates, Metrics, Server, Settings, Source};
use sre_steps::Reporter;
use sre_testkit::bundle::Bundle;
use sre_testkit::image::{Artifact, Image, Layer, Packing};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const MIB: u64 = 1 << 20;

/// Far less than the minute after which a client that stands still is cut off.
pub(crate) const PROMPTLY: Duration = Duration::from_secs(45);

/// A server with its bundle in a folder of its own.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) path: PathBuf,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
    pub(crate) client: Client,
    _folder: tempfile::TempDir,
}

fn open(path: &Path) -> Result<VerifiedBundle, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let bundle = UntrustedBundle::open(Arc::new(file)).map_err(|error| error.to_string())?;
    bundle.blindly_believe_unsigned().map_err(|error| error.to_string())
}

pub(crate) async fn start(bundle: Bundle) -> Running {
    start_with(bundle, Settings::default()).await
}

pub(crate) async fn start_with(bundle: Bundle, settings: Settings) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sre.tar.zst");
    bundle.write(&path);
    let again = path.clone();
    let reopen = Box::new(move || open(&again));
    let source = Source::new(open(&path).unwrap(), reopen, Duration::ZERO, Reporter::silent());
    let authority = settings.tls.as_deref().and_then(Certificates::authority);
    let client = client(authority.map(|authority| authority.pem.as_str()));
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(source, address, settings).await.unwrap();
    let (url, metrics) = (server.url().to_owned(), server.metrics());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        let _dropped = stopped.await;
    }));
    Running { url, path, metrics, stop: Some(stop), task, client, _folder: folder }
}

pub(crate) fn client(authority: Option<&str>) -> Client {
    Client::builder().tls_backend_preconfigured(tls_client(authority)).build().unwrap()
}

/// Makes the settings of a client that trusts one authority or nobody.
pub(crate) fn tls_client(authority: Option<&str>) -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = authority {
        use rustls_pki_types::pem::PemObject as _;
        let der = rustls_pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        roots.add(der).unwrap();
    }
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl Running {
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path).await).unwrap()
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    /// Pulls what a tag names with everything below it, and compares every byte.
    pub(crate) async fn pull(&self, repository: &str, tag: &str, artifact: &Artifact) {
        let top = self.bytes(&format!("/v2/{repository}/manifests/{tag}")).await;
        assert_eq!(top, artifact.top().bytes);
        for manifest in &artifact.manifests {
            let digest = Digest::of(&manifest.bytes);
            let answer = self.get(&format!("/v2/{repository}/manifests/{digest}")).await;
            assert_eq!(answer.headers()["content-type"], manifest.media_type.as_str());
            assert_eq!(answer.headers()["docker-content-digest"], digest.to_string().as_str());
            assert_eq!(answer.bytes().await.unwrap(), manifest.bytes);
        }
        for (digest, content) in &artifact.blobs {
            let blob = self.bytes(&format!("/v2/{repository}/blobs/{digest}")).await;
            assert!(blob == content.read_all().unwrap(), "{digest}");
        }
    }
}

pub(crate) fn image(seed: u64, size: u64) -> Artifact {
    Image::new("linux/amd64").layer(Layer::random(seed, size, Packing::Stored)).build()
}

//! A client of thirty lines that pulls an image back and checks every byte of it.
//!
//! It shares no code with the project's own client, so that a fault of that one cannot hide itself.

use anyhow::{Context as _, Result, bail};
use sre_format::Digest;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest wait for a byte.
const PATIENCE: Duration = Duration::from_secs(30);

/// The media types of manifests, as clients name them.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json";

/// Pulls what a tag names with all that is carried of it; gives its digest and the bytes that came.
///
/// Children of an index may be absent when another platform was not carried; blobs may not.
pub(crate) fn pull(host: &str, repository: &str, reference: &str) -> Result<(Digest, u64)> {
    let address = format!("/v2/{repository}/manifests/{reference}");
    let manifest = get(host, &address)?.with_context(|| format!("{host}{address} is not there"))?;
    let mut bytes = manifest.len() as u64;
    let document: serde_json::Value = serde_json::from_slice(&manifest)?;
    for child in document["manifests"].as_array().into_iter().flatten() {
        let digest = child["digest"].as_str().context("a child without a digest")?;
        if get(host, &format!("/v2/{repository}/manifests/{digest}"))?.is_some() {
            bytes += pull(host, repository, digest)?.1;
        }
    }
    let layers = document["layers"].as_array().into_iter().flatten();
    for descriptor in layers.chain(document.get("config")) {
        let digest = descriptor["digest"].as_str().context("a descriptor without a digest")?;
        let address = format!("/v2/{repository}/blobs/{digest}");
        let blob = get(host, &address)?.with_context(|| format!("{host}{address} is not there"))?;
        if Digest::of(&blob).to_string() != digest {
            bail!("{host}{address} holds other bytes");
        }
        bytes += blob.len() as u64;
    }
    Ok((Digest::of(&manifest), bytes))
}

/// Gives the body of an answer, or nothing when the answer is 404.
fn get(host: &str, path: &str) -> Result<Option<Vec<u8>>> {
    let address: SocketAddr = host.parse()?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {MANIFESTS}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end =
        answer.windows(4).position(|four| four == b"\r\n\r\n").context("no end of the head")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    match head.split(' ').nth(1) {
        Some("200") => Ok(Some(answer.split_off(end + 4))),
        Some("404") => Ok(None),
        _ => bail!("GET {host}{path}: {}", head.lines().next().unwrap_or_default()),
    }
}

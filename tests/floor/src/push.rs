//! The floor of `seed`: each blob sent once and hashed on the way, mounted elsewhere, then manifests.

use crate::frame::{BLOCK, Hash};
use crate::http::Connection;
use crate::list::{Blob, List, Manifest};
use anyhow::{Result, bail};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// How much is read and sent at a time, in bytes.
const PIECE: usize = 1 << 20;

pub(crate) fn run(host: &str, list: &List) -> Result<()> {
    let open = || Ok((Connection::open(host)?, vec![0; PIECE]));
    crate::in_parallel(&list.blobs, open, |(connection, buffer), blob| {
        send(connection, buffer, blob)
    })?;
    crate::in_parallel(&list.manifests, || Connection::open(host), put)
}

fn send(connection: &mut Connection, buffer: &mut [u8], blob: &Blob) -> Result<()> {
    let (first, others) = blob.repositories.split_first().map_or(("", &[][..]), |(a, b)| (a, b));
    connection.ask(&format!("POST /v2/{first}/blobs/uploads/"), "", 0)?;
    let location = connection.expect(202)?.location;
    let path = location
        .split_once("://")
        .map_or(location.as_str(), |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let joint = if path.contains('?') { '&' } else { '?' };
    let head = "Content-Type: application/octet-stream\r\n";
    connection.ask(&format!("PUT {path}{joint}digest={}", blob.digest), head, blob.size)?;
    let file = File::open(&blob.path)?;
    let mut hash = Hash::new();
    let mut offset = 0;
    while offset < blob.size {
        let length = usize::try_from((blob.size - offset).min(PIECE as u64))?;
        let piece = &mut buffer[..length];
        file.read_exact_at(piece, offset)?;
        piece.chunks(BLOCK).for_each(|block| hash.update(block));
        connection.send(piece)?;
        offset += length as u64;
    }
    connection.expect(201)?;
    if hash.digest() != blob.digest {
        bail!("{} is damaged", blob.path);
    }
    for other in others {
        let digest = &blob.digest;
        connection.ask(
            &format!("POST /v2/{other}/blobs/uploads/?mount={digest}&from={first}"),
            "",
            0,
        )?;
        connection.expect(201)?;
    }
    Ok(())
}

fn put(connection: &mut Connection, manifest: &Manifest) -> Result<()> {
    let bytes = std::fs::read(&manifest.path)?;
    let head = format!("Content-Type: {}\r\n", manifest.media_type);
    let request = format!("PUT /v2/{}/manifests/{}", manifest.repository, manifest.reference);
    connection.ask(&request, &head, bytes.len() as u64)?;
    connection.send(&bytes)?;
    connection.expect(201).map(drop)
}

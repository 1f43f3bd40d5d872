//! The floor of `build`: blobs over HTTP straight to their final place, hashed once, one write a MiB, one fsync.

use crate::frame::{self, BLOCK, BLOCKS, Hash, PIECE};
use crate::http::Connection;
use crate::list::{Blob, List};
use anyhow::{Result, bail};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

pub(crate) fn run(host: &str, list: &List, out: &str) -> Result<()> {
    let file = File::create(out)?;
    let mut end = 0;
    let mut jobs = Vec::new();
    for blob in &list.blobs {
        jobs.push((blob, end));
        end += frame::stored_size(blob.size);
    }
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, end)?;
    let open = || Ok((Connection::open(host)?, vec![0; PIECE]));
    crate::in_parallel(&jobs, open, |(connection, buffer), (blob, start)| {
        fetch(connection, buffer, blob, &file, *start)
    })?;
    Ok(file.sync_all()?)
}

fn fetch(
    connection: &mut Connection,
    buffer: &mut [u8],
    blob: &Blob,
    file: &File,
    start: u64,
) -> Result<()> {
    let repository = &blob.repositories[0];
    connection.ask(&format!("GET /v2/{repository}/blobs/{}", blob.digest), "", 0)?;
    let answer = connection.answer()?;
    if (answer.status, answer.length) != (200, blob.size) {
        bail!("{}: answer {}, {} bytes", blob.digest, answer.status, answer.length);
    }
    let mut hash = Hash::new();
    let mut offset = 0;
    while offset < blob.size {
        if frame::begins(offset) {
            file.write_all_at(&frame::head(offset, blob.size), start + frame::place(offset) - 14)?;
        }
        let place = start + frame::place(offset);
        let mut used = 0;
        for _ in 0..BLOCKS {
            let length = usize::try_from((blob.size - offset).min(BLOCK as u64))?;
            if length == 0 {
                break;
            }
            offset += length as u64;
            let last = offset == blob.size || frame::begins(offset);
            buffer[used..used + 3].copy_from_slice(&frame::block_head(length, last));
            let block = &mut buffer[used + 3..used + 3 + length];
            connection.read(block)?;
            hash.update(block);
            used += 3 + length;
        }
        file.write_all_at(&buffer[..used], place)?;
        if offset == blob.size || frame::begins(offset) {
            file.write_all_at(&hash.checksum(), place + used as u64)?;
        }
    }
    let digest = hash.digest();
    if digest != blob.digest {
        bail!("{} came as {digest}", blob.digest);
    }
    Ok(())
}

//! Packages that foreign programs install, and the registries that they are asked from.
//!
//! Each one publishes itself on an [`Upstream`](crate::Upstream) in the shape that the public
//! registry has, so that a test can replace single documents by lies afterwards.

mod collection;
mod plugin;
mod provider;
mod wheel;

pub use collection::Collection;
pub use plugin::Plugin;
pub use provider::Provider;
pub use wheel::{IndexForm, Wheel};

use std::io::Write as _;

use crate::image::{self, Packing};

/// Packs files into a zip, all of them executable.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        archive.start_file(*name, options).expect("a name of ours is a name in a zip");
        archive.write_all(content).expect("writing to memory does not fail");
    }
    archive.finish().expect("writing to memory does not fail").into_inner()
}

/// Packs files into a tar in gzip; names are written as they are, also those that leave the
/// archive. A name that ends with a slash becomes a folder.
pub fn tar_gz(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        if name.ends_with('/') {
            header.set_entry_type(tar::EntryType::Directory);
        }
        header.set_mode(if name.ends_with('/') { 0o755 } else { 0o644 });
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, &content[..]).expect("writing to memory does not fail");
    }
    let plain = archive.into_inner().expect("writing to memory does not fail");
    image::pack(plain, Packing::Gzip).expect("packing in memory does not fail")
}

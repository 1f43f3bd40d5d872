//! Packages that foreign programs install, and the registries that they are asked from.
//!
//! Each one publishes itself on an [`Upstream`](crate::Upstream) in the shape that the public
//! registry has, so that a test can replace single documents by lies afterwards.

mod plugin;
mod provider;

pub use plugin::Plugin;
pub use provider::Provider;

use std::io::Write as _;

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

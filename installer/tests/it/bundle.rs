//! Unsigned bundles of images in files without a name, which tests may damage.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::{ReadAt, UntrustedBundle, VerifiedBundle};
use sre_testkit::bundle::Bundle;
use sre_testkit::image::Artifact;

/// A bundle in the making: what it carries by full name.
#[derive(Default)]
pub(crate) struct Builder(Bundle);

impl Builder {
    /// Adds an artifact under its full name.
    pub(crate) fn with(self, name: &str, artifact: &Artifact) -> Self {
        Self(self.0.carry(name, artifact))
    }

    /// Leaves a blob out, as a bundle that does not hold together would.
    pub(crate) fn without(self, digest: Digest) -> Self {
        Self(self.0.without(&digest))
    }

    /// Writes the bundle and opens it, unsigned.
    pub(crate) fn build(self) -> VerifiedBundle {
        open(self.write())
    }

    /// Writes the bundle into a file without a name.
    pub(crate) fn write(self) -> File {
        let named = tempfile::NamedTempFile::new().unwrap();
        self.0.write(named.path());
        named.into_file()
    }
}

pub(crate) fn open(file: File) -> VerifiedBundle {
    let source: Arc<dyn ReadAt> = Arc::new(file);
    UntrustedBundle::open(source).unwrap().blindly_believe_unsigned().unwrap()
}

/// Flips one bit in the middle of a blob.
pub(crate) fn damage(file: &File, blob: Digest) {
    let clone = file.try_clone().unwrap();
    let bundle = open(clone);
    let entry = bundle.blob(&blob).unwrap();
    let place = entry.place.offset + 600 + entry.size / 2;
    let mut byte = [0];
    ReadAt::read_exact_at(file, &mut byte, place).unwrap();
    file.write_all_at(&[byte[0] ^ 1], place).unwrap();
}

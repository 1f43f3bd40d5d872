//! What an entry is for, where it lies, and how it is stored.

use serde::{Deserialize, Serialize};

/// Where an entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Bytes from the start of the file to the frame of the entry's tar header.
    pub offset: u64,
    /// Bytes that the frames of the content take, after the header's.
    pub stored: u64,
    /// How the content is stored.
    pub encoding: Encoding,
}

/// How content is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Raw blocks in frames of at most 1 GiB: every place is arithmetic.
    Raw,
    /// Compressed frames of one MiB of content each.
    Zstd,
}

impl Encoding {
    /// Decides by media type alone how content is stored, never by a look at the bytes: text
    /// and plain tar archives are compressed, and what is compressed already stays as it is.
    #[must_use]
    pub fn for_media_type(media_type: &str) -> Self {
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let shrinks = media_type.starts_with("text/")
            || matches!(
                media_type,
                "application/json"
                    | "application/toml"
                    | "application/yaml"
                    | "application/xml"
                    | "application/x-executable"
            )
            || media_type.ends_with("+json")
            || media_type.ends_with("+yaml")
            || media_type.ends_with("+xml");
        let is_plain_tar = matches!(
            media_type,
            "application/x-tar"
                | "application/vnd.oci.image.layer.v1.tar"
                | "application/vnd.oci.image.layer.nondistributable.v1.tar"
                | "application/vnd.docker.image.rootfs.diff.tar"
        );
        if shrinks || is_plain_tar { Self::Zstd } else { Self::Raw }
    }
}

/// What an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// The checkpoint table.
    Checkpoints,
    /// `SHA256SUMS`.
    Checksums,
    /// `oci-layout` and `index.json` of the OCI image layout.
    Layout,
    /// A blob of the OCI image layout: layer, configuration, manifest, chart or artifact.
    Blob,
    /// A file for its own sake.
    File,
    /// A program for a platform.
    Tool,
    /// A cloud image or installation medium.
    OsImage,
    /// A file of a release of RKE2.
    Rke2,
    /// A commit of a git repository, as an archive.
    Git,
    /// A part of a signature of a carried image, or the index that names these signatures.
    ImageSignature,
    /// A provider of OpenTofu.
    TofuProvider,
    /// A plugin of Packer.
    PackerPlugin,
    /// A collection or role of Ansible, or what goes with them.
    Ansible,
    /// An RPM package, or metadata of the repository that it stands in.
    Rpm,
    /// A package of Debian, or metadata of the repository that it stands in.
    Deb,
    /// A signature of our own over metadata of a repository, with the key that made it.
    RepositorySignature,
    /// The manifest and the lock that the bundle was built from, and later SBOMs and provenance.
    Evidence,
}

impl EntryKind {
    /// Every kind, in the order that lists show them.
    pub const ALL: [Self; 17] = [
        Self::Checkpoints,
        Self::Checksums,
        Self::Layout,
        Self::Blob,
        Self::File,
        Self::Tool,
        Self::OsImage,
        Self::Rke2,
        Self::Git,
        Self::ImageSignature,
        Self::TofuProvider,
        Self::PackerPlugin,
        Self::Ansible,
        Self::Rpm,
        Self::Deb,
        Self::RepositorySignature,
        Self::Evidence,
    ];

    /// Says whether it is one of the two entries of the head, which follow from all others.
    #[must_use]
    pub const fn is_head(self) -> bool {
        matches!(self, Self::Checkpoints | Self::Checksums)
    }

    /// Says whether it differs with the key that signs, and so stands outside of what people compare.
    #[must_use]
    pub const fn depends_on_the_key(self) -> bool {
        matches!(self, Self::ImageSignature | Self::RepositorySignature)
    }

    /// Gives the word that stands in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checkpoints => "checkpoints",
            Self::Checksums => "checksums",
            Self::Layout => "layout",
            Self::Blob => "blob",
            Self::File => "file",
            Self::Tool => "tool",
            Self::OsImage => "os-image",
            Self::Rke2 => "rke2",
            Self::Git => "git",
            Self::ImageSignature => "image-signature",
            Self::TofuProvider => "tofu-provider",
            Self::PackerPlugin => "packer-plugin",
            Self::Ansible => "ansible",
            Self::Rpm => "rpm",
            Self::Deb => "deb",
            Self::RepositorySignature => "repository-signature",
            Self::Evidence => "evidence",
        }
    }
}

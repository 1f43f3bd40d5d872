//! How an upstream behaves when nothing goes wrong.

use std::path::PathBuf;

/// Everything about an upstream that a test can choose.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where blobs are kept.
    pub storage: Storage,
    /// Who may do what.
    pub auth: Auth,
    /// HTTP or HTTPS.
    pub transport: Transport,
    /// Whether the referrers API exists.
    pub referrers: Referrers,
    /// Whether an index may name manifests that are not there.
    pub children: Children,
    /// Whether blobs are mounted across repositories.
    pub mounts: Mounts,
    /// How `Location` headers are written.
    pub locations: Locations,
    /// Whether the parts of an upload are taken.
    pub uploads: Uploads,
}

/// Where blobs are kept.
#[derive(Clone, Debug, Default)]
pub enum Storage {
    /// In memory.
    #[default]
    Memory,
    /// As files of a folder that exists; they are not read again after a restart.
    Folder(PathBuf),
    /// Nowhere: uploads are hashed, counted and thrown away.
    Swallow,
}

/// Who may do what.
#[derive(Clone, Debug, Default)]
pub enum Auth {
    /// Everybody may do everything.
    #[default]
    Open,
    /// A user name and password with every request, files included.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token server in the same process, as Docker Hub and Harbor have one.
    Bearer {
        /// The user name for the token server.
        user: String,
        /// The password, also taken as a refresh token.
        password: String,
        /// What a token without a user name is good for.
        anonymous: Anonymous,
        /// How many requests a token is good for; stands in for its life time.
        uses: u32,
    },
}

impl Auth {
    /// Asks for a password with every request.
    pub fn basic(user: &str, password: &str) -> Self {
        Self::Basic { user: user.to_owned(), password: password.to_owned() }
    }

    /// Asks for tokens, and gives none without a password.
    pub fn bearer(user: &str, password: &str) -> Self {
        let (user, password) = (user.to_owned(), password.to_owned());
        Self::Bearer { user, password, anonymous: Anonymous::Refused, uses: u32::MAX }
    }

    /// Asks for tokens, and gives anybody one that pulls, as Docker Hub does.
    pub fn anonymous_bearer() -> Self {
        let (user, password) = ("user".to_owned(), "password".to_owned());
        Self::Bearer { user, password, anonymous: Anonymous::Pulls, uses: u32::MAX }
    }
}

/// What a token without a user name is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// No token is given.
    Refused,
    /// It pulls.
    Pulls,
}

/// HTTP or HTTPS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Plain HTTP.
    #[default]
    Plain,
    /// HTTPS with a certificate authority made on the spot.
    Tls,
}

/// Whether the referrers API exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Referrers {
    /// The API of distribution-spec 1.1.
    #[default]
    Api,
    /// No such API: clients keep the fallback tag themselves.
    FallbackTag,
}

/// Whether an index may name manifests that are not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Children {
    /// Sparse indexes are taken.
    #[default]
    Optional,
    /// Sparse indexes are refused, as Distribution 2.8 and Harbor do.
    Required,
}

/// Whether blobs are mounted across repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mounts {
    /// A mount of a known blob is answered with 201.
    #[default]
    Allowed,
    /// Every mount begins an ordinary upload with 202.
    Refused,
}

/// How `Location` headers are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Locations {
    /// With scheme and host, as Distribution does.
    #[default]
    Absolute,
    /// As a path.
    Relative,
    /// On another host, such as `http://127.0.0.1:9`.
    Elsewhere(String),
}

/// Whether the parts of an upload are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uploads {
    /// `PATCH` with a part, and `PUT` with all or the rest.
    #[default]
    Chunked,
    /// `PATCH` is answered with 405: only one whole `PUT` is taken.
    Monolithic,
}

//! What a path asks for.

/// The endpoints, by their parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Base,
    Catalog,
    Tags { repository: String },
    Manifest { repository: String, reference: String },
    Blob { repository: String, digest: String },
    Uploads { repository: String },
    Upload { repository: String, id: String },
    Referrers { repository: String, digest: String },
    Token,
    File { path: String },
}

impl Target {
    pub(super) fn of(path: &str) -> Self {
        let file = || Self::File { path: path.to_owned() };
        if path == "/token" {
            return Self::Token;
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return if path == "/v2" { Self::Base } else { file() };
        };
        if rest.is_empty() {
            return Self::Base;
        }
        if rest == "_catalog" {
            return Self::Catalog;
        }
        Self::of_repository(rest).unwrap_or_else(file)
    }

    fn of_repository(rest: &str) -> Option<Self> {
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return Some(Self::Tags { repository: name.to_owned() });
        }
        if let Some((name, id)) = rest.rsplit_once("/blobs/uploads") {
            let repository = name.to_owned();
            return match id.strip_prefix('/') {
                None | Some("") => Some(Self::Uploads { repository }),
                Some(id) => Some(Self::Upload { repository, id: id.to_owned() }),
            };
        }
        let (head, last) = rest.rsplit_once('/')?;
        let (name, verb) = head.rsplit_once('/')?;
        let (repository, last) = (name.to_owned(), last.to_owned());
        match verb {
            "manifests" => Some(Self::Manifest { repository, reference: last }),
            "blobs" => Some(Self::Blob { repository, digest: last }),
            "referrers" => Some(Self::Referrers { repository, digest: last }),
            _ => None,
        }
    }

    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Tags { repository }
            | Self::Manifest { repository, .. }
            | Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. }
            | Self::Referrers { repository, .. } => Some(repository),
            Self::Base | Self::Catalog | Self::Token | Self::File { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_may_be_named_like_endpoints() {
        let target = Target::of("/v2/a/blobs/manifests/tags/manifests/v1");
        let repository = "a/blobs/manifests/tags".to_owned();
        assert_eq!(target, Target::Manifest { repository, reference: "v1".to_owned() });
    }

    #[test]
    fn uploads_are_told_from_blobs() {
        let repository = "a/b".to_owned();
        assert_eq!(
            Target::of("/v2/a/b/blobs/uploads/"),
            Target::Uploads { repository: repository.clone() }
        );
        assert_eq!(
            Target::of("/v2/a/b/blobs/uploads/7"),
            Target::Upload { repository, id: "7".to_owned() }
        );
    }
}

//! Where a repository lies, and the index that is found there.

use bytes::Bytes;
use sre_format::SourceUrl;
use sre_format::manifest::{Repository, RepositoryPlaces};
use sre_rpm::Checksum;
use sre_rpm::metadata::{Metalink, Repomd, read_mirrorlist};

use crate::lock::Resolver;
use crate::rpm::RpmError;

/// The most bytes of an index, a mirror list or a metalink.
const MAX_INDEX: u64 = 4 << 20;
/// The most places that are tried before a person has to look.
pub(super) const MAX_TRIED: usize = 8;
/// The place of the index within a repository.
const INDEX: &str = "repodata/repomd.xml";

/// A place of a repository that answered.
pub(super) struct Place {
    /// The base of the repository.
    pub base: SourceUrl,
    /// Where its index lies.
    pub index_url: SourceUrl,
    /// The bytes of its index.
    pub bytes: Bytes,
    /// What they say.
    pub index: Repomd,
}

impl Resolver<'_> {
    /// Gives the places of a repository, and what its index must be where somebody says so.
    pub(super) async fn bases(
        &self,
        repository: &Repository,
    ) -> Result<(Vec<SourceUrl>, Option<Checksum>), RpmError> {
        match &repository.places {
            RepositoryPlaces::Base(urls) => Ok((urls.clone(), None)),
            RepositoryPlaces::MirrorList(url) => {
                let text = self.index_file(url).await?;
                let bases = read_mirrorlist(&text[..]).map_err(RpmError::metadata(url))?;
                Ok((bases, None))
            }
            RepositoryPlaces::Metalink(url) => {
                let text = self.index_file(url).await?;
                let link = Metalink::read(&text[..]).map_err(RpmError::metadata(url))?;
                let base = |place: &SourceUrl| {
                    let text = place.to_string();
                    let base = text.strip_suffix(INDEX)?;
                    base.parse().ok()
                };
                Ok((link.mirrors.iter().filter_map(base).collect(), Some(link.repomd)))
            }
        }
    }

    /// Reads the index of a repository at one of its places.
    pub(super) async fn index_at(
        &self,
        repository: &Repository,
        base: &SourceUrl,
        wanted: Option<&Checksum>,
    ) -> Result<Place, RpmError> {
        let index_url = inside(repository, base, INDEX)?;
        let bytes = self.index_file(&index_url).await?;
        if wanted.is_some_and(|wanted| !wanted.fits(&bytes)) {
            let url = index_url.to_string();
            return Err(RpmError::StaleMirror { url });
        }
        let index = Repomd::read(&bytes[..]).map_err(RpmError::metadata(&index_url))?;
        Ok(Place { base: base.clone(), index_url, bytes, index })
    }

    /// Fetches something small that must be there.
    pub(super) async fn index_file(&self, url: &SourceUrl) -> Result<Bytes, RpmError> {
        let found = self.small(url, MAX_INDEX).await.map_err(RpmError::server(url))?;
        found.ok_or_else(|| RpmError::Absent { url: url.to_string() })
    }
}

/// Gives the URL of a path within a repository; what stands behind `?` in its base stays there.
///
/// The path is a part of a URL as it is, as librepo takes it: a `%` in it is an escape already.
pub(super) fn inside(
    repository: &Repository,
    base: &SourceUrl,
    path: &str,
) -> Result<SourceUrl, RpmError> {
    let mut url = base.as_url().clone();
    let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
    url.set_path(&whole);
    SourceUrl::new(url)
        .map_err(|_| RpmError::Url { repository: repository.name.clone(), text: whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_into_the_path_of_the_base() {
        let repository = Repository {
            name: "r".to_owned(),
            places: RepositoryPlaces::Base(Vec::new()),
            keys: Vec::new(),
            index_is_signed: false,
            priority: 99,
            ignores_modules: false,
        };
        for (base, path, whole) in [
            ("https://a.org/x/", "repodata/repomd.xml", "https://a.org/x/repodata/repomd.xml"),
            ("https://a.org", "p", "https://a.org/p"),
            ("https://a.org/x?arch=x86_64", "a/b.rpm", "https://a.org/x/a/b.rpm?arch=x86_64"),
            ("https://a.org/x", "a%2Bb+c^d.rpm", "https://a.org/x/a%2Bb+c^d.rpm"),
            ("https://a.org/x", "a#b?c.rpm", "https://a.org/x/a%23b%3Fc.rpm"),
        ] {
            let url = inside(&repository, &base.parse().unwrap(), path).unwrap();
            assert_eq!(url.to_string(), whole);
        }
    }
}

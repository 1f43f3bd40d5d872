//! Repositories of packages: where they lie and whom they are believed for.

use std::ops::Range;

use toml::Spanned;

use super::check::Checker;
use super::registry::OneOrMany;
use crate::SourceUrl;

/// A repository that packages are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// What messages call it.
    pub name: String,
    /// Where it lies.
    pub places: RepositoryPlaces,
    /// Files of public keys, relative to the manifest; none believes packages that nobody signed.
    pub keys: Vec<String>,
    /// Whether one of the keys must have signed the index.
    pub index_is_signed: bool,
    /// Repositories with a smaller number are preferred, whatever the versions.
    pub priority: u32,
    /// Whether its packages stay visible whatever module streams say.
    pub ignores_modules: bool,
}

/// Where a repository lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryPlaces {
    /// At these places, which all have the same.
    Base(Vec<SourceUrl>),
    /// At the places that a list names.
    MirrorList(SourceUrl),
    /// At the places that a metalink names, which also says what the index is.
    Metalink(SourceUrl),
}

/// The keys that say where a repository lies, of which one is given.
pub(super) struct RawPlaces {
    pub baseurl: Option<Spanned<OneOrMany>>,
    pub mirrorlist: Option<Spanned<String>>,
    pub metalink: Option<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn places(&mut self, raw: RawPlaces, at: &Range<usize>) -> Option<RepositoryPlaces> {
        match (raw.baseurl, raw.mirrorlist, raw.metalink) {
            (Some(urls), None, None) => {
                let at = urls.span();
                let urls: Vec<_> = match urls.into_inner() {
                    OneOrMany::One(text) => vec![self.place(&at, &text)],
                    OneOrMany::Many(texts) => {
                        texts.iter().map(|text| self.place(&at, text)).collect()
                    }
                };
                if urls.is_empty() {
                    return self.wrong(at, "the list of URLs is empty", "name one");
                }
                urls.into_iter().collect::<Option<_>>().map(RepositoryPlaces::Base)
            }
            (None, Some(list), None) => {
                self.place(&list.span(), list.get_ref()).map(RepositoryPlaces::MirrorList)
            }
            (None, None, Some(link)) => {
                self.place(&link.span(), link.get_ref()).map(RepositoryPlaces::Metalink)
            }
            _ => self.wrong(
                at.clone(),
                "it is not clear where this repository lies",
                "write one of `baseurl`, `mirrorlist` and `metalink`",
            ),
        }
    }

    fn place(&mut self, at: &Range<usize>, text: &str) -> Option<SourceUrl> {
        if text.contains('$') {
            let help = "write out `$releasever`, `$basearch` and the like";
            return self.wrong(at.clone(), "this URL has a variable that nothing fills", help);
        }
        self.url_at(at.clone(), text)
    }
}

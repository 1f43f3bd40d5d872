//! What is there already on the hosts that install from the bundle.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::error::MetadataError;
use crate::limits::{MAX_INDEX, MAX_PACKAGES};
use crate::package::About;
use crate::paragraph::Paragraphs;
use crate::relation::is_name;
use crate::version::Version;

/// The base system: what need not be carried.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The packages by name; one of each, since a base system has one architecture.
    pub(crate) present: BTreeMap<Box<str>, Present>,
    /// Whether the essential packages have to be carried as well.
    pub(crate) is_empty: bool,
}

/// A package that is there.
#[derive(Clone, Debug)]
pub(crate) enum Present {
    /// Everything is known of it.
    Known(Box<About>),
    /// Its version is known.
    Version(Version),
    /// Only its name is known, so nothing that asks for a version can rely on it.
    Name,
}

/// Says why a list of present packages cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BaseError(#[from] MetadataError);

impl Base {
    /// Nothing at all is there: essential packages are carried too.
    #[must_use]
    pub fn none() -> Self {
        Self { present: BTreeMap::new(), is_empty: true }
    }

    /// Takes a list of `name` or `name=version`.
    ///
    /// A name without a version satisfies what asks for no version, and nothing else, so that what is carried
    /// is enough whatever the host has.
    pub fn from_list<'a>(
        name: &str,
        list: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, BaseError> {
        let mut present = BTreeMap::new();
        for (line, entry) in (1..).zip(list) {
            let wrong = |reason| MetadataError::Wrong { name: name.to_owned(), line, reason };
            let (package, version) = match entry.split_once('=') {
                Some((package, version)) => (package, Some(version.parse())),
                None => (entry, None),
            };
            let package = package.split_once(':').map_or(package, |(package, _)| package);
            if !is_name(package) {
                return Err(wrong(format!("`{entry}` is neither name nor name=version")).into());
            }
            let entry = match version {
                None => Present::Name,
                Some(Ok(version)) => Present::Version(version),
                Some(Err(error)) => return Err(wrong(error.to_string()).into()),
            };
            present.insert(package.into(), entry);
        }
        Ok(Self { present, is_empty: false })
    }

    /// Reads `/var/lib/dpkg/status` of a host, packed or not.
    ///
    /// `name` is what messages call the file. Packages that are not installed, or are of another architecture
    /// than `architecture`, do not count.
    pub fn from_status(
        name: &str,
        status: impl BufRead,
        architecture: &str,
    ) -> Result<Self, BaseError> {
        let unreadable = |source| MetadataError::Read { name: name.to_owned(), source };
        let plain = sre_compression::unpack(status, MAX_INDEX).map_err(unreadable)?;
        let mut paragraphs = Paragraphs::new(name.to_owned(), plain);
        let mut present = BTreeMap::new();
        while let Some(paragraph) = paragraphs.next()? {
            if present.len() == MAX_PACKAGES {
                return Err(MetadataError::TooLarge { name: name.to_owned() }.into());
            }
            let state = paragraph.find(["Status", "Architecture"]);
            let [state, own] = state.map_err(|reason| paragraphs.wrong(reason))?;
            let state = state.ok_or_else(|| paragraphs.wrong("it is no status file".to_owned()))?;
            let is_ours = own.is_some_and(|own| own == "all" || own == architecture);
            if state.split_whitespace().next_back() != Some("installed") || !is_ours {
                continue;
            }
            let about = About::read(paragraph, architecture);
            let about = about.map_err(|reason| paragraphs.wrong(reason))?;
            present.insert(about.name.clone(), Present::Known(Box::new(about)));
        }
        Ok(Self { present, is_empty: false })
    }
}

impl sre_format::Explain for BaseError {
    fn fault(&self) -> sre_format::Fault {
        sre_format::Fault::Input
    }

    fn hint(&self) -> Option<String> {
        Some("write a list of names, or copy /var/lib/dpkg/status of such a host".to_owned())
    }
}

//! `Release`: what a repository says about itself, and the digests of its indexes.

use std::collections::BTreeMap;

use sre_format::{Digest, Timestamp};

use crate::date;
use crate::error::MetadataError;
use crate::limits::MAX_RELEASE;
use crate::paragraph::{Paragraph, Paragraphs};
use crate::path::is_clean_path;

/// The body of `Release` or `InRelease`, whose signature somebody else has checked.
#[derive(Clone, Debug)]
pub struct Release {
    /// Who publishes, such as `Debian`.
    pub origin: Option<String>,
    /// The name of the suite, such as `stable`.
    pub suite: Option<String>,
    /// The name of the release, such as `bookworm`.
    pub codename: Option<String>,
    /// When it was made.
    pub date: Option<Timestamp>,
    /// Until when it may be believed.
    pub valid_until: Option<Timestamp>,
    /// The architectures that have indexes.
    pub architectures: Vec<String>,
    /// The components, such as `main`; none in a flat repository.
    pub components: Vec<String>,
    /// Whether indexes are also there under the name of their digest, which no update takes away.
    pub by_hash: bool,
    /// Whether packages for all architectures stand in an index of their own, and only there.
    pub all_apart: bool,
    /// Whether apt upgrades to its packages on its own.
    pub upgrades: Upgrades,
    files: BTreeMap<String, IndexFile>,
}

/// Whether apt takes packages from a repository on its own (`apt_preferences(5)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrades {
    /// As usual.
    Automatic,
    /// When they are asked for by name, and then their updates too.
    AfterFirst,
    /// Only when they are asked for by name.
    Never,
}

/// A file that `Release` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// Its path below the folder of `Release`.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// Seconds that the clock of a repository may be ahead of ours.
const CLOCKS: u64 = 600;
/// The endings of packed indexes, the smallest file first.
const PACKED: [&str; 4] = [".xz", ".zst", ".gz", ""];

impl Release {
    /// Reads the body; `name` is what messages call it.
    pub fn parse(name: &str, body: &[u8]) -> Result<Self, MetadataError> {
        if body.len() > MAX_RELEASE {
            return Err(MetadataError::TooLarge { name: name.to_owned() });
        }
        let mut paragraphs = Paragraphs::new(name.to_owned(), body);
        let first = paragraphs.next()?;
        let first = first.ok_or_else(|| paragraphs.wrong("it is empty".to_owned()))?;
        if paragraphs.next()?.is_some() {
            return Err(paragraphs.wrong("it has more than one paragraph".to_owned()));
        }
        read(&first).map_err(|reason| paragraphs.wrong(reason))
    }

    /// Checks that the repository is neither stale nor from the future.
    pub fn check_time(&self, name: &str, now: Timestamp) -> Result<(), MetadataError> {
        if let Some(until) = self.valid_until.filter(|until| *until < now) {
            return Err(MetadataError::Expired { name: name.to_owned(), until });
        }
        let ahead = |date: &Timestamp| date.unix_seconds() > now.unix_seconds() + CLOCKS;
        match self.date.filter(ahead) {
            Some(date) => Err(MetadataError::Future { name: name.to_owned(), date }),
            None => Ok(()),
        }
    }

    /// Gives the forms of the index of packages that are there, the smallest first.
    ///
    /// Without a component the repository is flat: one index beside `Release`.
    #[must_use]
    pub fn indexes(&self, component: Option<&str>, architecture: &str) -> Vec<&IndexFile> {
        let plain = match component {
            Some(component) => format!("{component}/binary-{architecture}/Packages"),
            None => "Packages".to_owned(),
        };
        PACKED.iter().filter_map(|ending| self.files.get(&format!("{plain}{ending}"))).collect()
    }

    /// Gives every file that is named, in the order of the paths.
    pub fn files(&self) -> impl Iterator<Item = &IndexFile> {
        self.files.values()
    }
}

impl IndexFile {
    /// Gives the path under which the file stays when the repository is updated meanwhile.
    #[must_use]
    pub fn path_by_hash(&self) -> String {
        let folder = self.path.rsplit_once('/').map_or(String::new(), |(to, _)| format!("{to}/"));
        format!("{folder}by-hash/SHA256/{}", self.sha256.hex())
    }
}

fn read(paragraph: &Paragraph) -> Result<Release, String> {
    let [origin, suite, codename, date, until] =
        paragraph.find(["Origin", "Suite", "Codename", "Date", "Valid-Until"])?;
    let [architectures, not_apart, components] =
        paragraph.find(["Architectures", "No-Support-for-Architecture-all", "Components"])?;
    let [by_hash, manual, but_upgrades, sums] =
        paragraph.find(["Acquire-By-Hash", "NotAutomatic", "ButAutomaticUpgrades", "SHA256"])?;
    let words = |text: Option<&str>| -> Vec<String> {
        text.unwrap_or_default().split_whitespace().map(ToOwned::to_owned).collect()
    };
    let yes = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case("yes"));
    let upgrades = match (yes(manual), yes(but_upgrades)) {
        (false, _) => Upgrades::Automatic,
        (true, true) => Upgrades::AfterFirst,
        (true, false) => Upgrades::Never,
    };
    let sums = sums.ok_or("it has no SHA-256 digests; MD5 and SHA-1 are not believed")?;
    Ok(Release {
        origin: origin.map(ToOwned::to_owned),
        suite: suite.map(ToOwned::to_owned),
        codename: codename.map(ToOwned::to_owned),
        date: date.map(moment).transpose()?,
        valid_until: until.map(moment).transpose()?,
        all_apart: words(architectures).iter().any(|one| one == "all")
            && !words(not_apart).iter().any(|one| one == "Packages"),
        architectures: words(architectures),
        components: words(components),
        by_hash: yes(by_hash),
        upgrades,
        files: files(sums)?,
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    date::parse(text).ok_or_else(|| format!("`{text}` is no date in UTC"))
}

/// Reads lines of digest, size and path.
fn files(sums: &str) -> Result<BTreeMap<String, IndexFile>, String> {
    let mut files = BTreeMap::new();
    for line in sums.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [digest, size, path] = words[..] else {
            return Err(format!("`{line}` is no line of digest, size and path"));
        };
        let sha256 = Digest::from_hex(digest).map_err(|error| error.to_string())?;
        let size = size.parse().map_err(|_| format!("`{size}` is no size"))?;
        // Flat repositories that are made by hand name their files so.
        let path = path.strip_prefix("./").unwrap_or(path);
        if !is_clean_path(path) {
            return Err(format!("`{path}` leaves the repository"));
        }
        let file = IndexFile { path: path.to_owned(), size, sha256 };
        if files.insert(path.to_owned(), file.clone()).is_some_and(|before| before != file) {
            return Err(format!("`{path}` has two digests"));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn body(more: &str) -> String {
        format!(
            "Origin: Debian\nSuite: stable\nCodename: bookworm\nDate: Sat, 10 Feb 2024 11:07:25 UTC\n\
             Architectures: all amd64\nComponents: main contrib\nAcquire-By-Hash: yes\n{more}SHA256:\n \
             {DIGEST} 7 main/binary-amd64/Packages\n {DIGEST}   5 main/binary-amd64/Packages.xz\n"
        )
    }

    fn release(more: &str) -> Result<Release, MetadataError> {
        Release::parse("Release", body(more).as_bytes())
    }

    #[test]
    fn reads_what_a_repository_says_about_itself() {
        let release = release("").unwrap();
        assert_eq!(release.codename.as_deref(), Some("bookworm"));
        assert_eq!(release.components, ["main", "contrib"]);
        assert!(release.by_hash && release.all_apart);
        let indexes = release.indexes(Some("main"), "amd64");
        assert_eq!(indexes.len(), 2);
        assert_eq!(indexes[0].size, 5);
        let by_hash = format!("main/binary-amd64/by-hash/SHA256/{DIGEST}");
        assert_eq!(indexes[0].path_by_hash(), by_hash);
        assert!(release.indexes(None, "amd64").is_empty());
    }

    #[test]
    fn knows_which_index_has_what_fits_every_architecture() {
        let release = release("No-Support-for-Architecture-all: Packages\n").unwrap();
        assert!(!release.all_apart);
    }

    #[test]
    fn knows_when_a_repository_is_stale_or_from_the_future() {
        let release = release("Valid-Until: Sat, 17 Feb 2024 11:07:25 UTC\n").unwrap();
        let check = |now: &str| release.check_time("Release", now.parse().unwrap());
        assert!(check("2024-02-10T11:00:00Z").is_ok());
        assert!(check("2024-02-17T11:07:25Z").is_ok());
        assert!(matches!(check("2024-02-17T11:07:26Z"), Err(MetadataError::Expired { .. })));
        assert!(matches!(check("2024-02-09T11:07:25Z"), Err(MetadataError::Future { .. })));
    }

    #[test]
    fn refuses_a_release_that_cannot_be_believed() {
        let lines = |line: &str| body("") + " " + line + "\n";
        for text in [
            String::new(),
            "Suite: stable\n".to_owned(),
            format!("{}\nSuite: other\n", body("")),
            body("suite: twice\n"),
            body("Date: today\n"),
            lines(&format!("{DIGEST} 1 ../Packages")),
            lines(&format!("{DIGEST} 1 /Packages")),
            lines(&format!("{DIGEST} 1 ./../Packages")),
            lines(&format!("{DIGEST} -1 Packages")),
            lines(&format!("{DIGEST} 1 a b")),
            lines("abc 1 Packages"),
            lines(&format!("{DIGEST} 8 main/binary-amd64/Packages")),
        ] {
            assert!(Release::parse("Release", text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! One package, as the index of a repository or the status of a host describes it.

use sre_format::Digest;

use crate::paragraph::{Paragraph, fields};
use crate::path::is_clean_path;
use crate::relation::{self, Atom, Operator, ParseRelationError, Qualifier};
use crate::version::Version;

/// A package that a repository offers.
#[derive(Clone, Debug)]
pub struct Package {
    /// What it says about itself.
    pub(crate) about: About,
    /// How much its repository is preferred; apt's own scale (`apt_preferences(5)`).
    pub(crate) preference: i32,
    /// The number of the repository in the order of adding.
    pub(crate) repository: u16,
    file: Box<str>,
    size: u64,
    sha256: Digest,
}

/// What a package says about itself, wherever that is written.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) name: Box<str>,
    pub(crate) version: Version,
    pub(crate) architecture: Box<str>,
    pub(crate) priority: Priority,
    /// Whether no host works without it.
    pub(crate) essential: bool,
    /// Whether dpkg and apt refuse to take it away, though nobody has to install it.
    pub(crate) protected: bool,
    /// Whether `name:any` may mean it.
    pub(crate) allows_any: bool,
    pub(crate) provides: Box<[Provided]>,
    text: Box<str>,
}

/// A name that a package provides beside its own.
#[derive(Clone, Debug)]
pub(crate) struct Provided {
    pub(crate) name: Box<str>,
    pub(crate) version: Option<Version>,
}

/// How much a package belongs to every system; the first is the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    Required,
    Important,
    Standard,
    Optional,
    Extra,
}

/// The fields whose groups must hold for a package to work.
pub(crate) const NEEDS: [&str; 2] = ["Pre-Depends", "Depends"];
/// The fields whose atoms must not be there beside a package.
pub(crate) const EXCLUDES: [&str; 2] = ["Conflicts", "Breaks"];

impl Package {
    /// Reads a paragraph of an index.
    pub(crate) fn read(paragraph: Paragraph, native: &str) -> Result<Self, String> {
        let [file, size, sha256] = paragraph.find(["Filename", "Size", "SHA256"])?;
        let file = file.ok_or("a package has no field `Filename`")?;
        // A flat repository may write `./name`, which means the same.
        let file = file.strip_prefix("./").unwrap_or(file);
        if !is_clean_path(file) {
            return Err(format!("the path `{file}` leaves the repository"));
        }
        let size = size.and_then(|size| size.parse().ok()).ok_or("a package has no valid size")?;
        let sha256 = sha256.ok_or("a package has no SHA-256 digest")?;
        let sha256 = Digest::from_hex(sha256).map_err(|error| error.to_string())?;
        let file = file.into();
        let about = About::read(paragraph, native)?;
        Ok(Self { about, preference: 0, repository: 0, file, size, sha256 })
    }

    /// Gives the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Gives the version.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.about.version
    }

    /// Gives the architecture, `all` for a package that fits every one.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.about.architecture
    }

    /// Gives the number of the repository that offers it, counted in the order of adding.
    #[must_use]
    pub fn repository(&self) -> usize {
        usize::from(self.repository)
    }

    /// Gives the path of the file below the repository.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Gives the digest of the file.
    #[must_use]
    pub const fn sha256(&self) -> Digest {
        self.sha256
    }

    /// Gives the value of any field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.about.field(name)
    }
}

impl About {
    pub(crate) fn read(paragraph: Paragraph, native: &str) -> Result<Self, String> {
        let [name, version, architecture] =
            paragraph.find(["Package", "Version", "Architecture"])?;
        let [essential, protected, important] =
            paragraph.find(["Essential", "Protected", "Important"])?;
        let [multi, priority, provides] = paragraph.find(["Multi-Arch", "Priority", "Provides"])?;
        let name = name.filter(|name| relation::is_name(name)).ok_or("a package has no name")?;
        let said = |reason: &str| format!("package {name}: {reason}");
        let version = version.ok_or_else(|| said("it has no version"))?;
        let version = version.parse().map_err(|error| said(&format!("{error}")))?;
        let architecture = architecture
            .filter(|one| relation::is_architecture(one))
            .ok_or_else(|| said("it has no architecture"))?;
        let yes = |text: Option<&str>| text == Some("yes");
        Ok(Self {
            name: name.into(),
            version,
            architecture: architecture.into(),
            priority: Priority::read(priority.unwrap_or_default()),
            essential: yes(essential),
            // `Important` is what apt called it before dpkg knew it.
            protected: yes(protected) || yes(important),
            allows_any: multi == Some("allowed"),
            provides: provided(provides.unwrap_or_default(), native).map_err(|e| said(&e))?,
            text: paragraph.into_text(),
        })
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        fields(&self.text).find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Reads fields of relations, one after the other.
    pub(crate) fn relations(
        &self,
        names: &[&str],
        native: &str,
    ) -> Result<Vec<Vec<Atom>>, ParseRelationError> {
        let mut groups = Vec::new();
        for name in names {
            groups.extend(relation::parse(self.field(name).unwrap_or_default(), native)?);
        }
        Ok(groups)
    }
}

impl Priority {
    fn read(text: &str) -> Self {
        match text {
            "required" => Self::Required,
            "important" => Self::Important,
            "standard" => Self::Standard,
            "extra" => Self::Extra,
            _ => Self::Optional,
        }
    }
}

/// A package may provide a name in a version, and in no other way.
fn provided(text: &str, native: &str) -> Result<Box<[Provided]>, String> {
    let groups = relation::parse(text, native).map_err(|error| error.to_string())?;
    let mut provided = Vec::new();
    for group in groups {
        let [atom] = &group[..] else { return Err("it provides this or that".to_owned()) };
        let version = match &atom.constraint {
            None => None,
            Some((Operator::Equal, version)) => Some(version.clone()),
            Some(_) => return Err(format!("it provides `{atom}`, a range of versions")),
        };
        let is_native = match &atom.qualifier {
            Qualifier::None => true,
            Qualifier::Named(architecture) => **architecture == *native,
            Qualifier::Any => false,
        };
        if is_native {
            provided.push(Provided { name: atom.name.clone(), version });
        }
    }
    Ok(provided.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paragraph::Paragraphs;

    fn read(text: &str) -> Result<Package, String> {
        let mut paragraphs = Paragraphs::new("Packages".to_owned(), text.as_bytes());
        Package::read(paragraphs.next().unwrap().unwrap(), "amd64")
    }

    fn paragraph(more: &str) -> String {
        let digest = "0".repeat(64);
        format!(
            "Package: a\nVersion: 1\nArchitecture: all\nFilename: ./a.deb\nSize: 5\nSHA256: {digest}\n{more}"
        )
    }

    #[test]
    fn reads_what_an_index_says_of_a_package() {
        let package =
            read(&paragraph("Provides: b, c (= 2), d:i386\nDescription: x\n y\n")).unwrap();
        assert_eq!((package.name(), package.file(), package.size()), ("a", "a.deb", 5));
        let provided: Vec<_> = package.about.provides.iter().map(|one| &*one.name).collect();
        assert_eq!(provided, ["b", "c"]);
        assert_eq!(package.field("description"), Some("x\n y"));
    }

    #[test]
    fn refuses_a_package_that_is_described_wrongly() {
        assert!(read("Package: a\nVersion: 1\n").is_err());
        for more in ["Provides: b | c\n", "Provides: b (>= 1)\n", "package: b\n"] {
            assert!(read(&paragraph(more)).is_err(), "{more}");
        }
        for (from, to) in [
            ("./a.deb", "../a.deb"),
            ("Size: 5", "Size: x"),
            ("Version: 1", "Version: 1_"),
            ("Package: a", "Package: a/b"),
            ("SHA256: 0", "SHA256: x"),
            ("Architecture: all", "Architecture: ?"),
        ] {
            assert!(read(&paragraph("").replace(from, to)).is_err(), "{to}");
        }
    }
}

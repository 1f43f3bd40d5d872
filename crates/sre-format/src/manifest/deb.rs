//! Packages of Debian and its kin, out of apt repositories.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::registry::OneOrMany;
use crate::lock::SetKind;
use crate::{PlatformName, SourceUrl};

/// Packages that are wanted with everything that they need, as one repository of the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebRepository {
    /// The name of the repository in the bundle, and of its suite.
    pub name: String,
    /// The packages that are asked for, all of them on one host.
    pub packages: Vec<DebPackage>,
    /// Names of packages that must not come.
    pub exclude: Vec<String>,
    /// Which weak dependencies are followed.
    pub weak: DebWeak,
    /// What hosts have already.
    pub base: DebBase,
    /// The architectures of the hosts, in Debian's words.
    pub architectures: Vec<String>,
    /// Where the packages come from.
    pub upstreams: Vec<DebUpstream>,
}

/// A package that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebPackage {
    /// Its name.
    pub name: String,
    /// Its version; the newest unless given.
    pub version: Option<String>,
}

/// Which weak dependencies are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DebWeak {
    /// None of them.
    None,
    /// What is recommended, as apt does.
    #[default]
    Recommends,
}

/// What hosts have already, so that it is not carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebBase {
    /// Nothing: everything is installed into an empty root, essential packages included.
    None,
    /// What the smallest installation has: the essential and required packages of the repositories, with
    /// what they need, in versions that nobody knows.
    Minbase,
    /// A list of `name` or `name=version`.
    List(Vec<String>),
    /// A copy of `/var/lib/dpkg/status` of such a host; relative to the manifest unless absolute.
    Status(String),
}

/// A repository that packages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebUpstream {
    /// Its address, which `sources.list` has too.
    pub url: SourceUrl,
    /// The suites that are read; one that ends in a slash is the folder of a flat repository.
    pub suites: Vec<String>,
    /// The components that are read; none in a flat repository.
    pub components: Vec<String>,
    /// Files with the OpenPGP keys that may sign it; relative to the manifest unless absolute.
    pub keys: Vec<String>,
    /// How much it is preferred, on the scale of apt; as much as apt does unless given.
    pub priority: Option<i32>,
}

/// Packages for Debian, Ubuntu and their kin, with everything that they need.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDeb {
    /// The name of the repository in the bundle: `deb/NAME/`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The packages that are wanted on one host, each `name` or `name=version`.
    #[schemars(with = "Vec<String>")]
    pub packages: Spanned<Vec<Spanned<String>>>,
    /// Names of packages that must not come.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// Which weak dependencies are followed; `recommends` unless given.
    #[serde(default)]
    pub weak: DebWeak,
    /// What hosts have already: `none`, `minbase`, or a list of `name` or `name=version`.
    #[schemars(with = "Option<OneOrMany>")]
    pub base: Option<Spanned<OneOrMany>>,
    /// The path of a copy of `/var/lib/dpkg/status` of such a host, in place of `base`.
    pub base_status: Option<String>,
    /// The architectures of the hosts, such as `amd64`; those of the bundle's platforms unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub architectures: Option<Spanned<Vec<Spanned<String>>>>,
    /// The repositories that packages come from.
    #[schemars(with = "Vec<RawDebUpstream>")]
    pub repository: Spanned<Vec<RawDebUpstream>>,
}

/// An apt repository, whose signature is always checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDebUpstream {
    /// Its address, as in `sources.list`.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The suites, such as `bookworm` and `bookworm-updates`; `./` for a flat repository.
    #[schemars(with = "Vec<String>")]
    pub suites: Spanned<Vec<Spanned<String>>>,
    /// The components, such as `main`; none for a flat repository.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub components: Vec<Spanned<String>>,
    /// Files with the OpenPGP public keys that may sign it.
    #[schemars(with = "Vec<String>")]
    pub keys: Spanned<Vec<String>>,
    /// How much it is preferred, on the scale of apt: 500 unless given, 100 for backports and their like.
    #[schemars(with = "Option<i32>")]
    pub priority: Option<Spanned<i32>>,
}

impl Checker<'_> {
    pub(super) fn deb(&mut self, raw: RawDeb, usual: &[PlatformName]) -> Option<DebRepository> {
        let name = self.word(&raw.name, "the name of a repository");
        let (packages_at, repositories_at) = (raw.packages.span(), raw.repository.span());
        let packages: Vec<_> = raw.packages.into_inner();
        if packages.is_empty() {
            let help = "name them: `packages = [\"curl\"]`";
            let _noted: Option<()> = self.wrong(packages_at, "no package is wanted", help);
        }
        let packages: Vec<_> = packages.iter().filter_map(|one| self.deb_package(one)).collect();
        let exclude: Vec<_> = raw.exclude.iter().filter_map(|one| self.deb_name(one)).collect();
        let at = raw.name.span();
        let architectures = self.deb_architectures(raw.architectures, usual, at);
        let repositories = raw.repository.into_inner();
        if repositories.is_empty() {
            let help = "add `[[deb.repository]]` with `url`, `suites`, `components` and `keys`";
            return self.wrong(repositories_at, "the packages come from nowhere", help);
        }
        let upstreams = repositories.into_iter();
        let upstreams = upstreams.filter_map(|one| self.deb_upstream(one)).collect();
        let base = self.deb_base(raw.base, raw.base_status, raw.name.span());
        let name = name?.to_string();
        self.unique(SetKind::Deb.id(), name.to_ascii_lowercase(), raw.name.span());
        let (base, architectures, weak) = (base?, architectures?, raw.weak);
        Some(DebRepository { name, packages, exclude, weak, base, architectures, upstreams })
    }

    fn deb_base(
        &mut self,
        base: Option<Spanned<OneOrMany>>,
        status: Option<String>,
        at: Range<usize>,
    ) -> Option<DebBase> {
        let help = "write `base = \"none\"`, `base = \"minbase\"`, a list of packages, or \
                    `base-status = \"FILE\"`";
        let Some(base) = base else {
            let status = status.map(DebBase::Status);
            return status.or_else(|| self.wrong(at, "nobody says what hosts have already", help));
        };
        let at = base.span();
        match (base.into_inner(), status) {
            (_, Some(_)) => self.wrong(at, "there are two base systems", help),
            (OneOrMany::Many(items), None) => Some(DebBase::List(items)),
            (OneOrMany::One(word), None) if word == "none" => Some(DebBase::None),
            (OneOrMany::One(word), None) if word == "minbase" => Some(DebBase::Minbase),
            (OneOrMany::One(_), None) => self.wrong(at, "this is no base system", help),
        }
    }

    fn deb_package(&mut self, text: &Spanned<String>) -> Option<DebPackage> {
        let (name, version) = match text.get_ref().split_once('=') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text.get_ref().as_str(), None),
        };
        let is_version = |text: &String| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte);
            !text.is_empty() && text.bytes().all(allowed)
        };
        if !is_package(name) || !version.as_ref().is_none_or(is_version) {
            let help = "write `name` or `name=version`, exactly";
            return self.wrong(text.span(), "this is no package", help);
        }
        Some(DebPackage { name: name.to_owned(), version })
    }

    fn deb_name(&mut self, text: &Spanned<String>) -> Option<String> {
        if is_package(text.get_ref()) {
            return Some(text.get_ref().clone());
        }
        self.wrong(text.span(), "this is no name of a package", "write its name alone")
    }

    fn deb_architectures(
        &mut self,
        raw: Option<Spanned<Vec<Spanned<String>>>>,
        usual: &[PlatformName],
        at: Range<usize>,
    ) -> Option<Vec<String>> {
        let Some(raw) = raw else {
            let mut names: Vec<_> = usual.iter().filter_map(architecture_of).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                let help = "name the hosts' own: `architectures = [\"amd64\"]`";
                return self.wrong(at, "Debian has no word for the bundle's platforms", help);
            }
            return Some(names.into_iter().map(ToOwned::to_owned).collect());
        };
        let at = raw.span();
        let mut names = Vec::new();
        for text in raw.into_inner() {
            if text.get_ref() == "all" || !is_package(text.get_ref()) {
                let help = "such as `amd64` or `arm64`; packages for `all` come with each";
                let _noted: Option<()> =
                    self.wrong(text.span(), "this is no architecture of hosts", help);
            }
            names.push(text.into_inner());
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return self.wrong(at, "there must be one architecture", "such as `amd64`");
        }
        Some(names)
    }

    fn deb_upstream(&mut self, raw: RawDebUpstream) -> Option<DebUpstream> {
        let url = self.url(&raw.url);
        let priority_at = raw.priority.as_ref().map(Spanned::span);
        let suites_at = raw.suites.span();
        let suites = raw.suites.into_inner();
        let mut flat = 0;
        for suite in suites.iter().chain(&raw.components) {
            let inside = suite.get_ref().trim_end_matches('/');
            let is_flat = suite.get_ref().ends_with('/');
            flat += usize::from(is_flat);
            let clean = |part: &str| !matches!(part, "" | "..") && part.bytes().all(is_of_path);
            if !inside.split('/').all(clean) {
                let help = "as in `sources.list`: `bookworm`, `main`, or `./`";
                let _noted: Option<()> = self.wrong(suite.span(), "this is no suite", help);
            }
        }
        let is_flat = flat > 0;
        if suites.is_empty() || is_flat != raw.components.is_empty() || flat % suites.len() != 0 {
            let help =
                "name `suites` and `components`; a flat repository has `suites = [\"./\"]` alone";
            return self.wrong(suites_at, "it is not clear what of this repository is read", help);
        }
        let priority = raw.priority.map(Spanned::into_inner);
        if let (Some(at), Some(..=0)) = (priority_at, priority) {
            let help = "apt never installs from a repository with such a priority; leave it out, or give 1 to 1000";
            return self.wrong(at, "nothing would come from this repository", help);
        }
        if raw.keys.get_ref().is_empty() {
            let help = "name files of OpenPGP keys: `keys = [\"keys/debian.asc\"]`";
            return self.wrong(raw.keys.span(), "nobody vouches for this repository", help);
        }
        Some(DebUpstream {
            url: url?,
            suites: suites.into_iter().map(Spanned::into_inner).collect(),
            components: raw.components.into_iter().map(Spanned::into_inner).collect(),
            keys: raw.keys.into_inner(),
            priority,
        })
    }
}

const fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-' | b'~')
}

/// Says whether a text can be the name of a package; `sre-deb` knows the whole rule.
fn is_package(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
}

/// Gives Debian's word for the architecture of a platform.
fn architecture_of(platform: &PlatformName) -> Option<&'static str> {
    if platform.os() != "linux" {
        return None;
    }
    match platform.architecture() {
        "amd64" => Some("amd64"),
        "arm64" => Some("arm64"),
        "386" => Some("i386"),
        "arm" => Some("armhf"),
        "ppc64le" => Some("ppc64el"),
        "s390x" => Some("s390x"),
        "riscv64" => Some("riscv64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Manifest, ManifestError};

    const WHOLE: &str = r#"
[bundle]
name = "sre"
version = "1.0.0"
platforms = ["linux/amd64", "linux/arm64"]

[[deb]]
name = "hosts"
base = "minbase"
packages = ["curl", "nginx=1.22.1-9+deb12u1"]
exclude = ["exim4-base"]

[[deb.repository]]
url = "https://deb.example.org/debian"
suites = ["bookworm", "bookworm-updates"]
components = ["main"]
keys = ["keys/debian.asc"]

[[deb.repository]]
url = "https://pkgs.example.org/core"
suites = ["./"]
keys = ["keys/core.asc"]
priority = 900
"#;

    fn parse(text: &str) -> Result<Manifest, ManifestError> {
        Manifest::parse("manifest.toml", text.as_bytes())
    }

    #[test]
    fn packages_come_from_signed_repositories() {
        let set = parse(WHOLE).unwrap().debs.remove(0);
        assert_eq!(
            (set.name.as_str(), &set.base, set.weak),
            ("hosts", &DebBase::Minbase, DebWeak::Recommends)
        );
        assert_eq!(set.architectures, ["amd64", "arm64"]);
        assert_eq!(set.packages[1].version.as_deref(), Some("1.22.1-9+deb12u1"));
        let [debian, core] = &set.upstreams[..] else { panic!("{:?}", set.upstreams) };
        assert_eq!((debian.suites.len(), debian.priority), (2, None));
        assert_eq!((core.suites.as_slice(), core.priority), (&["./".to_owned()][..], Some(900)));
        assert!(core.components.is_empty());
        let list = WHOLE.replace(
            "\"minbase\"",
            "[\"libc6=2.36-9\"]\nweak = \"none\"\narchitectures = [\"amd64\"]",
        );
        let set = parse(&list).unwrap().debs.remove(0);
        assert_eq!(set.base, DebBase::List(vec!["libc6=2.36-9".to_owned()]));
        assert_eq!((set.weak, set.architectures), (DebWeak::None, vec!["amd64".to_owned()]));
    }

    #[test]
    fn what_cannot_be_asked_or_believed_is_refused() {
        for (from, to, said) in [
            ("\"minbase\"", "\"debian12\"", "this is no base system"),
            ("base = \"minbase\"\n", "", "nobody says what hosts have"),
            ("base = ", "base-status = \"status\"\nbase = ", "two base systems"),
            ("\"curl\"", "\"curl (>= 1)\"", "this is no package"),
            ("[\"exim4-base\"]", "[\"a=1\"]", "no name of a package"),
            ("components = [\"main\"]\n", "", "not clear what of this repository"),
            ("[\"./\"]", "[\"../../etc/\"]", "this is no suite"),
            ("keys = [\"keys/core.asc\"]", "keys = []", "nobody vouches"),
            ("name = \"hosts\"", "name = \"../x\"", "not the name of a repository"),
            ("priority = 900", "priority = 0", "nothing would come from this repository"),
            ("[\"linux/amd64\", \"linux/arm64\"]", "[\"linux/mips64\"]", "Debian has no word"),
            ("packages = [", "packages = []\nexclude = [\"x\"]\n#", "no package is wanted"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replacen(from, to, 1).replace("exclude = [\"x\"]\n#", "#");
            let error = parse(&text).unwrap_err();
            let ManifestError::Wrong { problems, .. } = &error else { panic!("{error}") };
            let messages: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert!(messages.iter().any(|message| message.contains(said)), "{to}: {messages:?}");
        }
    }
}

//! RPM packages: a closure over everything that is asked, carried as a repository of its own.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::registry::OneOrMany;
use super::repository::{RawPlaces, Repository};

/// The architecture of the machines, unless another one is given.
const ARCHITECTURE: &str = "x86_64";
/// The priority of a repository, unless another one is given: dnf's own.
const PRIORITY: u32 = 99;

/// Packages that are wanted, with everything that they need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpmSet {
    /// What the repository of the bundle is called: its folder below `rpm/`.
    pub name: String,
    /// The architecture of the machines, as packages name it.
    pub architecture: String,
    /// What is on the machines already.
    pub base: RpmBase,
    /// Packages by name, file or capability.
    pub packages: Vec<String>,
    /// Groups and environments by identity or name.
    pub groups: Vec<String>,
    /// Module streams, `NAME:STREAM` or `NAME:STREAM/PROFILE`.
    pub modules: Vec<String>,
    /// Packages that must not be taken; `*` stands for any letters.
    pub exclude: Vec<String>,
    /// Which weak dependencies are followed.
    pub weak: WeakChoice,
    /// Whether 32-bit packages for 64-bit machines are candidates.
    pub multilib: bool,
    /// The platform that module streams require, such as `el9`.
    pub platform: Option<String>,
    /// Where packages come from, in order of preference.
    pub repositories: Vec<Repository>,
}

/// What is on the machines already, so that it need not be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpmBase {
    /// Nothing: everything is installed into an empty root.
    None,
    /// What every minimal installation has: the mandatory packages of a group of the repositories,
    /// with what they need.
    Group(String),
    /// These packages and capabilities.
    List(Vec<String>),
}

/// Which weak dependencies are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeakChoice {
    /// None of them.
    None,
    /// What is recommended, as dnf does.
    #[default]
    Recommends,
    /// Also what is suggested.
    Suggests,
}

/// RPM packages with everything that they need, carried as a signed dnf repository under `rpm/NAME/`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRpm {
    /// What the repository of the bundle is called.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The architecture of the machines; `x86_64` unless given.
    #[schemars(with = "Option<String>")]
    pub architecture: Option<Spanned<String>>,
    /// What is on the machines already: `none`, `rocky9-minimal`, or a list of packages.
    #[schemars(with = "OneOrMany")]
    pub base: Spanned<OneOrMany>,
    /// Packages: names, `name >= version`, full names, paths or capabilities.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Groups and environments of the repositories.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Module streams: `name:stream`, or `name:stream/profile` to install a profile.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Packages that must not be taken; `*` stands for any letters.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Which weak dependencies are followed; `recommends` unless given.
    #[serde(default)]
    pub weak: WeakChoice,
    /// Take 32-bit packages for 64-bit machines as candidates, too.
    #[serde(default)]
    pub multilib: bool,
    /// The platform that module streams require, such as `el9`.
    pub platform: Option<String>,
    /// Where packages come from, in order of preference.
    #[serde(default)]
    pub repository: Vec<RawRpmRepository>,
}

/// A repository that packages are taken from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRpmRepository {
    /// What messages call it, such as `baseos`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Its URL, or several that have the same.
    #[schemars(with = "Option<OneOrMany>")]
    pub baseurl: Option<Spanned<OneOrMany>>,
    /// The URL of a list of its mirrors.
    #[schemars(with = "Option<String>")]
    pub mirrorlist: Option<Spanned<String>>,
    /// The URL of a metalink: mirrors, and the checksum of the index that they must have.
    #[schemars(with = "Option<String>")]
    pub metalink: Option<Spanned<String>>,
    /// Files of public keys (`OpenPGP`), relative to the manifest, of which one must have signed each package.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Believe packages that nobody has signed.
    #[serde(default)]
    pub blindly_believe_unsigned_packages: bool,
    /// Want a signature of one of the keys on the index, too.
    #[serde(default)]
    pub repo_signature: bool,
    /// Repositories with a smaller number are preferred, whatever the versions; 99 unless given.
    pub priority: Option<u32>,
    /// Keep its packages visible whatever module streams say.
    #[serde(default)]
    pub module_hotfixes: bool,
}

impl Checker<'_> {
    pub(super) fn rpm(&mut self, raw: RawRpm) -> Option<RpmSet> {
        let at = raw.name.span();
        let name = self.word(&raw.name, "the name of a repository");
        let architecture = match &raw.architecture {
            Some(text) => self.word(text, "an architecture").map(|word| word.to_string()),
            None => Some(ARCHITECTURE.to_owned()),
        };
        let base = self.rpm_base(raw.base);
        if raw.packages.is_empty() && raw.groups.is_empty() && raw.modules.is_empty() {
            let help = "name `packages`, `groups` or `modules`";
            return self.wrong(at, "nothing is asked of these repositories", help);
        }
        if raw.repository.is_empty() {
            let help = "add a table `[[rpm.repository]]` below it";
            return self.wrong(at, "there is no repository to take packages from", help);
        }
        let repositories: Vec<_> =
            raw.repository.into_iter().map(|one| self.rpm_repository(one)).collect();
        let name = name?.to_string();
        self.unique("rpm", name.to_ascii_lowercase(), at.clone());
        let repositories: Vec<Repository> = repositories.into_iter().collect::<Option<_>>()?;
        let signed = repositories.iter().filter(|one| !one.keys.is_empty()).count();
        // A package does not tell which of them it came from.
        if signed != 0 && signed != repositories.len() {
            let help = "give repositories that nobody signs a table `[[rpm]]` of their own";
            return self.wrong(at, "some of these repositories are signed and some are not", help);
        }
        Some(RpmSet {
            name,
            architecture: architecture?,
            base: base?,
            packages: raw.packages,
            groups: raw.groups,
            modules: raw.modules,
            exclude: raw.exclude,
            weak: raw.weak,
            multilib: raw.multilib,
            platform: raw.platform,
            repositories,
        })
    }

    fn rpm_base(&mut self, raw: Spanned<OneOrMany>) -> Option<RpmBase> {
        let at = raw.span();
        match raw.into_inner() {
            OneOrMany::Many(items) => Some(RpmBase::List(items)),
            OneOrMany::One(word) if word == "none" => Some(RpmBase::None),
            OneOrMany::One(word) if word == "rocky9-minimal" => {
                Some(RpmBase::Group("core".to_owned()))
            }
            OneOrMany::One(_) => {
                let help = "known are `none` and `rocky9-minimal`; a list names packages";
                self.wrong(at, "this is no base system", help)
            }
        }
    }

    fn rpm_repository(&mut self, raw: RawRpmRepository) -> Option<Repository> {
        let at = raw.name.span();
        let name = self.word(&raw.name, "the name of a repository")?.to_string();
        let places =
            RawPlaces { baseurl: raw.baseurl, mirrorlist: raw.mirrorlist, metalink: raw.metalink };
        let places = self.places(places, &at)?;
        if raw.keys.is_empty() && !raw.blindly_believe_unsigned_packages {
            let help = "name the publisher's in `keys`; the harmful other way is \
                        `blindly-believe-unsigned-packages = true`";
            return self.wrong(at, "no key says which packages are the publisher's", help);
        }
        if raw.keys.is_empty() && raw.repo_signature {
            return self.wrong(at, "a signature is wanted and no key is named", "add `keys`");
        }
        Some(Repository {
            name,
            places,
            keys: raw.keys,
            index_is_signed: raw.repo_signature,
            priority: raw.priority.unwrap_or(PRIORITY),
            ignores_modules: raw.module_hotfixes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Manifest, RepositoryPlaces};

    const WHOLE: &str = r#"
[bundle]
name = "sre"
version = "1.0.0"

[[rpm]]
name = "rocky9"
base = "rocky9-minimal"
packages = ["tmux", "bash >= 5"]
modules = ["nodejs:22/common"]
platform = "el9"

[[rpm.repository]]
name = "baseos"
baseurl = ["https://one.example.org/os", "https://two.example.org/os"]
keys = ["keys/rocky9"]

[[rpm.repository]]
name = "appstream"
metalink = "https://example.org/metalink?repo=appstream"
keys = ["keys/rocky9"]
repo-signature = true
priority = 10
"#;

    fn parse(text: &str) -> Result<Manifest, crate::manifest::ManifestError> {
        Manifest::parse("manifest.toml", text.as_bytes())
    }

    #[test]
    fn packages_come_from_repositories_in_their_order() {
        let manifest = parse(WHOLE).unwrap();
        let [set] = &manifest.rpms[..] else { panic!("{:?}", manifest.rpms) };
        assert_eq!((set.name.as_str(), set.architecture.as_str()), ("rocky9", "x86_64"));
        assert_eq!(set.base, RpmBase::Group("core".to_owned()));
        assert_eq!((set.weak, set.multilib), (WeakChoice::Recommends, false));
        let [base, apps] = &set.repositories[..] else { panic!("{:?}", set.repositories) };
        assert!(matches!(&base.places, RepositoryPlaces::Base(urls) if urls.len() == 2));
        assert_eq!((base.priority, base.index_is_signed), (99, false));
        assert!(matches!(&apps.places, RepositoryPlaces::Metalink(_)));
        assert_eq!((apps.priority, apps.index_is_signed), (10, true));
        assert_eq!(manifest.inputs(), 1);
        let list = WHOLE.replace("\"rocky9-minimal\"", "[\"bash\", \"glibc\"]");
        let set = parse(&list).unwrap().rpms.remove(0);
        assert_eq!(set.base, RpmBase::List(vec!["bash".to_owned(), "glibc".to_owned()]));
    }

    #[test]
    fn what_cannot_be_asked_or_believed_is_refused() {
        for (from, to, said) in [
            ("\"rocky9-minimal\"", "\"debian\"", "this is no base system"),
            ("keys = [\"keys/rocky9\"]\n\n", "\n", "no key says which packages"),
            (
                "metalink = ",
                "mirrorlist = \"https://example.org/m\"\nmetalink = ",
                "not clear where",
            ),
            ("/metalink", "/$basearch/metalink", "a variable that nothing fills"),
            ("name = \"rocky9\"", "name = \"../x\"", "not the name of a repository"),
            ("base = ", "weak = \"all\"\nbase = ", "unknown variant"),
            (
                "keys = [\"keys/rocky9\"]\n\n",
                "blindly-believe-unsigned-packages = true\n\n",
                "some of these repositories are signed and some are not",
            ),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replacen(from, to, 1);
            let error = parse(&text).unwrap_err();
            let crate::manifest::ManifestError::Wrong { problems, .. } = &error else { panic!() };
            let messages: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert!(messages.iter().any(|message| message.contains(said)), "{to}: {messages:?}");
        }
        let nothing = WHOLE.replace("packages = [\"tmux\", \"bash >= 5\"]\n", "");
        let nothing = nothing.replace("modules = [\"nodejs:22/common\"]\n", "");
        assert!(parse(&nothing).is_err());
    }
}

//! Module streams: alternative sets of packages of which one at a time is visible.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::MetadataError;
use crate::limits::{MAX_DOCUMENT, MAX_YAML_NODES};

/// The module streams of a repository, and which of them are the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// The streams, in all their versions and contexts.
    pub streams: Vec<ModuleStream>,
    /// The defaults of modules that have some.
    pub defaults: Vec<ModuleDefaults>,
}

/// One version of one stream, built in one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleStream {
    /// The name of the module, such as `nodejs`.
    pub name: String,
    /// The stream, such as `22`.
    pub stream: String,
    /// The version; the highest one is the current one.
    pub version: u64,
    /// The context: which streams of other modules it was built against.
    pub context: String,
    /// The architecture.
    pub architecture: String,
    /// What it requires of other modules: one of these alternatives.
    pub requires: Vec<ModuleRequirements>,
    /// Names of packages by profile.
    pub profiles: BTreeMap<String, Vec<String>>,
    /// The full names of its packages, always with an epoch: `name-0:1-1.x86_64`.
    pub artifacts: Vec<String>,
    /// The document as it stands in the repository.
    pub document: String,
}

/// Streams of other modules that are needed, by module; an empty list admits all streams, and `-stream`
/// forbids one.
pub type ModuleRequirements = BTreeMap<String, Vec<String>>;

/// The defaults of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleDefaults {
    /// The name of the module.
    pub module: String,
    /// The stream that is active without being enabled, if there is one.
    pub stream: Option<String>,
    /// The profiles that are installed when none is named, by stream.
    pub profiles: BTreeMap<String, Vec<String>>,
    /// The document as it stands in the repository.
    pub document: String,
}

/// Tells whether a list of streams admits one; an empty list admits all, `-stream` forbids.
#[must_use]
pub fn admits_stream(streams: &[String], stream: &str) -> bool {
    let forbids = |one: &String| one.strip_prefix('-') == Some(stream);
    let only_forbids = streams.iter().all(|one| one.starts_with('-'));
    !streams.iter().any(forbids) && (only_forbids || streams.iter().any(|one| one == stream))
}

impl Modules {
    /// Reads all documents; those of other kinds (translations, ends of life) are left out.
    pub fn read(reader: impl BufRead) -> Result<Self, MetadataError> {
        let mut text = String::new();
        let read = io::Read::read_to_string(&mut reader.take(MAX_DOCUMENT + 1), &mut text)
            .map_err(MetadataError::Read)?;
        if read as u64 > MAX_DOCUMENT {
            return Err(MetadataError::TooMuch { what: "bytes of modules", limit: MAX_DOCUMENT });
        }
        let mut modules = Self::default();
        for document in documents(&text) {
            modules.take(document)?;
        }
        Ok(modules)
    }

    /// Gives the default stream of a module.
    #[must_use]
    pub fn default_stream(&self, module: &str) -> Option<&str> {
        self.defaults.iter().find(|one| one.module == module)?.stream.as_deref()
    }

    fn take(&mut self, document: &str) -> Result<(), MetadataError> {
        let kind: Kind = parse(document)?;
        match (kind.document.as_str(), kind.version.as_str()) {
            ("modulemd", "2") => {
                let found: Document<StreamData> = parse(document)?;
                self.streams.push(found.data.stream(document)?);
            }
            ("modulemd", version) => {
                let value = version.chars().take(40).collect();
                return Err(MetadataError::Value { what: "supported version of a module", value });
            }
            ("modulemd-defaults", "1") => {
                let found: Document<DefaultsData> = parse(document)?;
                self.defaults.push(found.data.defaults(document));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Cuts a stream of YAML at its document marks, which no scalar can contain at the beginning of a line.
fn documents(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let word = line.trim_end();
        let is_start = word == "---" || word.starts_with("--- ");
        if is_start || word == "..." {
            found.push(&text[begin..at]);
            begin = at + if is_start && word.len() > 3 { 3 } else { line.len() };
        }
        at += line.len();
    }
    found.push(&text[begin..]);
    let is_blank = |document: &&str| {
        document
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with(['#', '%']))
    };
    found.retain(|document| !is_blank(document));
    found
}

fn parse<'a, T: Deserialize<'a>>(document: &'a str) -> Result<T, MetadataError> {
    let mut options = serde_saphyr::Options::default();
    if let Some(budget) = &mut options.budget {
        budget.max_nodes = MAX_YAML_NODES;
        budget.max_events = MAX_YAML_NODES;
        budget.max_total_scalar_bytes = usize::try_from(MAX_DOCUMENT).unwrap_or(usize::MAX);
    }
    serde_saphyr::from_str_with_options(document, options).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().next().unwrap_or_default().chars().take(200).collect();
        MetadataError::Yaml { reason }
    })
}

#[derive(Deserialize)]
struct Kind {
    document: String,
    version: String,
    #[serde(default, rename = "data")]
    _data: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Document<T> {
    data: T,
}

#[derive(Deserialize)]
struct StreamData {
    name: String,
    stream: String,
    version: u64,
    #[serde(default)]
    context: String,
    #[serde(default)]
    arch: String,
    #[serde(default)]
    dependencies: Vec<DependenciesData>,
    #[serde(default)]
    profiles: BTreeMap<String, Rpms>,
    #[serde(default)]
    artifacts: Rpms,
}

#[derive(Deserialize)]
struct DependenciesData {
    #[serde(default)]
    requires: ModuleRequirements,
}

#[derive(Deserialize, Default)]
struct Rpms {
    #[serde(default)]
    rpms: Vec<String>,
}

#[derive(Deserialize)]
struct DefaultsData {
    module: String,
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Vec<String>>,
}

impl StreamData {
    fn stream(self, document: &str) -> Result<ModuleStream, MetadataError> {
        if self.name.is_empty() || self.stream.is_empty() {
            return Err(MetadataError::Lacks { element: "modulemd", part: "name and stream" });
        }
        Ok(ModuleStream {
            name: self.name,
            stream: self.stream,
            version: self.version,
            context: self.context,
            architecture: self.arch,
            requires: self.dependencies.into_iter().map(|one| one.requires).collect(),
            profiles: self.profiles.into_iter().map(|(name, rpms)| (name, rpms.rpms)).collect(),
            artifacts: self.artifacts.rpms,
            document: document.to_owned(),
        })
    }
}

impl DefaultsData {
    fn defaults(self, document: &str) -> ModuleDefaults {
        ModuleDefaults {
            module: self.module,
            stream: self.stream,
            profiles: self.profiles,
            document: document.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---
document: modulemd
version: 2
data:
  name: nodejs
  stream: 1.10
  version: 9040020240101
  context: 1e5
  arch: x86_64
  summary: JavaScript
  license:
    module:
    - MIT
  dependencies:
  - buildrequires:
      platform: [el9]
    requires:
      platform: [el9]
      perl: []
  profiles:
    common:
      rpms:
      - nodejs
      - npm
  artifacts:
    rpms:
    - nodejs-1:1.10-1.x86_64
...
---
document: modulemd-defaults
version: 1
data:
  module: nodejs
  stream: \"1.10\"
  profiles:
    1.10: [common]
...
---
document: modulemd-translations
version: 1
data: {}
";

    #[test]
    fn reads_streams_and_defaults_and_keeps_their_documents() {
        let modules = Modules::read(TEXT.as_bytes()).unwrap();
        let [stream] = modules.streams.as_slice() else { panic!("one stream") };
        assert_eq!((stream.stream.as_str(), stream.context.as_str()), ("1.10", "1e5"));
        assert_eq!(stream.profiles["common"], ["nodejs", "npm"]);
        assert_eq!(stream.artifacts, ["nodejs-1:1.10-1.x86_64"]);
        assert_eq!(stream.requires[0]["platform"], ["el9"]);
        assert!(stream.document.starts_with("document: modulemd\n"));
        assert!(stream.document.ends_with("x86_64\n"));
        assert_eq!(modules.default_stream("nodejs"), Some("1.10"));
        assert_eq!(modules.defaults[0].profiles["1.10"], ["common"]);
    }

    #[test]
    fn refuses_bombs_and_what_it_does_not_understand() {
        let bomb = "document: modulemd\nversion: 2\na: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
            + "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
            + "data: {name: [*e,*e,*e,*e,*e,*e,*e,*e,*e], stream: 1, version: 1}\n";
        let old = TEXT.replacen("version: 2", "version: 1", 1);
        let nameless = TEXT.replacen("name: nodejs", "name: \"\"", 1);
        for text in [bomb, old, nameless, "a: [".to_owned(), "\u{0}".to_owned()] {
            assert!(Modules::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! What `helm template` prints, cut into documents.

use serde_json::Value;

/// Nodes of YAML in one document; the largest custom resource definitions have half a million.
const MAX_NODES: usize = 4_000_000;

/// The annotation that makes a document a hook of Helm.
const HOOK: &str = "helm.sh/hook";
/// How `helm` says which template a document comes from.
const SOURCE: &str = "# Source: ";

/// One rendered document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Document {
    /// The template that it comes from.
    pub source: Option<String>,
    pub value: Value,
}

/// Cuts a stream of YAML into documents; gives what is wrong with those that cannot be read.
pub(super) fn documents(stream: &str) -> (Vec<Document>, Vec<String>) {
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for text in cut(stream) {
        let source = text.lines().find_map(|line| line.strip_prefix(SOURCE)).map(str::to_owned);
        match parse(text) {
            Ok(Value::Null) => {}
            Ok(value) => read.push(Document { source, value }),
            Err(error) => {
                let source = source.unwrap_or_else(|| "a document without a source".to_owned());
                wrong.push(format!("{source}: {error}"));
            }
        }
    }
    (read, wrong)
}

/// Reads YAML, of which JSON is a part, within limits; later keys hide earlier ones of the same name.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut options = serde_saphyr::Options::default();
    options.duplicate_keys = serde_saphyr::DuplicateKeyPolicy::LastWins;
    if let Some(budget) = &mut options.budget {
        budget.max_events = MAX_NODES * 2;
        budget.max_nodes = MAX_NODES;
    }
    let parsed = serde_saphyr::from_str_with_options(text, options);
    parsed.map_err(|error| {
        error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
    })
}

/// Cuts at the lines that separate documents; inside of a document every line is indented or a key.
fn cut(stream: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(stream);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0 && is_separator(line) {
                rest = Some(&text[at..]);
                return Some(&text[..at]);
            }
            at += line.len();
        }
        rest = None;
        Some(text)
    })
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.starts_with([' ', '\n', '\r']) || rest.is_empty())
}

impl Document {
    /// Gives kind, namespace and name, as people say them.
    pub(super) fn title(&self) -> String {
        let word = |pointer: &str| self.value.pointer(pointer).and_then(Value::as_str);
        let kind = word("/kind").unwrap_or("a document without a kind");
        match (word("/metadata/namespace"), word("/metadata/name")) {
            (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
            (None, Some(name)) => format!("{kind} {name}"),
            _ => kind.to_owned(),
        }
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.value.get("kind").and_then(Value::as_str)
    }

    /// Gives when Helm runs it, where it is a hook.
    pub(super) fn hook(&self) -> Option<String> {
        let annotations = self.value.pointer("/metadata/annotations")?;
        annotations.get(HOOK)?.as_str().map(str::to_owned)
    }

    /// Gives the APIs that it adds to the cluster, where it defines custom resources.
    pub(super) fn apis(&self) -> Vec<String> {
        apis(&self.value)
    }
}

fn apis(value: &Value) -> Vec<String> {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    match word("/kind") {
        Some("CustomResourceDefinition") => {}
        Some("List") => {
            let items = value.pointer("/items").and_then(Value::as_array);
            return items.into_iter().flatten().flat_map(apis).collect();
        }
        _ => return Vec::new(),
    }
    let (Some(group), Some(kind)) = (word("/spec/group"), word("/spec/names/kind")) else {
        return Vec::new();
    };
    let versions = value.pointer("/spec/versions").and_then(Value::as_array);
    let versions = versions.into_iter().flatten();
    let served = versions.filter(|version| version["served"] != Value::Bool(false));
    let names = served.filter_map(|version| version["name"].as_str());
    names.flat_map(|name| [format!("{group}/{name}"), format!("{group}/{name}/{kind}")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "---\n# Source: a/templates/x.yaml\nkind: ConfigMap\nmetadata: {name: x}\n\
                          data:\n  text: |\n    ---\n    inside\n---\n# Source: a/templates/e.yaml\n\
                          ---\n# Source: a/y.yaml\nkind: [\n---\nkind: Pod\n";

    #[test]
    fn cuts_a_stream_into_documents_with_their_sources() {
        let (read, wrong) = documents(STREAM);
        let titles: Vec<_> = read.iter().map(Document::title).collect();
        assert_eq!(titles, ["ConfigMap x", "Pod"]);
        assert_eq!(read[0].source.as_deref(), Some("a/templates/x.yaml"));
        assert_eq!(read[0].value["data"]["text"], "---\ninside\n");
        assert!(wrong[0].starts_with("a/y.yaml: "), "{wrong:?}");
        assert_eq!(wrong.len(), 1);
    }

    #[test]
    fn tells_which_apis_a_definition_adds() {
        let text = "kind: CustomResourceDefinition\nspec:\n  group: example.org\n  names: {kind: Thing}\n\
                    \x20 versions: [{name: v1, served: true}, {name: v0, served: false}]\n";
        let (read, _) = documents(text);
        assert_eq!(read[0].apis(), ["example.org/v1", "example.org/v1/Thing"]);
        let list = Value::from_iter([
            ("kind", Value::from("List")),
            ("items", Value::from(vec![read[0].value.clone()])),
        ]);
        assert_eq!(apis(&list), read[0].apis());
    }

    #[test]
    fn the_later_of_two_keys_counts_as_for_kubernetes() {
        assert_eq!(parse("a: 1\na: 2\n").unwrap()["a"], 2);
    }
}

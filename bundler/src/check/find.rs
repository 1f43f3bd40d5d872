//! Every place of a document that can name an image.
//!
//! Containers of any kind, at any depth, so that the pods of `CronJobs` and of custom resources are no
//! special case; keys that say they hold an image; names in parts (`registry`, `repository`, `tag`,
//! `digest`); arguments and environment; and texts that hold documents of their own, such as the
//! configuration of an operator, which are walked in the same way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sre_format::ImageReference;

use super::documents::{Document, parse};
use super::name::{complete, compose, names_an_image, versioned};
use super::text;

/// Documents within texts within documents that are followed; nobody nests them deeper than three.
const MAX_DEPTH: usize = 6;
/// The longest text that is tried as a document of its own, in bytes.
const MAX_EMBEDDED: usize = 8 << 20;

/// What an injector replaces; the pod says so by [`INJECTED`].
const AUTO: &str = "auto";
/// The annotation of pods whose container comes from a template of Istio.
const INJECTED: &str = "inject.istio.io/templates";

/// An image that a document names, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The image; the text where it is a container's, and no runtime could read it.
    pub image: Result<ImageReference, String>,
    /// The path inside the document.
    pub path: String,
}

/// Finds the images of a rendered document.
pub(super) fn images(document: &Document) -> Vec<Found> {
    let mut finder = Finder { injected: has_key(&document.value, INJECTED), ..Finder::default() };
    finder.value(&document.value, "", None);
    finder.found
}

/// Finds the images that values, annotations and other things without a kind name.
pub(super) fn images_of(value: &Value) -> Vec<Found> {
    let mut finder = Finder::default();
    finder.value(value, "", None);
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<Found>,
    path: Vec<String>,
    depth: usize,
    injected: bool,
}

/// Registry and tag that images further in are named without (Istio's `hub`).
#[derive(Clone, Copy)]
struct Hub<'a> {
    registry: &'a str,
    tag: &'a str,
    variant: Option<&'a str>,
}

impl Finder {
    fn value(&mut self, value: &Value, key: &str, hub: Option<Hub<'_>>) {
        match value {
            // Lists and texts hold such objects, too.
            Value::Object(map) => match word(map, "kind") {
                Some("CustomResourceDefinition") => self.defaults(value, ""),
                Some("Secret") => self.secret(map, hub),
                _ => self.object(map, hub),
            },
            Value::Array(items) if matches!(key, "args" | "command") => self.arguments(items),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    // The items of `images` are images.
                    let key = if key == "images" { "image" } else { key };
                    self.inside(format!("[{index}]"), |finder| finder.value(item, key, hub));
                }
            }
            Value::String(text) => self.string(text, key, hub),
            _ => {}
        }
    }

    fn object(&mut self, map: &Map<String, Value>, hub: Option<Hub<'_>>) {
        let hub = own_hub(map).or(hub);
        if let Some(image) = in_parts(map).and_then(|name| complete(&name).ok()) {
            self.add(Ok(image));
        }
        if let (Some(name), Some(value)) = (word(map, "name"), word(map, "value"))
            && names_an_image(name)
        {
            self.inside(".value".into(), |finder| finder.add_all(versioned(value)));
        }
        for (key, value) in map {
            self.inside(format!(".{key}"), |finder| match (key.as_str(), value) {
                (
                    "containers" | "initContainers" | "ephemeralContainers",
                    Value::Array(containers),
                ) => finder.containers(containers, hub),
                _ => finder.value(value, key, hub),
            });
        }
    }

    fn containers(&mut self, containers: &[Value], hub: Option<Hub<'_>>) {
        for (index, container) in containers.iter().enumerate() {
            self.inside(format!("[{index}]"), |finder| {
                let Some(map) = container.as_object() else { return };
                finder.inside(".image".into(), |finder| finder.container(word(map, "image")));
                let mut rest = map.clone();
                rest.remove("image");
                finder.object(&rest, hub);
            });
        }
    }

    /// Reads the image of a container as its runtime will.
    fn container(&mut self, image: Option<&str>) {
        match image {
            None | Some("") => {}
            Some(AUTO) if self.injected => {}
            Some(text) => self.add(complete(text).map_err(|_| text.to_owned())),
        }
    }

    /// Reads arguments; a flag may have its value in the next one.
    fn arguments(&mut self, arguments: &[Value]) {
        let mut before = "";
        for (index, argument) in arguments.iter().enumerate() {
            let Some(argument) = argument.as_str() else {
                // Custom resources have keys of these names for other things.
                self.inside(format!("[{index}]"), |finder| finder.value(argument, "", None));
                continue;
            };
            self.inside(format!("[{index}]"), |finder| {
                if before.starts_with('-') && !before.contains('=') && names_an_image(before) {
                    finder.add_all(versioned(argument));
                } else {
                    finder.add_all(text::images(argument));
                }
            });
            before = argument;
        }
    }

    fn string(&mut self, text: &str, key: &str, hub: Option<Hub<'_>>) {
        if names_an_image(key) && !text.contains(char::is_whitespace) {
            return self.named(text, hub);
        }
        if self.depth < MAX_DEPTH && text.len() <= MAX_EMBEDDED && may_be_document(text) {
            let (documents, wrong) = super::documents::documents(text);
            let structured = documents.iter().any(|it| it.value.is_object() || it.value.is_array());
            if structured && wrong.is_empty() {
                self.depth += 1;
                for document in &documents {
                    self.inside("(text)".into(), |finder| finder.value(&document.value, "", hub));
                }
                self.depth -= 1;
                return;
            }
        }
        self.add_all(text::images(text));
    }

    /// Reads the value of a key that says it is an image: a full one, or a name for the hub.
    fn named(&mut self, text: &str, hub: Option<Hub<'_>>) {
        if text.contains([':', '/', '@']) {
            // A path or an address of a picture is no name of an image.
            return self.add_all(complete(text).ok().filter(|_| !text.contains("://")));
        }
        let Some(Hub { registry, tag, variant }) = hub.filter(|_| !text.is_empty() && text != AUTO)
        else {
            return;
        };
        let variant = variant.map(|variant| format!("-{variant}")).unwrap_or_default();
        self.add_all(complete(&format!("{registry}/{text}:{tag}{variant}")).ok());
    }

    /// Walks a secret, whose texts are in base64.
    fn secret(&mut self, secret: &Map<String, Value>, hub: Option<Hub<'_>>) {
        let mut open = secret.clone();
        let data = open.get_mut("data").and_then(Value::as_object_mut);
        for text in data.into_iter().flat_map(Map::values_mut) {
            // Kubernetes passes over line ends in it.
            let packed = |text: &str| text.split_ascii_whitespace().collect::<String>();
            let decoded = text.as_str().and_then(|text| STANDARD.decode(packed(text)).ok());
            if let Some(decoded) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
                *text = Value::String(decoded);
            }
        }
        self.object(&open, hub);
    }

    /// Walks the definition of a custom resource, which names images only as defaults.
    fn defaults(&mut self, value: &Value, parent: &str) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.inside(format!(".{key}"), |finder| match (key.as_str(), value) {
                        ("default", Value::String(text)) if names_an_image(parent) => {
                            finder.named(text, None);
                        }
                        ("default", value) => finder.value(value, parent, None),
                        ("description", _) => {}
                        (key, value) => finder.defaults(value, key),
                    });
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.defaults(item, parent)),
            _ => {}
        }
    }

    fn inside(&mut self, part: String, walk: impl FnOnce(&mut Self)) {
        self.path.push(part);
        walk(self);
        self.path.pop();
    }

    fn add(&mut self, image: Result<ImageReference, String>) {
        let path = self.path.concat();
        let path = path.strip_prefix('.').unwrap_or(&path).to_owned();
        self.found.push(Found { image, path });
    }

    fn add_all(&mut self, images: impl IntoIterator<Item = ImageReference>) {
        images.into_iter().for_each(|image| self.add(Ok(image)));
    }
}

fn word<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// Gives the first of several keys that is there.
fn first<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| word(map, key))
}

fn own_hub(map: &Map<String, Value>) -> Option<Hub<'_>> {
    let (registry, tag) = (word(map, "hub")?, word(map, "tag")?);
    Some(Hub { registry, tag, variant: word(map, "variant") })
}

/// Puts a name together that stands there in parts.
fn in_parts(map: &Map<String, Value>) -> Option<String> {
    let registry = first(map, &["registry", "imageRegistry"]);
    let digest = first(map, &["digest", "sha", "hash"]);
    if let (Some(repository), Some(image)) = (word(map, "repository"), word(map, "image"))
        && !image.contains([':', '/'])
    {
        // The shape of operators that install drivers: a folder, a name in it, a version.
        let repository = format!("{repository}/{image}");
        return compose(registry, &repository, first(map, &["version", "tag"]), digest);
    }
    let repository = first(map, &["repository", "newName"])?;
    if repository.contains("://") {
        return None;
    }
    compose(registry, repository, first(map, &["tag", "newTag"]), digest)
}

/// Says whether a text can be a document: one of several lines, or JSON.
fn may_be_document(text: &str) -> bool {
    text.trim_end().contains('\n') || text.trim_start().starts_with(['{', '['])
}

fn has_key(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Object(map) => {
            map.contains_key(wanted) || map.values().any(|value| has_key(value, wanted))
        }
        Value::Array(items) => items.iter().any(|item| has_key(item, wanted)),
        _ => false,
    }
}

/// Finds the images of YAML that a person wrote, comments included, which the structure leaves out.
pub(super) fn images_of_values(text: &str) -> Vec<Found> {
    let mut found = parse(text).map(|value| images_of(&value)).unwrap_or_default();
    for (number, line) in text.lines().enumerate() {
        let path = format!("line {}", number + 1);
        found.extend(
            text::images(line)
                .into_iter()
                .map(|image| Found { image: Ok(image), path: path.clone() }),
        );
    }
    found
}

//! The simple index of Python packages: one page for each, in JSON (PEP 691) or HTML (PEP 503).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexFile {
    /// Its name.
    pub name: String,
    /// Where it lies, as the page has it.
    pub url: String,
    /// Its SHA-256, where the page names one.
    pub sha256: Option<String>,
    /// The versions of Python that it is for; empty for all.
    pub python: String,
    /// Whether its author took it back.
    pub yanked: bool,
}

#[derive(Deserialize)]
struct Page {
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    requires_python: Option<String>,
    /// `false`, `true`, or the reason.
    #[serde(default)]
    yanked: Value,
}

/// Reads a page in whichever form the server has it.
pub(super) fn read(page: &[u8]) -> Result<Vec<IndexFile>, String> {
    if page.trim_ascii_start().starts_with(b"{") {
        let page: Page = serde_json::from_slice(page).map_err(|error| error.to_string())?;
        return Ok(page.files.into_iter().map(IndexFile::from).collect());
    }
    let text = std::str::from_utf8(page).map_err(|_| "it is no text".to_owned())?;
    if !text.trim_start().starts_with('<') {
        return Err("it is neither JSON nor HTML".into());
    }
    Ok(links(text))
}

impl From<File> for IndexFile {
    fn from(mut file: File) -> Self {
        let yanked = !matches!(file.yanked, Value::Null | Value::Bool(false));
        let sha256 = file.hashes.remove("sha256");
        let python = file.requires_python.unwrap_or_default();
        Self { name: file.filename, url: file.url, sha256, python, yanked }
    }
}

/// Finds the links of a page: its only content, so that no more of HTML needs to be understood.
fn links(text: &str) -> Vec<IndexFile> {
    let mut files = Vec::new();
    for tag in text.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else { continue };
        let Some(attributes) = tag.strip_prefix(['a', 'A']) else { continue };
        if !attributes.starts_with(|first: char| first.is_ascii_whitespace()) {
            continue;
        }
        let attributes = attributes_of(attributes);
        let Some(target) = attributes.get("href") else { continue };
        let (url, fragment) = target.split_once('#').unwrap_or((target.as_str(), ""));
        let path = url.split('?').next().unwrap_or_default();
        files.push(IndexFile {
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            url: url.to_owned(),
            sha256: fragment.strip_prefix("sha256=").map(str::to_owned),
            python: attributes.get("data-requires-python").cloned().unwrap_or_default(),
            yanked: attributes.contains_key("data-yanked"),
        });
    }
    files
}

/// Takes `name="value"` pairs apart; `>` inside a value is written `&gt;`, so the tag is whole.
fn attributes_of(mut text: &str) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    loop {
        text = text.trim_start();
        let end = text.find(|sign: char| sign == '=' || sign.is_ascii_whitespace());
        let name = text[..end.unwrap_or(text.len())].to_ascii_lowercase();
        if name.is_empty() {
            return attributes;
        }
        let rest = text[name.len()..].trim_start();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else {
            attributes.insert(name, String::new());
            text = rest;
            continue;
        };
        let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        attributes.insert(name, unescaped(value));
        text = rest;
    }
}

fn unescaped(text: &str) -> String {
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#43;", "+")];
    let text = known.iter().fold(text.to_owned(), |text, (sign, is)| text.replace(sign, is));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\">\
        <abbr href=\"no\"></head><body>\n\
        <a href=\"../../files/a-1-py3-none-any.whl#sha256=00ff\" data-requires-python=\"&gt;=3.7\">a</a>\n\
        <A data-yanked='broken &amp; old' HREF='https://example.org/a-2.tar.gz?x=1&amp;y=2'>b</A></body>";

    #[test]
    fn reads_both_forms_alike() {
        let json = r#"{"meta":{"api-version":"1.0"},"name":"a","files":[
            {"filename":"a-1-py3-none-any.whl","url":"../../files/a-1-py3-none-any.whl",
             "hashes":{"sha256":"00ff"},"requires-python":">=3.7","yanked":false},
            {"filename":"a-2.tar.gz","url":"https://example.org/a-2.tar.gz?x=1&y=2",
             "hashes":{},"yanked":"broken & old"}]}"#;
        let files = read(json.as_bytes()).unwrap();
        assert_eq!(files, read(HTML.as_bytes()).unwrap());
        assert_eq!(files[0].sha256.as_deref(), Some("00ff"));
        assert_eq!((files[0].python.as_str(), files[1].python.as_str()), (">=3.7", ""));
        assert!(!files[0].yanked && files[1].yanked);
    }

    #[test]
    fn refuses_what_is_neither() {
        for page in [&b"{\"files\": 7}"[..], b"plain", b"", b"\xff"] {
            assert!(read(page).is_err(), "{page:?}");
        }
    }
}

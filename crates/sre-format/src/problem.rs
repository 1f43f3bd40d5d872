//! Places in files that people write, where something is wrong.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource, SourceCode, SourceSpan};

/// The text of a file that a person wrote, kept to show the lines that are wrong.
///
/// Credentials in URLs are masked with as many asterisks when it is made, so that no excerpt
/// ever shows them.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    source: NamedSource<Arc<str>>,
}

impl WrittenFile {
    /// Keeps the text of a file under the name that messages show.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { source: NamedSource::new(name, mask_credentials(text).into()) }
    }

    /// Gives the name that messages show.
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Makes a problem at a range of bytes of the text.
    #[must_use]
    pub fn problem(&self, at: Range<usize>, message: impl Into<String>) -> Problem {
        let text = self.source.inner();
        // A range past the end would hide the whole excerpt.
        let start = at.start.min(text.len());
        let end = at.end.clamp(start, text.len());
        Problem {
            file: self.clone(),
            at: start..end,
            message: mask_credentials(&message.into()),
            help: None,
        }
    }
}

/// Something wrong at one place of a file, shown with its lines.
#[derive(Clone)]
pub struct Problem {
    file: WrittenFile,
    at: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// Adds what to write instead.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(mask_credentials(&help.into())), ..self }
    }

    /// Gives the name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file.name()
    }

    /// Gives line and column, both counted from 1.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        let text = self.file.source.inner().as_bytes();
        let before = String::from_utf8_lossy(&text[..self.at.start]);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Gives what to write instead.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_and_column();
        write!(formatter, "{}:{line}:{column}: {}", self.file(), self.message)
    }
}

impl std::error::Error for Problem {}

impl miette::Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = SourceSpan::from(self.at.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, span))))
    }
}

/// Puts asterisks in the place of whatever looks like credentials before an `@`, and of the query of
/// a URL, where tokens stand; keeps the length.
///
/// Rather too much than too little: the text is only shown to find a place in a file.
fn mask_credentials(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| c.is_whitespace() || "\"'`".contains(c)) {
        let (secret, query) = (secret_part(word), query_part(word));
        masked.push_str(&word[..secret.start]);
        masked.extend(std::iter::repeat_n('*', secret.len()));
        masked.push_str(&word[secret.end..query.start]);
        masked.extend(std::iter::repeat_n('*', query.len()));
        masked.push_str(&word[query.end..]);
    }
    masked
}

/// Gives what stands behind the `?` of a URL, up to the quote or blank that ends the word.
fn query_part(word: &str) -> Range<usize> {
    let end = word.trim_end_matches(|c: char| c.is_whitespace() || "\"'`".contains(c)).len();
    let secret = secret_part(word).end;
    let mark = word.find("://").and_then(|_| word[secret..end].find('?'));
    mark.map_or(end..end, |mark| secret + mark + 1..end)
}

fn secret_part(word: &str) -> Range<usize> {
    let start = word.find("://").map_or(0, |at| at + 3);
    let authority = start + word[start..].find('/').unwrap_or(word.len() - start);
    let is_digest = |at: &usize| word[*at..].starts_with("@sha256:");
    let last_sign = |text: &str| text.rfind('@').map(|at| at + start).filter(|at| !is_digest(at));
    if let Some(sign) = last_sign(&word[start..authority]) {
        return start..sign;
    }
    // `user:pass/word@host`: what follows the colon is no port, so the slash ends no host.
    let port = word[start..authority].split_once(':').map_or("", |(_, port)| port);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    match last_sign(&word[start..]) {
        Some(sign) if !is_port => start..sign,
        _ => start..start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_credentials_and_keeps_every_position() {
        for (text, masked) in [
            ("\"https://user:p@ss@example.org/a@b\"", "\"https://*********@example.org/a@b\""),
            ("\"https://example.org/a?token=x\"", "\"https://example.org/a?*******\""),
            ("'https://user:pa/ss@example.org/a'", "'https://**********@example.org/a'"),
            ("x user:pw@docker.io/a y", "x *******@docker.io/a y"),
            ("http://é:y@z # a://b c:d", "http://****@z # a://b c:d"),
            ("https://proxy.example:80/x/@v/list", "https://proxy.example:80/x/@v/list"),
            ("docker.io/a:1@sha256:00 b", "docker.io/a:1@sha256:00 b"),
            ("127.0.0.1:5000/a@sha256:00", "127.0.0.1:5000/a@sha256:00"),
        ] {
            assert_eq!(mask_credentials(text), masked);
        }
    }

    #[test]
    fn counts_lines_and_columns_from_one() {
        let file = WrittenFile::new("manifest.toml", "a = 1\nß = 2\n");
        let at = |start: usize| file.problem(start..start + 1, "wrong").line_and_column();
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(9), (2, 3));
        assert_eq!(at(500), (3, 1));
    }
}

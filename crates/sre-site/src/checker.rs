//! Collects what is wrong while the tables are read.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use sre_format::shape::nearest;
use sre_format::{Problem, WrittenFile};
use toml::Spanned;

use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::{HostAddress, SiteWord, Subnet};

/// Stands for a value whose problem is noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted;

/// A value, or the knowledge that its problem is noted.
pub(crate) type Checked<T> = Result<T, Noted>;

/// Something with its place in the file and what a message calls it.
pub(crate) struct Placed<T> {
    pub value: T,
    pub what: String,
    pub at: Range<usize>,
}

/// Collects what is wrong and what is doubtful, and what has to be compared at the end.
///
/// Each table has a file of its own, which says its keys and, as a method of this, what they mean.
pub(crate) struct Checker<'a> {
    file: &'a WrittenFile,
    problems: Vec<(usize, Problem)>,
    warnings: Vec<(usize, Problem)>,
    seen: BTreeSet<(&'static str, String)>,
    /// The addresses of hosts that this site owns or goes through.
    pub addresses: Vec<Placed<HostAddress>>,
    /// The ranges that belong to pods, to services and to the nodes.
    pub ranges: Vec<Placed<Subnet>>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(file: &'a WrittenFile) -> Self {
        Self {
            file,
            problems: Vec::new(),
            warnings: Vec::new(),
            seen: BTreeSet::new(),
            addresses: Vec::new(),
            ranges: Vec::new(),
        }
    }

    /// Gives what is wrong and what is doubtful, each in the order of the file.
    pub(crate) fn into_findings(self) -> (Vec<Problem>, Vec<Problem>) {
        let in_order = |mut found: Vec<(usize, Problem)>| {
            found.sort_by_key(|(at, problem)| (*at, problem.to_string()));
            // What holds for all nodes is read with each of them.
            found.dedup_by_key(|(at, problem)| (*at, problem.to_string()));
            found.into_iter().map(|(_, problem)| problem).collect()
        };
        (in_order(self.problems), in_order(self.warnings))
    }

    /// Notes an error.
    pub(crate) fn wrong(
        &mut self,
        at: Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) -> Noted {
        let start = at.start;
        self.problems.push((start, self.file.problem(at, message).with_help(help)));
        Noted
    }

    /// Notes something that is allowed and may still be a mistake.
    pub(crate) fn doubt(&mut self, at: Range<usize>, message: impl Into<String>, help: &str) {
        let start = at.start;
        self.warnings.push((start, self.file.problem(at, message).with_help(help)));
    }

    /// Notes a second thing of the same kind and name.
    pub(crate) fn unique(&mut self, kind: &'static str, name: &str, at: Range<usize>) {
        if !self.seen.insert((kind, name.to_owned())) {
            self.wrong(at, format!("this {kind} is there twice"), "each may be there once");
        }
    }

    pub(crate) fn address(
        &mut self,
        value: HostAddress,
        what: impl Into<String>,
        at: Range<usize>,
    ) {
        self.addresses.push(Placed { value, what: what.into(), at });
    }

    pub(crate) fn range(&mut self, value: Subnet, what: &str, at: Range<usize>) {
        self.ranges.push(Placed { value, what: what.to_owned(), at });
    }

    /// Reads a word; what is none is not repeated, since it may be a secret in the wrong place.
    pub(crate) fn word<T: SiteWord>(&mut self, text: &Text) -> Checked<T> {
        text.get_ref().parse().map_err(|_| {
            let near = nearest_quoted(text.get_ref(), T::FORM);
            let help = near
                .map_or(T::FORM.to_owned(), |near| format!("did you mean `{near}`? {}", T::FORM));
            self.wrong(text.span(), format!("this is not {}", T::WHAT), &help)
        })
    }

    pub(crate) fn optional<T: SiteWord>(&mut self, text: Option<&Text>) -> Checked<Option<T>> {
        text.map(|text| self.word(text)).transpose()
    }

    /// Reads words of which none may be there twice.
    pub(crate) fn words<T: SiteWord>(&mut self, texts: &[Text]) -> Checked<Vec<T>> {
        let mut seen = BTreeSet::new();
        let mut words = Vec::new();
        for text in texts {
            if !seen.insert(text.get_ref()) {
                words.push(Err(self.wrong(text.span(), "this is in the list twice", "remove one")));
            }
            words.push(self.word(text));
        }
        words.into_iter().collect()
    }

    pub(crate) fn number<T: TryFrom<i64>>(
        &mut self,
        number: &Spanned<i64>,
        allowed: RangeInclusive<i64>,
    ) -> Checked<T> {
        let fits = Some(*number.get_ref()).filter(|number| allowed.contains(number));
        fits.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let help = format!("from {} to {}", allowed.start(), allowed.end());
            self.wrong(number.span(), "this number is out of range", &help)
        })
    }

    pub(crate) fn path(&mut self, text: &Text) -> Checked<PathBuf> {
        let path = text.get_ref();
        if path.trim().is_empty() || path.chars().any(char::is_control) || path.contains("://") {
            let help = "a path of the admin host; a relative one begins at the folder of this file";
            return Err(self.wrong(text.span(), "this is not a path", help));
        }
        // Nothing here expands it, and a folder called `~` is never meant.
        if path.starts_with('~') {
            let help = "write the whole path, such as `/home/sre/.ssh/id_ecdsa`";
            return Err(self.wrong(text.span(), "`~` is not expanded here", help));
        }
        Ok(path.into())
    }

    pub(crate) fn optional_path(&mut self, text: Option<&Text>) -> Checked<Option<PathBuf>> {
        text.map(|text| self.path(text)).transpose()
    }

    /// Reads text that people read: not empty, and of no signs that move a cursor.
    pub(crate) fn sentence(&mut self, text: &Text, what: &str) -> Checked<String> {
        let fits = |letter: char| !letter.is_control() || letter == '\n';
        if text.get_ref().trim().is_empty() || !text.get_ref().chars().all(fits) {
            let help = "plain text, not empty";
            return Err(self.wrong(text.span(), format!("this is not {what}"), help));
        }
        Ok(text.get_ref().trim().to_owned())
    }

    pub(crate) fn secret(&mut self, raw: &Spanned<RawSecret>) -> Checked<SecretReference> {
        let RawSecret { file, environment, command } = raw.get_ref();
        match (file, environment, command) {
            (Some(path), None, None) => self.path(path).map(SecretReference::File),
            (None, Some(name), None) => self.word(name).map(SecretReference::Environment),
            (None, None, Some(command)) if is_command(command) => {
                let parts = command.iter().map(|part| part.get_ref().clone()).collect();
                Ok(SecretReference::Command(parts))
            }
            (None, None, Some(_)) => {
                let help =
                    "the program, then its arguments, without a shell: `[\"pass\", \"sre\"]`";
                Err(self.wrong(raw.span(), "this is not a command", help))
            }
            _ => {
                let help = "write one of `file`, `environment` and `command`";
                Err(self.wrong(raw.span(), "it is not clear where this secret comes from", help))
            }
        }
    }

    pub(crate) fn optional_secret(
        &mut self,
        raw: Option<&Spanned<RawSecret>>,
    ) -> Checked<Option<SecretReference>> {
        raw.map(|raw| self.secret(raw)).transpose()
    }
}

fn is_command(parts: &[Text]) -> bool {
    let fits = |part: &Text| !part.get_ref().contains('\0');
    parts.first().is_some_and(|program| !program.get_ref().trim().is_empty())
        && parts.iter().all(fits)
}

/// Gives the word in backquotes of a form that is most like what was written.
fn nearest_quoted<'a>(written: &str, form: &'a str) -> Option<&'a str> {
    let words: Vec<&str> = form.split('`').skip(1).step_by(2).collect();
    // A single one is an example, not a choice.
    if words.len() < 2 { None } else { nearest(written, &words) }
}

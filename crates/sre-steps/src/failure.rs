//! The one error that a verb returns.

use std::fmt;

use sre_format::{Explain, Fault, Problem};

/// Why a run failed: the error, whose fault it is, and what to do next.
///
/// Every error that implements [`Explain`] turns into one with `?`.
#[derive(Debug)]
pub struct Failure {
    fault: Fault,
    hint: Option<String>,
    error: Box<dyn Cause>,
}

/// An error with or without the places in a file that it is about.
trait Cause: Send + Sync + fmt::Debug {
    fn as_error(&self) -> &(dyn std::error::Error + 'static);
    fn problems(&self) -> &[Problem];
}

#[derive(Debug)]
struct Explained<E>(E);

impl<E: Explain> Cause for Explained<E> {
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        &self.0
    }

    fn problems(&self) -> &[Problem] {
        self.0.problems()
    }
}

#[derive(Debug)]
struct Bare<E>(E);

impl<E: std::error::Error + Send + Sync + 'static> Cause for Bare<E> {
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        &self.0
    }

    fn problems(&self) -> &[Problem] {
        &[]
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { fault: error.fault(), hint: error.hint(), error: Box::new(Explained(error)) }
    }
}

impl Failure {
    /// Makes a failure from a sentence, lower case and without a full stop.
    #[must_use]
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, hint: None, error: Box::new(Bare(Message(message.into()))) }
    }

    /// Makes a failure from an error that does not say whose fault it is.
    #[must_use]
    pub fn of(fault: Fault, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { fault, hint: None, error: Box::new(Bare(error)) }
    }

    /// Makes a failure from a command line that parsed but makes no sense.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Fault::Usage, message)
    }

    /// Puts the next command or the remedy in place of an earlier hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Gives the kind of fault, and with it the exit code.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Gives what to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Gives what failed, without its causes.
    #[must_use]
    pub fn message(&self) -> String {
        self.error.as_error().to_string()
    }

    /// Gives the causes, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        causes(self.error.as_error())
    }

    /// Gives the places in a file that a person wrote wrongly.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.error.problems()
    }
}

/// Gives an error with all its causes in one line, for a warning or a list.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts = vec![error.to_string()];
    parts.extend(causes(error));
    parts.dedup();
    parts.join(": ")
}

fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut last = error.to_string();
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Wrappers, such as those of `std::io` and of parsers, repeat what they wrap.
        if !last.trim_end().ends_with(text.trim_end()) {
            causes.push(text.clone());
            last = text;
        }
        cause = error.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the lock `images.lock`")]
    struct Outer(#[source] std::io::Error);

    impl Explain for Outer {
        fn fault(&self) -> Fault {
            Fault::Input
        }
        fn hint(&self) -> Option<String> {
            Some("run `sre-bundle lock`".into())
        }
    }

    #[test]
    fn an_explained_error_passes_with_a_question_mark() {
        fn verb() -> Result<(), Failure> {
            Err(Outer(std::io::Error::other("no such file")))?;
            Ok(())
        }
        let failure = verb().unwrap_err();
        assert_eq!(failure.fault(), Fault::Input);
        assert_eq!(failure.message(), "cannot read the lock `images.lock`");
        assert_eq!(failure.causes(), ["no such file"]);
        assert_eq!(failure.hint(), Some("run `sre-bundle lock`"));
    }

    #[test]
    fn an_error_with_causes_is_one_line() {
        let inner = std::io::Error::other(std::io::Error::other("no such file"));
        let line = with_causes(&Outer(inner));
        assert_eq!(line, "cannot read the lock `images.lock`: no such file");
    }
}

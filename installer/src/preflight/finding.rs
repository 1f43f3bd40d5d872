//! What a check found.

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It must be mended first.
    Failed,
    /// It is not known: something else is in the way of looking.
    CouldNotLook,
    /// It may be meant so; nothing stops for it.
    Doubtful,
    /// It is as it should be, or will be made so by hardening.
    Fine,
}

impl Verdict {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Failed, Self::CouldNotLook, Self::Doubtful, Self::Fine];

    /// Gives the words for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::CouldNotLook => "could not look",
            Self::Doubtful => "doubtful",
            Self::Fine => "fine",
        }
    }
}

/// What a check found on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it ended.
    pub verdict: Verdict,
    /// What it saw.
    pub saw: String,
    /// What to do, where that differs from what the check's row says.
    pub remedy: Option<String>,
}

impl Finding {
    /// It is as it should be.
    pub(super) fn fine(saw: impl Into<String>) -> Self {
        Self::of(Verdict::Fine, saw)
    }

    /// It must be mended.
    pub(super) fn failed(saw: impl Into<String>) -> Self {
        Self::of(Verdict::Failed, saw)
    }

    /// It may be meant so.
    pub(super) fn doubtful(saw: impl Into<String>) -> Self {
        Self::of(Verdict::Doubtful, saw)
    }

    /// It is not known.
    pub(super) fn unseen(saw: impl Into<String>) -> Self {
        Self::of(Verdict::CouldNotLook, saw)
    }

    /// Judges an amount by what is needed at least, and by what is good.
    pub(super) fn of_amount(amount: u64, least: u64, good: u64, saw: impl Into<String>) -> Self {
        let verdict = match amount {
            _ if amount < least => Verdict::Failed,
            _ if amount < good => Verdict::Doubtful,
            _ => Verdict::Fine,
        };
        Self::of(verdict, saw)
    }

    fn of(verdict: Verdict, saw: impl Into<String>) -> Self {
        Self { verdict, saw: saw.into(), remedy: None }
    }

    /// Takes a remedy of its own.
    pub(super) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// Gives what was seen, or says that the node did not tell it.
pub(super) fn seen<T>(fact: Option<T>, judge: impl FnOnce(T) -> Finding) -> Finding {
    match fact {
        Some(fact) => judge(fact),
        None => Finding::unseen("the node does not tell it"),
    }
}

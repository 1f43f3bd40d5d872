//! Whether somebody may come in, and become root.

use sre_format::Explain as _;
use sre_steps::with_causes;

use super::super::Finding;
use super::{Called, NoRoot};
use crate::host::SshError;

pub(in crate::preflight) fn ssh(called: &Called) -> Finding {
    match &called.login {
        Ok(()) => Finding::fine(format!("{} logs in", called.user)),
        // This machine cannot look; the node may be as it should be.
        Err(error @ (SshError::NoProgram { .. } | SshError::Path { .. })) => {
            explained(Finding::unseen(with_causes(error)), error)
        }
        Err(error) => explained(Finding::failed(with_causes(error)), error),
    }
}

pub(in crate::preflight) fn root(called: &Called) -> Finding {
    match (&called.root, &called.facts) {
        (Err(NoRoot::Refused(error)), _) => explained(Finding::failed(error.to_string()), error),
        (Err(NoRoot::Untried(why)), _) | (Ok(()), Err(why)) => Finding::unseen(why.clone()),
        (Ok(()), Ok(facts)) if facts.one("uid") != Some("0") => {
            Finding::failed(format!("{} is not root", called.user))
                .with_remedy("write `method = \"sudo\"` under `[become]`")
        }
        (Ok(()), Ok(_)) => Finding::fine(format!("{} becomes root", called.user)),
    }
}

fn explained(finding: Finding, error: &SshError) -> Finding {
    match error.hint() {
        Some(hint) => finding.with_remedy(hint),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use crate::preflight::facts::Facts;

    fn called(login: Result<(), SshError>, root: Result<(), NoRoot>, uid: &str) -> Called {
        let facts = Facts::parse(&format!("uid={uid}\nend=1\n"));
        let facts = facts.map_err(|error| error.to_string());
        Called { login, root, user: "sre".into(), facts, told: (0, 0) }
    }

    fn refused() -> SshError {
        let (node, user, said) = ("one".into(), "sre".into(), "sudo: no".into());
        SshError::NotRoot { node, user, said }
    }

    #[test]
    fn a_log_in_fails_or_could_not_be_tried() {
        let missing = SshError::NoProgram { source: std::io::ErrorKind::NotFound.into() };
        let slow = SshError::TimedOut { node: "one".into(), seconds: 60 };
        for (login, verdict) in [
            (Ok(()), Verdict::Fine),
            (Err(slow), Verdict::Failed),
            (Err(missing), Verdict::CouldNotLook),
        ] {
            assert_eq!(ssh(&called(login, Ok(()), "0")).verdict, verdict);
        }
    }

    #[test]
    fn a_user_becomes_root_or_does_not_or_nobody_knows() {
        for (root_, uid, verdict) in [
            (Ok(()), "0", Verdict::Fine),
            (Ok(()), "1000", Verdict::Failed),
            (Err(NoRoot::Refused(refused())), "1000", Verdict::Failed),
            (Err(NoRoot::Untried("no password".into())), "1000", Verdict::CouldNotLook),
            (Ok(()), "0\nx", Verdict::CouldNotLook),
        ] {
            assert_eq!(root(&called(Ok(()), root_, uid)).verdict, verdict, "{uid}");
        }
    }
}

//! Whose fault an error is, and the exit code that says so.

use crate::Problem;

/// The kinds of faults that automation tells apart, each with its own exit code.
///
/// Every error type of the workspace has a method `fault`; the programs exit with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The program itself is wrong.
    Defect,
    /// The command line is wrong.
    Usage,
    /// A file that a person wrote is wrong: manifest, lock, site, trust file.
    Input,
    /// A server that the bundle is built from failed, refused or delivered something else.
    Upstream,
    /// The place where the program runs, or the target registry, failed or refused.
    Site,
    /// Bytes are not what a digest, checksum or the format says they must be.
    Integrity,
    /// A signature, key, serial or trust file does not allow what was asked.
    Trust,
    /// A disk, a quota or the memory is full.
    Space,
    /// Something else already stands where the result should go.
    Conflict,
    /// A signal or a person ended the run.
    Interrupted,
}

impl Fault {
    /// All kinds, in the order of the published table.
    pub const ALL: [Self; 10] = [
        Self::Defect,
        Self::Usage,
        Self::Input,
        Self::Upstream,
        Self::Site,
        Self::Integrity,
        Self::Trust,
        Self::Space,
        Self::Conflict,
        Self::Interrupted,
    ];

    /// Gives the exit code; 0 is success and never a fault.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Defect => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Upstream => 4,
            Self::Site => 5,
            Self::Integrity => 6,
            Self::Trust => 7,
            Self::Space => 8,
            Self::Conflict => 9,
            Self::Interrupted => 130,
        }
    }

    /// Says in one sentence what the code means and where to look first.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Defect => "our defect: please report the message with the command line",
            Self::Usage => {
                "wrong usage: the command line cannot be understood, or names a file that is not there"
            }
            Self::Input => {
                "a manifest, lock, key, trust or site file is wrong; the message names it, and the line"
            }
            Self::Upstream => {
                "an upstream server failed, refused or no longer has what the lock names"
            }
            Self::Site => "this machine, a node or the target registry failed or refused",
            Self::Integrity => "bytes are damaged or altered; do not use this copy of the file",
            Self::Trust => "no valid signature of a trusted key, or an older serial than before",
            Self::Space => "a disk or a quota is full; nothing was lost, run again with more room",
            Self::Conflict => "something else already stands where the result should go",
            Self::Interrupted => "stopped by a signal; run the same command again to go on",
        }
    }

    /// Classifies an error of the operating system: a full disk is lack of space, the rest the site's.
    #[must_use]
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Space,
            _ => Self::Site,
        }
    }

    /// Classifies an error of a file that the command line names: one that is not there, or is a
    /// folder, is wrong usage.
    #[must_use]
    pub fn of_named_file(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::IsADirectory => Self::Usage,
            _ => Self::of_io(error),
        }
    }
}

/// Gives what to do about a file that cannot be opened.
#[must_use]
pub fn file_hint(error: &std::io::Error) -> Option<String> {
    let text = match error.kind() {
        std::io::ErrorKind::NotFound => "check the path; is the medium mounted?",
        std::io::ErrorKind::IsADirectory => "this is a folder: name the file in it",
        std::io::ErrorKind::PermissionDenied => "run as a user who may do this, or give access",
        _ => return None,
    };
    Some(text.to_owned())
}

/// An error that says whose fault it is and what to do next.
///
/// Every error enum of the workspace implements it, so that a verb can pass any of them on with
/// `?` and the program renders it once, at the top.
pub trait Explain: std::error::Error + Send + Sync + 'static {
    /// Tells the kind of fault, and with it the exit code.
    fn fault(&self) -> Fault;

    /// Gives the next command or the remedy, as a sentence without a full stop.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Gives the places in a file that a person wrote wrongly.
    fn problems(&self) -> &[Problem] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_faults_share_an_exit_code() {
        let codes: std::collections::BTreeSet<u8> =
            Fault::ALL.into_iter().map(Fault::exit_code).collect();
        assert_eq!(codes.len(), Fault::ALL.len());
        assert!(!codes.contains(&0));
    }

    #[test]
    fn a_full_disk_is_lack_of_space() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Fault::of_io(&full), Fault::Space);
    }
}

//! What the other side is asked to run.

use crate::host::shell_word;

/// Ends what was written for `sudo`, and begins what the script says: whatever a profile of the user
/// or a lecture of `sudo` prints before it is no answer.
pub(super) const MARK: &str = "--- sre-install begins here ---";

/// How a script comes to its rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As the user who logs in.
    Plain,
    /// By `sudo`, which must not ask.
    Sudo,
    /// By `sudo`, with the first line of the input as the password.
    SudoWithPassword,
}

/// Gives the command for the shell of the user, whatever shell that is.
///
/// Lines before the mark are skipped, because a `sudo` that did not ask has left the password there:
/// a shell would run it as a command. `read` takes no byte more than its line, so that the next shell
/// finds the script where it begins.
pub(super) fn remote_command(way: Way) -> String {
    let shell = format!(
        "while IFS= read -r line; do if [ \"$line\" = '{MARK}' ]; then echo '{MARK}'; exec sh -s; fi; \
         done; exit 1"
    );
    let shell = shell_word(&shell);
    let line = match way {
        Way::Plain => return format!("exec sh -c {shell}"),
        Way::Sudo => format!("exec env LC_ALL=C sudo -n sh -c {shell}"),
        Way::SudoWithPassword => with_password(&shell),
    };
    format!("exec sh -c {}", shell_word(&line))
}

/// Proves the password by a `sudo` that gets one line and no more: given all of the input, it would take the
/// next two lines for further passwords, and three wrong ones lock an account on a hardened host.
fn with_password(shell: &str) -> String {
    format!(
        "IFS= read -r password; LC_ALL=C; export LC_ALL; \
         printf '%s\\n' \"$password\" | sudo -k -S -p '' true >/dev/null || exit 1; \
         {{ printf '%s\\n' \"$password\"; cat; }} | sudo -S -p '' sh -c {shell}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_has_a_password_in_its_words() {
        for (way, words) in [
            (Way::Plain, &["exec sh -c"][..]),
            (Way::Sudo, &["sudo -n "]),
            (Way::SudoWithPassword, &["sudo -k -S -p ", "sudo -S -p "]),
        ] {
            let command = remote_command(way);
            assert!(words.iter().all(|word| command.contains(word)), "{command}");
            assert_eq!(command.contains("sudo"), way != Way::Plain);
            assert!(!command.contains('\n') && !command.contains('!'), "{command}");
        }
    }
}

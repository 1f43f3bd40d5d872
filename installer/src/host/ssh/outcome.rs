//! What a call of `ssh` meant, from how it ended and from its English messages.

use std::path::{Path, PathBuf};

use data_encoding::{BASE64, BASE64_NOPAD};
use sha2::{Digest as _, Sha256};

use super::remote::{MARK, Way};
use super::{SshError, SshNode};
use crate::host::child::Ended;

/// The exit code of ssh itself.
const OF_SSH: i32 = 255;
/// How many lines of a complaint are told, and how many letters of them.
const MOST_LINES: usize = 3;
const MOST_LETTERS: usize = 300;

/// Gives what the script said, or tells by whose fault it did not run to its end.
pub(super) fn judge(node: &SshNode, way: Way, ended: &Ended) -> Result<String, SshError> {
    // A signal that ended ssh is no answer of the node.
    let code = ended.code.unwrap_or(OF_SSH);
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    let stdout = String::from_utf8_lossy(&ended.stdout);
    let said = last_words(&stderr);
    let name = node.name.clone();
    match (after_mark(&stdout), code) {
        (Some(answer), 0) => Ok(answer.to_owned()),
        (Some(_), OF_SSH) => Err(SshError::Lost { node: name, said }),
        (None, OF_SSH) => Err(refused(node, &stderr)),
        (None, _) if way != Way::Plain => {
            Err(SshError::NotRoot { node: name, user: node.access.user.to_string(), said })
        }
        (_, code) => Err(SshError::Failed { node: name, code, said }),
    }
}

fn after_mark(stdout: &str) -> Option<&str> {
    let (_, answer) = stdout.split_once(MARK)?;
    Some(answer.strip_prefix('\n').unwrap_or(answer))
}

/// Tells why ssh did not come so far that the script began.
fn refused(node: &SshNode, stderr: &str) -> SshError {
    let (name, said) = (node.name.clone(), last_words(stderr));
    let says = |texts: &[&str]| texts.iter().any(|text| stderr.contains(text));
    if says(&["HOST IDENTIFICATION HAS CHANGED"]) {
        return changed(node, stderr);
    }
    if let Some((_, offer)) = stderr.split_once("no matching host key type found. Their offer:") {
        return SshError::NoAcceptedHostKey { node: name, offer: last_words(offer) };
    }
    if says(&["Host key verification failed"]) {
        let file = match node.access.host_key {
            Some(_) => node.keys.pinned.clone(),
            None => node.keys.known.clone(),
        };
        return SshError::UnknownHostKey { node: name, file };
    }
    if says(&[
        "Permission denied",
        "Too many authentication failures",
        "No supported authentication",
    ]) {
        let (user, key) = (node.access.user.to_string(), node.key.clone());
        return SshError::LoginRefused { node: name, user, key, said };
    }
    let place = std::net::SocketAddr::new(node.address, node.access.port).to_string();
    SshError::Unreachable { node: name, place, said }
}

fn changed(node: &SshNode, stderr: &str) -> SshError {
    let place = stderr.lines().find(|line| line.starts_with("Offending "));
    let place = place.and_then(|line| line.split_once(" key in ")?.1.rsplit_once(':'));
    let is_named = node.access.host_key.is_some();
    let file = if is_named { &node.keys.pinned } else { &node.keys.known };
    let pinned = place.and_then(|(path, line)| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = line.trim().parse::<usize>().ok()?.checked_sub(1)?;
        fingerprint(text.lines().nth(line)?)
    });
    let unknown = || "one that is not told".to_owned();
    SshError::ChangedHostKey {
        node: node.name.clone(),
        alias: node.alias(),
        file: place.map_or_else(|| file.clone(), |(path, _)| PathBuf::from(Path::new(path))),
        shown: shown_fingerprint(stderr).unwrap_or_else(unknown),
        pinned: pinned.unwrap_or_else(unknown),
        is_named,
    }
}

/// Finds the fingerprint of the key that the host has sent.
fn shown_fingerprint(stderr: &str) -> Option<String> {
    let line = stderr.lines().find(|line| line.starts_with("SHA256:"))?;
    Some(line.trim().trim_end_matches('.').to_owned())
}

/// Gives the fingerprint of a line of known hosts, as `ssh-keygen -l` shows it.
fn fingerprint(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with('@'));
    let key = BASE64.decode(words.nth(2)?.as_bytes()).ok()?;
    Some(format!("SHA256:{}", BASE64_NOPAD.encode(&Sha256::digest(key))))
}

/// Gives the last lines of a complaint as one, without signs that a stranger could draw with.
pub(super) fn last_words(stderr: &str) -> String {
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("Warning: Permanently")).collect();
    let last = lines[lines.len().saturating_sub(MOST_LINES)..].join("; ");
    let plain = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let text: String = last.chars().map(plain).take(MOST_LETTERS).collect();
    if text.is_empty() { "it did not say why".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ssh::tests::node;

    fn ended(code: i32, stdout: &str, stderr: &str) -> Ended {
        Ended { code: Some(code), stdout: stdout.into(), stderr: stderr.into() }
    }

    fn judged(way: Way, code: i32, stdout: &str, stderr: &str) -> Result<String, SshError> {
        judge(&node(Path::new("/srv"), "port = 22"), way, &ended(code, stdout, stderr))
    }

    #[test]
    fn the_answer_begins_at_the_mark() {
        let stdout = format!("Welcome!\n{MARK}\na=1\n");
        assert_eq!(judged(Way::Plain, 0, &stdout, "noise").unwrap(), "a=1\n");
    }

    #[test]
    fn every_end_tells_whose_fault_it_was() {
        let began = format!("{MARK}\n");
        let (refused, denied) = ("connect: Connection refused", "Permission denied (publickey).");
        let offer = "Unable to negotiate with 10.20.0.11 port 22: no matching host key type found. \
                     Their offer: ssh-ed25519\r\n";
        for (way, code, stdout, stderr, told) in [
            (Way::Plain, 255, "", refused, "one cannot be reached at 10.20.0.11:22: connect: Conn"),
            (Way::Plain, 255, "", "Connection timed out during banner exchange", "be reached at"),
            (Way::Sudo, 255, "", denied, "one does not let sre log in: Permission denied"),
            (Way::Sudo, 255, "", "Host key verification failed.", "shows a key that is not the"),
            (Way::Plain, 255, "", offer, "is accepted: it offers ssh-ed25519"),
            (Way::Sudo, 1, "", "sudo: no", "sre does not become root on one: sudo: no"),
            (Way::SudoWithPassword, 1, "", "Sorry\nsudo: 1", "become root on one: Sorry; sudo: 1"),
            (Way::Plain, 1, "", "This account is", "was run on one ended with 1: This account is"),
            (Way::Sudo, 3, &began, "a\nb\nc\nd\u{1b}[2J\n", "ended with 3: b; c; d\u{fffd}[2J"),
            (Way::Sudo, 255, &began, "Broken pipe", "the connection to one was lost: Broken pipe"),
            (Way::Plain, 2, "", "", "it did not say why"),
        ] {
            let error = judged(way, code, stdout, stderr).unwrap_err().to_string();
            assert!(error.contains(told), "{stderr}: {error}");
        }
    }

    #[test]
    fn a_changed_key_is_told_by_both_fingerprints() {
        let folder = tempfile::tempdir().unwrap();
        let known = folder.path().join("known_hosts");
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIE9vDkkrTBAQbK4A1QFMSNrfcQwHrwKYY8IWzuG1tHUN";
        std::fs::write(&known, format!("other ssh-rsa AA\n10.20.0.11 ssh-ed25519 {key}\n"))
            .unwrap();
        let stderr = format!(
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
             The fingerprint for the ED25519 key sent by the remote host is\nSHA256:abc.\n\
             Offending ED25519 key in {}:2\nHost key verification failed.\n",
            known.display()
        );
        let error =
            judge(&node(folder.path(), ""), Way::Plain, &ended(255, "", &stderr)).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("SHA256:abc instead of SHA256:"), "{told}");
        let hint = sre_format::Explain::hint(&error).unwrap();
        assert!(hint.contains("ssh-keygen -f") && hint.contains("-R 10.20.0.11"), "{hint}");
        // As `ssh-keygen -l` shows it.
        assert!(told.contains(&fingerprint(&format!("h ssh-ed25519 {key}")).unwrap()), "{told}");
    }
}

//! The words that `ssh` is started with.

use std::path::Path;
use std::time::Duration;

use super::kinds::ACCEPTED;
use super::{SshError, SshNode};

/// How long a host may take to answer, in seconds; a shorter limit of the whole call is kept, too.
const CONNECT_SECONDS: u64 = 10;

/// What holds for every call: nothing is asked, forwarded, shared or learnt by the way.
const ALWAYS: [&str; 17] = [
    "BatchMode=yes",
    "CheckHostIP=no",
    "ClearAllForwardings=yes",
    "ConnectionAttempts=1",
    "ControlMaster=no",
    "ControlPath=none",
    "EscapeChar=none",
    "ForwardAgent=no",
    "GlobalKnownHostsFile=/dev/null",
    "HashKnownHosts=no",
    "IdentitiesOnly=yes",
    "PreferredAuthentications=publickey",
    "RequestTTY=no",
    "ServerAliveCountMax=3",
    "ServerAliveInterval=5",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
];

/// Gives the arguments; `remote` is the command for the other side.
pub(super) fn arguments(
    node: &SshNode,
    remote: &str,
    time: Duration,
) -> Result<Vec<String>, SshError> {
    let connect = CONNECT_SECONDS.min(time.as_secs().max(1));
    let mut arguments: Vec<String> = ["-F", "/dev/null", "-T"].map(str::to_owned).into();
    let mut option = |text: String| arguments.extend(["-o".to_owned(), text]);
    for text in ALWAYS {
        option(text.to_owned());
    }
    option(format!("ConnectTimeout={connect}"));
    option(format!("User={}", node.access.user));
    option(format!("Port={}", node.access.port));
    option(format!("IdentityFile={}", quoted(&node.key)?));
    for text in belief(node)? {
        option(text);
    }
    arguments.extend(["--".to_owned(), node.address.to_string(), remote.to_owned()]);
    Ok(arguments)
}

/// Says which keys of the host are believed.
///
/// The first visit alone believes what it is shown. `accept-new` would also believe a key of another
/// kind of a host that is known already, so a host that has a line is held to it. `ssh` adds a new key
/// to the first file, which must not be the one that is made anew from the site file. Which key of several
/// it shows is decided here: one that it must refuse to show after hardening would be of no use.
fn belief(node: &SshNode) -> Result<Vec<String>, SshError> {
    let (file, strict) = match &node.access.host_key {
        Some(_) => (&node.keys.pinned, "yes"),
        None if is_known(node) => (&node.keys.known, "yes"),
        None => (&node.keys.known, "accept-new"),
    };
    let file = format!("UserKnownHostsFile={}", quoted(file)?);
    let mut belief = vec![file, format!("StrictHostKeyChecking={strict}")];
    if node.without_ed25519 && strict == "accept-new" {
        belief.push(format!("HostKeyAlgorithms={ACCEPTED}"));
    }
    Ok(belief)
}

fn is_known(node: &SshNode) -> bool {
    let alias = node.alias();
    let known = std::fs::read_to_string(&node.keys.known).unwrap_or_default();
    known.lines().any(|line| {
        let hosts = line.split_whitespace().next().unwrap_or_default();
        hosts.split(',').any(|host| host == alias)
    })
}

/// Quotes a path for a line of ssh's configuration, which splits at blanks and expands `%`, `$` and `~`.
fn quoted(path: &Path) -> Result<String, SshError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = absolute.to_str().filter(|text| !text.contains(['"', '$', '\\', '\n']));
    let text = text.ok_or_else(|| SshError::Path { path: path.to_owned() })?;
    Ok(format!("\"{}\"", text.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ssh::tests::node;

    fn words(node: &SshNode) -> String {
        arguments(node, "true", Duration::from_mins(1)).unwrap().join(" ")
    }

    #[test]
    fn nothing_but_the_site_says_how_a_node_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let words = words(&node(folder.path(), "port = 2222"));
        for part in [
            "-F /dev/null",
            "BatchMode=yes",
            "User=sre",
            "Port=2222",
            "ConnectTimeout=10",
            "/a b%%/login\"",
            "StrictHostKeyChecking=accept-new",
        ] {
            assert!(words.contains(part), "{part} is not in {words}");
        }
        assert!(words.ends_with(" -- 10.20.0.11 true"), "{words}");
    }

    #[test]
    fn a_host_is_believed_on_the_first_visit_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = node(folder.path(), "port = 2222");
        let known = folder.path().join("known_hosts");
        for (line, strict) in [
            ("10.20.0.11 ssh-ed25519 AAAA", "accept-new"),
            ("[10.20.0.12]:2222 ssh-ed25519 AAAA", "accept-new"),
            ("node,[10.20.0.11]:2222 ssh-ed25519 AAAA", "yes"),
        ] {
            std::fs::write(&known, format!("# a line\n{line}\n")).unwrap();
            let words = words(&first);
            assert!(words.contains(&format!("StrictHostKeyChecking={strict}")), "{line}: {words}");
            assert!(words.contains("known_hosts\""), "{words}");
        }
        let key = "host-key = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9vDkkrTBAQbK4A1QFMSNrfcQwHrwKYY8IWzuG1tHUN\"";
        let named = words(&node(folder.path(), key));
        assert!(named.contains("StrictHostKeyChecking=yes"), "{named}");
        assert!(named.contains("pinned_hosts\"") && !named.contains("known_hosts\""), "{named}");
    }

    #[test]
    fn a_first_visit_pins_no_kind_that_hardening_makes_the_host_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let known = folder.path().join("known_hosts");
        let site = |hardening: &str| {
            let text = format!(
                "[site]\nname = \"alpha\"\ndomain = \"alpha.example\"\n[time]\nntp = [\"10.20.0.3\"]\n\
                 [ssh]\nuser = \"sre\"\nkey = \"login\"\n[hardening]\n{hardening}\n\
                 [[node]]\nname = \"one\"\naddress = \"10.20.0.11\"\nrole = \"server\"\n"
            );
            sre_site::SiteFile::parse("site.toml", text.as_bytes()).unwrap().into_site()
        };
        let kinds = "HostKeyAlgorithms=ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,\
                     rsa-sha2-256";
        for (hardening, limited) in [
            ("profile = \"stig\"", true),
            ("profile = \"cis\"\nfips = \"preferred\"", true),
            ("profile = \"cis\"\nfips = \"off\"", false),
            ("profile = \"baseline\"\nfips = \"required\"", false),
        ] {
            let node = node(folder.path(), "").of_site(&site(hardening));
            let words = words(&node);
            assert_eq!(words.contains(kinds), limited, "{hardening}: {words}");
            // Whoever has a key of another kind pinned is still reached.
            std::fs::write(&known, "10.20.0.11 ssh-ed25519 AAAA\n").unwrap();
            let words = self::words(&node);
            assert!(!words.contains("HostKeyAlgorithms"), "{hardening}: {words}");
            std::fs::remove_file(&known).unwrap();
        }
    }

    #[test]
    fn a_path_that_ssh_would_read_otherwise_is_refused() {
        for path in ["/a\"b", "/a$b", "/a\nb", "/a\\b"] {
            assert!(matches!(quoted(Path::new(path)), Err(SshError::Path { .. })), "{path}");
        }
        assert_eq!(quoted(Path::new("/a b/%h")).unwrap(), "\"/a b/%%h\"");
    }
}

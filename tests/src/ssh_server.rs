//! Debian's own SSH server and `sudo` on an island: a network, users and rules that this machine does not have.

use crate::{Island, Program, Running};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Gives the server its mounts, and begins it; `$1` is its folder.
const BEGIN: &str = "set -e
mount --make-rprivate /
for name in passwd shadow group sudoers; do mount --bind \"$1/$name\" /etc/$name; done
mount -t tmpfs tmpfs /run
mkdir /run/sshd
exec /usr/sbin/sshd -D -e -f \"$1/sshd_config\"";

/// A running server with the user `sre`; it ends with the value.
pub struct SshServer {
    folder: PathBuf,
    running: Running,
    island: Island,
}

impl SshServer {
    /// Where it is, on its island.
    pub const ADDRESS: &str = "192.0.2.11";
    /// Its port there.
    pub const PORT: u16 = 2222;
    /// Who logs in with the key `login` of its folder.
    pub const USER: &str = "sre";
    /// What `sudo` asks for: every sign that a shell could take for its own.
    pub const PASSWORD: &str = r#" a\nb 'c' "$HOME" `d` %s !e "#;

    /// Starts a server on an island of its own, in an empty folder; `sudoers` says what its user may do.
    pub fn start(folder: &Path, sudoers: &str) -> Self {
        Self::start_on(Island::make(), &[Self::ADDRESS], folder, sudoers)
    }

    /// Starts a server that answers at several addresses of an island, as if it were as many hosts.
    pub fn start_on(island: Island, addresses: &[&str], folder: &Path, sudoers: &str) -> Self {
        for address in addresses {
            let line = format!("address add {address}/32 dev lo");
            island.inside(Program::tool("ip").args(line.split(' '))).run().ok();
        }
        // Who logs in must be able to read the list of keys.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        for key in ["host", "login", "stranger"] {
            keygen(&folder.join(key), "ed25519");
        }
        fs::copy(folder.join("login.pub"), folder.join("authorized_keys")).unwrap();
        users(folder, sudoers);
        let lines = [
            format!("Port {}", Self::PORT),
            format!("HostKey {0}/host\nAuthorizedKeysFile {0}/authorized_keys", folder.display()),
            "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no".to_owned(),
        ];
        fs::write(folder.join("sshd_config"), lines.join("\n") + "\n").unwrap();
        Self { folder: folder.to_owned(), running: begin(&island, folder), island }
    }

    /// Ends the server and begins it with another key, as if the host had been installed anew.
    #[must_use]
    pub fn installed_anew(self, kind: &str) -> Self {
        let Self { folder, running, island } = self;
        drop(running);
        fs::remove_file(folder.join("host")).unwrap();
        keygen(&folder.join("host"), kind);
        Self { running: begin(&island, &folder), folder, island }
    }

    /// Gives the public key of the host, without its comment.
    pub fn key(&self) -> String {
        let line = fs::read_to_string(self.folder.join("host.pub")).unwrap();
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Gives a program on the island.
    pub fn inside(&self, program: Program) -> Program {
        self.island.inside(program)
    }
}

fn begin(island: &Island, folder: &Path) -> Running {
    let unshare = Program::tool("unshare").args(["--mount", "sh", "-c", BEGIN, "sh"]);
    let ready = |line: &str| line.contains("Server listening on").then_some(());
    Running::start(island.inside(unshare.arg(folder)), ready).0
}

fn keygen(path: &Path, kind: &str) {
    let keygen = Program::tool("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]);
    keygen.arg(path).run().ok();
}

/// Writes the files of users, which the server sees in the place of this machine's.
fn users(folder: &Path, sudoers: &str) {
    let word = folder.join("password");
    fs::write(&word, format!("{}\n", SshServer::PASSWORD)).unwrap();
    let hash = Program::tool("openssl").args(["passwd", "-6", "-stdin"]);
    let hash = hash.stdin(fs::File::open(&word).unwrap()).run().ok();
    let user = SshServer::USER;
    for (name, line, mode) in [
        ("passwd", format!("{user}:x:4242:4242::{}:/bin/sh", folder.display()), 0o644),
        ("shadow", format!("{user}:{}:20000:0:99999:7:::", hash.trim()), 0o600),
        ("group", format!("{user}:x:4242:"), 0o644),
    ] {
        let known = fs::read_to_string(Path::new("/etc").join(name)).unwrap();
        write(&folder.join(name), &format!("{}\n{line}\n", known.trim_end()), mode);
    }
    write(&folder.join("sudoers"), &format!("{sudoers}\n"), 0o440);
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

//! A machine: Debian with systemd as init, booted by `systemd-nspawn`.

use super::{Network, base, stand_in};
use crate::Program;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a host may take from power to its last service.
const PATIENCE: Duration = Duration::from_mins(3);

/// A booted host with the user `sre`, who logs in by key and becomes root by a password.
///
/// It ends with its network.
pub struct Host {
    name: String,
    address: String,
    folder: PathBuf,
    /// The process of its init.
    init: String,
}

impl Host {
    /// The user who logs in.
    pub const USER: &str = "sre";

    /// Boots a host, and waits until all its services are there; `key` is the public key of who logs in, and
    /// `password` a file with what `sudo` asks for.
    pub fn boot(network: &Network, name: &str, address: &str, key: &Path, password: &Path) -> Self {
        let folder = network.path(&format!("host-{name}"));
        lay_over(&folder);
        let root = folder.join("root");
        name_host(&root, name);
        let keys = Program::tool("chroot").arg(&root).args(["ssh-keygen", "-q", "-A"]);
        keys.run().ok();
        add_user(&root, key, password);
        network.join(name, address);
        let init = start(network, name, &folder);
        Self { name: name.to_owned(), address: address.to_owned(), folder, init }
    }

    /// Gives its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Gives its public key, as `known_hosts` has it.
    pub fn key(&self) -> String {
        let line = self.read("/etc/ssh/ssh_host_ed25519_key.pub");
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Reads a file of it.
    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Gives where a file of it is on this machine.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join("root").join(path.trim_start_matches('/'))
    }

    /// Gives the folder of all files that are not as the base had them.
    pub fn changed(&self) -> PathBuf {
        self.folder.join("upper")
    }

    /// Gives what it said on its console since it was booted.
    pub fn console(&self) -> String {
        console(&self.folder)
    }

    /// Gives a program that runs on it as root.
    pub fn root(&self, line: &str) -> Program {
        let init = format!("--target={}", self.init);
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Program::tool("nsenter")
            .args([&init, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"])
            .args(["--root", "--wd", "env", path, "sh", "-c", line])
    }
}

/// Mounts an own layer over the base, in a tenth of a second and without a copy.
fn lay_over(folder: &Path) {
    for name in ["upper", "work", "root"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let mut options = OsString::from("lowerdir=");
    options.push(base::folder());
    for (option, name) in [("upperdir", "upper"), ("workdir", "work")] {
        options.push(format!(",{option}={}", folder.join(name).display()));
    }
    let mount = Program::tool("mount").args(["-t", "overlay", "sre-host", "-o"]);
    mount.arg(options).arg(folder.join("root")).run().ok();
}

/// Gives a host what no two have in common.
fn name_host(root: &Path, name: &str) {
    fs::write(root.join("etc/hostname"), format!("{name}\n")).unwrap();
    fs::write(root.join("etc/hosts"), format!("127.0.0.1 localhost {name}\n")).unwrap();
    fs::write(root.join("etc/machine-id"), "").unwrap();
    // It may lead out of the base, and nobody here answers for names.
    drop(fs::remove_file(root.join("etc/resolv.conf")));
    fs::write(root.join("etc/resolv.conf"), "").unwrap();
    for entry in fs::read_dir(root.join("etc/ssh")).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("ssh_host_") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

fn add_user(root: &Path, key: &Path, password: &Path) {
    let (user, home) = (Host::USER, root.join("home/sre"));
    let chroot = |line: &str| Program::tool("chroot").arg(root).args(line.split(' '));
    chroot(&format!("useradd -m -s /bin/bash {user}")).run().ok();
    // By a pipe, so that no list of processes shows it.
    let hash = Program::tool("openssl").args(["passwd", "-6", "-stdin"]);
    let hash = hash.stdin(File::open(password).unwrap()).run().ok();
    chroot(&format!("usermod -p {} {user}", hash.trim())).run().ok();
    fs::write(root.join("etc/sudoers.d/sre"), format!("{user} ALL=(ALL) ALL\n")).unwrap();
    fs::create_dir(home.join(".ssh")).unwrap();
    fs::copy(key, home.join(".ssh/authorized_keys")).unwrap();
    chroot(&format!("chown -R {user}: /home/{user}/.ssh")).run().ok();
    chroot(&format!("chmod -R go= /home/{user}/.ssh")).run().ok();
}

/// Starts the machine, waits for its init to say that everything is up, and gives the process of that.
#[expect(clippy::zombie_processes, reason = "it lives as long as its network, which ends it")]
fn start(network: &Network, name: &str, folder: &Path) -> String {
    let socket = folder.join("notify");
    let notices = UnixDatagram::bind(&socket).unwrap();
    notices.set_read_timeout(Some(PATIENCE)).unwrap();
    let output = File::create(folder.join("console")).unwrap();
    let errors = output.try_clone().unwrap();
    // A session of its own, or it takes the terminal. The capability comes with a private network only, and
    // not with one that is there already; `nft` needs it.
    Program::tool("setsid")
        .arg("systemd-nspawn")
        .args(["--quiet", "--boot", "--register=no", "--keep-unit", "--notify-ready=yes"])
        .args(["--console=read-only", "--capability=CAP_NET_ADMIN"])
        .arg(format!("--network-namespace-path={}", network.namespace_path(name).display()))
        .arg(format!("--machine={}", network.machine(name)))
        .arg(format!("--directory={}", folder.join("root").display()))
        .args(stand_in::binds())
        .env("NOTIFY_SOCKET", &socket)
        .start(output, errors);
    let mut init = None;
    loop {
        let notice = notice(&notices);
        let notice = notice.unwrap_or_else(|| panic!("{name} did not boot:\n{}", console(folder)));
        for line in notice.lines() {
            match line.split_once('=') {
                Some(("X_NSPAWN_LEADER_PID", process)) => init = Some(process.to_owned()),
                Some(("READY", "1")) => return init.expect("nspawn names the process first"),
                _ => {}
            }
        }
    }
}

fn notice(notices: &UnixDatagram) -> Option<String> {
    let mut notice = [0; 4096];
    let length = notices.recv(&mut notice).ok()?;
    Some(String::from_utf8_lossy(&notice[..length]).into_owned())
}

fn console(folder: &Path) -> String {
    let bytes = fs::read(folder.join("console")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

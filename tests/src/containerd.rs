//! A private containerd with a root, a state and a socket of its own, for `ctr`.

use crate::{Program, Running};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A running containerd without plugins that want a whole host; it stops when dropped.
pub struct Containerd {
    _running: Running,
    folder: TempDir,
}

impl Containerd {
    /// Starts containerd and waits for its socket.
    pub fn start() -> Self {
        // A socket's path has to be short, so the folder is directly under /tmp.
        let folder = tempfile::Builder::new().prefix("ctd").tempdir_in("/tmp").unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "version = 2\nroot = '{}'\nstate = '{}'\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\", \
             \"io.containerd.internal.v1.opt\", \"io.containerd.snapshotter.v1.btrfs\", \
             \"io.containerd.snapshotter.v1.zfs\", \"io.containerd.snapshotter.v1.aufs\"]\n\
             [grpc]\naddress = '{}'\n[ttrpc]\naddress = '{}'\n",
            path("root"),
            path("state"),
            path("c.sock"),
            path("t.sock"),
        );
        fs::write(path("config.toml"), config).unwrap();
        let containerd = Program::tool("containerd").arg("--config").arg(path("config.toml"));
        let booted = |line: &str| line.contains("successfully booted").then_some(());
        let (running, ()) = Running::start(containerd, booted);
        Self { _running: running, folder }
    }

    /// Gives `ctr` for this containerd.
    pub fn ctr(&self) -> Program {
        Program::tool("ctr").arg("--address").arg(self.socket())
    }

    /// Lets `upstream` be answered by `mirror` through a `hosts.toml` and gives the folder to name.
    pub fn mirror(&self, upstream: &str, mirror: &str) -> PathBuf {
        let hosts = self.folder.path().join("hosts");
        let own = hosts.join(upstream.replace(':', "_") + "_");
        fs::create_dir_all(&own).unwrap();
        let text = format!(
            "server = \"http://{mirror}\"\n[host.\"http://{mirror}\"]\n\
             capabilities = [\"pull\", \"resolve\"]\n"
        );
        fs::write(own.join("hosts.toml"), text).unwrap();
        hosts
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("c.sock")
    }
}

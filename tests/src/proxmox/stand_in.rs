//! The stand-in of Proxmox as a running program.

use crate::{Island, Program, Running};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// How long OpenTofu may take until it makes a certain call, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// Its programs, and the cluster that it begins with.
const HOME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stand_ins/proxmox");

/// A running stand-in; it ends when dropped.
pub struct StandIn {
    endpoint: String,
    folder: PathBuf,
    lines: mpsc::Receiver<String>,
    _running: Running,
}

impl StandIn {
    /// The token that it knows.
    pub const TOKEN: &str = "sre@pve!tests=7b0c8f7e-52a5-4d0e-9c3b-1f4e8a6d2c90";

    /// Starts it in a network; what belongs to it lies in the folder.
    pub fn start(island: &Island, folder: &Path) -> Self {
        make_certificates(folder);
        let program = Program::tool("python3").arg("-B").arg(HOME).folder(folder).args([
            "--token",
            Self::TOKEN,
            "--certificate",
            "server.pem",
            "--key",
            "server.key",
            "--log",
            "calls.jsonl",
            "--control",
            "control.json",
            "--cluster",
        ]);
        let program = program.arg(format!("{HOME}/cluster.json"));
        let ready = |line: &str| line.strip_prefix("ready: ").map(str::to_owned);
        let program = island.inside(program);
        let (running, endpoint, lines) = Running::start_talking(program, ready);
        Self { endpoint, folder: folder.to_owned(), lines, _running: running }
    }

    /// Gives the URL of its API.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Gives the certificate of the authority that signed its own.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Says what goes wrong from now on.
    pub fn control(&self, what: &Value) {
        // It is read at each call, and half of it would be no JSON.
        let path = self.folder.join("control.new");
        fs::write(&path, what.to_string()).unwrap();
        fs::rename(path, self.folder.join("control.json")).unwrap();
    }

    /// Lets everything go well.
    pub fn heal(&self) {
        self.control(&json!({}));
    }

    /// Waits until a call hangs, as [`StandIn::control`] has asked for.
    pub fn wait_until_a_call_hangs(&self) {
        self.wait_for("hangs: ");
    }

    /// Waits until nobody waits for the answer to such a call any more.
    pub fn wait_until_the_caller_is_gone(&self) {
        self.wait_for("gone: ");
    }

    fn wait_for(&self, what: &str) {
        while !self.lines.recv_timeout(PATIENCE).expect(what).starts_with(what) {}
    }

    /// Gives the calls so far as `METHOD PATH`, with what was answered.
    pub fn calls(&self) -> Vec<(String, u64)> {
        let Ok(log) = fs::read_to_string(self.folder.join("calls.jsonl")) else {
            return Vec::new();
        };
        let row = |line: &str| -> (String, u64) {
            let row: Value = serde_json::from_str(line).unwrap();
            let call = [&row["method"], &row["path"]].map(|it| it.as_str().unwrap()).join(" ");
            (call, row["code"].as_u64().unwrap_or(0))
        };
        log.lines().map(row).collect()
    }

    /// Gives the calls so far that were to change something, but for the wait for tasks.
    pub fn changes(&self) -> Vec<String> {
        let calls = self.calls().into_iter().map(|(call, _)| call);
        calls.filter(|call| !call.starts_with("GET ")).collect()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        fs::write(self.folder.join("calls.jsonl"), "").unwrap();
    }
}

/// Makes an authority and the certificate of the server, as each Proxmox has them.
fn make_certificates(folder: &Path) {
    let openssl = |line: &str| {
        Program::tool("openssl").folder(folder).args(line.split(' ')).run().ok();
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(&format!("req -x509 {key} -subj /CN=stand-in -keyout ca.key -out ca.pem"));
    let names = "subjectAltName=IP:127.0.0.1";
    openssl(&format!(
        "req -x509 {key} -subj /CN=pve1 -addext {names} -addext basicConstraints=critical,CA:FALSE \
         -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem"
    ));
}

//! A network without any route.

use crate::{Program, Running};
use std::process::Stdio;

/// A network with nothing but a loopback interface; it goes away with the process that holds it.
pub struct Island {
    holder: Running,
}

impl Island {
    /// Makes one.
    pub fn make() -> Self {
        let script = "ip link set lo up && echo up && exec cat";
        let holder = Program::tool("unshare").args(["--net", "sh", "-c", script]);
        let holder = holder.stdin(Stdio::piped());
        let (holder, ()) = Running::start(holder, |line| (line == "up").then_some(()));
        Self { holder }
    }

    /// Gives a program in this network.
    #[must_use]
    pub fn inside(&self, program: Program) -> Program {
        let target = format!("--target={}", self.holder.id());
        program.under("nsenter", &[&target, "--net"])
    }
}

//! A network without any route.

use crate::{Program, Running};
use std::process::Stdio;
use std::sync::Arc;

/// A network with nothing but a loopback interface; it goes away with the process that holds it.
///
/// Clones are the same one, which lives as long as the last of them.
#[derive(Clone)]
pub struct Island {
    holder: Arc<Running>,
}

impl Island {
    /// Makes one.
    pub fn make() -> Self {
        let script = "ip link set lo up && echo up && exec cat";
        let holder = Program::tool("unshare").args(["--net", "sh", "-c", script]);
        let holder = holder.stdin(Stdio::piped());
        let (holder, ()) = Running::start(holder, |line| (line == "up").then_some(()));
        Self { holder: Arc::new(holder) }
    }

    /// Gives a program in this network.
    #[must_use]
    pub fn inside(&self, program: Program) -> Program {
        let target = format!("--target={}", self.holder.id());
        program.under("nsenter", &[&target, "--net"])
    }
}

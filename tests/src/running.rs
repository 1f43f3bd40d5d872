//! Foreign programs that are kept running beside a test.

use crate::Program;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc;

/// A running program; it is killed when dropped.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a program and reads what it says until `ready` finds in a line what it looks for.
    pub fn start<T>(program: Program, ready: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let (running, found, _) = Self::start_talking(program, ready);
        (running, found)
    }

    /// Starts a program likewise, and gives what it says afterwards, line by line.
    pub fn start_talking<T>(
        program: Program,
        ready: impl Fn(&str) -> Option<T>,
    ) -> (Self, T, mpsc::Receiver<String>) {
        let mut child = program.start(Stdio::piped(), Stdio::piped());
        let (send, lines) = mpsc::channel();
        follow(child.stdout.take().unwrap(), send.clone());
        follow(child.stderr.take().unwrap(), send);
        let running = Self { child };
        let mut said = Vec::new();
        let found = lines.iter().find_map(|line| {
            let found = ready(&line);
            said.push(line);
            found
        });
        let found =
            found.unwrap_or_else(|| panic!("ended before it was ready:\n{}", said.join("\n")));
        (running, found, lines)
    }

    /// Gives the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("the program is ours to stop");
        self.child.wait().expect("a killed program ends");
    }
}

/// Hands on every line, and reads on when nobody listens, or the program would stop at a full pipe.
fn follow(stream: impl Read + Send + 'static, send: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            drop(send.send(line));
        }
    });
}

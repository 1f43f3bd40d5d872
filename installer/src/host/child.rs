//! A program that runs to its end, within a time and with limited output.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

/// What a program may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// From its start to its end.
    pub(super) time: Duration,
    /// Bytes of each of its two outputs.
    pub(super) output: usize,
}

/// What a program that ended has left.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit code; none after a signal.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Says why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChildError {
    /// It cannot be started.
    #[error("cannot start it")]
    Start(#[source] io::Error),
    /// A pipe to it broke.
    #[error("cannot speak to it")]
    Pipe(#[source] io::Error),
    /// It was killed, because it took too long.
    #[error("it took longer than {} s", .0.as_secs())]
    TooSlow(Duration),
    /// It was killed, because it said too much.
    #[error("it said more than {0} bytes")]
    TooMuch(usize),
}

/// Runs a program, gives it `input` part after part, and keeps what it says.
///
/// It is killed when it takes too long, when it says too much, and when the caller gives up, which
/// a signal to this program makes it do.
pub(super) async fn run(
    mut command: Command,
    input: &[&[u8]],
    limits: Limits,
) -> Result<Ended, ChildError> {
    use std::process::Stdio;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.kill_on_drop(true).spawn().map_err(ChildError::Start)?;
    // The child belongs to the future: it is killed with it.
    let talk = talk(child, input, limits.output);
    tokio::time::timeout(limits.time, talk).await.unwrap_or(Err(ChildError::TooSlow(limits.time)))
}

async fn talk(mut child: Child, input: &[&[u8]], limit: usize) -> Result<Ended, ChildError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ((), stdout, stderr) =
        tokio::try_join!(feed(stdin, input), limited(stdout, limit), limited(stderr, limit))?;
    let status = child.wait().await.map_err(ChildError::Pipe)?;
    Ok(Ended { code: status.code(), stdout, stderr })
}

/// Hands the parts over one by one, so that a secret among them is copied nowhere.
async fn feed(stdin: Option<ChildStdin>, input: &[&[u8]]) -> Result<(), ChildError> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    for part in input {
        match stdin.write_all(part).await {
            // Who ends early says why by its exit code.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written.map_err(ChildError::Pipe)?,
        }
    }
    Ok(())
}

async fn limited(
    stream: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> Result<Vec<u8>, ChildError> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    let mut stream = stream.take(limit as u64 + 1);
    stream.read_to_end(&mut bytes).await.map_err(ChildError::Pipe)?;
    if bytes.len() > limit { Err(ChildError::TooMuch(limit)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the test is about programs that are started")]
    async fn sh(script: &str, input: &[&[u8]]) -> Result<Ended, ChildError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let limits = Limits { time: Duration::from_secs(20), output: 1000 };
        run(command, input, limits).await
    }

    #[tokio::test]
    async fn gives_what_was_said_and_how_it_ended() {
        let ended = sh("cat; echo no >&2; exit 7", &[b"one ", b"two"]).await.unwrap();
        assert_eq!(
            (ended.code, &ended.stdout[..], &ended.stderr[..]),
            (Some(7), &b"one two"[..], &b"no\n"[..])
        );
        // Who reads nothing is no failure of ours.
        assert_eq!(sh("exit 3", &[&vec![b'x'; 200_000]]).await.unwrap().code, Some(3));
    }

    #[tokio::test]
    async fn ends_who_says_too_much() {
        for script in ["yes", "yes >&2"] {
            assert!(matches!(sh(script, &[]).await, Err(ChildError::TooMuch(1000))), "{script}");
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the test is about programs that are started")]
    async fn kills_who_takes_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("pid");
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ >\"$0\"; exec sleep 1000"]).arg(&place);
        let limits = Limits { time: Duration::from_secs(3), output: 1000 };
        assert!(matches!(run(command, &[], limits).await, Err(ChildError::TooSlow(_))));
        let process = std::fs::read_to_string(place).unwrap();
        let stat = format!("/proc/{}/stat", process.trim());
        // What was killed is gone, or waits to be forgotten; nobody says when.
        let is_alive = || {
            let stat = std::fs::read_to_string(&stat);
            stat.is_ok_and(|stat| !stat.contains(") Z "))
        };
        let gone = async {
            while is_alive() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), gone).await.is_ok(), "it goes on");
    }
}

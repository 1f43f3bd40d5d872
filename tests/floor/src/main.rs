//! The floors of the benchmarks: bare programs that do the least possible of what the real ones do.
//!
//! ```text
//! floor build HOST:PORT LIST OUT    fetch every blob of LIST once, four at a time, into OUT
//! floor push  HOST:PORT LIST        send every blob of LIST once, four at a time, mount it elsewhere, then manifests
//! ```
//!
//! Each line of LIST is a job, its words separated by blanks:
//! `blob DIGEST SIZE PATH REPOSITORY...` and `manifest PATH REPOSITORY REFERENCE MEDIA-TYPE`.
//! Deliberately without retries, checks of the answer's digest, TLS, tables or signatures.

mod build;
mod frame;
mod http;
mod list;
mod push;

use anyhow::{Result, bail};

/// How many transfers run at a time.
const TRANSFERS: usize = 4;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["build", host, list, out] => build::run(host, &list::read(list)?, out),
        ["push", host, list] => push::run(host, &list::read(list)?),
        _ => bail!("usage: floor build HOST:PORT LIST OUT | floor push HOST:PORT LIST"),
    }
}

/// Runs a job for every item on four threads, each with what `open` gives it.
fn in_parallel<Item: Sync, State>(
    items: &[Item],
    open: impl Fn() -> Result<State> + Sync,
    work: impl Fn(&mut State, &Item) -> Result<()> + Sync,
) -> Result<()> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..TRANSFERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut state = open()?;
                    while let Some(item) =
                        items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                    {
                        work(&mut state, item)?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(result) => result,
            Err(_) => bail!("a thread panicked"),
        })
    })
}

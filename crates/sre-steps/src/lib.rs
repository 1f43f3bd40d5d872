//! Phases, events, receipts and displays: how both programs say what they do.
//!
//! A verb gets a [`Context`]. It reports through [`Context::reporter`] (phases, steps, bytes,
//! warnings), answers through [`Context::answer`] (data on stdout), and returns a [`Failure`]
//! that [`run_main`] renders once. Libraries take a [`PhaseReporter`] or nothing at all.
//!
//! * What happens: [`Phase`], [`Event`], [`Outcome`], [`Reporter`]
//! * What is shown: [`display`], the only module of the libraries that prints
//! * What remains: [`Receipt`], [`StateDirectory`], [`write_atomically`]
//! * How a program runs: [`run_main`], [`Program`], [`Options`], [`Context`], [`Signals`], [`Failure`]
//!
//! Deliberately absent: anything that does the work, and any knowledge of registries or bundles.

pub mod display;

mod atomic_file;
mod event;
mod failure;
mod phase;
mod program;
mod receipt;
mod reporter;
mod signals;
mod state;

pub use atomic_file::{Readers, write_atomically};
pub use event::{EVENTS_VERSION, Event, Outcome, Unit};
pub use failure::{Failure, with_causes};
pub use phase::Phase;
pub use program::{Context, Options, Program, StateOptions, run_main};
pub use receipt::{RECEIPT_VERSION, Receipt};
pub use reporter::{PhaseReporter, Reporter, Sink, Step};
pub use signals::Signals;
pub use state::{RunLock, StateDirectory, StateError};

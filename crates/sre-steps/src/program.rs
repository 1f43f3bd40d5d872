//! How both programs begin and end.

use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use sre_format::Fault;

use crate::display::{
    Answer, Colour, Console, FailureDocument, Format, JsonLines, Plain, Terminal, Verbosity,
    render_failure, stderr_is_capable,
};
use crate::{Event, Failure, Reporter, Signals, Sink, StateDirectory, StateError};

/// The options that every verb of both programs takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// Print the result as one JSON document
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// Write what happens to a file, one JSON object a line
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub events: Option<PathBuf>,
    /// Show warnings and errors only
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
}

/// The option of verbs that remember something.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StateOptions {
    /// Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]
    #[arg(long = "state", global = true, env = "SRE_STATE", value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

impl StateOptions {
    /// Gives the state directory, made if it is missing.
    pub fn open(&self) -> Result<StateDirectory, StateError> {
        StateDirectory::open(self.directory.as_deref())
    }
}

/// A program whose command line is parsed by clap.
pub trait Program: clap::Parser {
    /// Its name, such as `sre-bundle`.
    const NAME: &'static str;
    /// Its version.
    const VERSION: &'static str;

    /// Gives the verb that was asked for, such as `lock`.
    fn command(&self) -> &'static str;

    /// Gives the options that every verb takes.
    fn options(&self) -> &Options;

    /// Carries out the verb.
    fn run(self, context: Context) -> impl Future<Output = Result<(), Failure>>;
}

/// What a verb works with.
#[derive(Clone)]
pub struct Context {
    console: Console,
    reporter: Reporter,
    signals: Signals,
}

impl Context {
    /// Puts a context together, for tests and for callers without a command line.
    #[must_use]
    pub fn new(console: Console, reporter: Reporter, signals: Signals) -> Self {
        Self { console, reporter, signals }
    }

    /// Gives the handle through which everything is reported.
    #[must_use]
    pub fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// Gives the printer that owns stdout.
    #[must_use]
    pub fn console(&self) -> &Console {
        &self.console
    }

    /// Gives the interrupts.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Prints what the verb answers with, as text or as the one JSON document.
    pub fn answer<A: Answer>(&self, answer: &A) -> Result<(), Failure> {
        self.console.answer(answer)
    }
}

/// Parses the command line, runs the verb, shows how it ended, and gives the exit code.
#[must_use]
pub fn run_main<P: Program>() -> ExitCode {
    exit_with_one_on_panic();
    let started = Instant::now();
    let program = P::parse();
    let options = program.options().clone();
    let format = if options.json { Format::Json } else { Format::Text };
    let console = Console::new(format);
    let (reporter, outcome) = match sinks(&options) {
        Ok(sinks) => {
            let reporter = Reporter::to(sinks);
            let outcome = run(program, &console, &reporter);
            (reporter, outcome)
        }
        Err(failure) => (Reporter::silent(), Err(failure)),
    };
    end(&console, &reporter, started, outcome)
}

fn run<P: Program>(program: P, console: &Console, reporter: &Reporter) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of(Fault::Site, error))?;
    reporter.emit(&Event::RunStarted {
        program: P::NAME,
        program_version: P::VERSION,
        command: program.command(),
    });
    let outcome = runtime.block_on(async {
        let signals = Signals::listen().map_err(|error| Failure::of(Fault::Site, error))?;
        let context = Context::new(console.clone(), reporter.clone(), signals.clone());
        tokio::select! {
            outcome = Box::pin(program.run(context)) => outcome,
            () = signals.wait_for_end() => Err(interrupted()),
        }
    });
    // A blocking read of a pulled medium may never come back: nobody waits for it.
    runtime.shutdown_background();
    outcome
}

fn interrupted() -> Failure {
    Failure::new(Fault::Interrupted, "interrupted").with_hint("run the same command again to go on")
}

fn sinks(options: &Options) -> Result<Vec<Box<dyn Sink>>, Failure> {
    let colour = Colour::of_stderr();
    let mut sinks: Vec<Box<dyn Sink>> = vec![if options.quiet {
        Box::new(Plain::new(Verbosity::Quiet, colour))
    } else if stderr_is_capable() {
        Box::new(Terminal::new(colour))
    } else {
        Box::new(Plain::new(Verbosity::Normal, colour))
    }];
    if let Some(path) = &options.events {
        let file = JsonLines::create(path).map_err(|error| {
            let message = format!("cannot write events to {}: {error}", path.display());
            Failure::new(Fault::of_io(&error), message)
                .with_hint("name a file in a folder that exists and that this user may write to")
        })?;
        sinks.push(Box::new(file));
    }
    Ok(sinks)
}

fn end(
    console: &Console,
    reporter: &Reporter,
    started: Instant,
    outcome: Result<(), Failure>,
) -> ExitCode {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let Err(failure) = outcome else {
        reporter.emit(&Event::RunFinished { milliseconds });
        reporter.close();
        return ExitCode::SUCCESS;
    };
    reporter.emit(&Event::RunFailed {
        fault: failure.fault(),
        exit_code: failure.fault().exit_code(),
        message: failure.message(),
        causes: failure.causes(),
        hint: failure.hint().map(str::to_owned),
        milliseconds,
    });
    reporter.close();
    let _written =
        write!(std::io::stderr().lock(), "{}", render_failure(&failure, Colour::of_stderr()));
    // When stdout is what failed, the failure on stderr is all there is to say.
    let _printed = console.failure(&FailureDocument::from(&failure));
    ExitCode::from(failure.fault().exit_code())
}

/// Makes a panic end the program with the exit code of our own defects, whatever thread it is in
/// (the default would be 101, or a signal where panics abort).
fn exit_with_one_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        let _written = writeln!(
            std::io::stderr().lock(),
            "error: this is a defect of the program\nhint: {}",
            Fault::Defect.meaning()
        );
        std::process::exit(i32::from(Fault::Defect.exit_code()));
    }));
}

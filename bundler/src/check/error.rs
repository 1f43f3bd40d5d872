//! Why the proof cannot be made.

use std::path::PathBuf;

use sre_format::bundle::ReadError;
use sre_format::{Explain, Fault};
use sre_oci::client::ClientError;

use crate::fetch::FetchError;

/// Says why charts cannot be rendered and walked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The manifest names charts and no version of Kubernetes.
    #[error("the manifest does not say for which Kubernetes the charts are rendered")]
    NoVersion,
    /// Helm is nowhere.
    #[error("helm is not on the path")]
    NoHelm,
    /// Helm does not run.
    #[error("cannot run {}", .program.display())]
    Helm {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Helm needs longer than any chart does.
    #[error("{program} did not end within {seconds} s", program = .program.display())]
    Patience {
        /// The program.
        program: PathBuf,
        /// How long it had.
        seconds: u64,
    },
    /// A chart renders to more than any chart does.
    #[error("{chart} renders to more than {limit} bytes")]
    TooMuch {
        /// The chart.
        chart: String,
        /// The most bytes of a rendering.
        limit: u64,
    },
    /// Charts do not render.
    #[error("{}", unrendered(.0))]
    Unrendered(Vec<Unrendered>),
    /// A file that belongs to the project cannot be read.
    #[error("cannot read {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A chart cannot be put beside helm.
    #[error("cannot write {}", .path.display())]
    Scratch {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A chart is not in the cache, and nothing may be fetched.
    #[error("{chart} is not in the cache")]
    NotCached {
        /// The chart.
        chart: String,
    },
    /// A chart is not in the bundle.
    #[error("the bundle does not hold {chart}")]
    NotCarried {
        /// The chart.
        chart: String,
    },
    /// An artifact holds no chart, or its archive is torn.
    #[error("{chart} cannot be unpacked: {reason}")]
    NoChart {
        /// The chart.
        chart: String,
        /// What is wrong.
        reason: String,
    },
    /// A registry does not give a chart.
    #[error("cannot fetch {chart}")]
    Registry {
        /// The chart.
        chart: String,
        /// What it said.
        #[source]
        source: ClientError,
    },
    /// The cache or a server does not give a chart.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] ReadError),
}

/// A chart that does not render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrendered {
    /// The chart.
    pub chart: String,
    /// What helm said.
    pub said: String,
}

fn unrendered(charts: &[Unrendered]) -> String {
    let lines =
        charts.iter().map(|it| format!("\n  {}: {}", it.chart, it.said.replace('\n', "\n    ")));
    let count = match charts.len() {
        1 => "a chart does not render".to_owned(),
        count => format!("{count} charts do not render"),
    };
    format!("{count}:{}", lines.collect::<String>())
}

impl Explain for CheckError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoVersion | Self::Unrendered(_) | Self::NotCached { .. } => Fault::Input,
            Self::File { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::Helm { source, .. } => Fault::of_named_file(source),
            Self::Scratch { source, .. } => Fault::of_io(source),
            Self::NoHelm | Self::Patience { .. } => Fault::Site,
            Self::TooMuch { .. } | Self::NoChart { .. } => Fault::Upstream,
            Self::NotCarried { .. } => Fault::Integrity,
            Self::Registry { source, .. } => source.fault(),
            Self::Fetch(error) => error.fault(),
            Self::Bundle(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoVersion => {
                "write it into the manifest: `[kubernetes]` with `version = \"1.35.7\"`".into()
            }
            Self::NoHelm => "install helm, or name it with `--helm FILE`".into(),
            Self::Helm { .. } => "name a helm of this machine with `--helm FILE`".into(),
            Self::Unrendered(_) => {
                "correct the files that `values` of the chart names; helm's message says where"
                    .into()
            }
            Self::NotCached { .. } => {
                "run it without `--offline`, which fetches the chart by its digest".into()
            }
            Self::File { .. } => {
                "paths of the manifest are relative to it; with `--bundle`, to the working folder"
                    .into()
            }
            Self::Patience { .. } | Self::TooMuch { .. } => {
                "render the chart with `helm template` and look at what it does".into()
            }
            Self::NoChart { .. } => "run `sre-bundle lock` again, or name another version".into(),
            Self::Registry { source, .. } => return source.hint(),
            Self::Fetch(error) => return error.hint(),
            Self::Bundle(error) => return error.hint(),
            Self::Scratch { .. } => "name another folder for it in `TMPDIR`".into(),
            Self::NotCarried { .. } => return None,
        })
    }
}

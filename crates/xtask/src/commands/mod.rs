//! One file for each command.

mod bench;
mod check_deps;
mod check_links;
mod check_options;
mod ci;
mod demo;
mod generate;
mod release;
mod setup;

/// Developer commands of the workspace
#[derive(clap::Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
pub(crate) enum Command {
    /// Install what tests and checks need and this machine lacks
    Setup(setup::Args),
    /// Measure every published figure and print it beside its target
    Bench(bench::Args),
    /// Check who may depend on whom, who may print and who may start programs
    CheckDeps,
    /// Check that every relative link in the documents leads to a file and a heading
    CheckLinks,
    /// Check that every option of both programs is documented, and no other
    CheckOptions,
    /// Carry a bundle from an embedded upstream to a second registry, and show it
    Demo,
    /// Write the files that are made from code: exit codes, schemas, manual pages, completions
    Generate,
    /// Build both programs as static release binaries
    Release,
    /// Run everything that has to pass and count the tests
    Ci,
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Setup(arguments) => setup::run(&arguments),
            Self::Bench(arguments) => bench::run(&arguments),
            Self::CheckDeps => check_deps::run(),
            Self::CheckLinks => check_links::run(),
            Self::CheckOptions => check_options::run(),
            Self::Demo => demo::run(),
            Self::Generate => generate::run(),
            Self::Release => release::run(),
            Self::Ci => ci::run(),
        }
    }
}

/// Lists the files of the repository with this ending, new ones included, by their path from the root.
fn tracked_files(extension: &str) -> anyhow::Result<Vec<String>> {
    let pattern = format!("*.{extension}");
    let list = crate::programs::Program::new("git")
        .arguments(["ls-files", "--cached", "--others", "--exclude-standard", "--", &pattern])
        .output()?;
    let exists = |path: &&str| crate::places::workspace().join(path).exists();
    Ok(list.lines().filter(exists).map(str::to_owned).collect())
}

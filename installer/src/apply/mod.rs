//! From a bundle and a site to a cluster: the phases, each probe, apply, confirm.
//!
//! [`Run`] holds what all phases need: the state directory, the range of phases, what is reported.
//! A stage is one phase: it looks whether its result stands, brings it about, and looks again. What
//! a phase makes is what the next one takes, so none can be passed over: a seed server gives out the
//! bundle, hosts are reached, then hardened, then a cluster.
//!
//! Each phase that did something leaves a receipt with the digests of what it worked with; what Ansible
//! did on hosts is in the journal, task by task.

mod cluster;
mod error;
mod files;
mod harden;
mod hosts;
mod journal;
mod machines;
mod playbook;
mod provision;
mod report;
mod run;
mod seed_server;
mod upgrade;
mod work;

pub use error::ApplyError;
pub use hosts::hosts_of;
pub use report::{Applied, HostOutcome, PhaseReport};
pub use run::{Range, Run};
pub use work::{Choices, Work};

use cluster::ClusterStage;
use harden::HardenStage;
use provision::ProvisionStage;
use seed_server::SeedServerStage;

/// Goes through the phases in their order, as far as the run's range says.
pub async fn apply(work: &Work, run: &mut Run) -> Result<(), ApplyError> {
    let Some(server) = run.stand(&SeedServerStage { work }).await? else { return Ok(()) };
    // What hosts are given is applied: older bundles are refused from now on.
    work.opened().applied(run.state())?;
    let files = files::write(work, &server)?;
    let Some(hosts) = run.stand(&ProvisionStage { work, files: &files }).await? else {
        return Ok(());
    };
    let Some(hosts) = run.stand(&HardenStage { work, files: &files, hosts }).await? else {
        return Ok(());
    };
    run.stand(&ClusterStage { work, files: &files, hosts }).await?;
    Ok(())
}

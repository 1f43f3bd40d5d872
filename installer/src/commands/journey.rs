//! The whole journey: `sre-install --bundle F` without a verb.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use super::{inspect, plan, verify};
use crate::host::shell_word;
use crate::opening::Inputs;
use crate::site::HostPlan;

/// Go as far as the site file says
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show what the hosts of this site would get, too
    #[arg(long, value_name = "FILE", help_heading = "Bundle")]
    site: Option<PathBuf>,
}

/// The answer of the journey as far as it went.
#[derive(Serialize)]
pub(crate) struct Journey {
    verify: verify::Verified,
    contents: inspect::Inspected,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<HostPlan>,
    next: Vec<String>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    let verified = verify::verify(&opened, None, context).await?;
    verified.leave_receipt(&opened, inputs, context);
    if verified.outcome().is_err() {
        // Where it is damaged is all that is worth knowing, and `verify` answers that.
        context.answer(&verified)?;
        return verified.outcome();
    }
    let names = inspect::Args::names();
    let contents = inspect::inspect(opened.bundle(), verified.card().clone(), &names)?;
    let words = inputs.words();
    let (hosts, next) = match &args.site {
        Some(site) => {
            let hosts = plan::of_site(site, None, opened, context).await?;
            let next = next_with_hosts(&words, site, &hosts);
            (Some(hosts), next)
        }
        None => (None, next(&words)),
    };
    context.answer(&Journey { verify: verified, contents, hosts, next })
}

fn next(words: &str) -> Vec<String> {
    vec![
        format!("sre-install seed {words} --to https://REGISTRY"),
        format!("sre-install serve {words}"),
    ]
}

/// Names the next commands of a site; its hosts are changed by playbooks, which a person runs.
fn next_with_hosts(words: &str, site: &Path, hosts: &HostPlan) -> Vec<String> {
    let site = shell_word(&site.display().to_string());
    let (url, port) = (&hosts.seed_server, hosts.seed_port);
    let prefix =
        hosts.seed_prefix.as_ref().map(|prefix| format!(" --prefix {}", shell_word(prefix)));
    let playbook = |name: &str| {
        format!(
            "(cd infra/ansible && ansible-playbook -i ../../hosts/inventory.json playbooks/{name})"
        )
    };
    vec![
        format!(
            "sre-install serve {words} --listen 0.0.0.0:{port}{} &",
            prefix.unwrap_or_default()
        ),
        format!(
            "curl -k {url}/ca.pem -o seed-ca.pem  # compare its fingerprint with what `serve` printed"
        ),
        format!(
            "sre-install plan {words} --site {site} --files hosts --seed-authority seed-ca.pem"
        ),
        playbook("harden-os.yml"),
        playbook("install-rke2.yml"),
    ]
}

impl Answer for Journey {
    const KIND: &'static str = "journey";
}

impl fmt::Display for Journey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.contents)?;
        writeln!(formatter, "{}\n", self.verify.verdict())?;
        if let Some(hosts) = &self.hosts {
            writeln!(formatter, "{hosts}")?;
        }
        writeln!(formatter, "Every byte is proven. Next:")?;
        self.next.iter().try_for_each(|command| writeln!(formatter, "  {command}"))
    }
}

//! `init`: writes the site file of a new site.

use std::fmt;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use sre_format::Fault;
use sre_site::words::{
    Cni, DnsLabel, DnsName, Host, HostAddress, InterfaceName, Profile, Role, SiteWord, Subnet,
    UserName, WordError,
};
use sre_site::{Answers, NodeAnswers, SiteFile, VirtualAddress, template};
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::host::shell_word;

/// The user that logs in unless another is named.
const USUAL_USER: &str = "sre";
/// How often a person may mistype before the run ends.
const ATTEMPTS: usize = 3;

/// Write a commented site file for a new site
///
/// What no option says is asked for on a terminal; every other key stands in the file as a comment.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the site file here
    #[arg(long, value_name = "FILE", default_value = "site.toml")]
    out: PathBuf,
    /// Call the site this
    #[arg(long, value_name = "NAME", value_parser = word::<DnsLabel>)]
    name: Option<DnsLabel>,
    /// Have the names of its services below this domain
    #[arg(long, value_name = "DOMAIN", value_parser = word::<DnsName>)]
    domain: Option<DnsName>,
    /// Take this machine, `NAME=ADDRESS` or `NAME=ADDRESS,agent`; the first one begins the cluster
    #[arg(long = "node", value_name = "NODE")]
    nodes: Vec<NewNode>,
    /// Log in as this user
    #[arg(long, value_name = "USER", default_value = USUAL_USER, value_parser = word::<UserName>)]
    ssh_user: UserName,
    /// Log in with this private key
    #[arg(long, value_name = "FILE")]
    ssh_key: Option<PathBuf>,
    /// Take the time from this server
    #[arg(long, value_name = "SERVER", value_parser = word::<Host>)]
    ntp: Vec<Host>,
    /// Ask this server for names
    #[arg(long, value_name = "ADDRESS", value_parser = word::<HostAddress>)]
    dns: Vec<HostAddress>,
    /// Tell that the nodes are in this range of addresses
    #[arg(long, value_name = "RANGE", value_parser = word::<Subnet>)]
    subnet: Option<Subnet>,
    /// Tell that this is the router
    #[arg(long, value_name = "ADDRESS", value_parser = word::<HostAddress>)]
    gateway: Option<HostAddress>,
    /// Move this address between the servers, `ADDRESS@INTERFACE`
    #[arg(long, value_name = "ADDRESS")]
    vip: Option<NewAddress>,
    /// Have this network between pods: canal or cilium
    #[arg(long, value_name = "NAME", default_value = "canal", value_parser = word::<Cni>)]
    cni: Cni,
    /// Harden by this profile: stig, cis or baseline
    #[arg(long, value_name = "NAME", default_value = "stig", value_parser = word::<Profile>)]
    profile: Profile,
}

/// A machine as the command line names it.
#[derive(Clone, Debug)]
struct NewNode(NodeAnswers);

impl FromStr for NewNode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "write `NAME=ADDRESS` or `NAME=ADDRESS,agent`";
        let (name, rest) = text.split_once('=').ok_or(wrong)?;
        let (address, role) = rest.split_once(',').unwrap_or((rest, Role::Server.as_str()));
        let (name, address, role) = (word(name)?, word(address)?, word(role)?);
        Ok(Self(NodeAnswers { name, address, role, machine: None }))
    }
}

/// Reads a word, and says how it is written where it is none.
fn word<T: SiteWord>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error: WordError| format!("{error}: {}", error.form))
}

/// An address that moves, with its interface.
#[derive(Clone, Debug)]
struct NewAddress(VirtualAddress);

impl FromStr for NewAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, interface) = text.split_once('@').ok_or("write `ADDRESS@INTERFACE`")?;
        let interface: InterfaceName = word(interface)?;
        Ok(Self(VirtualAddress { address: word(address)?, interface }))
    }
}

#[derive(Serialize)]
struct Written {
    file: PathBuf,
    nodes: usize,
    next: String,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let out = args.out.clone();
    if out.exists() {
        let message = format!("{} is there already", out.display());
        let hint = "name another file with `--out`; what people wrote is never overwritten";
        return Err(Failure::new(Fault::Conflict, message).with_hint(hint));
    }
    let answers = answers(args)?;
    let text = template(&answers);
    // What is written must be what the other verbs read.
    let file = SiteFile::parse(&out.display().to_string(), text.as_bytes())?;
    let written = sre_steps::write_atomically(&out, text.as_bytes(), sre_steps::Readers::Everyone);
    written.map_err(|error| {
        let message = format!("cannot write {}: {error}", out.display());
        Failure::new(Fault::of_io(&error), message).with_hint("name another file with `--out`")
    })?;
    let next = format!(
        "sre-install plan --bundle BUNDLE --key KEY --site {}",
        shell_word(&out.display().to_string())
    );
    context.answer(&Written { nodes: file.site().nodes.len(), file: out, next })
}

fn answers(args: Args) -> Result<Answers, Failure> {
    let mut questions = Questions::of_this_terminal();
    let nodes = if args.nodes.is_empty() {
        vec![questions.ask::<NewNode>("the first machine", "--node", "NAME=ADDRESS")?]
    } else {
        args.nodes
    };
    Ok(Answers {
        name: questions.unless(args.name, "the name of the site", "--name")?,
        domain: questions.unless(args.domain, "the domain of its services", "--domain")?,
        subnet: args.subnet,
        gateway: args.gateway,
        dns: args.dns,
        ntp: questions.unless_any(args.ntp, args.profile)?,
        ssh_user: args.ssh_user,
        ssh_key: match args.ssh_key {
            Some(key) => key,
            None => questions.ask("the private key that logs in", "--ssh-key", "a path")?,
        },
        sudo_password: None,
        nodes: nodes.into_iter().map(|NewNode(node)| node).collect(),
        vip: args.vip.map(|NewAddress(address)| address),
        cni: args.cni,
        profile: args.profile,
        proxmox: None,
    })
}

/// Asks a person, where there is one.
struct Questions {
    is_answered: bool,
}

impl Questions {
    fn of_this_terminal() -> Self {
        Self { is_answered: io::stdin().is_terminal() && io::stderr().is_terminal() }
    }

    fn unless<T: SiteWord>(
        &mut self,
        said: Option<T>,
        what: &str,
        option: &str,
    ) -> Result<T, Failure> {
        said.map_or_else(|| self.ask(what, option, T::FORM), Ok)
    }

    fn unless_any(&mut self, said: Vec<Host>, profile: Profile) -> Result<Vec<Host>, Failure> {
        if !said.is_empty() || profile == Profile::Baseline {
            return Ok(said);
        }
        Ok(vec![self.ask("a time server", "--ntp", Host::FORM)?])
    }

    /// Asks for a word until it is one.
    fn ask<T: FromStr>(&mut self, what: &str, option: &str, form: &str) -> Result<T, Failure>
    where
        T::Err: fmt::Display,
    {
        let missing = || {
            let message = format!("it is not said what {what} is");
            Failure::new(Fault::Usage, message)
                .with_hint(format!("name it with `{option}`: {form}"))
        };
        if !self.is_answered {
            return Err(missing());
        }
        let (mut input, mut output) = (io::stdin().lock(), io::stderr().lock());
        for _ in 0..ATTEMPTS {
            let mut line = String::new();
            let asked = write!(output, "{what} ({form}): ").and_then(|()| output.flush());
            if asked.and_then(|()| input.read_line(&mut line)).unwrap_or(0) == 0 {
                break;
            }
            match line.trim().parse() {
                Ok(word) if !line.trim().is_empty() => return Ok(word),
                Ok(_) => {}
                Err(error) => drop(writeln!(output, "{error}: {form}")),
            }
        }
        Err(missing())
    }
}

impl Answer for Written {
    const KIND: &'static str = "init";
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, nodes, next } = self;
        writeln!(
            formatter,
            "{} describes {nodes} nodes; read it, and take the `#` away from what you set",
            file.display()
        )?;
        writeln!(formatter, "next: {next}")
    }
}

//! `seed`: the bundle is served to hosts, by a server that outlives the run.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use sre_format::Digest;
use sre_oci::transport::Request;
use sre_oci::{HostOptions, Transport, TransportOptions};
use sre_steps::{Phase, PhaseReporter, Readers, write_atomically};
use url::Url;

use super::run::{Done, Probe, Run, Stage};
use super::{ApplyError, Work};
use crate::host::{
    Background, ServiceError, last_words_of_unit, start_unit, systemd_is_ours, unit_word,
};

/// The name of the unit, and of the folder that systemd makes for it.
const UNIT: &str = "sre-seed-server";
/// The text of the unit; `{...}` is filled in.
const UNIT_TEXT: &str = include_str!("sre-seed-server.service");
/// Where the unit's program and keys are.
const PROGRAM: &str = "/usr/local/libexec/sre/sre-install";
const KEYS: &str = "/etc/sre/seed-server";
/// How long the server may take to begin to answer.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);
/// The most bytes of the page that says what is served.
const MAX_PAGE: u64 = 1 << 20;

/// A server that gives out the bundle.
#[derive(Clone, Debug)]
pub(super) struct SeedServer {
    /// The authority that hosts must believe, unless they believe the server's already.
    pub authority: Option<PathBuf>,
}

/// Serves the bundle.
pub(super) struct SeedServerStage<'a> {
    pub work: &'a Work,
}

/// Who keeps the server running.
enum Keeper {
    Systemd,
    Background(Background),
    /// Somebody else, who gave its authority.
    Other(PathBuf),
}

impl SeedServerStage<'_> {
    fn keeper(&self) -> Keeper {
        if let Some(authority) = &self.work.choices().seed_authority {
            return Keeper::Other(authority.clone());
        }
        if systemd_is_ours() {
            return Keeper::Systemd;
        }
        let state = self.work.state();
        Keeper::Background(Background {
            program: std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into()),
            process_file: state.join("seed-server.pid"),
            log: state.join("seed-server.log"),
        })
    }

    /// Gives where the authority is that the server makes.
    fn authority(&self, keeper: &Keeper) -> PathBuf {
        match keeper {
            Keeper::Systemd => Path::new("/var/lib").join(UNIT).join("serve/ca.pem"),
            Keeper::Background(_) => self.work.state().join("serve/ca.pem"),
            Keeper::Other(path) => path.clone(),
        }
    }

    /// Asks the server what it serves: nothing to complain of, or what came instead.
    async fn ask(&self, authority: &Path) -> Result<(), String> {
        if !authority.exists() {
            return Err("no server has run here yet".to_owned());
        }
        let plan = self.work.plan();
        let url = Url::parse(&format!("{}/metrics", plan.seed_server));
        let url = url.map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let host = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let options =
            HostOptions { ca_files: vec![authority.to_owned()], ..HostOptions::default() };
        let options = TransportOptions {
            user_agent: concat!("sre-install/", env!("CARGO_PKG_VERSION")).to_owned(),
            hosts: [(host, options)].into(),
            ..TransportOptions::default()
        };
        let request = Request::get(url).at_most(1);
        let answer = Transport::new(options).send(&request).await;
        let answer = answer.map_err(|error| error.what_happened())?;
        if !answer.status().is_success() {
            return Err(format!("it answers {}", answer.status()));
        }
        let page = answer.whole(MAX_PAGE).await.map_err(|error| error.what_happened())?;
        let page = String::from_utf8_lossy(&page);
        let content = self.work.opened().record().content.to_string();
        if !page.contains(&format!("content=\"{content}\"")) {
            return Err("it serves another bundle".to_owned());
        }
        if !page.contains("\nsre_bundle_readable 1") {
            return Err("it cannot read its bundle; is the medium there?".to_owned());
        }
        Ok(())
    }

    async fn start(&self, keeper: &Keeper) -> Result<(), ApplyError> {
        let (unit, arguments) = match keeper {
            Keeper::Systemd => (Some(self.unit()?), Vec::new()),
            Keeper::Background(_) => (None, self.background_arguments()?),
            Keeper::Other(_) => (None, Vec::new()),
        };
        let keeper = match keeper {
            Keeper::Background(background) => Some(background.clone()),
            Keeper::Systemd | Keeper::Other(_) => None,
        };
        let starting = move || match (unit, keeper) {
            (Some(unit), _) => start_unit(&format!("{UNIT}.service"), &unit),
            (None, Some(background)) => background.start(&arguments),
            (None, None) => Ok(()),
        };
        Ok(tokio::task::spawn_blocking(starting).await??)
    }

    /// Gives the words of `serve` that say what is served where.
    fn words(&self) -> Vec<String> {
        let plan = self.work.plan();
        let any: IpAddr = match self.work.site().nodes.first().map(|node| node.address.ip()) {
            Some(IpAddr::V6(_)) => [0_u16; 8].into(),
            _ => [0; 4].into(),
        };
        let listen = std::net::SocketAddr::new(any, plan.seed_port).to_string();
        let mut words = vec!["serve".to_owned(), "--listen".to_owned(), listen];
        if let Some(prefix) = &plan.seed_prefix {
            words.extend(["--prefix".to_owned(), prefix.clone()]);
        }
        words
    }

    fn background_arguments(&self) -> Result<Vec<String>, ApplyError> {
        let mut words = self.words();
        words.extend(self.work.inputs().absolute_words(None)?);
        words.extend(["--state".to_owned(), self.work.state().display().to_string()]);
        Ok(words)
    }

    /// Makes the unit, and puts program and keys where it finds them.
    fn unit(&self) -> Result<String, ApplyError> {
        let inputs = self.work.inputs();
        let bundle = std::path::absolute(self.work.opened().path());
        let bundle = bundle.unwrap_or_else(|_| self.work.opened().path().to_owned());
        readable_by_all(&bundle)?;
        copy_program()?;
        let keys = copy_keys(&inputs.key_files()?)?;
        let mut words = vec![PROGRAM.to_owned()];
        words.extend(self.words());
        words.extend(inputs.absolute_words(Some(&keys))?);
        let line: Vec<_> = words.iter().map(|word| unit_word(word)).collect();
        Ok(UNIT_TEXT
            .replace("{unit}", UNIT)
            .replace("{capabilities}", capabilities(self.work.plan().seed_port))
            .replace("{command}", &line.join(" ")))
    }
}

impl Keeper {
    /// Gives the last words of the server.
    fn last_words(&self) -> String {
        match self {
            Self::Systemd => last_words_of_unit(&format!("{UNIT}.service")),
            Self::Background(background) => background.last_words(),
            Self::Other(_) => String::new(),
        }
    }
}

impl Stage for SeedServerStage<'_> {
    type Made = SeedServer;
    const PHASE: Phase = Phase::Seed;

    fn what(&self) -> String {
        format!("serve the bundle at {}", self.work.plan().seed_server)
    }

    fn inputs(&self) -> BTreeMap<String, Digest> {
        [("content".to_owned(), self.work.opened().record().content)].into()
    }

    async fn probe(&self, _: &Run) -> Result<Probe<SeedServer>, ApplyError> {
        let authority = self.authority(&self.keeper());
        Ok(match self.ask(&authority).await {
            Ok(()) => Probe::Stands(SeedServer { authority: Some(authority) }),
            Err(why) => Probe::Needed(why),
        })
    }

    async fn apply(&self, _: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError> {
        let keeper = self.keeper();
        let authority = self.authority(&keeper);
        let url = self.work.plan().seed_server.clone();
        if let Keeper::Other(_) = &keeper {
            let why = self.ask(&authority).await.err();
            return why.map_or(Ok(Done::with(json!({ "url": url }))), |why| {
                Err(ApplyError::ElsewhereServer { url, why })
            });
        }
        if self.work.site().seed_node().is_some() {
            let why = "it is started on the admin host alone".to_owned();
            return Err(ApplyError::ElsewhereServer { url, why });
        }
        self.start(&keeper).await?;
        let deadline = Instant::now() + PATIENCE;
        while let Err(why) = self.ask(&authority).await {
            if Instant::now() > deadline {
                let said = keeper.last_words();
                return Err(ServiceError::Silent { what: "the seed server", url, why, said }.into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        if let Keeper::Background(background) = &keeper {
            phase.warn(format!(
                "the seed server is a process of its own until this machine restarts; {} has what it says",
                background.log.display()
            ));
        }
        Ok(Done::with(json!({ "url": url, "authority": authority })))
    }
}

/// Says whether a service that is nobody in particular can read a file.
fn readable_by_all(path: &Path) -> Result<(), ServiceError> {
    let unreadable = || ServiceError::Unreadable { path: path.to_owned() };
    if ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|hidden| path.starts_with(hidden)) {
        return Err(unreadable());
    }
    for part in path.ancestors() {
        let metadata = fs::metadata(part)
            .map_err(|source| ServiceError::File { path: part.to_owned(), source })?;
        let needed = if metadata.is_dir() { 0o001 } else { 0o004 };
        if metadata.permissions().mode() & needed == 0 {
            return Err(ServiceError::Unreadable { path: part.to_owned() });
        }
    }
    Ok(())
}

/// Puts this very program where the unit finds it, also after the medium that it came from is gone.
fn copy_program() -> Result<(), ServiceError> {
    let failed = |source| ServiceError::File { path: PROGRAM.into(), source };
    let target = Path::new(PROGRAM);
    let bytes = fs::read("/proc/self/exe").map_err(failed)?;
    if fs::read(target).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    make_open_folder(target.parent().unwrap_or(target)).map_err(failed)?;
    write_atomically(target, &bytes, Readers::Everyone).map_err(failed)?;
    fs::set_permissions(target, fs::Permissions::from_mode(0o755)).map_err(failed)
}

/// Copies the keys that are believed here, so that the service can read them, and names the copies.
fn copy_keys(files: &[PathBuf]) -> Result<Vec<PathBuf>, ServiceError> {
    let folder = Path::new(KEYS);
    let failed = |source| ServiceError::File { path: folder.to_owned(), source };
    drop(fs::remove_dir_all(folder));
    make_open_folder(folder).map_err(failed)?;
    let mut copies = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let ending = file.extension().map_or_else(|| "pub".into(), |it| it.to_string_lossy());
        let copy = folder.join(format!("{number}.{ending}"));
        let bytes = fs::read(file).map_err(failed)?;
        write_atomically(&copy, &bytes, Readers::Everyone).map_err(failed)?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).map_err(failed)?;
        copies.push(copy);
    }
    Ok(copies)
}

/// Makes a folder that everybody may look into, whatever the mask of this process is.
fn make_open_folder(folder: &Path) -> std::io::Result<()> {
    let missing: Vec<_> = folder.ancestors().take_while(|part| !part.exists()).collect();
    for part in missing.into_iter().rev() {
        fs::create_dir(part)?;
        fs::set_permissions(part, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Gives the right to take a port that is kept for the system, where the server needs it.
const fn capabilities(port: u16) -> &'static str {
    if port < 1024 { "CAP_NET_BIND_SERVICE" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_open_to_everybody_with_all_that_was_made_above_it() {
        let scratch = tempfile::tempdir().unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o750)).unwrap();
        make_open_folder(&scratch.path().join("a/b")).unwrap();
        let mode = |name: &str| {
            fs::metadata(scratch.path().join(name)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!([mode(""), mode("a"), mode("a/b")], [0o750, 0o755, 0o755]);
    }
}

//! A real registry: Debian's `docker-registry` (CNCF Distribution) on loopback.

use crate::{Program, Running};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A running registry with a store of its own; it stops when dropped.
pub struct Registry {
    // Stops before its store goes.
    running: Running,
    host: String,
    folder: Folder,
}

enum Folder {
    Ours(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Ours(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }
}

impl Registry {
    /// Starts an empty registry on a free port.
    pub fn start() -> Self {
        Self::over(Folder::Ours(tempfile::tempdir().unwrap()))
    }

    /// Starts a registry over a folder that stays.
    pub fn keeping(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        Self::over(Folder::Kept(folder.to_owned()))
    }

    fn over(folder: Folder) -> Self {
        let config = folder.path().join("config.yml");
        let store = folder.path().join("store");
        let text = format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n\
             http: {{addr: \"127.0.0.1:0\", secret: tests}}\n",
            store.display()
        );
        fs::write(&config, text).unwrap();
        let serve = Program::tool("docker-registry").arg("serve").arg(&config);
        let (running, host) = Running::start(serve, |line| {
            let (_, rest) = line.split_once("listening on ")?;
            Some(rest.split('"').next()?.to_owned())
        });
        Self { running, host, folder }
    }

    /// Gives `127.0.0.1:port`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Gives the process id, to look at its memory.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Gives the file that holds a blob's bytes.
    pub fn blob_file(&self, digest: &str) -> PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        let inside = format!("store/docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]);
        self.folder.path().join(inside)
    }

    /// Adds up the sizes of all blobs that the store holds, manifests included, in bytes.
    pub fn stored_bytes(&self) -> u64 {
        let blobs = self.folder.path().join("store/docker/registry/v2/blobs");
        files_below(&blobs).iter().map(|path| fs::metadata(path).unwrap().len()).sum()
    }

    /// Gives the files in which the store notes a kind of thing, such as `_layers/`, sorted.
    pub fn records(&self, kind: &str) -> Vec<PathBuf> {
        let repositories = self.folder.path().join("store/docker/registry/v2/repositories");
        let mut records = files_below(&repositories);
        records.retain(|path| path.ends_with("link") && path.to_string_lossy().contains(kind));
        records.sort();
        records
    }

    /// Lists the tags of a repository; none when it does not exist.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let ran = crane().args(["ls", &format!("{}/{repository}", self.host)]).run();
        ran.stdout().lines().map(str::to_owned).collect()
    }

    /// Fetches whatever a tag names: images down to the last layer, the manifests of charts and signatures.
    pub fn nothing_is_half_done(&self) {
        for repository in self.repositories() {
            for tag in self.tags(&repository) {
                let image = format!("{}/{repository}:{tag}", self.host);
                // Cosign and the referrers' fallback begin their tags with the digest of a subject.
                let is_image = !repository.ends_with("charts/demo") && !tag.starts_with("sha256-");
                let arguments: &[&str] =
                    if is_image { &["validate", "--remote"] } else { &["manifest"] };
                crane().args(arguments).arg(&image).run().ok();
            }
        }
    }

    /// Lists the repositories.
    pub fn repositories(&self) -> Vec<String> {
        crane().args(["catalog", &self.host]).run().ok().lines().map(str::to_owned).collect()
    }
}

fn crane() -> Program {
    Program::tool("crane").arg("--insecure")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

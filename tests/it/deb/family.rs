//! A family of real packages, built by `dpkg-deb`, in a repository as `apt-ftparchive` and `gpg` make it.

use sre_deb::repository::{Description, Listed, pool_path, write};
use sre_deb::{Base, Package, Release, Request, Universe, Wanted, solve};
use sre_format::{Digest, Timestamp};
use sre_openpgp::Keyring;
use sre_openpgp::signing::SigningKey;
use sre_tests::{Gnupg, Program, write_files};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Packages, an upstream repository of them, and room for one of ours.
pub(crate) struct Family {
    folder: TempDir,
    gnupg: Gnupg,
}

/// Name, version, compression of the control file, relations.
const PACKAGES: [(&str, &str, &str, &str); 5] = [
    ("app", "1:1.0+b1-1", "zstd", "Depends: library (>= 2), interpreter\n"),
    ("library", "1.0-1", "gzip", ""),
    ("library", "2.0-1", "xz", "Breaks: other (<< 2)\n"),
    ("script", "5~rc1", "none", "Provides: interpreter (= 5)\n"),
    ("other", "1", "xz", "Provides: interpreter\n"),
];

impl Family {
    /// Builds the packages and publishes them.
    pub(crate) fn build() -> Self {
        let family = Self { folder: tempfile::tempdir().unwrap(), gnupg: Gnupg::new() };
        fs::create_dir_all(family.path("upstream/pool")).unwrap();
        for (name, version, compression, relations) in PACKAGES {
            family.package(name, version, compression, relations);
        }
        family.publish();
        family
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn package(&self, name: &str, version: &str, compression: &str, relations: &str) {
        let root = self.path(&format!("build/{name}-{compression}"));
        fs::create_dir_all(root.join("DEBIAN")).unwrap();
        fs::create_dir_all(root.join(format!("usr/share/{name}"))).unwrap();
        fs::write(root.join(format!("usr/share/{name}/file")), format!("{name} {version}\n"))
            .unwrap();
        let control = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n\
             Section: misc\nPriority: optional\n{relations}Description: a test\n of several lines\n"
        );
        fs::write(root.join("DEBIAN/control"), control).unwrap();
        Program::tool("dpkg-deb")
            .args([
                "--root-owner-group",
                "--uniform-compression",
                &format!("-Z{compression}"),
                "--build",
            ])
            .arg(&root)
            .arg(
                self.path(&format!("upstream/pool/{name}_{}_all.deb", version.replace(':', "%3a"))),
            )
            .run()
            .ok();
    }

    /// Makes the index, its digests and the signature with Debian's own tools.
    fn publish(&self) {
        let upstream = self.path("upstream");
        let archive = |arguments: &[&str]| {
            let ran = Program::tool("apt-ftparchive").args(arguments).folder(&upstream).run();
            ran.ok()
        };
        let folder = upstream.join("dists/stable/main/binary-amd64");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Packages"), archive(&["packages", "pool"])).unwrap();
        Program::tool("xz").arg("--keep").arg(folder.join("Packages")).run().ok();
        let suite = "APT::FTPArchive::Release::";
        let options: Vec<String> = [
            ("Suite", "stable"),
            ("Codename", "stable"),
            ("Components", "main"),
            ("Architectures", "amd64 all"),
        ]
        .iter()
        .flat_map(|(name, value)| ["-o".to_owned(), format!("{suite}{name}={value}")])
        .collect();
        let mut arguments: Vec<&str> = options.iter().map(String::as_str).collect();
        arguments.extend(["release", "dists/stable"]);
        let release = archive(&arguments);
        self.gnupg.generate("archive", "rsa3072", &[]);
        let document = self.gnupg.clear_sign("archive", release.as_bytes(), &[]);
        fs::write(upstream.join("dists/stable/InRelease"), document).unwrap();
    }

    /// Gives the publisher's key.
    pub(crate) fn key(&self) -> Vec<u8> {
        self.gnupg.export("archive")
    }

    /// Makes another key and gives it.
    pub(crate) fn other_key(&self, user: &str, expiry: &str) -> Vec<u8> {
        self.gnupg.generate_until(user, "rsa2048", expiry, &[]);
        self.gnupg.export(user)
    }

    /// Signs the repository again with a publisher's key that has expired since.
    pub(crate) fn sign_with_expired_key(&self) {
        let path = self.path("upstream/dists/stable/InRelease");
        let signed = self.read_release();
        let then = ["--faked-system-time", "20250101T000000!"];
        let fingerprint = self.gnupg.fingerprints("archive").remove(0);
        self.gnupg.gpg().args(["--delete-secret-and-public-key", &fingerprint]).run().ok();
        self.gnupg.generate_until("archive", "rsa2048", "seconds=86400", &then);
        fs::write(path, self.gnupg.clear_sign("archive", signed.as_bytes(), &then)).unwrap();
    }

    /// Gives the text that is signed.
    fn read_release(&self) -> String {
        let document = fs::read(self.path("upstream/dists/stable/InRelease")).unwrap();
        let keyring = Keyring::parse("archive.asc", &self.key()).unwrap();
        keyring.verify_clear_signed(&document, Timestamp::now()).unwrap().text
    }

    /// Reads the upstream as the connected side does: signature, digests, packages.
    pub(crate) fn read(&self) -> Universe {
        let read = |path: &str| fs::read(self.path("upstream").join(path)).unwrap();
        let now = Timestamp::now();
        let release = Release::parse("InRelease", self.read_release().as_bytes()).unwrap();
        release.check_time("InRelease", now).unwrap();
        let indexes = release.indexes(Some("main"), "amd64");
        assert!(indexes[0].path.contains("Packages.xz") && indexes.len() == 2);
        let bytes = read(&format!("dists/stable/{}", indexes[0].path));
        assert_eq!(Digest::of(&bytes), indexes[0].sha256);
        let mut universe = Universe::new("amd64");
        universe.begin_repository();
        assert!(universe.add("Packages", &bytes[..], 500).unwrap().is_empty());
        universe
    }

    /// Reads a package from the pool.
    pub(crate) fn bytes(&self, package: &Package) -> Vec<u8> {
        fs::read(self.path("upstream").join(package.file())).unwrap()
    }

    /// Carries what is wanted into a repository of our own and gives its line of `sources.list`.
    pub(crate) fn publish_ours(
        &self,
        wanted: &[&str],
        key: &SigningKey,
        made: Timestamp,
    ) -> String {
        let universe = self.read();
        let wanted = wanted.iter().map(|name| Wanted { name: (*name).to_owned(), version: None });
        let request =
            Request { wanted: wanted.collect(), base: Base::default(), ..Request::default() };
        let closure = solve(&universe, &request).unwrap();
        let packages: Vec<&Package> = closure.chosen.iter().map(|one| one.package).collect();
        let description = Description {
            origin: "SRE".to_owned(),
            label: "carried".to_owned(),
            suite: "site".to_owned(),
            component: "main".to_owned(),
            date: made,
            architectures: ["amd64".to_owned()].into(),
        };
        let listed: Vec<_> = packages.iter().map(|one| Listed::of(one).unwrap()).collect();
        let metadata = write(&description, &listed).unwrap();
        let ours = self.path("ours");
        write_files(&ours, &metadata.indexes);
        let pool: Vec<(String, Vec<u8>)> =
            packages.iter().map(|one| (pool_path(one), self.bytes(one))).collect();
        write_files(&ours, pool.iter().map(|(path, bytes)| (path, bytes)));
        let release = metadata.release.as_bytes();
        let clear = key.sign_clear(&metadata.release, made).unwrap();
        let detached = key.sign_detached(release, made).unwrap();
        let folder = ours.join("dists/site");
        fs::write(folder.join("Release"), release).unwrap();
        fs::write(folder.join("InRelease"), clear).unwrap();
        fs::write(folder.join("Release.gpg"), detached).unwrap();
        fs::write(self.path("key.asc"), key.public_key().unwrap()).unwrap();
        let signed_by = self.path("key.asc").display().to_string();
        format!("deb [signed-by={signed_by}] file:{} site main", ours.display())
    }
}

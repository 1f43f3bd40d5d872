//! Releases of RKE2: the program, its archives of images, and what is installed beside it.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::FileOrigin;
use super::check::Checker;
use super::download::{Download, DownloadedSet};
use crate::PlatformName;
use crate::lock::SetKind;

/// Where upstream publishes its releases.
const USUAL_URL: &str = "https://github.com/rancher/rke2/releases/download/{version}";
/// The network that RKE2 takes unless told otherwise.
const USUAL_CNI: &str = "canal";

/// A release of RKE2, with the archives of images that a site without a network needs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRke2 {
    /// The version, exactly, such as `v1.35.7+rke2r1`.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The networks whose images are carried, such as `cilium`; `["canal"]` unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub cni: Option<Vec<Spanned<String>>>,
    /// Further archives of images, such as `multus` or `traefik`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub extras: Vec<Spanned<String>>,
    /// The script that installs it, which is no part of a release.
    pub install_script: Option<RawPinned>,
    /// The package with its `SELinux` policy, which is no part of a release.
    pub selinux_rpm: Option<RawPinned>,
    /// Where the files of the release lie; the releases of `rancher/rke2` on GitHub unless given.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

/// A file that only its digest vouches for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPinned {
    /// Where it lies.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(with = "String")]
    pub sha256: Spanned<String>,
}

/// What is known of a release before its files are.
struct Release<'a> {
    folder: Spanned<String>,
    version: &'a str,
    archives: Vec<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn rke2(&mut self, raw: RawRke2, usual: &[PlatformName]) -> Option<DownloadedSet> {
        let at = raw.version.span();
        let version = self.word(&raw.version, "a version of RKE2")?.to_string();
        let platforms = self.platforms_or(raw.platforms, usual)?;
        let folder = raw.url.unwrap_or_else(|| Spanned::new(at.clone(), USUAL_URL.to_owned()));
        let canal = || vec![Spanned::new(at.clone(), USUAL_CNI.to_owned())];
        let mut archives = vec![Spanned::new(at.clone(), "core".to_owned())];
        archives.extend(raw.cni.unwrap_or_else(canal));
        archives.extend(raw.extras);
        let release = Release { folder, version: &version, archives };
        let mut downloads = Vec::new();
        for platform in &platforms {
            downloads.extend(self.release(&release, platform)?);
        }
        for pinned in [raw.install_script, raw.selinux_rpm].into_iter().flatten() {
            downloads.push(self.pinned(&pinned, &version)?);
        }
        self.unique("rke2", version.clone(), at);
        let (kind, name) = (SetKind::Rke2, "rke2".to_owned());
        Some(DownloadedSet { kind, name, version, downloads, versions_from: None })
    }

    /// Lists the files of a release for a platform; its sums say what each must be.
    fn release(&mut self, release: &Release<'_>, platform: &PlatformName) -> Option<Vec<Download>> {
        let arch = platform.architecture();
        if platform.os() != "linux" {
            let at = release.folder.span();
            return self.wrong(
                at,
                format!("RKE2 is not carried for {platform}"),
                "name linux/amd64 or linux/arm64",
            );
        }
        let mut names =
            vec![Spanned::new(release.folder.span(), format!("rke2.linux-{arch}.tar.gz"))];
        for archive in &release.archives {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if archive.get_ref().is_empty() || !archive.get_ref().chars().all(fits) {
                let help = "the word in `rke2-images-WORD.linux-amd64.tar.zst`, such as `cilium`";
                return self.wrong(archive.span(), "this is not the name of an archive", help);
            }
            let name = format!("rke2-images-{}.linux-{arch}.tar.zst", archive.get_ref());
            names.push(Spanned::new(archive.span(), name));
        }
        let sums = self.file_of(release, platform, &format!("sha256sum-{arch}.txt"))?;
        let sums = self.url(&sums)?;
        let mut downloads = Vec::new();
        for name in names {
            let url = self.file_of(release, platform, name.get_ref())?;
            let origin = FileOrigin::Checksummed(self.url(&url)?, sums.clone());
            let path = format!("{}/{}", release.version, name.get_ref());
            let path = self.placed(SetKind::Rke2, &path, &name.span())?;
            downloads.push(Download { path, origin, member: None });
        }
        Some(downloads)
    }

    /// Gives the URL of a file of a release. A `+` stands as it is in a version and means a space to
    /// some servers.
    fn file_of(
        &mut self,
        release: &Release<'_>,
        platform: &PlatformName,
        name: &str,
    ) -> Option<Spanned<String>> {
        let folder = release.folder.get_ref().trim_end_matches('/');
        let url = Spanned::new(release.folder.span(), format!("{folder}/{name}"));
        self.filled(&url, &release.version.replace('+', "%2B"), platform)
    }

    fn pinned(&mut self, raw: &RawPinned, version: &str) -> Option<Download> {
        let url = raw.url.get_ref().replace("{version}", &version.replace('+', "%2B"));
        let url = self.url(&Spanned::new(raw.url.span(), url));
        let digest = self.digest(&raw.sha256);
        let (url, digest) = (url?, digest?);
        let name = format!("{version}/{}", url.file_name().unwrap_or_default());
        let path = self.placed(SetKind::Rke2, &name, &raw.url.span())?;
        Some(Download { path, origin: FileOrigin::Pinned(url, digest), member: None })
    }
}

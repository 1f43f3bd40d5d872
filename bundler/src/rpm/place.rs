//! Where the files of a repository stand in the bundle.

use sre_format::bundle::BundlePath;
use sre_format::lock::SetKind;
use sre_rpm::Nevra;

use super::error::RpmError;

/// Gives the place of a package; the epoch stays out of the name, as everywhere.
pub(crate) fn package_path(set: &str, nevra: &Nevra) -> Result<BundlePath, RpmError> {
    let Nevra { name, evr, architecture } = nevra;
    let letter = name.chars().next().unwrap_or('_').to_ascii_lowercase();
    let release = evr.release.as_deref().unwrap_or_default();
    let file = format!("{name}-{}-{release}.{architecture}.rpm", evr.version);
    inside(&format!("{}/packages/{letter}/{file}", folder(set)))
}

/// Gives the place of a file that metadata calls by its path from the base of the repository.
pub(crate) fn repodata_path(set: &str, path: &str) -> Result<BundlePath, RpmError> {
    inside(&format!("{}/{path}", folder(set)))
}

/// Gives the place of a file of a publisher's keys.
pub(crate) fn key_path(set: &str, name: &str) -> Result<BundlePath, RpmError> {
    inside(&format!("{}/keys/{name}", folder(set)))
}

/// Reads a path inside the bundle.
pub(super) fn inside(path: &str) -> Result<BundlePath, RpmError> {
    path.parse().map_err(|source| RpmError::Path { path: path.to_owned(), source })
}

/// Gives the base of a repository.
pub(super) fn folder(set: &str) -> String {
    format!("{}/{set}", SetKind::Rpm.folder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_stand_below_their_letter_without_epoch() {
        let nevra: Nevra = "Xorg-libs-1:1.0~rc1-2.el9.x86_64".parse().unwrap();
        let path = package_path("rocky9", &nevra).unwrap();
        assert_eq!(path.as_str(), "rpm/rocky9/packages/x/Xorg-libs-1.0~rc1-2.el9.x86_64.rpm");
    }
}

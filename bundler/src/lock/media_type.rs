//! Media types of files, told from their names.
//!
//! They decide whether a file is stored as it is or compressed, so they come from the lock and
//! never from looking into the file.

/// Gives the media type of a file.
pub(super) fn of_name(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "gz" | "tgz" => "application/gzip",
        "zst" | "tzst" => "application/zstd",
        "xz" | "txz" => "application/x-xz",
        "bz2" | "tbz" | "tbz2" => "application/x-bzip2",
        "zip" | "jar" | "whl" => "application/zip",
        "tar" => "application/x-tar",
        "rpm" => "application/x-rpm",
        "deb" => "application/vnd.debian.binary-package",
        "iso" => "application/x-iso9660-image",
        "qcow2" => "application/x-qemu-disk",
        "json" => "application/json",
        "yaml" | "yml" => "application/yaml",
        "toml" => "application/toml",
        "xml" => "application/xml",
        "txt" | "md" | "sh" | "asc" | "sig" | "pem" | "crt" | "pub" | "conf" | "csv" | "sha256" => {
            "text/plain"
        }
        "html" => "text/html",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_by_the_last_ending_whatever_its_case() {
        for (name, media_type) in [
            ("tool.tar.gz", "application/gzip"),
            ("README.MD", "text/plain"),
            ("rke2", "application/octet-stream"),
            ("values.yaml", "application/yaml"),
            (".tar", "application/x-tar"),
        ] {
            assert_eq!(of_name(name), media_type, "{name}");
        }
    }
}

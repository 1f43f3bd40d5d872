//! Paths that other people's files name.

/// Says whether a path stays below the folder that it is relative to, whoever reads it.
pub(crate) fn is_clean_path(path: &str) -> bool {
    path.len() <= MAX_PATH
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The longest path, in bytes; those of Debian have less than 200.
const MAX_PATH: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_no_path_leave_its_folder() {
        assert!(is_clean_path("pool/main/b/bash/bash_5.2.15-2+b2_amd64.deb"));
        for path in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a b", "a\\b", "a\u{e9}"] {
            assert!(!is_clean_path(path), "{path}");
        }
    }
}

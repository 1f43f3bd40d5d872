//! What is no file is refused at once, by name.

use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sre_format::bundle::{FileError, open_file};
use sre_format::{Explain as _, Fault};

use crate::fixture::bundle;

#[test]
fn pipes_folders_and_devices_are_no_bundles() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    // Nobody writes into the pipe: who waits for its other end waits for ever.
    for path in [&pipe, folder.path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
        let error = open_file(path).err().unwrap();
        assert!(matches!(error, FileError::NoFile { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Usage);
        assert!(error.to_string().contains(&path.display().to_string()));
    }
}

#[test]
fn a_link_to_a_bundle_is_a_bundle_and_one_to_nothing_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("sre.tar.zst"), folder.path().join("link"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(matches!(open_file(&link), Err(FileError::File { .. })));
    std::fs::write(&file, bundle(&[])).unwrap();
    assert!(open_file(&link).is_ok());
}

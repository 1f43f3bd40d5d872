//! A disk that fills up at any write: one clear message, the code for lack of space, and a re-run that goes on.

use sre_tests::{Journey, Program};
use std::fs;
use std::path::Path;

/// A small file system in memory; it is unmounted when dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn of_bytes(size: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Program::tool("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(folder.path())
            .run()
            .ok();
        Self { folder }
    }

    fn resize(&self, size: u64) {
        Program::tool("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.folder.path())
            .run()
            .ok();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Program::tool("umount").arg(self.folder.path()).run().ok();
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

#[test]
fn build_says_that_the_disk_is_full_and_goes_on_with_more_room() {
    let journey = Journey::prepare();
    let whole = journey.path("whole.tar.zst");
    journey.build(&whole).run().ok();
    let needed = size(&whole);
    for tenths in [1, 3, 5, 7, 9] {
        let disk = SmallDisk::of_bytes(needed * tenths / 10);
        let out = disk.path("sre.tar.zst");
        let said = journey.build(&out).run().fails_with(8);
        assert!(said.contains("space") || said.contains("room"), "{said}");
        assert!(!out.exists(), "a file stands under the final name though the disk was full");
        disk.resize(needed * 2 + (4 << 20));
        journey.build(&out).run().ok();
        assert!(fs::read(&out).unwrap() == fs::read(&whole).unwrap(), "at {tenths} tenths");
    }
}

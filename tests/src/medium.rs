//! File systems that are mounted for a test: small, read-only, slow, foreign, pulled out.

use crate::Program;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A file system on a folder of its own; it is unmounted when dropped.
pub struct Medium {
    folder: TempDir,
    device: Option<Device>,
}

/// A file that stands for a block device; it is let go when dropped.
struct Device {
    name: String,
    _file: TempDir,
}

impl Medium {
    /// A file system in memory that holds so many bytes.
    pub fn of_bytes(size: u64) -> Self {
        Self::mounted(|folder| {
            Program::tool("mount")
                .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
                .arg(folder)
        })
    }

    /// Shows a folder that nobody can write to.
    pub fn read_only(source: &Path) -> Self {
        Self::mounted(|folder| {
            Program::tool("mount").args(["-o", "bind,ro"]).args([source, folder])
        })
    }

    /// Shows a folder through a process that reads so many bytes in a second and can be killed.
    pub fn through_a_process(source: &Path, bytes_per_second: u64) -> Self {
        Self::mounted(|folder| bindfs(source, folder, bytes_per_second))
    }

    /// Shows a folder whose changes go to another one, as live systems do.
    pub fn overlay(source: &Path, changes: &Path) -> Self {
        let part = |name: &str| {
            fs::create_dir_all(changes.join(name)).unwrap();
            changes.join(name).display().to_string()
        };
        let (upper, work) = (part("upper"), part("work"));
        let options = format!("lowerdir={},upperdir={upper},workdir={work}", source.display());
        Self::mounted(|folder| {
            Program::tool("mount").args(["-t", "overlay", "-o", &options, "none"]).arg(folder)
        })
    }

    /// An empty exFAT file system, as sticks have it, behind FUSE where the kernel knows none.
    pub fn exfat(size: u64) -> Self {
        let device = Device::of_bytes(size);
        Program::tool("mkfs.exfat").arg(&device.name).run().ok();
        let mut medium =
            Self::mounted(|folder| Program::tool("mount.exfat-fuse").arg(&device.name).arg(folder));
        medium.device = Some(device);
        medium
    }

    /// An empty FAT32 file system.
    pub fn vfat(size: u64) -> Self {
        let device = Device::of_bytes(size);
        Program::tool("mkfs.vfat").args(["-F", "32"]).arg(&device.name).run().ok();
        let mut medium = Self::mounted(|folder| {
            Program::tool("fusefat").args(["-o", "rw+"]).arg(&device.name).arg(folder)
        });
        medium.device = Some(device);
        medium
    }

    fn mounted(mount: impl FnOnce(&Path) -> Program) -> Self {
        let folder = tempfile::tempdir().unwrap();
        mount(folder.path()).run().ok();
        Self { folder, device: None }
    }

    /// Gives the folder on which it is mounted.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a path on it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives a file system in memory another size.
    pub fn resize(&self, size: u64) {
        let options = format!("remount,size={size}");
        Program::tool("mount").args(["-o", &options]).arg(self.folder()).run().ok();
    }

    /// Writes until nothing more fits.
    pub fn fill(&self) {
        let mut file = File::create(self.path("filler")).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
    }

    /// Takes away what [`Medium::fill`] wrote.
    pub fn make_room(&self) {
        fs::remove_file(self.path("filler")).unwrap();
    }

    /// Kills the process behind it: whatever is read then fails, as on a stick that was pulled out.
    pub fn pull_out(&self) {
        let process = process_of(self.folder()).expect("no process shows this folder");
        kill_process(process, Signal::KILL).unwrap();
    }

    /// Puts a folder in the place of what was pulled out.
    pub fn put_in(&self, source: &Path) {
        Program::tool("umount").arg("--lazy").arg(self.folder()).run().ok();
        bindfs(source, self.folder(), u64::from(u32::MAX)).run().ok();
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        let ran = Program::tool("umount").arg(self.folder.path()).run();
        // A second panic would hide the first, which tells what went wrong.
        if !std::thread::panicking() {
            ran.ok();
        }
    }
}

impl Device {
    fn of_bytes(size: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device");
        File::create(&path).unwrap().set_len(size).unwrap();
        let name = Program::tool("losetup").args(["--find", "--show"]).arg(&path).run().ok();
        Self { name: name.trim_end().to_owned(), _file: folder }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        Program::tool("losetup").args(["--detach", &self.name]).run();
    }
}

fn bindfs(source: &Path, folder: &Path, bytes_per_second: u64) -> Program {
    let rate = format!("--read-rate={bytes_per_second}");
    Program::tool("bindfs").args(["--no-allow-other", &rate]).args([source, folder])
}

/// Finds the process whose command line ends with a folder.
fn process_of(folder: &Path) -> Option<Pid> {
    let wanted = format!("\0{}\0", folder.display());
    let found = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        line.ends_with(wanted.as_bytes()).then(|| Pid::from_raw(id))?
    });
    found.into_iter().next()
}

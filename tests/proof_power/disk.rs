//! A small file system in a file, of which the power can be cut.

use std::fs::File;
use std::path::{Path, PathBuf};

use nix::unistd::syncfs;
use tempfile::TempDir;

use crate::boot::{mount, next_boot, own_mounts};
use crate::support::program::{self, output, run, wait_for};
use crate::support::proof::{fast_folder, is_full};

/// `FS_IOC_SHUTDOWN` of linux/fs.h: ext4 since Linux 3.19, xfs always (there `XFS_IOC_GOINGDOWN`). From
/// that moment nothing more reaches the disk. Our own code may not call ioctl, which is unsafe.
const SHUTDOWN: &str = "open(my $root, '<', $ARGV[0]) or die \"open: $!\\n\"; \
                        ioctl($root, 0x8004587D, pack('L', $ARGV[1])) or die \"shutdown: $!\\n\";";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ext4,
    /// Data may reach the disk long after the names that lead to it.
    Ext4Writeback,
    Xfs,
}

/// What has become of the file system's own journal when the power fails: both happen, and each shows
/// other faults. The values are those of linux/fs.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// All of it is on the disk, so that names may be there without their data.
    Flushed = 1,
    /// On the disk is what somebody has waited for.
    Lost = 2,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Ext4, Kind::Ext4Writeback, Kind::Xfs];

pub(crate) const LOGS: [Log; 2] = [Log::Lost, Log::Flushed];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Ext4Writeback => "ext4 writeback",
            Self::Xfs => "xfs",
        }
    }

    /// mkfs.xfs makes none below 300 MB.
    fn bytes(self) -> u64 {
        match self {
            Self::Ext4 | Self::Ext4Writeback => 64 << 20,
            Self::Xfs => 320 << 20,
        }
    }

    fn make(self) -> (&'static str, &'static [&'static str]) {
        match self {
            // Of the block size that large disks have.
            Self::Ext4 | Self::Ext4Writeback => ("mkfs.ext4", &["-q", "-F", "-b", "4096"]),
            Self::Xfs => ("mkfs.xfs", &["-q", "-f"]),
        }
    }

    /// Whether the program that makes it is here.
    pub(crate) fn can_be_made(self) -> bool {
        program::find(self.make().0).is_some()
    }

    fn options(self) -> &'static str {
        match self {
            Self::Ext4 | Self::Xfs => "loop",
            // auto_da_alloc would write the data of a file that replaces another one by itself.
            Self::Ext4Writeback => "loop,data=writeback,noauto_da_alloc",
        }
    }
}

/// Mounted as long as it lives.
pub(crate) struct Disk {
    kind: Kind,
    folder: TempDir,
}

impl Disk {
    /// `None`, and a word on stderr, where this machine has no such file system; in the full run that is
    /// an error.
    pub(crate) fn new(kind: Kind) -> Option<Self> {
        match Self::mounted(kind) {
            Ok(disk) => Some(disk),
            Err(why) if is_full() => panic!("{}: {why}", kind.name()),
            Err(why) => {
                eprintln!("skipped: {} cannot be mounted here: {why}", kind.name());
                None
            }
        }
    }

    fn mounted(kind: Kind) -> Result<Self, String> {
        own_mounts()?;
        let folder = fast_folder();
        let image = folder.path().join("image");
        File::create(&image).unwrap().set_len(kind.bytes()).unwrap();
        let (mkfs, arguments) = kind.make();
        let mkfs = program::find(mkfs).ok_or(format!("no {mkfs}: tests/run.sh installs it"))?;
        run(mkfs, &[arguments, &[image.to_str().unwrap()]].concat());
        std::fs::create_dir(folder.path().join("mounted")).unwrap();
        let disk = Self { kind, folder };
        disk.mount()?;
        std::fs::create_dir(disk.laid()).unwrap();
        Ok(disk)
    }

    /// The folder in it for a scenario.
    pub(crate) fn laid(&self) -> PathBuf {
        self.root().join("laid")
    }

    /// A place beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything so far survives a power cut.
    pub(crate) fn save(&self) {
        syncfs(File::open(self.root()).unwrap()).unwrap();
    }

    /// The power fails, and comes back: what has not reached the disk is gone, the journal is replayed,
    /// and the machine has started anew.
    pub(crate) fn cut_power(&self, log: Log) {
        let root = self.root();
        let flag = (log as u32).to_string();
        run("perl", &["-e", SHUTDOWN, root.to_str().unwrap(), &flag]);
        self.unmount();
        next_boot();
        self.mount().unwrap();
    }

    fn root(&self) -> PathBuf {
        self.beside("mounted")
    }

    fn mount(&self) -> Result<(), String> {
        let options = [Path::new("-o"), Path::new(self.kind.options())];
        mount(&[&options[..], &[&self.beside("image"), &self.root()]].concat())
    }

    /// A child that another thread has just forked may still hold what is open here.
    fn unmount(&self) {
        let root = self.root();
        wait_for("unmounting", || unmounts(&root).then_some(()));
    }
}

/// Whether this machine lets us mount, and have a loop device; a container mostly does not.
pub(crate) fn has_loop_devices() -> bool {
    let folder = fast_folder();
    let image = folder.path().join("image");
    File::create(&image).unwrap().set_len(1 << 20).unwrap();
    let find = [Path::new("--find"), Path::new("--show"), &image];
    let found = output("losetup", &find, "");
    let device = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let is_given_back = output("losetup", &["--detach", &device], "")
        .status
        .success();
    found.status.success() && is_given_back && own_mounts().is_ok()
}

/// The kernel frees the loop device with its last mount.
fn unmounts(root: &Path) -> bool {
    output("umount", &[root], "").status.success()
}

impl Drop for Disk {
    /// Also when a test fails, and even if a process of it still stands in there.
    fn drop(&mut self) {
        let root = self.root();
        if !unmounts(&root) {
            output("umount", &[Path::new("--lazy"), &root], "");
        }
    }
}

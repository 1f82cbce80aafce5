//! What the harness takes from the machine, and gives back.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use crate::disk::{Disk, KINDS, has_loop_devices};
use crate::support::live::is_root;
use crate::support::program::wait_for;

/// Otherwise all would be skipped one day, and nobody would see it.
#[test]
fn where_loop_devices_are_to_be_had_at_least_one_file_system_is_proven() {
    if !is_root() {
        return;
    }
    if !has_loop_devices() || !KINDS.into_iter().any(|kind| kind.can_be_made()) {
        eprintln!("skipped: needs loop devices, and mkfs.ext4 or mkfs.xfs");
        return;
    }
    assert!(KINDS.into_iter().any(|kind| Disk::new(kind).is_some()));
}

#[test]
fn no_mount_and_no_loop_device_is_left_when_a_test_fails() {
    if !is_root() {
        return;
    }
    for kind in KINDS {
        let Some(disk) = Disk::new(kind) else {
            continue;
        };
        let image = disk.beside("image");
        assert!(is_mounted(&image) && has_loop_device(&image));
        let failed = catch_unwind(AssertUnwindSafe(|| {
            let _ours = disk;
            // Without the noise of a panic that nobody has expected.
            resume_unwind(Box::new("a test that fails"));
        }));
        assert!(failed.is_err());
        assert!(!is_mounted(&image) && !image.exists());
        // The kernel takes its time.
        wait_for("the end of a loop device", || {
            (!has_loop_device(&image)).then_some(())
        });
    }
}

fn is_mounted(image: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/thread-self/mounts").unwrap();
    mounts.contains(image.parent().unwrap().to_str().unwrap())
}

fn has_loop_device(image: &Path) -> bool {
    let mut devices = fs::read_dir("/sys/block").unwrap();
    devices.any(|device| {
        let backing = device.unwrap().path().join("loop/backing_file");
        fs::read_to_string(backing).is_ok_and(|file| {
            file.trim_end().trim_end_matches(" (deleted)") == image.to_str().unwrap()
        })
    })
}

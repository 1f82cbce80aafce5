use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::ServiceError;
use crate::server::java::{Java, of_service};
use crate::system::deadline::Deadline;

fn found(setting: Option<&Path>, pid: Option<u32>) -> Result<Option<Java>, ServiceError> {
    let deadline = Deadline::after(Duration::from_secs(60), &|| false);
    of_service(setting, pid, Some(&deadline))
}

/// Copied by a child: a fork of another test could hold a file of ours open for writing, and then it
/// cannot be run (ETXTBSY).
fn copy_of_sh(to: &Path) {
    let copied = Command::new("cp").arg("/bin/sh").arg(to).status();
    assert!(copied.unwrap().success());
}

/// A home whose `java` is a `sh`.
fn home(folder: &Path, release: Option<&str>) {
    fs::create_dir_all(folder.join("bin")).unwrap();
    copy_of_sh(&folder.join("bin/java"));
    if let Some(release) = release {
        fs::write(folder.join("release"), release).unwrap();
    }
}

#[test]
fn the_setting_may_be_a_home_a_program_or_a_link() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path(), Some("JAVA_VERSION=\"11.0.5\"\n"));
    let program = folder.path().join("bin/java");
    let link = folder.path().join("link");
    symlink(&program, &link).unwrap();
    for setting in [folder.path(), &program, &link] {
        let java = found(Some(setting), None).unwrap().unwrap();
        assert_eq!(java.program, program.canonicalize().unwrap());
        assert_eq!(java.version.to_string(), "11.0.5");
    }
}

#[test]
fn the_release_of_a_java_8_lies_one_folder_higher() {
    let folder = tempfile::tempdir().unwrap();
    home(&folder.path().join("jre"), None);
    fs::write(
        folder.path().join("release"),
        "JAVA_VERSION=\"1.8.0_342\"\n",
    )
    .unwrap();
    let java = found(Some(&folder.path().join("jre/bin/java")), None)
        .unwrap()
        .unwrap();
    assert_eq!(java.version.to_string(), "8u342");
}

#[test]
fn a_setting_without_java_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = found(Some(folder.path()), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} is no Java", folder.path().join("bin/java").display())
    );
    assert!(error.hint().unwrap().contains("[webapi] java"));
}

#[test]
fn the_running_process_tells_even_after_its_program_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path(), Some("JAVA_VERSION=\"17.0.9\"\n"));
    let program = folder.path().join("bin/java");
    let mut service = Command::new(&program)
        .args(["-c", "read line"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let running = found(None, Some(service.id())).unwrap();
    // As a package manager does it; the kernel now says `…/java (deleted)`.
    copy_of_sh(&folder.path().join("new"));
    fs::rename(folder.path().join("new"), &program).unwrap();
    let replaced = found(None, Some(service.id())).unwrap();
    drop(service.stdin.take());
    service.wait().unwrap();
    assert_eq!(running.unwrap().version.to_string(), "17.0.9");
    assert_eq!(replaced.unwrap().version.to_string(), "17.0.9");
}

#[test]
fn a_process_that_is_no_java_is_unknown() {
    assert_eq!(found(None, Some(std::process::id())).unwrap(), None);
    assert_eq!(found(None, None).unwrap(), None);
}

#[test]
fn a_java_without_release_file_is_asked_unless_others_can_replace_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("bin")).unwrap();
    let program = folder.path().join("bin/java");
    let script = "#!/bin/sh\necho 'openjdk version \"21.0.8\" 2025-07-15' >&2\n";
    // By a child too, for the same reason.
    let written = Command::new("sh")
        .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
        .args([program.as_os_str(), script.as_ref()])
        .status();
    assert!(written.unwrap().success());
    let java = found(Some(&program), None).unwrap().unwrap();
    assert_eq!(java.version.to_string(), "21.0.8");
    for path in [&program, &folder.path().join("bin")] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            found(Some(&program), None),
            Err(ServiceError::NoJava { .. })
        ));
        fs::set_permissions(path, before).unwrap();
    }
    assert!(found(Some(&program), None).unwrap().is_some());
}

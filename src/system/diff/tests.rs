use super::{render, visible};
use crate::system::plan::{Action, Content, FileChange, Owner, Plan, Provisional};
use crate::system::scratch::{Scratch, attributes, plan, restart};

fn rendered(scratch: &Scratch, plan: &Plan) -> String {
    let root = scratch.real("/").canonicalize().unwrap();
    let text = render(&scratch.host.root, plan).unwrap();
    text.replace(root.to_str().unwrap().trim_end_matches('/'), "")
}

fn public(scratch: &Scratch, path: &str, bytes: &str, mode: u32) -> FileChange {
    scratch.change(
        path,
        Action::Write {
            content: Content::Public(bytes.into()),
            attributes: attributes(mode),
        },
    )
}

#[test]
fn public_content_is_a_unified_diff() {
    let scratch = Scratch::new();
    scratch.file("/etc/a.prop", "one\ntwo\nthree\n", 0o644);
    let plan = plan([
        public(&scratch, "/etc/a.prop", "one\n2\nthree\n", 0o644),
        public(&scratch, "/etc/b.prop", "new", 0o600),
    ]);
    assert_eq!(
        rendered(&scratch, &plan),
        "change /etc/a.prop\n--- /etc/a.prop\n+++ /etc/a.prop\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\
         create /etc/b.prop: mode 0600\n--- /dev/null\n+++ /etc/b.prop\n@@ -0,0 +1 @@\n+new\n\\ No newline at end of file\n"
    );
}

#[test]
fn of_a_secret_only_size_and_sum_are_shown() {
    let scratch = Scratch::new();
    scratch.file("/etc/key", "hunter2", 0o644);
    let text = rendered(
        &scratch,
        &plan([scratch.write("/etc/key", "hunter33", 0o440)]),
    );
    // The sums are those of sha256sum(1).
    assert_eq!(
        text,
        "change /etc/key\n  mode 0644 -> 0440\n  secret: \
         7 bytes, SHA-256 f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7 -> \
         8 bytes, SHA-256 @NEW@\n"
            .replace("@NEW@", &crate::system::snapshot::sha256(b"hunter33"))
    );
    assert!(!text.contains("hunter"));
}

#[test]
fn content_for_the_proof_is_said_and_is_no_change() {
    let scratch = Scratch::new();
    scratch.file("/etc/users", "user:hash\n", 0o640);
    let mut plan = plan([public(&scratch, "/etc/users", "user:hash\n", 0o640)]);
    plan.provisional.push(Provisional {
        path: "/etc/users".into(),
        content: Content::Public(b"x".into()),
    });
    assert_eq!(rendered(&scratch, &plan), "");
    plan.restart = Some(restart());
    let text = rendered(&scratch, &plan);
    assert!(text.starts_with("until proven /etc/users: 1 bytes, SHA-256 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n"), "{text}");
}

#[test]
fn what_no_diff_can_say_gets_a_line() {
    let scratch = Scratch::new();
    scratch
        .file("/etc/gone", "x", 0o600)
        .file("/etc/s.disabled", "x", 0o600)
        .make_folder("/etc/empty", 0o755);
    let mut owned = attributes(0o700);
    owned.owner = Some(Owner { user: 0, group: 0 });
    let to = "/etc/s".into();
    let mut plan = plan([
        scratch.change("/etc/gone", Action::Remove),
        scratch.change("/etc/s.disabled", Action::Rename { to }),
        scratch.change("/etc/ssl", Action::CreateFolder(owned)),
        scratch.change("/etc/empty", Action::RemoveFolder(attributes(0o755))),
    ]);
    plan.restart = Some(restart());
    assert_eq!(
        rendered(&scratch, &plan),
        "remove /etc/gone: 1 bytes, SHA-256 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n\
         rename /etc/s.disabled to /etc/s\n\
         create folder /etc/ssl: mode 0700, owner root:root\n\
         remove folder /etc/empty\n\
         restart web_api_service through monit\n\
         probe localhost:8123 for deephaven.example.com: leaf SHA-256 new\n"
    );
}

#[test]
fn a_terminal_takes_nothing_for_a_command() {
    assert_eq!(
        visible(b"a\tb\r\n\x1b[2J\xe9\xff"),
        "a\tb\\r\n\\u{1b}[2J\\xe9\\xff"
    );
    assert_eq!(
        visible("\u{202e}gnp.exe f\u{fc}r".as_bytes()),
        "\\u{202e}gnp.exe f\u{fc}r"
    );
}

#[test]
fn nothing_to_change_is_nothing_to_show() {
    assert_eq!(rendered(&Scratch::new(), &plan([])), "");
}

#[test]
fn an_entry_of_an_access_list_that_is_kept_is_named() {
    let scratch = Scratch::new();
    scratch.file("/etc/key", "old", 0o440);
    let status = std::process::Command::new("setfacl")
        .args(["-m", "u:64123:r"])
        .arg(scratch.real("/etc/key"))
        .status();
    assert!(status.unwrap().success());
    let text = rendered(&scratch, &plan([scratch.write("/etc/key", "new", 0o440)]));
    assert!(
        text.contains("  access list keeps user:64123:r--\n"),
        "{text}"
    );
}

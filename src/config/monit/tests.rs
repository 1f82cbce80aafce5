mod fixtures;

use std::path::Path;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::proptest;

use crate::config::monit::{Process, ServiceFile};
use crate::error::MonitError;

const WEB_API: &[u8] = include_bytes!("../../../testdata/monit/web_api_service.conf");
const CUS: &[u8] = include_bytes!("../../../testdata/monit/cus.conf.disabled");

fn parse(text: impl AsRef<[u8]>) -> Result<ServiceFile, MonitError> {
    ServiceFile::parse(Path::new("monit/x.conf"), text.as_ref())
}

/// The only process of a file.
fn process(text: impl AsRef<[u8]>) -> Process {
    let mut file = parse(text).expect("the file can be read");
    assert_eq!(file.processes.len(), 1);
    file.processes.remove(0)
}

fn name(text: &str) -> String {
    process(text).name
}

fn words(text: &str) -> Vec<String> {
    let start = process(format!("check process x\n{text}")).start;
    start.map_or(Vec::new(), |start| start.words)
}

fn timeout(text: &str) -> Option<u64> {
    let start = process(format!("check process x start program \"/a\" {text}")).start;
    start
        .and_then(|start| start.timeout)
        .as_ref()
        .map(Duration::as_secs)
}

#[test]
fn the_web_api_service_is_read_whole() {
    let process = process(WEB_API);
    assert_eq!(process.name, "web_api_service");
    assert_eq!(process.at.to_string(), "monit/x.conf:3");
    assert_eq!(
        process.pidfile.as_deref(),
        Some("/etc/deephaven/run/web_api_service.pid")
    );
    let start = process.start.unwrap();
    assert_eq!(start.at.line, 4);
    assert_eq!(
        start.words,
        [
            "/usr/illumon/latest/bin/monit_run",
            "start",
            "web_api_service"
        ]
    );
    assert_eq!(start.timeout, Some(Duration::from_secs(90)));
}

#[test]
fn the_configuration_of_the_client_update_service_is_the_argument_of_f() {
    let process = process(CUS);
    assert_eq!(process.name, "client_update_service");
    let start = process.start.unwrap();
    assert_eq!(
        start.lighttpd_configuration().unwrap(),
        "/etc/lighttpd/client-update-service.conf"
    );
}

#[test]
fn names_are_plain_or_quoted_in_any_case_of_keyword() {
    assert_eq!(name("check process plain-x.y_z pidfile /p"), "plain-x.y_z");
    assert_eq!(name("CHECK\tPROCESS \"Web Api\" PIDFILE /p"), "Web Api");
    assert_eq!(
        name("check process 'single' matching \"java.*Web\""),
        "single"
    );
    assert_eq!(name("check process crlf with pidfile /p\r\n"), "crlf");
}

#[test]
fn comments_and_strings_name_no_process() {
    assert_eq!(
        name("# check process no\ncheck process yes # check process no"),
        "yes"
    );
    assert_eq!(
        name("check process a if failed port 80 then exec \"/x check process b\""),
        "a"
    );
    assert_eq!(name("check process a#b pidfile /p"), "a#b");
}

#[test]
fn several_processes_are_all_listed_and_other_checks_are_not() {
    let text = "check process a pidfile /a\ncheck host h with address h\n start program = \"/h\"\n\
                check process b pidfile /b start program = \"/b\"";
    let file = parse(text).unwrap();
    let names: Vec<_> = file
        .processes
        .iter()
        .map(|it| (it.name.as_str(), it.at.line))
        .collect();
    assert_eq!(names, [("a", 1), ("b", 4)]);
    assert_eq!(file.processes[0].start, None);
    assert_eq!(file.processes[1].start.as_ref().unwrap().words, ["/b"]);
}

#[test]
fn the_start_program_is_split_into_words() {
    assert_eq!(
        words("start program = \"/a -f 'b c' d\""),
        ["/a", "-f", "b c", "d"]
    );
    assert_eq!(words("start = \"/a\""), ["/a"]);
    assert_eq!(
        words("start program=\"/a\n  b\"\nstop program \"/c\""),
        ["/a", "b"]
    );
    assert_eq!(words("start program \"/a 'b c\""), ["/a", "'b", "c"]);
    assert_eq!(
        words("stop program \"/c\"\nSTART PROGRAM \"/a x#y 'q \"r\" s'\""),
        ["/a", "x#y", "q \"r\" s"]
    );
    assert_eq!(
        words("if 3 restarts within 5 cycles then restart"),
        Vec::<String>::new()
    );
}

#[test]
fn the_timeout_belongs_to_the_start_program_it_follows() {
    assert_eq!(timeout("with timeout 90 seconds"), Some(90));
    assert_eq!(
        timeout("as uid irisadmin and gid dbquery using the timeout of 5 seconds"),
        Some(5)
    );
    assert_eq!(timeout("stop program \"/b\" with timeout 7 seconds"), None);
    assert_eq!(timeout("if 5 restarts within 5 cycles then timeout"), None);
    assert_eq!(timeout("timeout 99999999999999999999 seconds"), None);
}

#[test]
fn a_file_without_a_process_is_refused() {
    let error = parse("# check process x\nset daemon 30").unwrap_err();
    assert_eq!(
        error.to_string(),
        "monit/x.conf names no process for monit to check"
    );
    assert_eq!(
        error.hint().unwrap(),
        "it should begin with: check process NAME with pidfile FILE"
    );
}

#[test]
fn an_open_quote_is_refused_with_its_line() {
    for text in [
        "check process \"x",
        "check process x\nstart program \"/a 'b",
        "a\n'",
    ] {
        let error = parse(text).unwrap_err();
        let line = text.lines().count();
        assert_eq!(
            error.to_string(),
            format!("monit/x.conf:{line}: a quote is opened here and never closed")
        );
        assert_eq!(
            error.hint().unwrap(),
            "monit -t shows what monit makes of its files"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..100), text in "(check process |start|\"|'|#|\n| |a){0,12}") {
        let _ = parse(bytes);
        let _ = parse(text);
    }
}

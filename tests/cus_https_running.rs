//! `dhtls cus-https` on a service whose process runs without monit looking at it.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use support::cus::SERVICE;
use support::cus_live::CusLive;
use support::live::assert_same;
use support::program::wait_for;

/// monit then takes the old process over, and has to be told once more.
#[test]
fn a_service_that_is_not_monitored_is_restarted_all_the_same() {
    let Some((live, _)) = CusLive::start_secured() else {
        return;
    };
    let monit = live.server.monit.as_ref().unwrap();
    for name in ["second", "third"] {
        let pair = live.pair(name);
        let old = live.server.pid();
        monit.call(&["unmonitor", SERVICE]);
        wait_for("monit to look away", || {
            let (said, _) = monit.status(SERVICE);
            (said == "Not monitored").then_some(())
        });
        live.https(name, "").exits(0);
        live.serves(&pair);
        assert_ne!(live.server.pid(), old);
    }
}

/// What an administrator leaves who renames the service's file and reloads monit, and no more.
#[test]
fn a_service_that_is_off_and_runs_is_not_switched_on() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.pair("new");
    let pid = live.server.pid();
    live.server.switch_off();
    live.server.monit.as_ref().unwrap().call(&["reload"]);
    wait_for("monit to forget it", || {
        (!live.is_known_to_monit()).then_some(())
    });
    let touched = live.touched();
    for more in ["--enable", "--enable --dry-run"] {
        let refused = live.https("new", more).exits(1).prints("");
        refused.warns_of(&[
            &format!("dhtls: error: {SERVICE} is off in monit, and process {pid} of $ROOT/"),
            &format!("end it with kill {pid}"),
        ]);
    }
    assert_same(&touched, &live.touched());
    assert_eq!(live.server.processes(), [pid]);
    assert!(live.server.http().launcher().is_some());
    // Without a restart nobody takes it over.
    live.https("new", "--no-restart").exits(0);
}

//! An edit is read again before anyone gets it, and one that went wrong is held back.

use crate::config::getdown::tests::{https, parse};
use crate::error::GetdownError;

const BEFORE: &str = "appbase = http://a/\ncode = [linux] a.jar\n";

fn is_held_back(edited: &str) -> bool {
    let proven = parse(BEFORE).unwrap().proven(edited.into(), &https());
    match proven {
        Ok(edited) => {
            assert_eq!(edited.changed.len(), 1);
            false
        }
        Err(error) => matches!(error, GetdownError::NotProven { .. }),
    }
}

#[test]
fn an_edit_of_more_or_less_than_the_addresses_is_held_back() {
    let right = "appbase = https://cus.example.com/\ncode = [linux] a.jar\n";
    assert!(!is_held_back(right));
    assert!(is_held_back(BEFORE));
    for (was, is) in [
        ("appbase = https", "appbase : https"),
        ("code", "resource"),
        ("linux", "windows"),
        ("a.jar", "b.jar"),
        ("code = [linux] a.jar\n", ""),
        ("a.jar\n", "a.jar\ncode = b.jar\n"),
    ] {
        assert!(is_held_back(&right.replace(was, is)), "{was} as {is}");
    }
}

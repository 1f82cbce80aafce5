//! What people type as a name, an address, a limit or a finding, and what files say in their words.

use std::fmt::Display;
use std::str::FromStr;

use crate::config::getdown::{Origin, Scheme};
use crate::pki::findings::Code;
use crate::pki::names::ServerName;
use crate::pki::thresholds::Threshold;
use crate::server::settings::Ignore;
use crate::system::endpoint::Endpoint;

/// Whatever is understood says of itself what is understood as the same.
pub fn names(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    if let Ok(name) = ServerName::parse(text) {
        assert_eq!(ServerName::parse(&name.to_string()).ok(), Some(name));
    }
    if let Ok(origin) = Origin::new(Scheme::Https, text, 443) {
        assert_eq!(Origin::new(Scheme::Https, origin.host(), 443), Ok(origin));
    }
    says_what_it_is::<Endpoint>(text);
    says_what_it_is::<Code>(text);
    let _ = (text.parse::<Threshold>(), text.parse::<Ignore>());
}

fn says_what_it_is<T: Display + FromStr + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let again = read.to_string().parse::<T>();
        assert!(again.is_ok_and(|again| again == read), "{text:?}");
    }
}

//! Where a launcher file sends its readers.

use std::path::Path;

use crate::config::getdown::{Address, Launcher};

/// Compares every `appbase` of a launcher file with `https://host[:port]`, the port left out where it is
/// the scheme's own.
///
/// # Errors
/// Those that name another origin; none for a file that no launcher could start with.
pub(super) fn names_origin(body: &[u8], origin: &str) -> Result<String, Vec<String>> {
    let launcher = Launcher::parse(Path::new("getdown.txt"), body).map_err(|_| Vec::new())?;
    let named = || launcher.addresses().filter(|address| address.is_appbase());
    let is_there = |address: &&Address| {
        let found = address.origin.as_ref().map(ToString::to_string);
        found.is_some_and(|found| found.eq_ignore_ascii_case(origin))
    };
    let others: Vec<String> = named()
        .filter(|address| !is_there(address))
        .map(|address| address.value.clone())
        .collect();
    match named().next() {
        Some(first) if others.is_empty() => Ok(first.value.clone()),
        Some(_) | None => Err(others),
    }
}

#[cfg(test)]
mod tests {
    use super::names_origin;

    const ORIGIN: &str = "https://cus.example.com";

    #[test]
    fn every_appbase_counts_whatever_its_qualifier() {
        let body =
            b"# appbase = http://old/\nappbase = [linux] https://cus.example.com/iris # here\r\n\
            appbase=[!linux]https://CUS.example.com:443/iris\nui.name = x\n";
        let named = names_origin(body, ORIGIN).unwrap();
        assert_eq!(named, "https://cus.example.com/iris");
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        for other in [
            "http://cus.example.com/iris",
            "https://cus.example.com.evil/iris",
            "https://cus.example.com:8443/iris",
            "https://cus.example.co/iris",
        ] {
            let body = format!("appbase = https://cus.example.com/\nappbase = [linux] {other}\n");
            assert_eq!(
                names_origin(body.as_bytes(), ORIGIN),
                Err(vec![other.to_owned()])
            );
        }
        let port = b"appbase = https://cus.example.com:8443/iris";
        assert!(names_origin(port, "https://cus.example.com:8443").is_ok());
    }

    #[test]
    fn strict_comments_keep_what_is_behind_the_sign() {
        let body = b"strict_comments = true\nappbase = https://cus.example.com/#/iris\n#appbase = http://old";
        assert_eq!(
            names_origin(body, ORIGIN).unwrap(),
            "https://cus.example.com/#/iris"
        );
    }

    #[test]
    fn a_file_without_an_appbase_names_nothing() {
        for body in [
            &b""[..],
            b"appbase",
            b"#appbase = https://cus.example.com",
            b"<html>\xff</html>",
        ] {
            assert_eq!(names_origin(body, ORIGIN), Err(Vec::new()));
        }
    }
}

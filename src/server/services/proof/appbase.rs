//! Where a launcher file sends its readers.

use std::borrow::Cow;

/// The values of the `appbase` lines in a launcher file, without platform qualifiers: getdown 1.6 to 1.8
/// split at the first `=`, trim both sides, and end a line at any `#` unless `strict_comments` is set.
//
// To be replaced by config::getdown once that can read a file.
fn appbases(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let entries: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let strict = entries.contains(&("strict_comments", "true"));
    let without_comment = |value: &'_ str| match value.split_once('#') {
        Some((value, _)) if !strict => value.trim().to_owned(),
        Some(_) | None => value.to_owned(),
    };
    entries
        .iter()
        .filter(|(key, _)| *key == "appbase")
        .map(|(_, value)| without_comment(unqualified(value)))
        .collect()
}

/// Without a leading `[linux]`.
fn unqualified(value: &str) -> &str {
    match value
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((_, value)) => value.trim(),
        None => value,
    }
}

/// Compares every `appbase` of a launcher file with `https://host[:port]`.
///
/// # Errors
/// Those that name another origin; without any `appbase`, none.
pub(super) fn names_origin(body: &[u8], origin: &str) -> Result<String, Vec<String>> {
    let named = appbases(body);
    let wanted = origin_of(origin);
    let others: Vec<String> = named
        .iter()
        .filter(|url| origin_of(url) != wanted)
        .cloned()
        .collect();
    match named.into_iter().next() {
        Some(first) if others.is_empty() => Ok(first),
        Some(_) | None => Err(others),
    }
}

/// Scheme, host and port; a port that is the scheme's own is none (RFC 3986, section 6.2.3).
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
    let own_port = match origin.starts_with("https:") {
        true => ":443",
        false => ":80",
    };
    let origin = match origin.strip_suffix(own_port) {
        Some(origin) => Cow::Borrowed(origin),
        None => Cow::Owned(origin),
    };
    Some(origin.into_owned())
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
            "cus.example.com/iris",
            "\"https://cus.example.com/iris\"",
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

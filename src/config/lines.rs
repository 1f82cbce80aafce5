//! Physical lines of a file, whatever ends them.

/// Where one line lies in its file, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// End of the text: here the line ending begins, if there is one.
    pub(crate) end: usize,
    /// Start of the next line.
    pub(crate) next: usize,
}

/// Every line in turn. LF, CR and CRLF each end one, as for Java's `BufferedReader.readLine`; a final
/// line ending starts no further line.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = start + length.unwrap_or(rest.len());
        let line = Line {
            start,
            end,
            next: end + ending(bytes, end).len(),
        };
        start = line.next;
        Some(line)
    })
}

/// How the last ended line of the file ends, which is how a line appended to it should end; LF when no
/// line says.
pub(crate) fn line_ending(bytes: &[u8]) -> &'static [u8] {
    let last = lines(bytes).filter(|line| line.next > line.end).last();
    last.map_or(b"\n", |line| ending(bytes, line.end))
}

fn ending(bytes: &[u8], at: usize) -> &'static [u8] {
    match bytes.get(at..).unwrap_or_default() {
        [b'\r', b'\n', ..] => b"\r\n",
        [b'\r', ..] => b"\r",
        [b'\n', ..] => b"\n",
        [..] => b"",
    }
}

#[cfg(test)]
mod tests {
    use super::{line_ending, lines};

    fn texts(bytes: &[u8]) -> Vec<&[u8]> {
        lines(bytes)
            .map(|line| &bytes[line.start..line.end])
            .collect()
    }

    #[test]
    fn every_kind_of_line_ending_ends_one_line() {
        assert_eq!(
            texts(b"a\nb\rc\r\n\n\rd"),
            [&b"a"[..], b"b", b"c", b"", b"", b"d"]
        );
    }

    #[test]
    fn a_final_line_ending_starts_no_further_line() {
        assert_eq!(texts(b"a\n"), texts(b"a"));
        assert_eq!(lines(b"").count(), 0);
    }

    #[test]
    fn an_appended_line_ends_as_the_last_ended_line_does() {
        assert_eq!(line_ending(b"a\r\nb\nc"), b"\n");
        assert_eq!(line_ending(b"a\nb\r\nc"), b"\r\n");
        assert_eq!(line_ending(b"a\rb"), b"\r");
        assert_eq!(line_ending(b"a"), b"\n");
    }
}

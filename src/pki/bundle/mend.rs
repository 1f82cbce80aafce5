//! What was wrong with a file and is not in what we make of it.

use std::fmt;

use crate::pki::pem::{BOM, Block};

/// In the order in which they are said.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Mend {
    Utf16,
    Bom,
    Crlf,
    NoArmor,
    EscapedNewlines,
    LongLines,
    EmptyLines,
    Indentation,
    TextAround,
    JoinedBlocks,
    NoFinalNewline,
}

/// Looks at a PEM text block by block and notes what needs mending.
#[derive(Debug)]
pub(super) struct Observer<'a> {
    text: &'a [u8],
    /// Where the block before this one ended.
    seen: usize,
    mended: Vec<Mend>,
}

impl<'a> Observer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut observer = Self {
            text,
            seen: 0,
            mended: Vec::new(),
        };
        if text.starts_with(BOM) {
            observer.mended.push(Mend::Bom);
            observer.seen = BOM.len();
        }
        observer
    }

    pub(super) fn observe(&mut self, block: &Block<'_>) {
        self.observe_gap(block.start);
        // The first block has no other before it.
        if self.seen == block.start && self.seen > BOM.len() {
            self.mended.push(Mend::JoinedBlocks);
        }
        if block.body.contains(&b'\\') {
            self.mended.push(Mend::EscapedNewlines);
        } else if block.body.split(|byte| is_line_end(*byte)).any(is_long) {
            self.mended.push(Mend::LongLines);
        }
        if block.body.contains(&b'\t') || (block.body.contains(&b' ') && !block.has_headers()) {
            self.mended.push(Mend::Indentation);
        }
        if has_empty_line(block.body) && !block.has_headers() {
            self.mended.push(Mend::EmptyLines);
        }
        self.seen = block.end;
    }

    pub(super) fn finish(mut self) -> Vec<Mend> {
        self.observe_gap(self.text.len());
        if self.text.contains(&b'\r') {
            self.mended.push(Mend::Crlf);
        }
        if !self.text.last().is_some_and(|last| is_line_end(*last)) {
            self.mended.push(Mend::NoFinalNewline);
        }
        self.mended.sort_unstable();
        self.mended.dedup();
        self.mended
    }

    /// What lies between two blocks: nothing but line ends, at best.
    fn observe_gap(&mut self, until: usize) {
        let gap = self.text.get(self.seen..until).unwrap_or_default();
        if !gap.iter().all(u8::is_ascii_whitespace) {
            self.mended.push(Mend::TextAround);
        } else if matches!(gap, [.., b' ' | b'\t']) {
            self.mended.push(Mend::Indentation);
        }
    }
}

impl fmt::Display for Mend {
    /// To be read after "mended: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bom => "byte order mark",
            Self::Crlf => "Windows line ends",
            Self::EmptyLines => "empty lines within a block",
            Self::EscapedNewlines => "newlines written as \\n",
            Self::Indentation => "blanks before or within lines",
            Self::JoinedBlocks => "two blocks on one line",
            Self::LongLines => "lines too long for other programs",
            Self::NoArmor => "BEGIN and END lines missing",
            Self::NoFinalNewline => "no newline at the end",
            Self::TextAround => "text around the blocks",
            Self::Utf16 => "UTF-16 text",
        })
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Between the lines of a body; the first and the last are what is left of the markers' own.
fn has_empty_line(body: &[u8]) -> bool {
    let count = body.split(|byte| *byte == b'\n').count();
    let inner = body.split(|byte| *byte == b'\n').skip(1);
    inner
        .take(count.saturating_sub(2))
        .any(|line| line.trim_ascii().is_empty())
}

/// RFC 7468 writes 64 characters, RFC 2045 76; OpenSSL before 1.1 gives up beyond that.
fn is_long(line: &[u8]) -> bool {
    line.trim_ascii().len() > 76
}

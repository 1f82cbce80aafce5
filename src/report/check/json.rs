//! JSON: the scan as it is. docs/check.schema.json describes it.

use std::io::{self, Write};

use crate::report::scan::Scan;

/// One document and a final newline.
pub(super) fn write(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, scan)?;
    writeln!(out)
}

//! JSON: the scan as it is, with docs/check.schema.json as its description.

use std::io::{self, Write};

use crate::report::scan::Scan;

pub(super) fn write(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, scan)?;
    writeln!(out)
}

//! TODO

use std::io::{self, Write};

use crate::report::scan::Scan;

pub(super) fn write(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", scan.status)
}

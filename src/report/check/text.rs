//! TODO

use std::io::{self, Write};

use crate::report::check::Look;
use crate::report::scan::Scan;

pub(super) fn write(scan: &Scan, _look: &Look, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", scan.status)
}

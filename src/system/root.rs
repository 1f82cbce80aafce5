//! Where paths lead: below `/`, or below the folder of `--root` as if it were `/`.

/// The folder below which every path of the server lies.
#[derive(Debug)]
pub(crate) struct Root {}

impl Root {
    pub(crate) fn real() -> Self {
        Self {}
    }
}

//! What a person or a program reads.

pub(crate) mod json;
pub(crate) mod outcome;
pub(crate) mod text;

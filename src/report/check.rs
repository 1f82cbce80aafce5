//! A check in four formats.

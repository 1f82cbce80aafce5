//! Outcomes for programs: one JSON document on stdout.

use serde::Serialize;

/// `document` as indented JSON with a final newline.
///
/// # Errors
/// serde_json's, for a document that JSON cannot express.
pub(crate) fn render(document: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

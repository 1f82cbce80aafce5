//! Which bytes an edit may touch.

use std::ops::Range;

use crate::config::lines::lines;

/// Fails unless all bytes of `before` outside of `span` are in `after`, in front and behind.
pub(super) fn touches_only(span: &Range<usize>, before: &[u8], after: &[u8]) {
    let (front, back) = (&before[..span.start], &before[span.end..]);
    let is_kept = after.len() >= front.len() + back.len()
        && after.starts_with(front)
        && after.ends_with(back);
    assert!(
        is_kept,
        "an edit of {span:?} made\n{}",
        shown(before, after)
    );
}

/// Fails unless `after` is `before` with something put in at one place.
pub(super) fn only_adds(before: &[u8], after: &[u8]) {
    let same = |(old, new): &(&u8, &u8)| old == new;
    let front = before.iter().zip(after).take_while(same).count();
    touches_only(&(front..front), before, after);
}

/// Fails unless every byte of `before` is in `after`, in its order.
pub(super) fn keeps_every_byte(before: &[u8], after: &[u8]) {
    let mut rest = after.iter();
    let is_kept = before.iter().all(|byte| rest.any(|it| it == byte));
    assert!(is_kept, "a byte was lost\n{}", shown(before, after));
}

/// Fails if both are not the same.
pub(super) fn changes_nothing(before: &[u8], after: &[u8]) {
    assert!(before == after, "a change\n{}", shown(before, after));
}

/// A line by its number, with those that it goes on in after a backslash; without the last line end.
pub(super) fn logical_line(bytes: &[u8], number: usize) -> Range<usize> {
    let mut rest = lines(bytes).skip(number - 1);
    let first = rest.next().expect("a position is a line of its file");
    let goes_on = |end: usize| {
        let line = &bytes[first.start..end];
        line.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    };
    let mut end = first.end;
    while goes_on(end)
        && let Some(next) = rest.next()
    {
        end = next.end;
    }
    first.start..end
}

fn shown(before: &[u8], after: &[u8]) -> String {
    format!("{}\nof\n{}", after.escape_ascii(), before.escape_ascii())
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn fails(check: impl FnOnce() + std::panic::UnwindSafe) -> bool {
        catch_unwind(check).is_err()
    }

    #[test]
    fn a_lost_or_changed_byte_fails() {
        let before = b"k = old # c\nx\n";
        touches_only(&(4..7), before, b"k = newer # c\nx\n");
        for after in [
            &b"k = new # c\nx"[..],
            b"k = new # C\nx\n",
            b"k=new # c\nx\n",
            b"k = new# c\nx\n",
            b"k = # c\nx\n",
        ] {
            let is_found = fails(|| touches_only(&(4..7), before, after));
            assert!(is_found, "{}", after.escape_ascii());
        }
        assert!(fails(|| changes_nothing(b"a\n", b"a")));
    }

    #[test]
    fn what_is_added_at_two_places_or_takes_something_away_fails() {
        only_adds(b"a\nb\n", b"a\nx\nb\n");
        assert!(fails(|| only_adds(b"a\nb\n", b"x\na\ny\nb\n")));
        assert!(fails(|| only_adds(b"a\nb", b"a\nc\n")));
        keeps_every_byte(b"a\nb\n", b"x\na\ny\nb\n");
        assert!(fails(|| keeps_every_byte(b"a\r\nb\r\n", b"#a\n#b\r\n")));
    }

    #[test]
    fn a_line_goes_on_behind_a_backslash_that_is_not_escaped() {
        let bytes = b"a\nb\\\r\nc\\\\\nd\n";
        assert_eq!(logical_line(bytes, 2), 2..9);
        assert_eq!(logical_line(bytes, 4), 10..11);
    }
}

//! Where a new line goes.

use crate::config::lighttpd::Configuration;
use crate::config::lighttpd::file::ConfigFile;
use crate::config::lighttpd::syntax::Item;
use crate::config::lighttpd::value::same;

impl Configuration {
    /// Where a key goes that is set nowhere: below its commented-out example, else below the last setting
    /// of its kind, else to the end of the file. But below an `include_shell`, whose program may set it.
    pub(super) fn place_of_new(&self, key: &str) -> usize {
        let file = self.main();
        if !self.state.shells.is_empty() {
            return self.place_below_includes(key);
        }
        example(file, key)
            .or_else(|| related(file, key))
            .unwrap_or(file.bytes.len())
    }

    /// How a key is set there: `=` is fatal for lighttpd if a program has set the key already.
    pub(super) fn operator_of_new(&self) -> &'static str {
        match self.state.shells.is_empty() {
            true => "=",
            false => ":=",
        }
    }

    /// Where a key goes that an included file sets: below all includes, and below what the main file itself
    /// says of it.
    pub(super) fn place_below_includes(&self, key: &str) -> usize {
        let includes = self.state.includes.iter().map(|include| include.at);
        let entry = self.entry(key);
        let assigned = entry.iter().flat_map(|entry| &entry.assignments);
        let shells = self.state.shells.iter().copied();
        let places = includes.chain(shells).chain(assigned.map(|it| it.place()));
        let last = places
            .filter(|place| place.file == 0)
            .map(|place| place.offset)
            .max();
        match last {
            Some(offset) => below(self.main(), offset),
            None => self.main().bytes.len(),
        }
    }
}

/// The first place below the statement or block around `offset`.
pub(super) fn below(file: &ConfigFile, offset: usize) -> usize {
    let around = file.items.iter().find(|item| item.span().contains(&offset));
    file.gap(around.map_or(offset, |item| item.span().end))
}

/// Below a line such as `#ssl.engine = "enable"` outside of all blocks, also of commented-out ones.
fn example(file: &ConfigFile, key: &str) -> Option<usize> {
    let mut run = Run::default();
    let mut found = file.comments.iter().filter_map(|comment| {
        let line = file.line_of(comment.start);
        let text = file.text(comment);
        let is_alone = file
            .text(&(line.start..comment.start))
            .trim_ascii()
            .is_empty();
        let depth = run.depth_before(line.start, line.next, text);
        let below = match line.next > line.end {
            true => line.next,
            false => file.bytes.len(),
        };
        (is_alone && depth == 0 && assigns(text, key) && file.is_gap(below)).then_some(below)
    });
    found.next()
}

/// Comment lines that follow each other, and how many braces they open.
#[derive(Default)]
struct Run {
    next: usize,
    depth: usize,
}

impl Run {
    fn depth_before(&mut self, start: usize, next: usize, text: &[u8]) -> usize {
        if start != self.next {
            self.depth = 0;
        }
        self.next = next;
        let before = self.depth;
        for byte in text {
            match byte {
                b'{' => self.depth += 1,
                b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        before
    }
}

/// Whether a comment is an assignment of the key but for one `#`; two are prose.
fn assigns(comment: &[u8], key: &str) -> bool {
    let text = comment
        .strip_prefix(b"#")
        .unwrap_or(comment)
        .trim_ascii_start();
    let Some((name, rest)) = text.split_at_checked(key.len()) else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    let operators: [&[u8]; 3] = [b"=", b":=", b"+="];
    same(name, key.as_bytes()) && operators.iter().any(|it| rest.starts_with(it))
}

/// Below the last statement, outside of all blocks, whose key begins alike up to the dot.
fn related(file: &ConfigFile, key: &str) -> Option<usize> {
    let (kind, _) = key.split_once('.')?;
    let is_related = |item: &&Item| match item {
        Item::Assignment(assignment) => {
            let name = assignment.key.split(|byte| *byte == b'.').next();
            name.is_some_and(|name| same(name, kind.as_bytes()))
        }
        Item::Conditions { .. } | Item::Global { .. } | Item::Include(_) => false,
    };
    let last = file.items.iter().rev().find(is_related)?;
    Some(file.gap(last.span().end))
}

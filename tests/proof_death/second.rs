//! A second death: the run that puts back what a dead one has left dies as well, or one of its calls fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::inject::{self, Blow};
use crate::judge::Program;
use crate::points::Point;
use crate::support::proof::fast_folder;
use crate::support::proof::image::{Image, Item, Kind};
use crate::support::proof::scenario::Scenario;

/// The states of the disk that deaths of this command can leave, each once.
pub(crate) fn dead_states(
    scenario: &Scenario,
    program: Program<'_>,
    points: &[Point],
) -> Vec<Image> {
    let folder = fast_folder();
    let (laid, log) = (folder.path().join("laid"), folder.path().join("log"));
    std::fs::create_dir(&laid).unwrap();
    let mut states = BTreeMap::new();
    for point in points.iter().filter(|point| point.changes()) {
        scenario.lay(&laid);
        let command = program.dressed(scenario.command(&laid, program.path));
        inject::run(&command, &log, Blow::Signal("KILL"), point);
        let dead = Image::of(&laid);
        states.entry(outline(&dead).digest()).or_insert(dead);
    }
    states.into_values().collect()
}

/// The same for two deaths that differ by chance alone: tokens, moments, salts.
fn outline(dead: &Image) -> Image {
    let items = dead.0.iter().map(|(path, item)| {
        let bytes = match item.kind {
            Kind::File => content(path, item),
            Kind::Folder | Kind::Link => Vec::new(),
        };
        let item = Item {
            bytes,
            ..item.clone()
        };
        (without_token(path), item)
    });
    let links = dead.1.iter();
    let links = links.map(|(path, first)| (without_token(path), without_token(first)));
    Image(items.collect(), links.collect())
}

fn content(path: &Path, item: &Item) -> Vec<u8> {
    let record: Option<serde_json::Value> = serde_json::from_slice(&item.bytes).ok();
    match record {
        Some(record) => format!("{path:?} says {}", record["state"]).into(),
        // One more digit in a moment is another length.
        None => (item.bytes.len() / 16).to_string().into(),
    }
}

fn without_token(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    let parts: Vec<&str> = name.rsplitn(4, '.').collect();
    match parts[..] {
        ["dhtls", which, _, target] => path.with_file_name(format!("{target}.{which}")),
        _ => path.to_owned(),
    }
}

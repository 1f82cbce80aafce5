//! Every target over its seeds and mutations of them, the same in every run. Coverage-guided and by the
//! million the same functions run in `tests/prove.sh fuzz`.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

type Target = fn(&[u8]);

/// Mutations of a target's seeds, all seeds together. More by hand: `DHTLS_FUZZ_CASES=100000`.
const CASES: usize = 5_000;

/// Inputs that are longer take time and find nothing else.
const LONGEST: usize = 8 << 10;

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        const TARGETS: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            let seeds = seeds(stringify!($name));
            if let Some(broken) = broken(&seeds, cases(), super::$name) {
                panic!("{}", broken);
            }
        })*
    };
}

targets![
    access_list,
    certificates,
    der,
    getdown,
    htpasswd,
    http_answer,
    items,
    java_version,
    journal,
    key,
    keystore,
    lighttpd,
    lighttpd_output,
    monit,
    monit_output,
    names,
    passphrase,
    pemfile,
    props,
    request,
    settings,
];

fn cases() -> usize {
    let given = std::env::var("DHTLS_FUZZ_CASES").ok();
    given.map_or(CASES, |cases| cases.parse().expect("a number"))
}

/// A file of testdata and its bytes.
struct Seed {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The lines of `fuzz/targets`, in words.
fn table() -> Vec<Vec<String>> {
    let text = fs::read_to_string("fuzz/targets").expect("tests start at the top");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned).collect());
    words.collect()
}

fn seeds(target: &str) -> Vec<Seed> {
    let table = table();
    let line = table.iter().find(|line| line[0] == target);
    let folders = line.expect("it is in fuzz/targets")[3..].iter();
    let paths: BTreeSet<PathBuf> = folders
        .flat_map(|folder| files(&Path::new("testdata").join(folder)))
        .collect();
    let seeds = paths.into_iter().map(|path| Seed {
        bytes: fs::read(&path).expect("it was listed"),
        path,
    });
    seeds.filter(|seed| seed.bytes.len() <= LONGEST).collect()
}

/// None for a folder that is not there, where nothing was found yet.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths.filter(|path| path.is_file()).collect()
}

/// The first input that breaks a promise, in words: all seeds as they are, then mutations.
fn broken(seeds: &[Seed], cases: usize, target: Target) -> Option<String> {
    assert!(!seeds.is_empty(), "there is nothing to start from");
    let fault = |bytes: &[u8]| {
        let fault = catch_unwind(AssertUnwindSafe(|| target(bytes))).err()?;
        let text = fault.downcast_ref::<String>().cloned();
        text.or_else(|| fault.downcast_ref::<&str>().map(|text| (*text).to_owned()))
    };
    for seed in seeds {
        if let Some(fault) = fault(&seed.bytes) {
            return Some(format!("{}: {fault}", seed.path.display()));
        }
    }
    (0..cases).find_map(|case| {
        let seed = &seeds[case % seeds.len()];
        let bytes = mutated(seed, seeds, case);
        let (path, input) = (seed.path.display(), bytes.escape_ascii());
        fault(&bytes).map(|fault| format!("{path} as b\"{input}\": {fault}"))
    })
}

/// One to four changes, each of a kind that breaks parsers.
fn mutated(seed: &Seed, seeds: &[Seed], case: usize) -> Vec<u8> {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ (case as u64 + 1));
    let mut bytes = seed.bytes.clone();
    for _ in 0..=chance.below(4) {
        let other = &seeds[chance.below(seeds.len())].bytes;
        let start = chance.below(bytes.len() + 1);
        let end = (start + chance.short()).min(bytes.len());
        match chance.below(7) {
            0 => bytes.truncate(start),
            1 => drop(bytes.drain(start..end)),
            2 => bytes.insert(start, chance.byte()),
            3 if start < bytes.len() => bytes[start] ^= 1 << chance.below(8),
            4 if start < bytes.len() => bytes[start] = chance.byte(),
            5 => {
                let copy = bytes[start..end].to_vec();
                bytes.splice(start..start, copy);
            }
            _ => {
                let from = chance.below(other.len() + 1);
                let to = (from + chance.short()).min(other.len());
                bytes.splice(start..start, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

/// Xorshift: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 20) % most.max(1) as u64).expect("it is below a usize")
    }

    /// Mostly a few bytes, at times a line or a block.
    fn short(&mut self) -> usize {
        let most = [4, 16, 64, 512][self.below(4)];
        1 + self.below(most)
    }

    /// Half of them one that means something to a parser.
    fn byte(&mut self) -> u8 {
        let telling = b"\0\n\r\t \\\"'#={}()[]:,+-;<\x7f\x80\xff\x30\x02";
        match self.below(2) {
            0 => telling[self.below(telling.len())],
            _ => self.below(256) as u8,
        }
    }
}

#[test]
fn every_target_is_in_the_table_and_has_a_program() {
    let table: Vec<String> = table().into_iter().map(|mut line| line.remove(0)).collect();
    assert_eq!(table, TARGETS);
    let manifest = fs::read_to_string("fuzz/Cargo.toml").expect("it is there");
    for name in TARGETS {
        let program = format!("fuzz/fuzz_targets/{name}.rs");
        let code = fs::read_to_string(&program).expect("a program for each target");
        assert!(
            code.contains(&format!("dhtls::fuzzing::{name}(bytes)")),
            "{program}"
        );
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}

#[test]
fn every_seed_folder_belongs_to_a_target() {
    let used: BTreeSet<String> = table()
        .into_iter()
        .flat_map(|line| line[3..].to_vec())
        .collect();
    let entries = fs::read_dir("testdata/fuzz").expect("it is there");
    for entry in entries.map(|entry| entry.expect("it can be listed")) {
        let name = entry.file_name().into_string().expect("it is text");
        let is_folder = entry.path().is_dir();
        assert!(
            !is_folder || used.contains(&format!("fuzz/{name}")),
            "{name}"
        );
    }
}

/// Faults like those of real editors and parsers, each found in the seeds of the getdown target.
#[test]
fn a_fault_is_found_and_told_with_its_input() {
    let faults: [(&str, Target); 3] = [
        ("a final line end is lost", |bytes| {
            let kept = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            super::edit::changes_nothing(bytes, kept);
        }),
        ("an index behind the end", |bytes| {
            let at = bytes.iter().position(|byte| *byte == b'[');
            let _ = at.map(|at| bytes[at + 1]);
        }),
        ("a number without a bound", |bytes| {
            let digits = bytes.iter().filter(|byte| byte.is_ascii_digit());
            digits.fold(1_u16, |number, digit| number * 3 + u16::from(*digit));
        }),
    ];
    let seeds = seeds("getdown");
    for (name, target) in faults {
        let found = broken(&seeds, CASES, target).expect(name);
        assert!(found.contains("testdata/getdown/"), "{found}");
    }
    assert_eq!(broken(&seeds, 10, |_| ()), None);
}

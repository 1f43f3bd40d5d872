//! Replays the corpora, as they are and altered in ways that are the same in every run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sre_fuzz::TARGETS;

/// Altered copies of each example; the fuzzer itself looks much further.
const MUTATIONS: u64 = 400;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn examples(name: &str) -> Vec<Vec<u8>> {
    let folder = std::fs::read_dir(corpus().join(name)).unwrap();
    folder.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

/// A small generator of numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

fn mutate(example: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = example.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            1 if !bytes.is_empty() => {
                bytes[at] = [0, 0xff, b'"', b'/', b'9', b'{'][numbers.below(6)];
            }
            2 => bytes.truncate(at),
            3 => bytes
                .splice(at..at, example[..numbers.below(example.len()).min(40)].iter().copied())
                .for_each(drop),
            4 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => bytes.extend_from_slice(
                &example[example.len() - numbers.below(example.len()).min(40)..],
            ),
        }
    }
    bytes
}

#[test]
fn every_corpus_has_an_example_that_is_understood() {
    for (name, target) in TARGETS {
        let understood = examples(name).iter().filter(|example| target(example)).count();
        assert!(understood > 0, "no example of fuzz/corpus/{name} gets through the parser");
    }
}

#[test]
fn every_target_survives_its_corpus_and_mutations_of_it() {
    for (name, target) in TARGETS {
        let examples = examples(name);
        for example in examples {
            target(&example);
            let mut numbers = Numbers(example.len() as u64);
            for _ in 0..MUTATIONS {
                target(&mutate(&example, &mut numbers));
            }
        }
    }
}

#[test]
fn every_target_survives_nothing_and_noise() {
    let mut numbers = Numbers(7);
    for (_, target) in TARGETS {
        target(b"");
        for length in [1, 16, 600, 5000] {
            let noise: Vec<u8> =
                (0..length).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
            target(&noise);
        }
    }
}

#[test]
fn every_corpus_belongs_to_a_target() {
    let folders: BTreeSet<String> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, names);
}

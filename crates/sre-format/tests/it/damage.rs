//! No byte of a bundle can change, vanish or be added without being noticed.

use std::io;
use std::sync::Arc;

use sre_format::bundle::{Encoding, OpenError, ReadAt, UntrustedBundle};

use crate::fixture::{Content, bundle, every_shape, file, full_pass, noise, open};

fn small() -> Vec<Content> {
    vec![
        file("files/raw", Encoding::Raw, noise(700)),
        file("files/text", Encoding::Zstd, b"many words ".repeat(40)),
        file("files/empty", Encoding::Raw, Vec::new()),
    ]
}

/// Says how a bundle that should be `original` is found out, or nothing.
fn found_out(bytes: Vec<u8>, signed_table: &[u8]) -> Option<String> {
    let bundle = match UntrustedBundle::open(Arc::new(bytes)) {
        Err(error) => return Some(error.to_string()),
        Ok(bundle) => bundle,
    };
    // Whatever changes a byte of the table is refused by its signature.
    if bundle.table_bytes() != signed_table {
        return Some("the signature".into());
    }
    match bundle.blindly_believe_unsigned() {
        Err(error) => Some(error.to_string()),
        Ok(bundle) => full_pass(&bundle).damage.first().map(|damage| damage.path.clone()),
    }
}

#[test]
fn every_single_flipped_byte_is_found() {
    let original = bundle(&small());
    let table = open(original.clone()).table_bytes().to_vec();
    assert_eq!(found_out(original.clone(), &table), None);
    let mut altered = original.clone();
    for at in 0..original.len() {
        let bit = 1 << (at % 8);
        altered[at] ^= bit;
        assert!(found_out(altered.clone(), &table).is_some(), "byte {at} of {}", original.len());
        altered[at] ^= bit;
    }
}

#[test]
fn every_truncation_and_every_addition_is_found() {
    let original = bundle(&small());
    for length in 0..original.len() {
        let cut = UntrustedBundle::open(Arc::new(original[..length].to_vec()));
        assert!(
            matches!(
                cut,
                Err(OpenError::Truncated { .. } | OpenError::NotABundle | OpenError::Read { .. })
            ),
            "{length}"
        );
    }
    let mut longer = original;
    longer.push(0);
    assert!(matches!(
        UntrustedBundle::open(Arc::new(longer)),
        Err(OpenError::Surplus { surplus: 1 })
    ));
}

#[test]
fn damage_is_named_with_entry_and_place_and_all_of_it() {
    let mut bytes = bundle(&every_shape());
    let whole = open(bytes.clone());
    let entry = whole.entry("files/raw-9").unwrap().clone();
    let other = whole.entry("evidence/text-9").unwrap().clone();
    let first = usize::try_from(entry.content_offset()).unwrap() + (2 << 20) + 100;
    let second = usize::try_from(other.content_offset()).unwrap() + 5;
    bytes[first] ^= 1;
    bytes[second] ^= 1;
    let damaged = open(bytes);
    let report = full_pass(&damaged);
    let named: Vec<&str> = report.damage.iter().map(|damage| damage.path.as_str()).collect();
    assert_eq!(named, ["files/raw-9", "evidence/text-9"]);
    assert!(report.damage[0].offset <= first as u64);
    assert!(report.damage[0].offset + report.damage[0].length > first as u64);
    let mut piece = Vec::new();
    assert!(damaged.read_chunk(&entry, 2, &mut piece).is_err());
    damaged.read_chunk(&entry, 1, &mut piece).unwrap();
}

#[test]
fn damage_that_touches_is_one_place_and_other_damage_is_another() {
    let mut bytes = bundle(&[file("files/a", Encoding::Raw, noise(40 << 20))]);
    let entry = open(bytes.clone()).entry("files/a").unwrap().clone();
    let start = usize::try_from(entry.content_offset()).unwrap();
    for mib in (0..30).chain(35..36) {
        bytes[start + (mib << 20) + 5000] ^= 1;
    }
    let damage = full_pass(&open(bytes)).damage;
    let places: Vec<_> = damage.iter().map(|damage| damage.length >> 20).collect();
    assert_eq!(places, [30, 1], "{damage:?}");
}

/// A bundle whose medium is gone from an offset on.
struct Gone(Vec<u8>, u64);

impl ReadAt for Gone {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if offset + buffer.len() as u64 > self.1 {
            return Err(io::Error::other("no medium"));
        }
        self.0.read_exact_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}

#[test]
fn a_medium_that_is_gone_is_told_in_few_words() {
    let contents = [
        file("files/a", Encoding::Raw, noise(100)),
        file("files/b", Encoding::Raw, noise(40 << 20)),
        file("files/c", Encoding::Zstd, vec![7; 40 << 20]),
    ];
    let bytes = bundle(&contents);
    let end = open(bytes.clone()).entry("files/b").unwrap().place.offset;
    let source = Arc::new(Gone(bytes, end));
    let bundle = UntrustedBundle::open(source).unwrap().blindly_believe_unsigned().unwrap();
    let damage = full_pass(&bundle).damage;
    assert!(damage.len() < 10, "{damage:?}");
    assert!(damage.iter().all(|damage| damage.unreadable.as_deref() == Some("no medium")));
    let unread: u64 = damage.iter().map(|damage| damage.length).sum();
    assert_eq!(unread, bundle.file_size() - end);
}

#[test]
fn random_files_are_refused_without_a_panic() {
    for length in [0, 1, 532, 533, 4096, 200_000] {
        assert!(matches!(
            UntrustedBundle::open(Arc::new(noise(length))),
            Err(OpenError::NotABundle)
        ));
    }
}

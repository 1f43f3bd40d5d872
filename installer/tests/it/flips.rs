//! A signed bundle believes no flipped byte, wherever it is.

use std::num::NonZeroUsize;
use std::sync::Arc;

use sre_format::bundle::UntrustedBundle;
use sre_format::trust::Trust;
use sre_testkit::bundle::Bundle;

use crate::site::key;

/// Filler is long and all the same: one byte in so many is flipped within it.
const STEP_IN_FILLER: usize = 257;
const WINDOW: usize = 64;

/// Opens, verifies and reads everything, as `sre-install verify` does.
fn believed(bytes: Vec<u8>, trust: &Trust) -> bool {
    let Ok(untrusted) = UntrustedBundle::open(Arc::new(bytes)) else { return false };
    let Ok((bundle, _)) = untrusted.verify(trust) else { return false };
    bundle.verify_everything(NonZeroUsize::MIN, &|_| {}).damage.is_empty()
}

fn is_filler(bytes: &[u8], at: usize) -> bool {
    let around = &bytes[at.saturating_sub(WINDOW)..(at + WINDOW).min(bytes.len())];
    around.iter().all(|byte| *byte == bytes[at])
}

#[test]
fn no_flipped_byte_of_a_signed_bundle_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sre.tar.zst");
    Bundle::new().file("a", b"hello").signed_by(&key()).write(&path);
    let good = std::fs::read(path).unwrap();
    let trust = Trust::of_key(key().public());
    assert!(believed(good.clone(), &trust));

    let cores = std::thread::available_parallelism().unwrap().get();
    let places: Vec<usize> =
        (0..good.len()).filter(|at| at % STEP_IN_FILLER == 0 || !is_filler(&good, *at)).collect();
    std::thread::scope(|scope| {
        for part in places.chunks(places.len().div_ceil(cores)) {
            let (good, trust) = (&good, &trust);
            scope.spawn(move || {
                for at in part {
                    let mut bytes = good.clone();
                    bytes[*at] ^= 1 << (at % 8);
                    assert!(!believed(bytes, trust), "a flipped byte at {at} was believed");
                }
            });
        }
    });
}

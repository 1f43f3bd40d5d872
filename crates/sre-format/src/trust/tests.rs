//! The checks as an operator meets them: good bundles, and every way to be refused.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use super::*;
use crate::Explain as _;
use crate::signature::{
    BundleFacts, Form, Half, KeyId, PairError, PublicKey, SignatureFile, SigningRequest, Statement,
};

const TABLE: &[u8] = b"{\"format-version\":1}\n\n\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn public(seed: u8) -> PublicKey {
    PublicKey::from_verifying_key(*key(seed).verifying_key()).unwrap()
}

fn facts() -> BundleFacts {
    BundleFacts {
        name: "sre".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        channel: "stable".parse().unwrap(),
        serial: 7,
    }
}

fn sign_as(seed: u8, statement: Statement, signed: &[u8]) -> Vec<SignatureFile> {
    let request = SigningRequest::new(signed, statement);
    let sign = |message: &[u8]| -> Vec<u8> {
        let signature: Signature = key(seed).sign(message);
        signature.normalize_s().to_der().as_bytes().to_vec()
    };
    request.files(&public(seed), sign(request.plain()), &sign(&request.statement())).unwrap()
}

fn sign(seeds: &[u8]) -> Vec<SignatureFile> {
    let statement = Statement::of_table(&facts(), TABLE);
    seeds.iter().flat_map(|seed| sign_as(*seed, statement.clone(), TABLE)).collect()
}

fn without(files: Vec<SignatureFile>, form: Form) -> Vec<SignatureFile> {
    files.into_iter().filter(|file| !file.name.ends_with(form.suffix())).collect()
}

fn trust_file(version: u64, threshold: usize, seeds: &[u8], revoked: &[u8]) -> TrustFile {
    let keys = seeds
        .iter()
        .map(|seed| TrustedKey { name: format!("key \"{seed}\""), key: public(*seed) })
        .collect();
    let revoked = revoked
        .iter()
        .map(|seed| RevokedKey { id: public(*seed).id(), reason: "lost".to_owned() })
        .collect();
    TrustFile { version, threshold, keys, revoked }.checked().unwrap()
}

fn check(trust: &Trust, files: &[SignatureFile]) -> Result<Vec<KeyId>, TrustError> {
    let signers = trust.check_table(&facts(), TABLE, files)?;
    Ok(signers.keys.into_iter().map(|signer| signer.id).collect())
}

#[test]
fn believes_both_signatures_of_the_key() {
    assert_eq!(check(&Trust::of_key(public(1)), &sign(&[1])), Ok(vec![public(1).id()]));
}

#[test]
fn the_same_key_makes_the_same_signatures() {
    assert_eq!(sign(&[1]), sign(&[1]));
}

#[test]
fn the_public_key_beside_the_signatures_is_not_needed_and_never_believed() {
    let files = without(sign(&[1]), Form::PublicKey);
    assert!(check(&Trust::of_key(public(1)), &files).is_ok());
    assert!(check(&Trust::default(), &sign(&[1])).is_err());
}

#[test]
fn refuses_an_unsigned_bundle() {
    assert_eq!(check(&Trust::of_key(public(1)), &[]), Err(TrustError::Unsigned));
    let only_key: Vec<_> = sign(&[1]).into_iter().take(1).collect();
    assert_eq!(check(&Trust::of_key(public(1)), &only_key), Err(TrustError::Unsigned));
}

#[test]
fn refuses_unknown_keys_and_lists_them() {
    let error = check(&Trust::of_key(public(1)), &sign(&[2])).unwrap_err();
    assert_eq!(error, TrustError::UnknownKeys { keys: vec![public(2).id()] });
    assert!(error.to_string().contains(&public(2).id().to_string()));
}

#[test]
fn refuses_revoked_keys_whoever_revoked_them() {
    let revoked = TrustError::Revoked { keys: vec![public(2).id()] };
    let trust = Trust::of_file(&trust_file(1, 1, &[1], &[2]));
    assert_eq!(check(&trust, &sign(&[2])), Err(revoked.clone()));
    assert_eq!(check(&trust.or(Trust::of_key(public(2))), &sign(&[2])), Err(revoked));
}

#[test]
fn counts_keys_up_to_the_threshold() {
    let trust = Trust::of_file(&trust_file(1, 2, &[1, 2, 3], &[]));
    let below = TrustError::BelowThreshold { needed: 2, valid: vec![public(1).id()] };
    assert_eq!(check(&trust, &sign(&[1])), Err(below));
    assert_eq!(check(&trust, &sign(&[1, 3])).unwrap().len(), 2);
    assert_eq!(check(&trust, &sign(&[1, 2, 3, 4])).unwrap().len(), 3);
}

#[test]
fn the_same_key_does_not_count_twice() {
    let trust = Trust::of_file(&trust_file(1, 2, &[1, 2], &[]));
    let error = check(&trust, &sign(&[1, 1])).unwrap_err();
    assert!(matches!(error, TrustError::Twice { .. }));
}

#[test]
fn one_of_several_roots_suffices() {
    let trust = Trust::of_file(&trust_file(1, 2, &[1, 2], &[])).or(Trust::of_key(public(3)));
    assert_eq!(check(&trust, &sign(&[3])), Ok(vec![public(3).id()]));
    assert!(check(&trust, &sign(&[2])).is_err());
}

#[test]
fn a_lone_correct_signature_is_named() {
    let trust = Trust::of_key(public(1));
    for (form, plain, sigstore) in
        [(Form::Plain, Half::Missing, Half::Right), (Form::Sigstore, Half::Right, Half::Missing)]
    {
        let error = check(&trust, &without(sign(&[1]), form)).unwrap_err();
        let lone = PairError::Lone { key: public(1).id(), plain, sigstore };
        assert_eq!(error, TrustError::Pair(lone));
        assert!(error.to_string().contains("missing"), "{error}");
    }
}

#[test]
fn a_wrong_signature_of_a_trusted_key_is_refused_even_above_the_threshold() {
    let trust = Trust::of_key(public(1)).or(Trust::of_key(public(2)));
    let mut files = sign(&[1, 2]);
    files[4].bytes = files[1].bytes.clone();
    assert!(matches!(check(&trust, &files[3..]), Err(TrustError::Pair(PairError::Lone { .. }))));
}

#[test]
fn a_satisfied_root_does_not_hide_a_forged_signature_of_another() {
    let keys = [Trust::of_key(public(1)), Trust::of_key(public(2))];
    let [one, other] = keys;
    for trust in [one.clone().or(other.clone()), other.or(one)] {
        assert!(check(&trust, &sign(&[1, 2])).is_ok());
        for form in [Form::Plain, Form::Sigstore] {
            let lone = without(sign(&[2]), form);
            let files: Vec<_> = sign(&[1]).into_iter().chain(lone).collect();
            let error = check(&trust, &files).unwrap_err();
            assert!(matches!(error, TrustError::Pair(PairError::Lone { .. })), "{error}");
        }
    }
}

#[test]
fn what_is_revoked_elsewhere_counts_neither_for_bundles_nor_for_rotation() {
    let revoker = Trust::of_file(&trust_file(1, 1, &[9], &[1]));
    let trust = Trust::of_key(public(1)).revoking(&revoker);
    assert_eq!(check(&trust, &sign(&[1])), Err(TrustError::Revoked { keys: vec![public(1).id()] }));
    let trust = Trust::of_key(public(2)).revoking(&revoker);
    assert!(check(&trust, &sign(&[9])).is_err(), "the revoker's keys are not believed");
    let (old, new) = (trust_file(1, 1, &[1, 2], &[]), trust_file(2, 1, &[1, 2], &[]));
    let bytes = new.to_toml().into_bytes();
    let signed = |seed| sign_as(seed, Statement::of_trust_file(2, &bytes), &bytes);
    assert!(matches!(
        old.rotate(&bytes, &signed(1), &revoker),
        Err(TrustFileError::Old { source: TrustError::Revoked { .. }, .. })
    ));
    assert!(old.rotate(&bytes, &signed(2), &revoker).is_ok());
}

#[test]
fn a_revoked_key_counts_nothing_beside_one_that_does() {
    let trust = Trust::of_file(&trust_file(1, 2, &[1, 2], &[3]));
    let error = check(&trust, &sign(&[1, 3])).unwrap_err();
    assert_eq!(error, TrustError::BelowThreshold { needed: 2, valid: vec![public(1).id()] });
    assert_eq!(check(&trust, &sign(&[1, 2, 3])).unwrap().len(), 2);
}

#[test]
fn a_signature_has_one_form_only() {
    let trust = Trust::of_key(public(1));
    let good = sign(&[1]);
    let der = Signature::from_der(&good[1].bytes).unwrap();
    let other_half = Signature::from_scalars(der.r(), -der.s()).unwrap();
    let mut longer = der.to_der().as_bytes().to_vec();
    longer.push(0);
    let mut padded = der.to_der().as_bytes().to_vec();
    let first = 4 + usize::from(padded[3]);
    padded.splice(first..first + 2, [2, padded[first + 1] + 1, 0]);
    padded[1] += 1;
    let long_form = [&[0x30, 0x81], &good[1].bytes[1..]].concat();
    for altered in [other_half.to_der().as_bytes().to_vec(), longer, padded, long_form] {
        let mut files = good.clone();
        files[1].bytes = altered;
        let error = check(&trust, &files).unwrap_err();
        assert!(matches!(error, TrustError::Pair(PairError::Lone { .. })), "{error}");
    }
}

#[test]
fn any_flipped_byte_of_the_signature_files_is_noticed() {
    let trust = Trust::of_key(public(1));
    let good = sign(&[1]);
    for (index, file) in good.iter().enumerate() {
        for position in 0..file.bytes.len() {
            let mut bad = good.clone();
            bad[index].bytes[position] ^= 1;
            assert!(check(&trust, &bad).is_err(), "{} at {position}", file.name);
        }
    }
}

#[test]
fn signatures_of_another_table_or_other_facts_do_not_count() {
    let trust = Trust::of_key(public(1));
    let other = trust.check_table(&facts(), b"{}", &sign(&[1])).unwrap_err();
    assert!(matches!(other, TrustError::Pair(PairError::Bad { .. })));
    let newer = BundleFacts { serial: 8, ..facts() };
    let error = trust.check_table(&newer, TABLE, &sign(&[1])).unwrap_err();
    let TrustError::Pair(PairError::Lone { sigstore: Half::Wrong(reason), .. }) = error else {
        panic!("{error}");
    };
    assert_eq!(reason, "its statement is about something else");
}

#[test]
fn an_envelope_with_more_in_it_is_refused() {
    let mut files = sign(&[1]);
    let text = String::from_utf8(files[2].bytes.clone()).unwrap();
    for altered in [
        text.replacen("\"hint\"", "\"rawBytes\":\"\",\"hint\"", 1),
        text.replacen("{\"sig\"", "{\"keyid\":\"x\",\"sig\"", 1),
        text.replacen("bundle.v0.3", "bundle.v0.2", 1),
        text.replacen('{', "{ ", 1),
        text.trim_end().to_owned(),
        format!("{text}{{}}"),
    ] {
        files[2].bytes = altered.clone().into_bytes();
        let error = check(&Trust::of_key(public(1)), &files).unwrap_err();
        assert!(matches!(error, TrustError::Pair(PairError::Lone { .. })), "{altered}");
    }
}

#[test]
fn refuses_other_files_among_the_signatures() {
    let mut files = sign(&[1]);
    files.push(SignatureFile { name: "README".to_owned(), bytes: Vec::new() });
    let error = check(&Trust::of_key(public(1)), &files).unwrap_err();
    assert!(matches!(error, TrustError::StrangeFile(_)));
}

#[test]
fn a_trust_file_reads_as_it_was_written() {
    let file = trust_file(3, 2, &[1, 2], &[9]);
    assert_eq!(TrustFile::parse(file.to_toml().as_bytes()).unwrap(), file);
}

#[test]
fn refuses_trust_files_that_mean_nothing() {
    let good = trust_file(1, 1, &[1], &[2]).to_toml();
    for (from, to, expected) in [
        ("version = 1", "version = 0", "counts from 1"),
        ("threshold = 1", "threshold = 0", "the threshold is 0"),
        ("threshold = 1", "threshold = 2", "the threshold is 2"),
        ("threshold = 1", "treshold = 1", "treshold"),
        ("format = 1", "format = 2", "newer than this program"),
        ("MFkw", "AAAA", "cannot be used"),
        (&public(2).id().to_string(), &public(1).id().to_string(), "twice"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = TrustFile::parse(good.replace(from, to).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.fault(), crate::Fault::Input);
    }
}

#[test]
fn a_nest_in_a_trust_file_costs_an_error_and_no_stack() {
    for nest in ["[".repeat(200_000), "{a=".repeat(80_000)] {
        assert!(TrustFile::parse(format!("format = {nest}").as_bytes()).is_err());
    }
}

fn rotate(old: &TrustFile, new: &TrustFile, seeds: &[u8]) -> Result<TrustFile, TrustFileError> {
    let bytes = new.to_toml().into_bytes();
    let statement = Statement::of_trust_file(new.version, &bytes);
    let files: Vec<_> =
        seeds.iter().flat_map(|seed| sign_as(*seed, statement.clone(), &bytes)).collect();
    old.rotate(&bytes, &files, &Trust::default())
}

#[test]
fn a_new_trust_file_needs_the_old_and_the_new_keys() {
    let (old, new) = (trust_file(1, 2, &[1, 2, 3], &[]), trust_file(2, 2, &[3, 4, 5], &[1]));
    assert_eq!(rotate(&old, &new, &[2, 3, 4]).unwrap(), new);
    assert!(matches!(rotate(&old, &new, &[3, 4]), Err(TrustFileError::Old { .. })));
    assert!(matches!(rotate(&old, &new, &[2, 1]), Err(TrustFileError::New { .. })));
    assert!(matches!(rotate(&old, &new, &[]), Err(TrustFileError::Old { .. })));
}

#[test]
fn trust_files_follow_each_other_one_by_one() {
    let old = trust_file(2, 1, &[1], &[]);
    for version in [1, 2, 4] {
        let error = rotate(&old, &trust_file(version, 1, &[1], &[]), &[1]).unwrap_err();
        assert!(matches!(error, TrustFileError::Order { current: 2, .. }), "{version}");
    }
}

#[test]
fn a_signed_table_is_no_signed_trust_file() {
    let (old, new) = (trust_file(1, 1, &[1], &[]), trust_file(2, 1, &[1], &[]));
    let bytes = new.to_toml().into_bytes();
    let files = sign_as(1, Statement::of_table(&facts(), &bytes), &bytes);
    assert!(matches!(
        old.rotate(&bytes, &files, &Trust::default()),
        Err(TrustFileError::Old { .. })
    ));
}

//! Bundles whose bytes are all in order and whose meaning is not.

use std::sync::Arc;

use serde_json::{Value, json};
use sre_format::Explain as _;
use sre_format::bundle::{Encoding, HEADER_FRAME, UntrustedBundle};

use crate::fixture::{Content, bundle, file, full_pass, noise, open};
use crate::forgery::{Forgery, frame};

fn contents() -> Vec<Content> {
    vec![
        file("files/a", Encoding::Raw, noise(700)),
        file("files/b", Encoding::Raw, noise(1300)),
        file("files/text", Encoding::Zstd, b"many words ".repeat(40)),
    ]
}

fn forgery() -> Forgery {
    Forgery::of(bundle(&contents()))
}

/// Says why the bundle is refused before anything of it can be read, or nothing.
fn refused(bytes: Vec<u8>) -> Option<String> {
    let opened = UntrustedBundle::open(Arc::new(bytes));
    let error = opened.and_then(UntrustedBundle::blindly_believe_unsigned).err()?;
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    assert!(error.hint().is_some(), "{text}");
    Some(text)
}

/// What the full pass of a bundle names that opens.
fn damaged(bytes: Vec<u8>) -> Vec<String> {
    full_pass(&open(bytes)).damage.into_iter().map(|damage| damage.path).collect()
}

fn number(table: &Value, row: usize, field: &str) -> u64 {
    table["entries"][row][field].as_u64().unwrap()
}

#[test]
fn the_forger_s_tools_forge_nothing_by_themselves() {
    assert_eq!(refused(forgery().with_table(|_| {}).bytes), None);
    assert!(damaged(forgery().bytes).is_empty());
    let again = forgery().with_tar_header(0, |_| {}).with_text(|text| text);
    assert!(again.bytes == bundle(&contents()));
}

#[test]
fn places_that_do_not_follow_from_the_sizes_are_refused() {
    let alterations: [(&str, fn(&mut Value), &str); 16] = [
        ("overlap", |it| it["entries"][3]["offset"] = json!(number(it, 2, "offset")), "begin"),
        (
            "overlap by a byte",
            |it| it["entries"][3]["offset"] = json!(number(it, 3, "offset") - 1),
            "begin",
        ),
        ("gap", |it| it["entries"][3]["offset"] = json!(number(it, 3, "offset") + 1), "begin"),
        ("entry in the head", |it| it["entries"][2]["offset"] = json!(0), "begin"),
        ("beyond all numbers", |it| it["entries"][2]["offset"] = json!(u64::MAX), "begin"),
        (
            "stored more",
            |it| it["entries"][2]["stored"] = json!(number(it, 2, "stored") + 1),
            "stored size",
        ),
        ("stored nothing", |it| it["entries"][2]["stored"] = json!(0), "stored size"),
        ("stored all", |it| it["entries"][4]["stored"] = json!(u64::MAX), "stored size"),
        ("smaller", |it| it["entries"][2]["size"] = json!(1), "stored size"),
        (
            "larger than the limit",
            |it| it["entries"][2]["size"] = json!(u64::MAX),
            "larger than the limit",
        ),
        (
            "as large as the limit",
            |it| it["entries"][2]["size"] = json!(1_u64 << 43),
            "does not fit the entries",
        ),
        ("other checkpoints", |it| it["entries"][0]["size"] = json!(0), "does not fit the entries"),
        (
            "other checksums",
            |it| it["entries"][1]["size"] = json!(number(it, 1, "size") + 1),
            "does not fit the entries",
        ),
        (
            "other encoding",
            |it| it["entries"][4]["encoding"] = json!("raw"),
            "does not fit the entries",
        ),
        ("other order", |it| it["entries"].as_array_mut().unwrap().swap(2, 3), "begin"),
        (
            "a head entry compressed",
            |it| it["entries"][1]["encoding"] = json!("zstd"),
            "head entries are stored raw",
        ),
    ];
    for (name, alter, wanted) in alterations {
        let error = refused(forgery().with_table(alter).bytes);
        assert!(error.as_ref().is_some_and(|error| error.contains(wanted)), "{name}: {error:?}");
    }
}

#[test]
fn tables_that_list_what_cannot_be_are_refused() {
    let alterations: [(&str, fn(&mut Value), &str); 17] = [
        ("no head", |it| it["entries"] = json!([]), "head entries are missing"),
        (
            "half a head",
            |it| it["entries"].as_array_mut().unwrap().truncate(1),
            "head entries are missing",
        ),
        (
            "no checkpoints",
            |it| drop(it["entries"].as_array_mut().unwrap().remove(0)),
            "head entries are not first",
        ),
        (
            "head turned round",
            |it| it["entries"].as_array_mut().unwrap().swap(0, 1),
            "head entries are not first",
        ),
        (
            "a file of a head kind",
            |it| it["entries"][2]["kind"] = json!("checkpoints"),
            "have their own paths",
        ),
        (
            "a text of a head kind",
            |it| it["entries"][4]["kind"] = json!("checksums"),
            "have their own paths",
        ),
        ("an entry twice", |it| it["entries"][3]["path"] = json!("files/a"), "have this path"),
        ("in another case", |it| it["entries"][3]["path"] = json!("files/A"), "have this path"),
        (
            "a file as folder",
            |it| it["entries"][3]["path"] = json!("files/a/b"),
            "file and a folder",
        ),
        ("the table itself", |it| it["entries"][2]["path"] = json!("sre.json"), "have this path"),
        ("a signature", |it| it["entries"][2]["path"] = json!("signatures/x.sig"), "not listed"),
        (
            "a signature in disguise",
            |it| it["entries"][2]["path"] = json!("SIGNATURES/x.sig"),
            "not listed",
        ),
        ("upwards", |it| it["entries"][2]["path"] = json!("../a"), "not allowed"),
        ("absolute", |it| it["entries"][2]["path"] = json!("/a"), "relative"),
        ("a zero byte", |it| it["entries"][2]["path"] = json!("a\0b"), "printable"),
        (
            "a blob under a name",
            |it| it["entries"][2]["kind"] = json!("blob"),
            "path must be its digest",
        ),
        ("an unknown kind", |it| it["entries"][2]["kind"] = json!("link"), "link"),
    ];
    for (name, alter, wanted) in alterations {
        let error = refused(forgery().with_table(alter).bytes);
        assert!(error.as_ref().is_some_and(|error| error.contains(wanted)), "{name}: {error:?}");
    }
}

#[test]
fn nothing_of_a_table_that_nobody_signed_can_write_a_line_of_its_own() {
    for field in ["name", "version", "channel"] {
        let lie = json!("sre\nkey          AAAA-AAAA\u{1b}[2J");
        let error = refused(forgery().with_table(|table| table[field] = lie).bytes).unwrap();
        assert!(error.contains("is not a word") && !error.contains(['\n', '\u{1b}']), "{error:?}");
    }
    let platform = forgery().with_table(|table| table["platforms"] = json!(["linux/\u{9b}2J"]));
    assert!(refused(platform.bytes).is_some());
    let feature = forgery().with_table(|table| table["requires"] = json!(["a\nhint: run this"]));
    assert!(refused(feature.bytes).is_some_and(|error| !error.contains('\n')));
}

#[test]
fn a_table_whose_size_is_no_whole_number_of_blocks_is_refused() {
    let mut forgery = forgery();
    let size = number(&forgery.table(), 0, "offset") - 2 * HEADER_FRAME;
    assert!(size > 512, "there is a table");
    forgery = forgery.with_tar_header(0, |header| {
        let octal = std::str::from_utf8(&header[124..135]).unwrap();
        let size = u64::from_str_radix(octal, 8).unwrap();
        header[124..135].copy_from_slice(format!("{:011o}", size - 1).as_bytes());
    });
    assert!(refused(forgery.bytes).is_some_and(|error| error.contains("damaged at `sre.json`")));
}

#[test]
fn tar_headers_that_tell_another_story_than_the_table_are_found() {
    let offset = |row| usize::try_from(number(&forgery().table(), row, "offset")).unwrap();
    let alterations: [(&str, fn(&mut [u8])); 7] = [
        ("another name", |header| header[6] = b'z'),
        ("absolute", |header| header[0] = b'/'),
        ("upwards", |header| header[..2].copy_from_slice(b"..")),
        ("another size", |header| header[134] ^= 1),
        ("a symbolic link", |header| header[156] = b'2'),
        ("a device", |header| header[156] = b'3'),
        ("set-uid", |header| header[100..107].copy_from_slice(b"0004755")),
    ];
    for (name, alter) in alterations {
        assert_eq!(
            damaged(forgery().with_tar_header(offset(3), alter).bytes),
            ["files/b"],
            "{name}"
        );
    }
    let time = |header: &mut [u8]| header[146] ^= 1;
    for (row, path) in [(0, "checkpoints"), (1, "SHA256SUMS"), (4, "files/text")] {
        assert_eq!(damaged(forgery().with_tar_header(offset(row), time).bytes), [path]);
    }
    assert_eq!(damaged(forgery().with_tar_header(0, time).bytes), ["sre.json"]);
}

#[test]
fn nothing_hides_at_the_end_of_the_archive_or_after_it() {
    let table = forgery().table();
    let end = number(&table, 4, "offset") + HEADER_FRAME + number(&table, 4, "stored");
    let mut hidden = [0; 1024];
    let header = forgery().bytes[usize::try_from(number(&table, 2, "offset")).unwrap() + 17..]
        [..512]
        .to_vec();
    hidden[..512].copy_from_slice(&header);
    let mut in_the_end = forgery();
    in_the_end.put(usize::try_from(end).unwrap(), &hidden);
    assert_eq!(damaged(in_the_end.bytes), ["the end of the archive"]);

    let skippable = [&0x184D_2A5F_u32.to_le_bytes()[..], &4_u32.to_le_bytes(), b"evil"].concat();
    for behind in [vec![0], frame(&header), skippable] {
        let mut longer = forgery().bytes;
        longer.extend_from_slice(&behind);
        let error = refused(longer);
        assert!(error.is_some_and(|error| error.contains("follow the end")), "{behind:?}");
    }
}

#[test]
fn a_seek_table_that_leads_elsewhere_is_found() {
    let mut bytes = forgery().bytes;
    let last_row = bytes.len() - 9 - 8;
    bytes[last_row] ^= 1;
    assert_eq!(damaged(bytes), ["the seek table"]);
}

#[test]
fn the_signature_region_holds_signatures_and_zeros_alone() {
    let region = number(&forgery().table(), 2, "offset") - 64 * 1024;
    let region = usize::try_from(region).unwrap();
    let alterations: [(&str, fn(&mut [u8])); 4] = [
        ("another skippable frame", |region| region[0] = 0x51),
        ("something in the filler", |region| region[60_000] = 1),
        ("a shorter filler", |region| region[4] -= 8),
        ("a seek table in the middle", |region| region[0] = 0x5E),
    ];
    for (name, alter) in alterations {
        let mut bytes = forgery().bytes;
        alter(&mut bytes[region..region + 64 * 1024]);
        let error = refused(bytes);
        assert!(
            error.as_ref().is_some_and(|it| it.contains("signature region")),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn a_head_that_claims_more_than_the_limits_costs_an_error_and_no_memory() {
    let size = |octal: &'static str| {
        let lie = move |header: &mut [u8]| header[124..135].copy_from_slice(octal.as_bytes());
        refused(forgery().with_tar_header(0, lie).bytes).unwrap()
    };
    // 8 GiB, and 100 MiB that are within the limit but not there.
    assert!(size("77777777777").contains("not an SRE bundle"));
    assert!(size("00620000000").contains("truncated"));
    let offset = usize::try_from(number(&forgery().table(), 0, "offset")).unwrap();
    let lie = |header: &mut [u8]| header[124..135].copy_from_slice(b"77777777777");
    let error = refused(forgery().with_tar_header(offset, lie).bytes).unwrap();
    assert!(error.contains("damaged at `checkpoints`"), "{error}");
}

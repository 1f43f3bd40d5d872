//! Figures that must not grow with the payload: generated bundles and generated upstreams.
//!
//! Bundles of 100 GB are written by the project's own writer into sparse files in memory: their layers are zeros, so
//! only the pages that hold framing take room, and a file system in memory minds neither how many holes there are
//! between them nor to take them away again. What the programs read is the same as in any other bundle.

use crate::Args;
use crate::carry::{MEMORY, megabytes};
use crate::look::{inspect, serve};
use crate::measure::{self, peak_memory};
use crate::table::Table;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, Identity, LateWriter, Layout, PlannedEntry, Proof, RawWriter, WriteAt,
    finish,
};
use sre_testkit::Upstream;
use sre_testkit::image::{Image, Layer};
use sre_testkit::upstream::{Settings, Storage};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// The most memory that a verb may take with 100,000 entries, in MB.
const MEMORY_OF_MANY: f64 = 120.0;
const GIB: u64 = 1 << 30;
const PAGE: usize = 4096;
/// One image of the generated bundles.
const IMAGE: &str = "example.org/huge:1";

pub(crate) fn run(args: &Args, table: &mut Table) {
    let folder = args.folder.join("huge");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    looks(args, memory.path(), table);
    drop(memory);
    carries(args, &folder, table);
    fs::remove_dir_all(folder).unwrap();
}

/// `inspect` and the start of `serve` over generated bundles of four shapes.
fn looks(args: &Args, folder: &Path, table: &mut Table) {
    let program = args.sre_install.to_str().unwrap();
    keygen(args, folder);
    for (name, layers, size, target, memory) in [
        ("10 MB, 50 entries", 50, 200_000, 20.0, MEMORY),
        ("10 GB, 5,000 entries", 4_980, 2_000_000, 20.0, MEMORY),
        ("100 GB, 100 entries", 100, GIB, 20.0, MEMORY),
        ("100,000 entries", 99_980, 1_000, 300.0, MEMORY_OF_MANY),
    ] {
        let bundle = folder.join("generated.tar.zst");
        write_sparse(&bundle, layers, size);
        let sign =
            [args.sre_bundle.to_str().unwrap(), "sign", "--key", "site.key", "generated.tar.zst"];
        measure::run(&sign, folder);
        inspect(&format!("inspect, {name}"), program, &bundle, (target, memory), args.runs, table);
        let served = serve(program, &bundle, IMAGE);
        let seconds = served.to_first_manifest.as_secs_f64();
        table.at_most(&format!("start of serve to first manifest, {name}"), seconds, 0.3, "s");
        let peak = megabytes(peak_memory(served.running.id()));
        table.at_most(&format!("peak memory of serve, {name}"), peak, memory, "MB");
        drop(served);
        fs::remove_file(bundle).unwrap();
    }
}

fn keygen(args: &Args, folder: &Path) {
    measure::run(&[args.sre_bundle.to_str().unwrap(), "keygen", "--out", "site"], folder);
}

/// A file that leaves pages of zeros out.
struct Sparse(File);

impl WriteAt for Sparse {
    fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let page_end = PAGE - usize::try_from(offset % PAGE as u64).unwrap();
            let (now, later) = bytes.split_at(bytes.len().min(page_end));
            if now.iter().any(|byte| *byte != 0) {
                WriteAt::write_all_at(&self.0, now, offset)?;
            }
            offset += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }
}

/// Content of an entry: zeros that end in its number, or a document.
enum Content {
    Zeros { number: u64, size: u64 },
    Document(Vec<u8>),
}

impl Content {
    fn planned(&self, path: &str, kind: EntryKind, media_type: Option<&str>) -> PlannedEntry {
        let (size, digest) = match self {
            Self::Zeros { number, size } => (*size, ends_in(*number, *size)),
            Self::Document(bytes) => (bytes.len() as u64, Digest::of(bytes)),
        };
        let encoding = match self {
            Self::Zeros { .. } => Encoding::Raw,
            Self::Document(_) => Encoding::Zstd,
        };
        let (path, media_type) = (path.parse().unwrap(), media_type.map(Into::into));
        PlannedEntry { path, kind, size, digest, media_type, encoding }
    }
}

/// Gives the digest of zeros that end in a number; the zeros are hashed once for all numbers.
fn ends_in(number: u64, size: u64) -> Digest {
    thread_local! {
        static ZEROS: std::cell::RefCell<(u64, Sha256)> = std::cell::RefCell::default();
    }
    ZEROS.with_borrow_mut(|(hashed, hash)| {
        if *hashed != size {
            *hash = Sha256::new();
            let zeros = vec![0; 1 << 20];
            let mut left = size - 8;
            while left > 0 {
                let now = left.min(1 << 20);
                hash.update(&zeros[..usize::try_from(now).unwrap()]);
                left -= now;
            }
            *hashed = size;
        }
        let ended = hash.clone().chain_update(number.to_le_bytes());
        Digest::from_bytes(ended.finalize().into())
    })
}

/// Writes an unsigned bundle of one image with that many layers of that size.
fn write_sparse(path: &Path, layers: u64, size: u64) {
    let identity = Identity {
        name: "generated".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        // One channel for each shape: their serials say nothing about each other.
        channel: format!("bench-{layers}").parse().unwrap(),
        serial: 1,
        platforms: vec!["linux/amd64".parse().unwrap()],
        lock: Digest::of(b"lock"),
        created: "2026-01-02T03:04:05Z".parse().unwrap(),
    };
    let modified = identity.modified();
    let contents = contents(layers, size);
    let planned = contents
        .iter()
        .map(|(path, (kind, media_type, content))| content.planned(path, *kind, *media_type));
    let mut layout = Layout::new(identity, planned.collect()).unwrap();
    let file = Sparse(File::create(path).unwrap());
    let mut proofs = vec![Proof::default(); layout.table().entries.len()];
    for (index, proof) in write_raw(&layout, &contents, &file, modified) {
        proofs[index] = proof;
    }
    let late: Vec<_> = layout.late_entries().map(|(index, entry)| (index, entry.clone())).collect();
    let mut writer = LateWriter::new(&file, layout.late_start(), modified).unwrap();
    for (index, entry) in late {
        writer.begin(&entry);
        if let (_, _, Content::Document(bytes)) = &contents[entry.path.as_str()] {
            writer.take(bytes).unwrap();
        }
        let (offset, stored, proof) = writer.end().unwrap();
        layout.place_late(index, offset, stored);
        proofs[index] = proof;
    }
    writer.finish().unwrap();
    finish(layout, &proofs, &file).unwrap();
}

type Contents = BTreeMap<String, (EntryKind, Option<&'static str>, Content)>;

/// Writes the layers, half of them on each of two threads.
fn write_raw(
    layout: &Layout,
    contents: &Contents,
    file: &Sparse,
    modified: u64,
) -> Vec<(usize, Proof)> {
    let entries: Vec<_> = layout.raw_entries().collect();
    let write = |half: &[(usize, &sre_format::bundle::Entry)]| {
        let zeros = vec![0; 1 << 20];
        let one = |(index, entry): &(usize, &sre_format::bundle::Entry)| {
            let (_, _, Content::Zeros { number, size }) = &contents[entry.path.as_str()] else {
                panic!("a document is raw")
            };
            let mut writer = RawWriter::new(entry, modified);
            while !writer.is_done() {
                let left = size - writer.taken();
                if left > 8 {
                    let now = usize::try_from((left - 8).min(1 << 20)).unwrap();
                    writer.fill(&zeros[..now]).unwrap();
                } else if left > 0 {
                    let end = number.to_le_bytes();
                    writer.fill(&end[8 - usize::try_from(left).unwrap()..]).unwrap();
                }
                if writer.is_full() {
                    writer.flush(file).unwrap();
                }
            }
            (*index, writer.finish().unwrap())
        };
        half.iter().map(one).collect::<Vec<_>>()
    };
    let (first, second) = entries.split_at(entries.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| write(second));
        let mut proofs = write(first);
        proofs.extend(other.join().unwrap());
        proofs
    })
}

fn contents(layers: u64, size: u64) -> Contents {
    let mut contents = Contents::new();
    let mut blob = |media_type: &'static str, content: Content| {
        let planned = content.planned("x", EntryKind::Blob, None);
        let (digest, size) = (planned.digest, planned.size);
        let path = format!("oci/blobs/sha256/{}", digest.to_string().trim_start_matches("sha256:"));
        contents.insert(path, (EntryKind::Blob, Some(media_type), content));
        json!({ "mediaType": media_type, "digest": digest.to_string(), "size": size })
    };
    let layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let layers: Vec<_> =
        (0..layers).map(|number| blob(layer_type, Content::Zeros { number, size })).collect();
    // Several manifests, because a manifest has a limit of its own.
    let mut manifests = Vec::new();
    for (number, layers) in layers.chunks(1000).enumerate() {
        let config = json!({ "architecture": "amd64", "os": "linux", "number": number });
        let config_type = "application/vnd.oci.image.config.v1+json";
        let config = blob(config_type, Content::Document(config.to_string().into_bytes()));
        let manifest_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers,
        });
        let mut descriptor =
            blob(manifest_type, Content::Document(manifest.to_string().into_bytes()));
        let name = IMAGE.replace(":1", &format!(":{}", number + 1));
        descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
        manifests.push(descriptor);
    }
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    for (path, document) in
        [("oci/index.json", index), ("oci/oci-layout", json!({ "imageLayoutVersion": "1.0.0" }))]
    {
        let content = Content::Document(document.to_string().into_bytes());
        contents.insert(path.to_owned(), (EntryKind::Layout, None, content));
    }
    contents
}

/// `build`, `verify` and `seed` from a generated upstream into a swallowing target.
fn carries(args: &Args, folder: &Path, table: &mut Table) {
    keygen(args, folder);
    let gibibytes = (args.huge * 1_000_000_000).div_ceil(GIB);
    let big: Vec<u64> = vec![GIB; usize::try_from(gibibytes).unwrap()];
    carry(args, folder, (&format!("{} GB", args.huge), &big, MEMORY), table);
    let many = vec![64; 99_000];
    carry(args, folder, ("100,000 entries", &many, MEMORY_OF_MANY), table);
}

fn carry(
    args: &Args,
    folder: &Path,
    (name, sizes, memory): (&str, &[u64], f64),
    table: &mut Table,
) {
    let upstream = Upstream::plain();
    let mut seed = 0;
    let mut manifest = format!(
        "[bundle]\nname = \"huge\"\nversion = \"1.0.0\"\nchannel = \"bench-{entries}\"\n\
         platforms = [\"linux/amd64\"]\n[registry.\"{host}\"]\nplain-http = true\n",
        entries = sizes.len(),
        host = upstream.host()
    );
    for (number, sizes) in sizes.chunks(100).enumerate() {
        let layers: Vec<Layer> = sizes
            .iter()
            .map(|size| {
                seed += 1;
                Layer::generated(seed, *size).unwrap()
            })
            .collect();
        let image = Image::new("linux/amd64").layers(layers).build();
        upstream.push(&image, &format!("huge/image{number}"), "1");
        writeln!(manifest, "[[image]]\nref = \"{}/huge/image{number}:1\"", upstream.host())
            .unwrap();
    }
    fs::write(folder.join("manifest.toml"), manifest).unwrap();
    drop(fs::remove_file(folder.join("images.lock")));
    let bundle = |words: &[&str]| {
        measure::run(&[&[args.sre_bundle.to_str().unwrap()], words].concat(), folder)
    };
    let install = |words: &[&str]| {
        let inputs = ["--bundle", "sre.tar.zst", "--key", "site.pub"];
        measure::run(&[&[args.sre_install.to_str().unwrap()], words, &inputs].concat(), folder)
    };
    bundle(&["lock", "--manifest", "manifest.toml", "--lock", "images.lock"]);
    let inputs = ["build", "--manifest", "manifest.toml", "--lock", "images.lock"];
    let build = bundle(&[&inputs[..], &["--key", "site.key", "-o", "sre.tar.zst"]].concat());
    drop(upstream);
    let verify = install(&["verify"]);
    let target = Upstream::start(Settings { storage: Storage::Swallow, ..Settings::default() });
    let seed = install(&["seed", "--to", target.url()]);
    for (verb, run) in [("build", build), ("verify", verify), ("seed", seed)] {
        let figure = format!("peak memory of {verb}, {name}");
        table.at_most(&figure, megabytes(run.memory), memory, "MB");
    }
    fs::remove_file(folder.join("sre.tar.zst")).unwrap();
}

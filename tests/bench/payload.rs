//! The payload: sixteen images over a shared base layer, from real files, in a real registry.
//!
//! Made once and kept: half a minute of packing is no part of what is measured.

use crate::Args;
use serde_json::json;
use sre_format::Digest;
use sre_testkit::image::Packing;
use sre_tests::{Program, Registry};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const IMAGES: usize = 16;
const LAYERS: usize = 2 * IMAGES + 1;
/// How many bytes of files go into a layer; packed they become somewhat less than half.
const LAYER: u64 = 125_000_000;
/// What all layers together hold at least, in bytes.
const LEAST: u64 = 1_550_000_000;
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry that holds the payload.
pub(crate) struct Payload {
    pub(crate) registry: Registry,
    pub(crate) folder: PathBuf,
    /// Bytes of all unique blobs.
    pub(crate) bytes: u64,
}

struct Layer {
    path: PathBuf,
    digest: String,
    size: u64,
    unpacked: String,
}

impl Payload {
    /// Gives the references without the host.
    pub(crate) fn images() -> impl Iterator<Item = String> {
        (1..=IMAGES).map(|number| format!("bench/app{number}:1.0.{number}"))
    }

    /// Gives a shell script that does something with every image, one after the other.
    pub(crate) fn script(command: impl Fn(&str) -> String) -> String {
        let commands: Vec<String> = Self::images().map(|image| command(&image)).collect();
        commands.join(" && ")
    }

    pub(crate) fn prepare(args: &Args) -> Self {
        let folder = args.folder.join("payload-1");
        let finished = folder.join("finished");
        let registry = Registry::keeping(&folder);
        if !finished.exists() {
            eprintln!("making the payload, once");
            let layers = pack_layers(&folder.join("made"));
            let list = write_images(&folder.join("made"), &layers);
            fs::write(folder.join("made.list"), list).unwrap();
            let push =
                [registry.host(), folder.join("made.list").to_str().unwrap()].map(str::to_owned);
            Program::at(&args.floor).arg("push").args(push).run().ok();
            let bytes: u64 = layers.iter().map(|layer| layer.size).sum();
            fs::write(&finished, bytes.to_string()).unwrap();
            let list =
                stored_list(&fs::read_to_string(folder.join("made.list")).unwrap(), &registry);
            fs::write(folder.join("list"), list).unwrap();
            fs::remove_dir_all(folder.join("made")).unwrap();
        }
        let bytes = fs::read_to_string(&finished).unwrap().parse().unwrap();
        Self { registry, folder, bytes }
    }

    /// Gives the list of jobs for the floors; its files are those of the registry's store.
    pub(crate) fn list(&self) -> PathBuf {
        self.folder.join("list")
    }
}

/// Lets the list name the registry's own files instead of those that were pushed.
fn stored_list(list: &str, registry: &Registry) -> String {
    let mut stored = String::new();
    for line in list.lines() {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (digest, at) = match words[0].as_str() {
            "blob" => (words[1].clone(), 3),
            _ => (Digest::of(&fs::read(&words[1]).unwrap()).to_string(), 1),
        };
        words[at] = registry.blob_file(&digest).display().to_string();
        writeln!(stored, "{}", words.join(" ")).unwrap();
    }
    stored
}

/// Packs real files of this machine into layers, and random bytes when there are too few.
fn pack_layers(folder: &Path) -> Vec<Layer> {
    fs::create_dir_all(folder).unwrap();
    let mut groups = groups_of_files().into_iter();
    let mut layers: Vec<Layer> = Vec::new();
    while layers.len() < LAYERS {
        let list = folder.join("files");
        fs::write(&list, groups.next().unwrap_or_default()).unwrap();
        layers.push(pack(folder, layers.len(), &list));
    }
    let total: u64 = layers.iter().map(|layer| layer.size).sum();
    let missing = LEAST.saturating_sub(total) / (LAYERS as u64 - 1);
    if missing > 0 {
        for (seed, layer) in (1..).zip(layers.iter_mut().skip(1)) {
            let size = missing + layer.size;
            let random = sre_testkit::image::Layer::random(seed, size, Packing::Stored);
            *layer = write_layer(folder, &random);
        }
    }
    layers
}

fn write_layer(folder: &Path, layer: &sre_testkit::image::Layer) -> Layer {
    let digest = layer.digest().to_string();
    let path = folder.join(digest.replace(':', "-"));
    fs::write(&path, layer.content().read_all().unwrap()).unwrap();
    Layer { path, digest, size: layer.content().size(), unpacked: layer.unpacked().to_string() }
}

fn pack(folder: &Path, number: usize, list: &Path) -> Layer {
    let plain = folder.join("plain.tar");
    let path = folder.join(format!("layer{number}"));
    Program::tool("tar")
        .args(["--create", "--sort=name", "--mtime=@0", "--ignore-failed-read", "--no-recursion"])
        .args(["--absolute-names", "--null", "--files-from"])
        .arg(list)
        .arg("--file")
        .arg(&plain)
        .run()
        .ok();
    let packed = fs::File::create(&path).unwrap();
    let gzip = Program::tool("gzip").args(["--no-name", "--stdout", "-1"]).arg(&plain);
    assert!(gzip.start(packed, std::process::Stdio::inherit()).wait().unwrap().success());
    let [unpacked, digest] = [&plain, &path].map(|path| {
        let sum = Program::tool("openssl").args(["dgst", "-sha256", "-r"]).arg(path).run().ok();
        format!("sha256:{}", sum.split(' ').next().unwrap())
    });
    fs::remove_file(plain).unwrap();
    let size = fs::metadata(&path).unwrap().len();
    Layer { path, digest, size, unpacked }
}

/// Groups the files of this machine, in the order of their names, into lists for `tar`.
fn groups_of_files() -> Vec<Vec<u8>> {
    let home = std::env::var("HOME").unwrap();
    let roots =
        ["/usr/lib".into(), "/usr/bin".into(), "/usr/local".into(), format!("{home}/.rustup")];
    let mut groups = vec![Vec::new()];
    let mut size = 0;
    let files = roots.iter().flat_map(|root| walkdir::WalkDir::new(root).sort_by_file_name());
    for file in files.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let Ok(metadata) = file.metadata() else { continue };
        if size + metadata.len() > LAYER && size > 0 {
            groups.push(Vec::new());
            size = 0;
        }
        size += metadata.len();
        let group = groups.last_mut().unwrap();
        group.extend(file.path().as_os_str().as_encoded_bytes());
        group.push(0);
    }
    groups
}

/// Writes configs and manifests, and gives the list that the floor pushes.
fn write_images(folder: &Path, layers: &[Layer]) -> String {
    let (base, own) = layers.split_first().unwrap();
    let mut blobs = String::new();
    let mut manifests = String::new();
    let repositories: Vec<String> =
        Payload::images().map(|image| image.split_once(':').unwrap().0.to_owned()).collect();
    blob_line(&mut blobs, base, &repositories);
    for (number, image) in Payload::images().enumerate() {
        let (repository, tag) = image.split_once(':').unwrap();
        let layers = [base, &own[2 * number], &own[2 * number + 1]];
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": { "Labels": { "app": image } },
            "rootfs": { "type": "layers", "diff_ids": layers.map(|layer| &layer.unpacked) },
        });
        let config = write_document(folder, &config);
        let descriptor = |kind: &str, layer: &Layer| json!({ "mediaType": kind, "digest": layer.digest, "size": layer.size });
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
            "config": descriptor(CONFIG_TYPE, &config),
            "layers": layers.map(|layer| descriptor(LAYER_TYPE, layer)),
        });
        let manifest = write_document(folder, &manifest);
        for blob in [layers[1], layers[2], &config] {
            blob_line(&mut blobs, blob, &[repository.to_owned()]);
        }
        let path = manifest.path.display();
        writeln!(manifests, "manifest {path} {repository} {tag} {MANIFEST_TYPE}").unwrap();
    }
    blobs + &manifests
}

fn blob_line(list: &mut String, blob: &Layer, repositories: &[String]) {
    let Layer { path, digest, size, .. } = blob;
    writeln!(list, "blob {digest} {size} {} {}", path.display(), repositories.join(" ")).unwrap();
}

fn write_document(folder: &Path, value: &serde_json::Value) -> Layer {
    let bytes = value.to_string().into_bytes();
    let digest = Digest::of(&bytes).to_string();
    let path = folder.join(digest.replace(':', "-"));
    fs::write(&path, &bytes).unwrap();
    Layer { path, digest, size: bytes.len() as u64, unpacked: String::new() }
}

//! Figures of carrying: build, verify, seed, each beside its floor and what others do.

use crate::Args;
use crate::measure::{self, Run, forget, median};
use crate::payload::Payload;
use crate::table::Table;
use sre_tests::{Program, Registry};
use std::fs;
use std::path::{Path, PathBuf};

/// The most memory that any verb may take, in MB.
pub(crate) const MEMORY: f64 = 32.0;

/// The payload, and a folder with manifest, lock and key.
pub(crate) struct Scene {
    pub(crate) payload: Payload,
    pub(crate) folder: PathBuf,
    bundle_program: String,
    pub(crate) install_program: String,
    floor: String,
    runs: usize,
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

impl Scene {
    pub(crate) fn prepare(args: &Args) -> Self {
        let payload = Payload::prepare(args);
        let folder = args.folder.join("work");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let scene = Self {
            payload,
            folder,
            bundle_program: text(&args.sre_bundle),
            install_program: text(&args.sre_install),
            floor: text(&args.floor),
            runs: args.runs,
        };
        fs::write(scene.folder.join("manifest.toml"), scene.manifest()).unwrap();
        scene.bundle(&["keygen", "--out", "site"]);
        scene.bundle(&["lock", "--manifest", "manifest.toml", "--lock", "images.lock"]);
        scene
    }

    fn manifest(&self) -> String {
        let host = self.payload.registry.host();
        let head = format!(
            "[bundle]\nname = \"bench\"\nversion = \"1.0.0\"\nchannel = \"stable\"\n\
             platforms = [\"linux/amd64\"]\n[registry.\"{host}\"]\nplain-http = true\n"
        );
        Payload::images()
            .fold(head, |text, image| format!("{text}[[image]]\nref = \"{host}/{image}\"\n"))
    }

    pub(crate) fn run(&self, table: &mut Table) {
        self.builds(table);
        self.verifies(table);
        self.seeds(table);
    }

    fn bundle(&self, words: &[&str]) -> Run {
        measure::run(&[&[self.bundle_program.as_str()], words].concat(), &self.folder)
    }

    /// Runs a verb of `sre-install` on the bundle.
    pub(crate) fn install(&self, words: &[&str]) -> Run {
        let key = ["--bundle", "sre.tar.zst", "--key", "site.pub"];
        measure::run(&[&[self.install_program.as_str()], words, &key].concat(), &self.folder)
    }

    fn build(&self) -> Run {
        drop(fs::remove_file(self.folder.join("sre.tar.zst")));
        forget(&self.payload.folder);
        let inputs = ["build", "--manifest", "manifest.toml", "--lock", "images.lock"];
        self.bundle(&[&inputs[..], &["--key", "site.key", "-o", "sre.tar.zst"]].concat())
    }

    fn build_floor(&self) -> Run {
        drop(fs::remove_file(self.folder.join("floor.zst")));
        forget(&self.payload.folder);
        let list = self.payload.list();
        let words = [self.payload.registry.host(), list.to_str().unwrap(), "floor.zst"];
        measure::run(&[&[self.floor.as_str(), "build"], &words[..]].concat(), &self.folder)
    }

    /// What a person would do with stock tools: copy into a layout, pack, compress, and have it on the
    /// disk in the end, as all that is measured here.
    fn build_by_skopeo(&self) -> Run {
        let layout = self.folder.join("layout");
        drop(fs::remove_dir_all(&layout));
        drop(fs::remove_file(self.folder.join("stock.zst")));
        forget(&self.payload.folder);
        let host = self.payload.registry.host();
        let script = Payload::script(|image| {
            let target = image.replace(['/', ':'], "-");
            format!(
                "skopeo copy -q --insecure-policy --src-tls-verify=false \
                 docker://{host}/{image} oci:layout:{target}"
            )
        });
        let script =
            format!("{script} && tar -cf - layout | zstd -q -T0 -o stock.zst && sync stock.zst");
        let run = measure::run(&["sh", "-c", &script], &self.folder);
        fs::remove_dir_all(layout).unwrap();
        run
    }

    fn builds(&self, table: &mut Table) {
        let (mut ours, mut floors, mut stocks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.runs {
            floors.push(self.build_floor());
            ours.push(self.build());
            stocks.push(self.build_by_skopeo());
        }
        let (ours, floor, stock) = (median(ours), median(floors), median(stocks));
        let walls = |other: Run| (ours.wall.as_secs_f64(), other.wall.as_secs_f64());
        table.ratio("build, cold : floor", walls(floor), 1.15, "s");
        table.ratio("build : skopeo + tar + zstd", walls(stock), 0.35, "s");
        let sizes = (megabytes(ours.written), megabytes(self.payload.bytes));
        table.ratio("bytes written : payload", sizes, 1.01, "MB");
        table.at_most("peak memory of build", megabytes(ours.memory), MEMORY, "MB");
        eprintln!("(the floor took {:.1} MB of memory)", megabytes(floor.memory));
    }

    fn verifies(&self, table: &mut Table) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        self.split_for_openssl();
        for _ in 0..self.runs {
            forget(&self.folder);
            theirs.push(measure::run(&["sh", "-c", TWO_DIGESTS], &self.folder));
            forget(&self.folder);
            ours.push(self.install(&["verify"]));
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let walls = (ours.wall.as_secs_f64(), theirs.wall.as_secs_f64());
        table.ratio("full verify, cold : openssl in two processes", walls, 1.15, "s");
        table.at_most("peak memory of verify", megabytes(ours.memory), MEMORY, "MB");
    }

    /// Cuts the bundle in two, because `openssl dgst` reads whole files.
    fn split_for_openssl(&self) {
        let size = fs::metadata(self.folder.join("sre.tar.zst")).unwrap().len();
        let half = size.div_ceil(2).to_string();
        let split = ["--bytes", &half, "sre.tar.zst", "half."];
        Program::tool("split").args(split).folder(&self.folder).run().ok();
    }

    fn seeds(&self, table: &mut Table) {
        let (mut ours, mut floors, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let mut sent = 0;
        for _ in 0..self.runs {
            let target = Registry::start();
            forget(&self.payload.folder);
            let list = self.payload.list();
            let line = [self.floor.as_str(), "push", target.host(), list.to_str().unwrap()];
            floors.push(measure::run(&line, &self.folder));
            drop(target);
            let target = Registry::start();
            forget(&self.folder);
            let to = format!("http://{}", target.host());
            ours.push(self.install(&["seed", "--to", &to]));
            let stored = target.stored_bytes();
            again.push(self.install(&["seed", "--to", &to]));
            assert_eq!(stored, target.stored_bytes(), "the second run stored something");
            sent = sent.max(received(&target));
        }
        let (ours, floor, again) = (median(ours), median(floors), median(again));
        let walls = (ours.wall.as_secs_f64(), floor.wall.as_secs_f64());
        table.ratio("seed an empty registry : floor", walls, 1.15, "s");
        table.ratio(
            "bytes that the registry took : payload",
            (megabytes(sent), megabytes(self.payload.bytes)),
            1.01,
            "MB",
        );
        table.at_most("seed again", again.wall.as_secs_f64(), 0.15, "s");
        table.at_most("peak memory of seed", megabytes(ours.memory), MEMORY, "MB");
    }
}

/// Gives the bytes that a registry has written to disk since it started.
fn received(registry: &Registry) -> u64 {
    let counters = fs::read_to_string(format!("/proc/{}/io", registry.id())).unwrap();
    let written = counters.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap();
    written.parse().unwrap()
}

const TWO_DIGESTS: &str =
    "openssl dgst -sha256 half.aa >/dev/null & openssl dgst -sha256 half.ab >/dev/null; wait";

use super::*;
use crate::Explain as _;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn digest(seed: &str) -> Digest {
    Digest::of(seed.as_bytes())
}

fn manifest(seed: &str, platform: Option<&str>) -> LockedManifest {
    LockedManifest {
        digest: digest(seed),
        size: 1234,
        media_type: MANIFEST.into(),
        platform: platform.map(|platform| platform.parse().unwrap()),
    }
}

fn http_chart() -> LockedChart {
    let file = |name: &str| Archive {
        url: format!("https://example.org/charts/{name}").parse().unwrap(),
        digest: digest(name),
        size: 99,
    };
    let http = HttpChart {
        archive: file("demo-1.0.0+a.tgz"),
        provenance: Some(file("demo-1.0.0+a.tgz.prov")),
        config: r#"{"name":"demo","version":"1.0.0+a","description":"it's \"quoted\""}"#.into(),
    };
    LockedChart {
        name: "demo".into(),
        version: "1.0.0+a".into(),
        reference: "example.org/charts/demo:1.0.0_a".parse().unwrap(),
        root: http.root(),
        referrers: vec![],
        bytes: http.bytes(),
        source: "https://example.org/charts".parse().unwrap(),
        verified: vec![Verification::RepositoryIndex {
            url: "https://example.org/charts/index.yaml".parse().unwrap(),
        }],
        form: ChartForm::Http(Box::new(http)),
    }
}

fn image() -> LockedImage {
    LockedImage {
        reference: "127.0.0.1:5000/bench/app1:1.0.1".parse().unwrap(),
        root: manifest("index", None),
        platforms: vec!["linux/amd64".parse().unwrap(), "linux/arm64".parse().unwrap()],
        manifests: vec![manifest("amd64", Some("linux/amd64"))],
        absent: vec![manifest("s390x", Some("linux/s390x")), manifest("unknown", None)],
        referrers: vec![LockedReferrer {
            digest: digest("signature"),
            size: 55,
            media_type: MANIFEST.into(),
            artifact_type: String::new(),
            subject: digest("index"),
            tag: Some(format!("sha256-{}.sig", digest("index").hex())),
            repository: Some("ghcr.io/kyverno/signatures".parse().unwrap()),
        }],
        bytes: 123_456_789_012,
        source: "http://127.0.0.1:5000".parse().unwrap(),
        verified: vec![Verification::Manifest],
    }
}

fn file(name: &str) -> LockedFile {
    LockedFile {
        name: name.parse().unwrap(),
        source: FileSource::Path("a 'b\\c\".txt".into()),
        digest: digest(name),
        size: 0,
        media_type: "text/plain".into(),
        verified: vec![Verification::ChecksumFile {
            url: "https://example.org/SHA256SUMS".parse().unwrap(),
            digest: digest("sums"),
        }],
    }
}

fn folder() -> LockedFolder {
    let mut folder = LockedFolder {
        reference: "registry.example.org/platform:1.0.0".parse().unwrap(),
        root: manifest("none", None),
        path: "platform".into(),
        ignore: vec!["*.md".into(), "!keep\\.md".into()],
        files: 3,
        content: digest("tar"),
        layer: FolderLayer { digest: digest("layer"), size: 77 },
        source: Some("https://git.example.org/sre".into()),
        revision: None,
    };
    folder.root = folder.root();
    folder
}

fn commit(reference: Option<&str>) -> GitCommit {
    GitCommit {
        repository: match reference {
            Some(_) => FileSource::Url("https://git.example.org/roles.git".parse().unwrap()),
            None => FileSource::Path("roles.git".into()),
        },
        reference: reference.map(str::to_owned),
        commit: "ab".repeat(20).parse().unwrap(),
        tree: "cd".repeat(32).parse().unwrap(),
    }
}

/// A file set with a file of every origin.
fn tool() -> LockedFileSet {
    let of = Archive {
        url: "https://example.org/tool.tar.gz".parse().unwrap(),
        digest: digest("archive"),
        size: 9,
    };
    let file = |name: &str, origin| PlacedFile {
        path: format!("tools/linux-amd64/{name}").parse().unwrap(),
        digest: digest(name),
        size: 3,
        media_type: "application/x-executable".into(),
        origin,
    };
    let made = Made { what: "index".into(), from: vec![of.clone()] };
    LockedFileSet {
        kind: SetKind::Tool,
        name: "tool".into(),
        version: "1.2.3".into(),
        files: vec![
            file("a", PlacedOrigin::Url("https://example.org/a".parse().unwrap())),
            file("b", PlacedOrigin::Path("bin/b".into())),
            file("c", PlacedOrigin::Member { of, path: "dist/c".into() }),
            file("d", PlacedOrigin::Made(made)),
            PlacedFile::of_lines(
                "tools/linux-amd64/e".parse().unwrap(),
                "text/plain",
                vec!["name = \"e\"".into(), String::new(), "it's \"e\"".into()],
            ),
            file("f", PlacedOrigin::Git(commit(Some("v1")))),
            file("g", PlacedOrigin::Git(commit(None))),
        ],
        images: vec!["example.org/inside:1".parse().unwrap()],
        verified: vec![
            Verification::Manifest,
            Verification::ChecksumSignature {
                url: "https://example.org/SHA256SUMS.sig".parse().unwrap(),
                key: "0123".into(),
            },
        ],
    }
}

fn lock() -> Lock {
    let mut lock = Lock {
        serial: 7,
        time: "2026-01-31T12:00:00Z".parse().unwrap(),
        manifest: digest("manifest"),
        bundle: LockedBundle {
            name: "sre".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            channel: "stable".parse().unwrap(),
            platforms: vec![PlatformName::usual()],
        },
        images: vec![image()],
        charts: vec![http_chart()],
        files: vec![file("b/tool.tar.gz"), file("a.txt")],
        folders: vec![folder()],
        sets: vec![tool()],
        unconfirmed: vec![Unconfirmed {
            reference: "quay.io/a/b:1".parse().unwrap(),
            digest: None,
        }],
    };
    lock.sort();
    lock
}

#[test]
fn reads_what_it_wrote_and_writes_the_same_bytes() {
    let text = lock().to_string();
    let read = Lock::parse("images.lock", text.as_bytes()).unwrap();
    assert_eq!(read, lock());
    assert_eq!(read.to_string(), text);
}

#[test]
fn says_in_its_first_line_that_it_locks_every_kind_of_input() {
    let text = lock().to_string();
    let first = text.lines().next().unwrap();
    assert!(first.contains("every kind of input") && first.contains("not images alone"));
}

#[test]
fn lists_every_input_under_its_kind() {
    let lock = lock();
    let names: Vec<_> = lock.inputs().map(|input| (input.kind().id(), input.name())).collect();
    assert_eq!(names[0], ("image", "127.0.0.1:5000/bench/app1:1.0.1".into()));
    assert_eq!(names[1], ("chart", "example.org/charts/demo:1.0.0_a".into()));
    assert_eq!(names[2], ("file", "a.txt".into()));
    assert_eq!(names[3], ("file", "b/tool.tar.gz".into()));
    assert_eq!(names[4], ("folder", "registry.example.org/platform:1.0.0".into()));
    assert_eq!(names[5], ("tool", "tool 1.2.3".into()));
    assert_eq!(lock.inputs_of(Kind::File).count(), 2);
    assert_eq!(Kind::all().map(|kind| lock.inputs_of(kind).count()).sum::<usize>(), 6);
}

#[test]
fn refuses_placed_files_without_one_origin_or_outside_the_folder_of_their_kind() {
    let text = lock().to_string();
    for (from, to, said) in [
        ("tools/linux-amd64/a", "rpm/a", "lie below `tools/`"),
        ("tools/linux-amd64/a", "toolsmith/a", "lie below `tools/`"),
        ("tools/linux-amd64/a", "TOOLS/linux-amd64/b", "lie below `tools/`"),
        ("tools/linux-amd64/a", "tools/linux-amd64/B", "there are two paths"),
        ("url = \"https://example.org/a\"", "member = \"a\"", "has one of"),
        ("url = \"https://example.org/a\"", "path = \"a\", lines = []", "has one of"),
        ("'name = \"e\"'", "'name = \"f\"'", "do not follow from `lines`"),
    ] {
        let wrong = text.replace(from, to);
        let error = Lock::parse("images.lock", wrong.as_bytes()).unwrap_err();
        let LockError::Wrong { problems, .. } = error else { panic!("{error}") };
        assert!(problems[0].to_string().contains(said), "{to}: {}", problems[0]);
    }
}

#[test]
fn the_artifact_of_an_http_chart_is_what_helm_expects() {
    let ChartForm::Http(http) = http_chart().form else { panic!() };
    let [made, config] = http.artifact();
    let json: serde_json::Value = serde_json::from_slice(&made.bytes).unwrap();
    assert_eq!(json["config"]["mediaType"], "application/vnd.cncf.helm.config.v1+json");
    assert_eq!(json["config"]["digest"], Digest::of(&config.bytes).to_string());
    assert_eq!(
        json["layers"][0]["mediaType"],
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    );
    assert_eq!(
        json["layers"][1]["mediaType"],
        "application/vnd.cncf.helm.chart.provenance.v1.prov"
    );
}

fn refused(from: &str, to: &str) -> LockError {
    let text = lock().to_string();
    assert!(text.contains(from), "{from} in\n{text}");
    Lock::parse("images.lock", text.replacen(from, to, 1).as_bytes()).unwrap_err()
}

#[test]
fn refuses_what_it_never_wrote_and_names_the_line() {
    let chart_digest = http_chart().root.digest.to_string();
    for (from, to, message) in [
        ("serial = 7", "serial = -7", "invalid value"),
        ("serial = 7", "serail = 7", "unknown field `serail`"),
        ("[[image]]", "[[imagee]]", "unknown field `imagee`"),
        ("as = \"a.txt\"", "as = \"../a.txt\"", "cannot be a path"),
        ("as = \"a.txt\"", "as = \"B/Tool.tar.gz\"", "there are two files"),
        ("from = \"http://", "from = \"ftp://", "must begin with"),
        (&chart_digest, &digest("other").to_string(), "do not follow from"),
        (&digest("tar").to_string(), &digest("other").to_string(), "do not follow from `content`"),
        ("path = ", "url = \"http://x.org/a\"\npath = ", "either `url` or `path`"),
        ("2026-01-31T12:00:00Z", "2026-01-31", "not a time"),
        ("form = \"http\"", "form = \"oci\"", "an OCI chart has no"),
        ("name = \"demo\"", "name = \"--enable-dns\"", "the name of a chart"),
        ("name = \"demo\"", "name = \"../demo\"", "the name of a chart"),
    ] {
        let error = refused(from, to);
        let LockError::Wrong { problems, .. } = &error else { panic!("{error}") };
        assert!(problems[0].to_string().contains(message), "{problems:?}");
        assert!(problems[0].line_and_column().0 > 1, "{problems:?}");
    }
}

#[test]
fn never_repeats_a_password() {
    for (from, to) in [
        ("from = \"http://", "from = \"http://user:hunter2@"),
        ("ref = \"127.0.0.1:5000", "ref = \"user:hunter2@127.0.0.1:5000"),
    ] {
        let error = refused(from, to);
        let shown: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| format!("{:?}", miette::Report::new(problem.clone())))
            .collect();
        let everything = format!("{error} {error:?} {}", shown.concat());
        assert!(everything.contains('@') && !everything.contains("hunter2"), "{everything}");
    }
}

#[test]
fn tells_a_newer_lock_from_a_broken_one() {
    let error = refused("version = 1\nserial", "version = 2\nnews = true\nserial");
    assert!(matches!(error, LockError::Version { found: 2, .. }), "{error}");
    for (spelled, number) in [("0xF", 15), ("0b10", 2), ("0", 0)] {
        let error = refused("version = 1\nserial", &format!("version = {spelled}\nserial"));
        assert!(matches!(error, LockError::Version { found, .. } if found == number), "{error}");
    }
}

#[test]
fn a_deep_nest_costs_an_error_and_no_stack() {
    for nest in ["[".repeat(500_000), "{a=".repeat(200_000)] {
        let error = Lock::parse("images.lock", format!("version = {nest}").as_bytes()).unwrap_err();
        assert!(matches!(error, LockError::Wrong { .. }), "{error}");
    }
}

#[test]
fn refuses_more_bytes_than_any_lock_has() {
    let error = Lock::parse("images.lock", &vec![b'#'; MAX_LOCK_BYTES + 1]).unwrap_err();
    assert!(matches!(error, LockError::TooLarge { .. }));
}

proptest::proptest! {
    #[test]
    fn a_damaged_lock_is_refused_or_understood_but_never_panics(
        at in 0_usize..4000,
        byte in proptest::prelude::any::<u8>(),
    ) {
        let mut bytes = lock().to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Lock::parse("images.lock", &bytes) {
            let text = read.to_string();
            proptest::prop_assert_eq!(Lock::parse("images.lock", text.as_bytes()).unwrap(), read);
        }
    }

    #[test]
    fn every_text_survives_being_written_and_read(path in "\\PC{0,40}") {
        let mut lock = lock();
        lock.files[0].source = FileSource::Path(path);
        let read = Lock::parse("images.lock", lock.to_string().as_bytes()).unwrap();
        proptest::prop_assert_eq!(read, lock);
    }
}

#[test]
fn an_image_is_either_confirmed_or_not() {
    let mut lock = lock();
    let digest = Some(Digest::of(b"stated"));
    lock.unconfirmed[0].digest = digest;
    assert_eq!(Lock::parse("images.lock", lock.to_string().as_bytes()).unwrap(), lock);
    let reference = lock.images[0].reference.clone();
    lock.unconfirmed.push(Unconfirmed { reference: reference.clone(), digest });
    let error = Lock::parse("images.lock", lock.to_string().as_bytes()).unwrap_err();
    let told = error.problems()[0].to_string();
    assert_eq!(told, format!("there are two images `{reference}`"));
}

//! `build` and `fetch` ask where the tags point, and refuse a lock that upstream left behind.

use sre_format::Digest;
use sre_testkit::chart::{Chart, serve_repository};
use sre_testkit::upstream::{Auth, Kind, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::desk::Desk;
use crate::lock::image;
use crate::site::Site;

/// The `HEAD` requests for tags, with the number of all other requests that were answered.
fn asked(upstream: &Upstream) -> (Vec<String>, usize) {
    let (tags, others): (Vec<_>, Vec<_>) = upstream.log().into_iter().partition(|seen| {
        let reference = seen.path.rsplit_once("/manifests/").map(|(_, reference)| reference);
        seen.method == "HEAD" && reference.is_some_and(|it| !it.starts_with("sha256"))
    });
    let mut tags: Vec<_> = tags.into_iter().map(|seen| seen.path).collect();
    tags.sort();
    (tags, others.len())
}

#[test]
fn a_moved_tag_stops_build_and_fetch_before_anything_is_fetched() {
    let site = Site::locked();
    let locked = site.upstream.tags("app/one")[0].1;
    let moved = site.upstream.push(&image(70), "app/one", "1.0.0");
    for verb in ["build --unsigned", "fetch"] {
        site.upstream.clear_log();
        let words: Vec<_> = verb.split(' ').collect();
        let words_found = [
            "upstream no longer matches the lock: a tag has moved",
            "app/one:1.0.0",
            &format!("locked {locked}"),
            &format!("found {moved}"),
            "hint: run `sre-bundle lock`",
            "--allow-moved-tags",
        ];
        site.run(&words).fails(4, &words_found);
        let (tags, others) = asked(&site.upstream);
        assert_eq!(tags, ["/v2/app/one/manifests/1.0.0", "/v2/app/two/manifests/2.0.0"]);
        assert_eq!(others, 0, "something was fetched");
        assert!(!site.path("sre.tar.zst.partial").exists());
    }
}

#[test]
fn an_old_lock_is_built_when_moved_tags_are_allowed_and_nothing_is_asked() {
    let site = Site::locked();
    site.build("before.tar.zst", &[]).ok();
    site.upstream.push(&image(70), "app/one", "1.0.0");
    site.forget_cache();
    site.upstream.clear_log();
    let said = site.build("after.tar.zst", &["--allow-moved-tags"]).ok();
    assert!(said.contains("skipped ask where 2 tags point now: moved tags are allowed"), "{said}");
    assert_eq!(asked(&site.upstream).0, [""; 0]);
    assert!(site.read("after.tar.zst") == site.read("before.tar.zst"));
}

#[test]
fn a_tag_that_is_gone_and_one_that_moved_are_both_listed() {
    let desk = Desk::new();
    let (old, new) = (image(7), image(8));
    for name in ["bench/app", "bench/gone", "bench/stays"] {
        desk.upstream.push(&old, name, "1.0");
    }
    desk.manifest(
        "[[image]]\nref = \"HOST/bench/app:1.0\"\n[[image]]\nref = \"HOST/bench/gone:1.0\"\n\
         [[image]]\nref = \"HOST/bench/stays:1.0\"\n",
    );
    desk.run("lock").ends_with(0);
    desk.upstream.push(&new, "bench/app", "1.0");
    desk.upstream.trouble(Trouble::on("/bench/gone/manifests/1.0").does(Misbehaviour::status(404)));
    let run = desk.run("fetch --json").ends_with(4);
    let json = run.json();
    assert_eq!((&json["kind"], &json["fault"]), (&"failure".into(), &"upstream".into()));
    let (host, old, new) = (desk.upstream.host(), old.digest(), new.digest());
    assert_eq!(
        json["message"],
        format!(
            "upstream no longer matches the lock: 2 tags have moved\n  {host}/bench/app:1.0\n    \
             locked {old}\n    found  {new}\n  {host}/bench/gone:1.0\n    locked {old}\n    \
             found  nothing: the tag is gone"
        )
    );
    desk.run("lock --check").ends_with(4);
}

#[test]
fn one_head_is_sent_for_each_tag_and_none_for_what_has_a_digest() {
    let desk = Desk::new();
    let pinned = image(9);
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.upstream.push(&pinned, "bench/pinned", "1.0");
    desk.upstream.push(&Chart::new("demo", "0.1.0").artifact(), "charts/demo", "0.1.0");
    let repository = serve_repository(&desk.upstream, "/stable", &[Chart::new("web", "1.2.3")]);
    let url = desk.upstream.put_file("/tool.gz", "application/gzip", b"tool".to_vec());
    desk.manifest(&format!(
        "[[image]]\nref = \"HOST/bench/app:1.0\"\n\
         [[image]]\nref = \"HOST/bench/pinned:1.0@{}\"\n\
         [[chart]]\nref = \"oci://HOST/charts/demo\"\nversion = \"0.1.0\"\n\
         [[chart]]\nrepo = \"{repository}\"\nname = \"web\"\nversion = \"1.2.3\"\n\
         [[file]]\nurl = \"{url}\"\nsha256 = \"{}\"\n",
        pinned.digest(),
        Digest::of(b"tool").hex()
    ));
    desk.run("lock").ends_with(0);
    // What is pinned stays what it is, wherever the tag beside it or the index points now.
    desk.upstream.push(&image(10), "bench/pinned", "1.0");
    serve_repository(&desk.upstream, "/stable", &[]);
    desk.upstream.clear_log();
    desk.run("build --unsigned").ends_with(0);
    assert_eq!(
        asked(&desk.upstream).0,
        ["/v2/bench/app/manifests/1.0", "/v2/charts/demo/manifests/0.1.0"]
    );
}

#[test]
fn a_registry_that_does_not_answer_has_not_said_that_nothing_moved() {
    let site = Site::locked();
    site.upstream.trouble(Trouble::on("app/two/manifests/2.0.0").does(Misbehaviour::status(403)));
    let words = ["cannot ask where", "app/two:2.0.0", "403", "--allow-moved-tags"];
    site.build("sre.tar.zst", &[]).fails(4, &words);
    site.build("sre.tar.zst", &["--allow-moved-tags"]).ok();
}

#[test]
fn asking_first_costs_no_second_login() {
    let auth = Auth::bearer("me", "pw");
    let desk = Desk::with(Upstream::start(Settings { auth, ..Settings::default() }));
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest("[[image]]\nref = \"HOST/bench/app:1.0\"\n");
    let auths = format!(r#"{{"auths":{{"{}":{{"auth":"bWU6cHc="}}}}}}"#, desk.upstream.host());
    desk.write("config.json", auths);
    desk.run("lock").ends_with(0);
    let tokens = |options: &str| {
        std::fs::remove_dir_all(desk.path("cache")).unwrap();
        desk.upstream.clear_log();
        desk.run(&format!("build --unsigned -o sre.tar.zst{options}")).ends_with(0);
        desk.upstream.count(Kind::Token)
    };
    assert_eq!((tokens(" --allow-moved-tags"), tokens("")), (1, 1));
}

//! `lock` and `build` through private authorities, mirrors and proxies.

use sre_testkit::upstream::{Settings, Transport};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::desk::Desk;
use crate::lock::image;
use crate::proxy::Proxy;

/// A name that the certificate of an upstream has and that no resolver knows.
const NAME: &str = "registry.test:5443";

const BUNDLE: &str = "[bundle]\nname = \"sre\"\nversion = \"1.0.0\"\n";

fn tls() -> Upstream {
    Upstream::start(Settings { transport: Transport::Tls, ..Settings::default() })
}

fn dead() -> String {
    let upstream = Upstream::plain();
    let url = upstream.url().to_owned();
    upstream.stop();
    url
}

#[test]
fn a_private_authority_is_trusted_where_it_is_named_and_only_there() {
    let desk = Desk::with(tls());
    desk.upstream.push(&image(7), "bench/app", "1.0");
    let host = desk.upstream.host();
    let manifest = |more: &str| {
        desk.write(
            "manifest.toml",
            format!("{BUNDLE}{more}[[image]]\nref = \"{host}/bench/app:1.0\"\n"),
        );
    };
    manifest("");
    desk.run("lock").ends_with(4).says("cannot connect to").says("name its authority: `--ca-file`");
    manifest(&format!("[registry.\"{host}\"]\nca-file = \"absent.pem\"\n"));
    desk.run("lock").ends_with(3).says("cannot read the CA file").says("absent.pem").says("hint: ");
    desk.write("empty.pem", "nothing");
    manifest(&format!("[registry.\"{host}\"]\nca-file = \"empty.pem\"\n"));
    desk.run("lock").ends_with(3).says("holds no usable certificate").says("hint: ");
    desk.write("other.pem", tls().authority().unwrap());
    manifest(&format!("[registry.\"{host}\"]\nca-file = \"other.pem\"\n"));
    desk.run("lock").ends_with(4).says("name its authority");

    // The path is relative to the manifest, wherever the program runs.
    desk.write("ca.pem", desk.upstream.authority().unwrap());
    manifest(&format!("[registry.\"{host}\"]\nca-file = \"ca.pem\"\n"));
    desk.run("lock").ends_with(0);
    desk.run("build --unsigned").ends_with(0);
}

#[test]
fn the_first_mirror_that_has_it_is_taken_and_one_that_is_down_is_told_of_once() {
    let desk = Desk::new();
    let mirror = Upstream::plain();
    for name in ["app", "other"] {
        mirror.push(&image(7), &format!("cache/bench/{name}"), "1.0");
    }
    desk.upstream.push(&image(8), "bench/own", "1.0");
    let (dead, host) = (dead(), desk.upstream.host());
    let images = ["app", "other", "own"];
    let images = images.map(|name| format!("[[image]]\nref = \"{host}/bench/{name}:1.0\"\n"));
    let registry = format!(
        "[registry.\"{host}\"]\nplain-http = true\nmirror = [\"{dead}\", \"{}/cache\"]\n",
        mirror.url()
    );
    desk.write("manifest.toml", format!("{BUNDLE}{registry}{}", images.concat()));
    let lock = desk.run("lock").ends_with(0);
    let warning = format!("warning: the mirror {dead}/ fails and is passed over: no connection");
    assert_eq!(lock.stderr.matches(&warning).count(), 1, "{}", lock.stderr);
    let locked = desk.lock();
    let from: Vec<_> = locked.images.iter().map(|image| image.source.to_string()).collect();
    assert_eq!(from, [mirror.url(), mirror.url(), desk.upstream.url()]);

    desk.upstream.clear_log();
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    let build = desk.run("build --unsigned").ends_with(0);
    assert_eq!(build.stderr.matches(&warning).count(), 1, "{}", build.stderr);
    let asked = desk.upstream.log().into_iter().filter(|seen| !seen.path.contains("/bench/own/"));
    let asked: Vec<_> = asked.map(|seen| seen.path).collect();
    assert_eq!(asked, [""; 0], "what a mirror has is not asked of the registry");
}

#[test]
fn a_mirror_that_lies_costs_a_request_and_nothing_else() {
    let desk = Desk::new();
    let mirror = Upstream::plain();
    let artifact = image(7);
    for upstream in [&desk.upstream, &mirror] {
        upstream.push(&artifact, "bench/app", "1.0");
    }
    mirror.trouble(
        Trouble::on("/manifests/sha256:").method("GET").does(Misbehaviour::Corrupt { at: 9 }),
    );
    let (host, url) = (desk.upstream.host(), mirror.url().to_owned());
    desk.write(
        "manifest.toml",
        format!(
            "{BUNDLE}[registry.\"{host}\"]\nplain-http = true\nmirror = \"{url}\"\n\
             [[image]]\nref = \"{host}/bench/app:1.0\"\n"
        ),
    );
    desk.run("lock").ends_with(0).says(&format!("warning: the mirror {url}/ fails"));
    assert_eq!(desk.lock().images[0].root.digest, artifact.digest());
}

#[test]
fn tls_goes_through_a_tunnel_of_the_proxy_and_is_checked_at_its_end() {
    let desk = Desk::with(tls());
    desk.upstream.push(&image(7), "bench/app", "1.0");
    let proxy = Proxy::to(desk.upstream.address());
    let image = format!("[[image]]\nref = \"{NAME}/bench/app:1.0\"\n");
    let with_password = format!("http://me:hunter2@{}", proxy.host());
    let environment = [("HTTPS_PROXY", with_password.as_str())];
    desk.write("manifest.toml", format!("{BUNDLE}{image}"));
    desk.run_with("lock", &environment).ends_with(4).says("name its authority: `--ca-file`");

    desk.write("ca.pem", desk.upstream.authority().unwrap());
    let registry = format!("[registry.\"{NAME}\"]\nca-file = \"ca.pem\"\n");
    desk.write("manifest.toml", format!("{BUNDLE}{registry}{image}"));
    desk.run_with("lock", &environment).ends_with(0);
    desk.run_with("build --unsigned", &environment).ends_with(0);
    for head in proxy.heads() {
        assert!(head.starts_with("CONNECT registry.test:5443 HTTP/1.1\r\n"), "{head}");
        let lower = head.to_lowercase();
        assert!(lower.contains("proxy-authorization: basic bwu6ahvudgvymg=="), "{head}");
        assert!(!lower.contains("\r\nauthorization:"), "{head}");
    }
}

#[test]
fn plain_http_goes_to_the_proxy_unless_the_host_is_excepted() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    let proxy = Proxy::to(desk.upstream.address());
    // Reaches this machine, and yet is no address of loopback, which never goes to a proxy.
    let host = format!("0.0.0.0:{}", desk.upstream.address().port());
    desk.write(
        "manifest.toml",
        format!(
            "{BUNDLE}[registry.\"{host}\"]\nplain-http = true\n[[image]]\nref = \"{host}/bench/app:1.0\"\n"
        ),
    );
    let url = proxy.url();
    for name in ["HTTP_PROXY", "http_proxy"] {
        let before = proxy.heads().len();
        desk.run_with("lock", &[(name, &url)]).ends_with(0);
        let heads = proxy.heads();
        let first = format!("HEAD http://{host}/v2/bench/app/manifests/1.0 HTTP/1.1\r\n");
        assert!(heads[before..].iter().any(|head| head.starts_with(&first)), "{heads:?}");
    }
    let before = proxy.heads().len();
    desk.run_with("build --unsigned", &[("HTTP_PROXY", &url)]).ends_with(0);
    assert!(proxy.heads().len() > before);

    let before = proxy.heads().len();
    for name in ["NO_PROXY", "no_proxy"] {
        desk.run_with("lock", &[("HTTP_PROXY", &url), (name, "example.org,0.0.0.0")]).ends_with(0);
    }
    assert_eq!(proxy.heads().len(), before);
}

#[test]
fn this_machine_is_never_asked_through_a_proxy_and_a_dead_one_never_shows_its_password() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest("[[image]]\nref = \"HOST/bench/app:1.0\"\n");
    let dead = dead().replace("http://", "http://me:hunter2@");
    let environment = [("HTTP_PROXY", dead.as_str()), ("HTTPS_PROXY", &dead), ("ALL_PROXY", &dead)];
    desk.run_with("lock", &environment).ends_with(0);

    desk.write("manifest.toml", format!("{BUNDLE}[[image]]\nref = \"{NAME}/bench/app:1.0\"\n"));
    let run = desk.run_with("lock --events events.jsonl", &environment).ends_with(4);
    let run = run.says("cannot connect to https://registry.test:5443/").says("the proxy");
    let events = std::fs::read_to_string(desk.path("events.jsonl")).unwrap();
    for shown in [run.stdout, run.stderr, events] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

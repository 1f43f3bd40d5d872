//! Commits of git repositories: what `git` itself would archive, from real servers, and lies.

use sre_tests::{Journey, Program, Running};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a repository, its bare copy and a manifest.
struct Desk {
    folder: TempDir,
}

impl Desk {
    /// Makes a repository of a format of objects, with a file, a program, a link and an annotated tag.
    fn new(format: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.git(&["init", "--quiet", "--object-format", format, "work"]);
        fs::create_dir_all(desk.path("work/tasks/more")).unwrap();
        fs::write(desk.path("work/tasks/main.yml"), "- debug:\n").unwrap();
        fs::write(desk.path("work/tasks/more/run.sh"), "#!/bin/sh\n").unwrap();
        let runs = fs::Permissions::from_mode(0o755);
        fs::set_permissions(desk.path("work/tasks/more/run.sh"), runs).unwrap();
        symlink("../main.yml", desk.path("work/tasks/more/link.yml")).unwrap();
        desk.commit("first");
        desk.work(&["tag", "--annotate", "--message", "v1", "v1.0"]);
        desk.publish();
        desk.manifest("ref = \"v1.0\"\n");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, words: &[&str]) -> String {
        let git = Program::tool("git").folder(self.folder.path()).env("HOME", self.folder.path());
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(words).run().ok()
    }

    fn work_with(&self, words: &[&str], input: &str) -> String {
        fs::write(self.path("input"), input).unwrap();
        let git = Program::tool("git").folder(&self.path("work")).env("HOME", self.folder.path());
        git.args(words).stdin(fs::File::open(self.path("input")).unwrap()).run().ok()
    }

    fn work(&self, words: &[&str]) -> String {
        self.git(&[&["-C", "work"], words].concat())
    }

    fn commit(&self, message: &str) {
        self.work(&["add", "--all"]);
        self.work(&["commit", "--quiet", "--message", message]);
    }

    /// Copies the repository to where it is read from.
    fn publish(&self) {
        fs::remove_dir_all(self.path("roles.git")).ok();
        self.git(&["clone", "--quiet", "--bare", "work", "roles.git"]);
        // Public servers give any commit out, also to clients that speak the older protocol.
        self.git(&["-C", "roles.git", "config", "uploadpack.allowAnySHA1InWant", "true"]);
    }

    fn manifest(&self, which: &str) {
        let head = "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n[[git]]\nname = \"roles\"\n";
        let place = if which.contains("url =") { "" } else { "path = \"roles.git\"\n" };
        fs::write(self.path("manifest.toml"), format!("{head}{place}{which}")).unwrap();
    }

    fn sre_bundle(&self, words: &[&str]) -> Program {
        let program = Journey::shared().sre_bundle().folder(self.folder.path());
        let program = program.env("HOME", self.folder.path()).env("SRE_CACHE", self.path("cache"));
        program.args(words)
    }

    fn build(&self, out: &str) {
        self.sre_bundle(&["build", "--unsigned", "-o", out]).run().ok();
    }

    /// Unpacks the archive out of a bundle and gives the folder with the files.
    fn unpacked(&self, bundle: &str) -> PathBuf {
        let out = self.path(&format!("{bundle}.d"));
        fs::create_dir(&out).unwrap();
        let tar = || Program::tool("tar").folder(&out);
        tar().args(["--zstd", "-xf"]).arg(self.path(bundle)).run().ok();
        let archive = fs::read_dir(out.join("git")).unwrap().next().unwrap().unwrap().path();
        tar().arg("-xzf").arg(archive).run().ok();
        out.join("roles")
    }

    /// Unpacks what `git archive` makes of a commit.
    fn as_git_has_it(&self, commit: &str) -> PathBuf {
        let (file, out) = (self.path("expected.tar"), self.path("expected"));
        self.work(&["archive", "--output", &file.display().to_string(), commit]);
        fs::create_dir(&out).unwrap();
        Program::tool("tar").arg("-xf").arg(&file).arg("-C").arg(&out).run().ok();
        out
    }
}

/// Wants two folders with the same files, modes and links.
fn same(one: &Path, other: &Path) {
    Program::tool("diff").args(["-r", "--no-dereference"]).arg(one).arg(other).run().ok();
    let modes = |root: &Path| {
        let find = Program::tool("find").arg(".").args(["-type", "f", "-perm", "-100"]);
        find.folder(root).run().ok()
    };
    assert_eq!(modes(one), modes(other));
}

#[test]
fn a_tag_is_carried_as_git_would_archive_it_and_the_same_every_time() {
    for format in ["sha1", "sha256"] {
        let desk = Desk::new(format);
        desk.sre_bundle(&["lock"]).run().ok();
        desk.build("one.tar.zst");
        fs::remove_dir_all(desk.path("cache")).unwrap();
        desk.build("two.tar.zst");
        let read = |name| fs::read(desk.path(name)).unwrap();
        assert!(read("one.tar.zst") == read("two.tar.zst"));
        same(&desk.unpacked("one.tar.zst"), &desk.as_git_has_it("v1.0"));
        let lock = fs::read_to_string(desk.path("images.lock")).unwrap();
        let commit = desk.work(&["rev-parse", "v1.0^{commit}"]);
        let tree = desk.work(&["rev-parse", "v1.0^{tree}"]);
        assert!(lock.contains(commit.trim()) && lock.contains(tree.trim()), "{lock}");
    }
}

#[test]
fn a_commit_comes_from_a_server_over_http() {
    let desk = Desk::new("sha1");
    fs::create_dir(desk.path("cgi-bin")).unwrap();
    let script = format!(
        "#!/bin/sh\nexport GIT_PROJECT_ROOT={} GIT_HTTP_EXPORT_ALL=1\nexec git http-backend\n",
        desk.folder.path().display()
    );
    fs::write(desk.path("cgi-bin/git"), script).unwrap();
    let runs = fs::Permissions::from_mode(0o755);
    fs::set_permissions(desk.path("cgi-bin/git"), runs).unwrap();
    // The server would start scripts as a user who cannot read the folder of this test.
    let serve = "import http.server as server\nserver.nobody_uid = lambda: 0\n\
                 server.test(server.CGIHTTPRequestHandler, port=0, bind='127.0.0.1')";
    let server = Program::tool("python3").args(["-u", "-c", serve]).folder(desk.folder.path());
    let (_running, port) = Running::start(server, |line| {
        let (_, rest) = line.split_once(" port ")?;
        Some(rest.split(' ').next()?.to_owned())
    });
    let url = format!("http://127.0.0.1:{port}/cgi-bin/git/roles.git");
    let commit = desk.work(&["rev-parse", "HEAD"]);
    desk.manifest(&format!("url = \"{url}\"\nref = \"v1.0\"\ncommit = \"{}\"\n", commit.trim()));
    desk.sre_bundle(&["lock"]).run().ok();
    desk.build("sre.tar.zst");
    same(&desk.unpacked("sre.tar.zst"), &desk.as_git_has_it("HEAD"));
}

#[test]
fn a_tag_that_moved_stops_a_build_and_a_pinned_one_the_lock() {
    let desk = Desk::new("sha1");
    let first = desk.work(&["rev-parse", "HEAD"]);
    desk.sre_bundle(&["lock"]).run().ok();
    fs::write(desk.path("work/new"), "new\n").unwrap();
    desk.commit("second");
    desk.work(&["tag", "--force", "v1.0"]);
    desk.publish();
    let said = desk.sre_bundle(&["build", "--unsigned"]).run().fails_with(4);
    assert!(said.contains("leads to") && said.contains(first.trim()), "{said}");
    desk.sre_bundle(&["build", "--unsigned", "--allow-moved-tags"]).run().ok();
    desk.manifest(&format!("ref = \"v1.0\"\ncommit = \"{}\"\n", first.trim()));
    let said = desk.sre_bundle(&["lock"]).run().fails_with(4);
    assert!(said.contains("the manifest names"), "{said}");
    desk.manifest("ref = \"v9\"\n");
    let said = desk.sre_bundle(&["lock"]).run().fails_with(4);
    assert!(said.contains("has no tag and no branch `v9`"), "{said}");
    desk.manifest("ref = \"--upload-pack=x\"\n");
    desk.sre_bundle(&["lock"]).run().fails_with(3);
    desk.manifest("url = \"ext::sh -c x\"\nref = \"v1.0\"\n");
    desk.sre_bundle(&["lock"]).run().fails_with(3);
}

#[test]
fn submodules_and_links_out_of_the_tree_are_refused_by_name() {
    let desk = Desk::new("sha1");
    symlink("../../outside", desk.path("work/tasks/out")).unwrap();
    desk.commit("a link");
    desk.work(&["tag", "link"]);
    desk.work(&["rm", "--quiet", "tasks/out"]);
    let commit = desk.work(&["rev-parse", "v1.0^{commit}"]);
    let row = format!("160000,{},vendor/role", commit.trim());
    desk.work(&["update-index", "--add", "--cacheinfo", &row]);
    desk.work(&["commit", "--quiet", "--message", "a submodule"]);
    desk.work(&["tag", "module"]);
    desk.publish();
    for (tag, said) in [("link", "tasks/out` leads out"), ("module", "vendor/role` is a submodule")]
    {
        desk.manifest(&format!("ref = \"{tag}\"\n"));
        let found = desk.sre_bundle(&["lock"]).run().fails_with(3);
        assert!(found.contains(said), "{found}");
    }
}

/// Puts a `git` before the real one that alters what that gives out of objects.
fn lying_git(desk: &Desk, edit: &str) -> String {
    fs::create_dir_all(desk.path("bin")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\nPATH={path}\ncase \" $* \" in\n*' cat-file --batch '*) git \"$@\" | sed -u '{edit}' ;;\n\
         *) exec git \"$@\" ;;\nesac\n"
    );
    fs::write(desk.path("bin/git"), script).unwrap();
    fs::set_permissions(desk.path("bin/git"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", desk.path("bin").display())
}

#[test]
fn an_object_that_is_not_what_its_id_says_is_refused() {
    // A file, the name of a file in a tree, the message of a commit; each stays as long as it was.
    for edit in ["s/debug/dabug/", "s/main.yml/mein.yml/", "s/^first$/fjrst/"] {
        let desk = Desk::new("sha1");
        let path = lying_git(&desk, edit);
        let said = desk.sre_bundle(&["lock"]).env("PATH", path).run().fails_with(4);
        assert!(said.contains("is not what its id says"), "{edit}: {said}");
    }
}

#[test]
fn folders_that_stand_in_each_other_many_times_over_are_not_followed_without_end() {
    let desk = Desk::new("sha1");
    let mut tree = desk.work(&["rev-parse", "HEAD^{tree}"]).trim().to_owned();
    for _ in 0..12 {
        let rows: Vec<_> = (0..8).map(|at| format!("040000 tree {tree}\td{at}\n")).collect();
        tree = desk.work_with(&["mktree"], &rows.concat()).trim().to_owned();
    }
    let commit = desk.work(&["commit-tree", "-m", "many", &tree]);
    desk.work(&["tag", "many", commit.trim()]);
    desk.publish();
    desk.manifest("ref = \"many\"\n");
    let said = desk.sre_bundle(&["lock"]).run().fails_with(3);
    assert!(said.contains("more than"), "{said}");
}

#[test]
fn links_that_lead_out_by_another_link_are_refused() {
    let desk = Desk::new("sha1");
    fs::create_dir_all(desk.path("work/d/e")).unwrap();
    symlink("../..", desk.path("work/d/e/a")).unwrap();
    symlink("a/../x", desk.path("work/d/e/l")).unwrap();
    desk.commit("links");
    desk.work(&["tag", "links"]);
    desk.publish();
    desk.manifest("ref = \"links\"\n");
    let said = desk.sre_bundle(&["lock"]).run().fails_with(3);
    assert!(said.contains("d/e/l` leads out"), "{said}");
}

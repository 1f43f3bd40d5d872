use super::*;

/// Everything that a person may ever see of an error.
fn shown(text: &str) -> String {
    let error = parse(text).unwrap_err();
    let reports = error.problems().iter().map(|problem| {
        let help = problem.help_text().unwrap_or_default();
        format!("{problem} {help} {:?}", miette::Report::new(problem.clone()))
    });
    let reports: Vec<_> = reports.collect();
    format!("{error} {error:?} {}", reports.concat())
}

#[test]
fn a_secret_in_the_file_is_an_error_that_says_what_to_write_and_never_shows_it() {
    for (from, to) in [
        ("{ environment = \"SRE_SUDO_PASSWORD\" }", "\"hunter2\""),
        ("{ environment = \"SRE_SUDO_PASSWORD\" }", "\"\"\"\nhunter2\nhunter2\"\"\""),
        ("{ command = [\"pass\", \"show\", \"sre/proxmox\"] }", "\"hunter2\""),
        ("{ command = [\"pass\", \"show\", \"sre/proxmox\"] }", "[\"hunter2\"]"),
        ("{ file = \"secrets/harbor-admin.txt\" }", "'hunter2'"),
        ("key = { file = \"secrets/authority.key\" }", "key = \"\"\"\nhunter2\n\"\"\""),
        ("{ file = \"secrets/backup.txt\" }", "\"hunter2\""),
        ("{ file = \"secrets/boot.txt\" }", "\"hunter2\""),
    ] {
        let text = altered(EVERYTHING, from, to);
        let shown = shown(&text);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("a secret has no place in a site file"), "{shown}");
        assert!(shown.contains("{ environment = \"NAME\" }"), "{shown}");
    }
}

#[test]
fn a_secret_in_any_wrong_place_is_never_shown() {
    let sudo = "password = { environment = \"SRE_SUDO_PASSWORD\" }";
    for (from, to) in [
        (sudo, "pasword = \"hunter2\""),
        (sudo, "pin = \"hunter2\""),
        (sudo, "password = { value = \"hunter2\" }"),
        (sudo, "password = { command = \"hunter2\" }"),
        (sudo, "password = \"hunter2"),
        (sudo, "password = \"hunter2\"\npassword = \"hunter2\""),
        (sudo, "password = hunter2"),
        (sudo, "# password = \"hunter2\"\nmethodd = \"sudo\""),
        (sudo, "password = { environment = \"hunter2 \" }"),
        (sudo, "password = { environment = \"hunter2\" }\nmethodd = 1"),
        ("[become]\nmethod = \"sudo\"\n", "become = \"hunter2\"\n"),
        ("become = { method = \"none\" }", "become = \"hunter2\""),
        ("https://pve1", "https://root:hunter2@pve1"),
        ("cluster_issuer = \"site-authority\"", "db_password = \"hunter2\""),
        ("port = 22\n", "port = \"hunter2\"\n"),
    ] {
        let shown = shown(&altered(EVERYTHING, from, to));
        assert!(!shown.contains("hunter2"), "{to}: {shown}");
    }
}

#[test]
fn a_reference_names_one_place() {
    refuses(
        EVERYTHING,
        &[
            ("{ file = \"secrets/boot.txt\" }", "{}", "not clear where this secret comes from"),
            (
                "{ file = \"secrets/boot.txt\" }",
                "{ file = \"a\", environment = \"B\" }",
                "not clear where",
            ),
            ("{ file = \"secrets/boot.txt\" }", "{ command = [] }", "not a command"),
            ("{ file = \"secrets/boot.txt\" }", "{ command = [\" \"] }", "not a command"),
            (
                "{ file = \"secrets/boot.txt\" }",
                "{ environment = \"A-B\" }",
                "variable of the environment",
            ),
            ("{ file = \"secrets/boot.txt\" }", "{ file = \"\" }", "not a path"),
            ("cluster_issuer =", "backup_password =", "has its place elsewhere"),
        ],
    );
}

#[test]
fn a_site_holds_no_secret_to_show() {
    let file = parse(EVERYTHING).unwrap();
    let canonical = String::from_utf8(file.site().canonical()).unwrap();
    assert!(canonical.contains("SRE_SUDO_PASSWORD") && canonical.contains("secrets/boot.txt"));
}

#[test]
fn every_secret_that_a_site_needs_is_listed_with_what_it_is_for() {
    let file = parse(EVERYTHING).unwrap();
    let listed = file.site().secrets().into_iter();
    let listed: Vec<_> = listed.map(|(what, place)| format!("{what}: {place}")).collect();
    for words in [
        "the password for sudo on server-1: environment variable SRE_SUDO_PASSWORD",
        "the token of Proxmox: command pass",
        "the password of Harbor's administrator: file secrets/harbor-admin.txt",
        "the key of the authority: file secrets/authority.key",
        "the password of the boot loader: file secrets/boot.txt",
        "of Flux: file secrets/backup.txt",
    ] {
        assert!(listed.iter().any(|it| it.ends_with(words)), "{words} is not in {listed:#?}");
    }
}

use super::*;
use crate::{MAX_SITE_BYTES, schema};
use sre_format::{Fault, Timestamp};

#[test]
fn names_everything_that_the_schema_does_not_know_at_once() {
    let text = altered(EVERYTHING, "gateway", "gatway");
    let text = altered(&text, "role = \"server\"\n", "");
    let text = altered(&text, "mtu = 9000", "mtu = \"9000\"");
    let text = altered(&text, "vlan = 20", "vlna = 20");
    let found: Vec<_> = problems(&text)
        .iter()
        .map(|problem| {
            let help = problem.help_text().unwrap_or_default();
            let help = help.split('?').next().unwrap_or_default();
            (problem.line_and_column().0, problem.to_string(), help.to_owned())
        })
        .collect();
    let expected = [
        (10, "unknown key `gatway`", "did you mean `gateway`"),
        (13, "this is a text in quotes, not a whole number", ""),
        (27, "the key `role` is missing", ""),
        (31, "unknown key `vlna`", "did you mean `vlan`"),
    ];
    let expected =
        expected.map(|(line, message, help)| (line, message.to_owned(), help.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn reports_wrong_words_and_contradictions_at_once_in_the_order_of_the_file() {
    let text = altered(EVERYTHING, "domain = \"alpha.example\"", "domain = \"Alpha\"");
    let text = altered(&text, "address = \"10.20.0.12\"", "address = \"10.20.0.11\"");
    let text = altered(&text, "role = \"agent\"", "role = \"agnet\"");
    let text = altered(&text, "\"10.43.0.0/16\"", "\"10.42.0.0/17\"");
    let text = altered(&text, "host = \"admin\"", "host = \"agent-2\"");
    let found = problems(&text);
    let lines: Vec<_> = found.iter().map(|problem| problem.line_and_column().0).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    for message in [
        "this is not a DNS name",
        "this address of a node is there twice",
        "this is not a role",
        "the addresses of pods (10.42.0.0/16) and the addresses of services (10.42.0.0/17) overlap",
    ] {
        assert!(messages(&found).iter().any(|it| it == message), "{message}: {found:?}");
    }
    let role = found.iter().find(|problem| problem.to_string().contains("role")).unwrap();
    assert!(role.help_text().unwrap().starts_with("did you mean `agent`?"));
}

#[test]
fn refuses_words_that_cannot_be_meant() {
    refuses(
        EVERYTHING,
        &[
            ("name = \"alpha\"", "name = \"Alpha site\"", "not a name"),
            ("mtu = 9000", "mtu = 100", "out of range"),
            ("port = 22\n", "port = 70000\n", "out of range"),
            ("id = 2011", "id = 7", "out of range"),
            ("vlan = 20", "vlan = 4095", "out of range"),
            ("cores = 8", "cores = 1", "out of range"),
            ("memory = \"32GiB\"", "memory = \"32GB\"", "not a size"),
            ("memory = \"32GiB\"", "memory = \"2GiB\"", "too small"),
            ("bc:24:11:00:00:11", "bc:24:11", "not the MAC address"),
            (
                "search = [\"alpha.example\"]",
                "search = [\"alpha.example\", \"alpha.example\"]",
                "twice",
            ),
            ("key = \"/home", "key = \"~", "not expanded"),
            (
                "\"topology.kubernetes.io/zone\"",
                "\"node-role.kubernetes.io/agent\"",
                "may not give itself",
            ),
            ("dedicated=storage:NoSchedule", "dedicated=storage", "not a taint"),
            ("10.42.0.0/16\"]", "10.42.0.0/16\", \"10.44.0.0/16\"]", "cannot use these ranges"),
            ("cluster-dns = \"10.43", "cluster-dns = \"10.99", "no address of a service"),
            ("https://pve1", "http://pve1", "without TLS"),
            ("https://pve1", "https://root:hunter2@pve1", "user name or a password"),
            ("ca-file = \"proxmox-ca.pem\"", "ca-file = \" \"", "not a path"),
            ("chain = \"auth", "chain = \"https://auth", "not a path"),
            ("stig-release = \"v2r7\"", "stig-release = \"v2r8\"", "not a release"),
            ("id = \"RHEL-09-251010\"", "id = \"V-258000\"", "not the id of a rule"),
            ("id = \"CNTR-R2-000460\"", "id = \"RHEL-09-251010\"", "this deviation is there twice"),
            (
                "reason = \"firewalld removes the rules of the network between pods\"",
                "reason = \"\"",
                "not a reason",
            ),
            (
                "compensating-controls = [\"admission refuses images without a signature of the bundle's key\"]",
                "compensating-controls = []",
                "one compensating control",
            ),
            ("expires = 2027-09-30", "expires = 2027-09-30T10:00:00Z", "not a day"),
            ("expires = 2027-09-30", "expires = \"2027-09-30\"", "not a date without quotes"),
            ("name = \"grace\"", "name = \"ada\"", "this administrator is there twice"),
            ("name = \"grace\"", "name = \"root\"", "root is no person"),
            ("cluster_issuer", "cluster-issuer", "not the name of a variable"),
            ("[site]", "[site", "unclosed table"),
        ],
    );
}

#[test]
fn the_schema_refuses_unknown_keys_and_describes_every_key() {
    let schema = schema();
    let tables = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for table in tables.filter(|table| table["type"] == "object") {
        assert_eq!(table["additionalProperties"], false, "{table}");
        for (key, property) in table["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{key}");
        }
    }
}

#[test]
fn refuses_what_is_too_large_or_no_text() {
    let large = vec![b'#'; MAX_SITE_BYTES + 1];
    let error = SiteFile::parse("site.toml", &large).unwrap_err();
    assert!(matches!(error, SiteError::TooLarge { .. }) && error.hint().is_some());
    let error = SiteFile::parse("site.toml", b"\xff").unwrap_err();
    assert!(matches!(error, SiteError::NotText { .. }) && error.fault() == Fault::Input);
}

#[test]
fn a_deviation_past_its_last_day_is_an_error_and_one_near_it_a_warning() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let text = altered(EVERYTHING, "expires = 2027-09-30", "expires = 2027-03-31");
    let file = parse(&text).unwrap();
    assert!(file.judge_deviations(at("2027-02-28T23:59:59Z")).unwrap().is_empty());
    let soon = file.judge_deviations(at("2027-03-31T23:59:59Z")).unwrap();
    let said = "the deviation from RHEL-09-251010 expires on 2027-03-31, in 0 days";
    assert_eq!(messages(&soon), [said]);
    let error = file.judge_deviations(at("2027-04-01T00:00:00Z")).unwrap_err();
    let SiteError::DeviationExpired { rules, problems, .. } = &error else { panic!() };
    assert_eq!((rules.len(), rules[0].as_str()), (1, "RHEL-09-251010"));
    let line = text.lines().position(|line| line.contains("RHEL-09-251010")).unwrap() + 1;
    assert_eq!(problems[0].line_and_column().0, line);
    assert_eq!(error.to_string(), "site.toml has deviations that have expired: RHEL-09-251010");
    assert!(error.hint().is_some());
}

#[test]
fn a_deep_nest_costs_an_error_and_no_stack() {
    for nest in ["[".repeat(500_000), "{a=".repeat(200_000)] {
        assert!(matches!(parse(&format!("site = {nest}")), Err(SiteError::Wrong { .. })));
    }
}

proptest::proptest! {
    #[test]
    fn a_damaged_site_never_panics_and_its_problems_can_be_shown(
        at in 0_usize..8000,
        byte in proptest::prelude::any::<u8>(),
    ) {
        let mut bytes = EVERYTHING.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Err(error) = SiteFile::parse("site.toml", &bytes) {
            for problem in error.problems() {
                let (line, column) = problem.line_and_column();
                proptest::prop_assert!(line >= 1 && column >= 1);
                let shown = format!("{:?}", miette::Report::new(problem.clone()));
                proptest::prop_assert!(shown.contains("site.toml"));
            }
        }
    }
}

//! The table of rules against what is really written.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::config::{ARGUMENTS, SETTINGS};
use crate::files::{DefaultRoute, node_files};
use crate::specification::Role;
use crate::{config, document, example};

#[test]
fn releases_have_as_many_rules_as_disa_published() {
    let count = |release: Release| {
        let of = |wanted| release.rules().filter(|rule| rule.category == wanted).count();
        (of(Category::One), of(Category::Two))
    };
    assert_eq!(count(Release::V2R3), (7, 17));
    assert_eq!(count(Release::V2R7), (4, 17));
}

#[test]
fn ids_are_sorted_and_stand_once() {
    assert!(RULES.iter().map(|rule| rule.id).is_sorted());
    let vulnerabilities: BTreeSet<&str> = RULES.iter().map(|rule| rule.vulnerability).collect();
    assert_eq!(vulnerabilities.len(), RULES.len());
}

#[test]
fn every_answer_is_really_there_on_every_node_that_it_concerns() {
    for release in Release::ALL {
        let cluster = example::cluster_with(|specification| specification.stig = release);
        for node in cluster.nodes() {
            let config = document::parse(&config::render(&cluster, node));
            let files = node_files(&cluster, node, &[], DefaultRoute::Missing);
            for rule in release.rules() {
                assert!(!rule.answers.is_empty(), "{}", rule.id);
                for answer in rule.answers {
                    let there = is_there(answer, &config, &files, node.role);
                    assert!(there, "{}: {answer:?} on {}", rule.id, node.name);
                }
            }
        }
    }
}

fn is_there(answer: &Answer, config: &Value, files: &[crate::files::HostFile], role: Role) -> bool {
    let concerns = |roles: &[Role]| roles.contains(&role);
    let has_file = |path: &str| files.iter().any(|file| file.path == path);
    match *answer {
        Answer::Setting(key) => {
            let mut rows = SETTINGS.iter().filter(|setting| setting.key == key).peekable();
            assert!(rows.peek().is_some(), "{key} is no setting");
            let concerned = rows.any(|row| concerns(row.roles));
            config.get(key).is_some() == concerned
        }
        Answer::Argument(key, name) => {
            let row = ARGUMENTS.iter().find(|row| row.key == key && row.name == name).unwrap();
            let start = format!("{name}=");
            let list = config.get(key).and_then(Value::as_array).into_iter().flatten();
            let is_it = |item: &Value| item.as_str().is_some_and(|text| text.starts_with(&start));
            list.filter(|item| is_it(item)).count() == usize::from(concerns(row.roles))
        }
        Answer::File(path) => has_file(path) || role == Role::Agent,
        Answer::Modes => has_file(crate::paths::MODES_SCRIPT),
        Answer::Ports => has_file(crate::ports::NFTABLES),
        Answer::Platform(text)
        | Answer::Manual(text)
        | Answer::Deviation(text)
        | Answer::NotApplicable(text) => !text.is_empty(),
    }
}

#[test]
fn rules_and_settings_name_each_other() {
    let named = |rows: &[&str], vulnerability: &str| rows.contains(&vulnerability);
    for rule in RULES {
        for answer in rule.answers {
            match *answer {
                Answer::Setting(key) => {
                    let mut rows = SETTINGS.iter().filter(|row| row.key == key);
                    assert!(rows.all(|row| named(row.rules, rule.vulnerability)), "{key}");
                }
                Answer::Argument(key, name) => {
                    let mut rows =
                        ARGUMENTS.iter().filter(|row| (row.key, row.name) == (key, name));
                    assert!(rows.all(|row| named(row.rules, rule.vulnerability)), "{key} {name}");
                }
                _ => {}
            }
        }
    }
    let answers = |vulnerability: &str| {
        RULES.iter().find(|rule| rule.vulnerability == vulnerability).unwrap().answers
    };
    for row in SETTINGS {
        for rule in row.rules {
            assert!(answers(rule).contains(&Answer::Setting(row.key)), "{} {rule}", row.key);
        }
    }
    for row in ARGUMENTS {
        for rule in row.rules {
            let answer = Answer::Argument(row.key, row.name);
            assert!(answers(rule).contains(&answer), "{} {rule}", row.name);
        }
    }
}

#[test]
fn cipher_lists_are_literal_and_in_order() {
    assert_eq!(
        ciphers::suites(Release::V2R3),
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
         TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\
         TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    );
    let without_rsa: Vec<&str> = ciphers::suites(Release::V2R3)
        .split(',')
        .filter(|suite| !suite.contains("_RSA_"))
        .collect();
    assert_eq!(ciphers::suites(Release::V2R7), without_rsa.join(","));
}

#[test]
fn releases_are_known_by_their_short_form() {
    for release in Release::ALL {
        assert_eq!(release.as_str().parse::<Release>().unwrap(), release);
    }
    assert!("V2R5".parse::<Release>().is_err());
}

//! Versions and ranges, compared with rpm itself.

use std::path::Path;

use sre_rpm::{Capability, Evr, compare_versions};
use sre_tests::Program;
use sre_tests::rpm::Dice;

/// Debian's Python, which has rpm's module; another one may stand earlier on the path.
const PYTHON: &str = "/usr/bin/python3";

/// Runs a script over lines and gives its lines.
fn python(script: &str, input: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("lines");
    std::fs::write(&lines, input).unwrap();
    let said = Program::at(Path::new(PYTHON))
        .args(["-c", script])
        .stdin(std::fs::File::open(&lines).unwrap())
        .run()
        .ok();
    said.lines().map(str::to_owned).collect()
}

/// Makes a version out of the letters that matter.
fn version(dice: &mut Dice) -> String {
    let pieces =
        ["0", "1", "2", "10", "00", "09", "a", "b", "rc", "Z", ".", ".", "_", "+", "~", "^"];
    let length = 1 + dice.below(6);
    (0..length).map(|_| *dice.pick(&pieces)).collect()
}

#[test]
fn versions_rank_as_rpm_ranks_them() {
    let dice = &mut Dice::new(1);
    let pairs: Vec<_> = (0..20_000).map(|_| (version(dice), version(dice))).collect();
    let input: Vec<_> = pairs.iter().map(|(one, two)| format!("{one} {two}\n")).collect();
    let script = "import rpm, sys\nfor line in sys.stdin:\n    one, two = line.split()\n    \
                  print(rpm.labelCompare(('0', one, '1'), ('0', two, '1')))";
    let answers = python(script, &input.concat());
    assert_eq!(answers.len(), pairs.len());
    for ((one, two), answer) in pairs.iter().zip(answers) {
        let ours = compare_versions(one, two) as i32;
        assert_eq!(ours.to_string(), answer, "{one} and {two}");
    }
}

#[test]
fn epochs_versions_and_releases_rank_as_rpm_ranks_them() {
    let dice = &mut Dice::new(2);
    let label = |dice: &mut Dice| (dice.below(3), version(dice), version(dice));
    let pairs: Vec<_> = (0..5_000).map(|_| (label(dice), label(dice))).collect();
    let line = |((a, b, c), (d, e, f)): &((usize, String, String), (usize, String, String))| {
        format!("{a} {b} {c} {d} {e} {f}\n")
    };
    let input: String = pairs.iter().map(line).collect();
    let script = "import rpm, sys\nfor line in sys.stdin:\n    w = line.split()\n    \
                  print(rpm.labelCompare(tuple(w[:3]), tuple(w[3:])))";
    for ((one, two), answer) in pairs.iter().zip(python(script, &input)) {
        let evr = |(epoch, version, release): &(usize, String, String)| Evr {
            epoch: u32::try_from(*epoch).unwrap(),
            version: version.clone(),
            release: Some(release.clone()),
        };
        let ours = evr(one).compare(&evr(two)) as i32;
        assert_eq!(ours.to_string(), answer, "{one:?} and {two:?}");
    }
}

#[test]
fn ranges_meet_as_in_rpm() {
    let dice = &mut Dice::new(3);
    let signs = ["<", "<=", "=", ">=", ">"];
    let range = |dice: &mut Dice| {
        let sign = *dice.pick(&signs);
        let epoch = *dice.pick(&["", "", "0:", "1:"]);
        let release =
            if dice.percent(50) { format!("-{}", 1 + dice.below(2)) } else { String::new() };
        format!("{sign} {epoch}{}.{}{release}", 1 + dice.below(2), dice.below(2))
    };
    let pairs: Vec<_> = (0..20_000).map(|_| (range(dice), range(dice))).collect();
    let input: Vec<_> = pairs.iter().map(|(one, two)| format!("{one} {two}\n")).collect();
    let script = "import rpm, sys
F = {'<': rpm.RPMSENSE_LESS, '>': rpm.RPMSENSE_GREATER, '=': rpm.RPMSENSE_EQUAL}
def ds(sign, evr, tag):
    return rpm.ds(('x', sum(F[s] for s in sign), evr), tag)
for line in sys.stdin:
    a, b, c, d = line.split()
    print(ds(a, b, 'requires').Compare(ds(c, d, 'provides')))";
    for ((one, two), answer) in pairs.iter().zip(python(script, &input.concat())) {
        let capability = |range: &str| format!("x {range}").parse::<Capability>().unwrap();
        let ours = capability(one).is_satisfied_by(&capability(two));
        let theirs = matches!(answer.as_str(), "1" | "True");
        assert_eq!(ours, theirs, "{one} and {two}: rpm says {answer}");
    }
}

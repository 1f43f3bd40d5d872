//! What a node says of itself. It is believed as far as it goes: nothing of it is run or taken for a path,
//! and what is shown of it is short and plain.

use std::collections::BTreeMap;

/// The script that tells the facts.
pub const SCRIPT: &str = include_str!("facts.sh");

/// The most lines, the most bytes of one, and the most letters of a value that are shown.
const MOST_LINES: usize = 5000;
const MOST_BYTES: usize = 400;
const MOST_SHOWN: usize = 60;

/// Names of facts that hold the name of an interface begin so.
const OF_INTERFACE: &str = "mtu.";

/// Says why an answer holds no facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// It does not end as the script ends.
    #[error("its answer breaks off")]
    Short,
    /// It is not what the script says.
    #[error("its answer is none of the script")]
    Strange,
}

/// Facts of a node by their names, in the order in which they were told.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<String, Vec<String>>);

impl Facts {
    /// Reads the lines `name=value` of the script.
    pub fn parse(text: &str) -> Result<Self, FactsError> {
        let mut facts = Self::default();
        for (number, line) in text.lines().enumerate() {
            let (name, value) = line.split_once('=').ok_or(FactsError::Strange)?;
            if number >= MOST_LINES || line.len() > MOST_BYTES {
                return Err(FactsError::Strange);
            }
            if !is_name(name) {
                // The kernel lets an interface have nearly any name: one such says nothing against the rest.
                if name.starts_with(OF_INTERFACE) {
                    continue;
                }
                return Err(FactsError::Strange);
            }
            facts.0.entry(name.to_owned()).or_default().push(value.trim().to_owned());
        }
        if facts.one("end").is_some() { Ok(facts) } else { Err(FactsError::Short) }
    }

    /// Gives the first value of a name; an empty one is none.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// Gives all values of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Gives a value that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.one(name)?.parse().ok()
    }

    /// Gives the values of a name whose first word is `key`, without that word.
    pub fn of<'a>(&'a self, name: &str, key: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.all(name).filter_map(|value| value.split_once(' '));
        values.filter(move |(first, _)| *first == key).map(|(_, rest)| rest)
    }

    /// Says whether the script has looked at something, so that nothing told means nothing there.
    #[must_use]
    pub fn looked(&self, what: &str) -> bool {
        self.all("looked").any(|looked| looked == what)
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@:".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

/// Gives a text of a node as it may be shown: short, of printable ASCII alone.
#[must_use]
pub fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '\u{fffd}' };
    let mut shown: String = text.chars().take(MOST_SHOWN).map(plain).collect();
    if text.chars().count() > MOST_SHOWN {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_or_none() {
        for (text, error) in [
            ("", FactsError::Short),
            ("uid=0\n", FactsError::Short),
            ("uid\nend=1\n", FactsError::Strange),
            ("a b=0\nend=1\n", FactsError::Strange),
        ] {
            assert_eq!(Facts::parse(text).unwrap_err(), error, "{text}");
        }
        let long = format!("a={}\nend=1\n", "x".repeat(MOST_BYTES));
        assert_eq!(Facts::parse(&long).unwrap_err(), FactsError::Strange);
        let many = "a=1\n".repeat(MOST_LINES) + "end=1\n";
        assert_eq!(Facts::parse(&many).unwrap_err(), FactsError::Strange);
    }

    #[test]
    fn an_interface_with_an_odd_name_costs_its_own_line_alone() {
        for odd in
            ["mtu.wg+0=1420", "mtu.br~1=1500", "mtu.a b=1500", "mtu.\u{fffd}=1500", "mtu.a=b=1"]
        {
            let facts = Facts::parse(&format!("uid=0\n{odd}\nmtu.eth0=1500\nend=1\n")).unwrap();
            assert_eq!(facts.one("uid"), Some("0"), "{odd}");
            assert_eq!(facts.number("mtu.eth0"), Some(1500), "{odd}");
        }
        let other = Facts::parse("a b=0\nend=1\n");
        assert_eq!(other.unwrap_err(), FactsError::Strange);
    }

    #[test]
    fn values_are_found_by_name_and_by_their_first_word() {
        let facts =
            Facts::parse("port=tcp 0016\nport=udp 0044\ncores=\nlooked=tcp\nend=1\n").unwrap();
        assert_eq!(facts.of("port", "tcp").collect::<Vec<_>>(), ["0016"]);
        assert_eq!(facts.one("cores"), None);
        assert!(facts.looked("tcp") && !facts.looked("udp"));
        assert_eq!(facts.number("end"), Some(1));
    }

    #[test]
    fn a_node_draws_nothing_on_the_screen() {
        assert_eq!(shown("a\u{1b}[2J\u{202e}b"), "a\u{fffd}[2J\u{fffd}b");
        assert_eq!(shown(&"x".repeat(100)).len(), MOST_SHOWN + 3);
    }

    #[test]
    fn the_script_asks_for_what_is_judged() {
        for (name, _) in sre_rke2::host::KERNEL_SETTINGS {
            assert!(SCRIPT.contains(name), "{name}");
        }
        for path in
            [sre_rke2::paths::AGENT_TOKEN, sre_rke2::paths::CONFIG, sre_rke2::host::FAPOLICYD_RULES]
        {
            assert!(SCRIPT.contains(path), "{path}");
        }
    }
}

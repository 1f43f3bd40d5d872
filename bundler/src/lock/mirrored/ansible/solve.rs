//! Which versions of collections suit everybody.
//!
//! The newest version of each collection is tried first; where it, or what it depends on,
//! contradicts a wish, the next older one is. What the search needs to know is not fetched here: it
//! stops and says what is missing, and is begun again with a catalog that has it. Circles are no
//! trouble: a collection is chosen once.

use std::collections::BTreeMap;

use semver::Version;
use sre_format::VersionRange;

use crate::lock::mirrored::MirrorError;

/// The most choices that are tried; honest sets need a few dozen.
const MAX_CHOICES: usize = 10_000;

/// The most collections that one manifest brings.
const MAX_COLLECTIONS: usize = 500;

/// Versions that are shown where none suits.
const SHOWN: usize = 8;

/// Somebody who wants a collection.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// Who wants it, as messages say it.
    pub who: String,
    /// The name of the collection.
    pub name: String,
    /// The versions that will do.
    pub range: VersionRange,
}

/// What is known of collections so far.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// The versions of a collection.
    pub versions: BTreeMap<String, Vec<Version>>,
    /// What a version of a collection depends on.
    pub needs: BTreeMap<(String, Version), Vec<(String, VersionRange)>>,
}

/// How far a search got.
#[derive(Debug)]
pub(super) enum Answer {
    /// These versions suit everybody.
    Chosen(BTreeMap<String, Version>),
    /// The versions of a collection must be known, because of this wish.
    WantsVersions(Wish),
    /// What this version depends on must be known.
    WantsNeeds(String, Version),
}

/// Searches for versions that suit every wish.
pub(super) fn solve(catalog: &Catalog, wishes: &[Wish]) -> Result<Answer, MirrorError> {
    let mut search = Search { catalog, chosen: BTreeMap::new(), choices: 0 };
    search.go_on(wishes)
}

struct Search<'a> {
    catalog: &'a Catalog,
    chosen: BTreeMap<String, Version>,
    choices: usize,
}

impl Search<'_> {
    fn go_on(&mut self, wishes: &[Wish]) -> Result<Answer, MirrorError> {
        let broken = wishes.iter().find(|wish| {
            self.chosen.get(&wish.name).is_some_and(|version| !wish.range.holds(version))
        });
        if let Some(wish) = broken {
            return Err(self.conflict(&wish.name, wishes));
        }
        let Some(wish) = wishes.iter().find(|wish| !self.chosen.contains_key(&wish.name)).cloned()
        else {
            return Ok(Answer::Chosen(self.chosen.clone()));
        };
        let Some(versions) = self.catalog.versions.get(&wish.name) else {
            return Ok(Answer::WantsVersions(wish));
        };
        let mut failure = None;
        for version in suitable(versions, &wish.name, wishes) {
            self.choices += 1;
            if self.choices > MAX_CHOICES || self.chosen.len() >= MAX_COLLECTIONS {
                return Err(MirrorError::TooEntangled);
            }
            let key = (wish.name.clone(), version.clone());
            let Some(needs) = self.catalog.needs.get(&key) else {
                return Ok(Answer::WantsNeeds(key.0, key.1));
            };
            let who = format!("{} {version}", wish.name);
            let more = needs.iter().map(|(name, range)| {
                let (who, name, range) = (who.clone(), name.clone(), range.clone());
                Wish { who, name, range }
            });
            self.chosen.insert(wish.name.clone(), version.clone());
            let wishes: Vec<_> = wishes.iter().cloned().chain(more).collect();
            match self.go_on(&wishes) {
                Err(MirrorError::TooEntangled) => return Err(MirrorError::TooEntangled),
                // What contradicts the newest versions is what people can do something about.
                Err(error) => _ = failure.get_or_insert(error),
                answer => return answer,
            }
            self.chosen.remove(&wish.name);
        }
        Err(failure.unwrap_or_else(|| self.conflict(&wish.name, wishes)))
    }

    fn conflict(&self, name: &str, wishes: &[Wish]) -> MirrorError {
        let about = wishes.iter().filter(|wish| wish.name == name);
        let mut wishes: Vec<_> =
            about.map(|wish| format!("{} wants {}", wish.who, wish.range)).collect();
        wishes.dedup();
        let mut versions = self.catalog.versions.get(name).cloned().unwrap_or_default();
        versions.sort_by(|one, other| other.cmp(one));
        let offered = versions.iter().take(SHOWN).map(ToString::to_string).collect();
        MirrorError::Conflict { name: name.to_owned(), wishes, offered }
    }
}

/// Gives the versions that every wish of a collection holds, the newest first; one before a release
/// only where a wish names it.
fn suitable(versions: &[Version], name: &str, wishes: &[Wish]) -> Vec<Version> {
    let about: Vec<_> = wishes.iter().filter(|wish| wish.name == name).collect();
    let suits = |version: &&Version| {
        let is_meant = version.pre.is_empty() || about.iter().any(|wish| wish.range.names(version));
        is_meant && about.iter().all(|wish| wish.range.holds(version))
    };
    let mut suitable: Vec<_> = versions.iter().filter(suits).cloned().collect();
    suitable.sort_by(|one, other| other.cmp(one));
    suitable
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn catalog(rows: &[Row<'_>]) -> Catalog {
        let mut catalog = Catalog::default();
        for (name, version, needs) in rows {
            let version: Version = version.parse().unwrap();
            catalog.versions.entry((*name).into()).or_default().push(version.clone());
            let needs = needs.iter().map(|(name, range)| ((*name).into(), range.parse().unwrap()));
            catalog.needs.insert(((*name).into(), version), needs.collect());
        }
        catalog
    }

    fn wishes(wishes: &[(&str, &str)]) -> Vec<Wish> {
        let wish = |(name, range): &(&str, &str)| Wish {
            who: "the manifest".into(),
            name: (*name).into(),
            range: range.parse().unwrap(),
        };
        wishes.iter().map(wish).collect()
    }

    fn solved(rows: &[Row<'_>], wanted: &[(&str, &str)]) -> Result<String, String> {
        match solve(&catalog(rows), &wishes(wanted)) {
            Ok(Answer::Chosen(chosen)) => {
                let shown: Vec<_> =
                    chosen.iter().map(|(name, version)| format!("{name} {version};")).collect();
                Ok(shown.concat())
            }
            Ok(answer) => panic!("{answer:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn takes_the_newest_versions_that_suit_everybody() {
        let rows: &[Row<'_>] = &[
            ("a", "1.0.0", &[("c", ">=1.0.0")]),
            ("b", "1.0.0", &[("c", "<2.0.0")]),
            ("c", "1.0.0", &[]),
            ("c", "1.9.0", &[]),
            ("c", "1.10.0", &[]),
            ("c", "2.0.0", &[]),
            ("c", "3.0.0-beta", &[]),
        ];
        let all = solved(rows, &[("a", "*"), ("b", "*")]).unwrap();
        assert_eq!(all, "a 1.0.0;b 1.0.0;c 1.10.0;");
        assert_eq!(solved(rows, &[("a", "*")]).unwrap(), "a 1.0.0;c 2.0.0;");
        assert_eq!(solved(rows, &[("c", "==3.0.0-beta")]).unwrap(), "c 3.0.0-beta;");
    }

    #[test]
    fn goes_back_to_an_older_version_where_the_newest_contradicts_a_wish() {
        let rows: &[Row<'_>] = &[
            ("a", "1.0.0", &[("b", "1.0.0")]),
            ("a", "2.0.0", &[("b", "2.0.0")]),
            ("b", "1.0.0", &[]),
            ("b", "2.0.0", &[("c", "<1.0.0")]),
            ("c", "1.0.0", &[]),
        ];
        let chosen = solved(rows, &[("a", "*"), ("c", ">=1.0.0")]).unwrap();
        assert_eq!(chosen, "a 1.0.0;b 1.0.0;c 1.0.0;");
    }

    #[test]
    fn collections_may_depend_on_each_other_in_a_circle() {
        let rows: &[Row<'_>] =
            &[("a", "1.0.0", &[("b", "*")]), ("b", "1.0.0", &[("a", ">=1.0.0")])];
        assert_eq!(solved(rows, &[("a", "*")]).unwrap(), "a 1.0.0;b 1.0.0;");
    }

    #[test]
    fn a_conflict_names_who_wants_what_and_what_there_is() {
        let rows: &[Row<'_>] = &[
            ("a", "1.0.0", &[("c", ">=2.0.0")]),
            ("b", "1.2.0", &[("c", "<2.0.0")]),
            ("c", "1.0.0", &[]),
            ("c", "2.0.0", &[]),
        ];
        let said = solved(rows, &[("a", "*"), ("b", "*")]).unwrap_err();
        assert_eq!(
            said,
            "no version of c suits everybody: a 1.0.0 wants >=2.0.0, b 1.2.0 wants <2.0.0; \
             there are 2.0.0, 1.0.0"
        );
        let said = solved(rows, &[("c", ">=3.0.0")]).unwrap_err();
        assert!(said.contains("the manifest wants >=3.0.0; there are 2.0.0, 1.0.0"), "{said}");
    }

    #[test]
    fn a_set_made_to_keep_the_search_busy_is_given_up() {
        let names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
        let mut catalog = Catalog::default();
        for (at, name) in names.iter().enumerate() {
            for major in 1..10 {
                let version = Version::new(major, 0, 0);
                catalog.versions.entry(name.clone()).or_default().push(version.clone());
                let next = names.get(at + 1).cloned().unwrap_or_else(|| "never".into());
                let needs = vec![(next, VersionRange::any())];
                catalog.needs.insert((name.clone(), version), needs);
            }
        }
        catalog.versions.insert("never".into(), Vec::new());
        let error = solve(&catalog, &wishes(&[("c0", "*")])).unwrap_err();
        assert!(matches!(error, MirrorError::TooEntangled), "{error}");
    }
}

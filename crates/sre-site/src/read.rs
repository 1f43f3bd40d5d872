//! From bytes to a site, or to everything that is wrong with it.

use std::ops::Range;

use jiff::civil::Date;
use sre_format::shape::{Misfit, MisfitKind, misfits};
use sre_format::{Problem, Timestamp, WrittenFile};
use toml::de::DeTable;

use crate::checker::Checker;
use crate::mask::{masked, misplaced, named_like_secrets};
use crate::raw::RawSite;
use crate::{MAX_SITE_BYTES, Site, SiteError, schema};

/// The definition of the schema that a reference to a secret follows.
const SECRET_DEFINITION: &str = "RawSecret";
/// How long before its last day a deviation is spoken of.
const NOTICE_DAYS: i32 = 30;

/// A site file that was read: the site, what is doubtful about it, and where its deviations stand.
#[derive(Clone, Debug)]
pub struct SiteFile {
    file: WrittenFile,
    site: Site,
    warnings: Vec<Problem>,
    deviations: Vec<Range<usize>>,
}

impl SiteFile {
    /// Reads a site file strictly; `name` is what messages call it.
    ///
    /// What is wrong is reported all at once: first whatever the schema does not know, and once there
    /// is nothing of that kind, all wrong words and all contradictions between them.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, SiteError> {
        let named = || name.to_owned();
        if bytes.len() > MAX_SITE_BYTES {
            return Err(SiteError::TooLarge { name: named() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| SiteError::NotText { name: named() })?;
        let (file, raw) =
            shaped(name, text).map_err(|problems| SiteError::Wrong { name: named(), problems })?;
        let deviations = raw.places_of_deviations();
        let mut checker = Checker::new(&file);
        let site = checker.site(&raw);
        let (problems, warnings) = checker.into_findings();
        match site {
            Ok(site) if problems.is_empty() => Ok(Self { file, site, warnings, deviations }),
            _ => Err(SiteError::Wrong { name: named(), problems }),
        }
    }

    /// Gives the site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Gives the site alone.
    #[must_use]
    pub fn into_site(self) -> Site {
        self.site
    }

    /// Gives what is allowed and doubtful, in the order of the file.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Judges the deviations by a clock: one past its last day is an error, and each that has at most
    /// 30 days left is a warning. Days are those of UTC.
    pub fn judge_deviations(&self, now: Timestamp) -> Result<Vec<Problem>, SiteError> {
        let today = day_of(now);
        let (mut expired, mut soon, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for (deviation, at) in self.site.hardening.deviations.iter().zip(&self.deviations) {
            let left = today.until(deviation.expires).map_or(0, |span| span.get_days());
            let (id, date) = (&deviation.id, deviation.expires);
            if left < 0 {
                let message = format!("the deviation from {id} has expired on {date}");
                expired.push(self.file.problem(at.clone(), message));
                rules.push(id.clone());
            } else if left <= NOTICE_DAYS {
                let message = format!("the deviation from {id} expires on {date}, in {left} days");
                soon.push(
                    self.file.problem(at.clone(), message).with_help("have it approved again"),
                );
            }
        }
        if rules.is_empty() {
            return Ok(soon);
        }
        let name = self.file.name().to_owned();
        Err(SiteError::DeviationExpired { name, rules, problems: expired })
    }
}

fn day_of(now: Timestamp) -> Date {
    let seconds = i64::try_from(now.unix_seconds()).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    jiff::tz::Offset::UTC.to_datetime(moment).date()
}

/// Reads the keys of a text that has the shape of the schema; the file that it gives shows no secret.
fn shaped(name: &str, text: &str) -> Result<(WrittenFile, RawSite), Vec<Problem>> {
    let mut secrets = named_like_secrets(text);
    let syntax = |error: &toml::de::Error, secrets: &[Range<usize>]| {
        let file = WrittenFile::new(name, &masked(text, secrets));
        vec![file.problem(error.span().unwrap_or(0..0), without_value(error.message()))]
    };
    let document = DeTable::parse(text).map_err(|error| syntax(&error, &secrets))?;
    let schema = schema();
    let mut misfits = misfits(document.get_ref(), &schema);
    misfits.sort_by_key(|misfit| misfit.at.start);
    secrets.extend(misplaced(&misfits));
    let file = WrittenFile::new(name, &masked(text, &secrets));
    if !misfits.is_empty() {
        return Err(misfits.iter().map(|misfit| problem(&file, misfit)).collect());
    }
    let raw = toml::from_str(text).map_err(|error| syntax(&error, &secrets))?;
    Ok((file, raw))
}

fn problem(file: &WrittenFile, misfit: &Misfit<'_>) -> Problem {
    let is_secret = misfit.definition == Some(SECRET_DEFINITION);
    if !is_secret || misfit.kind != MisfitKind::WrongKind {
        return misfit.problem(file);
    }
    let help = "write where it comes from: `{ file = \"PATH\" }`, `{ environment = \"NAME\" }` or \
                `{ command = [\"PROGRAM\", \"ARGUMENT\"] }`";
    file.problem(misfit.at.clone(), "a secret has no place in a site file").with_help(help)
}

/// Leaves out the value that the deserializer repeats: `invalid type: string "...", expected ...`.
fn without_value(message: &str) -> String {
    match (message.split_once('"'), message.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) if message.starts_with("invalid") => {
            format!("{before}...{after}")
        }
        _ => message.to_owned(),
    }
}

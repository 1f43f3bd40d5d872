//! `[[hardening.deviation]]`: a rule that the site does not follow, with its reason, as data.
//!
//! Roles, the system security plan, the plan of action and the checklists all read it from here.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{Profile, RuleId, StigRelease};

/// A rule that the site does not follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The rule.
    pub id: RuleId,
    /// How it is set instead.
    pub setting: String,
    /// Why.
    pub reason: String,
    /// What protects instead.
    pub compensating_controls: Vec<String>,
    /// The last day on which it is approved.
    pub expires: Date,
    /// Who approved it.
    pub approver: String,
}

/// A rule that the site does not follow, with the reason.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawDeviation {
    /// The rule, such as `RHEL-09-251010`, `CNTR-R2-000460` or `CIS-1.2.9`.
    #[schemars(with = "String")]
    pub id: Text,
    /// How it is set instead.
    #[schemars(with = "String")]
    pub setting: Text,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Text,
    /// What protects instead, at least one thing.
    #[schemars(with = "Vec<String>")]
    pub compensating_controls: Spanned<Vec<Text>>,
    /// The last day on which it is approved, without quotes: `2027-03-31`.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Spanned<Datetime>,
    /// Who approved it.
    #[schemars(with = "String")]
    pub approver: Text,
}

impl Checker<'_> {
    pub(crate) fn deviation(
        &mut self,
        raw: &RawDeviation,
        profile: Profile,
        release: StigRelease,
    ) -> Checked<Deviation> {
        let id = self.rule(&raw.id, profile, release);
        let setting = self.sentence(&raw.setting, "a setting");
        let reason = self.sentence(&raw.reason, "a reason");
        let controls = raw.compensating_controls.get_ref().iter();
        let controls: Vec<_> =
            controls.map(|text| self.sentence(text, "a compensating control")).collect();
        if controls.is_empty() {
            let help = "say what protects instead; an assessor asks";
            self.wrong(
                raw.compensating_controls.span(),
                "there must be one compensating control",
                help,
            );
        }
        let (expires, approver) =
            (self.date(&raw.expires), self.sentence(&raw.approver, "an approver"));
        Ok(Deviation {
            id: id?,
            setting: setting?,
            reason: reason?,
            compensating_controls: controls.into_iter().collect::<Checked<_>>()?,
            expires: expires?,
            approver: approver?,
        })
    }

    fn rule(&mut self, text: &Text, profile: Profile, release: StigRelease) -> Checked<RuleId> {
        let id: RuleId = self.word(text)?;
        self.unique("deviation", id.as_str(), text.span());
        if !id.is_of(profile, release) {
            let message =
                format!("the profile `{profile}` with the RKE2 STIG {release} has no such rule");
            let help = "correct the id, or remove the deviation";
            self.doubt(text.span(), message, help);
        }
        Ok(id)
    }

    fn date(&mut self, raw: &Spanned<Datetime>) -> Checked<Date> {
        let date = raw.get_ref().date.filter(|_| raw.get_ref().time.is_none());
        let date = date.and_then(|date| {
            let day = (
                i16::try_from(date.year).ok()?,
                i8::try_from(date.month).ok()?,
                i8::try_from(date.day).ok()?,
            );
            Date::new(day.0, day.1, day.2).ok()
        });
        date.ok_or_else(|| {
            self.wrong(raw.span(), "this is not a day", "year, month and day: `2027-03-31`")
        })
    }
}

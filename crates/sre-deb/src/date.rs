//! Dates as `Release` files write them: `Sat, 10 Feb 2024 11:07:25 UTC`.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use sre_format::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Reads a date, which must be in UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (weekday, day) = (words.next()?, words.next()?);
    let (month, year) = (words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    let weekday = weekday.strip_suffix(',')?;
    if !DAYS.contains(&weekday) || !matches!(zone, "UTC" | "GMT" | "+0000" | "Z") {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?;
    let mut clock = clock.split(':').map(|part| part.parse::<i8>().ok());
    let time = Time::new(clock.next()??, clock.next()??, clock.next()??, 0).ok()?;
    if clock.next().is_some() || words.next().is_some() {
        return None;
    }
    let month = i8::try_from(month + 1).ok()?;
    let date = Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let moment = Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?;
    Timestamp::from_unix_seconds(moment.as_second())
}

/// Writes a date.
pub(crate) fn format(time: Timestamp) -> String {
    let seconds = i64::try_from(time.unix_seconds()).unwrap_or_default();
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let moment = Offset::UTC.to_datetime(moment);
    let weekday = usize::try_from(moment.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(moment.month() - 1).unwrap_or_default();
    format!(
        "{}, {:02} {} {} {:02}:{:02}:{:02} UTC",
        DAYS.get(weekday).copied().unwrap_or_default(),
        moment.day(),
        MONTHS.get(month).copied().unwrap_or_default(),
        moment.year(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-01-31T12:00:00Z"] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(parse(&format(time)), Some(time));
        }
        assert_eq!(
            format("2024-02-10T11:07:25Z".parse().unwrap()),
            "Sat, 10 Feb 2024 11:07:25 UTC"
        );
    }

    #[test]
    fn reads_the_spellings_that_archives_use() {
        let time = "2024-02-01T01:07:25Z".parse().ok();
        for text in ["Thu, 01 Feb 2024  1:07:25 UTC", "Thu, 1 Feb 2024 01:07:25 +0000"] {
            assert_eq!(parse(text), time);
        }
        for text in
            ["", "2024-02-01", "Thu, 01 Feb 2024 01:07:25 CET", "Thu, 31 Feb 2024 01:07:25 UTC"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

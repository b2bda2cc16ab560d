//! The cloud's clock: real, running faster or slower, or standing still until it is advanced by hand.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Now, by the machine's clock.
    pub fn real() -> Self {
        let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos();
        Self(i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX))
    }

    /// This much later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment as a date; none if it lies outside the years people write.
    pub fn date(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date().and_then(|date| date.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| {
            serde::de::Error::custom(format!("{text:?} is no time such as 2030-01-31T12:00:00Z"))
        })?;
        i64::try_from(date.unix_timestamp_nanos() / 1_000_000).map(Self).map_err(serde::de::Error::custom)
    }
}

/// How the cloud's time passes; kept in `clock.json`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Clock {
    /// As on the machine.
    #[default]
    Real,
    /// `factor` seconds for each second since `started`, when the cloud's time was `at`.
    Scaled {
        /// How many times as fast.
        factor: f64,
        /// On the machine's clock.
        started: Moment,
        /// On the cloud's clock.
        at: Moment,
    },
    /// Only when advanced.
    Manual {
        /// Now.
        now: Moment,
    },
}

impl Clock {
    /// The cloud's time now.
    pub fn now(&self) -> Moment {
        self.at(Moment::real())
    }

    fn at(&self, real: Moment) -> Moment {
        match *self {
            Clock::Real => real,
            Clock::Scaled { factor, started, at } => {
                let passed = real.0.saturating_sub(started.0).max(0) as f64 * factor;
                Moment(at.0.saturating_add(passed as i64))
            }
            Clock::Manual { now } => now,
        }
    }

    /// The clock with its time moved forward. A real one stands still from then on.
    pub fn advanced(self, by: Duration) -> Self {
        match self {
            Clock::Real => Clock::Manual { now: Moment::real().after(by) },
            Clock::Scaled { factor, started, at } => Clock::Scaled { factor, started, at: at.after(by) },
            Clock::Manual { now } => Clock::Manual { now: now.after(by) },
        }
    }
}

/// The first beginning of a weekly window (`sun:05:00-sun:06:00`, UTC) after a moment; a day later if the text is
/// no window.
pub fn next_window(window: &str, after: Moment) -> Moment {
    const DAY: Duration = Duration::from_secs(86_400);
    let begin = || {
        let mut parts = window.split('-').next()?.split(':');
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let day = parts.next()?;
        let day = days.iter().position(|name| name.eq_ignore_ascii_case(day))?;
        let (hour, minute): (i64, i64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let date = after.date()?;
        let midnight = date.replace_time(time::Time::MIDNIGHT);
        let ahead = (day as i64 - i64::from(date.weekday().number_days_from_monday())).rem_euclid(7);
        let start = midnight + time::Duration::minutes((ahead * 24 + hour) * 60 + minute);
        let start = if start <= date { start + time::Duration::weeks(1) } else { start };
        i64::try_from(start.unix_timestamp_nanos() / 1_000_000).ok().map(Moment)
    };
    begin().unwrap_or_else(|| after.after(DAY))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn moment(text: &str) -> Moment {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
    }

    #[test]
    fn windows_come_every_week() {
        // A Wednesday.
        let now = moment("2030-01-02T12:00:00Z");
        assert_eq!(next_window("sun:05:00-sun:06:00", now), moment("2030-01-06T05:00:00Z"));
        assert_eq!(next_window("wed:11:00-wed:12:00", now), moment("2030-01-09T11:00:00Z"));
        assert_eq!(next_window("wed:13:30-wed:14:00", now), moment("2030-01-02T13:30:00Z"));
        assert_eq!(next_window("whenever", now), moment("2030-01-03T12:00:00Z"));
    }

    #[test]
    fn clocks_pass_as_told() {
        let (start, later) = (moment("2030-01-01T00:00:00Z"), moment("2030-01-01T00:00:01Z"));
        assert_eq!(Clock::Real.at(later), later);
        let scaled = Clock::Scaled { factor: 60.0, started: start, at: start };
        assert_eq!(scaled.at(later), moment("2030-01-01T00:01:00Z"));
        let manual = Clock::Manual { now: start };
        assert_eq!(manual.at(later), start);
        assert_eq!(manual.advanced(Duration::from_secs(90)).at(later), moment("2030-01-01T00:01:30Z"));
        let text = serde_json::to_string(&scaled).unwrap();
        assert_eq!(serde_json::from_str::<Clock>(&text).unwrap(), scaled);
    }
}

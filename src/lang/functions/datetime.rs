//! Date and time: timestamps in RFC 3339, as `2018-01-02T23:12:01Z`.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::call::{Call, Stop};
use super::{BASE, Family, Function, Known, Param, Returns, STRING, Shape, param, quantity};
use crate::base::types::Type;
use crate::base::value::{DURATION_UNITS, Kind, Value};

const TIME: Function = Function { family: Family::DateAndTime, returns: Returns::Is(Type::string), ..BASE };
const TIMESTAMP: Param = param("timestamp", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "formatdate",
        params: &[param("format", STRING), TIMESTAMP],
        docs: "A timestamp in another format, in which letters stand for parts of it and other text for itself, \
               letters between `'` too:\n\n\
               | Letters | Part |\n|---|---|\n\
               | `YYYY` `YY` | year |\n\
               | `MMMM` `MMM` `MM` `M` | month: January, Jan, 01, 1 |\n\
               | `DD` `D` | day |\n\
               | `EEEE` `EEE` | day of the week: Monday, Mon |\n\
               | `hh` `h` `HH` `H` | hour of 24, of 12 |\n\
               | `mm` `m` `ss` `s` | minute, second |\n\
               | `AA` `aa` | AM, am |\n\
               | `ZZZZZ` `ZZZZ` `ZZZ` `Z` | offset: +02:00, +0200, as ZZZZ but UTC, as ZZZZZ but Z |",
        examples: &[
            (r#"formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")"#, r#""02 Jan 2018 23:12 UTC""#),
            (r#"formatdate("EEEE, h'h' AA", "2018-01-02T23:12:01Z")"#, r#""Tuesday, 23h PM""#),
        ],
        body: formatdate,
        ..TIME
    },
    Function {
        name: "plantimestamp",
        docs: "When the plan is made, in UTC. Known at apply only, so that a plan depends on its inputs alone.",
        examples: &[],
        known: Known::AtApply,
        body: now,
        ..TIME
    },
    Function {
        name: "timeadd",
        params: &[TIMESTAMP, param("duration", Shape::Either(Type::string, Type::duration))],
        docs: "The timestamp a duration later, to the second.",
        examples: &[
            (r#"timeadd("2017-11-22T00:00:00Z", "10m")"#, r#""2017-11-22T00:10:00Z""#),
            (r#"timeadd("2017-11-22T00:00:00Z", 2d)"#, r#""2017-11-24T00:00:00Z""#),
        ],
        body: timeadd,
        ..TIME
    },
    Function {
        name: "timecmp",
        params: &[TIMESTAMP, param("other", STRING)],
        docs: "-1, 0 or 1: whether a timestamp is before, at or after another.",
        examples: &[(r#"timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00+01:00")"#, "0")],
        returns: Returns::Is(Type::int),
        body: |call| Ok((timestamp(call, 0)?.cmp(&timestamp(call, 1)?) as i64).into()),
        ..TIME
    },
    Function {
        name: "timestamp",
        docs: "The moment of evaluation, in UTC. Known at apply only, and different every time.",
        examples: &[],
        known: Known::AtApply,
        body: now,
        ..TIME
    },
];

fn now(call: &Call) -> Result<Value, Stop> {
    let moment = call.context.moment.ok_or(Stop::Unknown)?;
    let now = OffsetDateTime::from_unix_timestamp_nanos(moment.now);
    Ok(show(now.map_err(|_| Stop::because("the clock shows a time outside the calendar"))?).into())
}

fn show(moment: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        offset(moment.offset(), "Z", ":")
    )
}

fn offset(offset: UtcOffset, utc: &str, colon: &str) -> String {
    let (hours, minutes, _) = offset.as_hms();
    if offset.is_utc() && !utc.is_empty() {
        return utc.to_owned();
    }
    let sign = if offset.is_negative() { '-' } else { '+' };
    format!("{sign}{:02}{colon}{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
}

fn timestamp(call: &Call, at: usize) -> Result<OffsetDateTime, Stop> {
    let text = call.text(at)?;
    read(text).ok_or_else(|| {
        Stop::at(at, "must be a timestamp such as 2018-01-02T23:12:01Z").shown(Value::from(text).to_string())
    })
}

/// Reads `YYYY-MM-DDThh:mm:ss(.fraction)?(Z|±hh:mm)`.
fn read(text: &str) -> Option<OffsetDateTime> {
    let digits = |from: usize, to: usize| -> Option<u16> {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let small = |from: usize| digits(from, from + 2).map(|n| n as u8);
    let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if !marks.iter().all(|(at, mark)| text.get(*at..*at + 1) == Some(*mark)) {
        return None;
    }
    let date =
        Date::from_calendar_date(i32::from(digits(0, 4)?), Month::try_from(small(5)?).ok()?, small(8)?)
            .ok()?;
    let mut rest = text.get(19..)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        let (fraction, after) = fraction.split_at(end);
        if fraction.is_empty() {
            return None;
        }
        nanos = format!("{:0<9.9}", fraction).parse().ok()?;
        rest = after;
    }
    let time = Time::from_hms_nano(small(11)?, small(14)?, small(17)?, nanos).ok()?;
    let offset = match rest {
        "Z" => UtcOffset::UTC,
        _ => {
            let at = text.len() - rest.len();
            let sign = match rest.get(0..1)? {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (hours, minutes) = (small(at + 1)?, small(at + 4)?);
            if rest.len() != 6 || rest.get(3..4) != Some(":") || hours > 23 || minutes > 59 {
                return None;
            }
            UtcOffset::from_hms(sign * hours as i8, sign * minutes as i8, 0).ok()?
        }
    };
    Some(PrimitiveDateTime::new(date, time).assume_offset(offset))
}

fn timeadd(call: &Call) -> Result<Value, Stop> {
    let start = timestamp(call, 0)?;
    let value = call.value(1)?;
    let nanos = match &value.kind {
        Kind::Duration(duration) => Some(duration.0.clone()),
        _ => quantity::read(call.text(1)?, DURATION_UNITS),
    };
    let nanos = nanos
        .ok_or_else(|| Stop::at(1, "must be a duration such as 90s or 1h30m").shown(value.to_string()))?;
    let outside = || Stop::because("the result is outside the years 0 to 9999");
    let nanos = nanos.floor().as_i64().ok_or_else(outside)?;
    let end = start.checked_add(time::Duration::nanoseconds(nanos)).ok_or_else(outside)?;
    if !(0..=9999).contains(&end.year()) {
        return Err(outside());
    }
    Ok(show(end).into())
}

fn formatdate(call: &Call) -> Result<Value, Stop> {
    let moment = timestamp(call, 1)?;
    let format = call.text(0)?;
    // No part is longer than nine letters for each of the format.
    call.fits(format.len().saturating_mul(9))?;
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = &rest[1..];
            if let Some(after) = rest.strip_prefix('\'') {
                out.push('\'');
                rest = after;
                continue;
            }
            loop {
                let end = rest.find('\'').ok_or_else(|| Stop::at(0, "has a `'` that is never closed"))?;
                out.push_str(&rest[..end]);
                rest = &rest[end + 1..];
                let Some(after) = rest.strip_prefix('\'') else { break };
                out.push('\'');
                rest = after;
            }
            continue;
        }
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(end);
        rest = after;
        if first.is_ascii_alphabetic() {
            out.push_str(&part(letters, moment).ok_or_else(|| {
                Stop::at(0, "has letters that stand for no part of a date; put text between `'`")
                    .shown(letters)
            })?);
        } else {
            out.push_str(letters);
        }
    }
    Ok(out.into())
}

fn part(letters: &str, moment: OffsetDateTime) -> Option<String> {
    let twelve = match moment.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if moment.hour() < 12 { "AM" } else { "PM" };
    Some(match letters {
        "YYYY" => format!("{:04}", moment.year()),
        "YY" => format!("{:02}", moment.year() % 100),
        "MMMM" => moment.month().to_string(),
        "MMM" => moment.month().to_string()[..3].to_owned(),
        "MM" => format!("{:02}", u8::from(moment.month())),
        "M" => u8::from(moment.month()).to_string(),
        "DD" => format!("{:02}", moment.day()),
        "D" => moment.day().to_string(),
        "EEEE" => moment.weekday().to_string(),
        "EEE" => moment.weekday().to_string()[..3].to_owned(),
        "hh" => format!("{:02}", moment.hour()),
        "h" => moment.hour().to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => half.to_owned(),
        "aa" => half.to_lowercase(),
        "mm" => format!("{:02}", moment.minute()),
        "m" => moment.minute().to_string(),
        "ss" => format!("{:02}", moment.second()),
        "s" => moment.second().to_string(),
        "ZZZZZ" => offset(moment.offset(), "", ":"),
        "ZZZZ" => offset(moment.offset(), "", ""),
        "ZZZ" => offset(moment.offset(), "UTC", ""),
        "Z" => offset(moment.offset(), "Z", ":"),
        _ => return None,
    })
}

/// A date, or a date and time, written in one of YAML's ways, as a timestamp: `2001-1-2`, `2001-12-14 21:59:43`.
pub(super) fn lenient(text: &str) -> Option<String> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || text.len() > 40 {
        return None;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    // Only a time of its own needs more digits for its fields.
    let time = match time {
        None => "00:00:00Z".to_owned(),
        Some(time) => {
            let padded = if time.find(':') == Some(1) { format!("0{time}") } else { time.to_owned() };
            let zoned =
                padded.len() > 8 && padded.get(8..).is_some_and(|rest| rest.contains(['Z', '+', '-']));
            if zoned { padded } else { format!("{padded}Z") }
        }
    };
    read(&format!("{year}-{month:0>2}-{day:0>2}T{time}")).map(show)
}

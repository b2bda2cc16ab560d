//! Durations the way Go writes them: `90s` is read, `1m30s` is written.

const NANOSECOND: i128 = 1;
const MICROSECOND: i128 = 1_000;
const MILLISECOND: i128 = 1_000_000;
const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;

/// Reads a Go duration into nanoseconds; the error is Go's own wording.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    nanoseconds(text).ok_or_else(|| format!("time: invalid duration {}", quoted(text)))
}

fn nanoseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(digits);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let unit = match name {
            "ns" => NANOSECOND,
            "us" | "µs" | "μs" => MICROSECOND,
            "ms" => MILLISECOND,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            _ => return None,
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        // Digits past the eighteenth are below a nanosecond of an hour.
        let fraction = &fraction[..fraction.len().min(18)];
        if !fraction.is_empty() {
            let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
            total = total.checked_add(fraction.parse::<i128>().ok()? * unit / scale)?;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Writes nanoseconds the way Go does: `1h0m0s`, `1.5s`, `100µs`.
pub(super) fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = i128::from(nanoseconds).abs();
    match total {
        0 => "0s".to_string(),
        1..MICROSECOND => format!("{sign}{total}ns"),
        MICROSECOND..MILLISECOND => format!("{sign}{}µs", decimal(total, MICROSECOND)),
        MILLISECOND..SECOND => format!("{sign}{}ms", decimal(total, MILLISECOND)),
        _ => {
            let seconds = format!("{}s", decimal(total % MINUTE, SECOND));
            let (hours, minutes) = (total / HOUR, total % HOUR / MINUTE);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}"),
                (0, _) => format!("{sign}{minutes}m{seconds}"),
                _ => format!("{sign}{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

fn decimal(total: i128, unit: i128) -> String {
    let (whole, fraction) = (total / unit, total % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{fraction:0width$}").trim_end_matches('0'))
}

/// A string the way Go's `%q` writes it, as far as error messages need it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn reads_and_writes_as_go_does() {
        for (given, written) in [
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1500ms", "1.5s"),
            ("100us", "100µs"),
            ("1.5h", "1h30m0s"),
            ("0", "0s"),
            ("0s", "0s"),
            ("-90s", "-1m30s"),
            ("1ns", "1ns"),
            ("1h1m1.001s", "1h1m1.001s"),
            (".5s", "500ms"),
            ("10m10ms", "10m0.01s"),
        ] {
            assert_eq!(parse(given).map(format).as_deref(), Ok(written), "{given}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for bad in ["", "s", "5", "1x", "1s2", "-", "1..5s", "9999999999h", "1 s", "é", ".s"] {
            assert_eq!(parse(bad), Err(format!("time: invalid duration {bad:?}")), "{bad}");
        }
    }
}

//! Durations as Consul writes them, which is Go's way: `1h30m0s`. Compared by value, never by spelling.

/// What a duration looks like; for schemas.
pub const PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$";

/// Nanoseconds of `90s`, `1m30s`, `1.5h`, or `0`; `None` if it is no duration or longer than 292 years.
pub fn nanoseconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if matches!(rest, "" | "0") {
        return Some(0);
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.checked_mul(unit)? };
        let mut part = 0u64;
        let mut scale = unit;
        for digit in fraction.bytes() {
            scale /= 10;
            part += u64::from(digit - b'0') * scale;
        }
        total = total.checked_add(whole)?.checked_add(part)?;
        rest = tail;
    }
    i64::try_from(total).is_ok().then_some(total)
}

/// Whether both spell the same duration.
pub fn same(a: &str, b: &str) -> bool {
    a == b || matches!((nanoseconds(a), nanoseconds(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_duration_are_the_same() {
        assert!(same("90s", "1m30s"));
        assert!(same("30m", "30m0s"));
        assert!(same("1.5h", "90m"));
        assert!(same("0", ""));
        assert!(!same("90s", "90m"));
        assert!(!same("x", "y"));
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in [
            "5",
            "s",
            "5 s",
            "-5s",
            "1..5s",
            ".s",
            "5parsecs",
            "99999999999999999999h",
            "9999999h999999999999h",
        ] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}

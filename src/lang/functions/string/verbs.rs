//! What the verbs of `format` make of numbers: decimal, binary and exponent notations, rounded exactly.

use crate::base::number::Number;

/// `%f`: plain notation with so many digits behind the point.
pub(super) fn plain(number: &Number, places: usize) -> String {
    let rounded = number.round(u32::try_from(places).unwrap_or(u32::MAX)).abs();
    let mut text = rounded.to_string();
    let have = text.find('.').map_or(0, |at| text.len() - at - 1);
    if have == 0 && places > 0 {
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', places - have.min(places)));
    text
}

/// `%e`: one digit before the point, so many behind it, and an exponent.
pub(super) fn exponent(number: &Number, places: usize) -> String {
    if number.is_zero() {
        let zeros = "0".repeat(places);
        return if places > 0 { format!("0.{zeros}e+00") } else { "0e+00".to_owned() };
    }
    let (digits, point) = rounded(number, places + 1);
    let (first, rest) = digits.split_at(1);
    let exponent = point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    let dot = if places > 0 { "." } else { "" };
    format!("{first}{dot}{rest:0<places$}e{sign}{:02}", exponent.abs())
}

/// `%g`: plain for numbers of middling size, else with an exponent; without precision as many digits as it has.
pub(super) fn general(number: &Number, precision: Option<usize>) -> String {
    if number.is_zero() {
        return "0".to_owned();
    }
    let (digits, point) = match precision {
        Some(precision) => rounded(number, precision.max(1)),
        None => number.digits(),
    };
    let count = digits.len();
    let most = match precision.map(|precision| precision.max(1) as i64) {
        None => 6,
        Some(precision) if precision > count as i64 && count as i64 >= point => count as i64,
        Some(precision) => precision,
    };
    let exact = from_digits(&digits, point);
    if point - 1 < -4 || point > most {
        exponent(&exact, count - 1)
    } else {
        plain(&exact, usize::try_from(count as i64 - point).unwrap_or(0))
    }
}

fn from_digits(digits: &str, point: i64) -> Number {
    format!("{digits}e{}", point - digits.len() as i64).parse().unwrap_or(Number::ZERO)
}

/// The digits rounded to so many, half to even, without zeros at their end; and the place of the point.
fn rounded(number: &Number, keep: usize) -> (String, i64) {
    let (digits, point) = number.digits();
    let Some((kept, rest)) = digits.split_at_checked(keep).filter(|(_, rest)| !rest.is_empty()) else {
        return (digits, point);
    };
    let half = rest.as_bytes()[0].cmp(&b'5').then(rest[1..].bytes().any(|d| d != b'0').cmp(&false));
    let odd = kept.bytes().last().is_some_and(|digit| digit % 2 == 1);
    let up = half.is_gt() || (half.is_eq() && odd);
    let mut kept: Vec<u8> = kept.bytes().collect();
    if up {
        for digit in kept.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return (trimmed(kept), point);
            }
            *digit = b'0';
        }
        return ("1".to_owned(), point + 1);
    }
    (trimmed(kept), point)
}

fn trimmed(digits: Vec<u8>) -> String {
    let text: String = digits.into_iter().map(char::from).collect();
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rounds_and_places_the_point() {
        let n = |text: &str| text.parse::<Number>().unwrap();
        assert_eq!(plain(&n("1.556"), 2), "1.56");
        assert_eq!(plain(&n("0.5"), 0), "0");
        assert_eq!(plain(&n("12"), 3), "12.000");
        assert_eq!(exponent(&n("12345.678"), 6), "1.234568e+04");
        assert_eq!(exponent(&n("1234.5"), 3), "1.234e+03");
        assert_eq!(exponent(&n("0.00999"), 1), "1.0e-02");
        assert_eq!(exponent(&n("0"), 2), "0.00e+00");
        assert_eq!(general(&n("1000000"), None), "1e+06");
        assert_eq!(general(&n("100000"), None), "100000");
        assert_eq!(general(&n("123456789.5"), None), "1.234567895e+08");
        assert_eq!(general(&n("0.00001"), None), "1e-05");
        assert_eq!(general(&n("0.0001"), None), "0.0001");
        assert_eq!(general(&n("1234.5678"), Some(3)), "1.23e+03");
        assert_eq!(general(&n("0.333333333333333"), Some(10)), "0.3333333333");
    }
}

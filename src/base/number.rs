//! Exact numbers: 64-bit integers, else decimals of any precision.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::{BigDecimal, RoundingMode};
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

/// Significant digits of a quotient that does not terminate.
const QUOTIENT_DIGITS: u64 = 34;
/// No number has more digits before or behind its point; bounds time and memory of hostile exponents.
const MAX_DIGITS: i64 = 100_000;

/// An exact number. Integers that fit 64 bits are always [`Repr::Int`], so equality is structural.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Repr);

#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Int(i64),
    Decimal(Arc<BigDecimal>),
}

impl Number {
    /// 0
    pub const ZERO: Number = Number(Repr::Int(0));

    fn from_decimal(value: BigDecimal) -> Self {
        if value.is_integer()
            && let Some(int) = value.to_i64()
        {
            return Self(Repr::Int(int));
        }
        Self(Repr::Decimal(Arc::new(value.normalized())))
    }

    fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Int(int) => BigDecimal::from(*int),
            Repr::Decimal(decimal) => (**decimal).clone(),
        }
    }

    /// Whether it has no fractional part.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Decimal(decimal) => decimal.is_integer(),
        }
    }

    /// Its value if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            Repr::Decimal(_) => None,
        }
    }

    /// The nearest binary floating-point number.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(int) => *int as f64,
            Repr::Decimal(decimal) => decimal.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The shortest decimal that reads back as this floating-point number; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        format!("{value}").parse().ok().or_else(|| BigDecimal::from_f64(value).map(Self::from_decimal))
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Self {
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self(Repr::Int(sum));
        }
        Self::from_decimal(self.decimal() + other.decimal())
    }

    /// The difference.
    pub fn subtract(&self, other: &Self) -> Self {
        self.add(&other.negate())
    }

    /// The product; `None` when it would have too many digits.
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return Some(Self(Repr::Int(product)));
        }
        let (a, b) = (self.decimal(), other.decimal());
        if (a.digits() + b.digits()) as i64 > MAX_DIGITS {
            return None;
        }
        Some(Self::from_decimal(a * b))
    }

    /// The quotient, rounded to 34 significant digits when it does not terminate earlier; `None` for division by zero.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Self(Repr::Int(a / b)));
        }
        // BigDecimal divides to 100 digits; a quotient that ends within those is exact.
        let quotient = self.decimal() / other.decimal();
        if &quotient * other.decimal() == self.decimal() {
            return Some(Self::from_decimal(quotient));
        }
        Some(Self::from_decimal(quotient.with_prec(QUOTIENT_DIGITS)))
    }

    /// The remainder with the sign of the dividend; `None` for division by zero.
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Some(Self(Repr::Int(rest)));
        }
        Some(Self::from_decimal(self.decimal() % other.decimal()))
    }

    /// The number with the other sign.
    pub fn negate(&self) -> Self {
        match &self.0 {
            Repr::Int(int) if *int != i64::MIN => Self(Repr::Int(-int)),
            _ => Self::from_decimal(-self.decimal()),
        }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Self {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Int(int) => *int < 0,
            Repr::Decimal(decimal) => decimal.is_negative(),
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Int(int) => *int == 0,
            Repr::Decimal(decimal) => decimal.is_zero(),
        }
    }

    /// The largest integer that is not greater.
    pub fn floor(&self) -> Self {
        Self::from_decimal(self.decimal().with_scale_round(0, RoundingMode::Floor))
    }

    /// The smallest integer that is not less.
    pub fn ceil(&self) -> Self {
        Self::from_decimal(self.decimal().with_scale_round(0, RoundingMode::Ceiling))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from_decimal(BigDecimal::from(value)), Self::from)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<i128> for Number {
    fn from(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from_decimal(BigDecimal::from(value)), Self::from)
    }
}

/// The text is no number, or one with more digits than any limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct ParseNumberError;

impl FromStr for Number {
    type Err = ParseNumberError;

    /// Reads `-?digits(.digits)?([eE][+-]?digits)?`.
    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        if let Ok(int) = text.parse::<i64>()
            && !text.starts_with('+')
        {
            return Ok(Self(Repr::Int(int)));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
        if !digits.starts_with(|c: char| c.is_ascii_digit())
            || !digits.ends_with(|c: char| c.is_ascii_digit())
            || !digits.chars().all(plain)
            || text.len() as i64 > MAX_DIGITS
        {
            return Err(ParseNumberError);
        }
        if let Some(at) = digits.find(['e', 'E']) {
            let exponent: i64 = digits[at + 1..].parse().map_err(|_| ParseNumberError)?;
            if exponent.abs() > MAX_DIGITS {
                return Err(ParseNumberError);
            }
        }
        BigDecimal::from_str(text).map(Self::from_decimal).map_err(|_| ParseNumberError)
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation, never an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => write!(f, "{int}"),
            Repr::Decimal(decimal) => f.write_str(&decimal.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            _ => self.decimal().cmp(&other.decimal()),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Int(int) => int.hash(state),
            Repr::Decimal(decimal) => decimal.normalized().hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn n(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn is_exact() {
        assert_eq!(n("0.1").add(&n("0.2")), n("0.3"));
        assert_eq!(n("1.0"), n("1"));
        assert_eq!(n("1e3"), n("1000"));
        assert_eq!(n("9223372036854775807").add(&n("1")).to_string(), "9223372036854775808");
        assert_eq!(n("10").divide(&n("4")).unwrap().to_string(), "2.5");
        assert_eq!(n("1").divide(&n("3")).unwrap().to_string().len(), "0.".len() + 34);
        assert_eq!(n("1").divide(&n("0")), None);
        assert_eq!(n("-7").remainder(&n("3")).unwrap(), n("-1"));
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-9223372036854775808").negate().to_string(), "9223372036854775808");
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", "1.", ".5", "0x10", "1e", "1e999999999", "inf", "NaN", "+1", "1_000"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }
}

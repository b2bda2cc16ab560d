//! Exact numbers: 64-bit integers, else decimals of any precision a limit allows.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::{BigDecimal, RoundingMode};
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};

/// Significant digits of a quotient that does not terminate.
const QUOTIENT_DIGITS: u64 = 34;
/// How many digits products, quotients and powers may have before their point, and behind it; bounds time and memory
/// of hostile exponents. Sums may have a few more.
const MAX_DIGITS: i64 = 1_000;
/// How many digits text may have on either side: more, so that every sum that is written can be read back.
const MAX_READ: i64 = 4 * MAX_DIGITS;

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

    /// Its magnitude if it is an integer of at most 128 bits.
    pub fn magnitude(&self) -> Option<u128> {
        match &self.0 {
            Repr::Int(int) => Some(u128::from(int.unsigned_abs())),
            Repr::Decimal(decimal) => decimal.is_integer().then(|| decimal.abs().to_u128()).flatten(),
        }
    }

    /// The nearest binary floating-point number.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(int) => *int as f64,
            Repr::Decimal(decimal) => {
                let (digits, scale) = decimal.as_bigint_and_exponent();
                // Reading decimal text rounds correctly.
                format!("{digits}e{}", -scale).parse().expect("digits and an exponent are a number")
            }
        }
    }

    /// The shortest decimal that reads back as this floating-point number; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        format!("{value:e}").parse().ok()
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
        Self::bounded(self.decimal() * other.decimal(), MAX_DIGITS)
    }

    fn bounded(value: BigDecimal, most: i64) -> Option<Self> {
        let (digits, scale) = value.as_bigint_and_exponent();
        // A bit is less than a third of a digit: never counts too few.
        let before = (digits.bits() / 3) as i64 - scale;
        let small = scale <= most || {
            let shorter = value.normalized();
            shorter.fractional_digit_count() <= most
        };
        let narrow = before <= most || value.digits() as i64 - scale <= most;
        (value.is_zero() || (small && narrow)).then(|| Self::from_decimal(value))
    }

    /// The quotient: exact when it terminates, else rounded to 34 significant digits, half to even. `None` for
    /// division by zero, and when it would have too many digits.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Self(Repr::Int(a / b)));
        }
        let (n, n_scale) = self.decimal().into_bigint_and_exponent();
        let (d, d_scale) = other.decimal().into_bigint_and_exponent();
        let scale = n_scale - d_scale;
        // A quotient terminates when nothing but twos and fives is left of the divisor.
        let (mut rest, mut fives) = (d.magnitude().clone(), 0);
        let twos = rest.trailing_zeros().unwrap_or(0);
        rest >>= twos;
        while (&rest % 5u32).is_zero() {
            rest /= 5u32;
            fives += 1;
        }
        if (n.magnitude() % &rest).is_zero() {
            let more = twos.max(fives);
            if more <= MAX_DIGITS as u64 {
                let quotient = n * BigInt::from(10u32).pow(more as u32) / d;
                return Self::bounded(BigDecimal::new(quotient, scale + more as i64), MAX_DIGITS);
            }
        }
        // Enough digits to round to the wanted ones, and one more that says whether anything is left.
        let digits = |i: &BigInt| BigDecimal::from(i.clone()).digits();
        let more = (QUOTIENT_DIGITS + 2 + digits(&d)).saturating_sub(digits(&n));
        let shifted = n * BigInt::from(10u32).pow(more as u32);
        let (quotient, left) = (&shifted / &d, &shifted % &d);
        let sign = if (shifted.sign() == Sign::Minus) == (d.sign() == Sign::Minus) { 1 } else { -1 };
        let sticky = if left.is_zero() { BigInt::zero() } else { BigInt::from(sign) };
        let exact = BigDecimal::new(quotient * 10 + sticky, scale + more as i64 + 1);
        Self::bounded(
            exact.with_precision_round(
                std::num::NonZeroU64::new(QUOTIENT_DIGITS).expect("a positive constant"),
                RoundingMode::HalfEven,
            ),
            MAX_DIGITS,
        )
    }

    /// This number to the power of an integer, exact for a positive one; `None` when it would have too many digits
    /// or is zero to a negative power.
    pub fn power(&self, exponent: i64) -> Option<Self> {
        let mut left = exponent.unsigned_abs();
        let (mut square, mut power) = (self.clone(), Number::from(1));
        let trivial = self.is_zero() || self.abs() == Number::from(1);
        if trivial && left > 2 {
            left = 2 - left % 2;
        }
        while left > 0 {
            if left % 2 == 1 {
                power = power.multiply(&square)?;
            }
            left /= 2;
            if left > 0 {
                square = square.multiply(&square)?;
            }
        }
        if exponent < 0 { Number::from(1).divide(&power) } else { Some(power) }
    }

    /// Rounded to so many digits behind the point, half to even.
    pub fn round(&self, places: u32) -> Self {
        match &self.0 {
            Repr::Int(_) => self.clone(),
            Repr::Decimal(decimal) => {
                Self::from_decimal(decimal.with_scale_round(i64::from(places), RoundingMode::HalfEven))
            }
        }
    }

    /// Its significant digits without sign and zeros around them, and the place of the point from their beginning:
    /// 0.0012 is `("12", -2)`, 1200 is `("12", 4)`. Zero is `("0", 1)`.
    pub fn digits(&self) -> (String, i64) {
        if self.is_zero() {
            return ("0".to_owned(), 1);
        }
        let (digits, scale) = self.decimal().normalized().into_bigint_and_exponent();
        let digits = digits.magnitude().to_string();
        let point = digits.len() as i64 - scale;
        (digits, point)
    }

    /// The digits of an integer in a base from 2 to 36, in lower case, with a `-` if it is negative; `None` for a
    /// fraction.
    pub fn to_radix(&self, radix: u32) -> Option<String> {
        if !self.is_integer() || !(2..=36).contains(&radix) {
            return None;
        }
        let (int, _) = self.decimal().with_scale(0).into_bigint_and_exponent();
        Some(int.to_str_radix(radix))
    }

    /// The integer with these digits, most significant first, each less than `radix` (2 to 62); `None` when one is
    /// not, or there are none or too many.
    pub fn from_radix(digits: &[u8], radix: u32) -> Option<Self> {
        if digits.is_empty() || digits.len() as i64 > MAX_DIGITS || !(2..=62).contains(&radix) {
            return None;
        }
        BigInt::from_radix_be(Sign::Plus, digits, radix).map(|int| Self::from_decimal(BigDecimal::from(int)))
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
        if let Repr::Int(_) = self.0 {
            return self.clone();
        }
        Self::from_decimal(self.decimal().with_scale_round(0, RoundingMode::Floor))
    }

    /// The smallest integer that is not less.
    pub fn ceil(&self) -> Self {
        if let Repr::Int(_) = self.0 {
            return self.clone();
        }
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
            || digits.len() as i64 > 2 * MAX_READ
        {
            return Err(ParseNumberError);
        }
        if let Some(at) = digits.find(['e', 'E']) {
            let exponent: i64 = digits[at + 1..].parse().map_err(|_| ParseNumberError)?;
            if exponent.saturating_abs() > 2 * MAX_READ {
                return Err(ParseNumberError);
            }
        }
        BigDecimal::from_str(text)
            .ok()
            .and_then(|value| Self::bounded(value, MAX_READ))
            .ok_or(ParseNumberError)
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
    fn a_quotient_that_terminates_is_exact() {
        let tiny = n("1").divide(&n("2").power(200).unwrap()).unwrap();
        assert_eq!(tiny.multiply(&n("2").power(200).unwrap()), Some(n("1")));
        assert_eq!(n("1.5").divide(&n("0.3")), Some(n("5")));
        assert_eq!(n("1e30").divide(&n("1e10")), Some(n("1e20")));
        assert_eq!(n("7").divide(&n("0.35")), Some(n("20")));
        assert_eq!(n("-1").divide(&n("8")).unwrap().to_string(), "-0.125");
    }

    #[test]
    fn a_quotient_that_does_not_terminate_is_rounded_half_to_even() {
        let third = format!("0.{}", "3".repeat(34));
        assert_eq!(n("1").divide(&n("3")).unwrap().to_string(), third);
        assert_eq!(n("-1").divide(&n("3")).unwrap().to_string(), format!("-{third}"));
        assert_eq!(n("2").divide(&n("3")).unwrap().to_string(), format!("0.{}7", "6".repeat(33)));
        assert_eq!(n("1e20").divide(&n("7")).unwrap().to_string(), "14285714285714285714.28571428571429");
    }

    #[test]
    fn powers_are_exact() {
        assert_eq!(n("2").power(100).unwrap().to_string(), "1267650600228229401496703205376");
        assert_eq!(n("1.1").power(3), Some(n("1.331")));
        assert_eq!(n("2").power(-2), Some(n("0.25")));
        assert_eq!((n("0").power(0), n("0").power(-1)), (Some(n("1")), None));
        assert_eq!(n("-1").power(i64::MAX), Some(n("-1")));
        assert_eq!(n("-1").power(i64::MIN), Some(n("1")));
        assert_eq!(n("10").power(1_000_000_000), None);
        assert_eq!(n("0.1").power(1_000_000_000), None);
    }

    #[test]
    fn no_product_grows_beyond_the_limit() {
        let mut big = n("1e900");
        assert_eq!(big.multiply(&big), None);
        big = n("1e-900");
        assert_eq!(big.multiply(&big), None);
        assert_eq!(n("1e-900").divide(&n("1e900")), None);
        assert_eq!(n("1e900").multiply(&n("1e-900")), Some(n("1")));
        assert_eq!(n("1e900").multiply(&n("0")), Some(n("0")));
    }

    #[test]
    fn sums_read_back() {
        let wide = n("1e999").add(&n("1e-999"));
        assert_eq!(n(&wide.to_string()), wide);
        let sum = (0..100).fold(n("9e999"), |sum, _| sum.add(&sum));
        assert_eq!(n(&sum.to_string()), sum);
    }

    #[test]
    fn shows_its_digits() {
        assert_eq!(n("0.0012").digits(), ("12".to_owned(), -2));
        assert_eq!(n("-1200").digits(), ("12".to_owned(), 4));
        assert_eq!(n("0").digits(), ("0".to_owned(), 1));
        assert_eq!(n("1e30").to_radix(16).unwrap(), "c9f2c9cd04674edea40000000");
        assert_eq!(n("-5").to_radix(2).unwrap(), "-101");
        assert_eq!(n("1.5").to_radix(2), None);
        assert_eq!(Number::from_radix(&[15, 15], 16), Some(n("255")));
        assert_eq!(Number::from_radix(&[2], 2), None);
        assert_eq!((n("2.345").round(2), n("2.355").round(2)), (n("2.34"), n("2.36")));
    }

    proptest::proptest! {
        #[test]
        fn arithmetic_agrees_with_wide_integers(a: i64, b: i64) {
            let (x, y) = (Number::from(a), Number::from(b));
            let (wide_a, wide_b) = (i128::from(a), i128::from(b));
            proptest::prop_assert_eq!(x.add(&y), Number::from(wide_a + wide_b));
            proptest::prop_assert_eq!(x.subtract(&y), Number::from(wide_a - wide_b));
            proptest::prop_assert_eq!(x.multiply(&y), Some(Number::from(wide_a * wide_b)));
            proptest::prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            if b != 0 {
                let quotient = x.divide(&y).unwrap();
                let error = quotient.multiply(&y).unwrap().subtract(&x).abs();
                proptest::prop_assert!(error <= x.abs().multiply(&n("1e-33")).unwrap());
                proptest::prop_assert_eq!(x.remainder(&y), Some(Number::from(wide_a % wide_b)));
            }
        }

        #[test]
        fn reads_what_it_writes(digits in "-?[1-9][0-9]{0,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,2})?") {
            let number = n(&digits);
            let again = n(&number.to_string());
            proptest::prop_assert_eq!(&again, &number);
            proptest::prop_assert_eq!(Number::from_f64(number.to_f64()).unwrap().to_f64(), number.to_f64());
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", "1.", ".5", "0x10", "1e", "1e999999999", "inf", "NaN", "+1", "1_000"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }
}

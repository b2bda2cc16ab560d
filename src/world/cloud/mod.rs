//! The mocked clouds: one simulator, resource kinds as data, and the providers on top.

use std::time::Duration;

pub mod admin;
pub mod api;
pub mod catalog;
mod codec;
mod declare;
pub mod kind;
pub mod provider;
pub mod simulator;

pub use provider::{CloudOptions, aws, datadog, pagerduty};

#[cfg(test)]
mod tests;

/// Reads a time as Terraform writes it, `40m` or `1h30m`; `None` if it is none.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let seconds = match &unit[..letters] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = &unit[letters..];
    }
    Some(total)
}

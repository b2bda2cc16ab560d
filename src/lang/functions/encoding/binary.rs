//! Base64, gzip and the escapes of URLs.

use std::fmt::Write as _;
use std::io::{Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::call::{Call, Stop, nfc};
use crate::base::value::Value;

/// The bytes that argument 0 encodes in Base64; line breaks in it do not matter.
pub(super) fn decoded(call: &Call) -> Result<Vec<u8>, Stop> {
    let text = call.text(0)?;
    let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    BASE64_STANDARD
        .decode(plain)
        .map_err(|_| Stop::at(0, "is not Base64").shown(Value::from(text).to_string()))
}

/// Bytes in Base64.
pub(super) fn encoded(call: &Call, bytes: &[u8]) -> Result<Value, Stop> {
    call.spend_text(bytes.len().saturating_mul(4) / 3 + 4)?;
    Ok(BASE64_STANDARD.encode(bytes).into())
}

fn utf8(bytes: Vec<u8>) -> Result<Value, Stop> {
    String::from_utf8(bytes)
        .map(|text| nfc(text).into())
        .map_err(|_| Stop::at(0, "does not encode UTF-8 text; textdecodebase64() reads other character sets"))
}

pub(super) fn base64decode(call: &Call) -> Result<Value, Stop> {
    utf8(decoded(call)?)
}

pub(super) fn base64encode(call: &Call) -> Result<Value, Stop> {
    encoded(call, call.text(0)?.as_bytes())
}

pub(super) fn base64gzip(call: &Call) -> Result<Value, Stop> {
    let broken = |_| Stop::because("could not be compressed");
    let mut encoder =
        flate2::GzBuilder::new().operating_system(255).write(Vec::new(), flate2::Compression::default());
    encoder.write_all(call.text(0)?.as_bytes()).map_err(broken)?;
    encoded(call, &encoder.finish().map_err(broken)?)
}

pub(super) fn base64gunzip(call: &Call) -> Result<Value, Stop> {
    let compressed = decoded(call)?;
    let most = call.context.limits.output_bytes;
    let mut text = Vec::new();
    // A small input can stand for any amount of text: read no more than may be.
    flate2::read::MultiGzDecoder::new(compressed.as_slice())
        .take(most.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|_| Stop::at(0, "is not compressed with gzip"))?;
    call.spend_text(text.len())?;
    utf8(text)
}

pub(super) fn urlencode(call: &Call) -> Result<Value, Stop> {
    let text = call.text(0)?;
    call.fits(text.len().saturating_mul(3))?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    Ok(out.into())
}

pub(super) fn urldecode(call: &Call) -> Result<Value, Stop> {
    let text = call.text(0)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                let byte =
                    digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
                bytes.push(byte.ok_or_else(|| Stop::at(0, "has `%` without two hexadecimal digits"))?);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    utf8(bytes).map_err(|_| Stop::at(0, "does not encode UTF-8 text"))
}

//! Character sets by their IANA names.

use encoding_rs::Encoding;

use super::super::call::{Call, Stop, nfc};
use super::binary::{decoded, encoded};
use crate::base::value::Value;

enum Charset {
    Utf8,
    /// Big-endian unless a mark at its beginning says otherwise; written with the mark.
    Utf16,
    Utf16Be,
    Utf16Le,
    /// One byte a character, below this one.
    Plain(u32),
    Other(&'static Encoding),
}

fn charset(call: &Call) -> Result<Charset, Stop> {
    let name = call.text(1)?;
    Ok(match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Charset::Utf8,
        "utf-16" => Charset::Utf16,
        "utf-16be" => Charset::Utf16Be,
        "utf-16le" => Charset::Utf16Le,
        "us-ascii" | "ascii" | "iso646-us" | "ansi_x3.4-1968" => Charset::Plain(0x80),
        "iso-8859-1" | "iso_8859-1" | "latin1" | "l1" | "iso_8859-1:1987" | "cp819" | "ibm819" => {
            Charset::Plain(0x100)
        }
        other => match Encoding::for_label_no_replacement(other.as_bytes()) {
            Some(encoding) => Charset::Other(encoding),
            None => {
                return Err(
                    Stop::at(1, "is no character set known here").shown(Value::from(name).to_string())
                );
            }
        },
    })
}

pub(super) fn textencodebase64(call: &Call) -> Result<Value, Stop> {
    let (text, charset) = (call.text(0)?, charset(call)?);
    let missing = || Stop::at(0, "has characters that the character set does not have");
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let bytes = match charset {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16 => [&[0xfe, 0xff], wide(u16::to_be_bytes).as_slice()].concat(),
        Charset::Utf16Be => wide(u16::to_be_bytes),
        Charset::Utf16Le => wide(u16::to_le_bytes),
        Charset::Plain(below) => text
            .chars()
            .map(|c| u8::try_from(c as u32).ok().filter(|_| (c as u32) < below))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(missing)?,
        Charset::Other(encoding) => match encoding.encode(text) {
            (bytes, _, false) => bytes.into_owned(),
            (_, _, true) => return Err(missing()),
        },
    };
    encoded(call, &bytes)
}

pub(super) fn textdecodebase64(call: &Call) -> Result<Value, Stop> {
    let (bytes, charset) = (decoded(call)?, charset(call)?);
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty())
    };
    let text = match charset {
        Charset::Utf8 => String::from_utf8(bytes).ok(),
        Charset::Utf16 => match bytes.as_slice() {
            [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
            all => wide(all, u16::from_be_bytes),
        },
        Charset::Utf16Be => wide(&bytes, u16::from_be_bytes),
        Charset::Utf16Le => wide(&bytes, u16::from_le_bytes),
        Charset::Plain(below) => bytes
            .iter()
            .all(|byte| u32::from(*byte) < below)
            .then(|| bytes.iter().copied().map(char::from).collect()),
        Charset::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .map(std::borrow::Cow::into_owned),
    };
    let text = text.ok_or_else(|| Stop::at(0, "encodes what the character set does not have"))?;
    call.spend_text(text.len())?;
    Ok(nfc(text).into())
}

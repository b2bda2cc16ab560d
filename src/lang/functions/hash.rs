//! Hashes and cryptography.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::call::{Call, Stop};
use super::{BASE, Family, Function, INT, Known, Param, Returns, STRING, param};
use crate::base::types::Type;
use crate::base::value::Value;

const HASH: Function = Function { family: Family::HashAndCrypto, returns: Returns::Is(Type::string), ..BASE };
const S: Param = param("text", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64sha256",
        params: &[S],
        docs: "The SHA-256 of a text, in Base64.",
        examples: &[(r#"base64sha256("hello")"#, r#""LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=""#)],
        body: |call| Ok(base64_of::<Sha256>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "base64sha512",
        params: &[S],
        docs: "The SHA-512 of a text, in Base64.",
        examples: &[(
            r#"base64sha512("hello")"#,
            r#""m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==""#,
        )],
        body: |call| Ok(base64_of::<Sha512>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "bcrypt",
        params: &[S, param("cost", INT).optional()],
        docs: "A bcrypt hash of a text, with a salt made at apply; known at apply only, and different every time. \
               The cost is 10 if left out, at least 4 and at most 16.",
        examples: &[],
        known: Known::AtApply,
        body: bcrypt,
        ..HASH
    },
    Function {
        name: "md5",
        params: &[S],
        docs: "The MD5 of a text, in hexadecimal. It protects from accidents only.",
        examples: &[(r#"md5("hello")"#, r#""5d41402abc4b2a76b9719d911017c592""#)],
        body: |call| Ok(hex_of::<Md5>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "sha1",
        params: &[S],
        docs: "The SHA-1 of a text, in hexadecimal. It protects from accidents only.",
        examples: &[(r#"sha1("hello")"#, r#""aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d""#)],
        body: |call| Ok(hex_of::<Sha1>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "sha256",
        params: &[S],
        docs: "The SHA-256 of a text, in hexadecimal.",
        examples: &[(
            r#"sha256("hello")"#,
            r#""2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824""#,
        )],
        body: |call| Ok(hex_of::<Sha256>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "sha512",
        params: &[S],
        docs: "The SHA-512 of a text, in hexadecimal.",
        examples: &[(r#"substr(sha512(""), 0, 16)"#, r#""cf83e1357eefb8bd""#)],
        body: |call| Ok(hex_of::<Sha512>(call.text(0)?.as_bytes()).into()),
        ..HASH
    },
    Function {
        name: "uuid",
        docs: "A random UUID, made at apply and different every time. `uuidv5` gives the same one for the same name.",
        examples: &[],
        known: Known::AtApply,
        body: |call| {
            let random: [u8; 16] = random(call)?;
            Ok(uuid::Builder::from_random_bytes(random).into_uuid().to_string().into())
        },
        ..HASH
    },
    Function {
        name: "uuidv5",
        params: &[param("namespace", STRING), param("name", STRING)],
        docs: "The UUID of a name in a namespace: `dns`, `url`, `oid`, `x500` or a UUID.",
        examples: &[(r#"uuidv5("dns", "www.terraform.io")"#, r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#)],
        body: |call| {
            let namespace = match call.text(0)? {
                "dns" => uuid::Uuid::NAMESPACE_DNS,
                "url" => uuid::Uuid::NAMESPACE_URL,
                "oid" => uuid::Uuid::NAMESPACE_OID,
                "x500" => uuid::Uuid::NAMESPACE_X500,
                text => text.parse().map_err(|_| {
                    Stop::at(0, "must be `dns`, `url`, `oid`, `x500` or a UUID")
                        .shown(Value::from(text).to_string())
                })?,
            };
            Ok(uuid::Uuid::new_v5(&namespace, call.text(1)?.as_bytes()).to_string().into())
        },
        ..HASH
    },
];

pub(super) fn hex_of<D: Digest>(bytes: &[u8]) -> String {
    hex::encode(D::digest(bytes))
}

pub(super) fn base64_of<D: Digest>(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(D::digest(bytes))
}

fn random<const N: usize>(call: &Call) -> Result<[u8; N], Stop> {
    let moment = call.context.moment.ok_or(Stop::Unknown)?;
    let mut bytes = [0; N];
    (moment.random)(&mut bytes);
    Ok(bytes)
}

fn bcrypt(call: &Call) -> Result<Value, Stop> {
    let cost = match call.get(1) {
        Some(_) => call.int(1)?,
        None => 10,
    };
    // Every step doubles the work; beyond this a single call takes minutes.
    if !(4..=16).contains(&cost) {
        return Err(Stop::at(1, "must be between 4 and 16").shown(cost.to_string()));
    }
    let parts = bcrypt::non_truncating_hash_with_salt(call.text(0)?.as_bytes(), cost as u32, random(call)?)
        .map_err(|_| Stop::at(0, "must have at most 72 bytes, without a zero byte"))?;
    Ok(parts.format_for_version(bcrypt::Version::TwoA).into())
}

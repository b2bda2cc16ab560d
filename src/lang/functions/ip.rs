//! IP networks: addresses and subnets within prefixes, for IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::call::{Call, Stop, list};
use super::{BASE, Family, Function, INT, Param, Returns, STRING, param};
use crate::base::types::Type;
use crate::base::value::Value;

const IP: Function = Function { family: Family::IpNetwork, returns: Returns::Is(Type::string), ..BASE };
const PREFIX: Param = param("prefix", STRING);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "cidrcontains",
        params: &[PREFIX, param("address_or_prefix", STRING)],
        docs: "Whether an address, or all of another prefix, lies in a prefix.",
        examples: &[
            (r#"cidrcontains("192.168.2.0/20", "192.168.2.1")"#, "true"),
            (r#"cidrcontains("192.168.2.0/20", "192.126.2.0/18")"#, "false"),
        ],
        returns: Returns::Is(Type::bool),
        body: |call| {
            let outer = Prefix::argument(call, 0)?;
            let text = call.text(1)?;
            let inner = if text.contains('/') {
                Prefix::argument(call, 1)?
            } else {
                Prefix::read(&format!("{text}/128"))
                    .or_else(|| Prefix::read(&format!("{text}/32")))
                    .ok_or_else(|| Stop::at(1, "is no IP address").shown(Value::from(text).to_string()))?
            };
            if outer.bits != inner.bits {
                return Err(Stop::at(1, "must be of the same IP version as the prefix"));
            }
            Ok((inner.length >= outer.length && outer.first() == (inner.address & outer.mask())).into())
        },
        ..IP
    },
    Function {
        name: "cidrhost",
        params: &[PREFIX, param("number", INT)],
        docs: "The address of a host by its number within a prefix; a negative number counts from the end.",
        examples: &[
            (r#"cidrhost("10.12.112.0/20", 16)"#, r#""10.12.112.16""#),
            (r#"cidrhost("10.0.0.0/8", -2)"#, r#""10.255.255.254""#),
            (r#"cidrhost("fd00:fd12:3456:7890::/56", 34)"#, r#""fd00:fd12:3456:7800::22""#),
        ],
        body: |call| {
            let prefix = Prefix::argument(call, 0)?;
            let number = call.number(1)?;
            let last = !prefix.mask() & prefix.all();
            let magnitude =
                number.magnitude().filter(|n| *n <= last.saturating_add(u128::from(number.is_negative())));
            let host = magnitude.and_then(|n| match number.is_negative() {
                false => Some(n),
                // -1 is the last address.
                true => last.checked_sub(n.checked_sub(1)?),
            });
            let host = host.ok_or_else(|| {
                Stop::at(1, format!("is not the number of a host: a /{} has no such", prefix.length))
                    .shown(number.to_string())
            })?;
            Ok(prefix.show(prefix.first() | host).into())
        },
        ..IP
    },
    Function {
        name: "cidrnetmask",
        params: &[PREFIX],
        docs: "The netmask of an IPv4 prefix. IPv6 has none.",
        examples: &[(r#"cidrnetmask("172.16.0.0/12")"#, r#""255.240.0.0""#)],
        body: |call| {
            let prefix = Prefix::argument(call, 0)?;
            if prefix.bits != 32 {
                return Err(Stop::at(0, "must be an IPv4 prefix: IPv6 has no netmasks"));
            }
            Ok(prefix.show(prefix.mask()).into())
        },
        ..IP
    },
    Function {
        name: "cidrsubnet",
        params: &[PREFIX, param("newbits", INT), param("number", INT)],
        docs: "A subnet of a prefix: `newbits` longer, and which of those it is.",
        examples: &[
            (r#"cidrsubnet("172.16.0.0/12", 4, 2)"#, r#""172.18.0.0/16""#),
            (r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#, r#""fd00:fd12:3456:7800:a200::/72""#),
        ],
        body: |call| {
            let prefix = Prefix::argument(call, 0)?;
            let subnet = prefix.longer(call, 1)?;
            let number = call.number(2)?;
            let most = u128::MAX.checked_shr(128 - (subnet.length - prefix.length)).unwrap_or(0);
            let at = number.magnitude().filter(|n| !number.is_negative() && *n <= most).ok_or_else(|| {
                let bits = subnet.length - prefix.length;
                Stop::at(2, format!("is not the number of a subnet: {bits} new bits have no such"))
                    .shown(number.to_string())
            })?;
            let address = prefix.first() | at.checked_shl(prefix.bits - subnet.length).unwrap_or(0);
            Ok(Prefix { address, ..subnet }.to_string().into())
        },
        ..IP
    },
    Function {
        name: "cidrsubnets",
        params: &[PREFIX],
        variadic: Some(param("newbits", INT)),
        docs: "Subnets of a prefix one after another, each so many bits longer than it.",
        examples: &[(
            r#"cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)"#,
            r#"["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]"#,
        )],
        returns: Returns::Is(|| Type::list(Type::string())),
        body: subnets,
        ..IP
    },
];

fn subnets(call: &Call) -> Result<Value, Stop> {
    let prefix = Prefix::argument(call, 0)?;
    let end = prefix.first() | !prefix.mask() & prefix.all();
    // The first address that is free; none once the last address of all is taken.
    let mut free = Some(prefix.first());
    let mut out = Vec::new();
    for at in 1..call.args.len() {
        let subnet = prefix.longer(call, at)?;
        if subnet.length == prefix.length {
            return Err(Stop::at(at, "must be at least 1"));
        }
        let rest = !subnet.mask() & subnet.all();
        let start =
            free.and_then(|free| Some(free.checked_add(rest)? & !rest)).filter(|start| start | rest <= end);
        let start = start.ok_or_else(|| {
            Stop::at(at, format!("does not fit: no room for a /{} is left in the prefix", subnet.length))
        })?;
        free = (start | rest).checked_add(1);
        out.push(Value::from(Prefix { address: start, ..subnet }.to_string()));
    }
    Ok(list(out))
}

/// An address and how many bits of it name the network.
struct Prefix {
    address: u128,
    /// 32 or 128.
    bits: u32,
    length: u32,
}

impl Prefix {
    fn argument(call: &Call, at: usize) -> Result<Self, Stop> {
        let text = call.text(at)?;
        Self::read(text).ok_or_else(|| {
            Stop::at(at, "is no network prefix such as 10.0.0.0/16").shown(Value::from(text).to_string())
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, bits) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let plain =
            !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) && length.len() <= 3;
        let length: u32 = length.parse().ok().filter(|length| plain && *length <= bits)?;
        Some(Self { address, bits, length })
    }

    /// This prefix made longer by the bits that argument `at` says.
    fn longer(&self, call: &Call, at: usize) -> Result<Self, Stop> {
        let more = call.count(at)?;
        let length = u32::try_from(more).ok().and_then(|more| self.length.checked_add(more));
        match length.filter(|length| *length <= self.bits) {
            Some(length) => Ok(Self { length, ..*self }),
            None => Err(Stop::at(
                at,
                format!(
                    "is too many: a /{} can't be longer by {more} bits, there are {}",
                    self.length, self.bits
                ),
            )),
        }
    }

    fn all(&self) -> u128 {
        u128::MAX >> (128 - self.bits)
    }

    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(self.bits - self.length).unwrap_or(0) & self.all()
    }

    fn first(&self) -> u128 {
        self.address & self.mask()
    }

    fn show(&self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(address as u32).to_string()
        } else {
            Ipv6Addr::from_bits(address).to_string()
        }
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.show(self.address), self.length)
    }
}

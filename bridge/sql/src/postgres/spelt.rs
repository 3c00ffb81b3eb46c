//! Types that AMF has no form for and everybody writes as text: addresses, bits, ranges. They are sent as PostgreSQL
//! itself prints them (`src/backend/utils/adt/{network,mac,mac8,varbit,rangetypes}.c`), a point as `{x, y}`.
//!
//! ```text
//! inet, cidr   family:u8 (2: IPv4, 3: IPv6) bits:u8 is_cidr:u8 length:u8 {byte}      macaddr   6 or 8 bytes
//! bit, varbit  bits:i32 {byte}                   point   x:f64 y:f64
//! range        flags:u8 [length:i32 lower] [length:i32 upper]
//! ```

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::cell::write_text;
use crate::rows::Unfit;

use super::decode::{Kind, MALFORMED, fixed};

/// A type that is sent as text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spelt {
    /// `inet`: the prefix is written where it is not the whole address.
    Inet,
    /// `cidr`: the prefix is always written.
    Cidr,
    /// `macaddr`, `macaddr8`.
    Mac,
    /// `bit`, `varbit`.
    Bits,
    /// A range of what this reads; its name, for sentences.
    Range(Box<Kind>, Arc<str>),
}

impl Spelt {
    /// By the fixed numbers of `pg_type.dat`.
    pub(crate) fn of(oid: u32) -> Option<Self> {
        Some(match oid {
            650 => Self::Cidr,
            869 => Self::Inet,
            829 | 774 => Self::Mac,
            1560 | 1562 => Self::Bits,
            _ => return None,
        })
    }

    /// The type's name, for sentences.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::Mac => "macaddr",
            Self::Bits => "varbit",
            Self::Range(_, name) => name,
        }
    }

    /// Appends the text of a value.
    pub(crate) fn write(&self, out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
        match self {
            Self::Inet => write_address(out, bytes, false),
            Self::Cidr => write_address(out, bytes, true),
            Self::Mac if matches!(bytes.len(), 6 | 8) => {
                for (at, byte) in bytes.iter().enumerate() {
                    let colon = if at > 0 { ":" } else { "" };
                    write!(out, "{colon}{byte:02x}").expect(ENDLESS);
                }
                Ok(())
            }
            Self::Mac => Err(MALFORMED.into()),
            Self::Bits => write_bits(out, bytes),
            Self::Range(kind, _) => write_range(out, kind, bytes),
        }
    }
}

/// `{"x": 1.5, "y": -2}`.
pub(crate) fn write_point(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (x, y) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
    let (x, y) = (f64::from_be_bytes(fixed(x)?), f64::from_be_bytes(fixed(y)?));
    if !x.is_finite() || !y.is_finite() {
        return Err("holds a point that is nowhere; write CAST(… AS text)".into());
    }
    write!(out, "{{\"x\":{x},\"y\":{y}}}").expect(ENDLESS);
    Ok(())
}

const ENDLESS: &str = "writing to a string does not fail";

fn write_address(out: &mut String, bytes: &[u8], always: bool) -> Result<(), Unfit> {
    let Some((&[family, bits, _, length], address)) = bytes.split_first_chunk() else {
        return Err(MALFORMED.into());
    };
    if usize::from(length) != address.len() {
        return Err(MALFORMED.into());
    }
    let whole = match family {
        2 => {
            let address: [u8; 4] = fixed(address)?;
            write!(out, "{}", Ipv4Addr::from(address)).expect(ENDLESS);
            32
        }
        3 => {
            let address: [u8; 16] = fixed(address)?;
            write!(out, "{}", Ipv6Addr::from(address)).expect(ENDLESS);
            128
        }
        _ => return Err(MALFORMED.into()),
    };
    if always || bits != whole {
        write!(out, "/{bits}").expect(ENDLESS);
    }
    Ok(())
}

fn write_bits(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (count, bytes) = bytes.split_at_checked(4).ok_or(MALFORMED)?;
    let count = usize::try_from(i32::from_be_bytes(fixed(count)?)).map_err(|_| MALFORMED)?;
    if count.div_ceil(8) != bytes.len() {
        return Err(MALFORMED.into());
    }
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    out.extend(bits.take(count).map(|bit| if bit { '1' } else { '0' }));
    Ok(())
}

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

fn write_range(out: &mut String, kind: &Kind, bytes: &[u8]) -> Result<(), Unfit> {
    let (&flags, mut rest) = bytes.split_first().ok_or(MALFORMED)?;
    if flags & EMPTY != 0 {
        out.push_str("empty");
        return Ok(());
    }
    out.push(if flags & LOWER_INCLUSIVE != 0 {
        '['
    } else {
        '('
    });
    if flags & LOWER_INFINITE == 0 {
        write_bound(out, kind, &mut rest)?;
    }
    out.push(',');
    if flags & UPPER_INFINITE == 0 {
        write_bound(out, kind, &mut rest)?;
    }
    out.push(if flags & UPPER_INCLUSIVE != 0 {
        ']'
    } else {
        ')'
    });
    Ok(())
}

fn write_bound(out: &mut String, kind: &Kind, rest: &mut &[u8]) -> Result<(), Unfit> {
    let (length, after) = rest.split_at_checked(4).ok_or(MALFORMED)?;
    let length = usize::try_from(i32::from_be_bytes(fixed(length)?)).map_err(|_| MALFORMED)?;
    let (value, after) = after.split_at_checked(length).ok_or(MALFORMED)?;
    *rest = after;
    let mut scratch = String::new();
    let cell = kind.read(value, &mut scratch)?;
    let mut text = String::new();
    write_text(&mut text, &cell);
    let needs_quotes = text.is_empty()
        || text.contains(|letter: char| {
            letter.is_whitespace() || matches!(letter, '"' | '\\' | '(' | ')' | '[' | ']' | ',')
        });
    if !needs_quotes {
        out.push_str(&text);
        return Ok(());
    }
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push(letter);
        }
        out.push(letter);
    }
    out.push('"');
    Ok(())
}

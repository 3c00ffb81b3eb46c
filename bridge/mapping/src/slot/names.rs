//! The words of slots: scalars, shapes, zones; and a slot written out again.

use std::fmt::{self, Display};

use jiff::tz::TimeZone;

use super::{Constant, PathPart, Range, Scalar, Shape, Slot, Type};

impl Scalar {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::String,
        Self::Int,
        Self::Number,
        Self::Decimal,
        Self::Long,
        Self::Bool,
        Self::Date,
        Self::Day,
        Self::Time,
        Self::Bytes,
        Self::Xml,
        Self::Secret,
    ];

    /// The scalar that is written `name`.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Long => "long",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Day => "day",
            Self::Time => "time",
            Self::Bytes => "bytes",
            Self::Xml => "xml",
            Self::Secret => "secret",
        }
    }
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Array,
        Self::ArrayCollection,
        Self::RecordSet,
        Self::Vector,
        Self::Object,
        Self::Xml,
        Self::XmlDocument,
    ];

    /// The shape that is written `name`.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Array => "Array",
            Self::ArrayCollection => "ArrayCollection",
            Self::RecordSet => "RecordSet",
            Self::Vector => "Vector",
            Self::Object => "Object",
            Self::Xml => "XML",
            Self::XmlDocument => "XMLDocument",
        }
    }

    /// Whether a value of this type can have this shape.
    pub(super) fn suits(self, kind: &Type) -> bool {
        match self {
            Self::Array | Self::ArrayCollection | Self::RecordSet | Self::Vector => {
                matches!(kind, Type::List(..) | Type::Any)
            }
            Self::Object => matches!(kind, Type::Named(_) | Type::Any | Type::List(..)),
            Self::Xml | Self::XmlDocument => {
                matches!(kind, Type::Scalar(Scalar::Xml) | Type::Any)
            }
        }
    }

    /// What it is for.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Array | Self::ArrayCollection | Self::RecordSet | Self::Vector => "lists",
            Self::Object => "objects and lists of them",
            Self::Xml | Self::XmlDocument => "`xml`",
        }
    }
}

impl Type {
    /// The type without its `?`.
    pub fn inner(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            Self::Scalar(_)
            | Self::Ranged(..)
            | Self::Words(_)
            | Self::Named(_)
            | Self::List(..)
            | Self::Any
            | Self::Void
            | Self::Hide => self,
        }
    }

    /// Whether null is a value of it. `any` is as it is, null too.
    pub fn takes_null(&self) -> bool {
        match self {
            Self::Nullable(_) | Self::Any | Self::Void | Self::Hide => true,
            Self::Scalar(_)
            | Self::Ranged(..)
            | Self::Words(_)
            | Self::Named(_)
            | Self::List(..) => false,
        }
    }

    /// The scalar it is, with or without a range or `?`; a set of words is a string.
    pub fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Scalar(scalar) | Self::Ranged(scalar, _) => Some(*scalar),
            Self::Words(_) => Some(Scalar::String),
            Self::Nullable(inner) => inner.scalar(),
            Self::Named(_) | Self::List(..) | Self::Any | Self::Void | Self::Hide => None,
        }
    }
}

/// The zone that is written `name`: `UTC`, `Europe/Berlin`, `+02:00`.
pub fn zone(name: &str) -> Option<TimeZone> {
    if name.starts_with(['+', '-']) {
        let offset = offset(name)?;
        return Some(TimeZone::fixed(offset));
    }
    if name.is_empty() {
        return None;
    }
    TimeZone::get(name).ok()
}

/// `+02:00`, `-0530`, `+2`.
fn offset(text: &str) -> Option<jiff::tz::Offset> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let two = (1..=2).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        two.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    jiff::tz::Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

impl Display for Slot {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(path) = &self.from {
            f.write_str(" from ")?;
            for (at, part) in path.iter().enumerate() {
                match part {
                    PathPart::Name(name) if is_name(name) => {
                        write!(f, "{}{name}", if at == 0 { "" } else { "." })?;
                    }
                    PathPart::Name(name) => write!(f, "['{}']", name.replace('\'', "''"))?,
                    PathPart::Index(index) => write!(f, "[{index}]")?,
                }
            }
        }
        if let Some(zone) = &self.zone {
            match (zone.iana_name(), zone.to_fixed_offset()) {
                (Some(name), _) => write!(f, " in {name}")?,
                (None, Ok(offset)) => write!(f, " in {}", Offset(offset.seconds()))?,
                (None, Err(_)) => {}
            }
        }
        if let Some(shape) = self.shape {
            write!(f, " as {}", shape.name())?;
        }
        if let Some(constant) = &self.null_as {
            write!(f, " null {constant}")?;
        }
        if let Some(constant) = &self.default {
            write!(f, " = {constant}")?;
        }
        Ok(())
    }
}

struct Offset(i32);

impl Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Display for Type {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => f.write_str(scalar.name()),
            Self::Ranged(scalar, range) => write!(f, "{}({range})", scalar.name()),
            Self::Words(words) => {
                for (at, word) in words.iter().enumerate() {
                    write!(f, "{}{word}", if at == 0 { "" } else { " | " })?;
                }
                Ok(())
            }
            Self::Named(name) => f.write_str(name),
            Self::List(item, range) => {
                Inner(item).fmt(f)?;
                if range.is_open() {
                    f.write_str("[]")
                } else {
                    write!(f, "[{range}]")
                }
            }
            Self::Nullable(inner) => {
                Inner(inner).fmt(f)?;
                f.write_str("?")
            }
            Self::Any => f.write_str("any"),
            Self::Void => f.write_str("void"),
            Self::Hide => f.write_str("hide"),
        }
    }
}

/// A type that something follows: a set of words stands in brackets then.
struct Inner<'a>(&'a Type);

impl Display for Inner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.0, Type::Words(_)) {
            return write!(f, "({})", self.0);
        }
        write!(f, "{}", self.0)
    }
}

impl Display for Range {
    /// As it is written, without brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}..{}",
            self.from.as_deref().unwrap_or_default(),
            self.to.as_deref().unwrap_or_default()
        )
    }
}

impl Display for Constant {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(number),
            Self::Bool(value) => write!(f, "{value}"),
            Self::NaN => f.write_str("NaN"),
            Self::Omit => f.write_str("omit"),
            Self::EmptyList => f.write_str("[]"),
            Self::Text(text) if is_name(text) && !is_constant(text) => f.write_str(text),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && crate::expression::lexer::name_length(text) == text.len()
}

fn is_constant(word: &str) -> bool {
    matches!(word, "true" | "false" | "NaN" | "omit" | "null")
}

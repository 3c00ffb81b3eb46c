//! The built-in types of XML Schema (XML Schema part 2 §3) by what their text means.

/// What the text of a simple value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Text; white space is kept.
    Text,
    /// Text in which white space around does not count: tokens, names, addresses.
    Token,
    /// `xs:QName`, whose prefix stands where it is written.
    QName,
    /// True or false.
    Boolean,
    /// An exact number.
    Decimal,
    /// A whole number from the first to the second, both included; beyond i128 nobody counts.
    Integer(Option<i128>, Option<i128>),
    /// A binary number of 32 bits.
    Float,
    /// A binary number of 64 bits.
    Double,
    /// A moment, with or without a zone.
    DateTime,
    /// A calendar day.
    Date,
    /// A time of day.
    Time,
    /// A length of time, kept as text.
    Duration,
    /// A year.
    Year,
    /// Parts of dates, kept as text.
    Gregorian,
    /// Bytes in base64.
    Base64,
    /// Bytes in hexadecimal digits.
    Hex,
    /// Any of them.
    Any,
}

/// Name, meaning and the name of the base of every built-in type.
pub(crate) const STANDARD: &[(&str, Builtin, &str)] = &[
    ("anySimpleType", Builtin::Any, ""),
    ("anyAtomicType", Builtin::Any, "anySimpleType"),
    ("string", Builtin::Text, "anySimpleType"),
    ("normalizedString", Builtin::Text, "string"),
    ("token", Builtin::Token, "normalizedString"),
    ("language", Builtin::Token, "token"),
    ("Name", Builtin::Token, "token"),
    ("NCName", Builtin::Token, "Name"),
    ("ID", Builtin::Token, "NCName"),
    ("IDREF", Builtin::Token, "NCName"),
    ("ENTITY", Builtin::Token, "NCName"),
    ("NMTOKEN", Builtin::Token, "token"),
    ("anyURI", Builtin::Token, "anySimpleType"),
    ("NOTATION", Builtin::Token, "anySimpleType"),
    ("QName", Builtin::QName, "anySimpleType"),
    ("boolean", Builtin::Boolean, "anySimpleType"),
    ("decimal", Builtin::Decimal, "anySimpleType"),
    ("integer", Builtin::Integer(None, None), "decimal"),
    (
        "nonPositiveInteger",
        Builtin::Integer(None, Some(0)),
        "integer",
    ),
    (
        "negativeInteger",
        Builtin::Integer(None, Some(-1)),
        "nonPositiveInteger",
    ),
    (
        "nonNegativeInteger",
        Builtin::Integer(Some(0), None),
        "integer",
    ),
    (
        "positiveInteger",
        Builtin::Integer(Some(1), None),
        "nonNegativeInteger",
    ),
    (
        "long",
        Builtin::Integer(Some(i64::MIN as i128), Some(i64::MAX as i128)),
        "integer",
    ),
    (
        "int",
        Builtin::Integer(Some(i32::MIN as i128), Some(i32::MAX as i128)),
        "long",
    ),
    (
        "short",
        Builtin::Integer(Some(i16::MIN as i128), Some(i16::MAX as i128)),
        "int",
    ),
    (
        "byte",
        Builtin::Integer(Some(i8::MIN as i128), Some(i8::MAX as i128)),
        "short",
    ),
    (
        "unsignedLong",
        Builtin::Integer(Some(0), Some(u64::MAX as i128)),
        "nonNegativeInteger",
    ),
    (
        "unsignedInt",
        Builtin::Integer(Some(0), Some(u32::MAX as i128)),
        "unsignedLong",
    ),
    (
        "unsignedShort",
        Builtin::Integer(Some(0), Some(u16::MAX as i128)),
        "unsignedInt",
    ),
    (
        "unsignedByte",
        Builtin::Integer(Some(0), Some(u8::MAX as i128)),
        "unsignedShort",
    ),
    ("float", Builtin::Float, "anySimpleType"),
    ("double", Builtin::Double, "anySimpleType"),
    ("dateTime", Builtin::DateTime, "anySimpleType"),
    ("timeInstant", Builtin::DateTime, "anySimpleType"),
    ("date", Builtin::Date, "anySimpleType"),
    ("time", Builtin::Time, "anySimpleType"),
    ("duration", Builtin::Duration, "anySimpleType"),
    ("gYear", Builtin::Year, "anySimpleType"),
    ("gYearMonth", Builtin::Gregorian, "anySimpleType"),
    ("gMonth", Builtin::Gregorian, "anySimpleType"),
    ("gMonthDay", Builtin::Gregorian, "anySimpleType"),
    ("gDay", Builtin::Gregorian, "anySimpleType"),
    ("base64Binary", Builtin::Base64, "anySimpleType"),
    ("base64", Builtin::Base64, "anySimpleType"),
    ("hexBinary", Builtin::Hex, "anySimpleType"),
];

impl Builtin {
    /// What it is, for faults: `integer`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text | Self::Token => "a text",
            Self::QName => "a qualified name",
            Self::Boolean => "a boolean",
            Self::Decimal => "a decimal",
            Self::Integer(..) => "an integer",
            Self::Float | Self::Double => "a number",
            Self::DateTime => "a date and time",
            Self::Date => "a date",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Year => "a year",
            Self::Gregorian => "a part of a date",
            Self::Base64 | Self::Hex => "bytes",
            Self::Any => "a scalar",
        }
    }
}

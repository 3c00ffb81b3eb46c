//! The functions: their names, and how many arguments they take.

use super::Function;

impl Function {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::String,
        Self::Int,
        Self::Number,
        Self::Decimal,
        Self::Bool,
        Self::Date,
        Self::Day,
        Self::Concat,
        Self::Join,
        Self::Split,
        Self::Lower,
        Self::Upper,
        Self::Trim,
        Self::First,
        Self::Last,
        Self::Size,
        Self::Base64,
        Self::Bytes,
        Self::If,
        Self::Lookup,
        Self::Contains,
        Self::Starts,
    ];

    /// The function that is written `name`.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name() == name)
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        let usage = self.usage();
        usage.split_once('(').map_or(usage, |(name, _)| name)
    }

    /// How it is called.
    pub fn usage(self) -> &'static str {
        match self {
            Self::String => "string(x)",
            Self::Int => "int(x)",
            Self::Number => "number(x)",
            Self::Decimal => "decimal(x)",
            Self::Bool => "bool(x)",
            Self::Date => "date(x, zone)",
            Self::Day => "day(x, zone)",
            Self::Concat => "concat(a, b, …)",
            Self::Join => "join(list, sep)",
            Self::Split => "split(text, sep)",
            Self::Lower => "lower(x)",
            Self::Upper => "upper(x)",
            Self::Trim => "trim(x)",
            Self::First => "first(list)",
            Self::Last => "last(list)",
            Self::Size => "size(x)",
            Self::Base64 => "base64(bytes)",
            Self::Bytes => "bytes(text)",
            Self::If => "if(condition, a, b)",
            Self::Lookup => "lookup(table, key)",
            Self::Contains => "contains(x)",
            Self::Starts => "starts(x)",
        }
    }

    /// Whether it takes so many arguments.
    pub(super) fn takes(self, count: usize) -> bool {
        match self {
            Self::String
            | Self::Int
            | Self::Number
            | Self::Decimal
            | Self::Bool
            | Self::Lower
            | Self::Upper
            | Self::Trim
            | Self::First
            | Self::Last
            | Self::Size
            | Self::Base64
            | Self::Bytes
            | Self::Contains
            | Self::Starts => count == 1,
            Self::Date | Self::Day => count == 1 || count == 2,
            Self::Concat => count >= 1,
            Self::Join | Self::Split | Self::Lookup => count == 2,
            Self::If => count == 3,
        }
    }
}

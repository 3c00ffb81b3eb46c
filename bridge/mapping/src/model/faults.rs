//! Fault rules: what a client is told in place of what went wrong.

use std::sync::Arc;

use crate::expression::Expression;
use crate::text::Text;
use crate::tree::Tree;

/// The rules of one `faults` map.
#[derive(Debug, Default, PartialEq)]
pub struct FaultRules {
    /// `when CONDITION`, asked first, in the order written.
    pub conditions: Vec<(Expression, FaultRule)>,
    /// The other keys.
    pub words: Vec<(FaultKey, FaultRule)>,
}

/// What a key of `faults` names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FaultKey {
    /// `404`
    Status(u16),
    /// `4xx`, by its first digit
    StatusClass(u8),
    /// `23505`, and any other word that is no word of ours: a SQLSTATE or SOAP code
    Code(Arc<str>),
    /// `duplicate`
    Duplicate,
    /// `reference`
    Reference,
    /// `check`
    Check,
    /// `count`
    Count,
    /// `none`
    None,
    /// `many`
    Many,
    /// `timeout`
    Timeout,
    /// `unavailable`
    Unavailable,
    /// `unreadable`
    Unreadable,
    /// `other`
    Other,
}

impl FaultKey {
    /// The words that mean neither a status nor a code.
    pub const WORDS: [(&str, Self); 10] = [
        ("duplicate", Self::Duplicate),
        ("reference", Self::Reference),
        ("check", Self::Check),
        ("count", Self::Count),
        ("none", Self::None),
        ("many", Self::Many),
        ("timeout", Self::Timeout),
        ("unavailable", Self::Unavailable),
        ("unreadable", Self::Unreadable),
        ("other", Self::Other),
    ];
}

/// What happens instead.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultRule {
    /// A value in place of the fault: `null`, `{value: …}`.
    Value(Tree),
    /// This fault.
    Fault {
        /// `faultCode`.
        code: Arc<str>,
        /// `faultString`.
        message: Text,
        /// `faultDetail` or `details`.
        detail: Option<Text>,
        /// `extendedData`.
        data: Option<Tree>,
    },
}

//! What can go wrong when values are read or written.

/// Why bytes are no AMF value. The sender is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: expected {expected}, found {found}")]
pub struct ReadError {
    /// Where, counted from the start of the input.
    pub offset: usize,
    /// What would have been right there.
    pub expected: &'static str,
    /// What stood there.
    pub found: String,
    /// Whether a budget of [`Limits`](crate::Limits) was used up, rather than the bytes being malformed.
    pub over_limit: bool,
}

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The answer is larger than its budget. Whoever asked for so much is at fault.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The budget in bytes.
        limit: usize,
    },
    /// A value holds itself, and the encoding has no references. The backend or the caller is at fault.
    #[error("the value at {path} holds itself")]
    Cycle {
        /// Where the cycle closes, as `a.b[2]`.
        path: String,
    },
    /// The encoding cannot say this value.
    #[error("{what} cannot be written in {encoding}")]
    Unrepresentable {
        /// What could not be said.
        what: String,
        /// `AMF0` or `AMF3`.
        encoding: &'static str,
    },
    /// Values are nested deeper than the budget.
    #[error("values are nested deeper than {limit}")]
    TooDeep {
        /// The budget in levels.
        limit: usize,
    },
    /// Events came in an order that is no value. We are at fault.
    #[error("writer events out of order: {0}")]
    OutOfOrder(&'static str),
}

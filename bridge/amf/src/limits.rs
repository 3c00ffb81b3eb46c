//! Budgets of the readers: what the bytes may claim before they are refused.

/// How much one packet may hold. Counts on the wire never allocate; these stop what is really there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting; 64.
    pub depth: usize,
    /// Values in all, each scalar and each node; 200,000.
    pub values: usize,
    /// Bytes of text and binary in all, copied or borrowed; 16 MiB.
    pub bytes: usize,
    /// References followed in all; 200,000.
    pub references: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            values: 200_000,
            bytes: 16 << 20,
            references: 200_000,
        }
    }
}

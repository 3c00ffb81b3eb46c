//! Budgets of the readers: what the bytes may claim before they are refused.

/// How much one packet may hold. Counts on the wire never allocate; these stop what is really there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting; 64.
    pub depth: usize,
    /// Values in all, each scalar, each node and each member name of a trait set; 200,000. The numbers
    /// of a typed vector count as bytes instead.
    pub values: usize,
    /// Bytes of text and binary in all, copied, borrowed or referred to; 16 MiB.
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

/// What is left of [`Limits`] for one packet; all readers of the packet take from the same.
///
/// ```
/// use footbridge_amf::{Budget, Graph, Limits, amf0};
///
/// let mut budget = Budget::new(&Limits { depth: 1, ..Limits::default() });
/// let mut graph = Graph::new();
/// // An array in an array: one level too many.
/// let bytes = [0x0a, 0, 0, 0, 1, 0x0a, 0, 0, 0, 0];
/// let error = amf0::Reader::new(&bytes, 0, &mut budget).read(&mut graph).unwrap_err();
/// assert!(error.over_limit);
/// ```
#[derive(Clone, Debug)]
pub struct Budget {
    depth: usize,
    values: usize,
    bytes: usize,
    references: usize,
}

impl Budget {
    /// A whole budget.
    pub fn new(limits: &Limits) -> Self {
        let Limits {
            depth,
            values,
            bytes,
            references,
        } = *limits;
        Self {
            depth,
            values,
            bytes,
            references,
        }
    }

    /// Takes `count` values; `false` if fewer are left.
    #[inline]
    pub(crate) fn take_values(&mut self, count: usize) -> bool {
        take(&mut self.values, count)
    }

    /// Takes `count` bytes of text or binary; `false` if fewer are left.
    #[inline]
    pub(crate) fn take_bytes(&mut self, count: usize) -> bool {
        take(&mut self.bytes, count)
    }

    /// Takes one reference; `false` if none is left.
    #[inline]
    pub(crate) fn take_reference(&mut self) -> bool {
        take(&mut self.references, 1)
    }

    /// Whether values may stand at `level`, where the outermost is 0.
    #[inline]
    pub(crate) fn allows_depth(&self, level: usize) -> bool {
        level <= self.depth
    }
}

#[inline]
fn take(left: &mut usize, count: usize) -> bool {
    match left.checked_sub(count) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}

//! What came from outside and is never shown.

/// A secret, expanded.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// The fewest bytes that a key has: what is shorter can be found by trying.
    pub const SHORTEST: usize = 16;

    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_bytes().into())
    }

    /// Itself.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    /// Without it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

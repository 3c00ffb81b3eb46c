//! What of a reply was not as described, and was let pass.

/// How much of a reply nobody asked for or described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Members that no field names, dropped.
    pub dropped: usize,
    /// The name of the first.
    pub first: Option<String>,
    /// Values that are not what the document says, passed on as they are.
    pub odd: usize,
}

impl Notes {
    /// Whether all was as described.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn drop(&mut self, name: &str) {
        self.dropped += 1;
        if self.first.is_none() {
            self.first = Some(name.to_owned());
        }
    }
}

impl std::fmt::Display for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(first) = &self.first {
            write!(
                f,
                "members that nobody names ({}, first `{first}`)",
                self.dropped
            )?;
        }
        if self.odd > 0 {
            let comma = if self.dropped > 0 { "; " } else { "" };
            write!(f, "{comma}values that are not as described ({})", self.odd)?;
        }
        Ok(())
    }
}

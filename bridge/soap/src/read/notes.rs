//! What was forgiven in a reply.

use std::collections::BTreeMap;
use std::fmt;

/// A way in which a reply differs from its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Forgiven {
    /// An element that the type does not declare; it is left out.
    UnknownElement,
    /// An element that is required; it is null or left out.
    MissingElement,
    /// Several elements where one is declared; the first counts.
    Repeated,
    /// A text that is no value of its type; it stays a text.
    BadText,
    /// `xsi:type` of a type that nobody declares, or that does not derive; the declared one counts.
    UnknownType,
    /// Another element than the operation's around the answer, or around its part.
    WrongName,
    /// An element of the declared name in another namespace than the declared one.
    WrongNamespace,
    /// An element before another that its type has in front of it.
    OutOfOrder,
    /// A moment or day that is understood, in a form that its type has not.
    OddText,
    /// A reference to nothing; it is null.
    DanglingReference,
    /// An attachment that is not there; it is null.
    MissingAttachment,
}

impl Forgiven {
    /// In one word, for metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownElement => "unknown-element",
            Self::MissingElement => "missing-element",
            Self::Repeated => "repeated",
            Self::BadText => "bad-text",
            Self::UnknownType => "unknown-type",
            Self::WrongName => "wrong-name",
            Self::WrongNamespace => "wrong-namespace",
            Self::OutOfOrder => "out-of-order",
            Self::OddText => "odd-text",
            Self::DanglingReference => "dangling-reference",
            Self::MissingAttachment => "missing-attachment",
        }
    }

    /// In words, for the log.
    pub fn describe(self) -> &'static str {
        match self {
            Self::UnknownElement => "an element that its type does not declare",
            Self::MissingElement => "a required element is missing",
            Self::Repeated => "an element stands more often than declared",
            Self::BadText => "a text that is no value of its type",
            Self::UnknownType => "an xsi:type that is not known there",
            Self::WrongName => "an element of another name around the answer",
            Self::WrongNamespace => "an element in another namespace",
            Self::OutOfOrder => "an element out of order",
            Self::OddText => "a moment or day in another form",
            Self::DanglingReference => "a reference to nothing",
            Self::MissingAttachment => "an attachment that is not there",
        }
    }
}

/// How often what was forgiven, and the first name of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(BTreeMap<Forgiven, (usize, String)>);

impl Notes {
    /// Each kind with its count and the first name it was met at.
    pub fn iter(&self) -> impl Iterator<Item = (Forgiven, usize, &str)> {
        self.0
            .iter()
            .map(|(kind, (count, first))| (*kind, *count, first.as_str()))
    }

    /// Whether nothing was forgiven.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, kind: Forgiven, name: &str) {
        self.0.entry(kind).or_insert_with(|| (0, name.to_owned())).0 += 1;
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (kind, count, first)) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} ({count}, first `{first}`)", kind.describe())?;
        }
        Ok(())
    }
}

//! Where the pages of a list begin: what a walk over cursors, links and URLs has seen, so that the next one need not begin at
//! the first page.

use std::collections::BTreeMap;
use std::sync::Arc;

use footbridge_mapping::data::Data;

/// Pages that are known at once. With more, every second one is forgotten: the way from a known page to an unknown one
/// is then longer, never missing.
const MOST: usize = 256;
/// Bytes of a mark: a service that gives longer ones is walked from the first page on.
const LONGEST: usize = 4096;

/// What leads to a page. Two that are equal lead to the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    /// `=page.cursor` as text, as a service gives them mostly.
    Text(Arc<str>),
    /// `=page.cursor` as a whole number: the last id, for one.
    Int(i64),
    /// A URL of the backend's origin.
    Url(Arc<str>),
}

/// Pages by the number of rows before them. A hint, never the truth: what is missing is found by walking, and a mark that
/// the backend knows no longer is forgotten with all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::run) struct PageIndex {
    marks: BTreeMap<u64, Mark>,
}

impl Mark {
    /// The mark of a cursor; any that is no text and no whole number leads by its text.
    pub(super) fn of(cursor: &Data) -> Option<Self> {
        match cursor {
            Data::Int(number) => Some(Self::Int(*number)),
            Data::Text(text) => Some(Self::Text(Arc::clone(text))),
            other => {
                let text = footbridge_mapping::data::convert::to_text(other)?;
                Some(Self::Text(text.as_ref().into()))
            }
        }
    }

    /// `page.cursor`
    pub(super) fn cursor(&self) -> Data {
        match self {
            Self::Text(text) => Data::Text(Arc::clone(text)),
            Self::Int(number) => Data::Int(*number),
            Self::Url(_) => Data::Null,
        }
    }

    fn parts(&self) -> (u8, std::borrow::Cow<'_, str>) {
        match self {
            Self::Text(text) => (TEXT, (&**text).into()),
            Self::Int(number) => (INT, number.to_string().into()),
            Self::Url(url) => (URL, (&**url).into()),
        }
    }
}

const TEXT: u8 = b't';
const INT: u8 = b'i';
const URL: u8 = b'u';

impl PageIndex {
    /// The last page that is known to begin at this row or before it.
    pub(super) fn before(&self, row: u64) -> Option<(u64, &Mark)> {
        let (position, mark) = self.marks.range(..=row).next_back()?;
        Some((*position, mark))
    }

    /// Notes where a page begins.
    pub(super) fn note(&mut self, position: u64, mark: &Mark) {
        if mark.parts().1.len() > LONGEST {
            return;
        }
        if self.marks.len() >= MOST && !self.marks.contains_key(&position) {
            let mut odd = false;
            self.marks.retain(|_, _| {
                odd = !odd;
                odd
            });
        }
        self.marks.insert(position, mark.clone());
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.marks.clear();
    }

    /// As bytes, for a store: for each page `position(8) kind(1) length(4) text`, numbers big-endian.
    pub(in crate::run) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (position, mark) in &self.marks {
            let (kind, text) = mark.parts();
            let length = u32::try_from(text.len()).expect("a mark is at most LONGEST bytes");
            bytes.extend_from_slice(&position.to_be_bytes());
            bytes.push(kind);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// From those bytes; `None` for others.
    pub(in crate::run) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut marks = BTreeMap::new();
        while !bytes.is_empty() {
            let (position, rest) = bytes.split_first_chunk::<8>()?;
            let (kind, rest) = rest.split_first()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = u32::from_be_bytes(*length) as usize;
            if length > LONGEST || marks.len() == MOST {
                return None;
            }
            let (text, rest) = rest.split_at_checked(length)?;
            let text = std::str::from_utf8(text).ok()?;
            let mark = match *kind {
                TEXT => Mark::Text(text.into()),
                INT => Mark::Int(text.parse().ok()?),
                URL => Mark::Url(text.into()),
                _ => return None,
            };
            marks.insert(u64::from_be_bytes(*position), mark);
            bytes = rest;
        }
        Some(Self { marks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_before_the_row_is_found() {
        let mut index = PageIndex::default();
        assert_eq!(index.before(7), None);
        index.note(3, &Mark::Int(3));
        index.note(6, &Mark::Int(6));
        assert_eq!(index.before(2), None);
        assert_eq!(index.before(5), Some((3, &Mark::Int(3))));
        assert_eq!(index.before(6), Some((6, &Mark::Int(6))));
        assert_eq!(index.before(99), Some((6, &Mark::Int(6))));
    }

    #[test]
    fn it_has_a_limit_and_keeps_ways_to_all_parts() {
        let mut index = PageIndex::default();
        for page in 1..=10_000 {
            index.note(page * 10, &Mark::Int(page as i64));
        }
        assert!(index.marks.len() <= MOST);
        for row in (100_000..).step_by(1000).take(3) {
            assert!(index.before(row).is_some());
        }
        index.note(5, &Mark::Text("x".repeat(LONGEST + 1).into()));
        assert_eq!(index.before(5), None, "too long to be kept");
    }

    #[test]
    fn it_goes_into_a_store_and_comes_back() {
        let mut index = PageIndex::default();
        index.note(50, &Mark::Text("größe".into()));
        index.note(100, &Mark::Int(-7));
        index.note(150, &Mark::Url("http://h/?from=150".into()));
        let bytes = index.to_bytes();
        assert_eq!(PageIndex::from_bytes(&bytes), Some(index));
        for cut in 1..bytes.len() {
            let read = PageIndex::from_bytes(&bytes[..cut]);
            assert!(read.is_none_or(|read| read.marks.len() < 3), "{cut}");
        }
        assert_eq!(PageIndex::from_bytes(&[]), Some(PageIndex::default()));
    }
}

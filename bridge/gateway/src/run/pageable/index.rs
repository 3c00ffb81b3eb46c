//! What is known of the pages that a record set has sent: the keys behind which others begin.
//!
//! It only saves time. Whatever is not there (another gateway, an older record set) is found again by walking forward.

use std::collections::BTreeMap;
use std::sync::Arc;

use footbridge_mapping::data::{Data, stored};
use quick_cache::sync::Cache;

/// The indices of record sets that are open, those asked for last; in this process.
#[derive(Debug)]
pub(crate) struct Indices(Cache<Arc<str>, Arc<[u8]>>);

impl Default for Indices {
    fn default() -> Self {
        Self(Cache::new(OPEN))
    }
}

impl Indices {
    pub(crate) fn get(&self, number: &str) -> Option<Arc<[u8]>> {
        self.0.get(number)
    }

    pub(crate) fn put(&self, number: &Arc<str>, index: Vec<u8>) {
        if index.len() <= LARGEST {
            self.0.insert(Arc::clone(number), index.into());
        }
    }

    pub(crate) fn remove(&self, number: &str) {
        self.0.remove(number);
    }
}

/// The keys of rows, by the number of rows up to them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Keyset(BTreeMap<u64, Vec<Data>>);

impl Keyset {
    pub(super) fn of(bytes: Option<&[u8]>) -> Self {
        let read = bytes.and_then(stored::read).unwrap_or_default();
        let marks = read.into_iter().filter_map(|mark| {
            let items = mark.items()?;
            let (position, keys) = items.split_first()?;
            match position {
                Data::Int(position) => Some((position.unsigned_abs(), keys.to_vec())),
                _ => None,
            }
        });
        Self(marks.collect())
    }

    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let marks: Vec<Data> = self
            .0
            .iter()
            .map(|(position, keys)| {
                let position = Data::Int(i64::try_from(*position).unwrap_or(i64::MAX));
                let items: Vec<Data> = std::iter::once(position)
                    .chain(keys.iter().cloned())
                    .collect();
                Data::List(items.into())
            })
            .collect();
        stored::write(&marks)
    }

    /// The nearest row at or before this position: its number of rows and keys.
    pub(super) fn before(&self, position: u64) -> Option<(u64, &[Data])> {
        let (known, keys) = self.0.range(..=position).next_back()?;
        Some((*known, keys))
    }

    pub(super) fn note(&mut self, position: u64, keys: Vec<Data>) {
        self.0.insert(position, keys);
        if self.0.len() > MARKS {
            // Every other one: what lies between is a shorter walk.
            let mut keep = false;
            self.0.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
    }
}

/// Record sets whose index is kept.
const OPEN: usize = 2_000;
/// Bytes of an index.
const LARGEST: usize = 32 << 10;
/// Keys of an index.
const MARKS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found_and_written_as_it_was() {
        let mut index = Keyset::default();
        assert_eq!(index.before(10), None);
        index.note(10, vec![Data::text("k"), Data::Int(1)]);
        index.note(20, vec![Data::Null]);
        assert_eq!(index.before(9), None);
        assert_eq!(index.before(19).unwrap().0, 10);
        assert_eq!(index.before(20).unwrap().0, 20);
        let bytes = index.to_bytes().unwrap();
        assert_eq!(Keyset::of(Some(&bytes)), index);
    }

    #[test]
    fn an_index_thins_itself_out() {
        let mut index = Keyset::default();
        for page in 0..10_000 {
            index.note(page, vec![Data::Int(1)]);
        }
        assert!(index.0.len() <= MARKS);
        assert!(index.before(5_000).is_some());
    }
}

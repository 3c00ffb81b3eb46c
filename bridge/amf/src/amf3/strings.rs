//! The writer's table of strings: which were written, and under which number.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Finds strings that were written before. It forgets none that it took, but takes only so many; the numbers go on
/// counting all, because the reader's table has them all.
#[derive(Debug, Default)]
pub(super) struct Strings {
    table: Table,
    hasher: RandomState,
    /// How many strings the reader's table has.
    count: u32,
}

#[derive(Debug)]
struct Table {
    entries: HashTable<Entry>,
    /// The text of all entries, one after the other.
    pool: Vec<u8>,
}

thread_local! {
    /// Tables of writers that are done, emptied. A large answer fills megabytes of them, and fresh memory costs
    /// more than what is written to it.
    static DONE: RefCell<Vec<Table>> = const { RefCell::new(Vec::new()) };
}

/// The most tables that a thread keeps.
const KEPT: usize = 4;

impl Default for Table {
    fn default() -> Self {
        DONE.with_borrow_mut(Vec::pop).unwrap_or_else(|| Self {
            entries: HashTable::new(),
            pool: Vec::new(),
        })
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.entries.capacity() == 0 {
            return;
        }
        let mut entries = std::mem::take(&mut self.entries);
        let mut pool = std::mem::take(&mut self.pool);
        entries.clear();
        pool.clear();
        // A thread that ends has no room for it any more.
        let _ = DONE.try_with(|done| {
            if let Ok(mut done) = done.try_borrow_mut()
                && done.len() < KEPT
            {
                done.push(Self { entries, pool });
            }
        });
    }
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    start: u32,
    length: u32,
    number: u32,
}

impl Strings {
    /// The number of a string that was written before; else `None`, and it has the next number now.
    #[inline]
    pub(super) fn find_or_count(&mut self, text: &[u8]) -> Option<u32> {
        if text.len() > LENGTH {
            self.count += 1;
            return None;
        }
        // Of one string only, so its length need not be told from its bytes.
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text);
        let hash = hasher.finish();
        let Table { entries, pool } = &mut self.table;
        let known = entries.find(hash, |entry| {
            let (start, length) = (entry.start as usize, entry.length as usize);
            entry.hash == hash
                && length == text.len()
                && pool.get(start..start + length) == Some(text)
        });
        if let Some(entry) = known {
            return Some(entry.number);
        }
        self.insert(hash, text);
        None
    }

    /// The same for a string of a column, which is not looked for where those before it were never found.
    #[inline]
    pub(super) fn find_or_count_in(&mut self, column: &mut Repeats, text: &[u8]) -> Option<u32> {
        if column.wait > 0 {
            column.wait -= 1;
            self.count += 1;
            return None;
        }
        let known = self.find_or_count(text);
        if known.is_some() {
            column.misses = 0;
        } else if column.misses < PATIENCE {
            column.misses += 1;
        } else {
            column.wait = PAUSE;
        }
        known
    }

    fn insert(&mut self, hash: u64, text: &[u8]) {
        let Table { entries, pool } = &mut self.table;
        if entries.len() < ENTRIES && pool.len() + text.len() <= POOL {
            // Both fit 32 bits: the pool ends at its limit.
            let entry = Entry {
                hash,
                start: pool.len() as u32,
                length: text.len() as u32,
                number: self.count,
            };
            pool.extend_from_slice(text);
            entries.insert_unique(hash, entry, |entry| entry.hash);
        }
        self.count += 1;
    }
}

/// How the strings of one column of rows repeat: begin with the default, keep it from row to row.
///
/// A string that was not seen before costs a look and an entry; in a column of keys that is all there ever is.
/// After 1,024 strings that were new only every 16th is looked for, until one is found again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repeats {
    /// New strings since the last that was found, up to [`PATIENCE`].
    misses: u16,
    /// Strings that will not be looked for.
    wait: u16,
}

/// New strings after which a column is taken as one that does not repeat.
const PATIENCE: u16 = 1_024;
/// Strings between two looks in such a column.
const PAUSE: u16 = 15;
/// The longest string that is looked for: longer ones seldom repeat.
const LENGTH: usize = 256;
/// The most strings in the table.
const ENTRIES: usize = 16_384;
/// The most bytes of text in the table.
const POOL: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_numbered_in_order_even_beyond_the_table() {
        let mut strings = Strings::default();
        assert_eq!(strings.find_or_count(b"a"), None);
        assert_eq!(
            strings.find_or_count("x".repeat(LENGTH + 1).as_bytes()),
            None
        );
        assert_eq!(strings.find_or_count(b"b"), None);
        assert_eq!(strings.find_or_count(b"a"), Some(0));
        assert_eq!(strings.find_or_count(b"b"), Some(2));
        for number in 0..ENTRIES + 10 {
            strings.find_or_count(number.to_string().as_bytes());
        }
        assert_eq!(strings.table.entries.len(), ENTRIES);
        assert_eq!(strings.find_or_count(b"0"), Some(3));
    }

    #[test]
    fn a_column_that_never_repeats_is_seldom_looked_at_until_it_does() {
        let mut strings = Strings::default();
        let mut column = Repeats::default();
        for number in 0..u32::from(PATIENCE) + 161 {
            let text = number.to_string();
            assert_eq!(strings.find_or_count_in(&mut column, text.as_bytes()), None);
        }
        assert_eq!(
            strings.table.entries.len(),
            usize::from(PATIENCE) + 1 + 160 / 16
        );
        // Numbers go on counting what was not looked for.
        assert_eq!(
            strings.find_or_count(b"next"),
            None,
            "it has the number {}",
            PATIENCE + 161
        );
        assert_eq!(
            strings.find_or_count(b"next"),
            Some(u32::from(PATIENCE) + 161)
        );
        while strings
            .find_or_count_in(&mut column, b"again and again")
            .is_none()
        {}
        for _ in 0..PATIENCE {
            assert!(
                strings
                    .find_or_count_in(&mut column, b"again and again")
                    .is_some()
            );
        }
    }
}

//! The writer's table of strings: which were written, and under which number.

use std::cell::RefCell;
use std::hash::BuildHasher;

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
    pool: String,
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
            pool: String::new(),
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
    pub(super) fn find_or_count(&mut self, text: &str) -> Option<u32> {
        if text.len() > LENGTH {
            self.count += 1;
            return None;
        }
        let hash = self.hasher.hash_one(text.as_bytes());
        let Table { entries, pool } = &mut self.table;
        let known = entries.find(hash, |entry| {
            let (start, length) = (entry.start as usize, entry.length as usize);
            entry.hash == hash
                && length == text.len()
                && pool.as_bytes().get(start..start + length) == Some(text.as_bytes())
        });
        if let Some(entry) = known {
            return Some(entry.number);
        }
        if entries.len() < ENTRIES && pool.len() + text.len() <= POOL {
            // Both fit 32 bits: the pool ends at its limit.
            let entry = Entry {
                hash,
                start: pool.len() as u32,
                length: text.len() as u32,
                number: self.count,
            };
            pool.push_str(text);
            entries.insert_unique(hash, entry, |entry| entry.hash);
        }
        self.count += 1;
        None
    }
}

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
        assert_eq!(strings.find_or_count("a"), None);
        assert_eq!(strings.find_or_count(&"x".repeat(LENGTH + 1)), None);
        assert_eq!(strings.find_or_count("b"), None);
        assert_eq!(strings.find_or_count("a"), Some(0));
        assert_eq!(strings.find_or_count("b"), Some(2));
        for number in 0..ENTRIES + 10 {
            strings.find_or_count(&number.to_string());
        }
        assert_eq!(strings.table.entries.len(), ENTRIES);
        assert_eq!(strings.find_or_count("0"), Some(3));
    }
}

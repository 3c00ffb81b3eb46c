//! The writer's table of trait sets: which were written, and under which number.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::sink::Class;

/// Finds classes that were written before, first by address, then by content.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// The classes met last, each with its number; compared by address.
    recent: Vec<(Arc<Class>, u32)>,
    /// Which of `recent` is given up next.
    oldest: usize,
    known: HashMap<Arc<Class>, u32, foldhash::fast::RandomState>,
    externals: HashMap<String, u32, foldhash::fast::RandomState>,
    count: u32,
}

impl Classes {
    /// The number of a class, and whether it was written before; if not, it has that number now.
    #[inline]
    pub(super) fn find_or_count(&mut self, class: &Arc<Class>) -> (u32, bool) {
        match self
            .recent
            .iter()
            .find(|(recent, _)| Arc::ptr_eq(recent, class))
        {
            Some((_, number)) => (*number, true),
            None => self.find_by_content(class),
        }
    }

    fn find_by_content(&mut self, class: &Arc<Class>) -> (u32, bool) {
        let known = self.known.get(class).copied();
        let number = known.unwrap_or(self.count);
        if known.is_none() {
            self.known.insert(Arc::clone(class), number);
            self.count += 1;
        }
        match self.recent.get_mut(self.oldest) {
            Some(place) => *place = (Arc::clone(class), number),
            None => self.recent.push((Arc::clone(class), number)),
        }
        self.oldest = (self.oldest + 1) % RECENT;
        (number, known.is_some())
    }

    /// The number of an externalizable class if it was written before. It is told apart from an object's class of that name.
    pub(super) fn find_or_count_external(&mut self, alias: &str) -> Option<u32> {
        let known = self.externals.get(alias).copied();
        if known.is_none() {
            self.externals.insert(alias.to_owned(), self.count);
            self.count += 1;
        }
        known
    }
}

/// Classes that are found by address; rows of nested objects have a few.
const RECENT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_classes_share_a_number() {
        let class = |alias: &str| {
            Arc::new(Class {
                alias: alias.to_owned(),
                ..Class::default()
            })
        };
        let mut classes = Classes::default();
        let first = class("a");
        assert_eq!(classes.find_or_count(&first), (0, false));
        assert_eq!(classes.find_or_count(&first), (0, true));
        assert_eq!(classes.find_or_count(&class("a")), (0, true));
        assert_eq!(classes.find_or_count_external("a"), None);
        assert_eq!(classes.find_or_count_external("a"), Some(1));
        for number in 0..20 {
            assert_eq!(
                classes.find_or_count(&class(&format!("b{number}"))),
                (number + 2, false)
            );
        }
        assert_eq!(classes.find_or_count(&first), (0, true));
        assert_eq!(classes.find_or_count(&class("b7")), (9, true));
    }
}

//! IN lists of MySQL and MariaDB, which bind no list: texts by bucket of size, so that few texts are prepared.

use std::sync::Arc;

use super::Variant;

/// A text with as many placeholders as its lists need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizedText {
    /// The text.
    pub text: Arc<str>,
    /// For each of [`Variant::binds`] how often it is bound: 1, or the bucket of its list. A list shorter than its
    /// bucket is padded by repeating its last item, never by NULL, which would change `NOT IN`.
    pub counts: Vec<usize>,
}

/// Placeholders of one statement that the protocol can say.
const MOST_PLACEHOLDERS: usize = 65_535;

impl Variant {
    /// The text for lists of these sizes, one for each of [`Variant::lists`]. A list that is null has the size 1: it
    /// is bound as one NULL, which matches no row, with or without NOT, as in the other databases.
    ///
    /// Sizes become buckets 0, 1, 2, 4, 8 …, so that n lists of up to m items make at most (log m)^n texts. An empty
    /// list becomes an empty subquery: IN gives no row, NOT IN every row.
    ///
    /// `None` where the statement would need more placeholders than the protocol knows (65,535).
    pub fn for_list_sizes(&self, sizes: &[usize]) -> Option<SizedText> {
        let mut counts = vec![1; self.binds.len()];
        let mut text = String::with_capacity(self.text.len() + 32);
        let mut copied = 0;
        for ((bind, place), &size) in self.lists.iter().zip(sizes) {
            if size > MOST_PLACEHOLDERS {
                return None;
            }
            let bucket = if size == 0 {
                0
            } else {
                size.next_power_of_two().min(MOST_PLACEHOLDERS)
            };
            text.push_str(self.text.get(copied..place.start)?);
            if bucket == 0 {
                text.push_str("SELECT NULL FROM DUAL WHERE FALSE");
            }
            for item in 0..bucket {
                text.push_str(if item == 0 { "?" } else { ",?" });
            }
            copied = place.end;
            *counts.get_mut(*bind)? = bucket;
        }
        text.push_str(self.text.get(copied..)?);
        if counts.iter().sum::<usize>() > MOST_PLACEHOLDERS {
            return None;
        }
        Some(SizedText {
            text: text.into(),
            counts,
        })
    }
}

//! The text that is run: a variant, its ORDER BY, its row cap; each put together once.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use super::order::{OrderChoice, OrderError};
use super::{Order, Statement, Variant};
use crate::diagnostic::Problem;
use crate::rows::Column;

/// Texts by variant, word of the order, direction and row cap: as many as the mapping has, whatever clients send.
#[derive(Debug, Default)]
pub(super) struct TextCache(RwLock<HashMap<Key, Whole>>);

/// A text that was put together, and the one it was made from.
#[derive(Debug)]
struct Whole {
    base: Arc<str>,
    text: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    variant: usize,
    word: Option<usize>,
    descending: bool,
    row_cap: Option<usize>,
}

impl Clone for TextCache {
    /// Empty: what is cached can be made again.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for TextCache {
    /// What is cached makes no difference.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Statement {
    /// With the ORDER BY that the gateway writes.
    ///
    /// # Errors
    /// The text has an ORDER BY of its own, or goes on behind where one can stand (B0412).
    pub fn with_order(mut self, order: Order) -> Result<Self, Problem> {
        if let Some(own) = &self.own_order {
            return Err(Problem::new(
                412,
                own.span.clone(),
                "the gateway writes the ORDER BY here, so the text ends before its own",
            )
            .help(format!("move `{}` to `order`", self.own_columns())));
        }
        if let Some(tail) = &self.tail {
            return Err(Problem::new(412, tail.clone(), "the gateway writes the ORDER BY behind the text, so the text ends before its own LIMIT or FOR")
                .help("rows are limited by `max-rows`; or write the ORDER BY in the text and leave `order` out"));
        }
        self.order = Some(order);
        Ok(self)
    }

    /// The text that is run: `base`, which is the text of `variants[variant]` as its database takes it (with casts
    /// where they were needed), with its ORDER BY and, where the text takes one, a LIMIT of `row_cap` and one more, so
    /// that one row too many is seen. The same text is the same [`Arc`].
    ///
    /// Lists of MySQL have one item in it; see [`Statement::sized_text`].
    ///
    /// # Errors
    /// A column of `order` that is no result column.
    pub fn text(
        &self,
        variant: usize,
        base: &Arc<str>,
        choice: OrderChoice<'_>,
        columns: &[Column],
        row_cap: Option<usize>,
    ) -> Result<Arc<str>, OrderError> {
        let row_cap = row_cap.filter(|_| self.capped_by_text);
        if self.order.is_none() && row_cap.is_none() {
            return Ok(Arc::clone(base));
        }
        let word = match (&self.order, choice.word) {
            (Some(Order::Choice { of, .. }), Some(word)) => {
                of.iter().position(|(known, _)| &**known == word)
            }
            (Some(_) | None, _) => None,
        };
        let key = Key {
            variant,
            word,
            descending: choice.descending,
            row_cap,
        };
        if let Some(known) = self
            .texts
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            && *known.base == **base
        {
            return Ok(Arc::clone(&known.text));
        }
        let text: Arc<str> = self.put_together(base, choice, columns, row_cap)?.into();
        // Without columns the names of `order` are a guess that must not stay.
        if self.order.is_none() || !columns.is_empty() {
            let whole = Whole {
                base: Arc::clone(base),
                text: Arc::clone(&text),
            };
            self.texts
                .0
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key, whole);
        }
        Ok(text)
    }

    /// The same for MySQL, where the text depends on the sizes of lists: the text, and how often each of the
    /// variant's binds is bound. `None` where there are too many placeholders.
    ///
    /// # Errors
    /// As [`Statement::text`].
    pub fn sized_text(
        &self,
        variant: &Variant,
        sizes: &[usize],
        choice: OrderChoice<'_>,
        columns: &[Column],
        row_cap: Option<usize>,
    ) -> Result<Option<super::SizedText>, OrderError> {
        let Some(mut sized) = variant.for_list_sizes(sizes) else {
            return Ok(None);
        };
        sized.text = self
            .put_together(
                &sized.text,
                choice,
                columns,
                row_cap.filter(|_| self.capped_by_text),
            )?
            .into();
        Ok(Some(sized))
    }

    /// `base` with its ORDER BY, and without a limit.
    ///
    /// # Errors
    /// A column of `order` that is no result column.
    pub fn ordered(
        &self,
        base: &str,
        choice: OrderChoice<'_>,
        columns: &[Column],
    ) -> Result<Arc<str>, OrderError> {
        self.put_together(base, choice, columns, None)
            .map(Into::into)
    }

    /// Both stand on lines of their own: the text may end in a comment.
    fn put_together(
        &self,
        text: &str,
        choice: OrderChoice<'_>,
        columns: &[Column],
        row_cap: Option<usize>,
    ) -> Result<String, OrderError> {
        let mut whole = String::with_capacity(text.len() + 64);
        whole.push_str(text);
        if let Some(order) = &self.order {
            whole.push('\n');
            whole.push_str(&order.text(self.dialect, choice, columns)?);
        }
        if let Some(cap) = row_cap {
            let _ = write!(whole, "\nLIMIT {}", cap.saturating_add(1));
        }
        Ok(whole)
    }

    fn own_columns(&self) -> String {
        self.own_order
            .as_ref()
            .map_or_else(String::new, |own| own.items.join(", "))
    }
}

//! `page` of `sql`: what it may say, and what the text must be for it.

use std::sync::Arc;

use super::Compiler;
use super::names::Names;
use crate::data::Data;
use crate::diagnostic::Place;
use crate::file::operation::{OperationFile, PageFile};
use crate::file::read::{Entry, TreeNode};
use crate::file::yaml::NodeValue;
use crate::model::{OnlyPage, PageBy, Reading, SqlPageBy, SqlPaging, SqlTotal};
use crate::rows::same_name;
use crate::statement::{Dialect, Order, Statement, estimate};
use crate::tree::Tree;

/// Rows of a page where nothing is said.
const SIZE: i64 = 50;

impl Compiler<'_> {
    /// `page` of a statement whose rows are read so.
    pub(super) fn sql_paging(
        &mut self,
        file: &OperationFile,
        Entry { key, value: page }: &Entry<PageFile>,
        statement: &Statement,
        reading: &Reading,
        names: &Names<'_>,
    ) -> Option<SqlPaging> {
        if page.faulty {
            return None;
        }
        if !self.can_be_paged(file, key, statement, reading) {
            return None;
        }
        let mut right = true;
        if let Some(next) = &page.next {
            self.error(
                551,
                &next.key,
                "`next` belongs to `by: cursor` and `by: url`",
            );
            right = false;
        }
        if let (Some(number), Some(offset)) = (&page.number, &page.offset) {
            let line = self.line(&offset.key, &number.key);
            self.error(
                551,
                &offset.key,
                format!("the page is said once: `number` stands in {line}"),
            );
            right = false;
        }
        let by = self.sql_page_by(key, page)?;
        right &= match by {
            SqlPageBy::Keyset => self.keys_say_the_order(key, page, statement),
            SqlPageBy::Offset => self.something_says_the_order(key, statement),
        };
        let total = self.sql_total(page, statement)?;
        let size = match &page.size {
            Some(size) => self.tree(&size.value.0, names)?,
            None => Tree::Constant(Data::Int(SIZE)),
        };
        let number = self.page_place(page.number.as_ref(), names)?;
        let offset = self.page_place(page.offset.as_ref(), names)?;
        right.then(|| SqlPaging {
            by,
            size,
            only: number
                .map(OnlyPage::Number)
                .or_else(|| offset.map(OnlyPage::Offset)),
            total,
            unique: page
                .unique
                .iter()
                .flat_map(|unique| &unique.value.0)
                .map(|column| Arc::clone(&column.text))
                .collect(),
            version: self.version_of(key),
            place: key.clone(),
        })
    }

    /// A number that differs where the file of a place says something else (FNV-1a); the same on all gateways.
    pub(super) fn version_of(&self, place: &Place) -> u64 {
        let source = self.project.source(&place.file).unwrap_or_default();
        source.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The outer `None` stands for a fault.
    fn page_place(
        &mut self,
        entry: Option<&Entry<TreeNode>>,
        names: &Names<'_>,
    ) -> Option<Option<Tree>> {
        match entry {
            Some(entry) => self.tree(&entry.value.0, names).map(Some),
            None => Some(None),
        }
    }

    fn can_be_paged(
        &mut self,
        file: &OperationFile,
        key: &Place,
        statement: &Statement,
        reading: &Reading,
    ) -> bool {
        if statement.writes {
            self.error(430, key, "pages are of what reads, and this text writes");
            return false;
        }
        if file.group.is_some() {
            self.error_help(
                431,
                key,
                "pages count rows, and `group` makes one object of several",
                "page the outer rows, and read the inner ones by a call of their own",
            );
            return false;
        }
        if file.each.is_some() {
            self.error(430, key, "pages are of one list, and `each` makes many");
            return false;
        }
        if *reading != Reading::Rows {
            self.error_help(
                551,
                key,
                "pages make one list, and `returns` says no list",
                "write `returns: Type[]`",
            );
            return false;
        }
        true
    }

    fn sql_page_by(&mut self, key: &Place, page: &PageFile) -> Option<SqlPageBy> {
        let asked = page.number.as_ref().or(page.offset.as_ref());
        match (page.by.as_ref().map(|by| by.value.value), asked) {
            (Some(PageBy::Offset), _) => Some(SqlPageBy::Offset),
            (None | Some(PageBy::Keyset), None) => Some(SqlPageBy::Keyset),
            (None | Some(PageBy::Keyset), Some(asked)) => {
                self.error_help(
                    430,
                    &asked.key,
                    "a page that the caller asks for is found by counting rows",
                    "write `by: offset`",
                );
                None
            }
            (
                Some(PageBy::Number | PageBy::Cursor | PageBy::Link | PageBy::Url | PageBy::Range),
                _,
            ) => {
                let place = page.by.as_ref().map_or(key, |by| &by.value.scalar.place);
                self.error_help(
                    430,
                    place,
                    "this is a way of REST lists",
                    "pages of SQL are found by `keyset` or by `offset`",
                );
                None
            }
        }
    }

    /// Keyset: the gateway reads the keys out of `order`.
    fn keys_say_the_order(&mut self, key: &Place, page: &PageFile, statement: &Statement) -> bool {
        let Some(order) = &statement.order else {
            match &statement.own_order {
                Some(own) => {
                    let columns = own.items.join(", ");
                    self.error_help(
                        412,
                        key,
                        "pages by keyset take their keys from `order`, and the text has an ORDER BY of its own",
                        format!("move `{columns}` to `order`"),
                    );
                }
                None => self.error_help(
                    430,
                    key,
                    "nothing says in which order the pages are",
                    "write `order` with columns that are together unique: `order: [name, id]`",
                ),
            }
            return false;
        };
        let Some(unique) = &page.unique else {
            return true;
        };
        for word in order.words() {
            let columns = order.columns_of(word);
            let missing = unique.value.0.iter().find(|column| {
                !columns
                    .iter()
                    .any(|known| same_name(&known.column, &column.text))
            });
            if let Some(missing) = missing {
                let which = match (order, word) {
                    (Order::Choice { .. }, Some(word)) => format!("the order `{word}`"),
                    (Order::Choice { .. } | Order::Fixed(_), _) => "`order`".to_owned(),
                };
                self.error_help(
                    410,
                    &missing.place,
                    format!(
                        "{which} has not `{}`, without which rows may be equal",
                        missing.text
                    ),
                    format!(
                        "add it: `then: {}`, or at the end of the list",
                        missing.text
                    ),
                );
                return false;
            }
        }
        true
    }

    /// Offset: an order of the text's own will do, but LIMIT must stand behind it.
    fn something_says_the_order(&mut self, key: &Place, statement: &Statement) -> bool {
        if statement.order.is_none() && statement.own_order.is_none() {
            self.error_help(
                430,
                key,
                "nothing says in which order the pages are",
                "write `order` with columns that are together unique: `order: [name, id]`",
            );
            return false;
        }
        if !statement.capped_by_text {
            self.error_help(
                412,
                key,
                "the gateway writes LIMIT and OFFSET behind the text, so the text ends before its own LIMIT or FOR",
                "leave them out: `size` says how many rows a page has",
            );
            return false;
        }
        true
    }

    fn sql_total(&mut self, page: &PageFile, statement: &Statement) -> Option<SqlTotal> {
        let only = page.number.is_some() || page.offset.is_some();
        let Some(total) = &page.total else {
            return Some(if only {
                SqlTotal::None
            } else {
                SqlTotal::Exact
            });
        };
        let text = match &total.value.0.value {
            NodeValue::Scalar(scalar) => &*scalar.text,
            NodeValue::Absent | NodeValue::List(_) | NodeValue::Map(_) => "",
        };
        match text {
            "exact" => Some(SqlTotal::Exact),
            "none" if only => Some(SqlTotal::None),
            "estimate" if only => self.sql_estimate(&total.value.0.place, statement),
            "none" | "estimate" => {
                self.error_help(
                    433,
                    &total.value.0.place,
                    "a record set says how many rows it has, so they are counted",
                    "leave `total` out",
                );
                None
            }
            _ => {
                self.error_help(
                    433,
                    &total.value.0.place,
                    "the rows of a statement are counted, or they are not",
                    "write `total: exact`, or `estimate` or `none` for pages by argument",
                );
                None
            }
        }
    }

    /// Only what the database can tell of this text.
    fn sql_estimate(&mut self, place: &Place, statement: &Statement) -> Option<SqlTotal> {
        let why = match statement.dialect {
            Dialect::Postgres => return Some(SqlTotal::Estimate),
            Dialect::MySql => {
                let texts = statement.variants.iter();
                let gathers = texts
                    .filter_map(|variant| estimate::gathers(statement.dialect, &variant.text))
                    .next();
                let Some(word) = gathers else {
                    return Some(SqlTotal::Estimate);
                };
                format!(
                    "MySQL and MariaDB estimate the rows that are read, and {word} makes others of them"
                )
            }
            Dialect::Sqlite => "SQLite estimates no number of rows".to_owned(),
        };
        self.error_help(433, place, why, "write `total: exact`, or `none`");
        None
    }
}

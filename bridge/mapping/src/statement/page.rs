//! Pages: the text that is run for some of a statement's rows, and the one that counts them.
//!
//! ```text
//! SELECT fb.*, fb."price", fb."id" FROM (
//! TEXT
//! ) fb
//! WHERE fb."price" >= $2 AND (fb."price" > $2 OR (fb."price" = $2 AND fb."id" > $3))
//! ORDER BY "price", "id"
//! LIMIT $4 OFFSET $5
//! ```
//!
//! The keys come behind the row's columns, and go back as they came: the comparison is the database's own, in its types and collations.
//! One row more than wanted is asked for, to see whether its keys differ.

use std::fmt::Write as _;

use super::Dialect;
use super::clauses::parts;
use super::order::{Order, OrderChoice, OrderError, quote};
use super::scan::{TokenKind, scan};
use crate::data::Data;
use crate::rows::{Column, ColumnKind};

/// A text around a statement's own, and what is bound behind the statement's values, in the order of placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct Around {
    /// The text.
    pub text: String,
    /// What it binds more.
    pub binds: Vec<Data>,
}

/// Which rows: those behind a row with these keys, but for some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window<'w> {
    /// The keys of the row before, in the order of [`Order::keys`]; from the beginning without.
    pub behind: Option<&'w [Data]>,
    /// How many rows are passed over.
    pub skip: u64,
    /// How many are wanted; one more is asked for.
    pub rows: u64,
}

/// A column by which rows are in order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// The label, as the database has it.
    label: String,
    kind: ColumnKind,
    descending: bool,
}

impl OrderKey {
    /// The label, as the database has it.
    pub fn label(&self) -> &str {
        &self.label
    }
}

impl Order {
    /// The keys of a choice, with their directions.
    ///
    /// # Errors
    /// A column that is no result column, a word that is none.
    pub fn keys(
        &self,
        choice: OrderChoice<'_>,
        columns: &[Column],
    ) -> Result<Vec<OrderKey>, OrderError> {
        self.directed(choice)?
            .into_iter()
            .map(|(column, descending)| {
                let label = super::order::label(&column.column, columns)?;
                let kind = columns
                    .iter()
                    .find(|known| &*known.name == label)
                    .map_or(ColumnKind::Unknown, |known| known.kind.clone());
                Ok(OrderKey {
                    label: label.to_owned(),
                    kind,
                    descending,
                })
            })
            .collect()
    }
}

/// The rows of a window by keyset. `text` has `bound` placeholders of its own.
pub fn by_keyset(
    dialect: Dialect,
    text: &str,
    bound: usize,
    keys: &[OrderKey],
    window: Window<'_>,
) -> Around {
    let mut writer = Writer::new(dialect, bound);
    writer.text.push_str("SELECT fb.*");
    for key in keys {
        writer.text.push_str(", ");
        writer.selected(key);
    }
    writer.from(text);
    if let Some(values) = window.behind {
        writer.text.push_str("\nWHERE ");
        writer.behind(keys, values);
    }
    writer.text.push_str("\nORDER BY ");
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            writer.text.push_str(", ");
        }
        writer.column(key);
        if key.descending {
            writer.text.push_str(" DESC");
        }
    }
    writer.limit(window.rows.saturating_add(1), window.skip)
}

/// The rows of a window by their number. `ordered` is the text with its ORDER BY, and has `bound` placeholders.
pub fn by_offset(dialect: Dialect, ordered: &str, bound: usize, skip: u64, rows: u64) -> Around {
    let mut writer = Writer::new(dialect, bound);
    writer.text.push_str(ordered);
    writer.limit(rows, skip)
}

/// A row whose keys are equal to these and to those, which are of two rows that came: then they are equal, by the types and collations of
/// the database. `text` has `bound` placeholders of its own.
pub fn alike(
    dialect: Dialect,
    text: &str,
    bound: usize,
    keys: &[OrderKey],
    rows: [&[Data]; 2],
) -> Around {
    let mut writer = Writer::new(dialect, bound);
    writer.text.push_str("SELECT 1 AS one");
    writer.from(text);
    let values = rows.iter().flat_map(|values| keys.iter().zip(*values));
    for (index, (key, value)) in values.enumerate() {
        writer
            .text
            .push_str(if index == 0 { "\nWHERE " } else { " AND " });
        writer.column(key);
        writer.text.push_str(" = ");
        writer.value(value, None);
    }
    writer.text.push_str("\nLIMIT 1");
    Around {
        text: writer.text,
        binds: writer.binds,
    }
}

/// Counts the rows of a text, and those in which each key is no null: row counts that differ tell of nulls.
pub fn counting(dialect: Dialect, text: &str, keys: &[OrderKey]) -> String {
    let mut writer = Writer::new(dialect, 0);
    writer.text.push_str("SELECT COUNT(*) AS total");
    for (index, key) in keys.iter().enumerate() {
        writer.text.push_str(", COUNT(");
        writer.column(key);
        let _ = write!(writer.text, ") AS key{index}");
    }
    writer.from(text);
    writer.text
}

/// The tables that a text names behind FROM and JOIN, wherever they stand, as they are written.
pub fn tables(text: &str, dialect: Dialect) -> Vec<String> {
    let Ok(tokens) = scan(text, dialect) else {
        return Vec::new();
    };
    let parts = parts(text, &tokens);
    let mut tables = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if !(part.is("FROM") || part.is("JOIN")) {
            continue;
        }
        let mut name = String::new();
        for part in parts.get(index + 1..).unwrap_or_default() {
            let dotted = name.is_empty() || name.ends_with('.');
            match part.token.kind {
                TokenKind::Word | TokenKind::QuotedName if dotted => name.push_str(part.text),
                TokenKind::Sign if part.text == "." && !dotted => name.push('.'),
                _ => break,
            }
        }
        if !name.is_empty() && !tables.contains(&name) {
            tables.push(name);
        }
    }
    tables
}

struct Writer {
    dialect: Dialect,
    bound: usize,
    text: String,
    binds: Vec<Data>,
}

impl Writer {
    fn new(dialect: Dialect, bound: usize) -> Self {
        Self {
            dialect,
            bound,
            text: String::with_capacity(256),
            binds: Vec::new(),
        }
    }

    /// The text stands on lines of its own, for it may end in a comment.
    fn from(&mut self, text: &str) {
        self.text.push_str(" FROM (\n");
        self.text.push_str(text);
        self.text.push_str("\n) fb");
    }

    fn column(&mut self, key: &OrderKey) {
        self.text.push_str("fb.");
        quote(&mut self.text, self.dialect, &key.label);
    }

    /// A key as it is sent, so that what is bound again is equal to it.
    fn selected(&mut self, key: &OrderKey) {
        match (self.dialect, &key.kind) {
            // Without its declared type: as it is stored, not as what it is taken for.
            (Dialect::Sqlite, _) => {
                self.text.push('+');
                self.column(key);
            }
            // As the database spells it, with all fractions.
            (
                Dialect::MySql,
                ColumnKind::Day
                | ColumnKind::Time
                | ColumnKind::LocalTimestamp
                | ColumnKind::Timestamp
                | ColumnKind::Other(_),
            ) => {
                self.text.push_str("CAST(");
                self.column(key);
                self.text.push_str(" AS CHAR)");
            }
            // A FLOAT would be compared as a double, and sent as less.
            (Dialect::MySql, ColumnKind::Number) => {
                self.text.push_str("CAST(");
                self.column(key);
                self.text.push_str(" AS DOUBLE)");
            }
            (Dialect::Postgres | Dialect::MySql, _) => self.column(key),
        }
    }

    /// Behind these keys, in the order of the keys.
    fn behind(&mut self, keys: &[OrderKey], values: &[Data]) {
        let places: Vec<_> = match self.dialect {
            Dialect::Postgres | Dialect::Sqlite => {
                values.iter().map(|value| Some(self.place(value))).collect()
            }
            Dialect::MySql => vec![None; values.len()],
        };
        let all: Vec<_> = keys.iter().zip(values).zip(&places).collect();
        // By itself the first is a range that an index can find.
        if let ([first, ..], true) = (all.as_slice(), all.len() > 1) {
            self.compared(first, "=");
            self.text.push_str(" AND ");
        }
        self.text.push('(');
        for (index, last) in all.iter().enumerate() {
            if index > 0 {
                self.text.push_str(" OR ");
            }
            self.text.push('(');
            for before in all.iter().take(index) {
                self.column(before.0.0);
                self.text.push_str(" = ");
                self.value(before.0.1, before.1.as_deref());
                self.text.push_str(" AND ");
            }
            self.compared(last, "");
            self.text.push(')');
        }
        self.text.push(')');
    }

    fn compared(
        &mut self,
        ((key, value), place): &((&OrderKey, &Data), &Option<String>),
        or_equal: &str,
    ) {
        self.column(key);
        let sign = if key.descending { "<" } else { ">" };
        let _ = write!(self.text, " {sign}{or_equal} ");
        self.value(value, place.as_deref());
    }

    fn value(&mut self, value: &Data, place: Option<&str>) {
        match place {
            Some(place) => self.text.push_str(place),
            None => {
                let place = self.place(value);
                self.text.push_str(&place);
            }
        }
    }

    /// The next placeholder.
    fn place(&mut self, value: &Data) -> String {
        self.binds.push(value.clone());
        let number = self.bound + self.binds.len();
        match self.dialect {
            Dialect::Postgres => format!("${number}"),
            Dialect::Sqlite => format!("?{number}"),
            Dialect::MySql => "?".to_owned(),
        }
    }

    fn limit(mut self, rows: u64, skip: u64) -> Around {
        let int = |number: u64| Data::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let (rows, skip) = (self.place(&int(rows)), self.place(&int(skip)));
        let _ = write!(self.text, "\nLIMIT {rows} OFFSET {skip}");
        Around {
            text: self.text,
            binds: self.binds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::OrderColumn;

    fn keys(order: &[&str]) -> Vec<OrderKey> {
        let columns = order
            .iter()
            .map(|column| OrderColumn::parse(column).unwrap())
            .collect();
        let known = ["price", "id"].map(|name| Column {
            name: name.into(),
            kind: ColumnKind::Int,
        });
        Order::Fixed(columns)
            .keys(OrderChoice::default(), &known)
            .unwrap()
    }

    #[test]
    fn the_rows_behind_some_keys_are_asked_for_in_every_dialect() {
        let behind = [Data::Int(7), Data::Int(3)];
        let window = Window {
            behind: Some(&behind),
            skip: 5,
            rows: 10,
        };
        let keys = keys(&["price desc", "id"]);
        let text = "SELECT id, price FROM t WHERE a = $1 -- all";
        let around = by_keyset(Dialect::Postgres, text, 1, &keys, window);
        assert_eq!(
            around.text,
            "SELECT fb.*, fb.\"price\", fb.\"id\" FROM (\n\
             SELECT id, price FROM t WHERE a = $1 -- all\n\
             ) fb\n\
             WHERE fb.\"price\" <= $2 AND ((fb.\"price\" < $2) OR (fb.\"price\" = $2 AND fb.\"id\" > $3))\n\
             ORDER BY fb.\"price\" DESC, fb.\"id\"\n\
             LIMIT $4 OFFSET $5"
        );
        let numbers = [7, 3, 11, 5].map(Data::Int);
        assert_eq!(around.binds, numbers);
        let around = by_keyset(Dialect::MySql, "SELECT 1", 0, &keys, window);
        assert_eq!(around.text.matches('?').count(), around.binds.len());
        let each = [7, 7, 7, 3, 11, 5].map(Data::Int);
        assert_eq!(around.binds, each, "each place binds its own");
        let around = by_keyset(Dialect::Sqlite, "SELECT ?1", 1, &keys, window);
        assert!(
            around.text.contains("+fb.\"id\" FROM") && around.text.ends_with("LIMIT ?4 OFFSET ?5")
        );
    }

    #[test]
    fn the_database_says_whether_keys_are_equal() {
        let (last, next) = ([Data::text("a")], [Data::text("A")]);
        let around = alike(
            Dialect::Postgres,
            "SELECT $1",
            1,
            &keys(&["price"]),
            [&last, &next],
        );
        assert_eq!(
            around.text,
            "SELECT 1 AS one FROM (\nSELECT $1\n) fb\nWHERE fb.\"price\" = $2 AND fb.\"price\" = $3\nLIMIT 1"
        );
        assert_eq!(around.binds, [Data::text("a"), Data::text("A")]);
    }

    #[test]
    fn rows_are_counted_with_their_keys() {
        assert_eq!(
            counting(Dialect::Sqlite, "SELECT id, price FROM t", &keys(&["id"])),
            "SELECT COUNT(*) AS total, COUNT(fb.\"id\") AS key0 FROM (\nSELECT id, price FROM t\n) fb"
        );
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        let text = "SELECT * FROM (SELECT a FROM shop.\"Order\" o JOIN line ON true) x LEFT JOIN line l ON extract(year FROM d) = 1";
        assert_eq!(
            tables(text, Dialect::Postgres),
            ["shop.\"Order\"", "line", "d"]
        );
        assert_eq!(
            tables("SELECT 'open", Dialect::Postgres),
            Vec::<String>::new()
        );
    }
}

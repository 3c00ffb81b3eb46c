//! What the statement compiler makes of a mapping's text means the same on every database.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression::{self, Path, Scope};
use footbridge_mapping::statement::{
    self, Dialect, Holds, Known, Order, OrderChoice, OrderColumn, StatementNames, Unknown,
};
use footbridge_sql::{Database, Output, Query, SqlError, SqlErrorKind};
use jiff::tz::TimeZone;

use crate::support::change;

/// The table of all these tests, on a database that is empty.
pub(crate) async fn the_same_on_every_database(database: &Arc<Database>, dialect: Dialect) {
    change("CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(10,2) NOT NULL, kind VARCHAR(10))")
        .done(database)
        .await;
    let items = Items { database, dialect };
    for (id, name, price, kind) in [
        (1, "100% pure", "1.50", Some("a")),
        (2, "100 pure", "2.00", Some("b")),
        (3, "a_b", "2.00", None),
        (4, "axb", "3.00", Some("a")),
        (5, "back\\slash", "0.50", Some("c")),
    ] {
        let values = [
            ("id", Data::Int(id)),
            ("name", Data::text(name)),
            ("price", Data::Decimal(price.into())),
            ("kind", kind.map_or(Data::Null, Data::text)),
        ];
        items
            .run(
                "INSERT INTO item (id, name, price, kind) VALUES (:id, :name, :price, :kind)",
                &values,
            )
            .await
            .unwrap();
    }
    items.lists().await;
    items.patterns().await;
    items.optional_lines().await;
    items.orders().await;
    items.caps().await;
    items.what_only_looks_like_a_place().await;
}

struct Items<'d> {
    database: &'d Arc<Database>,
    dialect: Dialect,
}

/// The arguments of one call.
struct Call<'c>(&'c [(&'c str, Data)]);

impl StatementNames for Call<'_> {
    fn find(&self, path: &Path) -> Result<Known, Unknown> {
        let holds = match self.root(&path.root) {
            None => return Err(Unknown::default()),
            Some(Data::Bool(_)) => Holds::Bool,
            Some(Data::List(_)) => Holds::List,
            // A list that is not given.
            Some(Data::Null) if path.root.ends_with("ids") => Holds::List,
            Some(_) => Holds::Scalar,
        };
        Ok(Known {
            holds,
            nullable: true,
            type_name: "string".to_owned(),
        })
    }
}

impl Scope for Call<'_> {
    fn root(&self, name: &str) -> Option<Data> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, data)| data.clone())
    }

    fn lookup(&self, _: &str, _: &str) -> Option<Data> {
        None
    }

    fn zone(&self) -> &TimeZone {
        const { &TimeZone::UTC }
    }
}

/// An order, and which of its choices.
type Ordered<'o> = Option<(Order, OrderChoice<'o>)>;

impl Items<'_> {
    async fn run(&self, text: &str, call: &[(&str, Data)]) -> Result<Vec<Data>, SqlError> {
        self.run_ordered(text, call, None, 100).await
    }

    /// As the gateway runs a statement, without its mapping file.
    async fn run_ordered(
        &self,
        text: &str,
        call: &[(&str, Data)],
        ordered: Ordered<'_>,
        max_rows: usize,
    ) -> Result<Vec<Data>, SqlError> {
        let call = Call(call);
        let mut statement = statement::compile(text, self.dialect, &call)
            .unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        let mut choice = OrderChoice::default();
        if let Some((order, chosen)) = ordered {
            statement = statement.with_order(order).unwrap();
            choice = chosen;
        }
        let (index, variant) = statement
            .variant(|condition| expression::holds(condition, &call))
            .unwrap()
            .unwrap();
        let values: Vec<Data> = variant
            .binds
            .iter()
            .map(|bind| {
                let value = expression::follow(&bind.path, &call).expect("few items");
                match bind.function {
                    Some(function) => function.apply(&[value], &call).unwrap(),
                    None => value,
                }
            })
            .collect();
        let prepared = self.database.describe(&variant.text, &[]).await?;
        let columns = &prepared.described.columns;
        let cap = Some(max_rows);
        let (text, binds) = if variant.lists.is_empty() {
            (
                statement
                    .text(index, &prepared.text, choice, columns, cap)
                    .unwrap(),
                values,
            )
        } else {
            let sizes: Vec<usize> = variant
                .lists
                .iter()
                .map(|(bind, _)| match &values[*bind] {
                    Data::List(items) => items.len(),
                    _ => 1,
                })
                .collect();
            let sized = statement
                .sized_text(variant, &sizes, choice, columns, cap)
                .unwrap()
                .unwrap();
            let mut binds = Vec::new();
            for (value, count) in values.into_iter().zip(sized.counts) {
                match value {
                    Data::List(items) => {
                        let last = items.last().cloned().unwrap_or(Data::Null);
                        binds.extend(
                            items
                                .iter()
                                .cloned()
                                .chain(std::iter::repeat(last))
                                .take(count),
                        );
                    }
                    other => binds.extend(std::iter::repeat_n(other, count)),
                }
            }
            (sized.text, binds)
        };
        let query = Query {
            text: &text,
            binds: &binds,
            declared: &[],
            columns,
            page: None,
            writes: statement.writes,
            max_rows,
            zone: &TimeZone::UTC,
            deadline: None,
        };
        Ok(self
            .database
            .run(&query, Output::Values { rule: None })
            .await?
            .data)
    }

    /// The ids that a text gives, as a text.
    async fn ids(&self, text: &str, call: &[(&str, Data)]) -> String {
        let found = self.run(text, call).await;
        spell(&found.unwrap_or_else(|error| panic!("{:?} {text}: {error:?}", self.dialect)))
    }

    async fn lists(&self) {
        let ints = |ids: &[i64]| Data::List(ids.iter().copied().map(Data::Int).collect());
        let texts = |kinds: &[&str]| Data::List(kinds.iter().copied().map(Data::text).collect());
        let within = "SELECT id FROM item WHERE id IN (:ids) ORDER BY id";
        let without = "SELECT id FROM item WHERE id NOT IN (:ids) ORDER BY id";
        for (ids, found, rest) in [
            (ints(&[3, 1, 9]), "1 3", "2 4 5"),
            (ints(&[2]), "2", "1 3 4 5"),
            (ints(&[1, 2, 3, 4, 5]), "1 2 3 4 5", ""),
            (ints(&[]), "", "1 2 3 4 5"),
            (Data::Null, "", ""),
        ] {
            assert_eq!(
                self.ids(within, &[("ids", ids.clone())]).await,
                found,
                "{:?} {ids:?}",
                self.dialect
            );
            assert_eq!(
                self.ids(without, &[("ids", ids.clone())]).await,
                rest,
                "{:?} {ids:?}",
                self.dialect
            );
        }
        // A column that is null is in no list, and not outside of one; with an empty list it makes no difference.
        let kinds = "SELECT id FROM item WHERE kind NOT IN (:kinds) ORDER BY id";
        assert_eq!(
            self.ids(kinds, &[("kinds", texts(&["a", "x"]))]).await,
            "2 5"
        );
        assert_eq!(self.ids(kinds, &[("kinds", texts(&[]))]).await, "1 2 3 4 5");
        let both = "SELECT id FROM item WHERE kind IN (:kinds) AND id NOT IN (:ids) AND price > :price ORDER BY id";
        let call = [
            ("kinds", texts(&["a", "b", "c"])),
            ("ids", ints(&[1])),
            ("price", Data::Decimal("0.50".into())),
        ];
        assert_eq!(self.ids(both, &call).await, "2 4");
    }

    async fn patterns(&self) {
        let contains = "SELECT id FROM item WHERE name LIKE :contains(text) ORDER BY id";
        for (text, found) in [
            ("100%", "1"),
            ("00", "1 2"),
            ("a_b", "3"),
            ("\\", "5"),
            ("k\\s", "5"),
            ("'", ""),
            ("", "1 2 3 4 5"),
        ] {
            assert_eq!(
                self.ids(contains, &[("text", Data::text(text))]).await,
                found,
                "{:?} {text}",
                self.dialect
            );
        }
        let starts = "SELECT id FROM item WHERE name LIKE :starts(text) ORDER BY id";
        assert_eq!(self.ids(starts, &[("text", Data::text("a"))]).await, "3 4");
        assert_eq!(self.ids(starts, &[("text", Data::text("00"))]).await, "");
        assert_eq!(self.ids(starts, &[("text", Data::Null)]).await, "");
    }

    async fn optional_lines(&self) {
        let text = "SELECT id FROM item WHERE true
            AND kind = :kind   -- when: kind is given
            -- when: cheap
            AND price <= :most
            -- end
            ORDER BY id";
        let call = |kind: Data, cheap: bool| {
            [
                ("kind", kind),
                ("cheap", Data::Bool(cheap)),
                ("most", Data::Int(2)),
            ]
        };
        assert_eq!(self.ids(text, &call(Data::Null, false)).await, "1 2 3 4 5");
        assert_eq!(self.ids(text, &call(Data::text("a"), false)).await, "1 4");
        assert_eq!(self.ids(text, &call(Data::Null, true)).await, "1 2 3 5");
        assert_eq!(self.ids(text, &call(Data::text("a"), true)).await, "1");
    }

    async fn orders(&self) {
        let column = |text: &str| OrderColumn::parse(text).unwrap();
        let order = || {
            let condition = |text: &str| expression::parse(text).unwrap();
            Order::Choice {
                by: condition("sort"),
                of: vec![
                    ("price".into(), vec![column("unitPrice desc")]),
                    ("name".into(), vec![column("name")]),
                ],
                descending: Some(condition("back")),
                then: vec![column("id")],
            }
        };
        for (word, descending, found) in
            [("price", false, "4 3 2 1 5"), ("price", true, "5 1 2 3 4")]
        {
            let choice = OrderChoice {
                word: Some(word),
                descending,
            };
            let text = "SELECT id, price AS unit_price, name FROM item -- ordered by the gateway";
            let ids = self
                .run_ordered(text, &[], Some((order(), choice)), 100)
                .await
                .unwrap();
            assert_eq!(spell(&ids), found, "{:?} {word} {descending}", self.dialect);
        }
    }

    async fn caps(&self) {
        // A LIMIT at the text's own end keeps its order: MariaDB would forget the order of an inner query.
        let text = "SELECT id FROM item ORDER BY price DESC, id -- dearest first";
        assert_eq!(
            spell(&self.run_ordered(text, &[], None, 5).await.unwrap()),
            "4 2 3 1 5"
        );
        for text in [text, "SELECT id FROM item LIMIT 5"] {
            let error = self.run_ordered(text, &[], None, 4).await.unwrap_err();
            assert_eq!(
                error.kind,
                SqlErrorKind::TooManyRows { limit: 4 },
                "{:?} {text}",
                self.dialect
            );
        }
    }

    async fn what_only_looks_like_a_place(&self) {
        let text = "SELECT id /* :id */ FROM item WHERE name <> ':x; it''s 12:30' -- :id
            AND id = :id AND (id = :id OR id < :id)";
        assert_eq!(self.ids(text, &[("id", Data::Int(3))]).await, "3");
        if self.dialect == Dialect::Postgres {
            let text = "SELECT (ARRAY[10, 20, 30])[:id::int] WHERE $q$ :x $q$ <> E'\\' :x' AND '{\"a\":1}'::jsonb ? 'a'";
            assert_eq!(self.ids(text, &[("id", Data::Int(3))]).await, "30");
        }
        if self.dialect == Dialect::MySql {
            let text = "SELECT id FROM item WHERE \":x\" <> 'it\\'s :x' AND `id` = 5--:id # :id";
            assert_eq!(self.ids(text, &[("id", Data::Int(-3))]).await, "2");
        }
        if self.dialect == Dialect::Sqlite {
            let text = "SELECT [id] FROM item WHERE \"id\" = :id AND ':x' <> `name`";
            assert_eq!(self.ids(text, &[("id", Data::Int(3))]).await, "3");
        }
    }
}

fn spell(ids: &[Data]) -> String {
    let ids: Vec<String> = ids
        .iter()
        .map(|id| match id {
            Data::Int(id) => id.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    ids.join(" ")
}

/// A statement that writes waits for a table; its caller does not wait for it, and it is done all the same.
#[cfg(feature = "databases")]
pub(crate) async fn writes_end_by_themselves(database: &Arc<Database>, hold: &str) {
    let ask = crate::support::ask;
    let before = ask("SELECT id FROM t").values(database).await.len();
    let mut holder = database.begin(None).await.expect("a transaction");
    // A connection that rests: what has none yet would not be begun.
    let other = database.begin(None).await.expect("a transaction");
    other.rollback().await.expect("undone");
    change(hold).done(&mut holder).await;
    let mut late = change("INSERT INTO t VALUES (1)");
    late.timeout = Some(std::time::Duration::from_millis(300));
    let error = late.fails(database).await;
    assert_eq!(error.kind, SqlErrorKind::Timeout);
    holder.commit().await.expect("kept");
    let written = async { while ask("SELECT id FROM t").values(database).await.len() == before {} };
    tokio::time::timeout(std::time::Duration::from_secs(10), written)
        .await
        .expect("the statement has ended");
}

//! Record sets that come page by page: what is defined for every question that a client may ask.

use std::sync::Arc;

use footbridge_mapping::compile::{ProcessEnvironment, compile};
use footbridge_remoting::Encoding;
use footbridge_sql::Databases;
use serde_json::{Value as Json, json};

use crate::classic;
use crate::support::{Running, live, serve};

const SERVICE: &str = "service: list
backend: shop
roles: public
types:
  Page: {items: \"Row[]\", total: int}
  Order: {id: int, customer: string}
operations:
  login:
    args: {id: int}
    value: true
    login: {id: =id, name: someone, roles: [player]}
  logout:
    value: true
    logout: true
  rows:
    args: {least: int = 1}
    sql: SELECT n, name FROM row WHERE n >= :least
    order: [name desc, n]
    page: {size: 10}
    returns: Row[]
    max-rows: 60
  many:
    sql: SELECT n, name FROM row
    order: n
    page: {size: 10}
    returns: Row[]
    max-rows: 49
  few:
    sql: SELECT n, name FROM row WHERE n <= 10
    order: n
    page: {size: 10}
    returns: Row[]
  mine:
    sql: SELECT n, :identity.id AS id FROM row
    order: n
    page: {size: 10}
    returns: Mine[]
    roles: [player]
  often:
    sql: SELECT n FROM row
    order: n
    page: {size: 10}
    returns: Row[]
    rate: 3/h
  counted:
    sql: SELECT n, name FROM row ORDER BY name, n
    page: {by: offset, size: 10}
    returns: Row[]
    max-rows: 60
  page:
    args: {pageNo: int = 1, rows: int = 3}
    sql: SELECT n, name FROM row
    order: n
    page: {by: offset, size: =rows, number: =pageNo, total: exact}
    value: {items: =reply.rows, total: =reply.total}
    returns: Page
  from:
    args: {offset: int, rows: int = 3}
    sql: SELECT n, name FROM row
    order: n
    page: {by: offset, size: =rows, offset: =offset}
    returns: Row[] as Array
  alike:
    sql: SELECT name, n FROM row
    order: name
    page: {size: 10, unique: [name]}
    returns: Row[]
  cased:
    sql: SELECT tag FROM cased
    order: tag
    page: {size: 10, unique: [tag]}
    returns: Tag[]
  zeros:
    sql: SELECT tag FROM cased
    order: tag
    page: {size: 11, unique: [tag]}
    returns: Tag[]
  far:
    sql: |
      WITH RECURSIVE upto (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM upto WHERE n < 250000)
      SELECT n FROM upto
    order: n
    page: {size: 10, unique: [n]}
    returns: Row[]
  own:
    sql: SELECT n, name, n % 2 AS owner FROM row
    order: n
    page: {size: 10}
    returns: Own[]
    roles: [player]
    rows: {player: owner = :identity.id}
  orders:
    backend: orders
    rest: GET /orders
    query: {page: =page.number, per_page: =page.size}
    page: {by: number, size: 10, total: =reply.headers.x-total-count}
    returns: Order[]
  holes:
    sql: SELECT n, CASE WHEN n > 5 THEN n END AS maybe FROM row
    order: [maybe, n]
    page: {size: 10, unique: [n]}
    returns: Hole[]
";

/// With a service besides, whose lists come in pages.
const BACKENDS: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  orders: {rest: \"mock:orders\"}
defaults: {roles: public}
";

/// Fifty rows, whose names repeat.
const ROWS: &str = "CREATE TABLE row (n INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO row WITH RECURSIVE upto (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM upto WHERE n < 50)
SELECT n, 'name ' || (n % 7) FROM upto;
CREATE TABLE cased (tag TEXT NOT NULL COLLATE NOCASE);
INSERT INTO cased WITH RECURSIVE upto (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM upto WHERE n < 30)
SELECT CASE WHEN n = 10 THEN 'TAG 11' ELSE printf('tag %02d', n) END FROM upto;";

struct Lists {
    root: tempfile::TempDir,
    running: Running,
}

async fn lists() -> Lists {
    lists_with(BACKENDS).await
}

async fn lists_with(gateway: &str) -> Lists {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("key"), "the key that both of them have").unwrap();
    std::fs::create_dir_all(root.path().join("migrations")).unwrap();
    std::fs::write(root.path().join("migrations/0002_row.sql"), ROWS).unwrap();
    let (_, live) = live(root.path(), gateway, SERVICE).await;
    let findings = live.prepare().await;
    let told: Vec<_> = findings
        .diagnostics
        .iter()
        .map(|found| &found.message)
        .collect();
    assert_eq!(told, Vec::<&String>::new());
    Lists {
        running: serve(live).await,
        root,
    }
}

/// What a record set says of itself.
struct Set {
    id: Json,
    total: u64,
    rows: Vec<Json>,
    service: Json,
}

impl Set {
    fn of(answer: &Json) -> Self {
        assert_eq!(answer["$class"], "RecordSet", "{answer}");
        let info = &answer["serverInfo"];
        assert_eq!(info["version"], 1);
        assert_eq!(info["cursor"], 1);
        Self {
            id: info["id"].clone(),
            total: info["totalCount"].as_f64().unwrap() as u64,
            rows: info["initialData"].as_array().unwrap().clone(),
            service: info["serviceName"].clone(),
        }
    }
}

impl Lists {
    async fn calls(
        &self,
        encoding: Encoding,
        calls: &[(&str, Json)],
        cookie: Option<&str>,
    ) -> (Vec<Json>, Option<String>) {
        let packet = classic::packet(encoding, calls);
        let cookie = cookie.map_or_else(String::new, |id| format!("\r\nCookie: footbridge={id}"));
        let head = format!("POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf{cookie}");
        let answer = self.running.send(&head, &packet).await;
        let answers = classic::answers(encoding, &answer);
        (answers, classic::cookie(&answer))
    }

    async fn call_as(&self, target: &str, arguments: Json, cookie: Option<&str>) -> Json {
        let (mut answers, _) = self
            .calls(Encoding::Amf0, &[(target, arguments)], cookie)
            .await;
        answers.remove(0)
    }

    async fn call(&self, target: &str, arguments: Json) -> Json {
        self.call_as(target, arguments, None).await
    }

    async fn set(&self, target: &str, arguments: Json) -> Set {
        Set::of(&self.call(target, arguments).await)
    }

    async fn records(&self, id: &Json, first: u64, count: u64) -> Json {
        self.call("PageableResult.getRecords", json!([id, first, count]))
            .await
    }

    /// The cells of rows asked for.
    async fn page(&self, id: &Json, first: u64, count: u64) -> Vec<Json> {
        let page = self.records(id, first, count).await;
        assert_eq!(page["$class"], "RecordSetPage", "{page}");
        assert_eq!(page["Cursor"].as_f64().unwrap() as u64, first);
        page["Page"].as_array().unwrap().clone()
    }

    async fn login(&self, id: u64) -> String {
        let (_, cookie) = self
            .calls(Encoding::Amf0, &[("list.login", json!([id]))], None)
            .await;
        cookie.expect("a login sets a cookie")
    }
}

/// `n` of each row.
fn numbers(rows: &[Json]) -> Vec<u64> {
    rows.iter()
        .map(|row| row[0].as_f64().unwrap() as u64)
        .collect()
}

/// All rows in the order of `rows`.
fn in_order() -> Vec<u64> {
    let mut all: Vec<u64> = (1..=50).collect();
    all.sort_by_key(|n| (std::cmp::Reverse(n % 7), *n));
    all
}

#[tokio::test]
async fn every_row_comes_once_by_whatever_pages() {
    let lists = lists().await;
    for (operation, expected) in [
        ("list.rows", in_order()),
        ("list.counted", {
            let mut all: Vec<u64> = (1..=50).collect();
            all.sort_by_key(|n| (n % 7, *n));
            all
        }),
    ] {
        for size in [1, 7, 10, 40] {
            let set = lists.set(operation, json!([])).await;
            assert_eq!((set.total, set.rows.len()), (50, 10));
            assert_eq!(set.service, "PageableResult");
            let mut rows = set.rows;
            while rows.len() < 50 {
                let page = lists.page(&set.id, rows.len() as u64 + 1, size).await;
                assert!(!page.is_empty());
                rows.extend(page);
            }
            assert_eq!(numbers(&rows), expected, "{operation} by {size}");
        }
    }
}

#[tokio::test]
async fn rows_come_in_any_order_twice_and_not_beyond_the_end() {
    let lists = lists().await;
    let set = lists.set("list.rows", json!([])).await;
    let all = in_order();
    for (first, count) in [
        (41, 10),
        (11, 1),
        (41, 10),
        (1, 50),
        (50, 1),
        (30, 7),
        (29, 7),
        (45, 20),
    ] {
        let page = lists.page(&set.id, first, count).await;
        let end = (first - 1 + count).min(50) as usize;
        assert_eq!(numbers(&page), all[first as usize - 1..end]);
    }
    for (first, count) in [(51, 10), (1_000_000, 1), (11, 0)] {
        assert_eq!(lists.page(&set.id, first, count).await, Vec::<Json>::new());
    }
    for wrong in [
        json!([set.id, 0, 1]),
        json!([set.id, 1]),
        json!([set.id, 1, -1]),
        json!([]),
        json!([set.id, "x", 1]),
    ] {
        let answer = lists.call("PageableResult.getRecords", wrong).await;
        assert_eq!(answer, "Client.BadArguments");
    }
    assert_eq!(
        lists.records(&set.id, 1, 61).await,
        "Server.TooManyRows",
        "beyond max-rows"
    );
    assert_eq!(
        lists.call("PageableResult.other", json!([])).await,
        "Server.ResourceNotFound"
    );
}

#[tokio::test]
async fn arguments_go_on_with_the_record_set() {
    let lists = lists().await;
    let set = lists.set("list.rows", json!([21])).await;
    assert_eq!(set.total, 30);
    let mut rows = set.rows;
    rows.extend(lists.page(&set.id, 11, 25).await);
    let expected: Vec<u64> = in_order().into_iter().filter(|n| *n >= 21).collect();
    assert_eq!(numbers(&rows), expected);
}

#[tokio::test]
async fn a_list_that_fits_a_page_is_whole() {
    let lists = lists().await;
    let set = lists.set("list.few", json!([])).await;
    assert_eq!((set.total, set.rows.len(), set.id), (10, 10, Json::Null));
    assert_eq!(set.service, "list");
}

#[tokio::test]
async fn clients_without_record_sets_get_the_whole_list() {
    let lists = lists().await;
    let (answers, _) = lists
        .calls(Encoding::Amf3, &[("list.rows", json!([]))], None)
        .await;
    let text = answers[0].to_string();
    assert_eq!(text.matches("\"n\"").count(), 50, "{text}");
}

#[tokio::test]
async fn a_list_that_is_too_long_for_clients_without_record_sets_is_a_fault() {
    let lists = lists().await;
    let calls = [("list.many", json!([]))];
    let (answers, _) = lists.calls(Encoding::Amf3, &calls, None).await;
    assert_eq!(answers, ["Server.TooManyRows"], "never a list that is cut");
    let set = lists.set("list.many", json!([])).await;
    assert_eq!((set.total, set.rows.len()), (50, 10));
    assert_eq!(numbers(&lists.page(&set.id, 50, 1).await), [50]);
}

#[tokio::test]
async fn whoever_has_the_id_may_ask_and_nobody_else_who_is_known() {
    let lists = lists().await;
    let ada = lists.login(1).await;
    let bob = lists.login(2).await;
    assert_eq!(
        lists.call("list.mine", json!([])).await,
        "Client.Authentication"
    );
    let set = Set::of(&lists.call_as("list.mine", json!([]), Some(&ada)).await);
    assert_eq!((set.total, &set.rows[0][1]), (50, &json!(1)));
    let asked = json!([set.id, 11, 1]);
    let get = "PageableResult.getRecords";
    // A new connection of the same client, without cookies: rows are those of who made the record set.
    let page = lists.call(get, asked.clone()).await;
    assert_eq!(page["Page"], json!([[11, 1]]));
    let page = lists.call_as(get, asked.clone(), Some(&ada)).await;
    assert_eq!(page["Page"], json!([[11, 1]]));
    let other = lists.call_as(get, asked.clone(), Some(&bob)).await;
    assert_eq!(other, "Client.Authorization");
    lists.call_as("list.logout", json!([]), Some(&ada)).await;
    let ended = lists.call(get, asked).await;
    assert_eq!(ended, "Server.ResourceNotFound", "it ends with the session");
}

#[tokio::test]
async fn ids_that_are_none_open_nothing() {
    let lists = lists().await;
    let set = lists.set("list.rows", json!([])).await;
    let id = set.id.as_str().unwrap();
    for id in [
        String::new(),
        "1".to_owned(),
        id[1..].to_owned(),
        format!("{id}A"),
        "x".repeat(100_000),
    ] {
        let answer = lists.records(&json!(id), 1, 1).await;
        assert_eq!(answer, "Server.ResourceNotFound");
    }
}

#[tokio::test]
async fn a_record_set_that_was_released_goes_on_until_it_ends() {
    let lists = lists().await;
    let set = lists.set("list.rows", json!([])).await;
    assert_eq!(
        lists.call("PageableResult.release", json!([])).await,
        Json::Null
    );
    assert_eq!(
        lists.call("PageableResult.release", json!([set.id])).await,
        Json::Null
    );
    assert_eq!(
        lists
            .call("PageableResult.release", json!(["nonsense"]))
            .await,
        Json::Null
    );
    let page = lists.page(&set.id, 21, 2).await;
    assert_eq!(numbers(&page), in_order()[20..22]);
}

#[tokio::test]
async fn a_run_of_questions_is_one_call() {
    let lists = lists().await;
    // Of three calls an hour this is the first.
    let set = lists.set("list.often", json!([])).await;
    let asked: Vec<_> = (11..=25)
        .map(|first| ("PageableResult.getRecords", json!([set.id, first, 1])))
        .collect();
    for _ in 0..2 {
        let (answers, _) = lists.calls(Encoding::Amf0, &asked, None).await;
        for (first, answer) in (11..).zip(&answers) {
            assert_eq!(answer["Page"], json!([[first]]));
        }
    }
    let (answers, _) = lists.calls(Encoding::Amf0, &asked[..1], None).await;
    assert_eq!(answers, ["Client.TooManyCalls"]);
}

#[tokio::test]
async fn a_run_of_questions_is_one_of_the_calls_of_a_packet() {
    let lists = lists_with(&format!("{BACKENDS}limits: {{calls: 2}}\n")).await;
    let set = lists.set("list.rows", json!([])).await;
    let mut asked: Vec<_> = (1..=15)
        .map(|first| ("PageableResult.getRecords", json!([set.id, first, 1])))
        .collect();
    asked.push(("list.few", json!([])));
    asked.push(("list.few", json!([])));
    let (answers, _) = lists.calls(Encoding::Amf0, &asked, None).await;
    assert_eq!(answers[14]["Cursor"], json!(15));
    assert_eq!(answers[15]["$class"], "RecordSet");
    assert!(
        answers[16].as_str().is_some(),
        "the third is refused: {}",
        answers[16]
    );
    let many: Vec<_> = (0..50)
        .map(|_| ("PageableResult.getRecords", json!([set.id, 1, 1])))
        .collect();
    let (answers, _) = lists.calls(Encoding::Amf0, &many, None).await;
    assert!(answers[19]["Page"].is_array() && answers[20].as_str().is_some());
}

#[tokio::test]
async fn a_changed_mapping_ends_its_record_sets_and_others_go_on() {
    let lists = lists().await;
    let set = lists.set("list.rows", json!([])).await;
    let put = |service: &str| {
        let root = lists.root.path();
        let gateway = &lists.running.gateway;
        let project = crate::support::unmigrated(root, BACKENDS, service).0;
        let environment = ProcessEnvironment {
            root: root.to_owned(),
        };
        let mapping = compile(&project, &environment).mapping.unwrap();
        let databases = Arc::new(Databases::open(&mapping, root).unwrap());
        let documents = footbridge_gateway::documents::Documents::default();
        let live = footbridge_gateway::Live::open(mapping, databases, documents, root).unwrap();
        gateway.replace(live);
    };
    put(SERVICE);
    assert_eq!(
        lists.page(&set.id, 11, 1).await.len(),
        1,
        "loaded again, the same"
    );
    put(&SERVICE.replace("name desc, n", "n"));
    assert_eq!(
        lists.records(&set.id, 11, 1).await,
        "Server.ResourceNotFound"
    );
    put(&SERVICE.replace("\n  rows:\n", "\n  others:\n"));
    assert_eq!(
        lists.records(&set.id, 11, 1).await,
        "Server.ResourceNotFound"
    );
}

#[tokio::test]
async fn pages_by_argument_are_for_everybody() {
    let lists = lists().await;
    for (call, asked, rows, total) in [
        ("list.page", json!([]), 3, true),
        ("list.page", json!([17, 3]), 2, true),
        ("list.page", json!([18, 3]), 0, true),
        ("list.from", json!([47]), 3, false),
        ("list.from", json!([48]), 2, false),
    ] {
        for encoding in [Encoding::Amf0, Encoding::Amf3] {
            let (answers, _) = lists.calls(encoding, &[(call, asked.clone())], None).await;
            let text = answers[0].to_string();
            assert_eq!(text.matches("name ").count(), rows, "{text}");
            assert_eq!(text.contains("\"total\":50"), total, "{text}");
        }
    }
    for wrong in [json!([0, 3]), json!([1, 0]), json!([1, 1_000_000])] {
        assert_eq!(lists.call("list.page", wrong).await, "Client.BadArguments");
    }
}

#[tokio::test]
async fn rows_without_an_order_are_no_pages() {
    let lists = lists().await;
    assert_eq!(
        lists.call("list.alike", json!([])).await,
        "Server.BadReply",
        "equal keys meet at the end of a page"
    );
    assert_eq!(
        lists.call("list.holes", json!([])).await,
        "Server.BadReply",
        "a key is null"
    );
}

#[tokio::test]
async fn keys_that_the_database_takes_for_equal_are_no_order() {
    let lists = lists().await;
    assert_eq!(
        lists.call("list.cased", json!([])).await,
        "Server.BadReply",
        "`TAG 11` ends a page, and `tag 11` would be on none"
    );
    let set = lists.set("list.zeros", json!([])).await;
    assert_eq!((set.total, set.rows.len()), (30, 11), "both are on it");
    assert_eq!(lists.page(&set.id, 12, 19).await.len(), 19);
}

#[tokio::test]
async fn rows_too_far_from_any_that_are_known_are_not_walked_to() {
    let lists = lists().await;
    let set = lists.set("list.far", json!([])).await;
    assert_eq!(set.total, 250_000);
    // The first ten are known, and so is where those behind them begin.
    assert_eq!(
        lists.records(&set.id, 100_012, 1).await,
        "Server.TooManyRows"
    );
    assert_eq!(numbers(&lists.page(&set.id, 100_011, 1).await), [100_011]);
    // From there it is near.
    assert_eq!(
        numbers(&lists.page(&set.id, 200_011, 2).await),
        [200_011, 200_012]
    );
    assert_eq!(
        lists.page(&set.id, 250_001, 10).await,
        Vec::<Json>::new(),
        "behind the end nobody walks"
    );
}

#[tokio::test]
async fn another_gateway_with_the_same_keys_goes_on() {
    let keyed = format!("{BACKENDS}keys: [\"${{file:key}}\"]\n");
    let (first, second) = (lists_with(&keyed).await, lists_with(&keyed).await);
    let set = first.set("list.rows", json!([])).await;
    let mut rows = set.rows;
    // It knows nothing of the pages that the first has sent.
    rows.extend(second.page(&set.id, 11, 20).await);
    rows.extend(first.page(&set.id, 31, 10).await);
    rows.extend(second.page(&set.id, 41, 10).await);
    assert_eq!(numbers(&rows), in_order());
    let third = lists().await;
    assert_eq!(
        third.records(&set.id, 11, 1).await,
        "Server.ResourceNotFound"
    );
}

#[tokio::test]
async fn a_row_policy_holds_for_every_page() {
    let lists = lists().await;
    let one = lists.login(1).await;
    let set = Set::of(&lists.call_as("list.own", json!([]), Some(&one)).await);
    let odd: Vec<u64> = (1..=50).filter(|n| n % 2 == 1).collect();
    assert_eq!((set.total, numbers(&set.rows)), (25, odd[..10].to_vec()));
    let rest = lists.page(&set.id, 11, 20).await;
    assert_eq!(numbers(&rest), odd[10..]);
}

#[tokio::test]
async fn a_list_of_a_service_is_a_record_set_too() {
    let lists = lists().await;
    let set = lists.set("list.orders", json!([])).await;
    assert_eq!((set.total, set.rows.len()), (25, 10));
    let mut rows = set.rows;
    rows.extend(lists.page(&set.id, 11, 1).await);
    rows.extend(lists.page(&set.id, 12, 9).await);
    rows.extend(lists.page(&set.id, 21, 10).await);
    assert_eq!(numbers(&rows), (1..=25).collect::<Vec<_>>());
    assert_eq!(
        numbers(&lists.page(&set.id, 5, 12).await),
        (5..=16).collect::<Vec<_>>()
    );
    assert_eq!(lists.page(&set.id, 26, 10).await, Vec::<Json>::new());
}

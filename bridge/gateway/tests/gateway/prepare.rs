//! What databases say of a mapping before anybody calls.

use footbridge_mapping::diagnostic::render;

use crate::support::{GATEWAY, live};

#[tokio::test]
async fn every_text_and_every_order_is_prepared() {
    let root = tempfile::tempdir().unwrap();
    let service = "service: shop.Products
backend: shop
operations:
  getProducts:
    args: {name: \"string?\", sort: name | price = name, down: bool = false}
    sql: |
      SELECT id, name, price FROM product
      WHERE true
        AND name = :name        -- when: name is given
    order: {by: =sort, of: {name: name, price: price}, descending: =down, then: id}
    returns: Product[]
";
    let (_, live) = live(root.path(), GATEWAY, service).await;
    let findings = live.prepare().await;
    assert_eq!(findings.diagnostics, []);
    assert_eq!(findings.away, []);
    assert_eq!(
        findings.texts,
        2 + 4,
        "two texts, and one of them in four orders"
    );
}

#[tokio::test]
async fn a_text_that_does_not_prepare_is_told_at_its_place() {
    let root = tempfile::tempdir().unwrap();
    let service = "service: shop.Products
backend: shop
operations:
  one:
    args: {id: int}
    sql: SELECT id, nme FROM product WHERE id = :id
  two:
    sql: SELECT id FROM produkt
  three:
    sql: SELECT id FROM product
    order: price
";
    let (project, live) = live(root.path(), GATEWAY, service).await;
    let findings = live.prepare().await;
    let told = render(&findings.diagnostics, &project, false);
    assert_eq!(findings.diagnostics.len(), 3, "{told}");
    for part in ["B0407", "nme", "produkt", "B0425", "service.yaml:6"] {
        assert!(told.contains(part), "no {part} in\n{told}");
    }
}

#[tokio::test]
async fn an_order_in_which_rows_may_be_equal_is_no_order_of_pages() {
    let root = tempfile::tempdir().unwrap();
    let service = "service: shop.Products
backend: shop
operations:
  alike: {sql: \"SELECT id, price FROM product\", order: price, page: {size: 5}}
  sometimes:
    args: {sort: name | price}
    sql: SELECT id, name, price FROM product
    order: {by: =sort, of: {name: [name, id], price: price}}
    page: {size: 5}
  unknown: {sql: \"SELECT max(id) AS top FROM (SELECT 1 AS id) x\", order: top, page: {size: 5}}
  said: {sql: \"SELECT max(id) AS top FROM (SELECT 1 AS id) x\", order: top, page: {size: 5, unique: [top]}}
  right: {sql: \"SELECT p.id, price FROM product p\", order: [price desc, id], page: {size: 5}}
  counted: {sql: \"SELECT id, price FROM product\", order: price, page: {by: offset}}
";
    let (project, live) = live(root.path(), GATEWAY, service).await;
    let findings = live.prepare().await;
    let told = render(&findings.diagnostics, &project, false);
    let lines: Vec<_> = findings
        .diagnostics
        .iter()
        .map(|found| {
            let source = &project.files[1].text[..found.place.span.start];
            (found.code.0, source.lines().count())
        })
        .collect();
    assert_eq!(lines, [(410, 4), (410, 8), (410, 10)], "{told}");
    assert!(told.contains("`[price, id]`"), "{told}");
}

#[tokio::test]
async fn a_key_with_an_expression_makes_no_column_unique() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("migrations")).unwrap();
    std::fs::write(
        root.path().join("migrations/0002_tag.sql"),
        "CREATE TABLE tag (a TEXT NOT NULL, b TEXT NOT NULL);
CREATE UNIQUE INDEX tag_of ON tag (a, lower(b));
CREATE TABLE label (a TEXT NOT NULL UNIQUE);",
    )
    .unwrap();
    let service = "service: shop.Tags
backend: shop
operations:
  tags: {sql: \"SELECT a, b FROM tag\", order: a, page: {size: 5}}
  labels: {sql: \"SELECT a FROM label\", order: a, page: {size: 5}}
";
    let (project, live) = live(root.path(), GATEWAY, service).await;
    let findings = live.prepare().await;
    let told = render(&findings.diagnostics, &project, false);
    assert_eq!(findings.diagnostics.len(), 1, "{told}");
    assert!(
        told.contains("B0410") && told.contains("rows with equal `a`"),
        "{told}"
    );
}

#[tokio::test]
async fn a_quoted_name_of_rows_is_a_column_or_an_error() {
    let root = tempfile::tempdir().unwrap();
    let service = "service: shop.Products
backend: shop
types:
  Product: {id: int, name: string}
operations:
  wrong:
    sql: SELECT * FROM product
    returns: Product[]
    roles: [clerk]
    rows: {clerk: \"\\\"nmae\\\" <> 'secret'\"}
  right:
    sql: SELECT * FROM product
    returns: Product[]
    roles: [clerk]
    rows: {clerk: \"\\\"name\\\" <> 'secret'\"}
";
    let (project, live) = live(root.path(), GATEWAY, service).await;
    let findings = live.prepare().await;
    let told = render(&findings.diagnostics, &project, false);
    assert_eq!(findings.diagnostics.len(), 1, "{told}");
    assert!(
        told.contains("B0407") && told.contains("no such column: nmae"),
        "{told}"
    );
}

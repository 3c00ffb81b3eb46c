//! What databases say of a mapping before anybody calls.

use std::path::Path;
use std::sync::Arc;

use footbridge_gateway::Live;
use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_sql::Databases;

const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
defaults: {roles: public}
";

/// A project of `gateway.yaml` and one service, its database migrated.
async fn live(root: &Path, gateway: &str, service: &str) -> (Project, Live) {
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file("mappings/gateway.yaml", gateway),
        file("mappings/service.yaml", service),
    ];
    let project = Project {
        root: root.to_owned(),
        files,
    };
    let compiled = compile(
        &project,
        &ProcessEnvironment {
            root: root.to_owned(),
        },
    );
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, &project, false)));
    let databases = Arc::new(Databases::open(&mapping, root).unwrap());
    std::fs::create_dir_all(root.join("migrations")).unwrap();
    let table =
        "CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price DECIMAL NOT NULL)";
    std::fs::write(root.join("migrations/0001_product.sql"), table).unwrap();
    for database in databases.iter() {
        database.migrate().await.unwrap();
    }
    (project, Live { mapping, databases })
}

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

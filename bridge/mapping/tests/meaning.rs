//! What files mean, seen in the compiled mapping.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::compile::described::{Parameter, procedures, statements};
use footbridge_mapping::compile::{Environment, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_mapping::model::{
    FaultKey, GatewayPath, Kind, Listener, Mapping, Operation, Plan, Reading, Roles, Step,
};
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::Scalar;

struct Outside;

impl Environment for Outside {
    fn variable(&self, name: &str) -> Option<String> {
        Some(format!("value of {name}"))
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        Ok(format!("text of {}\n", path.display()))
    }
}

const GATEWAY: &str = "\
gateway: test
backends:
  shop: {sqlite: shop.db}
  erp: {mysql: \"mysql://a@b/c\", preset: coldfusion, zone: Europe/Berlin, max-rows: 7}
  crm: {postgres: \"postgres://a@b/c\", password: \"${CRM}\", write: {postgres: \"postgres://w@b/c\", password: \"${file:w.txt}\", pool: 3}}
defaults:
  roles: [customer]
  timeout: 3s
  faults:
    timeout: {code: G, message: gateway}
";

fn mapping(text: &str) -> Arc<Mapping> {
    mapping_of(GATEWAY, text)
}

fn mapping_of(gateway: &str, text: &str) -> Arc<Mapping> {
    let file = |path: &str, text: &str| SourceFile::new(path, text.as_bytes());
    let project = Project {
        root: PathBuf::new(),
        files: vec![
            file("mappings/gateway.yaml", gateway),
            file("mappings/a.yaml", text),
        ],
    };
    let compiled = compile(&project, &Outside);
    compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, &project, false)))
}

fn operation<'m>(mapping: &'m Mapping, name: &str) -> &'m Arc<Operation> {
    &mapping.services[0].operations[name]
}

fn step(operation: &Operation) -> &Step {
    match &operation.plan {
        Plan::Step(step) => step,
        Plan::Overloads(_) => panic!("several"),
    }
}

#[test]
fn the_nearest_wins_key_by_key() {
    let mapping = mapping(
        "service: a.B\ntimeout: 2s\nfaults:\n  other: {code: S, message: service}\noperations:\n  f:\n    value: 1\n  g:\n    value: 1\n    roles: public\n    timeout: 1s\n    faults:\n      none: {code: O, message: operation}\n",
    );
    let f = operation(&mapping, "f");
    assert_eq!(f.roles, Roles::Named(["customer".into()].into()));
    assert_eq!(f.timeout, Duration::from_secs(2));
    assert_eq!(f.faults.len(), 2);
    let g = operation(&mapping, "g");
    assert_eq!(g.roles, Roles::Public);
    assert_eq!(g.timeout, Duration::from_secs(1));
    let keys: Vec<&FaultKey> = g.faults.iter().map(|rules| &rules.words[0].0).collect();
    assert_eq!(
        keys,
        [&FaultKey::None, &FaultKey::Other, &FaultKey::Timeout]
    );
}

#[test]
fn names_lead_to_services_and_operations() {
    let mapping = mapping(
        "service: com.acme.Orders\nalso: [Orders]\ndestinations: [ColdFusion]\noperations:\n  find:\n    also: [search]\n    value: 1\n",
    );
    assert_eq!(mapping.by_name["com.acme.Orders"], 0);
    assert_eq!(mapping.by_name["Orders"], 0);
    assert_eq!(mapping.by_destination["ColdFusion"], [0]);
    assert!(Arc::ptr_eq(
        operation(&mapping, "find"),
        operation(&mapping, "search")
    ));
    assert_eq!(&*operation(&mapping, "search").name, "com.acme.Orders.find");
}

#[test]
fn a_step_waits_for_those_it_names() {
    let mapping = mapping(
        "service: a.B\nbackend: shop\noperations:\n  f:\n    args: {id: int}\n    steps:\n      a:\n        sql: SELECT x FROM t WHERE id = :id\n        returns: int\n      b:\n        when: a is given\n        sql: SELECT 1\n      c:\n        value: {n: =b, a:}\n      d:\n        value: 1\n        faults:\n          when c is given: null\n",
    );
    let Kind::Steps(steps) = &step(operation(&mapping, "f")).kind else {
        panic!("no steps");
    };
    assert_eq!(steps.waits, [vec![], vec![0], vec![0, 1], vec![2]]);
}

#[test]
fn a_transaction_takes_its_backend_for_all_steps() {
    let mapping = mapping(
        "service: a.B\nbackend: shop\noperations:\n  f:\n    args:\n      xs: int[..7]\n    backend: crm\n    retry: 3\n    isolation: serializable\n    transaction:\n      a:\n        each: x in xs\n        sql: INSERT INTO t (x) VALUES (:x)\n",
    );
    let Kind::Transaction {
        backend,
        steps,
        retry,
        ..
    } = &step(operation(&mapping, "f")).kind
    else {
        panic!("no transaction");
    };
    assert_eq!((&*backend.name, *retry), ("crm", 3));
    let Kind::Sql(sql) = &steps[0].kind else {
        panic!("no sql");
    };
    assert_eq!(&*sql.backend.name, "crm");
    assert_eq!(sql.declared, [[Some(Scalar::Int)]]);
    assert!(sql.statement.writes);
    assert_eq!(steps[0].each.as_ref().map(|each| each.most), Some(7));
    assert_eq!(statements(&mapping).len(), 1);
}

#[test]
fn a_reply_reads_rows_by_its_type() {
    let text = |returns: &str| {
        format!(
            "service: a.B\nbackend: shop\noperations:\n  f:\n    sql: SELECT id FROM t\n    returns: {returns}\n"
        )
    };
    for (returns, reading) in [
        ("T[]", Reading::Rows),
        ("T", Reading::Row),
        ("T?", Reading::RowOrNull),
        ("int", Reading::Scalar),
        ("int?", Reading::ScalarOrNull),
        ("int[]", Reading::Scalars),
        ("void", Reading::Nothing),
    ] {
        let mapping = mapping(&text(returns));
        let Kind::Sql(sql) = &step(operation(&mapping, "f")).kind else {
            panic!("no sql");
        };
        assert_eq!(sql.reading, reading, "{returns}");
    }
}

#[test]
fn presets_zones_and_caps_come_from_service_backend_gateway() {
    let mapping = mapping(
        "service: a.B\nbackend: erp\noperations:\n  f:\n    sql: SELECT 1 AS a\n  g:\n    backend: shop\n    sql: SELECT 1 AS a\n  h:\n    sql: SELECT 1 AS a\n    max-rows: 3\n",
    );
    let of = |name: &str| {
        let step = step(operation(&mapping, name));
        let Kind::Sql(sql) = &step.kind else {
            panic!("no sql");
        };
        (
            sql.scope.preset,
            step.zone.iana_name().unwrap_or("UTC").to_owned(),
            step.max_rows,
        )
    };
    assert_eq!(of("f"), (Preset::ColdFusion, "Europe/Berlin".into(), 7));
    assert_eq!(of("g"), (Preset::BlazeDs, "UTC".into(), 10_000));
    assert_eq!(of("h"), (Preset::ColdFusion, "Europe/Berlin".into(), 3));
    assert_eq!(operation(&mapping, "f").scope.preset, Preset::ColdFusion);
}

#[test]
fn secrets_come_from_outside_and_are_not_shown() {
    let mapping = mapping("service: a.B\noperations:\n  f:\n    value: 1\n");
    let settings = mapping.gateway.backends["crm"].database().unwrap();
    assert_eq!(settings.password.as_deref(), Some("value of CRM"));
    let write = settings.write.as_ref().expect("it says `write`");
    assert_eq!(write.1.as_deref(), Some("text of w.txt"));
    assert_eq!((settings.pool, settings.write_pool), (10, 3));
    assert!(!format!("{mapping:?}").contains("value of CRM"));
}

#[test]
fn classes_come_from_the_package_or_an_alias() {
    let mapping = mapping(
        "service: com.acme.shop.Orders\naliases: {Row: none, Item: com.acme.vo.ItemVO}\noperations:\n  f:\n    value: 1\n",
    );
    let scope = &operation(&mapping, "f").scope;
    assert_eq!(scope.package.as_deref(), Some("com.acme.shop"));
    assert_eq!(scope.aliases["Row"], None);
    assert_eq!(scope.aliases["Item"].as_deref(), Some("com.acme.vo.ItemVO"));
}

#[test]
fn the_gateway_has_its_defaults() {
    let mapping = mapping_of(
        "gateway: g\npaths: {/x: auto}\n",
        "service: a.B\nroles: public\noperations:\n  f:\n    value: 1\n",
    );
    let gateway = &mapping.gateway;
    assert_eq!(gateway.listen, [Listener::http("127.0.0.1:8080")]);
    assert_eq!(gateway.paths.len(), 8);
    assert_eq!(
        (gateway.limits.request, gateway.limits.depth),
        (2 << 20, 64)
    );
    assert_eq!(gateway.sessions.idle, Duration::from_secs(1_200));
    let alone = mapping_of(
        "gateway: g\npaths: {built-in: false, /x: auto}\n",
        "service: a.B\n",
    );
    assert_eq!(alone.gateway.paths, [GatewayPath::auto("/x")]);
}

#[test]
fn an_operation_calls_another_with_arguments_of_the_same_names() {
    let mapping = mapping(
        "service: a.B\nalso: [B]\noperations:\n  f:\n    args: {id: int, x: int}\n    operation: B.find\n  g:\n    also: [find]\n    args: {id: int, note: \"string?\"}\n    value: =id\n    roles: internal\n",
    );
    let Kind::Operation {
        service,
        operation: called,
        with,
        writes: _,
    } = &step(operation(&mapping, "f")).kind
    else {
        panic!("no operation");
    };
    assert_eq!((&**service, &**called), ("a.B", "g"));
    let names: Vec<&str> = with.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["id"]);
}

#[test]
fn an_argument_may_be_called_page() {
    mapping(
        "service: a.B\noperations:\n  f:\n    args: {page: int}\n    value: =page\n    returns: int\n",
    );
}

#[test]
fn a_procedure_is_held_against_its_catalogue() {
    let mapping = mapping(
        "service: a.B\nbackend: crm\noperations:\n  f:\n    args: {year: int}\n    procedure: close_year\n    with: {p_yaer: =year, p_total: 1}\n    writes: false\n",
    );
    let found = procedures(&mapping);
    assert!(!found[0].procedure.writes);
    let parameters = [("p_year", true), ("p_total", false)].map(|(name, goes_in)| Parameter {
        name,
        goes_in,
        needed: goes_in,
    });
    let told: Vec<String> = found[0]
        .check_parameters(&parameters)
        .into_iter()
        .map(|diagnostic| diagnostic.message)
        .collect();
    assert_eq!(
        told,
        [
            "`close_year` has no parameter `p_yaer`; did you mean `p_year`?",
            "the parameter `p_total` of `close_year` only gives a value",
            "`close_year` wants a value for its parameter `p_year`",
        ]
    );
}

//! A whole call of a REST service through the gateway: one object, beside a bare pass-through of the same body. CPU
//! seconds of each process.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};

use crate::child::Child;
use crate::client::{Client, answer, call, texts};
use crate::measure::{Ratios, interleave, median};
use crate::role::{ADDRESS, PLACE};
use crate::soap_call::{client, posts, serve};

/// Calls of a run.
const CALLS: usize = 2_000;
/// What is promised: at least so many calls of the pass-through.
const LIMIT: f64 = 0.5;
/// What the service answers.
const ORDER: &str = r#"{"id": 7, "customer": "Ann Lee", "total": 12.50, "placed": "2026-11-20T09:30:00Z", "paid": true, "note": null}"#;

/// Measures it and prints a table.
///
/// # Errors
/// What a peer fails with, or an answer that is not as it should be.
pub async fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stub = Child::start("rest-stub", &[]).await?;
    let address = format!("http://{}", stub.ready);
    let mappings = folder.path().join("mappings");
    std::fs::create_dir_all(&mappings)?;
    std::fs::write(
        mappings.join("gateway.yaml"),
        format!(
            "gateway: bench\nlisten:\n  - http: 127.0.0.1:0\nbackends:\n  orders: {{rest: \"{address}\"}}\ndefaults: {{roles: public}}\n"
        ),
    )?;
    std::fs::write(
        mappings.join("orders.yaml"),
        "service: bench.OrderService\nbackend: orders\ntypes:\n  Order: {id: int, customer: string, total: decimal, placed: date, \
         paid: bool, note: \"string?\"}\noperations:\n  getOrder:\n    rest: GET /orders/7\n    returns: Order\n",
    )?;
    let place = folder.path().to_str().context("no text")?;
    let mut gateway = Child::start("gateway", &[(PLACE, place)]).await?;
    let mut ours = Client::connect(&gateway.ready).await?;
    let packet = call("bench.OrderService.getOrder", None)?;
    let bytes = ours.post(&packet).await?.to_vec();
    answer(&bytes, |graph, value| {
        let values = texts(graph, value)?;
        ensure!(values.contains(&"12.50".to_owned()), "{values:?}");
        Ok(())
    })?;
    let file = folder.path().join("answer.bin");
    std::fs::write(&file, &bytes)?;
    let file = file.to_str().context("no text")?;
    let mut pass = Child::start("rest-pass", &[(ADDRESS, &address), (PLACE, file)]).await?;
    let mut theirs = Client::connect(&pass.ready).await?;
    ensure!(
        theirs.post(&packet).await? == bytes,
        "the pass-through answers otherwise"
    );
    let (ours, theirs) = interleave(
        async || posts(&mut gateway, &mut ours, &packet, CALLS).await,
        async || posts(&mut pass, &mut theirs, &packet, CALLS).await,
    )
    .await?;
    // Costs, so the ratio of calls per second of CPU is theirs by ours.
    let ratios = Ratios::of(&theirs, &ours);
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    let each = |costs: &[f64]| median(costs) * 1000.0 / CALLS as f64;
    let kept = if ratios.median() >= LIMIT {
        "kept"
    } else {
        "missed"
    };
    println!(
        "| call | gateway, ms of CPU | axum and reqwest, ms | ratio (least–most) | limit {LIMIT} |"
    );
    println!("|{}", " --- |".repeat(5));
    println!(
        "| one object | {:.3} | {:.3} | {ratios} | {kept} |",
        each(&ours),
        each(&theirs)
    );
    Ok(())
}

/// Role `rest-stub`: a service whose reply is known beforehand. Gives its address.
///
/// # Errors
/// No port.
pub async fn stub() -> Result<String> {
    let handler = async || ([("content-type", "application/json")], ORDER);
    serve(Router::new().route("/orders/7", get(handler))).await
}

/// Role `rest-pass`: fetches the reply of the service and answers with bytes that it knows beforehand.
///
/// # Errors
/// No port, no file.
pub async fn pass() -> Result<String> {
    let client = client()?;
    let address = format!("{}/orders/7", std::env::var(ADDRESS)?);
    let bytes = Bytes::from(std::fs::read(std::env::var(PLACE)?)?);
    let handler = move |_: Bytes| {
        let (client, address, bytes) = (client.clone(), address.clone(), bytes.clone());
        async move {
            match fetch(&client, &address).await {
                Ok(_) => Ok(([("content-type", "application/x-amf")], bytes)),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    serve(Router::new().route("/gateway", post(handler))).await
}

async fn fetch(client: &reqwest::Client, address: &str) -> Result<Bytes> {
    let reply = client.get(address).send().await?.error_for_status()?;
    Ok(reply.bytes().await?)
}

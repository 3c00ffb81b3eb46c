//! 10,000 rows of 10 mixed columns from each database to AMF3 over HTTP, beside a loop that fetches the same rows with
//! sqlx and drops them, each as it comes (`fetch`) or all at the end (`fetch_all`). CPU seconds of each process.

use crate::child::Child;
use crate::client::{Client, answer, call};
use crate::measure::{Ratios, interleave, median};
use crate::role::ADDRESS;
use crate::sample::{ROWS, Target, compare};
use crate::table::table;
use anyhow::{Context as _, Result};

/// Calls of one run.
const CALLS: usize = 20;
/// What is promised.
const LIMIT: f64 = 1.5;

/// Measures it on every database and prints a table.
///
/// # Errors
/// What a peer fails with, or an answer that is not as it should be.
pub async fn run() -> Result<()> {
    let limit = format!("limit {LIMIT}");
    let columns = [
        "loop",
        "gateway, ms of CPU a call",
        "loop, ms",
        "ratio (least–most)",
        &limit,
    ];
    table(&columns, one).await
}

async fn one(target: &Target, folder: &std::path::Path) -> Result<()> {
    target.fill().await?;
    target.project(folder)?;
    let mut gateway = Child::gateway(target, folder).await?;
    let mut fetch = Child::start("fetch", &[(ADDRESS, &target.url())]).await?;
    let mut client = Client::connect(&gateway.ready).await?;
    let packet = call("bench.RowService.getRows", None)?;

    answer(client.post(&packet).await?, |graph, value| {
        let rows = graph.list(value).context("no list")?;
        anyhow::ensure!(rows.len() == ROWS, "{} rows", rows.len());
        compare(graph, &rows, 0..ROWS)
    })?;

    against(
        "each row dropped",
        target,
        &packet,
        &mut gateway,
        &mut client,
        &mut fetch,
    )
    .await?;
    let mut fetch_all = Child::start("fetch-all", &[(ADDRESS, &target.url())]).await?;
    against(
        "all dropped",
        target,
        &packet,
        &mut gateway,
        &mut client,
        &mut fetch_all,
    )
    .await
}

async fn against(
    dropping: &str,
    target: &Target,
    packet: &[u8],
    gateway: &mut Child,
    client: &mut Client,
    fetch: &mut Child,
) -> Result<()> {
    let (ours, theirs) = interleave(
        async || {
            let before = gateway.usage().await?;
            for _ in 0..CALLS {
                client.post(packet).await?;
            }
            Ok(gateway.usage().await?.cpu - before.cpu)
        },
        async || fetch.work(CALLS).await,
    )
    .await?;
    let ratios = Ratios::of(&ours, &theirs);
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    let each = |costs: &[f64]| median(costs) * 1000.0 / CALLS as f64;
    println!(
        "| {} | {dropping} | {:.2} | {:.2} | {ratios} | {} |",
        target.name,
        each(&ours),
        each(&theirs),
        if ratios.median() <= LIMIT {
            "kept"
        } else {
            "missed"
        }
    );
    Ok(())
}

//! The peak memory of one large answer, beside its bytes: how much the gateway's process grows while it answers.

use crate::child::Child;
use crate::client::{Client, answer, call};
use crate::sample::{ROWS, TIMES, Target};
use crate::table::table;
use anyhow::{Context as _, Result};

/// What is promised.
const LIMIT: f64 = 2.5;

/// Measures it on every database and prints a table.
///
/// # Errors
/// What a peer fails with, or an answer that is not as it should be.
pub async fn run() -> Result<()> {
    let limit = format!("limit {LIMIT}");
    let columns = [
        "rows",
        "answer, MiB",
        "at rest, MiB",
        "peak, MiB",
        "growth by bytes",
        &limit,
    ];
    table(&columns, one).await
}

async fn one(target: &Target, folder: &std::path::Path) -> Result<()> {
    target.fill().await?;
    target.project(folder)?;
    let mut gateway = Child::gateway(target, folder).await?;
    let mut client = Client::connect(&gateway.ready).await?;
    client
        .post(&call("bench.RowService.getRow", Some(1))?)
        .await?;
    let rest = gateway.usage().await?.peak;
    let bytes = client
        .post(&call("bench.RowService.getMany", None)?)
        .await?;
    let peak = gateway.usage().await?.peak;
    let count = answer(bytes, |graph, value| {
        Ok(graph.list(value).context("no list")?.len())
    })?;
    anyhow::ensure!(count == ROWS * TIMES, "{count} rows");
    #[expect(clippy::cast_precision_loss, reason = "some MiB")]
    let bytes = bytes.len() as f64;
    let growth = (peak - rest) / bytes;
    let mebibytes = |bytes: f64| bytes / f64::from(1 << 20);
    println!(
        "| {} | {count} | {:.1} | {:.1} | {:.1} | {growth:.2} | {} |",
        target.name,
        mebibytes(bytes),
        mebibytes(rest),
        mebibytes(peak),
        if growth <= LIMIT { "kept" } else { "missed" }
    );
    Ok(())
}

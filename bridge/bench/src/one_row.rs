//! Calls of one row over HTTP beside a bare axum handler that runs the same query and returns fixed bytes: calls per
//! second of CPU of each process.

use crate::child::Child;
use crate::client::{Client, answer, call};
use crate::measure::{Ratios, interleave, median};
use crate::role::{ADDRESS, PLACE};
use crate::sample::{Target, compare};
use crate::table::table;
use anyhow::{Context as _, Result};

/// Connections at once, and calls of each in one run.
const CONNECTIONS: usize = 8;
const CALLS: usize = 500;
/// What is promised.
const LIMIT: f64 = 0.6;
/// The row.
const ID: u32 = 4_711;

/// Measures it on every database and prints a table.
///
/// # Errors
/// What a peer fails with, or an answer that is not as it should be.
pub async fn run() -> Result<()> {
    let limit = format!("limit {LIMIT}");
    let columns = [
        "gateway, calls a CPU second",
        "bare handler",
        "ratio (least–most)",
        &limit,
    ];
    table(&columns, one).await
}

async fn one(target: &Target, folder: &std::path::Path) -> Result<()> {
    target.fill().await?;
    target.project(folder)?;
    let mut gateway = Child::gateway(target, folder).await?;
    let packet = call("bench.RowService.getRow", Some(ID))?;

    // The handler returns what the gateway answers, so both send the same bytes.
    let bytes = Client::connect(&gateway.ready)
        .await?
        .post(&packet)
        .await?
        .to_vec();
    answer(&bytes, |graph, value| {
        compare(graph, std::slice::from_ref(value), [ID as usize])
    })?;
    let file = folder.join("answer.bin");
    std::fs::write(&file, &bytes)?;
    let file = file.to_str().context("no text")?;
    let mut bare = Child::start("bare", &[(ADDRESS, &target.url()), (PLACE, file)]).await?;
    let fixed = Client::connect(&bare.ready)
        .await?
        .post(&packet)
        .await?
        .to_vec();
    anyhow::ensure!(fixed == bytes, "the bare handler answers otherwise");

    let (ours, theirs) = interleave(
        async || load(&mut gateway, &packet).await,
        async || load(&mut bare, &packet).await,
    )
    .await?;
    // Costs, so the ratio of calls per second of CPU is theirs by ours.
    let ratios = Ratios::of(&theirs, &ours);
    #[expect(clippy::cast_precision_loss, reason = "some thousand calls")]
    let rate = |costs: &[f64]| (CONNECTIONS * CALLS) as f64 / median(costs);
    println!(
        "| {} | {:.0} | {:.0} | {ratios} | {} |",
        target.name,
        rate(&ours),
        rate(&theirs),
        if ratios.median() >= LIMIT {
            "kept"
        } else {
            "missed"
        }
    );
    Ok(())
}

/// Seconds of CPU for all calls.
async fn load(child: &mut Child, packet: &[u8]) -> Result<f64> {
    let before = child.usage().await?;
    let connections = (0..CONNECTIONS).map(|_| async {
        let mut client = Client::connect(&child.ready).await?;
        for _ in 0..CALLS {
            client.post(packet).await?;
        }
        anyhow::Ok(())
    });
    futures_util::future::try_join_all(connections).await?;
    Ok(child.usage().await?.cpu - before.cpu)
}

//! The whole call by instructions, counted by callgrind: what it costs in the program itself, without the kernel and
//! whatever else the machine does. Two runs of a peer that differ by some calls, so that neither start nor end count.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::child::Child;
use crate::client::{Client, call};
use crate::role::{ADDRESS, PASSWORD, PLACE};
use crate::sample::{ROWS, Target};
use crate::table::table;

/// Calls of the shorter and of the longer run.
const CALLS: [usize; 2] = [3, 9];

/// Counts it on every database and prints a table.
///
/// # Errors
/// What a peer fails with, or no valgrind.
pub async fn run() -> Result<()> {
    let columns = ["gateway, instructions a row", "loop", "ratio"];
    table(&columns, one).await
}

async fn one(target: &Target, folder: &Path) -> Result<()> {
    target.fill().await?;
    target.project(folder)?;
    let place = folder.to_str().context("the folder's name is no text")?;
    let mut environment = vec![(PLACE, place)];
    environment.extend(target.password().map(|password| (PASSWORD, password)));
    let packet = call("bench.RowService.getRows", None)?;
    let gateway = a_row(folder, "gateway", &environment, async |gateway, calls| {
        let mut client = Client::connect(&gateway.ready).await?;
        for _ in 0..calls {
            client.post(&packet).await?;
        }
        Ok(())
    })
    .await?;
    let address = target.url();
    let fetch = a_row(
        folder,
        "fetch",
        &[(ADDRESS, &address)],
        async |fetch, calls| fetch.work(calls).await.map(drop),
    )
    .await?;
    println!(
        "| {} | {gateway:.0} | {fetch:.0} | {:.2} |",
        target.name,
        gateway / fetch
    );
    Ok(())
}

/// What a peer needs for a row more.
async fn a_row(
    folder: &Path,
    role: &str,
    environment: &[(&str, &str)],
    work: impl AsyncFn(&mut Child, usize) -> Result<()>,
) -> Result<f64> {
    let counts = folder.join("counts");
    let mut totals = [0.0; 2];
    for (calls, total) in CALLS.into_iter().zip(&mut totals) {
        let mut child = Child::counted(role, environment, &counts)
            .await
            .context("is valgrind installed?")?;
        work(&mut child, calls).await?;
        child.end().await?;
        *total = std::fs::read_to_string(&counts)?
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("totals: "))
            .context("no totals")?
            .trim()
            .parse()?;
    }
    let [few, many] = totals;
    #[expect(clippy::cast_precision_loss, reason = "a few rows")]
    let rows = ((CALLS[1] - CALLS[0]) * ROWS) as f64;
    Ok((many - few) / rows)
}

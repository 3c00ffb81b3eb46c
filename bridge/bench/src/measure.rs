//! Interleaved runs, medians, spreads.

use std::fmt;

use anyhow::Result;

/// Runs of each peer; a ratio is the median of the ratios of runs that stand side by side.
pub const RUNS: usize = 9;

/// The ratios of one comparison.
#[derive(Clone, Debug)]
pub struct Ratios(Vec<f64>);

/// Runs two peers by turns, [`RUNS`] times; each gives its cost. The one that begins changes every time.
///
/// # Errors
/// What a peer fails with.
pub async fn interleave<A, B>(mut first: A, mut second: B) -> Result<(Vec<f64>, Vec<f64>)>
where
    A: AsyncFnMut() -> Result<f64>,
    B: AsyncFnMut() -> Result<f64>,
{
    // The first round warms caches and pools.
    first().await?;
    second().await?;
    let mut costs = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        if run % 2 == 0 {
            costs.0.push(first().await?);
            costs.1.push(second().await?);
        } else {
            costs.1.push(second().await?);
            costs.0.push(first().await?);
        }
    }
    Ok(costs)
}

impl Ratios {
    /// Of runs side by side.
    pub fn of(numerators: &[f64], denominators: &[f64]) -> Self {
        let mut ratios: Vec<f64> = numerators
            .iter()
            .zip(denominators)
            .map(|(a, b)| a / b)
            .collect();
        ratios.sort_by(f64::total_cmp);
        Self(ratios)
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        median(&self.0)
    }
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (
            self.0.first().unwrap_or(&f64::NAN),
            self.0.last().unwrap_or(&f64::NAN),
        );
        write!(f, "{:.2} ({least:.2}–{most:.2})", self.median())
    }
}

/// The value in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

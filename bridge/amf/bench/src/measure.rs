//! Interleaved runs, processor time, medians and spreads.

use nix::sys::resource::{UsageWho, getrusage};

/// One contender at one task.
pub struct Case<'a> {
    task: &'static str,
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    pub fn new(task: &'static str, name: &'static str, run: impl FnMut() + 'a) -> Self {
        Self {
            task,
            name,
            run: Box::new(run),
        }
    }
}

/// What one contender took, in nanoseconds a row, round by round.
pub struct Measured {
    task: &'static str,
    name: &'static str,
    rows: usize,
    rounds: Vec<f64>,
}

/// Lets all cases run in turns; each runs about 30 ms a round.
pub fn run(rows: usize, rounds: usize, mut cases: Vec<Case<'_>>) -> Vec<Measured> {
    let mut repeats = Vec::new();
    for case in &mut cases {
        let began = processor_nanos();
        for _ in 0..3 {
            (case.run)();
        }
        let one = (processor_nanos() - began) / 3.0;
        repeats.push(((30e6 / one.max(1.0)) as usize).clamp(3, 10_000));
    }
    let mut measured: Vec<Measured> = cases
        .iter()
        .map(|case| Measured {
            task: case.task,
            name: case.name,
            rows,
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..rounds {
        for ((case, repeats), measured) in cases.iter_mut().zip(&repeats).zip(&mut measured) {
            let began = processor_nanos();
            for _ in 0..*repeats {
                (case.run)();
            }
            measured
                .rounds
                .push((processor_nanos() - began) / (*repeats * rows) as f64);
        }
    }
    measured
}

/// Prints each contender's median and spread, the median of the ratios to ours round by round, and what a row costs at
/// 10,000 against 1,000.
pub fn report(results: &[Measured]) {
    println!(
        "\n{:<16} {:<11} {:>6} {:>9} {:>19} {:>12} {:>15}",
        "task", "crate", "rows", "ns/row", "spread", "ratio", "spread"
    );
    for measured in results {
        let ours = results
            .iter()
            .find(|other| {
                other.task == measured.task
                    && other.rows == measured.rows
                    && other.name == "footbridge"
            })
            .expect("each task has ours");
        let ratios: Vec<f64> = measured
            .rounds
            .iter()
            .zip(&ours.rounds)
            .map(|(theirs, ours)| theirs / ours)
            .collect();
        let (low, middle, high) = quartiles(&measured.rounds);
        let (ratio_low, ratio, ratio_high) = quartiles(&ratios);
        println!(
            "{:<16} {:<11} {:>6} {middle:>9.1} {:>19} {ratio:>11.2}x {:>15}",
            measured.task,
            measured.name,
            measured.rows,
            format!("{low:.1} … {high:.1}"),
            format!("{ratio_low:.2} … {ratio_high:.2}"),
        );
    }
    println!("\nours, a row at 10,000 rows against one at 1,000:");
    for large in results
        .iter()
        .filter(|measured| measured.name == "footbridge" && measured.rows == 10_000)
    {
        let small = results.iter().find(|other| {
            other.task == large.task && other.name == large.name && other.rows == 1_000
        });
        if let Some(small) = small {
            println!(
                "{:<16} {:.2}x",
                large.task,
                quartiles(&large.rounds).1 / quartiles(&small.rounds).1
            );
        }
    }
}

fn quartiles(numbers: &[f64]) -> (f64, f64, f64) {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted[(sorted.len() - 1) * part / 4];
    (at(1), at(2), at(3))
}

fn processor_nanos() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("our own usage");
    let nanos =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1e9 + time.tv_usec() as f64 * 1e3;
    nanos(usage.user_time()) + nanos(usage.system_time())
}

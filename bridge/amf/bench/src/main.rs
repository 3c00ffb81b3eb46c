//! Compares the codec with the crates `amf` and `flash-lso`: rows of ten mixed columns, as a list of typed objects in AMF3 and
//! as a RecordSet in AMF0.
//!
//! All contenders take turns in each round, so that what else the machine does meets them alike. Time is that of the
//! processor (getrusage). Before timing, what they read and wrote is compared.
//!
//! `cargo run --release` here; an argument is the number of rounds.

mod contenders;
mod measure;
mod rows;

use measure::{Case, report};

fn main() {
    let rounds = std::env::args()
        .nth(1)
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(11)
        .max(7);
    let mut results = Vec::new();
    for count in [1_000, 10_000] {
        let rows = rows::make(count);
        let (amf3, amf0) = (contenders::ours_amf3(&rows), contenders::ours_amf0(&rows));
        contenders::check_reading(&rows, &amf3, &amf0);
        let (peer3, peer0) = (contenders::peer_amf3(&rows), contenders::peer_amf0(&rows));
        contenders::check_writing(&rows, &peer3, &peer0);
        let (graph, value) = contenders::graph(&amf3);
        println!(
            "{count} rows: {} bytes AMF3, {} bytes AMF0",
            amf3.len(),
            amf0.len()
        );
        let mut out = Vec::with_capacity(4 << 20);
        let mut out_peer = Vec::with_capacity(4 << 20);
        let cases = vec![
            Case::new("read AMF3", "footbridge", || contenders::read_amf3(&amf3)),
            Case::new("read AMF3", "amf", || contenders::read_amf3_with_amf(&amf3)),
            Case::new("read AMF3", "flash-lso", || {
                contenders::read_amf3_with_lso(&amf3)
            }),
            Case::new("read AMF0", "footbridge", || contenders::read_amf0(&amf0)),
            Case::new("read AMF0", "amf", || contenders::read_amf0_with_amf(&amf0)),
            Case::new("read AMF0", "flash-lso", || {
                contenders::read_amf0_with_lso(&amf0)
            }),
        ];
        results.extend(measure::run(count, rounds, cases));
        let cases = vec![
            Case::new("write AMF3", "footbridge", || {
                contenders::write_amf3(&rows, &mut out)
            }),
            Case::new("write AMF3", "amf", || {
                contenders::write_with_amf(&peer3, &mut out_peer)
            }),
        ];
        results.extend(measure::run(count, rounds, cases));
        let cases = vec![
            Case::new("write AMF3 tree", "footbridge", || {
                contenders::write_graph(&graph, &value, &mut out)
            }),
            Case::new("write AMF3 tree", "amf", || {
                contenders::write_with_amf(&peer3, &mut out_peer)
            }),
        ];
        results.extend(measure::run(count, rounds, cases));
        let cases = vec![
            Case::new("write AMF0", "footbridge", || {
                contenders::write_amf0(&rows, &mut out)
            }),
            Case::new("write AMF0", "amf", || {
                contenders::write_amf0_with_amf(&peer0, &mut out_peer)
            }),
        ];
        results.extend(measure::run(count, rounds, cases));
    }
    report(&results);
}

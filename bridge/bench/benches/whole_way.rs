//! `cargo bench -p footbridge-bench [-- whole-call one-row memory soap soap-call rest-call]`: all, or those that are named;
//! `instructions`, which needs valgrind, where it is named.

use anyhow::{Result, bail};
use footbridge_bench::{
    instructions, memory, one_row, rest_call, role, soap, soap_call, whole_call,
};

fn main() -> Result<()> {
    role::play_or(|| async {
        // Cargo adds `--bench`.
        let mut chosen: Vec<_> = std::env::args()
            .skip(1)
            .filter(|word| !word.starts_with("--"))
            .collect();
        if chosen.is_empty() {
            chosen = [
                "whole-call",
                "one-row",
                "memory",
                "soap",
                "soap-call",
                "rest-call",
            ]
            .map(str::to_owned)
            .to_vec();
        }
        for (index, word) in chosen.iter().enumerate() {
            if index > 0 {
                println!();
            }
            match word.as_str() {
                "whole-call" => whole_call::run().await?,
                "one-row" => one_row::run().await?,
                "memory" => memory::run().await?,
                "soap" => soap::run().await?,
                "soap-call" => soap_call::run().await?,
                "rest-call" => rest_call::run().await?,
                "instructions" => instructions::run().await?,
                other => {
                    bail!(
                        "there is no benchmark `{other}`: whole-call, one-row, memory, soap, soap-call, rest-call, instructions"
                    )
                }
            }
        }
        Ok(())
    })
}

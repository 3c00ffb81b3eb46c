//! Packets of real clients, answers byte by byte, and hostile bytes.

mod answers;
#[path = "../../fuzz/any_bytes.rs"]
mod any_bytes;
mod commands;
mod hostile;
mod notation;
mod rows_of_disagreement;
mod wire;

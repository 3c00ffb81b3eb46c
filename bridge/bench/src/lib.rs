//! Benchmarks of the whole way: a call over HTTP, its rows from a database, its bytes back.
//!
//! Each peer is a process of its own, so that its CPU time and memory are its own: the benchmark starts itself again
//! in a role and talks to it by lines. Answers are compared before anything is timed. `docs/benchmarks.md` has the
//! numbers and how to get them again.
//!
//! 1. [`sample`]: the table, the same in every database, and what its rows must look like at a client.
//! 2. [`role`]: what a process can be: the gateway, a loop that fetches and drops rows, a bare handler.
//! 3. [`gateway`]: the gateway as `footbridge serve` runs it.
//! 4. [`child`]: such a process, seen from outside.
//! 5. [`client`]: calls over HTTP, as few instructions as possible.
//! 6. [`measure`]: interleaved runs, medians, spreads.
//! 7. [`whole_call`], [`instructions`], [`one_row`], [`memory`], [`soap`], [`soap_call`], [`rest_call`]: what is
//!    measured.

pub mod child;
pub mod client;
pub mod gateway;
pub mod instructions;
pub mod measure;
pub mod memory;
pub mod one_row;
pub mod rest_call;
pub mod role;
pub mod sample;
pub mod soap;
pub mod soap_call;
mod table;
pub mod whole_call;

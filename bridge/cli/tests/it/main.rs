//! The command from outside: what the terminal shows, what is logged, and how it stops.

mod audit;
mod stopping;
mod transcripts;

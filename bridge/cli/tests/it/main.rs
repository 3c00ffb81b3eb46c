//! The command from outside: what the terminal shows, what is logged, how it stops, and that the documents lead somewhere.

mod audit;
mod links;
mod stopping;
mod transcripts;

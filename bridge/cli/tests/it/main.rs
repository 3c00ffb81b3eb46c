//! The command from outside: what the terminal shows, how it stops, and that the documents lead somewhere.

mod links;
mod stopping;
mod transcripts;

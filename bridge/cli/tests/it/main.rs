//! The command from outside: what the terminal shows, and that the documents lead somewhere.

mod links;
mod transcripts;

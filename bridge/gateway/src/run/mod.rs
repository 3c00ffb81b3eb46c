//! Runs what the mapping compiled: an operation's plan, from its arguments to its reply in the answer.
//!
//! 1. `operation`: the way in; arguments bound, rows streamed where nothing has to see them first.
//! 2. `step`: one step: conditions, time-out, kind, value.
//! 3. `steps`, `transaction`, `each`: several of them, side by side, or in order on one connection; `retry`: again.
//! 4. `sql`, `procedure`: what databases answer; `rest` (page by `page`), `soap`: what services answer. `straight`: what of it goes to the client as it
//!    comes.
//! 5. `failure`: what went wrong, and the rules of `faults` that say what the client sees.
//! 6. `refusal`: which fault a rule of traffic is.
//! 7. `share`: how the calls of one packet take turns on connections.
//! 8. `scope`: what expressions see.

mod each;

mod failure;

mod operation;
pub use operation::{Client, Context, Identity, operation};

mod page;

mod procedure;

mod refusal;

mod rest;

mod retry;

mod scope;

mod share;
pub use share::Share;

mod soap;

mod sql;

mod step;

mod steps;

mod straight;

mod transaction;

//! Runs what the mapping compiled: an operation's plan, from its arguments to its reply in the answer.
//!
//! 1. `context`: who calls, and what else a call carries. `operation`: the way in; arguments bound, rows streamed where
//!    nothing has to see them first.
//! 2. `rules`: `require`, `rate`, `once`, `cache` around it; `kept`, `key`: what they keep between calls; `sign`: sessions; `audit`.
//! 3. `step`: one step: conditions, time-out, kind, value.
//! 4. `steps`, `transaction`, `each`: several of them, side by side, or in order on one connection; `retry`: again.
//! 5. `sql`, `procedure`: what databases answer; `rest` (page by `page`), `soap`: what services answer; `proxy`: what
//!    clients ask themselves. `straight`: what of it goes to the client as it
//!    comes.
//! 6. `failure`: what went wrong, and the rules of `faults` that say what the client sees.
//! 7. `refusal`: which fault a rule of traffic is.
//! 8. `share`: how the calls of one packet take turns on connections. `aside`: how others go on while a large reply is read.
//! 9. `scope`: what expressions see. `caller`, `told`: what backends see of the caller.
//! 10. `trace`: what ran, for callers who may see it.

mod aside;

mod ask;
pub(crate) use ask::{Broken, Replied, ask};

pub(crate) mod audit;

mod cache;

pub(crate) mod caller;

mod context;
pub use context::{Client, Context, Identity};

mod each;

mod failure;
pub(crate) use failure::Said;

mod kept;
pub use kept::Kept;

mod key;

pub(crate) mod once;

mod operation;
pub use operation::operation;

mod page;

pub(crate) mod pageable;

mod procedure;

mod proxy;

mod refusal;

mod rate;

mod rest;

mod retry;

mod rules;

mod scope;

mod share;
pub use share::Share;

mod sign;
pub use sign::{Change, Signing};
pub(crate) use sign::{fits_a_session, roles};

mod soap;

mod sql;

mod step;

mod steps;

mod straight;

pub(crate) mod told;
pub use told::Told;

mod trace;
pub use trace::Trace;

mod transaction;

//! Listeners, sessions, dispatch and limits: the gateway itself, without a command line.
//!
//! A call's way through this crate, in reading order:
//!
//! 1. [`Server`]: listeners and connections, drained at the end.
//! 2. `http`: paths, methods, content types, [`origins`], bodies within limits; bytes in, bytes out.
//! 3. `exchange`: a packet's bodies, each answered by itself, in the order asked.
//! 4. `dispatch`: which operation a call means.
//! 5. [`run`]: what the operation does, its reply written straight into the answer.
//!
//! Around them: [`Load`] sheds calls, bytes and connections before there are too many, [`Patience`] says how long a connection waits for
//! its client, [`Health`] and [`stats`] are what the admin listener tells, [`spans`] tells traces, `tls` has the certificates of HTTPS.
//!
//! [`documents`] reads what describes backends, [`Live::prepare`] asks databases about all statements before anybody calls.
//! [`Gateway`] holds what lasts: the [`Live`] mapping, which [`reload`] swaps, and the [`session`]s.

mod call;
pub use call::{Arguments, Call};

pub mod descriptors;

mod dispatch;

pub mod documents;

pub mod envelope;
pub mod request;

mod exchange;

mod gateway;
pub use gateway::{Gateway, Seen, Witness};

mod gzip;

mod health;
pub use health::{Health, Readiness};

mod http;

pub mod keys;

mod live;
pub use live::Live;

mod load;
pub use load::Load;

mod log;

mod login;

pub mod origins;

mod paths;

mod patience;
pub use patience::Patience;

mod prepare;
pub use prepare::Findings;

mod proxy_protocol;

mod rarely;

pub mod reload;

pub mod run;

mod samples;

mod server;
pub use server::{Server, ServerError};

pub mod session;

pub mod shared;

pub mod spans;

pub mod stats;

mod unique;

mod visitor;

mod tls;
pub use tls::TlsError;

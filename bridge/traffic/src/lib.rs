//! What calls over HTTP share, whatever they carry: one client for each backend.
//!
//! No knowledge of SOAP, REST or AMF: bytes go out and bytes come in. Every rule of a backend's traffic holds for every
//! call, in this order, and each refusal has its own [`Kind`]:
//!
//! 1. `request`: what is asked for. No [`Target`] leaves the backend's origin or climbs above its path; with a `Reach`, that of
//!    a proxy, it may be what that allows too (`guests`).
//! 2. `room`: calls at once (`pool`), and how many wait for them (`queue`).
//! 3. `breaker`: a backend that fails is left alone for a while.
//! 4. `auth`, `cookies`: who calls. `tls`: authorities and certificates.
//! 5. `travel`: one request and its redirects within the origin, every step under the call's deadline.
//! 6. `incoming`: the answer, piece by piece, decompressed and counted; `decode` takes the compression off.
//! 7. `retry`: which failures are sent again, when, and how many of them.
//! 8. `refusal`: what went wrong, in words that say nothing of the backend's content.
//!
//! [`Client`] puts them together, [`Clients`] keeps one for each backend over changes of the mapping.

mod address;

mod auth;

mod breaker;

mod client;
pub use client::{Client, SetupError};

mod clients;
pub use clients::Clients;

mod cookies;
pub use cookies::CookieJar;

mod decode;

mod guests;

mod incoming;
pub use incoming::{Incoming, Reply};

mod refusal;
pub use refusal::{Kind, Refusal};

mod request;
pub use request::{Credentials, Request, Target};

mod retry;

mod room;

mod status;
pub use status::{BreakerState, Status};

mod tls;

mod travel;

//! Sessions: what the gateway keeps of a client from call to call, known by a cookie, a URL suffix, the Flex header `DSId` or an
//! argument, all of them the same identifier.
//!
//! Only identifiers that were made here are sessions; what a client invents is as good as none, so nobody can fix
//! another's session beforehand. A session is made when there is something to keep, never for a mere call.
//!
//! 1. [`Session`]: one client's state.
//! 2. [`Store`]: where sessions are found, in one of two forms: `memory` of this process, or a `table` of a database that several
//!    gateways share. `sealed` is how a session looks in that table.
//! 3. [`Sessions`]: what of them lasts in this process.

pub(crate) mod ds_id;

mod memory;

mod sealed;

mod state;
pub use state::Session;

mod store;
pub use store::{Away, Lifetime, Sessions, Store};

mod table;
pub(crate) use table::TABLE;

/// The name of the cookie.
pub const COOKIE: &str = "footbridge";

/// The parameter of a path that carries the identifier, for clients without cookies: `/gateway;fbsid=…`.
pub const SUFFIX: &str = "fbsid";

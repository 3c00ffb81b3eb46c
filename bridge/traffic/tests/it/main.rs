//! Calls to servers that answer by a script, most of them badly.
//!
//! The clock stands still while anything happens and jumps where everybody waits, so no test takes the time that it
//! tells of.

mod answers;

mod guests;

mod identity;

mod limits;

mod proxies;

mod redirects;

mod repeated;

mod support;

mod trust;

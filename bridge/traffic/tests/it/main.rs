//! Calls to a server that misbehaves.

//! A crate of Footbridge.

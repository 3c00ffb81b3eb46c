//! The mapping language: files, the checked model, compiled operations.
//!
//! A folder of YAML files becomes one immutable [`model::Mapping`], or a list of
//! [`diagnostic::Diagnostic`]s. Read in this order:
//!
//! 1. [`mod@file`]: what the user wrote, every scalar with its place.
//! 2. [`slot`], [`expression`], [`text`], [`tree`], [`statement`]: the small languages inside.
//! 3. [`compile`]: names resolved, types checked from end to end, all faults of all files in one run.
//! 4. [`model`]: what it means; the run time sees only this.
//! 5. [`data`], [`rows`]: values at run time, and how rows become objects.

pub mod address;
pub mod argument;
pub mod compile;
pub mod data;
pub mod decimal;
pub mod description;
pub mod diagnostic;
pub mod expression;
pub mod file;
pub mod model;
pub mod place;
pub mod reach;
pub mod reply;
pub mod rows;
pub mod slot;
pub mod statement;
pub mod template;
pub mod text;
pub mod tree;
pub mod units;

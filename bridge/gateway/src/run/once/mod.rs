//! `once`: a second call with the same key gets the first answer, for a day; nothing is done twice.
//!
//! While the first runs the second waits. If nobody knows what became of the first (it was cut off, or its time ran out),
//! the second is a fault: sending again could do it twice.
//!
//! First answers are kept where sessions are: in the `memory` of this process, or in a `table` that several gateways share, where
//! each is `stored` as bytes.

mod memory;
mod room;
mod stored;
mod table;

use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{FaultKey, Kind, Step};
use footbridge_remoting::fault;

pub(crate) use self::memory::Firsts;
pub(crate) use self::room::Room;
use self::table::Table;
pub(crate) use self::table::{TABLE, sweep};
use super::context::Context;
use super::failure::Failure;
use super::key::Key;
use super::scope::Frame;

/// The first answer of this key, or that of `run`, which then is the first. `arguments` tell calls apart that have one key by
/// mistake; `time` is the longest that `run` takes.
///
/// # Errors
/// The fault that the first run ended with; one for a key that was used for another call; one where the outcome is unknown; one where
/// first answers are in a database that cannot be reached: then nothing is done.
pub(super) async fn through(
    context: &Context,
    (key, arguments): (Key, Key),
    step: &Step,
    frame: &Frame<'_>,
    time: Duration,
    run: impl Future<Output = Result<Data, Failure>>,
) -> Result<Data, Failure> {
    match Table::of(context) {
        Some(table) => {
            table
                .through((&key, &arguments), step, frame, time, run)
                .await
        }
        None => context.kept.firsts.through(key, arguments, step, run).await,
    }
}

/// What is known of a call that has ended.
enum Certainty {
    /// It was done, or refused.
    Known,
    /// It was not begun: the next one with this key is the first.
    Nothing,
    /// It may have been done.
    Unknown,
}

fn certainty(step: &Step, outcome: &Result<Data, Failure>) -> Certainty {
    let trouble = match outcome {
        Ok(_) | Err(Failure::Decided(_)) => return Certainty::Known,
        Err(Failure::Open(trouble)) => trouble,
    };
    // Of several steps one may have been done before another one failed.
    let several =
        matches!(step.kind, Kind::Steps(_) | Kind::Operation { .. }) || step.each.is_some();
    match &trouble.key {
        FaultKey::Unavailable | FaultKey::Other if several => Certainty::Unknown,
        FaultKey::Unavailable => Certainty::Nothing,
        FaultKey::Other if trouble.again => Certainty::Nothing,
        FaultKey::Timeout | FaultKey::Unreadable => Certainty::Unknown,
        _ if trouble.status.is_some_and(|status| status >= 500) => Certainty::Unknown,
        FaultKey::Status(_)
        | FaultKey::StatusClass(_)
        | FaultKey::Code(_)
        | FaultKey::Duplicate
        | FaultKey::Reference
        | FaultKey::Check
        | FaultKey::Count
        | FaultKey::None
        | FaultKey::Many
        | FaultKey::Other => Certainty::Known,
    }
}

/// The key stands for another call already.
fn another_call() -> Failure {
    Failure::decided(
        fault::BAD_ARGUMENTS,
        "the key that makes this call unique was used for a call with other arguments",
    )
}

/// Nobody knows whether the first call was done.
fn unknown() -> Failure {
    Failure::decided(
        fault::UNKNOWN_OUTCOME,
        "what became of the first call with this key is not known",
    )
}

/// Nobody can be asked whether it is the first: nothing is done.
fn away() -> Failure {
    Failure::decided(
        fault::UNAVAILABLE,
        "the gateway cannot reach its first answers; try again in a moment",
    )
}

/// There are too many first answers for another one: nothing is done.
fn full() -> Failure {
    Failure::decided(
        fault::UNAVAILABLE,
        "the gateway has no room for more first answers; try again later",
    )
}

/// First answers at most.
const MOST: usize = 200_000;

/// How long a first answer is kept.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

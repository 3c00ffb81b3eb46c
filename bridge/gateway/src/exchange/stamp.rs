//! What answers take from clock and chance.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use footbridge_remoting::{Envelope, Stamp};
use uuid::Uuid;

/// What an answer takes from clock and chance; classic answers take nothing.
pub(super) fn stamp(envelope: &Envelope) -> Stamp {
    if envelope.is_classic() {
        return Stamp {
            message_id: String::new(),
            client_id: String::new(),
            now: 0.0,
        };
    }
    Stamp {
        message_id: uuid(),
        client_id: uuid(),
        now: now(),
    }
}

fn uuid() -> String {
    Uuid::new_v4()
        .hyphenated()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
}

/// A correlation identifier: short enough to be read aloud, and different for each call of all gateways as far as chance goes. It is
/// no secret.
pub(super) fn new_id() -> Arc<str> {
    static BEGIN: LazyLock<u64> = LazyLock::new(|| Uuid::new_v4().as_u64_pair().1);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // An odd factor sends different counts to different numbers, and neighbours far apart.
    let number = COUNT
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ *BEGIN;
    format!("{number:016x}").into()
}

pub(super) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_millis() as f64)
}

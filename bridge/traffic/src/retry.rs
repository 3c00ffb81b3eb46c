//! Sending again: which failures, after how long, and how many of all.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use tokio::time::Instant;

use crate::refusal::Refusal;

/// The first pause is up to this long, each further one up to twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// No pause is longer, unless the backend asks for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// What a call adds to the budget.
const SHARE: f64 = 0.2;
/// What may be spent at once.
const RESERVE: f64 = 10.0;

/// One in five calls may be sent again, so that retries do not finish off a backend that fails.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<f64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(RESERVE))
    }
}

impl Budget {
    /// A call was made.
    pub(crate) fn earn(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + SHARE).min(RESERVE);
    }

    /// Whether one more may be sent again.
    pub(crate) fn spend(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *left >= 1.0;
        if enough {
            *left -= 1.0;
        }
        enough
    }
}

/// Whether an answer of this status says "later".
pub(crate) fn asks_for_later(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// Whether a request without an answer may be sent again.
pub(crate) fn may_follow(refusal: &Refusal, repeatable: bool) -> bool {
    use crate::refusal::Kind;
    refusal.kind.never_arrived() || (repeatable && refusal.kind == Kind::CutOff)
}

/// When to send again, by full jitter, or as the backend asks. `None` where that is not before the deadline.
///
/// `turn` counts from 0; `chance` lies between 0 and 1.
pub(crate) fn moment(
    turn: u32,
    chance: f64,
    asked: Option<Duration>,
    now: Instant,
    deadline: Instant,
) -> Option<Instant> {
    let most = FIRST_PAUSE
        .saturating_mul(1_u32.checked_shl(turn).unwrap_or(u32::MAX))
        .min(LONGEST_PAUSE);
    let pause = most.mul_f64(chance.clamp(0.0, 1.0));
    let at = now.checked_add(pause.max(asked.unwrap_or_default()))?;
    (at < deadline).then_some(at)
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
pub(crate) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_gives_one_in_five() {
        let budget = Budget::default();
        while budget.spend() {}
        for _ in 0..4 {
            budget.earn();
        }
        assert!(!budget.spend());
        budget.earn();
        budget.earn();
        assert!(budget.spend());
        assert!(!budget.spend());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_and_stay_before_the_deadline() {
        let now = Instant::now();
        let far = now + Duration::from_secs(60);
        let millis =
            |turn, chance| moment(turn, chance, None, now, far).map(|at| (at - now).as_millis());
        assert_eq!(millis(0, 1.0), Some(50));
        assert_eq!(millis(2, 1.0), Some(200));
        assert_eq!(millis(2, 0.5), Some(100));
        assert_eq!(millis(40, 1.0), Some(2000));
        let asked = Some(Duration::from_secs(3));
        assert_eq!(
            moment(0, 1.0, asked, now, far),
            Some(now + Duration::from_secs(3))
        );
        assert_eq!(
            moment(0, 1.0, asked, now, now + Duration::from_secs(2)),
            None
        );
    }

    #[test]
    fn what_the_backend_asks_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("it is a value"));
            asked(&headers, now).map(|pause| pause.as_secs())
        };
        assert_eq!(of("7"), Some(7));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:40 GMT"), Some(3));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(of("soon"), None);
    }
}

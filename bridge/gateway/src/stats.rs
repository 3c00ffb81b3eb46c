//! What is counted: names, labels and help of all metrics in one place.
//!
//! Counting goes through the macros of the crate `metrics`, so any crate below a backend may count without knowing this one:
//! `metrics::counter!("footbridge_forgiven_total", "backend" => name).increment(1)`. Where nobody has installed a recorder
//! ([`install`]) the macros do nothing. Labels are names out of mapping files and closed sets of words, never what a
//! client sent.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use footbridge_mapping::model::Operation;
use footbridge_remoting::Fault;
use footbridge_traffic::BreakerState;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::gateway::Gateway;

/// Calls by operation and outcome (`ok`, `client`, `server`); `operation` is empty where no mapping knows it.
pub const CALLS: &str = "footbridge_calls_total";
/// Faults by operation and code.
pub const FAULTS: &str = "footbridge_faults_total";
/// How long calls took, by operation.
pub const SECONDS: &str = "footbridge_call_seconds";
/// Calls that run.
pub const RUNNING: &str = "footbridge_calls_running";
/// Requests by face (`amf`, `json`).
pub const REQUESTS: &str = "footbridge_requests_total";
/// Values of arguments that came as another type than the declared one (a text for an `int`), by operation.
pub const COERCED: &str = "footbridge_coerced_total";
/// Runs of steps that asked a backend, by backend and outcome (`ok`, `failed`, `cancelled`).
pub const BACKEND_RUNS: &str = "footbridge_backend_runs_total";
/// How long they took, by backend.
pub const BACKEND_SECONDS: &str = "footbridge_backend_seconds";
/// Bytes of requests, unpacked.
pub const BYTES_IN: &str = "footbridge_request_bytes_total";
/// Bytes of answers, before they are packed.
pub const BYTES_OUT: &str = "footbridge_answer_bytes_total";
/// What was refused because there is too much at once, by reason: calls (`gateway`, `client`), requests and answers (`gateway-bytes`,
/// `client-bytes`), connections (`connections`).
pub const SHED: &str = "footbridge_shed_total";
/// Sessions that live.
pub const SESSIONS: &str = "footbridge_sessions";
/// Tasks of the runtime that are not done.
pub const TASKS: &str = "footbridge_tasks";
/// Connections that are open.
pub const CONNECTIONS: &str = "footbridge_connections";
/// Bytes of requests that are read or run, and of answers that clients have not taken yet.
pub const HELD: &str = "footbridge_held_bytes";
/// Connections of a database by backend and state (`read`, `write`, `idle`).
pub const POOL: &str = "footbridge_pool_connections";
/// Whether a backend answered when readiness was asked last.
pub const BACKEND_UP: &str = "footbridge_backend_up";
/// Mappings put in force.
pub const LOADS: &str = "footbridge_mapping_loads_total";
/// Calls over HTTP by backend and state (`running`, `waiting`).
pub const HTTP: &str = "footbridge_http_calls";
/// Calls over HTTP by backend and what became of them (`calls`, `sent`, `retried`, `failed`, `refused`).
pub const HTTP_TOTAL: &str = "footbridge_http_total";
/// Whether a backend's circuit breaker is open (1), tries (0.5) or is closed (0); counted by HTTP backends.
pub const BREAKER: &str = "footbridge_breaker_open";
/// Values of replies that differ from their description and were taken all the same, by backend and kind (`unknown-element`,
/// `missing-element`, `repeated`, `bad-text`, `unknown-type`, `wrong-name`, `wrong-namespace`, `out-of-order`, `odd-text`, `dangling-reference`, `missing-attachment`).
pub const FORGIVEN: &str = "footbridge_forgiven_total";

/// Installs the recorder of this process, once; what was counted before is lost.
///
/// # Errors
/// Where another recorder is installed already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    describe();
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Puts durations into their buckets, for ever. Until then each one is kept by itself, and a gateway whose metrics nobody asks
/// for would grow by some forty bytes with every call.
pub(crate) async fn fold(recorder: PrometheusHandle) {
    loop {
        tokio::time::sleep(FOLD).await;
        recorder.run_upkeep();
    }
}

/// A call was answered.
pub(crate) fn call(operation: Option<&Operation>, fault: Option<&Fault>, took: Duration) {
    let name = operation.map_or_else(String::new, |operation| operation.name.to_string());
    let outcome = match fault {
        None => "ok",
        Some(fault) if fault.is_clients() => "client",
        Some(_) => "server",
    };
    counter!(CALLS, "operation" => name.clone(), "outcome" => outcome).increment(1);
    if let Some(fault) = fault {
        counter!(FAULTS, "operation" => name.clone(), "code" => fault.code.to_string())
            .increment(1);
    }
    histogram!(SECONDS, "operation" => name).record(took.as_secs_f64());
}

/// Arguments were brought to their types.
pub(crate) fn coerced(operation: &Operation, count: usize) {
    if count > 0 {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        counter!(COERCED, "operation" => Arc::clone(&operation.name)).increment(count);
    }
}

/// A step asked a backend.
pub(crate) fn backend(name: Arc<str>, outcome: &'static str, took: Duration) {
    counter!(BACKEND_RUNS, "backend" => Arc::clone(&name), "outcome" => outcome).increment(1);
    histogram!(BACKEND_SECONDS, "backend" => name).record(took.as_secs_f64());
}

/// A request was answered.
pub(crate) fn request(face: &'static str, bytes_in: usize, bytes_out: usize) {
    let count = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    counter!(REQUESTS, "face" => face).increment(1);
    counter!(BYTES_IN, "face" => face).increment(count(bytes_in));
    counter!(BYTES_OUT, "face" => face).increment(count(bytes_out));
}

/// What is read when it is asked for.
pub(crate) fn observe(gateway: &Gateway) {
    gauge!(SESSIONS).set(gateway.sessions().len() as f64);
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    gauge!(TASKS).set(tasks as f64);
    gauge!(RUNNING).set(gateway.load().running() as f64);
    gauge!(CONNECTIONS).set(gateway.load().connections() as f64);
    gauge!(HELD).set(gateway.load().held() as f64);
    for database in gateway.live().databases.iter() {
        let status = database.status();
        let name = database.name().to_string();
        let states = [
            ("read", f64::from(status.reading)),
            ("write", f64::from(status.writing)),
            ("idle", status.resting as f64),
        ];
        for (state, count) in states {
            gauge!(POOL, "backend" => name.clone(), "state" => state).set(count);
        }
    }
    for client in gateway.live().clients.iter() {
        let status = client.status();
        let name = client.name().to_string();
        for (state, count) in [("running", status.in_flight), ("waiting", status.waiting)] {
            gauge!(HTTP, "backend" => name.clone(), "state" => state).set(count as f64);
        }
        for (what, count) in [
            ("calls", status.calls),
            ("sent", status.sent),
            ("retried", status.retried),
            ("failed", status.failed),
            ("refused", status.refused),
        ] {
            counter!(HTTP_TOTAL, "backend" => name.clone(), "what" => what).absolute(count);
        }
        let breaker = match status.breaker {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 0.5,
            BreakerState::Open => 1.0,
        };
        gauge!(BREAKER, "backend" => name).set(breaker);
    }
}

fn describe() {
    describe_counter!(HTTP_TOTAL, "What became of calls of a backend over HTTP");
    describe_gauge!(HTTP, "Calls of a backend over HTTP");
    describe_counter!(CALLS, "Calls by operation and outcome");
    describe_counter!(FAULTS, "Faults by operation and code");
    describe_histogram!(SECONDS, "Seconds from the call to its answer");
    describe_gauge!(RUNNING, "Calls that run");
    describe_counter!(REQUESTS, "Requests by face");
    describe_counter!(
        COERCED,
        "Values of arguments that came as another type than the declared one"
    );
    describe_counter!(BACKEND_RUNS, "Runs of steps that asked a backend");
    describe_histogram!(BACKEND_SECONDS, "Seconds that such a run took");
    describe_counter!(BYTES_IN, "Bytes of requests, unpacked");
    describe_counter!(BYTES_OUT, "Bytes of answers, before they are packed");
    describe_counter!(
        SHED,
        "Calls, requests, answers and connections refused because there is too much at once"
    );
    describe_gauge!(SESSIONS, "Sessions that live");
    describe_gauge!(TASKS, "Tasks of the runtime that are not done");
    describe_gauge!(CONNECTIONS, "Connections that are open");
    describe_gauge!(HELD, "Bytes of requests and answers that are held");
    describe_gauge!(POOL, "Connections of a database");
    describe_gauge!(BACKEND_UP, "Whether a backend answers");
    describe_counter!(LOADS, "Mappings put in force");
    describe_gauge!(BREAKER, "Whether a backend's circuit breaker is open");
    describe_counter!(
        FORGIVEN,
        "Values of replies that differ from their description"
    );
}

/// How often durations are put into their buckets: at twenty thousand calls a second this is some megabytes.
const FOLD: Duration = Duration::from_secs(5);

/// Seconds: from what a constant takes to what a report takes.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

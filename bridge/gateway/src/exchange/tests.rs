//! Packets of several calls, and calls that end in their own ways.

use footbridge_amf::Graph;
use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, fault};

use super::call::guarded;
use super::*;
use crate::gateway::{Seen, Witness};

fn gateway(service: &str) -> Gateway {
    gateway_of("gateway: test\ndefaults: {roles: public}\n", service)
}

fn gateway_of(gateway: &str, service: &str) -> Gateway {
    let file = |path: &str, text: &str| SourceFile::new(path, text.as_bytes());
    let files = vec![
        file("mappings/gateway.yaml", gateway),
        file("mappings/service.yaml", service),
    ];
    let project = Project {
        root: ".".into(),
        files,
    };
    let compiled = compile(&project, &ProcessEnvironment { root: ".".into() });
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Gateway::new(Live {
        mapping,
        databases: Arc::default(),
        clients: Arc::default(),
        documents: Arc::default(),
    })
}

/// The targets of the answers to classic calls without arguments.
async fn call(gateway: &Gateway, targets: &[&str]) -> Vec<String> {
    let answered = answered(gateway, &request(targets)).await;
    targets_of(&answered)
}

fn targets_of(answered: &Answered) -> Vec<String> {
    let packet = answered.chunks.concat();
    let packet = Packet::read(&packet, &Limits::default()).unwrap();
    packet
        .bodies
        .iter()
        .map(|body| body.target.to_string())
        .collect()
}

fn request(targets: &[&str]) -> Vec<u8> {
    let graph = Graph::new();
    let calls: Vec<_> = targets
        .iter()
        .map(|target| Outgoing {
            graph: &graph,
            arguments: &[],
            target: Target::Classic(target),
        })
        .collect();
    outgoing::request(Encoding::Amf0, &calls, 10_000).unwrap()
}

async fn answered(gateway: &Gateway, request: &[u8]) -> Answered {
    let origin = Origin {
        client: Client::default(),
        cookie: None,
        suffix: None,
        authorization: None,
        user: None,
        profile: Arc::new(Profile::auto().clone()),
        moved: None,
        http: Vec::new(),
        usage: gateway.load().usage(CLIENT.into()),
    };
    answer(gateway, request, origin).await.unwrap()
}

const CLIENT: [u8; 4] = [127, 0, 0, 1];

/// Leaves so many bytes of what the client may have held.
fn leave(gateway: &Gateway, bytes: usize) -> Held {
    let limits = gateway.live().mapping.gateway.limits;
    let held = Held::of(&gateway.load().usage(CLIENT.into()));
    held.more(limits.held_each - bytes, limits).unwrap();
    held
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_a_packet_run_side_by_side_and_are_answered_in_order() {
    let service =
        "service: s\noperations:\n  slow: {value: 1, delay: 3s}\n  quick: {value: 2, delay: 1s}\n";
    let gateway = gateway(service);
    let began = Instant::now();
    assert_eq!(
        call(&gateway, &["s.slow", "s.quick", "s.slow"]).await,
        ["/1/onResult", "/2/onResult", "/3/onResult"]
    );
    assert_eq!(began.elapsed().as_secs(), 3, "the slowest decides");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_time_out() {
    let gateway = gateway("service: s\noperations:\n  slow: {value: 1, delay: 30s, timeout: 2s}\n");
    let began = Instant::now();
    assert_eq!(call(&gateway, &["s.slow"]).await, ["/1/onStatus"]);
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn runs_of_each_go_on_side_by_side_as_far_as_parallel_allows() {
    let service = "service: s\noperations:\n  f:\n    each: x in split('a b c d e', ' ')\n    parallel: 2\n    value: =x\n    delay: 1s\n";
    let gateway = gateway(service);
    let began = Instant::now();
    assert_eq!(call(&gateway, &["s.f"]).await, ["/1/onResult"]);
    assert_eq!(began.elapsed().as_secs(), 3, "two, two and one");
}

#[tokio::test(start_paused = true)]
async fn a_run_of_each_that_fails_ends_the_others() {
    let service = "service: s\noperations:\n  f:\n    each: x in split('1 a 9', ' ')\n    value: =int(x)\n    delay: 1s\n    returns: int\n  g:\n    steps:\n      quick: {fault: {code: X, message: x}}\n      slow:\n        each: x in split('a b', ' ')\n        value: =x\n        delay: 5s\n";
    let gateway = gateway(service);
    let began = Instant::now();
    assert_eq!(call(&gateway, &["s.f"]).await, ["/1/onStatus"]);
    assert_eq!(began.elapsed().as_secs(), 1);
    assert_eq!(call(&gateway, &["s.g"]).await, ["/1/onStatus"]);
    assert_eq!(
        began.elapsed().as_secs(),
        1,
        "the runs of the other step are cancelled"
    );
}

#[tokio::test]
async fn a_panic_is_a_fault_of_its_call() {
    let fault = guarded(async { panic!("on purpose") }).await.unwrap_err();
    assert_eq!(fault.code, fault::PROCESSING);
}

#[tokio::test]
async fn a_witness_sees_known_and_unknown_calls() {
    struct Notes(Mutex<Vec<String>>);
    impl Witness for Notes {
        fn answered(&self, seen: Seen<'_>) {
            let Seen {
                call,
                fault,
                operation,
                ..
            } = seen;
            let known = operation.is_some();
            let code = fault.map(|fault| fault.code.to_string());
            self.0.lock().unwrap().push(format!(
                "{}.{} {known} {code:?}",
                call.service, call.operation
            ));
        }
    }
    let notes = Arc::new(Notes(Mutex::default()));
    let gateway =
        gateway("service: s\noperations:\n  one: {value: 1}\n").watched_by(Arc::clone(&notes) as _);
    call(&gateway, &["s.one", "s.two"]).await;
    let notes = notes.0.lock().unwrap();
    assert_eq!(
        *notes,
        [
            "s.one true None",
            "s.two false Some(\"Server.ResourceNotFound\")"
        ]
    );
}

#[tokio::test]
async fn an_answer_that_is_not_held_leaves_its_room_to_those_behind_it() {
    let [long, short] = [60_000, 4_000].map(|length| "x".repeat(length));
    let service = format!(
        "service: s\noperations:\n  long: {{value: {long}}}\n  short: {{value: {short}}}\n"
    );
    let limits = "gateway: test\ndefaults: {roles: public}\nlimits: {reply: 64KiB}\n";
    let gateway = gateway_of(limits, &service);
    let _held = leave(&gateway, 20_000);
    assert_eq!(
        call(&gateway, &["s.long", "s.short", "s.short"]).await,
        ["/1/onStatus", "/2/onResult", "/3/onResult"]
    );
}

#[tokio::test]
async fn debug_events_are_held_like_answers_or_left_out() {
    let service = format!(
        "service: s\noperations:\n  one: {{value: {}}}\n",
        "x".repeat(500)
    );
    let all = "gateway: test\ndefaults: {roles: public}\ndebug: {roles: public}\n";
    let gateway = gateway_of(all, &service);
    // NetDebugConfig {m_debug: true, trace: true, amf: true}
    let config = b"\x10\0\x0eNetDebugConfig\0\x07m_debug\x01\x01\0\x05trace\x01\x01\0\x03amf\x01\x01\0\0\x09";
    let mut asking = request(&["s.one"; 40]);
    let mut header = b"\0\x01\0\x10amf_server_debug\0\0\0\0".to_vec();
    header.push(u8::try_from(config.len()).unwrap());
    header.extend(config);
    asking.splice(2..4, header);
    let told = answered(&gateway, &asking).await;
    assert_eq!(targets_of(&told)[0], "/40/onDebugEvents");
    let length = told.chunks.iter().map(Vec::len).sum::<usize>();
    let held = gateway.load().held();
    assert!(
        (held..held + 100).contains(&length),
        "{length} bytes, of which {held} are held"
    );
    drop(told);
    // The answers fit, and nothing more.
    let _held = leave(&gateway, 30_000);
    let told = answered(&gateway, &asking).await;
    assert_eq!(targets_of(&told)[0], "/1/onResult");
    assert_eq!(targets_of(&told).len(), 40);
}

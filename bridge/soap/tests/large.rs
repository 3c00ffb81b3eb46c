//! A service of 3,000 operations whose types are all within each other. Alone in its process, since it measures memory.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use footbridge_mapping::model::TypeScope;
use footbridge_soap::load::{Options, load};
use footbridge_soap::read::Shapes;
use jiff::tz::TimeZone;

const OPERATIONS: usize = 3_000;

/// Every type refers to the one before it, to itself and, through choices, to ten others.
fn wsdl() -> String {
    let mut types = String::new();
    let mut messages = String::new();
    let mut operations = String::new();
    let mut bound = String::new();
    for at in 0..OPERATIONS {
        let other = at * 7 % OPERATIONS;
        let fields: String = (0..10).fold(String::new(), |mut text, field| {
            let of = (at * 31 + field) % OPERATIONS;
            write!(
                text,
                "<x:element name='f{field}' type='t:T{of}' minOccurs='0'/>"
            )
            .expect("it grows");
            text
        });
        write!(types, "<x:complexType name='T{at}'><x:complexContent><x:extension base='t:B{other}'><x:sequence><x:element name='self' type='t:T{at}' minOccurs='0'/><x:choice>{fields}</x:choice></x:sequence></x:extension></x:complexContent></x:complexType><x:complexType name='B{at}'><x:sequence><x:element name='id' type='x:int'/></x:sequence></x:complexType><x:element name='op{at}'><x:complexType><x:sequence><x:element name='in' type='t:T{at}'/></x:sequence></x:complexType></x:element><x:element name='op{at}Response'><x:complexType><x:sequence><x:element name='out' type='t:T{other}' maxOccurs='unbounded'/></x:sequence></x:complexType></x:element>").expect("it grows");
        write!(messages, "<message name='i{at}'><part name='p' element='t:op{at}'/></message><message name='o{at}'><part name='p' element='t:op{at}Response'/></message>").expect("it grows");
        write!(operations, "<operation name='op{at}'><input message='t:i{at}'/><output message='t:o{at}'/></operation>").expect("it grows");
        write!(bound, "<operation name='op{at}'><s:operation soapAction='a{at}'/><input><s:body use='literal'/></input><output><s:body use='literal'/></output></operation>").expect("it grows");
    }
    format!(
        "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'><types><x:schema targetNamespace='urn:t'>{types}</x:schema></types>{messages}<portType name='p'>{operations}</portType><binding name='b' type='t:p'><s:binding style='document'/>{bound}</binding><service name='s'><port name='p' binding='t:b'><s:address location='http://h/'/></port></service></definitions>"
    )
}

/// Resident memory of this process in bytes, where the system tells it.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<usize>()
        .ok()
        .map(|kilobytes| kilobytes << 10)
}

/// Time on a processor that this thread had, where the system tells it: others may share the machine.
fn worked() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = told.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[test]
fn three_thousand_recursive_operations_load_in_time_and_room() {
    let text = wsdl();
    let before = resident();
    let (started, begun) = (worked(), Instant::now());
    let mut resolver = |_: &str| Ok(text.clone().into_bytes());
    let model = load("x", &mut resolver, &Options::default()).expect("it loads");
    let loaded = match (started, worked()) {
        (Some(started), Some(now)) => now.saturating_sub(started),
        (None, _) | (_, None) => begun.elapsed(),
    };
    let after = resident();
    assert_eq!(model.warnings, []);
    assert_eq!(
        model.port(None, None).expect("a port").operations.len(),
        OPERATIONS
    );
    let model = Arc::new(model);
    let _shapes = Shapes::compile(&model, &TypeScope::default(), &TimeZone::UTC);
    // The promise is 2 seconds for what users run; this is a build without optimization on a shared machine.
    let allowed = if cfg!(debug_assertions) { 10 } else { 2 };
    assert!(
        loaded < Duration::from_secs(allowed),
        "{loaded:?} for {} bytes",
        text.len()
    );
    if let (Some(before), Some(after)) = (before, after) {
        let grown = after.saturating_sub(before);
        assert!(grown < 100 << 20, "{} MiB", grown >> 20);
    }
}

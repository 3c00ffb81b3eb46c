//! A whole call of a SOAP service through the gateway: 100,000 rows beside fetching the same reply with reqwest and
//! reading it with bare events; one object beside a bare pass-through of the same bodies. CPU seconds of each process.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use tokio::net::TcpListener;

use crate::child::Child;
use crate::client::{Client, answer, call};
use crate::measure::{Ratios, interleave, median};
use crate::role::{ADDRESS, PLACE};
use crate::soap::{ROWS, reply};

/// Rows of the long reply.
const MANY: usize = 100_000;
/// Calls of a run, of the long reply and of the short one.
const CALLS: (usize, usize) = (3, 2_000);
/// What is promised: at most so much more than fetch and events; at least so many calls of the pass-through.
const LIMITS: (f64, f64) = (1.3, 0.5);

/// Measures both and prints a table.
///
/// # Errors
/// What a peer fails with, or an answer that is not as it should be.
pub async fn run() -> Result<()> {
    println!("| call | gateway, ms of CPU | peer | peer, ms | ratio (least–most) | limit |");
    println!("|{}", " --- |".repeat(6));
    many().await?;
    one().await
}

async fn many() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_stub, address, mut gateway) = start(folder.path(), MANY).await?;
    let mut client = Client::connect(&gateway.ready).await?;
    let packet = call("bench.OrderService.listOrders", None)?;
    answer(client.post(&packet).await?, |graph, value| {
        let rows = graph.list(value).context("no list")?;
        ensure!(rows.len() == MANY, "{} rows", rows.len());
        Ok(())
    })?;
    let mut events = Child::start("soap-events", &[(ADDRESS, &address)]).await?;
    let (ours, theirs) = interleave(
        async || posts(&mut gateway, &mut client, &packet, CALLS.0).await,
        async || events.work(CALLS.0).await,
    )
    .await?;
    let ratios = Ratios::of(&ours, &theirs);
    let kept = ratios.median() <= LIMITS.0;
    let limit = format!("at most {}", LIMITS.0);
    line(
        "100,000 rows",
        "reqwest and bare events",
        CALLS.0,
        &ours,
        &theirs,
        &ratios,
        &limit,
        kept,
    );
    Ok(())
}

async fn one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_stub, address, mut gateway) = start(folder.path(), 1).await?;
    let mut client = Client::connect(&gateway.ready).await?;
    let packet = call("bench.OrderService.listOrders", None)?;
    let bytes = client.post(&packet).await?.to_vec();
    answer(&bytes, |graph, value| {
        ensure!(
            graph.list(value).context("no list")?.len() == 1,
            "not one row"
        );
        Ok(())
    })?;
    let file = folder.path().join("answer.bin");
    std::fs::write(&file, &bytes)?;
    let file = file.to_str().context("no text")?;
    let mut pass = Child::start("soap-pass", &[(ADDRESS, &address), (PLACE, file)]).await?;
    let mut other = Client::connect(&pass.ready).await?;
    ensure!(
        other.post(&packet).await? == bytes,
        "the pass-through answers otherwise"
    );
    let (ours, theirs) = interleave(
        async || posts(&mut gateway, &mut client, &packet, CALLS.1).await,
        async || posts(&mut pass, &mut other, &packet, CALLS.1).await,
    )
    .await?;
    // Costs, so the ratio of calls per second of CPU is theirs by ours.
    let ratios = Ratios::of(&theirs, &ours);
    let kept = ratios.median() >= LIMITS.1;
    let limit = format!("at least {}", LIMITS.1);
    line(
        "one object",
        "axum and reqwest",
        CALLS.1,
        &ours,
        &theirs,
        &ratios,
        &limit,
        kept,
    );
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the cells of a row")]
fn line(
    what: &str,
    peer: &str,
    calls: usize,
    ours: &[f64],
    theirs: &[f64],
    ratios: &Ratios,
    limit: &str,
    kept: bool,
) {
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    let each = |costs: &[f64]| median(costs) * 1000.0 / calls as f64;
    println!(
        "| {what} | {:.3} | {peer} | {:.3} | {ratios} | {limit}: {} |",
        each(ours),
        each(theirs),
        if kept { "kept" } else { "missed" }
    );
}

/// The service with so many rows, its address, and the gateway before it.
async fn start(folder: &Path, rows: usize) -> Result<(Child, String, Child)> {
    let stub = Child::start("soap-stub", &[(ROWS, &rows.to_string())]).await?;
    let address = format!("http://{}/orders", stub.ready);
    let (mappings, wsdl) = (folder.join("mappings"), folder.join("wsdl"));
    std::fs::create_dir_all(&mappings)?;
    std::fs::create_dir_all(&wsdl)?;
    std::fs::write(
        wsdl.join("orders.wsdl"),
        include_str!("../soap/orders.wsdl"),
    )?;
    std::fs::write(
        mappings.join("gateway.yaml"),
        format!(
            "gateway: bench\nlisten:\n  - http: 127.0.0.1:0\nbackends:\n  orders: {{wsdl: orders.wsdl, url: \"{address}\", \
             max-reply: 64MiB}}\nlimits: {{reply: 512MiB}}\ndefaults: {{roles: public, max-rows: 1000000, timeout: 60s}}\n"
        ),
    )?;
    std::fs::write(
        mappings.join("orders.yaml"),
        "service: bench.OrderService\nbackend: orders\npublish: all\n",
    )?;
    let place = folder.to_str().context("no text")?;
    let gateway = Child::start("gateway", &[(PLACE, place)]).await?;
    Ok((stub, address, gateway))
}

pub(crate) async fn posts(
    child: &mut Child,
    client: &mut Client,
    packet: &[u8],
    calls: usize,
) -> Result<f64> {
    let before = child.usage().await?;
    for _ in 0..calls {
        client.post(packet).await?;
    }
    Ok(child.usage().await?.cpu - before.cpu)
}

/// The envelope that asks for orders.
const REQUEST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ns0=\"urn:bench:orders\"><soapenv:Body><ns0:listOrders></ns0:listOrders></soapenv:Body></soapenv:Envelope>";

/// Role `soap-stub`: a service whose reply is known beforehand. Gives its address.
///
/// # Errors
/// No port.
pub async fn stub() -> Result<String> {
    let rows: usize = std::env::var(ROWS)?.parse()?;
    let text = Bytes::from(reply(rows)?);
    let handler = move |_: Bytes| {
        let text = text.clone();
        async move { ([("content-type", "text/xml; charset=utf-8")], text) }
    };
    serve(Router::new().route("/orders", post(handler))).await
}

/// Role `soap-pass`: fetches the reply of the service and answers with bytes that it knows beforehand.
///
/// # Errors
/// No port, no file.
pub async fn pass() -> Result<String> {
    let (client, address) = (client()?, std::env::var(ADDRESS)?);
    let bytes = Bytes::from(std::fs::read(std::env::var(PLACE)?)?);
    let handler = move |_: Bytes| {
        let (client, address, bytes) = (client.clone(), address.clone(), bytes.clone());
        async move {
            match fetch(&client, &address).await {
                Ok(_) => Ok(([("content-type", "application/x-amf")], bytes)),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    serve(Router::new().route("/gateway", post(handler))).await
}

/// Role `soap-events`: fetches the reply of the service and reads its events.
///
/// # Errors
/// What the service fails with.
pub async fn events(client: &reqwest::Client, address: &str) -> Result<()> {
    let reply = fetch(client, address).await?;
    let mut reader = Reader::from_reader(reply.as_ref());
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(()),
            event => {
                black_box(&event);
            }
        }
    }
}

/// A client as anybody makes one.
///
/// # Errors
/// What the system says.
pub fn client() -> Result<reqwest::Client> {
    // Already installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().build()?)
}

async fn fetch(client: &reqwest::Client, address: &str) -> Result<Bytes> {
    let request = client
        .post(address)
        .header("content-type", "text/xml; charset=utf-8")
        .header("soapaction", "\"urn:bench:orders#listOrders\"")
        .body(REQUEST);
    Ok(request.send().await?.error_for_status()?.bytes().await?)
}

pub(crate) async fn serve(router: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = router.layer(DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

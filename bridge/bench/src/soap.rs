//! SOAP envelopes read and written without a network, beside zeep and node-soap on the same ones, and beside the bare
//! events of the same bytes. CPU seconds of each process.
//!
//! The peers are started where there is a Python with zeep and a folder with node-soap: those of `tests/run clients`,
//! or what `FOOTBRIDGE_BENCH_PYTHON` and `FOOTBRIDGE_BENCH_NODE` name.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use footbridge_amf::amf3;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::TypeScope;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_soap::load::{Options, load};
use footbridge_soap::read::{Limits, Notes, Outcome, Reply, Shapes, read_into};
use footbridge_soap::write::{Aliases, Arguments, Nulls, Settings, write};
use jiff::tz::TimeZone;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::child::Child;
use crate::measure::{Ratios, interleave, median};
use crate::role::PLACE;

/// The variable that says what to do: `read`, `write` or `events`.
pub const WORK: &str = "FOOTBRIDGE_BENCH_SOAP";
/// The variable with the rows.
pub const ROWS: &str = "FOOTBRIDGE_BENCH_ROWS";

/// Seconds that a run of a peer takes about.
const SECONDS: f64 = 0.4;

/// Measures all of it and prints tables.
///
/// # Errors
/// What a peer fails with.
pub async fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = |rows: usize| folder.path().join(format!("reply{rows}.xml"));
    for rows in [1, 1_000, 10_000, 100_000] {
        std::fs::write(file(rows), reply(rows)?)?;
    }
    println!("| envelope | peer | ours, ms of CPU | peer, ms | ratio (least–most) | limit |");
    println!("|{}", " --- |".repeat(6));
    for (work, rows) in [("read", 1), ("read", 1_000), ("write", 1), ("write", 1_000)] {
        for (name, least, peer) in [
            ("zeep", 20.0, zeep(work, rows, &file(rows)).await?),
            ("node-soap", 5.0, node_soap(work, rows, &file(rows)).await?),
        ] {
            let Some(mut peer) = peer else {
                eprintln!("{name} is left out: run `tests/run clients` once to have it");
                continue;
            };
            let mut ours = ours(work, rows, &file(rows)).await?;
            against(
                &format!("{work} {rows}"),
                name,
                &mut ours,
                &mut peer,
                Limit::Least(least),
            )
            .await?;
        }
    }
    for rows in [1_000, 100_000] {
        let mut read = ours("read", rows, &file(rows)).await?;
        let mut events = ours("events", rows, &file(rows)).await?;
        against(
            &format!("read {rows}"),
            "bare events",
            &mut read,
            &mut events,
            Limit::None,
        )
        .await?;
    }
    println!();
    println!("| rows | µs of CPU a row |");
    println!("| --- | --- |");
    for rows in [1_000, 10_000, 100_000] {
        let mut read = ours("read", rows, &file(rows)).await?;
        let times = calibrate(&mut read).await?;
        let mut costs = Vec::new();
        for _ in 0..crate::measure::RUNS {
            costs.push(each(read.work(times).await?, times));
        }
        println!("| {rows} | {:.3} |", median(&costs) * 1e6 / count(rows));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Limit {
    /// The peer costs at least so many times as much.
    Least(f64),
    None,
}

async fn against(
    what: &str,
    name: &str,
    ours: &mut Child,
    peer: &mut Child,
    limit: Limit,
) -> Result<()> {
    let (our_times, peer_times) = (calibrate(ours).await?, calibrate(peer).await?);
    let (our, their) = interleave(
        async || Ok(each(ours.work(our_times).await?, our_times)),
        async || Ok(each(peer.work(peer_times).await?, peer_times)),
    )
    .await?;
    let (ratios, verdict) = match limit {
        Limit::Least(least) => {
            let ratios = Ratios::of(&their, &our);
            let kept = if ratios.median() >= least {
                "kept"
            } else {
                "missed"
            };
            (ratios, format!("at least {least}: {kept}"))
        }
        Limit::None => (Ratios::of(&our, &their), String::new()),
    };
    println!(
        "| {what} | {name} | {:.4} | {:.4} | {ratios} | {verdict} |",
        median(&our) * 1000.0,
        median(&their) * 1000.0,
    );
    Ok(())
}

/// How often a peer does its work in a run.
async fn calibrate(child: &mut Child) -> Result<usize> {
    // The first time warms caches, and lets compilers at run time see what there is.
    child.work(3).await?;
    let mut times = 1;
    loop {
        let took = child.work(times).await?;
        if took > SECONDS / 4.0 || times > 1 << 20 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few thousand runs"
            )]
            let wanted = (SECONDS / (took / count(times))).ceil() as usize;
            return Ok(wanted.max(1));
        }
        times *= 4;
    }
}

fn each(cpu: f64, times: usize) -> f64 {
    cpu / count(times)
}

#[expect(clippy::cast_precision_loss, reason = "rows and runs of a benchmark")]
fn count(times: usize) -> f64 {
    times as f64
}

async fn ours(work: &str, rows: usize, reply: &Path) -> Result<Child> {
    let rows = rows.to_string();
    let place = text(reply)?;
    Child::start("soap", &[(WORK, work), (ROWS, &rows), (PLACE, place)]).await
}

async fn zeep(work: &str, rows: usize, reply: &Path) -> Result<Option<Child>> {
    let python = found("FOOTBRIDGE_BENCH_PYTHON", "tests/.cache/venv/bin/python");
    let script = own("soap/zeep_peer.py");
    if !python.exists() {
        return Ok(None);
    }
    let wsdl = own("soap/orders.wsdl");
    let rows = rows.to_string();
    let words = [text(&script)?, text(&wsdl)?, work, text(reply)?, &rows];
    Child::peer(text(&python)?, &words).await.map(Some)
}

async fn node_soap(work: &str, rows: usize, reply: &Path) -> Result<Option<Child>> {
    let modules = found("FOOTBRIDGE_BENCH_NODE", "tests/clients/node_modules");
    if !modules.join("soap").exists() {
        return Ok(None);
    }
    let (script, wsdl) = (own("soap/node_soap_peer.mjs"), own("soap/orders.wsdl"));
    let rows = rows.to_string();
    let words = [
        text(&script)?,
        text(&modules)?,
        text(&wsdl)?,
        work,
        text(reply)?,
        &rows,
    ];
    Child::peer("node", &words).await.map(Some)
}

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn found(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| own("../..").join(usual), PathBuf::from)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

/// A reply with so many orders.
///
/// # Errors
/// Never; writing to a text cannot fail.
pub fn reply(rows: usize) -> Result<String> {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Body><listOrdersResponse xmlns=\"urn:bench:orders\"><listOrdersResult>".to_owned();
    for row in 0..rows {
        write!(
            text,
            "<Order><id>{row}</id><customer>Customer {}</customer><total>{row}.50</total><placed>2026-11-20T09:30:00Z</placed><paid>{}</paid><note xsi:nil=\"true\"/></Order>",
            row % 100,
            row.is_multiple_of(2)
        )?;
    }
    text.push_str("</listOrdersResult></listOrdersResponse></soap:Body></soap:Envelope>");
    Ok(text)
}

/// What this program does in the role `soap`: prepares, checks itself once, and gives the work.
///
/// # Errors
/// A file that cannot be read, or a result that is not as it should be.
pub fn worker() -> Result<Box<dyn FnMut() -> Result<()>>> {
    let work = std::env::var(WORK)?;
    let rows: usize = std::env::var(ROWS)?.parse()?;
    let reply = std::fs::read_to_string(std::env::var(PLACE)?)?;
    let wsdl = include_str!("../soap/orders.wsdl");
    let model = load(
        "orders.wsdl",
        &mut |_: &str| Ok(wsdl.into()),
        &Options::default(),
    )?;
    let model = Arc::new(model);
    let scope = TypeScope {
        package: Some("bench".into()),
        ..TypeScope::default()
    };
    match work.as_str() {
        "events" => Ok(Box::new(move || {
            let mut reader = Reader::from_str(&reply);
            loop {
                match reader.read_event()? {
                    Event::Eof => return Ok(()),
                    event => {
                        black_box(&event);
                    }
                }
            }
        })),
        "read" => {
            let shapes = Shapes::compile(&model, &scope, &TimeZone::UTC);
            let style = Style {
                encoding: Encoding::Amf3,
                rows: ListShape::ArrayCollection,
                lists: ListShape::ArrayCollection,
                externals: true,
            };
            let mut least = rows * 20;
            Ok(Box::new(move || {
                let port = model.port(None, None)?;
                let operation = port.operation("listOrders");
                let operation = operation.first().context("no operation")?;
                let reply = Reply {
                    status: 200,
                    content_type: Some("text/xml; charset=utf-8"),
                    body: reply.as_bytes(),
                };
                let mut writer = amf3::Writer::new(Vec::new(), 1 << 30);
                let mut notes = Notes::default();
                let outcome = read_into(
                    &reply,
                    &shapes,
                    operation,
                    &style,
                    "bench",
                    &Limits::default(),
                    &mut writer,
                    &mut notes,
                )?;
                ensure!(
                    matches!(outcome, Outcome::Value(())) && notes.is_empty(),
                    "{notes}"
                );
                let bytes = writer.finish()?;
                ensure!(
                    bytes.len() > std::mem::take(&mut least),
                    "an answer of {}",
                    bytes.len()
                );
                black_box(bytes);
                Ok(())
            }))
        }
        "write" => {
            let aliases = Aliases::of(&model, &scope);
            let orders: Vec<Data> = (0..rows).map(order).collect();
            let body = object(vec![("orders", Data::List(orders.into()))]);
            Ok(Box::new(move || {
                let port = model.port(None, None)?;
                let operation = port.operation("saveOrders");
                let operation = operation.first().context("no operation")?;
                let settings = Settings {
                    zone: &TimeZone::UTC,
                    aliases: &aliases,
                    nulls: Nulls::Nil,
                    mtom: None,
                };
                let arguments = Arguments {
                    body: &body,
                    headers: &Data::Null,
                    blocks: &[],
                    raw: None,
                };
                let request = write(&model, port, operation, &arguments, &settings)?;
                ensure!(
                    request.body.len() > rows * 100,
                    "a request of {}",
                    request.body.len()
                );
                black_box(request);
                Ok(())
            }))
        }
        other => bail!("no work {other}"),
    }
}

fn order(row: usize) -> Data {
    let number = i64::try_from(row).unwrap_or(i64::MAX);
    object(vec![
        ("id", Data::Int(number)),
        ("customer", Data::text(format!("Customer {}", row % 100))),
        ("total", Data::Decimal(format!("{row}.50").into())),
        ("placed", Data::Date(1_795_167_000_000.0)),
        ("paid", Data::Bool(row.is_multiple_of(2))),
        ("note", Data::Null),
    ])
}

fn object(members: Vec<(&str, Data)>) -> Data {
    Data::Object(Arc::new(Record {
        alias: None,
        members: members
            .into_iter()
            .map(|(name, data)| (name.into(), data))
            .collect(),
    }))
}

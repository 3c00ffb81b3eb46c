//! `footbridge call`: curl for AMF.

mod client;
mod cookies;
mod difference;
pub(crate) mod list;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use footbridge_amf::canonical;
use footbridge_remoting::{Encoding, Packet};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use self::client::{Call, Client, Credentials, Flex, Manner, Reply};
use self::cookies::Cookies;
use self::difference::{MOST, Side, Tolerance, differences};
use crate::Outcome;
use crate::decode::packet_json;
use crate::layout::{WIDTH, layout};
use crate::printable;

/// Call an operation of a gateway and print its answer.
///
/// Arguments are JSON; a text needs its quotes. What plain JSON cannot say is written as in docs/canonical-json.md:
/// {"$class": "samples.Product", "id": 1}, {"$date": "2026-11-20T09:30:00Z"}, {"$bytes": "AAEC"}.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 a result; 1 a fault, or a difference; 2 no answer at all.

Examples:
  footbridge call http://127.0.0.1:8080/gateway samples.inventory.ProductService.getProducts '\"toys\"'
  footbridge call http://127.0.0.1:8080/messagebroker/amf samples.EchoService.echo '[1, null]' --flex
  footbridge call https://cf8.example/flex2gateway/ com.acme.OrderService.getOrders 7 --flex --destination ColdFusion
  footbridge call http://old.example/gateway samples.Shop.getPrices --against http://127.0.0.1:8080/gateway \\
      --ignore serverTime --dates 1s
  footbridge call http://old.example/gateway --file calls.txt --against http://127.0.0.1:8080/gateway")]
pub(crate) struct Arguments {
    /// Where the gateway is.
    url: Url,
    /// The operation, with its service before the last dot.
    #[arg(value_name = "SERVICE.OPERATION", required_unless_present = "file")]
    operation: Option<String>,
    /// The arguments in order.
    #[arg(value_name = "JSON", allow_negative_numbers = true)]
    arguments: Vec<String>,

    /// Speak AMF0, as Flash Player 6 to 8 and Ruffle do: lists of rows come as RecordSet.
    #[arg(long)]
    amf0: bool,
    /// Speak AMF3, as Flash Player 9 and later, AIR and Royale do (default).
    #[arg(long, conflicts_with = "amf0")]
    amf3: bool,
    /// Send a Flex RemotingMessage in place of a classic call.
    #[arg(long)]
    flex: bool,
    /// The Flex destination; without it the service's name. The service then becomes the `source`.
    #[arg(long, value_name = "NAME", requires = "flex")]
    destination: Option<String>,
    /// The `source` of the Flex message.
    #[arg(long, value_name = "NAME", requires = "flex")]
    source: Option<String>,
    /// Send user and password: a classic call in the header `Credentials`, a Flex call by a login before it. A password
    /// that is not written is taken from FOOTBRIDGE_PASSWORD.
    #[arg(long, value_name = "USER[:PASSWORD]")]
    user: Option<String>,
    /// Send a further HTTP header.
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Keep cookies in this file, and send those that are there.
    #[arg(long, value_name = "FILE")]
    cookies: Option<PathBuf>,
    /// Wait so long for an answer.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    timeout: Duration,
    /// Print the whole answer packet, with headers and the message around the value.
    #[arg(long, conflicts_with_all = ["against", "file"])]
    packet: bool,

    /// Call this gateway too and print what differs, types included.
    #[arg(long, value_name = "URL2")]
    against: Option<Url>,
    /// A field that may differ: a name, or a path such as `lines[].addedAt`.
    #[arg(long, value_name = "FIELD", requires = "against")]
    ignore: Vec<String>,
    /// Dates this near are equal.
    #[arg(long, value_name = "DURATION", default_value = "0s", requires = "against", value_parser = duration)]
    dates: Duration,
    /// Make the calls of this file: one a line, `SERVICE.OPERATION JSON…`; `#` begins a comment.
    #[arg(long, value_name = "CALLS", conflicts_with = "operation")]
    file: Option<PathBuf>,
    /// Columns of a line; what is longer is broken.
    #[arg(long, default_value_t = WIDTH)]
    width: usize,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.call())
    }

    async fn call(self) -> anyhow::Result<Outcome> {
        let calls = self.calls()?;
        let cookies = match &self.cookies {
            Some(file) => Cookies::read(file)?,
            None => Cookies::default(),
        };
        let manner = self.manner()?;
        let mut client = Client::new(self.url.clone(), manner.clone(), cookies)?;
        let outcome = match &self.against {
            Some(other) => {
                // The other gateway has sessions of its own: cookies of a file belong to the first.
                let mut other = Client::new(other.clone(), manner, Cookies::default())?;
                self.compare(&calls, &mut client, &mut other).await?
            }
            None => self.print(&calls, &mut client).await?,
        };
        if let Some(file) = &self.cookies {
            client.cookies.write(file)?;
        }
        Ok(outcome)
    }

    async fn print(&self, calls: &[Call], client: &mut Client) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome::Good;
        let encoding = if self.amf0 {
            canonical::Encoding::Amf0
        } else {
            canonical::Encoding::Amf3
        };
        log_in(client).await?;
        for call in calls {
            let reply = client.call(call).await?;
            let mut out = std::io::stdout().lock();
            if self.file.is_some() {
                writeln!(out, "# {}.{}", call.service, call.operation)?;
            }
            let json = if self.packet {
                packet_json(&Packet::read(&reply.packet, &client::LIMITS)?)?
            } else {
                canonical::to_json(&reply.graph, &reply.value, encoding)?
            };
            writeln!(out, "{}", layout(&json, self.width))?;
            if reply.is_fault {
                eprintln!("fault: {}", sentence(&reply));
                outcome = Outcome::Bad;
            }
        }
        Ok(outcome)
    }

    async fn compare(
        &self,
        calls: &[Call],
        left: &mut Client,
        right: &mut Client,
    ) -> anyhow::Result<Outcome> {
        let tolerance = Tolerance {
            ignore: self.ignore.clone(),
            dates: self.dates,
        };
        log_in(left).await?;
        log_in(right).await?;
        let mut different = 0;
        for call in calls {
            // One after the other: both may work on the same database.
            let one = left.call(call).await?;
            let other = right.call(call).await?;
            let mut out = std::io::stdout().lock();
            let name = format!("{}.{}", call.service, call.operation);
            if one.is_fault != other.is_fault {
                different += 1;
                writeln!(
                    out,
                    "different  {name}\n  {} | {}",
                    outcome_of(&one),
                    outcome_of(&other)
                )?;
                continue;
            }
            let sides = [&one, &other].map(|reply| Side {
                graph: &reply.graph,
                value: &reply.value,
            });
            let tolerance = if one.is_fault {
                &tolerance.for_faults()
            } else {
                &tolerance
            };
            let found = differences(sides[0], sides[1], tolerance);
            if found.is_empty() {
                writeln!(out, "equal      {name}")?;
                continue;
            }
            different += 1;
            writeln!(out, "different  {name}")?;
            for difference in &found {
                writeln!(out, "  {}", printable::line(&difference.to_string()))?;
            }
            if found.len() == MOST {
                writeln!(out, "  … the first {MOST}")?;
            }
        }
        if self.file.is_some() {
            writeln!(
                std::io::stdout(),
                "{different} of {} calls are answered differently",
                calls.len()
            )?;
        }
        Ok(if different == 0 {
            Outcome::Good
        } else {
            Outcome::Bad
        })
    }

    fn calls(&self) -> anyhow::Result<Vec<Call>> {
        if let Some(file) = &self.file {
            let text = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            return list::parse(&text).with_context(|| file.display().to_string());
        }
        let Some(operation) = &self.operation else {
            bail!("name an operation, or a file of calls")
        };
        let arguments = self
            .arguments
            .iter()
            .map(|text| list::argument(text))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(vec![list::call(operation, &arguments)?])
    }

    fn manner(&self) -> anyhow::Result<Manner> {
        let flex = self.flex.then(|| Flex {
            destination: self.destination.clone(),
            source: self.source.clone(),
        });
        let credentials = match self
            .user
            .as_deref()
            .map(|user| user.split_once(':').ok_or(user))
        {
            None => None,
            Some(Ok((user, password))) => Some(Credentials {
                user: user.to_owned(),
                password: password.to_owned(),
            }),
            Some(Err(user)) => {
                let password = std::env::var("FOOTBRIDGE_PASSWORD")
                    .map_err(|_| anyhow!("--user {user} has no password; write USER:PASSWORD or set FOOTBRIDGE_PASSWORD"))?;
                Some(Credentials {
                    user: user.to_owned(),
                    password,
                })
            }
        };
        let headers = self
            .header
            .iter()
            .map(|text| header(text))
            .collect::<anyhow::Result<_>>()?;
        let encoding = if self.amf0 {
            Encoding::Amf0
        } else {
            Encoding::Amf3
        };
        Ok(Manner {
            encoding,
            flex,
            credentials,
            headers,
            timeout: self.timeout,
        })
    }
}

impl Tolerance {
    /// Two faults of one kind have identifiers of their own.
    fn for_faults(&self) -> Self {
        let own = [
            "correlationId",
            "correlation",
            "messageId",
            "clientId",
            "timestamp",
        ]
        .map(str::to_owned);
        Self {
            ignore: self.ignore.iter().cloned().chain(own).collect(),
            dates: self.dates,
        }
    }
}

/// Logs in where credentials ask for it; calls that follow a refused login would only be faults.
async fn log_in(client: &mut Client) -> anyhow::Result<()> {
    match client.log_in().await?.filter(|reply| reply.is_fault) {
        Some(refused) => bail!("the login was refused: {}", sentence(&refused)),
        None => Ok(()),
    }
}

/// `code: message` of a fault, in whichever words its server uses.
fn sentence(reply: &Reply) -> String {
    let text = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| match reply.graph.member(&reply.value, name) {
                Some(footbridge_amf::Value::String(text)) => Some(text.to_string()),
                _ => None,
            })
    };
    let code = text(["faultCode", "code"]).unwrap_or_else(|| "(no code)".to_owned());
    let sentence = match text(["faultString", "description"]) {
        Some(message) => format!("{code}: {message}"),
        None => code,
    };
    printable::line(&sentence).into_owned()
}

fn outcome_of(reply: &Reply) -> String {
    if reply.is_fault {
        format!("fault {}", sentence(reply))
    } else {
        "a result".to_owned()
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    footbridge_mapping::units::duration(text)
        .map_err(|_| format!("`{text}` is no duration; write it with its unit: 500ms, 5s, 10m"))
}

fn header(text: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let (name, value) = text
        .split_once(':')
        .with_context(|| format!("`{text}` is no NAME: VALUE"))?;
    let name = name
        .trim()
        .parse()
        .with_context(|| format!("`{name}` is no name of a header"))?;
    let value = value
        .trim()
        .parse()
        .with_context(|| format!("`{value}` is no value of a header"))?;
    Ok((name, value))
}

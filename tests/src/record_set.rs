//! A client of record sets, as the class `mx.remoting.RecordSet` of ActionScript 2 is one: it knows how many rows there are, and asks
//! for those that it lacks, each question on a new connection without headers.
//!
//! | delivery | what is asked |
//! | --- | --- |
//! | on demand | each row by itself when it is wanted, the questions of a moment in one packet |
//! | page | whole pages, and some pages before they are wanted; one question for each run of missing rows |
//! | fetch all | the next rows when the last have come |
//!
//! When it has all rows it says `release`, without arguments.

use std::error::Error;

use footbridge_amf::canonical;
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{Outcome, Outgoing, Target, outcome, request};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::gateway::Gateway;

/// How the rows that are missing are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// `setDeliveryMode("ondemand")`
    OnDemand,
    /// `setDeliveryMode("page", size, prefetch)`
    Page {
        /// Rows of a page.
        size: usize,
        /// Pages that are fetched ahead.
        prefetch: usize,
    },
    /// `setDeliveryMode("fetchall", size)`
    FetchAll {
        /// Rows of a question.
        size: usize,
    },
}

/// A record set on the client's side.
#[derive(Clone, Debug)]
pub struct RecordSet {
    id: Json,
    service: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    rows: Vec<Option<Json>>,
    /// Questions that were asked.
    pub questions: usize,
}

impl RecordSet {
    /// Calls an operation, `service.operation`, whose answer is a record set.
    ///
    /// # Errors
    /// Where the answer is something else, or what the class would warn of.
    pub fn call(
        gateway: &Gateway,
        operation: &str,
        arguments: &[Json],
    ) -> Result<Self, Box<dyn Error>> {
        Self::call_with(gateway, &[], operation, arguments)
    }

    /// The same with more lines in the head of the call; what is asked later has none of them.
    ///
    /// # Errors
    /// Those of [`RecordSet::call`].
    pub fn call_with(
        gateway: &Gateway,
        head: &[(&str, &str)],
        operation: &str,
        arguments: &[Json],
    ) -> Result<Self, Box<dyn Error>> {
        let answer = one(gateway, head, operation, arguments)?;
        if answer["$class"] != "RecordSet" {
            return Err(format!("no record set: {answer}").into());
        }
        let info = &answer["serverInfo"];
        if info["version"] != json!(1) {
            return Err("warning 100: the version is unknown".into());
        }
        let total = position(&info["totalCount"])?;
        let mut set = Self {
            id: info["id"].clone(),
            service: info["serviceName"].as_str().unwrap_or_default().to_owned(),
            columns: info["columnNames"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            rows: vec![None; total],
            questions: 0,
        };
        let first = position(&info["cursor"])?;
        set.take(first, &info["initialData"])?;
        if set.id.is_null() && set.rows.iter().any(Option::is_none) {
            return Err("warning 102: rows are missing, and there is no id".into());
        }
        Ok(set)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows that have come, in order.
    pub fn rows(&self) -> impl Iterator<Item = &Json> {
        self.rows.iter().flatten()
    }

    /// Looks at all rows from the last to the first, as a grid does that is scrolled to its end and back, and asks for
    /// whatever is missing.
    ///
    /// # Errors
    /// Where an answer is none, or rows do not come.
    pub fn read(&mut self, gateway: &Gateway, delivery: Delivery) -> Result<(), Box<dyn Error>> {
        match delivery {
            Delivery::OnDemand => {
                // What a grid of ten lines shows at once.
                for shown in (0..self.len()).rev().step_by(10) {
                    let wanted: Vec<_> = (shown.saturating_sub(9)..=shown)
                        .filter(|index| self.rows[*index].is_none())
                        .map(|index| (index, 1))
                        .collect();
                    self.ask(gateway, &wanted)?;
                }
            }
            Delivery::Page { size, prefetch } => {
                for index in (0..self.len()).rev() {
                    if self.rows[index].is_some() {
                        continue;
                    }
                    let first = index / size * size;
                    let end = (first + size * (prefetch + 1)).min(self.len());
                    let runs = self.missing(first, end);
                    self.ask(gateway, &runs)?;
                }
            }
            Delivery::FetchAll { size } => {
                while let Some(next) = self.rows.iter().position(Option::is_none) {
                    self.ask(gateway, &[(next, size.min(self.len() - next))])?;
                }
            }
        }
        if let Some(missing) = self.rows.iter().position(Option::is_none) {
            return Err(format!("row {missing} never came").into());
        }
        let released = one(gateway, &[], &format!("{}.release", self.service), &[])?;
        match released {
            Json::Null => Ok(()),
            other => Err(format!("`release` was answered by {other}").into()),
        }
    }

    /// Runs of rows that are missing.
    fn missing(&self, first: usize, end: usize) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for index in (first..end).filter(|index| self.rows[*index].is_none()) {
            match runs.last_mut() {
                Some((start, count)) if *start + *count == index => *count += 1,
                Some(_) | None => runs.push((index, 1)),
            }
        }
        runs
    }

    /// Asks for runs of rows, in one packet.
    fn ask(&mut self, gateway: &Gateway, runs: &[(usize, usize)]) -> Result<(), Box<dyn Error>> {
        if runs.is_empty() {
            return Ok(());
        }
        let questions: Vec<_> = runs
            .iter()
            .map(|(first, count)| vec![self.id.clone(), json!(first + 1), json!(count)])
            .collect();
        let target = format!("{}.getRecords", self.service);
        self.questions += questions.len();
        for (answer, (first, count)) in several(gateway, &[], &target, &questions)?.iter().zip(runs)
        {
            let cursor = position(&answer["Cursor"])?;
            if cursor != first + 1 {
                return Err(format!("asked from {}, and {cursor} came", first + 1).into());
            }
            let come = self.take(cursor, &answer["Page"])?;
            if come != *count {
                return Err(format!("asked for {count} rows, and {come} came").into());
            }
        }
        Ok(())
    }

    fn take(&mut self, cursor: usize, rows: &Json) -> Result<usize, Box<dyn Error>> {
        let rows = rows.as_array().ok_or("rows are no list")?;
        for (row, place) in rows.iter().zip(cursor - 1..) {
            let place = self
                .rows
                .get_mut(place)
                .ok_or("a row beyond the number of rows")?;
            if place.is_some() {
                return Err("warning 106: a row came twice".into());
            }
            *place = Some(row.clone());
        }
        Ok(rows.len())
    }
}

fn position(number: &Json) -> Result<usize, Box<dyn Error>> {
    let number = number.as_f64().ok_or("a place or a count is no number")?;
    if number.fract() != 0.0 || !(0.0..1e9).contains(&number) {
        return Err(format!("{number} is no place").into());
    }
    Ok(format!("{number:.0}").parse()?)
}

fn one(
    gateway: &Gateway,
    head: &[(&str, &str)],
    target: &str,
    arguments: &[Json],
) -> Result<Json, Box<dyn Error>> {
    let mut answers = several(gateway, head, target, &[arguments.to_vec()])?;
    answers.pop().ok_or_else(|| "no answer came".into())
}

/// Calls with the same target in one packet of AMF0, and their answers.
fn several(
    gateway: &Gateway,
    head: &[(&str, &str)],
    target: &str,
    calls: &[Vec<Json>],
) -> Result<Vec<Json>, Box<dyn Error>> {
    let mut graph = Graph::new();
    let mut arguments = Vec::new();
    for call in calls {
        let values = call
            .iter()
            .map(|argument| canonical::from_json_into(&mut graph, argument))
            .collect::<Result<Vec<_>, _>>()?;
        arguments.push(values);
    }
    let outgoing: Vec<_> = arguments
        .iter()
        .map(|arguments| Outgoing {
            graph: &graph,
            arguments,
            target: Target::Classic(target),
        })
        .collect();
    let response = gateway.post_with(head, &request(Encoding::Amf0, &outgoing, usize::MAX)?)?;
    if response.status != 200 {
        return Err(format!("HTTP {}", response.status).into());
    }
    let packet = Packet::read(&response.body, &Limits::default())?;
    if packet.bodies.len() != calls.len() {
        return Err(format!(
            "{} answers came for {} calls",
            packet.bodies.len(),
            calls.len()
        )
        .into());
    }
    packet
        .bodies
        .iter()
        .map(|body| {
            let value = canonical::to_json(&body.graph, &body.content, canonical::Encoding::Amf0)?;
            match outcome(body) {
                (_, Outcome::Result) => Ok(value),
                (uri, _) => Err(format!("{target} was answered to {uri} by {value}").into()),
            }
        })
        .collect()
}

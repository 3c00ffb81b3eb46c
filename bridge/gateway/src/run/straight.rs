//! Answers that go straight to the client: rows from the driver, items from the reply, with no value in between.

use footbridge_mapping::model::{FaultRules, RestStep, SoapStep, SqlStep, Step};
use footbridge_remoting::Answer;

use super::failure::Failure;
use super::operation::Begin;
use super::scope::Frame;
use super::{rest, soap, sql};

/// A step whose answer nothing has to see before the client.
pub(super) enum Straight<'s> {
    Sql(&'s SqlStep),
    Rest(&'s RestStep),
    Soap(&'s SoapStep),
}

/// The step as one whose answer goes straight to the client, if it may.
pub(super) fn of<'s>(
    step: &'s Step,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Option<Straight<'s>> {
    if let Some(statement) = sql::streams(step, levels) {
        return Some(Straight::Sql(statement));
    }
    if let Some(call) = soap::streams(step, frame, levels) {
        return Some(Straight::Soap(call));
    }
    rest::streams(step, levels).map(Straight::Rest)
}

/// Runs it.
///
/// # Errors
/// A failure that rules have not been asked about; the answer then holds half a value.
pub(super) async fn run(
    step: &Step,
    straight: &Straight<'_>,
    frame: &Frame<'_>,
    answer: &mut Answer,
    begin: &Begin<'_>,
) -> Result<(), Failure> {
    match straight {
        Straight::Sql(statement) => sql::stream(step, statement, frame, answer).await,
        Straight::Rest(request) => rest::stream(step, request, frame, answer, begin).await,
        Straight::Soap(call) => soap::stream(step, call, frame, answer).await,
    }
}

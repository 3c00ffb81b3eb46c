//! `transaction`: steps in order on one connection, all or nothing.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{Backend, FaultRules, Isolation, Step};

use footbridge_sql::Access;

use super::failure::Failure;
use super::retry::Tries;
use super::scope::Frame;
use super::sql::database;
use super::step::{self, On};

/// What a transaction does.
pub(super) struct Order<'m> {
    pub(super) backend: &'m Arc<Backend>,
    pub(super) steps: &'m [Step],
    /// How often it runs again after a serialization failure.
    pub(super) retry: u32,
    pub(super) isolation: Option<Isolation>,
}

/// Runs the steps, and again from the start where they met another transaction and `retry` allows it.
///
/// # Errors
/// The failure of a step, or a fault that a rule made of the good answer; in both cases nothing is kept.
pub(super) async fn run<'c>(
    step: &'c Step,
    order: &Order<'c>,
    frame: Frame<'c>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let mut tries = Tries::of_transaction(order.retry);
    loop {
        match once(step, order, frame.clone(), levels).await {
            Err(failure) if tries.again(&failure, frame.context).await => {}
            outcome => return outcome,
        }
    }
}

async fn once<'c>(
    step: &'c Step,
    order: &Order<'c>,
    mut frame: Frame<'c>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let _turn = frame.context.share.turn(order.backend, Access::Write).await;
    let mut transaction = database(&frame, order.backend)?
        .begin(order.isolation)
        .await?;
    let mut last = Data::Null;
    for inner in order.steps {
        // Dropped on the way out, the transaction is rolled back.
        last = step::inner(inner, frame.clone(), On::Transaction(&mut transaction)).await?;
        frame.set(&inner.name, last.clone());
    }
    let value = step::finished(step, last, levels, &frame)?;
    // A reply that does not fit its type undoes everything, so it is looked at while that can be done.
    step::conform(step, value.clone(), &frame)?;
    transaction.commit().await?;
    Ok(value)
}

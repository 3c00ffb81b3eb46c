//! `steps`: side by side, unless one names another.

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Steps;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;

use super::failure::Failure;
use super::scope::Frame;
use super::step::{self, On};

/// Runs all steps, each as soon as those it waits for have ended. Gives the value of the last one written, and the
/// frame that sees all values.
///
/// # Errors
/// The first failure; the other steps are cancelled, unless they write: those are waited for.
pub(super) async fn run<'c>(
    several: &'c Steps,
    mut frame: Frame<'c>,
) -> Result<(Data, Frame<'c>), Failure> {
    let count = several.steps.len();
    let mut values = vec![None; count];
    let mut begun = vec![false; count];
    let mut cancels: Vec<AbortHandle> = Vec::new();
    let mut running = FuturesUnordered::new();
    let mut failed = None;
    loop {
        if failed.is_none() {
            for (index, step) in several.steps.iter().enumerate() {
                if begun[index]
                    || several.waits[index]
                        .iter()
                        .any(|&other| values[other].is_none())
                {
                    continue;
                }
                begun[index] = true;
                let (cancel, cancelled) = AbortHandle::new_pair();
                if !step::writes(step) {
                    cancels.push(cancel);
                }
                let frame = frame.clone();
                let run = async move { (index, step::inner(step, frame, On::Pool).await) };
                running.push(Abortable::new(run, cancelled));
            }
        }
        match running.next().await {
            // Cancelled, because another step failed.
            Some(Err(_)) => {}
            Some(Ok((index, Ok(value)))) => {
                frame.set(&several.steps[index].name, value.clone());
                values[index] = Some(value);
            }
            Some(Ok((_, Err(failure)))) => {
                failed.get_or_insert(failure);
                cancels.drain(..).for_each(|cancel| cancel.abort());
            }
            None => break,
        }
    }
    match failed {
        Some(failure) => Err(failure),
        None => Ok((values.pop().flatten().unwrap_or(Data::Null), frame)),
    }
}

//! What operations do.

use std::sync::Arc;

use footbridge_mapping::model::Operation;
use footbridge_remoting::{Answer, Fault, fault};

use crate::call::Call;
use crate::live::Live;

/// What an operation runs in.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The mapping that the call began with.
    pub live: &'c Arc<Live>,
    /// The call.
    pub call: &'c Call,
}

/// Runs an operation and writes its reply as one value into `answer`.
///
/// The future is sent between threads, so [`Answer::sink`] is asked for anew after each await.
///
/// # Errors
/// The fault that the client is to see, by the operation's rules. What was written by then is taken back.
pub async fn operation(
    context: Context<'_>,
    operation: &Arc<Operation>,
    answer: &mut Answer,
) -> Result<(), Fault> {
    let _ = (context, answer);
    Err(Fault::new(
        fault::PROCESSING,
        format!("`{}` cannot run yet", operation.name),
    ))
}

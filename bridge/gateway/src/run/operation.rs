//! The way in: an operation, its arguments and the bytes of its answer.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use footbridge_amf::WriteError;
use footbridge_mapping::data::{AmfValue, Data, Record};
use footbridge_mapping::model::{FaultRules, Operation, Plan, Roles, Step};
use footbridge_mapping::reply;
use footbridge_mapping::{argument, expression};
use footbridge_remoting::{
    Answer, Envelope, Fault, Stamp, Style, TypedAcknowledge, Upstream, fault,
};
use tokio::time::Instant;

use super::failure::{Failure, answer_failure};
use super::kept::Kept;
use super::pageable::{self, Asked};
use super::retry::Tries;
use super::scope::{Frame, object};
use super::share::Share;
use super::sign::{self, Signing};
use super::step::{self, Level, On};
use super::told::Told;
use super::trace::{self, Trace};
use super::{audit, each, rules, straight};
use crate::live::Live;
use crate::session::Session;
use crate::spans::Trail;
use crate::stats;

/// What a call carries beside its arguments.
#[derive(Debug)]
pub struct Context {
    /// The mapping as it was when the call began, with its databases.
    pub live: Arc<Live>,
    /// Who calls.
    pub identity: Identity,
    /// Where the call comes from.
    pub client: Client,
    /// The correlation id, in the fault and in the log.
    pub id: Arc<str>,
    /// When the call began, in milliseconds since 1970-01-01T00:00Z.
    pub time: f64,
    /// When it ends at the latest.
    pub deadline: Instant,
    /// How lists and objects look for this client.
    pub style: Style,
    /// The turns that the calls of one packet take on connections.
    pub share: Arc<Share>,
    /// The caller's session, where it has one.
    pub session: Option<Arc<Session>>,
    /// What backends with `auth: caller` are told.
    pub told: Told,
    /// What the call does to its session.
    pub signing: Arc<Signing>,
    /// Further rows of a record set, where the call asks for those.
    pub asked: Option<Asked>,
    /// What outlives the call.
    pub kept: Arc<Kept>,
    /// What ran, where the caller may see it.
    pub trace: Option<Arc<Trace>>,
    /// What a proxy was answered, for the headers of the answer.
    pub upstream: Arc<OnceLock<Upstream>>,
}

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// The members of `identity`; `None` for a stranger.
    pub members: Option<Arc<Record>>,
}

/// Where a call comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address of the peer, without its port.
    pub address: Arc<str>,
    /// What the client calls itself, e.g. its `User-Agent`.
    pub name: Arc<str>,
    /// The identifier that a proxy gave to the request, for the log.
    pub request: Option<Arc<str>>,
    /// The origin of the page that it calls from, if that is of another site than the gateway.
    pub site: Option<Arc<str>>,
    /// The identifier that it was given once as a `DSId`, and says: its next session is found by it too, for it takes no other.
    pub ds_id: Arc<OnceLock<Arc<str>>>,
    /// The span that it is told below.
    pub trail: Trail,
}

/// Runs an operation and gives the whole body of its answer.
///
/// Rows of a single `sql` go straight from the driver into the answer; whatever a rule of `faults` or a `value` has
/// to see first is collected. Half an answer is dropped where a rule gives a value for a fault that came late.
///
/// # Errors
/// The fault that the client gets, without its correlation id.
pub async fn operation(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: Vec<AmfValue>,
    envelope: &Envelope,
    stamp: &Stamp,
) -> Result<Vec<u8>, Fault> {
    let begin = || {
        let acknowledge = TypedAcknowledge {
            upstream: context.upstream.get(),
            ..TypedAcknowledge::default()
        };
        let limit = context.live.mapping.gateway.limits.reply;
        Answer::acknowledge(envelope, acknowledge, limit, stamp)
    };
    let answer = match answered(context, operation, arguments, &begin).await {
        Ok(answer) => answer,
        Err(failure) => return Err(failure.into_fault()),
    };
    answer
        .finish()
        .map_err(|error| Failure::from(error).into_fault())
}

pub(super) type Begin<'b> = dyn Fn() -> Result<Answer, WriteError> + Sync + 'b;

async fn answered(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: Vec<AmfValue>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let arguments = match &context.asked {
        Some(asked) => asked.token.arguments.clone(),
        None => arguments.into_iter().map(Data::Amf).collect(),
    };
    let by_token;
    let context = match token(context, operation, &arguments).await? {
        Some(session) => {
            by_token = context.called_in(session);
            &by_token
        }
        None => context,
    };
    let told = |operation: &Operation, failure| {
        audit::line(context, operation, &[], Some(&failure));
        failure
    };
    allowed(context, operation).map_err(|failure| told(operation, failure))?;
    let (operation, step) =
        chosen(operation, &arguments).map_err(|failure| told(operation, failure))?;
    let (bound, coerced) =
        bound(operation, step, &arguments).map_err(|failure| told(operation, failure))?;
    stats::coerced(operation, coerced);
    let outcome = ran(context, operation, step, (&arguments, bound.clone()), begin).await;
    if let Some(session) = &context.session
        && let Err(away) = context.kept.store(&context.live).save(session).await
    {
        // What is lost are cookies of backends; the call itself has done what it should.
        tracing::warn!(error = %away.0, "{away}");
    }
    audit::line(context, operation, &bound, outcome.as_ref().err());
    outcome
}

/// The session that an argument names, where the operation has one that does: that one alone counts, and an unknown one is a
/// stranger's.
async fn token(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: &[Data],
) -> Result<Option<Option<Arc<Session>>>, Failure> {
    let Ok((operation, step)) = chosen(operation, arguments) else {
        return Ok(None);
    };
    let Some(rule) = &operation.rules.session else {
        return Ok(None);
    };
    let (arguments, _) = bound(operation, step, arguments)?;
    let frame = Frame::new(context, operation, &step.zone, arguments);
    let session = match expression::evaluate(rule, &frame)?.plain() {
        Data::Text(token) => context.kept.store(&context.live).find(&token).await?,
        _ => None,
    };
    Ok(Some(session))
}

/// The arguments, and how many of their values came as another type.
fn bound(
    operation: &Operation,
    step: &Step,
    arguments: &[Data],
) -> Result<(Vec<Data>, usize), Failure> {
    argument::bind_counting(
        &operation.arguments,
        arguments,
        &operation.scope,
        &step.zone,
    )
    .map_err(|error| Failure::decided(fault::BAD_ARGUMENTS, error.to_string()))
}

/// Runs an operation for a caller who may call it, and writes its answer.
async fn ran(
    context: &Context,
    operation: &Operation,
    step: &Step,
    (sent, arguments): (&[Data], Vec<Data>),
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let frame = Frame::new(context, operation, &step.zone, arguments);
    rules::admit(context, operation, step, &frame)?;
    let levels = levels(operation, step);
    let failed = match paged(step, &frame, &levels, sent, begin).await {
        Ok(Some(answer)) => return Ok(answer),
        Ok(None) => None,
        Err(failure) => Some(failure),
    };
    let straight = straight::of(step, &frame, &levels).filter(|_| rules::lets_through(operation));
    let value = if let Some(failure) = failed {
        answer_failure(failure, &levels, &frame)?
    } else if let Some(straight) = straight {
        let run = async {
            let mut tries = Tries::of(step, &On::Pool);
            loop {
                let mut answer = begin()?;
                let mut frame = frame.clone();
                let noted = trace::begin(step, &mut frame);
                let run = straight::run(step, &straight, &frame, &mut answer, begin).await;
                if let Some(noted) = noted {
                    noted.outcome(&run);
                }
                match run {
                    Ok(()) => return Ok(answer),
                    Err(failure) if tries.again(&failure, context).await => {}
                    Err(failure) => return Err(failure),
                }
            }
        };
        match within(context, operation, run).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => answer_failure(failure, &levels, &frame)?,
        }
    } else {
        // Apart, so that the way of rows that are streamed stays small.
        let run = Box::pin(rules::perform(
            context,
            operation,
            step,
            frame.clone(),
            &levels,
        ));
        match run.await {
            Ok(value) => value,
            Err(failure) => answer_failure(failure, &levels, &frame)?,
        }
    };
    let write = |value: &Data| {
        let mut answer = begin()?;
        reply::write(
            value,
            step.reply(),
            &operation.scope,
            &step.zone,
            &context.style,
            frame.service(),
            answer.sink(),
        )?;
        Ok(answer)
    };
    let answer = match write(&value) {
        Ok(answer) => answer,
        // A value that does not fit its type may have a rule, `unreadable`, like any other fault.
        Err(failure) => write(&answer_failure(failure, &levels, &frame)?)?,
    };
    sign::commit(context).await?;
    Ok(answer)
}

/// The first page of a record set, or the rows of one that were asked for; `None` where the answer is no page.
async fn paged(
    step: &Step,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
    sent: &[Data],
    begin: &Begin<'_>,
) -> Result<Option<Answer>, Failure> {
    let context = frame.context;
    let asked = context.asked.as_ref();
    let first = pageable::of(step, frame, levels);
    if asked.is_none() && first.is_none() {
        return Ok(None);
    }
    let run = async {
        let mut tries = Tries::of(step, &On::Pool);
        loop {
            let mut frame = frame.clone();
            let noted = trace::begin(step, &mut frame);
            let outcome = match (asked, &first) {
                (Some(asked), _) => pageable::further(asked, step, &frame, begin)
                    .await
                    .map(Some),
                (None, Some(paged)) => pageable::first(*paged, step, &frame, sent, begin).await,
                (None, None) => Ok(None),
            };
            if let Some(noted) = noted {
                noted.outcome(&outcome);
            }
            match outcome {
                Err(failure) if tries.again(&failure, context).await => {}
                outcome => return outcome,
            }
        }
    };
    // Apart, so that the way of rows that are streamed stays small.
    Box::pin(within(context, frame.operation, run)).await
}

/// Runs an operation that another one names, and gives its value.
pub(super) async fn nested(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: &[(Arc<str>, Data)],
) -> Result<Data, Failure> {
    if operation.roles != Roles::Internal {
        allowed(context, operation)?;
    }
    let values = arguments
        .iter()
        .map(|(_, value)| value.clone())
        .collect::<Vec<_>>();
    let (operation, step) = chosen(operation, &values)?;
    let arguments = argument::bind_named(
        &operation.arguments,
        arguments,
        &operation.scope,
        &step.zone,
    )
    .map_err(|error| Failure::decided(fault::BAD_ARGUMENTS, error.to_string()))?;
    let frame = Frame::new(context, operation, &step.zone, arguments);
    let levels = levels(operation, step);
    rules::admit(context, operation, step, &frame)?;
    // Operations call each other without cycles, so this ends.
    let outcome = Box::pin(rules::perform(
        context,
        operation,
        step,
        frame.clone(),
        &levels,
    ));
    outcome
        .await
        .and_then(|value| match step.each {
            // Each of its values has its type already.
            Some(_) => Ok(value),
            None => step::conform(step, value, &frame),
        })
        .or_else(|failure| answer_failure(failure, &levels, &frame))
}

/// Runs all that an operation is: its step, or the runs of its step for each item.
pub(super) async fn whole<'c>(
    step: &'c Step,
    frame: Frame<'c>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    match &step.each {
        Some(each) => each::run(step, each, frame, &mut On::Pool, Level::Operation(levels)).await,
        None => step::run(step, frame, On::Pool, levels).await,
    }
}

/// Whether this caller may call it.
fn allowed(context: &Context, operation: &Operation) -> Result<(), Failure> {
    may(context, &operation.roles, &operation.name)
}

/// Whether this caller may do what `roles` is said of.
pub(super) fn may(context: &Context, roles: &Roles, name: &str) -> Result<(), Failure> {
    if context.identity.holds(roles) {
        return Ok(());
    }
    let known = context.identity.members.is_some();
    match roles {
        Roles::Named(_) if known => Err(Failure::decided(
            fault::AUTHORIZATION,
            format!("`{name}` is not for this caller"),
        )),
        Roles::Public | Roles::Users | Roles::Named(_) => Err(Failure::decided(
            fault::AUTHENTICATION,
            format!("`{name}` is for callers who have logged in"),
        )),
        Roles::Internal => Err(Failure::decided(
            fault::RESOURCE_NOT_FOUND,
            format!("`{name}` is not for clients"),
        )),
    }
}

/// The operation itself, or the overload that fits the arguments, and its step.
fn chosen<'o>(
    operation: &'o Arc<Operation>,
    arguments: &[Data],
) -> Result<(&'o Operation, &'o Step), Failure> {
    let mut operation = operation;
    loop {
        match &operation.plan {
            Plan::Step(step) => return Ok((operation, step)),
            Plan::Overloads(overloads) => {
                let signatures = overloads
                    .iter()
                    .map(|overload| overload.arguments.as_slice());
                let index = argument::choose(signatures, arguments).ok_or_else(|| {
                    Failure::decided(
                        fault::BAD_ARGUMENTS,
                        format!(
                            "no form of `{}` takes these {} arguments",
                            operation.name,
                            arguments.len()
                        ),
                    )
                })?;
                operation = &overloads[index];
            }
        }
    }
}

/// The rules that are asked, in order: of the step, the operation, the service, the gateway.
fn levels<'o>(operation: &'o Operation, step: &'o Step) -> Vec<&'o FaultRules> {
    std::iter::once(&*step.faults)
        .chain(operation.faults.iter().map(|rules| &**rules))
        .collect()
}

/// The operation's time-out, within the call's deadline.
pub(super) async fn within<T>(
    context: &Context,
    operation: &Operation,
    run: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(context.left(operation.timeout), run).await {
        Ok(result) => result,
        Err(_) => Err(step::too_late()),
    }
}

impl Context {
    /// The same call, by whoever owns this session.
    fn called_in(&self, session: Option<Arc<Session>>) -> Self {
        let identity = session
            .as_ref()
            .map(|session| session.identity())
            .unwrap_or_default();
        Self {
            live: Arc::clone(&self.live),
            identity,
            client: self.client.clone(),
            id: Arc::clone(&self.id),
            time: self.time,
            deadline: self.deadline,
            style: self.style.clone(),
            session,
            told: Told::default(),
            signing: Arc::clone(&self.signing),
            share: Arc::clone(&self.share),
            asked: self.asked.clone(),
            kept: Arc::clone(&self.kept),
            trace: self.trace.clone(),
            upstream: Arc::clone(&self.upstream),
        }
    }

    /// The root `call`.
    pub(super) fn call_root(&self, operation: &Operation) -> Data {
        let (service, name) = operation
            .name
            .rsplit_once('.')
            .unwrap_or(("", &operation.name));
        object([
            ("id", Data::Text(Arc::clone(&self.id))),
            ("service", Data::text(service)),
            ("operation", Data::text(name)),
            ("time", Data::Date(self.time)),
            ("address", Data::Text(Arc::clone(&self.client.address))),
            ("client", Data::Text(Arc::clone(&self.client.name))),
        ])
    }

    /// What is left until the deadline, at most this long.
    pub(super) fn left(&self, most: Duration) -> Duration {
        self.deadline
            .saturating_duration_since(Instant::now())
            .min(most)
    }
}

impl Identity {
    /// The root `identity`; its members are null for a stranger.
    pub(super) fn root(&self) -> Data {
        self.members
            .as_ref()
            .map_or(Data::Null, |members| Data::Object(Arc::clone(members)))
    }

    /// Whether roles let this caller in; nobody from outside is `internal`.
    pub(crate) fn holds(&self, roles: &Roles) -> bool {
        match roles {
            Roles::Public => true,
            Roles::Users => self.members.is_some(),
            Roles::Named(roles) => roles.iter().any(|role| self.has(role)),
            Roles::Internal => false,
        }
    }

    fn has(&self, role: &str) -> bool {
        match self
            .members
            .as_ref()
            .and_then(|members| members.members.get("roles"))
        {
            Some(Data::List(roles)) => roles
                .iter()
                .any(|known| matches!(known, Data::Text(known) if **known == *role)),
            Some(_) | None => false,
        }
    }
}

//! What went wrong, and what `faults` makes of it.
//!
//! A fault goes from the step to its operation, the service and the gateway. Each level is asked as a whole:
//! its conditions first, as written, then its most exact word. The first rule that fits ends the search; where
//! none does, the client gets the built-in code and a calm sentence.

use std::error::Error;
use std::sync::Arc;

use footbridge_amf::{Sink, WriteError};
use footbridge_mapping::data::Data;
use footbridge_mapping::expression::{self, EvaluationError};
use footbridge_mapping::model::{FaultKey, FaultRule, FaultRules, TypeScope};
use footbridge_mapping::reply::{self, ReplyError};
use footbridge_mapping::tree;
use footbridge_remoting::{Emit, Fault, Style, fault};
use footbridge_sql::{SqlError, SqlErrorKind};

use jiff::tz::TimeZone;

use super::scope::{Frame, object};
use crate::session::Away;

/// Why a step has no value.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A fault that no rule is asked about any more.
    Decided(Box<Fault>),
    /// Something that the rules may still answer.
    Open(Box<Trouble>),
}

/// What happened, in the words of `faults`.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// The word that names it.
    pub(super) key: FaultKey,
    /// The SQLSTATE, where a database said one; the codes of a SOAP fault, the most exact one first.
    pub(super) codes: Vec<Arc<str>>,
    /// The HTTP status, where one was answered.
    pub(super) status: Option<u16>,
    /// What the backend calls it: `fault.message`, for rules alone.
    pub(super) message: Option<Arc<str>>,
    /// What the backend said of it, decoded: `fault.detail`.
    pub(super) detail: Data,
    /// The built-in fault, sent where no rule fits.
    pub(super) fault: Fault,
    /// The step that failed, where it is not the operation itself.
    pub(super) step: Option<Arc<str>>,
    /// Whether the same call may succeed if it is made again: a serialization failure or a deadlock.
    pub(super) again: bool,
    /// Whether a SOAP fault is about what was asked, and not about the service.
    pub(super) of_caller: bool,
}

/// What a rule says.
pub(super) enum Verdict {
    /// This value, as if it had been answered.
    Value(Data),
    /// This fault.
    Fault(Box<Fault>),
}

impl Failure {
    /// Something the rules may answer.
    pub(super) fn open(key: FaultKey, code: &'static str, message: impl Into<String>) -> Self {
        Self::Open(Box::new(Trouble {
            key,
            ..Trouble::new(Fault::new(code, message))
        }))
    }

    /// A fault of the built-in ones that no rule is asked about.
    pub(super) fn decided(code: &'static str, message: impl Into<String>) -> Self {
        Self::Decided(Box::new(Fault::new(code, message)))
    }

    /// Names the step that failed, unless a step within it is named already.
    pub(super) fn in_step(mut self, name: &Arc<str>) -> Self {
        if let Self::Open(trouble) = &mut self {
            trouble.step.get_or_insert_with(|| Arc::clone(name));
        }
        self
    }

    /// The code that the client gets where no rule says another.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Decided(fault) => &fault.code,
            Self::Open(trouble) => &trouble.fault.code,
        }
    }

    /// The fault that the client gets.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Decided(fault) => *fault,
            Self::Open(trouble) => trouble.fault,
        }
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        let (key, code, message) = match &error.kind {
            SqlErrorKind::Duplicate => (
                FaultKey::Duplicate,
                fault::DUPLICATE,
                "this key exists already",
            ),
            SqlErrorKind::Reference => (
                FaultKey::Reference,
                fault::REFERENCE,
                "something refers to what is not there, or is still referred to",
            ),
            SqlErrorKind::Check => (
                FaultKey::Check,
                fault::CHECK,
                "the database does not allow a value",
            ),
            SqlErrorKind::None => (FaultKey::None, fault::NOT_FOUND, "there is no such row"),
            SqlErrorKind::Many => (
                FaultKey::Many,
                fault::BAD_REPLY,
                "there is more than one such row",
            ),
            SqlErrorKind::TooManyRows { .. } => (
                FaultKey::Other,
                fault::TOO_MANY_ROWS,
                "the answer has more rows than are allowed",
            ),
            SqlErrorKind::Timeout => (
                FaultKey::Timeout,
                fault::TIMEOUT,
                "the database did not answer in time",
            ),
            SqlErrorKind::Unavailable => (
                FaultKey::Unavailable,
                fault::UNAVAILABLE,
                "the database cannot be reached",
            ),
            // The member's name is the mapping's; what the database said of it is not for clients.
            SqlErrorKind::Unreadable { column } => {
                let message = format!("`{column}` of the database's answer does not fit its type");
                return Self::Open(Box::new(Trouble {
                    key: FaultKey::Unreadable,
                    ..Trouble::new(because(fault::BAD_REPLY, &message, error))
                }));
            }
            SqlErrorKind::Argument { .. } => {
                return Self::Decided(Box::new(because(
                    fault::BAD_ARGUMENTS,
                    "an argument does not fit the database's type",
                    error,
                )));
            }
            SqlErrorKind::Write(reason) => return Self::from(reason.clone()),
            SqlErrorKind::Serialization
            | SqlErrorKind::Syntax
            | SqlErrorKind::ReadOnly
            | SqlErrorKind::Changed
            | SqlErrorKind::Other => (
                FaultKey::Other,
                fault::BACKEND,
                "the database refused the call",
            ),
        };
        Self::Open(Box::new(Trouble {
            key,
            codes: error.code.as_deref().map(Arc::from).into_iter().collect(),
            again: error.kind == SqlErrorKind::Serialization,
            ..Trouble::new(because(code, message, error))
        }))
    }
}

impl From<Away> for Failure {
    fn from(away: Away) -> Self {
        Self::Decided(Box::new(away.into()))
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let (code, message) = match &error {
            WriteError::TooLarge { .. } => (
                fault::REPLY_TOO_LARGE,
                "the answer is larger than is allowed",
            ),
            WriteError::Cycle { .. }
            | WriteError::Unrepresentable { .. }
            | WriteError::TooDeep { .. } => {
                return Self::Decided(Box::new(because(
                    fault::BAD_REPLY,
                    &error.to_string(),
                    error,
                )));
            }
            WriteError::OutOfOrder(_) => {
                (fault::PROCESSING, "the gateway could not write its answer")
            }
        };
        Self::Decided(Box::new(because(code, message, error)))
    }
}

impl From<ReplyError> for Failure {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::Write(error) => Self::from(error),
            other => Self::Open(Box::new(Trouble {
                key: FaultKey::Unreadable,
                ..Trouble::new(because(fault::BAD_REPLY, &other.to_string(), other))
            })),
        }
    }
}

impl From<EvaluationError> for Failure {
    /// An expression of the mapping cannot be evaluated on what the caller sent.
    fn from(error: EvaluationError) -> Self {
        Self::decided(fault::BAD_ARGUMENTS, error.to_string())
    }
}

/// What these levels say of a failure; the failure itself where none says anything.
pub(super) fn answer_failure(
    failure: Failure,
    levels: &[&FaultRules],
    frame: &Frame<'_>,
) -> Result<Data, Failure> {
    let trouble = match failure {
        Failure::Decided(_) => return Err(failure),
        Failure::Open(trouble) => trouble,
    };
    let seen = frame.with_fault(trouble.data());
    for rules in levels {
        let rule = condition(rules, &seen)?.or_else(|| word(rules, &trouble));
        if let Some(rule) = rule {
            return match verdict(rule, &seen)? {
                Verdict::Value(value) => Ok(value),
                Verdict::Fault(mut fault) => {
                    fault.cause = trouble.fault.cause;
                    Err(Failure::Decided(fault))
                }
            };
        }
    }
    Err(Failure::Open(trouble))
}

/// What the conditions of these levels say of a good answer; `None` where it stays good.
pub(super) fn judge(levels: &[&FaultRules], frame: &Frame<'_>) -> Result<Option<Verdict>, Failure> {
    for rules in levels {
        if let Some(rule) = condition(rules, frame)? {
            return verdict(rule, frame).map(Some);
        }
    }
    Ok(None)
}

/// Whether any of these levels wants to see good answers.
pub(super) fn looks_at_answers(levels: &[&FaultRules]) -> bool {
    levels.iter().any(|rules| !rules.conditions.is_empty())
}

/// Whether one of these rules answers by a value.
pub(super) fn may_give_a_value(rules: &FaultRules) -> bool {
    let words = rules.words.iter().map(|(_, rule)| rule);
    let conditions = rules.conditions.iter().map(|(_, rule)| rule);
    words
        .chain(conditions)
        .any(|rule| matches!(rule, FaultRule::Value(_)))
}

/// The fault that a rule of the mapping makes, or its value.
pub(super) fn verdict(rule: &FaultRule, frame: &Frame<'_>) -> Result<Verdict, Failure> {
    match rule {
        FaultRule::Value(value) => Ok(Verdict::Value(tree::evaluate(value, frame)?)),
        FaultRule::Fault {
            code,
            message,
            detail,
            data,
        } => {
            let mut fault = Fault::new(code.to_string(), message.evaluate(frame)?);
            if let Some(detail) = detail {
                fault.detail = Some(detail.evaluate(frame)?.into());
            }
            if let Some(data) = data {
                fault = with_data(fault, tree::evaluate(data, frame)?, frame);
            }
            Ok(Verdict::Fault(Box::new(fault)))
        }
    }
}

/// A fault with a value that explains it.
pub(super) fn with_data(mut fault: Fault, data: Data, frame: &Frame<'_>) -> Fault {
    fault.data = Some(Arc::new(FaultData {
        data,
        scope: Arc::clone(&frame.operation.scope),
        zone: frame.zone.clone(),
        style: frame.context.style.clone(),
        service: frame.service().to_owned(),
    }));
    fault
}

impl Trouble {
    /// Whatever else went wrong: `other`.
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            key: FaultKey::Other,
            codes: Vec::new(),
            status: None,
            message: None,
            detail: Data::Null,
            fault,
            step: None,
            again: false,
            of_caller: false,
        }
    }

    /// The root `fault`.
    fn data(&self) -> Data {
        let code = match self.codes.first() {
            Some(code) => Arc::clone(code),
            None => Arc::from(&*self.fault.code),
        };
        let status = self.status.map(|status| Data::Int(status.into()));
        object([
            ("status", status.unwrap_or(Data::Null)),
            ("code", Data::Text(code)),
            (
                "message",
                match &self.message {
                    Some(message) => Data::Text(Arc::clone(message)),
                    None => Data::text(self.fault.message.as_str()),
                },
            ),
            ("detail", self.detail.clone()),
            ("step", self.step.clone().map_or(Data::Null, Data::Text)),
        ])
    }
}

fn condition<'r>(
    rules: &'r FaultRules,
    frame: &Frame<'_>,
) -> Result<Option<&'r FaultRule>, Failure> {
    for (condition, rule) in &rules.conditions {
        if expression::holds(condition, frame)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

/// The most exact word: a code, then the status, its class, the word for it, `other`.
fn word<'r>(rules: &'r FaultRules, trouble: &Trouble) -> Option<&'r FaultRule> {
    let find = |fits: &dyn Fn(&FaultKey) -> bool| {
        rules
            .words
            .iter()
            .find(|(key, _)| fits(key))
            .map(|(_, rule)| rule)
    };
    let by_code = trouble
        .codes
        .iter()
        .find_map(|known| find(&|key| matches!(key, FaultKey::Code(code) if code == known)));
    by_code
        .or_else(|| find(&|key| matches!(key, FaultKey::Status(status) if Some(*status) == trouble.status)))
        .or_else(|| {
            let class = trouble.status.map(|status| status / 100);
            find(&|key| matches!(key, FaultKey::StatusClass(digit) if Some(u16::from(*digit)) == class))
        })
        .or_else(|| find(&|key| *key == trouble.key))
        .or_else(|| find(&|key| *key == FaultKey::Other))
}

/// `data` of a fault, to be written once the answer is made.
struct FaultData {
    data: Data,
    scope: Arc<TypeScope>,
    zone: TimeZone,
    style: Style,
    service: String,
}

impl Emit for FaultData {
    fn emit(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        let written = reply::write(
            &self.data,
            None,
            &self.scope,
            &self.zone,
            &self.style,
            &self.service,
            sink,
        );
        written.map_err(|error| match error {
            ReplyError::Write(error) => error,
            other => WriteError::Unrepresentable {
                what: other.to_string(),
                encoding: "the data of a fault",
            },
        })
    }
}

/// What a service said in its own words, which may repeat what it was told.
#[derive(Debug, thiserror::Error)]
#[error("{all}")]
pub(crate) struct Said {
    /// The same without its words: its code.
    pub(crate) plain: String,
    /// All of it, for rules and for those who debug.
    pub(crate) all: String,
}

/// A fault with what really happened, for the log.
pub(super) fn because(
    code: &'static str,
    message: &str,
    cause: impl Error + Send + Sync + 'static,
) -> Fault {
    Fault {
        cause: Some(Arc::new(cause)),
        ..Fault::new(code, message)
    }
}

//! An outcome as bytes, so that another gateway can answer as the first one did: the value, or the failure with all that rules look at.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_mapping::data::{Collector, Data, stored};
use footbridge_mapping::model::FaultKey;
use footbridge_remoting::Fault;

use crate::run::failure::{Failure, Trouble, with_data};
use crate::run::scope::Frame;

/// An outcome as bytes; `None` where its value is nested too deeply.
pub(super) fn write(outcome: &Result<Data, Failure>) -> Option<Vec<u8>> {
    let values = match outcome {
        Ok(value) => vec![Data::Bool(true), value.clone()],
        Err(Failure::Decided(fault)) => vec![Data::Bool(false), of_fault(fault)?],
        Err(Failure::Open(trouble)) => vec![
            Data::Bool(false),
            of_fault(&trouble.fault)?,
            of_key(&trouble.key),
            Data::List(trouble.codes.iter().cloned().map(Data::Text).collect()),
            trouble
                .status
                .map_or(Data::Null, |status| Data::Int(status.into())),
            text(trouble.message.as_ref()),
            trouble.detail.clone(),
            text(trouble.step.as_ref()),
            Data::Bool(trouble.of_caller),
        ],
    };
    stored::write(&values)
}

/// What [`write()`] wrote, for a call of `frame`. `None` for anything else.
pub(super) fn read(bytes: &[u8], frame: &Frame<'_>) -> Option<Result<Data, Failure>> {
    let values = stored::read(bytes)?;
    match &*values {
        [Data::Bool(true), value] => Some(Ok(value.clone())),
        [Data::Bool(false), fault] => {
            Some(Err(Failure::Decided(Box::new(to_fault(fault, frame)?))))
        }
        [
            Data::Bool(false),
            fault,
            key,
            Data::List(codes),
            status,
            message,
            detail,
            step,
            Data::Bool(of_caller),
        ] => {
            let trouble = Trouble {
                key: to_key(key)?,
                codes: codes.iter().filter_map(to_text).collect(),
                status: to_status(status),
                message: to_text(message),
                detail: detail.clone(),
                step: to_text(step),
                of_caller: *of_caller,
                ..Trouble::new(to_fault(fault, frame)?)
            };
            Some(Err(Failure::Open(Box::new(trouble))))
        }
        _ => None,
    }
}

/// A fault without its cause and its correlation, which are those of the first call.
fn of_fault(fault: &Fault) -> Option<Data> {
    let data = match &fault.data {
        Some(data) => {
            let mut collector = Collector::new();
            data.emit(&mut collector).ok()?;
            Data::List([collector.finish().ok()?].into())
        }
        None => Data::Null,
    };
    let detail = fault.detail.as_deref().map_or(Data::Null, Data::text);
    let upstream = fault
        .upstream
        .map_or(Data::Null, |status| Data::Int(status.into()));
    let parts = [
        Data::text(&*fault.code),
        Data::text(&*fault.message),
        detail,
        upstream,
        data,
    ];
    Some(Data::List(parts.into()))
}

fn to_fault(stored: &Data, frame: &Frame<'_>) -> Option<Fault> {
    let Data::List(parts) = stored else {
        return None;
    };
    let [
        Data::Text(code),
        Data::Text(message),
        detail,
        upstream,
        data,
    ] = &**parts
    else {
        return None;
    };
    let mut fault = Fault::new(Cow::Owned(code.to_string()), message.to_string());
    fault.detail = to_text(detail).map(|detail| (&*detail).into());
    fault.upstream = to_status(upstream);
    let Data::List(data) = data else {
        return Some(fault);
    };
    Some(with_data(fault, data.first()?.clone(), frame))
}

/// A status as its number, a class of them as its digit below zero, a word as text, a code in a list.
fn of_key(key: &FaultKey) -> Data {
    match key {
        FaultKey::Status(status) => Data::Int((*status).into()),
        FaultKey::StatusClass(class) => Data::Int(-i64::from(*class)),
        FaultKey::Code(code) => Data::List([Data::Text(Arc::clone(code))].into()),
        word => {
            let known = FaultKey::WORDS.iter().find(|(_, known)| known == word);
            known.map_or(Data::Null, |(text, _)| Data::text(*text))
        }
    }
}

fn to_key(stored: &Data) -> Option<FaultKey> {
    match stored {
        Data::Int(number) => match u16::try_from(*number) {
            Ok(status) => Some(FaultKey::Status(status)),
            Err(_) => u8::try_from(-number).ok().map(FaultKey::StatusClass),
        },
        Data::Text(word) => {
            let known = FaultKey::WORDS.iter().find(|(text, _)| **text == **word);
            known.map(|(_, key)| key.clone())
        }
        Data::List(code) => to_text(code.first()?).map(FaultKey::Code),
        _ => None,
    }
}

fn text(text: Option<&Arc<str>>) -> Data {
    text.cloned().map_or(Data::Null, Data::Text)
}

fn to_text(stored: &Data) -> Option<Arc<str>> {
    match stored {
        Data::Text(text) => Some(Arc::clone(text)),
        _ => None,
    }
}

fn to_status(stored: &Data) -> Option<u16> {
    match stored {
        Data::Int(number) => u16::try_from(*number).ok(),
        _ => None,
    }
}

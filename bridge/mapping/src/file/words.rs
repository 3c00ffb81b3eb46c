//! What the texts behind keys say: numbers, units, closed sets of words, and the small languages.

use std::net::IpAddr;
use std::time::Duration;

use footbridge_amf::ListForms;
use footbridge_remoting::profile;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use schemars::{Schema, json_schema};

use super::read::FromText;
use crate::diagnostic::{Problem, did_you_mean};
use crate::expression::{self, Expression};
use crate::model::{Carrier, Isolation, Names, OldHash, PageBy, Salt, TlsProfile};
use crate::rows::Preset;
use crate::slot::{self, Slot};
use crate::text::{self, Text};
use crate::units::{self, Rate};

/// A number of bytes: `2MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize);

/// `=expression`, where nothing else may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed(pub Expression);

/// A bare expression that is true or false.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(pub Expression);

/// `service.name` of another mapped operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationName {
    /// Its service.
    pub service: String,
    /// Its name there.
    pub operation: String,
}

/// `name in expression`
#[derive(Clone, Debug, PartialEq)]
pub struct EachItem {
    /// The name of the item.
    pub name: String,
    /// The list; its places are bytes of the part behind `in`.
    pub list: Expression,
    /// Where the list's expression begins.
    pub offset: usize,
}

impl FromText for EachItem {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let Some((name, list)) = text.split_once(" in ") else {
            return Err(wrong(
                119,
                text,
                format!("`{text}` says not what runs over what; write `item in list`"),
            ));
        };
        let offset = text.len() - list.len();
        let list = expression::parse(list).map_err(|problems| -> Vec<Problem> {
            problems
                .into_iter()
                .map(|problem| problem.shifted(offset))
                .collect()
        })?;
        Ok(Self {
            name: name.trim().to_owned(),
            list,
            offset,
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^\\s*\\S+ in " })
    }
}

impl FromText for bool {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(wrong(
                118,
                text,
                format!("`{text}` is neither `true` nor `false`"),
            )),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// A whole number from 0.
macro_rules! whole {
    ($($type:ty),*) => {$(
        impl FromText for $type {
            fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
                text.parse()
                    .map_err(|_| wrong(118, text, format!("`{text}` is no whole number")))
            }

            fn schema() -> Schema {
                json_schema!({ "type": "integer", "minimum": 0 })
            }
        }
    )*};
}

whole!(u32, u64, usize);

impl FromText for Duration {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        units::duration(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "pattern": "^(0|[0-9]+(ms|s|m|h|d))$" })
    }
}

impl FromText for Size {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        units::size(text).map(Self)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" })
    }
}

impl FromText for Rate {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        units::rate(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+/(s|min|h)$" })
    }
}

impl FromText for Slot {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        slot::parse(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^\\s*(hide|[A-Za-z_(].*)$" })
    }
}

impl FromText for Computed {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let Some(expression) = text.strip_prefix('=') else {
            return Err(wrong(
                501,
                text,
                format!("this is the text `{text}`; an expression begins with `=`: `={text}`"),
            ));
        };
        expression::parse(expression).map(Self).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| problem.shifted(1))
                .collect()
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^=" })
    }
}

impl FromText for Condition {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        expression::condition(text).map(Self)
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "boolean"] })
    }
}

impl FromText for Text {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        text::parse(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

impl FromText for OperationName {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let Some((service, operation)) = text.rsplit_once('.') else {
            return Err(wrong(
                119,
                text,
                format!("`{text}` names no service; write `service.operation`"),
            ));
        };
        Ok(Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "\\." })
    }
}

impl FromText for TimeZone {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        Self::get(text).map_err(|_| {
            wrong(
                118,
                text,
                format!(
                    "`{text}` is no time zone; write an IANA name such as `Europe/Berlin`, or `UTC`"
                ),
            )
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl FromText for IpNet {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let address = text.parse::<IpAddr>().map(Self::from);
        address.or_else(|_| text.parse()).map_err(|_| {
            wrong(
                118,
                text,
                format!("`{text}` is no network; write an address or a block such as `10.0.0.0/8`"),
            )
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]+)?$" })
    }
}

/// A closed set of words.
macro_rules! words {
    ($type:ty, $what:literal, { $($word:literal => $value:expr),* $(,)? }) => {
        impl FromText for $type {
            fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
                match text {
                    $($word => Ok($value),)*
                    _ => {
                        let meant = did_you_mean(text, [$($word),*]);
                        let all = [$($word),*].join("`, `");
                        Err(wrong(118, text, format!(concat!("`{}` is no ", $what, "{}"), text, meant))
                            .into_iter()
                            .map(|problem| problem.help(format!("it is one of `{all}`")))
                            .collect())
                    }
                }
            }

            fn schema() -> Schema {
                json_schema!({ "enum": [$($word),*] })
            }
        }
    };
}

words!(Preset, "preset", {
    "blazeds" => Self::BlazeDs,
    "dotnet" => Self::DotNet,
    "coldfusion" => Self::ColdFusion,
    "amfphp" => Self::AmfPhp,
});

words!(Names, "way to make names", {
    "as-is" => Self::AsIs,
    "camel" => Self::Camel,
    "upper" => Self::Upper,
});

words!(profile::Rows, "shape of rows", {
    "RecordSet" => Self::RecordSet,
    "Array" => Self::Array,
});

words!(profile::Lists, "shape of lists", {
    "ArrayCollection" => Self::ArrayCollection,
    "Array" => Self::Array,
});

words!(ListForms, "form of lists", {
    "arrays" => Self::Arrays,
    "maps" => Self::Maps,
    "objects" => Self::Objects,
});

words!(profile::Integers, "form of integers", {
    "int" => Self::Int,
    "number" => Self::Number,
});

words!(profile::Faults, "form of faults", {
    "status" => Self::Status,
    "message" => Self::Message,
});

words!(profile::AnswerVersion, "version of answers", {
    "asked" => Self::Asked,
    "0" => Self::Zero,
});

words!(TlsProfile, "TLS profile", {
    "modern" => Self::Modern,
    "air" => Self::Air,
});

words!(Carrier, "way to carry a session", {
    "cookie" => Self::Cookie,
    "url" => Self::Url,
    "ds-id" => Self::DsId,
});

words!(OldHash, "hash of old tables", {
    "md5" => Self::Md5,
    "sha1" => Self::Sha1,
    "sha256" => Self::Sha256,
    "sha512" => Self::Sha512,
});

words!(Salt, "place of a salt", {
    "before" => Self::Before,
    "after" => Self::After,
});

words!(PageBy, "way from page to page", {
    "keyset" => Self::Keyset,
    "number" => Self::Number,
    "offset" => Self::Offset,
    "cursor" => Self::Cursor,
    "link" => Self::Link,
    "url" => Self::Url,
    "range" => Self::Range,
});

words!(Isolation, "isolation level", {
    "read-committed" => Self::ReadCommitted,
    "repeatable-read" => Self::RepeatableRead,
    "serializable" => Self::Serializable,
});

fn wrong(code: u16, text: &str, message: String) -> Vec<Problem> {
    vec![Problem::new(code, 0..text.len(), message)]
}

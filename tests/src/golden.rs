//! Golden calls: each folder below `tests/calls` is a case.
//!
//! ```text
//! tests/calls/NAME/calls.json      the calls, one after another, each with the answer that is expected
//! tests/calls/NAME/*.yaml          mappings; without them the samples of the repository are served, on every database
//! tests/calls/NAME/migration.sql   the tables of the backend `shop`
//! tests/calls/NAME/case.json       {"project": folder of the repository to serve instead, "on": ["sqlite", "postgres", "mariadb"]}
//! ```
//!
//! `calls.json` is a list of `{"call": "service.operation", "with": [arguments], "gives": {"onResult": value}}`, with
//! `"as": "amf0"` (else AMF3); `"flex": {"destination", "source", "operation"}` instead of `call`. Values are canonical JSON.
//! Results must be equal (1 and 1.0 are); of faults (`onStatus`, `error`) only the members that are said; `{"$like": "any"}`
//! stands for whatever comes.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use footbridge_remoting::Encoding;
use serde_json::Value as Json;

use crate::call::{Address, Call, call};
use crate::gateway::{Gateway, migrate};
use crate::project::{Backend, Engine, Project, is_yaml};
use crate::root;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// The databases it is about.
    pub on: Vec<Engine>,
    folder: PathBuf,
    served: Served,
}

#[derive(Clone, Debug)]
enum Served {
    /// The mappings of the case itself.
    Own,
    /// This project folder.
    Project(PathBuf),
}

impl Case {
    /// All cases, by name.
    ///
    /// # Errors
    /// Where a folder cannot be read, or a `case.json` says something else than it can.
    pub fn all() -> Result<Vec<Self>, Box<dyn Error>> {
        let mut cases = Vec::new();
        for entry in fs::read_dir(root().join("tests/calls"))? {
            let folder = entry?.path();
            if folder.join("calls.json").is_file() {
                cases.push(Self::read(folder)?);
            }
        }
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(cases)
    }

    fn read(folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        let about = folder.join("case.json");
        let about = if about.is_file() {
            json(&about)?
        } else {
            Json::Null
        };
        let own =
            fs::read_dir(&folder)?.any(|entry| entry.is_ok_and(|entry| is_yaml(&entry.path())));
        let (served, mut on) = match about["project"].as_str() {
            Some(project) => (Served::Project(root().join(project)), Vec::new()),
            None if own => (Served::Own, vec![Engine::Sqlite]),
            None => (
                Served::Project(root()),
                vec![Engine::Sqlite, Engine::Postgres, Engine::Mariadb],
            ),
        };
        if let Some(names) = about["on"].as_array() {
            let engines = names.iter().map(|name| match name.as_str() {
                Some("sqlite") => Ok(Engine::Sqlite),
                Some("postgres") => Ok(Engine::Postgres),
                Some("mariadb") => Ok(Engine::Mariadb),
                Some(_) | None => Err(format!("{}: there is no database {name}", folder.display())),
            });
            on = engines.collect::<Result<_, _>>()?;
        }
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            name: name.unwrap_or_default(),
            on,
            folder,
            served,
        })
    }

    /// Plays it, with this database behind the backend `shop`.
    ///
    /// # Errors
    /// All answers that are not as expected, or why it could not be played.
    pub fn play(&self, shop: &Backend) -> Result<(), Box<dyn Error>> {
        let project = match &self.served {
            Served::Own => Project::of(&self.folder, shop)?,
            Served::Project(folder) => Project::copy(folder, shop)?,
        };
        let steps = steps(&self.folder.join("calls.json"))?;
        match shop.engine {
            // Made by `serve`.
            Engine::Sqlite => {}
            Engine::Postgres | Engine::Mariadb => migrate(&project)?,
        }
        let gateway = Gateway::start(&project)?;
        let mut wrong = String::new();
        for (number, step) in (1..).zip(&steps) {
            let got = call(&gateway, &step.call)
                .map_err(|error| format!("call {number}: {error}\n{}", gateway.said()))?;
            if !fits(&step.gives, &got, Strictness::of(&got)) {
                let shown = |json: &Json| {
                    serde_json::to_string_pretty(json).unwrap_or_else(|error| error.to_string())
                };
                write!(
                    wrong,
                    "call {number}: {:?} with {}\nexpected {}\ngot      {}\n",
                    step.call.address,
                    Json::from(step.call.arguments.clone()),
                    shown(&step.gives),
                    shown(&got)
                )?;
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{wrong}the gateway said:\n{}", gateway.said()).into())
        }
    }
}

struct Step {
    call: Call,
    gives: Json,
}

#[derive(Clone, Copy)]
enum Strictness {
    Equal,
    Subset,
}

impl Strictness {
    fn of(got: &Json) -> Self {
        if got.get("onStatus").is_some() || got.get("error").is_some() {
            Self::Subset
        } else {
            Self::Equal
        }
    }
}

fn json(path: &Path) -> Result<Json, Box<dyn Error>> {
    serde_json::from_str(&fs::read_to_string(path)?)
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

fn steps(path: &Path) -> Result<Vec<Step>, Box<dyn Error>> {
    let json = json(path)?;
    let list = json.as_array().ok_or("calls.json is no list")?;
    list.iter()
        .map(|each| {
            step(each).ok_or_else(|| format!("{}: not a call: {each}", path.display()).into())
        })
        .collect()
}

fn step(json: &Json) -> Option<Step> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let encoding = match json.get("as").map(Json::as_str) {
        None | Some(Some("amf3")) => Encoding::Amf3,
        Some(Some("amf0")) => Encoding::Amf0,
        Some(_) => return None,
    };
    let address = match (json.get("call"), json.get("flex")) {
        (Some(name), None) => Address::Classic(text(name)?),
        (None, Some(flex)) => Address::Flex {
            destination: text(&flex["destination"])?,
            source: text(&flex["source"]),
            operation: text(&flex["operation"])?,
        },
        _ => return None,
    };
    let arguments = json
        .get("with")
        .map_or_else(|| Some(Vec::new()), |with| with.as_array().cloned())?;
    Some(Step {
        call: Call {
            encoding,
            address,
            arguments,
        },
        gives: json.get("gives")?.clone(),
    })
}

fn fits(expected: &Json, got: &Json, strictness: Strictness) -> bool {
    match (expected, got) {
        (Json::Object(expected), _) if expected.get("$like").is_some() => true,
        (Json::Object(expected), Json::Object(got)) => {
            let said = expected.iter().all(|(key, value)| {
                got.get(key)
                    .is_some_and(|other| fits(value, other, strictness))
            });
            match strictness {
                Strictness::Equal => said && expected.len() == got.len(),
                Strictness::Subset => said,
            }
        }
        (Json::Array(expected), Json::Array(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .zip(got)
                    .all(|(expected, got)| fits(expected, got, strictness))
        }
        // ActionScript has one kind of number: which of its two forms comes is the encoder's affair, and its tests'.
        (Json::Number(expected), Json::Number(got)) => {
            expected == got || expected.as_f64() == got.as_f64()
        }
        _ => expected == got,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_equal_or_wrong() {
        let got = json!({"onResult": {"id": 1, "name": "Ball"}});
        assert!(fits(
            &json!({"onResult": {"name": "Ball", "id": 1}}),
            &got,
            Strictness::of(&got)
        ));
        assert!(!fits(
            &json!({"onResult": {"id": 1}}),
            &got,
            Strictness::of(&got)
        ));
        assert!(!fits(
            &json!({"onResult": {"id": "1", "name": "Ball"}}),
            &got,
            Strictness::of(&got)
        ));
        assert!(fits(
            &json!({"onResult": {"id": {"$like": "any"}, "name": "Ball"}}),
            &got,
            Strictness::of(&got)
        ));
    }

    #[test]
    fn of_faults_only_what_is_said_counts() {
        let got = json!({"onStatus": {"code": "E-17", "details": "x", "data": {"a": 1, "b": 2}}});
        assert!(fits(
            &json!({"onStatus": {"code": "E-17", "data": {"b": 2}}}),
            &got,
            Strictness::of(&got)
        ));
        assert!(!fits(
            &json!({"onStatus": {"code": "E-18"}}),
            &got,
            Strictness::of(&got)
        ));
        assert!(!fits(&json!({"onResult": {}}), &got, Strictness::of(&got)));
    }
}

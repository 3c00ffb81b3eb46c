//! The globs of `publish`: which operations of a document they open, and to whom.

use super::super::service::roles;
use crate::file::http::PublishFile;
use crate::model::Roles;

/// Whether `publish` opens an operation, and with which roles; the inner `None` means those of the service.
pub(in crate::compile) fn opened(publish: &PublishFile, name: &str) -> Option<Option<Roles>> {
    if publish.except.iter().any(|glob| fits(&glob.text, name)) {
        return None;
    }
    let longest = publish
        .globs
        .iter()
        .filter(|(glob, _)| fits(&glob.text, name))
        .max_by_key(|(glob, _)| glob.text.len());
    if let Some((_, own)) = longest {
        return Some(own.as_ref().map(roles));
    }
    match &publish.all {
        Some((_, own)) => Some(own.as_ref().map(roles)),
        // `{except: [x]}` alone is all but those.
        None if publish.globs.is_empty() => Some(None),
        None => None,
    }
}

/// Whether a name fits a glob: `*` stands for any text.
pub(in crate::compile) fn fits(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;
    use crate::file::operation::RolesFile;
    use crate::file::yaml::{Scalar, Style};

    #[test]
    fn globs_fit_whole_names() {
        for (glob, name) in [
            ("get*", "getRate"),
            ("*Rate", "getRate"),
            ("*", "x"),
            ("g*t*e", "getRate"),
            ("getRate", "getRate"),
            ("POST /orders*", "POST /orders/{id}"),
        ] {
            assert!(fits(glob, name), "{glob} {name}");
        }
        for (glob, name) in [
            ("get", "getRate"),
            ("*rate", "getRate"),
            ("a*b", "ac"),
            ("", "x"),
        ] {
            assert!(!fits(glob, name), "{glob} {name}");
        }
    }

    #[test]
    fn the_longest_glob_decides() {
        let scalar = |text: &str| Scalar {
            text: text.into(),
            style: Style::Plain,
            place: Place {
                file: "x".into(),
                span: 0..0,
            },
        };
        let publish = PublishFile {
            all: None,
            globs: vec![
                (scalar("get*"), None),
                (
                    scalar("getSecret*"),
                    Some(RolesFile::Named(vec![scalar("admin")])),
                ),
            ],
            except: vec![scalar("getOld")],
        };
        assert_eq!(opened(&publish, "getRate"), Some(None));
        assert!(matches!(
            opened(&publish, "getSecretRate"),
            Some(Some(Roles::Named(_)))
        ));
        assert_eq!(opened(&publish, "getOld"), None);
        assert_eq!(opened(&publish, "setRate"), None);
    }
}

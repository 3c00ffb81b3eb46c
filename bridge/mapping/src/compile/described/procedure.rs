//! What a database's catalogue says of a procedure that is called.

use super::{Parameter, ProcedureOf};
use crate::diagnostic::{Diagnostic, did_you_mean};

impl ProcedureOf<'_> {
    /// What the catalogue says against `with`: a parameter that the procedure does not have or only gives out, and one
    /// that is missing (B0429).
    pub fn check_parameters(&self, parameters: &[Parameter<'_>]) -> Vec<Diagnostic> {
        let places = &self.procedure.places;
        let name = &self.procedure.procedure;
        let mut found = Vec::new();
        for ((given, _), place) in self.procedure.with.iter().zip(&places.with) {
            let known = parameters
                .iter()
                .find(|parameter| parameter.name.eq_ignore_ascii_case(given));
            match known {
                Some(parameter) if parameter.goes_in => {}
                Some(_) => found.push(Diagnostic::error(
                    429,
                    place,
                    format!("the parameter `{given}` of `{name}` only gives a value"),
                )),
                None => {
                    let meant =
                        did_you_mean(given, parameters.iter().map(|parameter| parameter.name));
                    found.push(Diagnostic::error(
                        429,
                        place,
                        format!("`{name}` has no parameter `{given}`{meant}"),
                    ));
                }
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.needed) {
            let given = self
                .procedure
                .with
                .iter()
                .any(|(name, _)| parameter.name.eq_ignore_ascii_case(name));
            if !given {
                found.push(
                    Diagnostic::error(
                        429,
                        &places.name,
                        format!(
                            "`{name}` wants a value for its parameter `{}`",
                            parameter.name
                        ),
                    )
                    .help(format!(
                        "write it under `with`: `{{{}: …}}`",
                        parameter.name
                    )),
                );
            }
        }
        found
    }

    /// A procedure that its database does not have (B0429).
    pub fn unknown(&self, said: &str) -> Diagnostic {
        Diagnostic::error(
            429,
            &self.procedure.places.name,
            format!("`{}`: {said}", self.procedure.backend.name),
        )
    }
}

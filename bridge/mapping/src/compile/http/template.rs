//! `template`: the names that a handlebars text sees.

use std::sync::Arc;

use super::super::Compiler;
use super::super::names::Names;
use crate::diagnostic::did_you_mean;
use crate::expression::Path;
use crate::file::yaml::Scalar;
use crate::template::{Escape, Template};

impl Compiler<'_> {
    pub(super) fn template(
        &mut self,
        text: &Scalar,
        escape: Escape,
        names: &Names<'_>,
    ) -> Option<Arc<Template>> {
        let known = |name: &str| {
            let path = Path {
                root: name.into(),
                parts: Vec::new(),
            };
            names.find(&path).map(|_| ()).map_err(|missing| {
                let meant = missing
                    .suggestion
                    .map_or_else(String::new, |near| did_you_mean(name, [near]));
                format!("{}{meant}", missing.message)
            })
        };
        match Template::compile(&text.text, escape, &known) {
            Ok(template) => Some(Arc::new(template)),
            Err(problems) => {
                self.problems(text, 0, problems);
                None
            }
        }
    }
}

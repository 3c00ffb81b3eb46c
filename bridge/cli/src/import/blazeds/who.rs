//! Who may call: security constraints as `roles`.

use super::read::Imported;
use super::xml::Element;
use crate::yaml::scalar;

impl Imported {
    /// Takes note of the constraints within an element, and of the element itself.
    pub(super) fn constraints(&mut self, root: &Element) {
        let itself = (root.name == "security-constraint").then_some(root);
        for constraint in itself.into_iter().chain(root.all("security-constraint")) {
            if let Some(id) = constraint.attribute("id") {
                let roles = constraint.all("role").map(|role| role.text.clone());
                self.constraints.insert(id.to_owned(), roles.collect());
            }
        }
    }

    /// Who may call: the roles of a constraint, for a key `roles`.
    pub(super) fn roles(&mut self, file: &str, element: &Element, named: Option<&str>) -> String {
        let Some(named) = named else {
            return "public".to_owned();
        };
        match self.constraints.get(named) {
            Some(roles) if roles.is_empty() => "users".to_owned(),
            Some(roles) => {
                let roles: Vec<_> = roles.iter().map(|role| scalar(role)).collect();
                format!("[{}]", roles.join(", "))
            }
            None => {
                let why = format!("no security-constraint is named `{named}`; nobody may call it");
                self.leave(file, element, &why);
                "internal".to_owned()
            }
        }
    }

    /// Roles of a destination, and what to say beside them.
    pub(super) fn who(
        &mut self,
        file: &str,
        destination: &Element,
        default: Option<&str>,
    ) -> (String, &'static str) {
        let constraint = destination.all("security-constraint").next();
        if let Some(constraint) = constraint
            && constraint.attribute("ref").is_none()
        {
            let roles: Vec<_> = constraint
                .all("role")
                .map(|role| scalar(&role.text))
                .collect();
            return match roles.is_empty() {
                true => ("users".to_owned(), ""),
                false => (format!("[{}]", roles.join(", ")), ""),
            };
        }
        let named = constraint
            .and_then(|constraint| constraint.attribute("ref"))
            .or_else(|| destination.attribute("security-constraint"))
            .or(default);
        let note = if named.is_none() {
            "                                # no security-constraint: anybody could call"
        } else {
            ""
        };
        (self.roles(file, destination, named), note)
    }
}

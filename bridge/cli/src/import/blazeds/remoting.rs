//! Destinations of `RemoteObject` as services.

use std::fmt::Write as _;

use super::read::Imported;
use super::xml::Element;
use crate::yaml::scalar;

impl Imported {
    /// A destination of RemoteObject: its methods, none of which can be answered yet.
    pub(super) fn remoting(&mut self, file: &str, destination: &Element, default: Option<&str>) {
        let Some(id) = destination.attribute("id") else {
            self.leave(file, destination, "it has no `id`");
            return;
        };
        let (roles, note) = self.who(file, destination, default);
        let mut text = format!(
            "service: {}                              # {file}:{}\n",
            scalar(id),
            destination.line
        );
        if let Some(source) = destination
            .all("source")
            .next()
            .filter(|it| !it.text.is_empty())
        {
            if source.text == "*" {
                self.leave(
                    file,
                    source,
                    "any class could be named as `source`: write a service for each, with this destination in `destinations`",
                );
            } else if source.text != id {
                writeln!(
                    text,
                    "also: [{}]                              # <source>; arguments and results stood in it alone",
                    scalar(&source.text)
                )
                .expect("a String takes all");
            }
        }
        writeln!(text, "roles: {roles}{note}").expect("a String takes all");
        for (name, what) in [
            ("scope", "things kept between calls are `remember`"),
            ("factory", "what it made is gone; say what answers instead"),
            ("adapter", "another adapter than Java's"),
        ] {
            for element in destination.children_below(name) {
                if element.text != "request" && element.text != "application" {
                    self.leave(file, element, what);
                }
            }
        }
        let methods: Vec<_> = destination
            .all("include-methods")
            .flat_map(|list| list.children.iter())
            .filter(|method| method.name == "method")
            .collect();
        for list in destination.all("exclude-methods") {
            self.leave(
                file,
                list,
                "what is not written cannot be called, so nothing need be left out",
            );
        }
        if methods.is_empty() {
            self.leave(
                file,
                destination,
                "it names no methods; `footbridge serve --dev` prints an operation for each call that comes",
            );
        } else {
            text.push_str("\noperations:\n");
        }
        for method in methods {
            let Some(name) = method.attribute("name") else {
                continue;
            };
            let message = format!("{name} has no backend yet");
            writeln!(
                text,
                "  {}:\n    fault: {{code: Server.NotMapped, message: {}}}",
                scalar(name),
                scalar(&message)
            )
            .expect("a String takes all");
            if let Some(constraint) = method.attribute("security-constraint") {
                let roles = self.roles(file, method, Some(constraint));
                writeln!(text, "    roles: {roles}").expect("a String takes all");
            }
        }
        self.add(id, text);
        self.rest(file, destination);
    }
}

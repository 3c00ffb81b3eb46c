//! Exclusive canonical XML 1.0 without comments: the one form of an element that is signed.

use super::namespace::XML;
use super::tree::{NodeKind, Tree};

impl Tree<'_> {
    /// The canonical form of an element (Exclusive XML Canonicalization 1.0 §3): declarations of the prefixes that an
    /// element or its attributes have, where they are not in force already; attributes by namespace and name.
    pub(crate) fn canonical(&self, at: usize) -> String {
        let mut out = String::new();
        self.write_canonical(at, &mut Vec::new(), &mut out);
        out
    }

    /// `rendered` are the declarations that are in force in what was written. The parser bounds the depth.
    fn write_canonical<'t>(
        &'t self,
        at: usize,
        rendered: &mut Vec<(&'t str, &'t str)>,
        out: &mut String,
    ) {
        let Some(element) = self.element(at) else {
            return;
        };
        let uri = |prefix: &str| self.lookup(element.scope, prefix).unwrap_or("");
        let raw = self.raw(at);
        let mut prefixes: Vec<&str> = raw
            .iter()
            .map(|attribute| attribute.prefix)
            .filter(|prefix| !prefix.is_empty())
            .chain([element.prefix])
            .filter(|prefix| uri(prefix) != XML)
            .collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        out.push('<');
        name(element.prefix, element.local, out);
        let before = rendered.len();
        for prefix in prefixes {
            let uri = uri(prefix);
            let known = rendered.iter().rev().find(|(known, _)| *known == prefix);
            if known.map_or("", |(_, uri)| uri) == uri {
                continue;
            }
            out.push_str(" xmlns");
            if !prefix.is_empty() {
                out.push(':');
                out.push_str(prefix);
            }
            out.push_str("=\"");
            escape(uri, true, out);
            out.push('"');
            rendered.push((prefix, uri));
        }
        let mut attributes: Vec<_> = raw
            .iter()
            .map(|attribute| {
                let space = match attribute.prefix {
                    "" => "",
                    prefix => uri(prefix),
                };
                (space, attribute.local, attribute)
            })
            .collect();
        attributes.sort_by_key(|(space, local, _)| (*space, *local));
        for (_, _, attribute) in attributes {
            out.push(' ');
            name(attribute.prefix, attribute.local, out);
            out.push_str("=\"");
            escape(&attribute.value, true, out);
            out.push('"');
        }
        out.push('>');
        for part in self.parts(at) {
            match self.nodes.get(part).map(|node| &node.kind) {
                Some(NodeKind::Text(text)) => escape(text, false, out),
                Some(NodeKind::Element(_)) => self.write_canonical(part, rendered, out),
                None => {}
            }
        }
        rendered.truncate(before);
        out.push_str("</");
        name(element.prefix, element.local, out);
        out.push('>');
    }
}

fn name(prefix: &str, local: &str, out: &mut String) {
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(local);
}

/// As Canonical XML 1.0 §2.3 has it.
fn escape(value: &str, quoted: bool, out: &mut String) {
    for letter in value.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if !quoted => out.push_str("&gt;"),
            '"' if quoted => out.push_str("&quot;"),
            '\t' if quoted => out.push_str("&#x9;"),
            '\n' if quoted => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::xml::{Tree, XmlLimits};

    #[test]
    fn declarations_stand_where_they_are_used() {
        let text = "<a:r xmlns:a='urn:a' xmlns:b='urn:b' xmlns='urn:d'><!-- no --><a:x b:z='1' y=\"&quot;&#10;\" a:k='2'><c/><p xmlns=''/></a:x>&lt;<![CDATA[>]]></a:r>";
        let tree = Tree::parse(text, XmlLimits::default()).expect("it is XML");
        // printf … | xmllint --exc-c14n -
        assert_eq!(
            tree.canonical(0),
            "<a:r xmlns:a=\"urn:a\"><a:x xmlns:b=\"urn:b\" y=\"&quot;&#xA;\" a:k=\"2\" b:z=\"1\"><c xmlns=\"urn:d\"></c><p></p></a:x>&lt;&gt;</a:r>"
        );
        assert_eq!(
            tree.canonical(1),
            "<a:x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" y=\"&quot;&#xA;\" a:k=\"2\" b:z=\"1\"><c xmlns=\"urn:d\"></c><p></p></a:x>"
        );
    }
}

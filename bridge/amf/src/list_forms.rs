//! Lists in the forms that some players give them, brought to one.

use crate::list::ordinals;
use crate::value::{Array, Graph, Node, Object, Traits};

/// Which values of a request are lists, beside arrays without names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListForms {
    /// No others: an array with names is a map, whatever its names are.
    Arrays,
    /// Arrays whose names are 0 … n−1, as [`Graph::list`] takes them.
    #[default]
    Maps,
    /// Anonymous objects whose members are 0 … n−1, too.
    Objects,
}

impl Graph<'_> {
    /// Makes lists of what are lists by these forms, and of other arrays with names alone objects.
    pub fn take_lists_from(&mut self, forms: ListForms) {
        match forms {
            ListForms::Maps => {}
            ListForms::Arrays => self.maps_to_objects(),
            ListForms::Objects => self.objects_to_lists(),
        }
    }

    fn maps_to_objects(&mut self) {
        let traits = self.add_traits(Traits {
            dynamic: true,
            ..Traits::default()
        });
        for node in self.nodes_mut() {
            if let Node::Array(array) = node
                && array.dense.is_empty()
                && !array.named.is_empty()
            {
                *node = Node::Object(Object {
                    traits,
                    values: Vec::new(),
                    dynamic: std::mem::take(&mut array.named),
                });
            }
        }
    }

    fn objects_to_lists(&mut self) {
        let anonymous: Vec<bool> = self
            .all_traits()
            .iter()
            .map(|traits| traits.alias.is_empty() && traits.sealed.is_empty())
            .collect();
        for node in self.nodes_mut() {
            let Node::Object(object) = node else {
                continue;
            };
            if !anonymous
                .get(object.traits.0 as usize)
                .copied()
                .unwrap_or(false)
            {
                continue;
            }
            let array = Array {
                dense: Vec::new(),
                named: std::mem::take(&mut object.dynamic),
            };
            match ordinals(&array).filter(|items| !items.is_empty()) {
                Some(dense) => {
                    *node = Node::Array(Array {
                        dense,
                        named: Vec::new(),
                    });
                }
                None => object.dynamic = array.named,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Limits, amf0, canonical};

    fn taken(bytes: &[u8], forms: ListForms) -> String {
        let mut graph = Graph::new();
        let mut budget = Budget::new(&Limits::default());
        let value = amf0::Reader::new(bytes, 0, &mut budget)
            .read(&mut graph)
            .unwrap();
        graph.take_lists_from(forms);
        let list = graph.list(&value).map_or("no list", |_| "list");
        let shown = canonical::to_json(&graph, &value, canonical::Encoding::Amf3).unwrap();
        format!("{list} {shown}")
    }

    #[test]
    fn what_is_a_list_is_a_matter_of_the_forms() {
        let map = b"\x08\0\0\0\x02\0\x010\x02\0\x01a\0\x011\x02\0\x01b\0\0\x09";
        let object = b"\x03\0\x011\x02\0\x01b\0\x010\x02\0\x01a\0\0\x09";
        assert_eq!(
            taken(map, ListForms::Arrays),
            r#"no list {"0":"a","1":"b"}"#
        );
        assert!(taken(map, ListForms::Maps).starts_with("list "));
        assert!(taken(map, ListForms::Objects).starts_with("list "));
        assert!(taken(object, ListForms::Maps).starts_with("no list "));
        assert_eq!(taken(object, ListForms::Objects), r#"list ["a","b"]"#);
    }

    #[test]
    fn an_object_with_another_member_stays_one() {
        for object in [
            &b"\x03\0\x010\x02\0\x01a\0\x01x\x02\0\x01b\0\0\x09"[..],
            b"\x03\0\x011\x02\0\x01a\0\0\x09",
            b"\x03\0\0\x09",
            b"\x10\0\x01T\0\x010\x02\0\x01a\0\0\x09",
        ] {
            assert!(taken(object, ListForms::Objects).starts_with("no list "));
        }
    }
}

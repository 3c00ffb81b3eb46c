//! Where a `secret` stands: such a value comes in and is shown nowhere.

use std::collections::HashSet;
use std::sync::Arc;

use super::TypeScope;
use crate::slot::{Scalar, Type};

impl TypeScope {
    /// Whether a value of this type is a secret or holds one, however deep.
    pub fn holds_a_secret(&self, kind: &Type) -> bool {
        is_secret(kind, &mut Vec::new()) || self.secret_within(kind).is_some()
    }

    /// A secret among the fields of a type, however deep: the type and the field.
    pub fn secret_within(&self, kind: &Type) -> Option<(Arc<str>, Arc<str>)> {
        let mut seen = HashSet::new();
        let mut open = Vec::new();
        is_secret(kind, &mut open);
        while let Some(name) = open.pop() {
            if !seen.insert(Arc::clone(&name)) {
                continue;
            }
            let Some(body) = self.types.get(&name) else {
                continue;
            };
            for (field, slot) in &body.fields {
                if is_secret(&slot.kind, &mut open) {
                    return Some((name, Arc::clone(field)));
                }
            }
        }
        None
    }
}

/// Whether a type is a secret or a list of them; the types that it names are added to `named`.
fn is_secret(kind: &Type, named: &mut Vec<Arc<str>>) -> bool {
    let mut kind = kind;
    loop {
        match kind {
            Type::List(inner, _) | Type::Nullable(inner) => kind = inner,
            Type::Named(name) => {
                named.push(Arc::clone(name));
                return false;
            }
            Type::Scalar(scalar) | Type::Ranged(scalar, _) => return *scalar == Scalar::Secret,
            Type::Words(_) | Type::Any | Type::Void | Type::Hide => return false,
        }
    }
}

//! Names of columns and fields, and the class behind a type's name.

use crate::model::{Names, TypeScope};

/// Whether a field's name finds a column's: without regard to case and `_`.
pub fn same_name(left: &str, right: &str) -> bool {
    fold(left).eq(fold(right))
}

/// What a column that no field names is called at the client.
pub fn public_name(column: &str, names: Names) -> String {
    match names {
        Names::AsIs => column.to_owned(),
        Names::Upper => column.to_uppercase(),
        Names::Camel => camel(column),
    }
}

/// The class alias of a type: as `aliases` says, else the package and its name; empty for an anonymous object.
pub fn class_alias(scope: &TypeScope, type_name: &str) -> String {
    match (scope.aliases.get(type_name), &scope.package) {
        (Some(alias), _) => alias.as_deref().unwrap_or_default().to_owned(),
        (None, Some(package)) if !package.is_empty() => format!("{package}.{type_name}"),
        (None, Some(_) | None) => String::new(),
    }
}

fn fold(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars()
        .filter(|&letter| letter != '_')
        .flat_map(char::to_lowercase)
}

/// `on_stock` and `ON_STOCK` become `onStock`; a name with letters of both cases keeps them.
fn camel(column: &str) -> String {
    let shouted = !column.chars().any(char::is_lowercase);
    let mut name = String::with_capacity(column.len());
    let mut begins = false;
    for letter in column.chars() {
        if letter == '_' {
            begins = !name.is_empty();
        } else if begins {
            name.extend(letter.to_uppercase());
            begins = false;
        } else if shouted {
            name.extend(letter.to_lowercase());
        } else {
            name.push(letter);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_underscore_make_no_difference() {
        assert!(same_name("addedAt", "ADDED_AT"));
        assert!(!same_name("added", "added_at"));
    }

    #[test]
    fn camel_case_keeps_what_is_camel_case() {
        assert_eq!(public_name("on_stock", Names::Camel), "onStock");
        assert_eq!(public_name("ON_STOCK", Names::Camel), "onStock");
        assert_eq!(public_name("onStock", Names::Camel), "onStock");
        assert_eq!(public_name("_id", Names::Camel), "id");
    }
}

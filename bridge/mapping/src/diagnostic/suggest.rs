//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `name`, if it is near enough to be a slip of the pen.
pub fn suggestion<C: AsRef<str>>(
    name: &str,
    candidates: impl IntoIterator<Item = C>,
) -> Option<String> {
    let wanted = folded(name);
    let allowed = 1 + wanted.len() / 4;
    candidates
        .into_iter()
        .filter(|candidate| candidate.as_ref() != name)
        .map(|candidate| (distance(&wanted, &folded(candidate.as_ref())), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.as_ref().to_owned())
}

fn folded(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).take(64).collect()
}

/// Edits from one to the other, neighbours that changed places counted once.
fn distance(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    for (row, l) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(width);
        current.push(row + 1);
        for (column, r) in right.iter().enumerate() {
            let mut least = (above[column] + usize::from(l != r))
                .min(above[column + 1] + 1)
                .min(current[column] + 1);
            if row > 0 && column > 0 && *l == right[column - 1] && left[row - 1] == *r {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(
            suggestion("nmae", ["id", "name", "price"]).as_deref(),
            Some("name")
        );
        assert_eq!(
            suggestion("Prodct", ["Product", "Order"]).as_deref(),
            Some("Product")
        );
        assert_eq!(suggestion("shpo", ["shop"]).as_deref(), Some("shop"));
    }

    #[test]
    fn another_word_finds_nothing() {
        assert_eq!(suggestion("customer", ["id", "price"]), None);
        assert_eq!(suggestion("id", ["id"]), None);
    }
}

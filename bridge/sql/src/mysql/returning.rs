//! What RETURNING gives. MariaDB tells its columns only when the text runs, so they are asked by a SELECT of the same
//! list from the same table.

use std::ops::Range;

use footbridge_mapping::statement::{Dialect, TokenKind, scan};

/// The SELECT whose columns are those of the text's RETURNING; `None` for a text without one.
pub(super) fn select(text: &str) -> Option<String> {
    let words = words(text)?;
    let is = |word: &Range<usize>, name: &str| {
        text.get(word.clone())
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let returning = words.iter().rev().find(|word| is(word, "RETURNING"))?;
    let verb = words.first()?;
    let before_table = if is(verb, "DELETE") { "FROM" } else { "INTO" };
    let at = words.iter().position(|word| is(word, before_table))?;
    // A table may have its database before it: `shop`.`product`.
    let table = words.get(at + 1)?;
    let mut end = table.end;
    for part in words.get(at + 2..)?.chunks_exact(2) {
        let [dot, name] = part else { break };
        if !is(dot, ".") || dot.start != end {
            break;
        }
        end = name.end;
    }
    let list = text.get(returning.end..)?;
    let table = text.get(table.start..end)?;
    Some(format!("SELECT {list} FROM {table} WHERE false"))
}

/// Words, names and signs outside of parentheses.
fn words(text: &str) -> Option<Vec<Range<usize>>> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for token in scan(text, Dialect::MySql).ok()? {
        match token.kind {
            TokenKind::Space | TokenKind::Break | TokenKind::Comment => {}
            TokenKind::Sign => match text.get(token.span.clone()) {
                Some("(") => depth += 1,
                Some(")") => depth = depth.saturating_sub(1),
                Some(_) | None if depth == 0 => words.push(token.span),
                Some(_) | None => {}
            },
            TokenKind::Word | TokenKind::QuotedName if depth == 0 => words.push(token.span),
            TokenKind::Word | TokenKind::QuotedName | TokenKind::Quoted | TokenKind::Place(_) => {}
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::select;

    #[test]
    fn the_list_is_asked_of_the_table() {
        let text = "INSERT INTO product (name, `returning`)\nVALUES (?, 'a returning b')\nRETURNING id, version";
        assert_eq!(
            select(text).as_deref(),
            Some("SELECT  id, version FROM product WHERE false")
        );
        assert_eq!(
            select("delete from `shop`.`product` where id = ? returning *").as_deref(),
            Some("SELECT  * FROM `shop`.`product` WHERE false")
        );
    }

    #[test]
    fn a_text_without_it_asks_nothing() {
        assert_eq!(select("INSERT INTO t VALUES ('RETURNING x')"), None);
        assert_eq!(select("UPDATE t SET a = 1"), None);
        assert_eq!(select("SELECT returning FROM"), None);
    }
}

//! How an answer tells where the next page begins, or which rows it has.

use http::header::{CONTENT_RANGE, LINK};

/// The target of `rel="next"` in the headers `Link`.
pub(super) fn link(headers: &http::HeaderMap) -> Option<String> {
    headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(next_link)
}

/// What a header `Content-Range` says: `items 0-24/3573`, `0-24/*`, `*/3573` (RFC 9110, section 14.4; the unit is left out by
/// some).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The first and the last row, from 0; `None` where there are none.
    pub(super) rows: Option<(u64, u64)>,
    /// How many there are in all, where that is known.
    pub(super) total: Option<u64>,
}

/// What the header says; `None` where there is none that can be read.
pub(super) fn range(headers: &http::HeaderMap) -> Option<Range> {
    parse_range(headers.get(CONTENT_RANGE)?.to_str().ok()?)
}

fn parse_range(text: &str) -> Option<Range> {
    let (rows, total) = text.trim().rsplit_once('/')?;
    let rows = rows.trim();
    let rows = rows.rsplit_once([' ', '=']).map_or(rows, |(_, rows)| rows);
    let rows = match rows {
        "*" => None,
        rows => {
            let (first, last) = rows.split_once('-')?;
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(Some((first, last)))?
        }
    };
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some(Range { rows, total })
}

/// The target of `rel="next"` in a header `Link` (RFC 8288, section 3).
fn next_link(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (target, behind) = rest.split_once('<')?.1.split_once('>')?;
        let (next, others) = relations(behind);
        if next {
            return Some(target.to_owned());
        }
        rest = others;
    }
}

/// Whether the parameters of a link say that it is the next, and what stands behind them.
fn relations(text: &str) -> (bool, &str) {
    let mut next = false;
    let mut rest = text;
    loop {
        let mut quoted = false;
        let end = rest
            .find(|letter: char| {
                quoted ^= letter == '"';
                matches!(letter, ',' | ';') && !quoted
            })
            .unwrap_or(rest.len());
        let (parameter, behind) = rest.split_at(end);
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            next |= words.any(|word| word.eq_ignore_ascii_case("next"));
        }
        match behind.strip_prefix(';') {
            Some(more) => rest = more,
            None => return (next, behind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        assert_eq!(
            next_link("<http://h/?page=1>; rel=\"first\", <http://h/?page=2>; rel=\"next\""),
            Some("http://h/?page=2".to_owned())
        );
        assert_eq!(
            next_link("</a,b>; title=\"x, <y>; rel=next\"; REL=\"prev Next\""),
            Some("/a,b".to_owned())
        );
        assert_eq!(next_link("<a>;rel=next"), Some("a".to_owned()));
        for none in [
            "",
            "<a>; rel=prev",
            "next",
            "<a",
            "<a>; title=\"rel=next",
            "<a>; title=\"; rel=next\"",
            "<>,,,",
        ] {
            assert_eq!(next_link(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_range_says_its_rows_and_the_total() {
        let range = |rows, total| Some(Range { rows, total });
        for (text, read) in [
            ("items 0-24/3573", range(Some((0, 24)), Some(3573))),
            ("0-24/*", range(Some((0, 24)), None)),
            ("items=25-49/50", range(Some((25, 49)), Some(50))),
            ("*/0", range(None, Some(0))),
            ("rows */*", range(None, None)),
            ("items 5-4/9", None),
            ("items 0-/9", None),
            ("items 0-24", None),
            ("0-99999999999999999999/*", None),
            ("", None),
        ] {
            assert_eq!(parse_range(text), read, "{text:?}");
        }
    }
}

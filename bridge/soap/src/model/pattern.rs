//! Patterns of XML Schema (part 2 appendix F), as far as they can be checked without tables of Unicode.
//!
//! Where such a table would decide (`\i`, `\w`, `\p{L}`), every character beyond ASCII passes: a pattern that is checked
//! never refuses what the schema allows. What cannot be told at all is no pattern, and is not checked.

use std::fmt::Write as _;
use std::sync::Arc;

use regex_lite::Regex;

/// Characters of a pattern.
const MAX_LENGTH: usize = 1_000;

/// Groups within each other.
const MAX_DEPTH: usize = 32;

/// Repetitions of one thing.
const MAX_TIMES: u32 = 1_000;

/// Characters of an example.
const MAX_EXAMPLE: usize = 1_000;

const BEYOND_ASCII: (char, char) = ('\u{80}', char::MAX);

/// The patterns of one restriction, of which a text must match one.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written, with `|` between several.
    pub text: Arc<str>,
    regex: Regex,
    node: Arc<Node>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// The patterns of one restriction; `None` where one of them cannot be checked.
    pub(crate) fn of(patterns: &[&str]) -> Option<Self> {
        let mut choices = Vec::new();
        for pattern in patterns {
            if pattern.chars().count() > MAX_LENGTH {
                return None;
            }
            let mut parser = Parser {
                rest: pattern.chars().collect::<Vec<_>>().into_iter().peekable(),
                depth: 0,
            };
            choices.push(parser.choice()?);
            if parser.rest.peek().is_some() {
                return None;
            }
        }
        let node = Node::Choice(choices);
        let mut written = "^(?:".to_owned();
        node.regex(&mut written);
        written.push_str(")$");
        Some(Self {
            text: patterns.join("|").into(),
            regex: Regex::new(&written).ok()?,
            node: Arc::new(node),
        })
    }

    /// Whether a text matches it as a whole.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// A text that matches it, where what may be repeated at will stands so many times.
    pub(crate) fn example(&self, times: u32) -> String {
        let mut text = String::new();
        self.node.example(times, &mut text);
        text
    }
}

#[derive(Debug)]
enum Node {
    Choice(Vec<Self>),
    Row(Vec<Self>),
    Times(Box<Self>, u32, Option<u32>),
    /// Any character of these ranges.
    Class(Vec<(char, char)>),
}

impl Node {
    fn regex(&self, out: &mut String) {
        match self {
            Self::Choice(choices) => {
                out.push_str("(?:");
                for (index, choice) in choices.iter().enumerate() {
                    if index > 0 {
                        out.push('|');
                    }
                    choice.regex(out);
                }
                out.push(')');
            }
            Self::Row(row) => {
                for node in row {
                    node.regex(out);
                }
            }
            // Writing to a String cannot fail.
            Self::Times(node, least, most) => {
                out.push_str("(?:");
                node.regex(out);
                let _ = match most {
                    Some(most) => write!(out, "){{{least},{most}}}"),
                    None => write!(out, "){{{least},}}"),
                };
            }
            Self::Class(ranges) => {
                out.push('[');
                for (from, to) in ranges {
                    let _ = write!(
                        out,
                        "\\x{{{:x}}}-\\x{{{:x}}}",
                        u32::from(*from),
                        u32::from(*to)
                    );
                }
                out.push(']');
            }
        }
    }

    fn example(&self, times: u32, out: &mut String) {
        if out.len() > MAX_EXAMPLE {
            return;
        }
        match self {
            Self::Choice(choices) => {
                if let Some(first) = choices.first() {
                    first.example(times, out);
                }
            }
            Self::Row(row) => row.iter().for_each(|node| node.example(times, out)),
            Self::Times(node, least, most) => {
                for _ in 0..(*least).max(times).min(most.unwrap_or(u32::MAX)) {
                    node.example(times, out);
                }
            }
            Self::Class(ranges) => {
                // A letter or digit, where there is one.
                let telling = ranges
                    .iter()
                    .flat_map(|(from, _)| [Some(*from), char::from_u32(u32::from(*from) + 1)])
                    .flatten()
                    .chain(['A', 'a', '1'])
                    .find(|letter| {
                        letter.is_ascii_alphanumeric()
                            && *letter != '0'
                            && ranges
                                .iter()
                                .any(|(from, to)| from <= letter && letter <= to)
                    });
                out.extend(telling.or_else(|| ranges.first().map(|(from, _)| *from)));
            }
        }
    }
}

struct Parser {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    depth: usize,
}

impl Parser {
    fn choice(&mut self) -> Option<Node> {
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut choices = vec![self.row()?];
        while self.rest.next_if_eq(&'|').is_some() {
            choices.push(self.row()?);
        }
        Some(Node::Choice(choices))
    }

    fn row(&mut self) -> Option<Node> {
        let mut row = Vec::new();
        while let Some(next) = self.rest.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom()?;
            row.push(self.times(atom)?);
        }
        Some(Node::Row(row))
    }

    fn atom(&mut self) -> Option<Node> {
        match self.rest.next()? {
            '(' => {
                self.depth += 1;
                let inner = self.choice()?;
                self.depth -= 1;
                self.rest.next_if_eq(&')')?;
                Some(inner)
            }
            '[' => Some(Node::Class(self.class()?)),
            '\\' => Some(Node::Class(self.escape()?.positive())),
            '.' => Some(Node::Class(without(
                &[('\0', char::MAX)],
                &[('\n', '\n'), ('\r', '\r')],
            ))),
            '?' | '*' | '+' | '{' | '}' | ']' => None,
            // `^` and `$` are letters as others are: a pattern is always of the whole text.
            letter => Some(Node::Class(vec![(letter, letter)])),
        }
    }

    fn times(&mut self, atom: Node) -> Option<Node> {
        let (least, most) = match self.rest.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.rest.next();
                let mut said = String::new();
                loop {
                    match self.rest.next()? {
                        '}' => break,
                        letter => said.push(letter),
                    }
                }
                let (least, most) = match said.split_once(',') {
                    None => (said.parse().ok()?, Some(said.parse().ok()?)),
                    Some((least, "")) => (least.parse().ok()?, None),
                    Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
                };
                let fits = least <= MAX_TIMES
                    && most.is_none_or(|most| least <= most && most <= MAX_TIMES);
                return fits.then(|| Node::Times(Box::new(atom), least, most));
            }
            _ => return Some(atom),
        };
        self.rest.next();
        Some(Node::Times(Box::new(atom), least, most))
    }

    /// Behind `[`, up to and with `]`.
    fn class(&mut self) -> Option<Vec<(char, char)>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut set = Set::default();
        let mut less: Vec<(char, char)> = Vec::new();
        loop {
            let from = match self.rest.next()? {
                ']' => break,
                '-' if self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    less = self.class()?;
                    self.rest.next_if_eq(&']')?;
                    break;
                }
                '\\' => {
                    let escaped = self.escape()?;
                    match escaped.letter() {
                        Some(letter) => letter,
                        None => {
                            set.sure.extend(escaped.sure);
                            set.more |= escaped.more;
                            continue;
                        }
                    }
                }
                letter => letter,
            };
            let ranges = self.rest.peek() == Some(&'-') && {
                let mut ahead = self.rest.clone();
                ahead.next();
                !matches!(ahead.peek(), Some(']' | '['))
            };
            if !ranges {
                set.sure.push((from, from));
                continue;
            }
            self.rest.next();
            let to = match self.rest.next()? {
                '\\' => self.escape()?.letter()?,
                letter => letter,
            };
            if to < from {
                return None;
            }
            set.sure.push((from, to));
        }
        self.depth -= 1;
        let ranges = if negated {
            without(&[('\0', char::MAX)], &set.sure)
        } else {
            set.positive()
        };
        let left = without(&ranges, &less);
        (!left.is_empty()).then_some(left)
    }

    /// Behind a backslash.
    fn escape(&mut self) -> Option<Set> {
        let exact = |ranges: &[(char, char)]| Set {
            sure: ranges.to_vec(),
            more: false,
        };
        let roughly = |ranges: &[(char, char)]| Set {
            sure: ranges.to_vec(),
            more: true,
        };
        let blank = [(' ', ' '), ('\t', '\t'), ('\n', '\n'), ('\r', '\r')];
        let word = [
            ('$', '$'),
            ('+', '+'),
            ('0', '9'),
            ('<', '>'),
            ('A', 'Z'),
            ('^', '^'),
            ('`', 'z'),
            ('|', '|'),
            ('~', '~'),
        ];
        let start = [(':', ':'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
        let name = [('-', '.'), ('0', ':'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
        let all = [('\0', '\u{7f}')];
        Some(match self.rest.next()? {
            'n' => exact(&[('\n', '\n')]),
            'r' => exact(&[('\r', '\r')]),
            't' => exact(&[('\t', '\t')]),
            'd' => roughly(&[('0', '9')]),
            'D' => roughly(&without(&all, &[('0', '9')])),
            's' => exact(&blank),
            'S' => exact(&without(&[('\0', char::MAX)], &blank)),
            'w' => roughly(&word),
            'W' => roughly(&without(&all, &word)),
            'i' => roughly(&start),
            'I' => roughly(&without(&all, &start)),
            'c' => roughly(&name),
            'C' => roughly(&without(&all, &name)),
            'p' => {
                self.rest.next_if_eq(&'{')?;
                let mut category = String::new();
                loop {
                    match self.rest.next()? {
                        '}' => break,
                        letter => category.push(letter),
                    }
                }
                match category.as_str() {
                    "L" => roughly(&[('A', 'Z'), ('a', 'z')]),
                    "Lu" => roughly(&[('A', 'Z')]),
                    "Ll" => roughly(&[('a', 'z')]),
                    "N" | "Nd" => roughly(&[('0', '9')]),
                    "IsBasicLatin" => exact(&all),
                    _ => return None,
                }
            }
            letter if letter.is_ascii_alphanumeric() => return None,
            letter => exact(&[(letter, letter)]),
        })
    }
}

/// Characters: those that are surely meant, and perhaps some beyond ASCII.
#[derive(Debug, Default)]
struct Set {
    sure: Vec<(char, char)>,
    more: bool,
}

impl Set {
    fn letter(&self) -> Option<char> {
        match self.sure.as_slice() {
            [(from, to)] if from == to && !self.more => Some(*from),
            _ => None,
        }
    }

    fn positive(self) -> Vec<(char, char)> {
        let mut ranges = self.sure;
        if self.more {
            ranges.push(BEYOND_ASCII);
        }
        ranges
    }
}

/// What is left of ranges without others.
fn without(ranges: &[(char, char)], less: &[(char, char)]) -> Vec<(char, char)> {
    let mut left = ranges.to_vec();
    for (from, to) in less {
        left = left
            .into_iter()
            .flat_map(|(first, last)| {
                if last < *from || first > *to {
                    return [Some((first, last)), None];
                }
                let before = before(*from)
                    .filter(|end| *end >= first)
                    .map(|end| (first, end));
                let behind = behind(*to)
                    .filter(|begin| *begin <= last)
                    .map(|begin| (begin, last));
                [before, behind]
            })
            .flatten()
            .collect();
    }
    left
}

fn before(letter: char) -> Option<char> {
    match letter {
        '\0' => None,
        '\u{e000}' => Some('\u{d7ff}'),
        _ => char::from_u32(u32::from(letter) - 1),
    }
}

fn behind(letter: char) -> Option<char> {
    match letter {
        '\u{d7ff}' => Some('\u{e000}'),
        char::MAX => None,
        _ => char::from_u32(u32::from(letter) + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::of(&[text]).expect("it can be checked")
    }

    #[test]
    fn a_pattern_is_of_the_whole_text() {
        for (text, fits, other) in [
            ("[A-Z]{3}", "EUR", "EURO"),
            ("\\d{5}(-\\d{4})?", "89073-1234", "89073-"),
            ("a|bc", "bc", "abc"),
            ("^a$", "^a$", "a"),
            ("[^a-c]+", "xyzé", "xay"),
            ("[a-z-[aeiou]]+", "xyz", "xaz"),
            ("[\\-+]?[0-9]*", "-12", "--"),
            ("\\p{Lu}\\p{Ll}+", "Ulm", "ulm"),
            ("\\i\\c*", "_a-1", "1a"),
            (".{2}", "a.", "a\n"),
            ("[+-]", "-", "*"),
            ("\\.\\[\\]", ".[]", "x[]"),
            ("", "", "a"),
        ] {
            let pattern = pattern(text);
            assert!(pattern.matches(fits), "{text} {fits}");
            assert!(!pattern.matches(other), "{text} {other}");
        }
    }

    #[test]
    fn letters_of_every_script_pass_where_a_table_would_decide() {
        assert!(pattern("\\w+").matches("straße"));
        assert!(pattern("\\w").matches("-") != pattern("\\W").matches("-"));
        assert!(pattern("[\\d]{3}").matches("٣٣٣"));
    }

    #[test]
    fn what_cannot_be_checked_is_no_pattern() {
        for text in [
            "\\p{Sc}", "\\P{L}", "(", "a{2", "[z-a]", "a{9999}", "*", "[a", "\\1",
        ] {
            assert_eq!(Pattern::of(&[text]), None, "{text}");
        }
        assert_eq!(Pattern::of(&["a", "\\p{Sc}"]), None);
        assert_eq!(Pattern::of(&[&"(".repeat(100)]), None);
    }

    #[test]
    fn examples_match() {
        for text in [
            "[A-Z]{3}",
            "\\d{5}(-\\d{4})?",
            "[^a-c]+",
            "\\i\\c*",
            "(a|b){2,}x",
            "\\S+@\\S+\\.[a-z]{2,4}",
        ] {
            let pattern = pattern(text);
            for times in [0, 1, 5] {
                let example = pattern.example(times);
                assert!(pattern.matches(&example), "{text} {example}");
            }
        }
        assert_eq!(pattern("[A-Z]{3}").example(1), "AAA");
    }
}

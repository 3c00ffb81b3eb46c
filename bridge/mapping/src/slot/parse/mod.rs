//! From text to [`Slot`], with the place of every fault.

use std::sync::Arc;

use super::{PathPart, Shape, Slot, Type};
use crate::diagnostic::{Problem, suggestion};
use crate::expression::lexer::quoted;

mod cursor;
mod kind;
mod value;

use cursor::Parser;

/// Reads a slot: `TYPE from PATH in ZONE as SHAPE = DEFAULT`.
///
/// # Errors
/// B0301 for a type's name as other languages write it, B0303 for a default or a value for null that does not fit the
/// type, B0309 for `null` where it cannot stand, B0330 for what cannot be read, B0331 for a wrong
/// range, B0332 for an unknown zone, B0333 for an unknown or unfit shape.
pub fn parse(text: &str) -> Result<Slot, Vec<Problem>> {
    let mut parser = Parser {
        text,
        at: 0,
        problems: Vec::new(),
    };
    let slot = parser.slot();
    match slot {
        Ok(slot) if parser.problems.is_empty() => Ok(slot),
        Ok(_) => Err(parser.problems),
        Err(problem) => {
            parser.problems.push(problem);
            Err(parser.problems)
        }
    }
}

/// Reads a `from` path: names, `.`, `[0]`, `['a name']`.
///
/// # Errors
/// B0330 for anything else.
pub fn path(text: &str) -> Result<Arc<[PathPart]>, Vec<Problem>> {
    let mut parser = Parser {
        text,
        at: 0,
        problems: Vec::new(),
    };
    let parts = parser.path().map_err(|problem| vec![problem])?;
    parser.end().map_err(|problem| vec![problem])?;
    Ok(parts)
}

impl Parser<'_> {
    fn slot(&mut self) -> Result<Slot, Problem> {
        self.space();
        if self.rest().is_empty() {
            return Err(Problem::new(330, 0..self.text.len(), "a type is missing"));
        }
        let start = self.at;
        let kind = self.kind()?;
        let kind_span = start..self.at;
        let mut slot = Slot {
            kind,
            from: None,
            zone: None,
            shape: None,
            null_as: None,
            default: None,
        };
        if slot.kind == Type::Hide {
            self.end()
                .map_err(|problem| problem.help("a hidden field has neither place nor default"))?;
            return Ok(slot);
        }
        if let Some(wrong) = self.other_order() {
            return Err(wrong);
        }
        if self.word("from") {
            slot.from = Some(self.path()?);
        }
        if self.word("in") {
            slot.zone = self.zone();
        }
        if self.word("as") {
            slot.shape = self.shape(&slot.kind);
        }
        let null_start = self.at;
        if self.word("null") {
            let (constant, span) = self.constant()?;
            self.null_as(&slot.kind, &kind_span, &constant, null_start..span.end);
            slot.null_as = Some(constant);
        }
        self.space();
        if self.sign("=") {
            let (constant, span) = self.constant()?;
            if slot.null_as.is_some() {
                self.problems.push(Problem::new(
                    309,
                    span,
                    "`null` says how a null is written, and takes no default beside it",
                ));
            } else {
                self.check(&slot.kind, &constant, &span, "default");
            }
            slot.default = Some(constant);
        }
        self.end()?;
        Ok(slot)
    }

    fn path(&mut self) -> Result<Arc<[PathPart]>, Problem> {
        self.space();
        let mut parts = Vec::new();
        loop {
            if self.rest().starts_with('[') {
                self.at += 1;
                self.bracket(&mut parts)?;
            } else {
                let (name, _) = self.name("a name of the path")?;
                parts.push(PathPart::Name(name.into()));
            }
            while self.rest().starts_with('[') {
                self.at += 1;
                self.bracket(&mut parts)?;
            }
            if !self.rest().starts_with('.') {
                return Ok(parts.into());
            }
            self.at += 1;
        }
    }

    fn bracket(&mut self, parts: &mut Vec<PathPart>) -> Result<(), Problem> {
        if self.rest().starts_with('\'') {
            let (name, length) =
                quoted(self.rest(), '\'').ok_or_else(|| self.unexpected("a closing quote"))?;
            parts.push(PathPart::Name(name.into()));
            self.at += length;
        } else {
            let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
            let index = self.rest()[..digits]
                .parse()
                .map_err(|_| self.unexpected("the number of an item, from 0"))?;
            parts.push(PathPart::Index(index));
            self.at += digits;
        }
        if self.sign("]") {
            return Ok(());
        }
        Err(self.unexpected("`]`"))
    }

    fn zone(&mut self) -> Option<jiff::tz::TimeZone> {
        let (name, span) = self.run();
        let zone = super::zone(name);
        if zone.is_none() {
            self.problems.push(
                Problem::new(332, span, format!("there is no zone `{name}`"))
                    .help("zones are `UTC`, `Europe/Berlin`, `+02:00`"),
            );
        }
        zone
    }

    fn shape(&mut self, kind: &Type) -> Option<Shape> {
        let (name, span) = self.run();
        let Some(shape) = Shape::of(name) else {
            let all = Shape::ALL.map(Shape::name);
            let problem = Problem::new(333, span, format!("there is no shape `{name}`"));
            self.problems.push(match suggestion(name, all) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("shapes are {}", all.join(", "))),
            });
            return None;
        };
        if !shape.suits(kind.inner()) {
            self.problems.push(Problem::new(
                333,
                span,
                format!("`as {name}` is for {}", shape.purpose()),
            ));
        }
        Some(shape)
    }

    /// `as`, `in` and `from` in another order than that of the language.
    fn other_order(&self) -> Option<Problem> {
        let mut rank = 0;
        let mut start = self.at;
        let mut quote = false;
        for piece in self.rest().split_inclusive(char::is_whitespace) {
            let span = start..start + piece.trim_end().len();
            start += piece.len();
            quote ^= piece.matches('\'').count() % 2 == 1;
            let Some(this) = ["from", "in", "as", "null", "="]
                .iter()
                .position(|word| *word == piece.trim_end())
            else {
                continue;
            };
            // `= null` has a sentence of its own.
            if quote || (this == 3 && rank == 5) {
                continue;
            }
            if this + 1 < rank {
                return Some(Problem::new(
                    330,
                    span,
                    "a slot is written in this order: `TYPE from PATH in ZONE as SHAPE = DEFAULT`",
                ));
            }
            rank = this + 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems(text: &str) -> Vec<(String, String, String)> {
        parse(text)
            .expect_err(text)
            .into_iter()
            .map(|problem| {
                let marked = text
                    .get(problem.span.clone())
                    .expect("a span lies in its text");
                (problem.code.to_string(), marked.to_owned(), problem.message)
            })
            .collect()
    }

    fn problem(text: &str, code: &str, marked: &str, part: &str) {
        let found = problems(text);
        let [(found_code, found_marked, message)] = found.as_slice() else {
            panic!("`{text}` has {} problems: {found:#?}", found.len());
        };
        assert_eq!(
            (found_code.as_str(), found_marked.as_str()),
            (code, marked),
            "{text}: {message}"
        );
        assert!(message.contains(part), "{text}: {message}");
    }

    #[test]
    fn a_slot_is_written_out_as_it_was_read() {
        for text in [
            "string",
            "string?",
            "string(2..80)?",
            "int[..200]?",
            "Product?[]",
            "Product[]?",
            "int(1..) = 1",
            "name | price | newest = newest",
            "(a | b)?",
            "(a | b)[]",
            "number? from on_stock = NaN",
            "string? = ''",
            "string = 'two words'",
            "string = 'it''s'",
            "number? = omit",
            "int[] as Vector",
            "xml as XMLDocument",
            "date from data.items[0].placed in Europe/Berlin = omit",
            "any from ['odd name'].x",
            "date in +02:00",
            "int? null 0",
            "number? null NaN",
            "string? null ''",
            "decimal(0.01..)",
            "string[] = []",
            "day = '2026-11-20'",
            "hide",
            "void",
            "int[][3..4]",
        ] {
            let slot = parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
            assert_eq!(slot.to_string(), text);
        }
    }

    #[test]
    fn spaces_are_free() {
        let slot = parse("  name|price  |newest=newest ").expect("it is right");
        assert_eq!(slot.to_string(), "name | price | newest = newest");
        assert!(parse("int( 1 .. 9 ) = 3").is_ok());
    }

    #[test]
    fn foreign_types_are_told_how_they_are_written() {
        problem("String", "B0301", "String", "`string`");
        problem("Boolean? = true", "B0301", "Boolean", "`bool`");
        assert!(parse("Day[]").is_ok(), "a type may be named Day");
    }

    #[test]
    fn defaults_fit_their_type() {
        problem("int = three", "B0303", "three", "no int");
        problem("int = 2.5", "B0303", "2.5", "no int");
        problem("int = 3000000000", "B0303", "3000000000", "no int");
        problem("int(1..9) = 12", "B0303", "12", "outside of `1..9`");
        problem(
            "name | price = cheapest",
            "B0303",
            "cheapest",
            "none of the words",
        );
        problem("Product = nothing", "B0303", "nothing", "no object");
        problem("string = 5", "B0303", "5", "no string");
        problem("string(3..3) = EURO", "B0303", "EURO", "outside");
        problem("date = 'soon'", "B0303", "'soon'", "no date");
        problem("int? = null", "B0303", "null", "`?`");
    }

    #[test]
    fn null_needs_a_question_mark_and_no_default() {
        problem("int null 0", "B0309", "null 0", "it needs `int?`");
        problem("int? null 0 = 1", "B0309", "1", "takes no default");
        problem("int? null zero", "B0303", "null zero", "no int");
    }

    #[test]
    fn what_cannot_be_read_is_marked() {
        problem("", "B0330", "", "missing");
        problem("int from", "B0330", "", "ends where");
        problem("int[", "B0330", "", "range");
        problem("int = two words", "B0330", "two words", "single quotes");
        problem("day = 2026-11-20", "B0330", "2026-11-20", "single quotes");
        problem("int as Array from x", "B0330", "from", "in this order");
        problem("name | price?", "B0330", "?", "end of the set");
        assert_eq!(problems("string | int").len(), 2);
    }

    #[test]
    fn ranges_zones_and_shapes_are_checked() {
        problem("int(9..1)", "B0331", "9..1", "holds nothing");
        problem("bool(0..1)", "B0331", "(0..1)", "no range");
        problem("string(-1..)", "B0331", "(-1..)", "no count");
        problem("date in Europe/Berlim", "B0332", "Europe/Berlim", "no zone");
        problem("int[] as Vektor", "B0333", "Vektor", "no shape");
        problem("int as Array", "B0333", "Array", "lists");
    }

    proptest! {
        #[test]
        fn any_text_is_a_slot_or_has_problems_in_it(text in r"[a-zA-Z0-9_$.,|()\[\]?=' \-/ä]{0,40}|\PC{0,24}") {
            match parse(&text) {
                Ok(slot) => prop_assert_eq!(parse(&slot.to_string()), Ok(slot)),
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    for problem in problems {
                        prop_assert!(text.get(problem.span).is_some());
                    }
                }
            }
        }
    }
}

//! The bodies of the fuzz targets on texts that are nearly right.

#[path = "fuzz/bodies.rs"]
mod bodies;

use proptest::prelude::*;

fn words(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..30).prop_map(|words| words.concat())
}

const SQL: &[&str] = &[
    "SELECT ",
    "a",
    " ",
    "\n",
    "'",
    "\"",
    "`",
    "[",
    "]",
    "$$",
    ":",
    ":a",
    ":bb.c",
    " IN (:idlist)",
    " NOT IN (:idlist)",
    "(",
    ")",
    ",",
    " -- when: ccccccc is given\n",
    "-- end\n",
    "\n-- when: bb\n",
    "/*",
    "*/",
    "\\",
    ";",
    "?",
    "{a}",
    "[[a]]",
    "*",
    " FROM ",
    " LIKE :contains(a)",
    "é",
    "ORDER BY ",
    "#",
    "\r\n",
];
const EXPRESSION: &[&str] = &[
    "lower(",
    "int(",
    "number(",
    "decimal(",
    "date(",
    "day(",
    "join(",
    "split(",
    "first(",
    "size(",
    "base64(",
    "bytes(",
    "if(",
    "lookup(t, ",
    "string(",
    "concat(",
    "bool(",
    "eeeee",
    "ffffff",
    "ggggggg",
    "hhhhhhhh",
    "iiiiiiiii",
    "jjjjjjjjjj",
    "kkkkkkkkkkk",
    "a == ",
    ", 'UTC')",
    "')",
    " < ",
    "a",
    ".b",
    "[0]",
    "[]",
    " and ",
    " or ",
    "not ",
    "(",
    ")",
    "==",
    "!=",
    "<",
    "'x'",
    "''",
    " is given",
    " is not given",
    " in ",
    "null",
    "true",
    "1.5",
    "-",
    ",",
    "concat(",
    "??",
    "é",
    "\"",
    "=",
    " ",
];
const SLOT: &[&str] = &[
    "string",
    "int",
    "(1..9)",
    "(..",
    "?",
    "[]",
    "[..2]",
    " from ",
    "a.b",
    " in ",
    "Europe/Berlin",
    " as ",
    "Array",
    " = ",
    "'x'",
    "null 0",
    "NaN",
    "hide",
    "a | b",
    " ",
    "(",
    ")",
    "Product",
    "omit",
    "é",
    "0.01",
];

proptest! {
    #[test]
    fn any_statement(text in words(SQL), noise in ".{0,60}") {
        bodies::statement(&text);
        bodies::statement(&noise);
    }

    #[test]
    fn any_expression(text in words(EXPRESSION), noise in ".{0,60}") {
        bodies::expression(&text);
        bodies::expression(&noise);
    }

    #[test]
    fn any_slot(text in words(SLOT), noise in ".{0,60}") {
        bodies::slot(&text);
        bodies::slot(&noise);
    }
}

//! JSON as it is read: a pull reader over text, without a tree and without rounding.
//!
//! Numbers are slices of the text, texts are borrowed where they have no escapes. Nothing recurses: what nests is the
//! caller's to bound, and what is skipped keeps its brackets in bits.

use std::borrow::Cow;

/// Why a text is no JSON. Who sent it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no JSON at byte {at}: expected {expected}")]
pub struct JsonError {
    /// Where, counted from the beginning of the text.
    pub at: usize,
    /// What would have been right there.
    pub expected: &'static str,
}

/// What a value begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

/// Levels of lists and objects that are skipped at once.
const DEEPEST: u32 = 128;

/// Reads values one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// A reader of the same text from another place, which [`position`](Self::position) told.
    pub(crate) fn from(&self, at: usize) -> Self {
        Self {
            text: self.text,
            at,
        }
    }

    /// Where the next value begins, or what stands before it.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What the next value is.
    pub(crate) fn peek(&mut self) -> Result<Kind, JsonError> {
        self.space();
        match self.byte() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::List),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(_) | None => Err(self.expected("a value")),
        }
    }

    /// `null`, which was peeked.
    pub(crate) fn null(&mut self) -> Result<(), JsonError> {
        self.word("null")
    }

    /// `true` or `false`, which was peeked.
    pub(crate) fn bool(&mut self) -> Result<bool, JsonError> {
        if self.byte() == Some(b't') {
            self.word("true")?;
            return Ok(true);
        }
        self.word("false")?;
        Ok(false)
    }

    /// A number as it is written (RFC 8259 §6), which was peeked.
    pub(crate) fn number(&mut self) -> Result<&'a str, JsonError> {
        let begin = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(_) | None => return Err(self.expected("a digit")),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(self.slice(begin, self.at))
    }

    /// A text, which was peeked.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.expect(b'"', "a text")?;
        let begin = self.at;
        self.plain();
        if self.byte() == Some(b'"') {
            let text = self.slice(begin, self.at);
            self.at += 1;
            return Ok(Cow::Borrowed(text));
        }
        let mut text = self.slice(begin, self.at).to_owned();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut text)?;
                }
                Some(_) => return Err(self.expected("no control character within a text")),
                None => return Err(self.expected("the end of a text")),
            }
            let begin = self.at;
            self.plain();
            text.push_str(self.slice(begin, self.at));
        }
    }

    /// Begins an object, which was peeked; [`key`](Self::key) follows.
    pub(crate) fn begin_object(&mut self) -> Result<(), JsonError> {
        self.expect(b'{', "an object")
    }

    /// The name of the next member, whose value is to be read then; `None` behind the last one.
    pub(crate) fn key(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, JsonError> {
        self.space();
        match self.byte() {
            Some(b'}') => {
                self.at += 1;
                return Ok(None);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.space();
            }
            Some(_) if first => {}
            Some(_) | None => return Err(self.expected("`,` or `}`")),
        }
        let key = self.string()?;
        self.space();
        self.expect(b':', "`:`")?;
        Ok(Some(key))
    }

    /// Begins a list, which was peeked; [`item`](Self::item) follows.
    pub(crate) fn begin_list(&mut self) -> Result<(), JsonError> {
        self.expect(b'[', "a list")
    }

    /// Whether there is another item, to be read then.
    pub(crate) fn item(&mut self, first: bool) -> Result<bool, JsonError> {
        self.space();
        match self.byte() {
            Some(b']') => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            Some(_) | None => Err(self.expected("`,` or `]`")),
        }
    }

    /// Passes over the next value.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        // One bit for each level, the innermost lowest: whether it is an object.
        let mut objects: u128 = 0;
        let mut depth = 0;
        let mut first = false;
        loop {
            // A value stands here, or the end of what was just begun.
            if !first || !self.ended(objects & 1 == 1) {
                if first && objects & 1 == 1 {
                    self.member()?;
                }
                match self.peek()? {
                    Kind::Null => self.null()?,
                    Kind::Bool => drop(self.bool()?),
                    Kind::Number => drop(self.number()?),
                    Kind::Text => self.pass_string()?,
                    kind @ (Kind::List | Kind::Object) => {
                        if depth == DEEPEST {
                            return Err(self.expected("values nested less than 128 times"));
                        }
                        self.at += 1;
                        depth += 1;
                        objects = objects << 1 | u128::from(kind == Kind::Object);
                        first = true;
                        continue;
                    }
                }
            } else {
                depth -= 1;
                objects >>= 1;
            }
            // Behind a value.
            loop {
                if depth == 0 {
                    return Ok(());
                }
                self.space();
                let object = objects & 1 == 1;
                if self.byte() == Some(b',') {
                    self.at += 1;
                    if object {
                        self.member()?;
                    }
                    first = false;
                    break;
                }
                if !self.ended(object) {
                    return Err(self.expected("`,` or the end of a list or object"));
                }
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// The next value, passed over, as it is written.
    pub(crate) fn raw(&mut self) -> Result<&'a str, JsonError> {
        self.space();
        let begin = self.at;
        self.skip()?;
        Ok(self.slice(begin, self.at))
    }

    /// Nothing but space is left.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at < self.text.len() {
            return Err(self.expected("the end"));
        }
        Ok(())
    }

    fn ended(&mut self, object: bool) -> bool {
        self.space();
        let ended = self.byte() == Some(if object { b'}' } else { b']' });
        self.at += usize::from(ended);
        ended
    }

    /// A name and its colon, within what is skipped.
    fn member(&mut self) -> Result<(), JsonError> {
        self.space();
        self.pass_string()?;
        self.space();
        self.expect(b':', "`:`")
    }

    fn pass_string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"', "a text")?;
        loop {
            self.plain();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                // Whatever is escaped, it is no end. The first of what `\u` names is one byte too.
                Some(b'\\')
                    if self
                        .text
                        .as_bytes()
                        .get(self.at + 1)
                        .is_some_and(u8::is_ascii) =>
                {
                    self.at += 2;
                }
                Some(_) => return Err(self.expected("no control character within a text")),
                None => return Err(self.expected("the end of a text")),
            }
        }
    }

    /// Passes over what stands for itself in a text.
    #[inline]
    fn plain(&mut self) {
        let bytes = self.text.as_bytes();
        // Eight bytes at once: none of them is `"`, `\` or below space where no high bit is left
        // (the zero-in-word test of Hacker's Delight §6-1).
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        while let Some(chunk) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            let quote = word ^ (ONES * b'"' as u64);
            let slash = word ^ (ONES * b'\\' as u64);
            let found = (quote.wrapping_sub(ONES) & !quote
                | slash.wrapping_sub(ONES) & !slash
                | word.wrapping_sub(ONES * 0x20) & !word)
                & HIGH;
            if found != 0 {
                self.at += found.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while let Some(byte) = bytes.get(self.at) {
            if *byte == b'"' || *byte == b'\\' || *byte < 0x20 {
                return;
            }
            self.at += 1;
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), JsonError> {
        let plain = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let letter = self.unicode()?;
                text.push(letter);
                return Ok(());
            }
            Some(_) | None => return Err(self.expected("an escape")),
        };
        self.at += 1;
        text.push(plain);
        Ok(())
    }

    /// Four hexadecimal digits, and of a surrogate its other half; a lone half is U+FFFD.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let unit = self.hex()?;
        if let Some(letter) = char::from_u32(unit) {
            return Ok(letter);
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if (0xd800..0xdc00).contains(&unit) && rest.starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let point = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let digits = digits
            .bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then_some(digits);
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }

    fn some_digits(&mut self) -> Result<(), JsonError> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.expected("a digit"));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.expected(word));
        }
        self.at += word.len();
        Ok(())
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.byte() != Some(byte) {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, begin: usize, end: usize) -> &'a str {
        self.text.get(begin..end).unwrap_or_default()
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        JsonError {
            at: self.at,
            expected,
        }
    }
}

/// A text as JSON, quotes and escapes included.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if u32::from(letter) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn skip(text: &str) -> Result<(), JsonError> {
        let mut reader = Reader::new(text);
        reader.skip()?;
        reader.end()
    }

    fn read(reader: &mut Reader<'_>) -> Result<serde_json::Value, JsonError> {
        use serde_json::Value;
        Ok(match reader.peek()? {
            Kind::Null => {
                reader.null()?;
                Value::Null
            }
            Kind::Bool => Value::Bool(reader.bool()?),
            Kind::Number => serde_json::from_str(reader.number()?).unwrap_or(Value::Null),
            Kind::Text => Value::String(reader.string()?.into_owned()),
            Kind::List => {
                reader.begin_list()?;
                let mut items = Vec::new();
                while reader.item(items.is_empty())? {
                    items.push(read(reader)?);
                }
                Value::Array(items)
            }
            Kind::Object => {
                reader.begin_object()?;
                let mut members = serde_json::Map::new();
                let mut first = true;
                while let Some(key) = reader.key(first)? {
                    first = false;
                    members.insert(key.into_owned(), read(reader)?);
                }
                Value::Object(members)
            }
        })
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f32>().prop_map(|number| f64::from(number).into()),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::vec((any::<String>(), inner), 0..6).prop_map(|members| {
                    serde_json::Value::Object(members.into_iter().collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(value in json(), pretty in any::<bool>()) {
            let text = if pretty {
                serde_json::to_string_pretty(&value)
            } else {
                serde_json::to_string(&value)
            }
            .expect("a value is JSON");
            prop_assert_eq!(skip(&text), Ok(()));
            let mut reader = Reader::new(&text);
            // What cannot be said in JSON, NaN, was written as null.
            let expected: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
            prop_assert_eq!(read(&mut reader).expect("it is JSON"), expected);
        }

        #[test]
        fn what_is_skipped_is_what_serde_json_takes(text in "[\\[\\]{}\",:a0-9 \\\\e.+nul-]{0,12}") {
            let ours = skip(&text).is_ok();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            // Escapes are not looked into when they are skipped.
            if !text.contains('\\') {
                prop_assert_eq!(ours, theirs, "{}", text);
            }
        }
    }

    #[test]
    fn escapes_and_surrogates_are_read() {
        for (text, expected) in [
            (r#""a\nb\"\\\/""#, "a\nb\"\\/"),
            (r#""\u00e9\ud83d\ude00""#, "é😀"),
            (r#""\ud83dx""#, "\u{fffd}x"),
            (r#""\ude00\ud83d\u0041""#, "\u{fffd}\u{fffd}A"),
        ] {
            assert_eq!(
                Reader::new(text).string().as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, at, expected) in [
            ("", 0, "a value"),
            ("[1 2]", 3, "`,` or the end of a list or object"),
            ("{\"a\" 1}", 5, "`:`"),
            ("\"a", 2, "the end of a text"),
            ("\"a\nb\"", 2, "no control character within a text"),
            ("[1]x", 3, "the end"),
            ("01", 1, "the end"),
            ("1.", 2, "a digit"),
            ("[}", 1, "a value"),
        ] {
            assert_eq!(skip(text), Err(JsonError { at, expected }), "{text}");
        }
        assert!(skip(&format!("{}{}", "[".repeat(128), "]".repeat(128))).is_ok());
        assert!(skip(&"[".repeat(100_000)).is_err());
    }
}

//! Uniform items that were taken apart, as values.

use super::emit::Emit;
use super::out::Out;
use super::predict::{Predict, Token};
use super::shapes::{FieldShape, ObjectShape, Shape, Source};
use super::{Forgiven, ReadError};

/// The tokens of an item, and where the next value begins.
struct Replay<'p, 's, 'i> {
    predict: &'p Predict<'s, 'i>,
    at: usize,
}

impl<'i> Replay<'_, '_, 'i> {
    #[inline]
    fn peek(&self) -> Option<&Token<'i>> {
        self.predict.tokens.get(self.at)
    }

    /// The next value, if it is one of the field.
    #[inline]
    fn of(&mut self, field: usize) -> Option<Token<'i>> {
        let token = *self.peek().filter(|token| token.field() == Some(field))?;
        self.at += 1;
        Some(token)
    }

    fn close(&mut self) {
        if matches!(self.peek(), Some(Token::Close)) {
            self.at += 1;
        }
    }
}

impl<O: Out> Emit<'_, '_, O> {
    /// An item of a list that was begun, as [`item`](Self::item) writes it from a tree.
    pub(super) fn replay(
        &mut self,
        predict: &Predict<'_, '_>,
        field: &FieldShape,
        cells: bool,
    ) -> Result<(), ReadError> {
        let mut tokens = Replay { predict, at: 0 };
        let Some(token) = tokens.of(0) else {
            return Ok(());
        };
        self.token(&mut tokens, token, field, cells, None)
    }

    fn token(
        &mut self,
        tokens: &mut Replay<'_, '_, '_>,
        token: Token<'_>,
        field: &FieldShape,
        cells: bool,
        default: Option<&str>,
    ) -> Result<(), ReadError> {
        let Source::Element(local) = &field.source else {
            return self.null(Some(field));
        };
        match token {
            Token::Text(_, text) => self.text(text, field.kind, Some(field), local),
            Token::Decoded(_, from, to) => {
                let text = tokens.predict.decoded.get(from..to).unwrap_or_default();
                self.text(text, field.kind, Some(field), local)
            }
            Token::Empty(_) => self.text(default.unwrap_or(""), field.kind, Some(field), local),
            Token::Nil(_) | Token::Close => self.null(Some(field)),
            Token::Open(_) => {
                let shapes = self.shapes;
                match shapes.of(field.kind) {
                    Shape::Object(object) => self.tokens(tokens, object, cells)?,
                    Shape::Wrapped(inner) => self.items(tokens, 0, inner)?,
                    Shape::Scalar | Shape::Array(_) | Shape::Map | Shape::Any => {}
                }
                tokens.close();
                Ok(())
            }
        }
    }

    fn items(
        &mut self,
        tokens: &mut Replay<'_, '_, '_>,
        index: usize,
        field: &FieldShape,
    ) -> Result<(), ReadError> {
        let shapes = self.shapes;
        let cells = self.out.begin_list(shapes.rows(field.kind))?;
        while let Some(token) = tokens.of(index) {
            self.token(tokens, token, field, cells, None)?;
        }
        Ok(self.out.end_list()?)
    }

    fn tokens(
        &mut self,
        tokens: &mut Replay<'_, '_, '_>,
        object: &ObjectShape,
        row: bool,
    ) -> Result<(), ReadError> {
        if row {
            self.out.begin_row()?;
        } else {
            self.out.begin_object(&object.class)?;
        }
        let named = !row && object.class.alias.is_empty();
        for (index, field) in object.fields.iter().enumerate() {
            if field.many {
                if named {
                    self.out.member(&field.name)?;
                }
                self.items(tokens, index, field)?;
                continue;
            }
            let token = tokens.of(index);
            // In an anonymous object what is not there is left out.
            if named && (token.is_some() || field.required) {
                self.out.member(&field.name)?;
            }
            match token {
                Some(token) => {
                    self.token(tokens, token, field, false, field.default.as_deref())?;
                }
                None if named && !field.required => {}
                None => {
                    if let (Source::Element(local), false) = (&field.source, field.optional) {
                        self.notes.add(Forgiven::MissingElement, local);
                    }
                    self.null(Some(field))?;
                }
            }
        }
        if row {
            self.out.end_row()?;
        } else {
            self.out.end_object()?;
        }
        Ok(())
    }
}

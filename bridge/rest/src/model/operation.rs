//! Operations: parameters, bodies, answers.

use std::sync::Arc;

use indexmap::IndexMap;

use super::media::Media;
use super::template::Template;
use super::types::TypeId;

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`, or `METHOD /path`.
    pub name: Arc<str>,
    /// Method and path.
    pub template: Template,
    /// Parameters, in the document's order; those of the path item first.
    pub parameters: Vec<Parameter>,
    /// The request's body.
    pub body: Option<Body>,
    /// Answers.
    pub responses: Vec<(Status, Response)>,
    /// `summary` and `description`
    pub documentation: Option<Arc<str>>,
    /// Its author wants it no longer used.
    pub deprecated: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: Arc<str>,
    /// The argument it is filled from: its name, made different from others of that name.
    pub argument: Arc<str>,
    /// Where it stands.
    pub place: ParameterPlace,
    /// It is always sent.
    pub required: bool,
    /// How it is written.
    pub written: Written,
    /// Its type.
    pub kind: TypeId,
    /// `description`
    pub documentation: Option<Arc<str>>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterPlace {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

/// How a parameter is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// By a style.
    Style(Style),
    /// `content`: a text of this media type.
    Content(Media),
}

/// `style` and what belongs to it (OpenAPI 3.0.3, Style Values).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `style`
    pub kind: StyleKind,
    /// `explode`
    pub explode: bool,
    /// `allowReserved`: `:/?#[]@!$&'()*+,;=` stay as they are.
    pub reserved: bool,
}

/// `style`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleKind {
    /// `a,b`
    Simple,
    /// `.a.b`
    Label,
    /// `;name=a,b`
    Matrix,
    /// `name=a&name=b`
    Form,
    /// `name=a b`
    Space,
    /// `name=a|b`
    Pipe,
    /// `name[x]=a`
    Deep,
}

/// A body of a request.
#[derive(Clone, Debug)]
pub struct Body {
    /// The argument that is the whole body.
    pub argument: Arc<str>,
    /// It is always sent.
    pub required: bool,
    /// The forms it can have, in the document's order.
    pub contents: Vec<Content>,
    /// `description`
    pub documentation: Option<Arc<str>>,
}

/// One form of a body.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its media type.
    pub media: Media,
    /// Its schema.
    pub kind: TypeId,
    /// How its members are written, in forms.
    pub encodings: IndexMap<Arc<str>, Encoding>,
    /// `example`
    pub example: Option<serde_json::Value>,
}

/// `encoding` of a member of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Its media type, in multipart.
    pub media: Option<Media>,
    /// Its style, in urlencoded forms.
    pub style: Option<Style>,
}

/// A status or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `200`
    Code(u16),
    /// `2XX`, by its first digit
    Class(u16),
    /// `default`
    Other,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The forms of its body; none where it has none.
    pub contents: Vec<Content>,
    /// Its headers.
    pub headers: IndexMap<Arc<str>, TypeId>,
    /// `description`
    pub documentation: Option<Arc<str>>,
}

impl Operation {
    /// What is said of a status: the status itself, else its class, else `default`.
    pub fn response(&self, status: u16) -> Option<&Response> {
        let find = |wanted: Status| {
            self.responses
                .iter()
                .find(|(status, _)| *status == wanted)
                .map(|(_, response)| response)
        };
        find(Status::Code(status))
            .or_else(|| find(Status::Class(status / 100)))
            .or_else(|| find(Status::Other))
    }

    /// What is said of the good answer: the first status of 2xx, else `default`.
    pub fn success(&self) -> Option<&Response> {
        let good = |status: &Status| match status {
            Status::Code(code) => (200..300).contains(code),
            Status::Class(class) => *class == 2,
            Status::Other => false,
        };
        self.responses
            .iter()
            .filter(|(status, _)| good(status))
            .min_by_key(|(status, response)| {
                let code = match status {
                    Status::Code(code) => *code,
                    Status::Class(_) | Status::Other => u16::MAX,
                };
                // An answer with a body says more than one without.
                (response.contents.is_empty(), code)
            })
            .or_else(|| {
                self.responses
                    .iter()
                    .find(|(status, _)| *status == Status::Other)
            })
            .map(|(_, response)| response)
    }
}

impl Response {
    /// What is said of a media type; without one, of the first, JSON before others.
    pub fn content(&self, media: Option<&Media>) -> Option<&Content> {
        let Some(media) = media else {
            return self
                .contents
                .iter()
                .find(|content| content.media.form() == super::Form::Json)
                .or_else(|| self.contents.first());
        };
        let exact = self
            .contents
            .iter()
            .filter_map(|content| Some((content.media.means(media)?, content)))
            .max_by_key(|(exactness, _)| *exactness);
        // `application/json` also says what `application/hal+json` is.
        exact.map(|(_, content)| content).or_else(|| {
            self.contents
                .iter()
                .find(|content| content.media.form() == media.form())
        })
    }
}

impl Body {
    /// The form that is sent where a mapping names none: JSON before forms before others.
    pub fn preferred(&self) -> Option<&Content> {
        use super::Form;
        [
            Form::Json,
            Form::Urlencoded,
            Form::Multipart,
            Form::Xml,
            Form::Text,
            Form::Bytes,
        ]
        .iter()
        .find_map(|form| {
            self.contents
                .iter()
                .find(|content| content.media.form() == *form)
        })
    }

    /// The form of a media type.
    pub fn content(&self, media: &Media) -> Option<&Content> {
        self.contents
            .iter()
            .filter_map(|content| Some((content.media.means(media)?, content)))
            .max_by_key(|(exactness, _)| *exactness)
            .map(|(_, content)| content)
    }
}

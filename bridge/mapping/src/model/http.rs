//! Backends that are reached by HTTP, and the steps that call them: `rest`, `openapi`, `wsdl`.

use std::any::Any;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indexmap::IndexMap;

use super::{Backend, TypeScope};
use crate::diagnostic::Place;
use crate::expression::Expression;
use crate::template::Template;
use crate::tree::Tree;

/// What a backend that is reached by HTTP says.
#[derive(PartialEq)]
pub struct HttpBackend {
    /// What describes it.
    pub description: HttpKind,
    /// `url`, or the address behind `rest`, secrets expanded: scheme, host, port and the prefix of all paths. `None`
    /// where the document says it.
    pub url: Option<Arc<str>>,
    /// How calls travel.
    pub traffic: TrafficSettings,
}

impl std::fmt::Debug for HttpBackend {
    /// Without the address, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpBackend")
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

/// What describes a backend that is reached by HTTP.
#[derive(Clone, Debug, PartialEq)]
pub enum HttpKind {
    /// `rest`: nothing, each operation says its request.
    Rest,
    /// `openapi`: an OpenAPI or Swagger document.
    OpenApi {
        /// A file in `schemas/`, or a URL.
        document: Arc<str>,
    },
    /// `wsdl`
    Wsdl(WsdlSettings),
}

/// What a `wsdl` backend says beside its traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct WsdlSettings {
    /// A file in `wsdl/`, or a URL.
    pub document: Arc<str>,
    /// `service`: where the WSDL has several.
    pub service: Option<Arc<str>>,
    /// `port`; the first SOAP 1.1 port.
    pub port: Option<Arc<str>>,
    /// `mtom`: bytes travel beside the envelope.
    pub mtom: bool,
    /// `catalog`: local documents in place of addresses.
    pub catalog: IndexMap<Arc<str>, Arc<str>>,
    /// `patches`: texts that take the place of texts in the documents.
    pub patches: Vec<Patch>,
}

/// One entry of `patches`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Exactly this text, wherever it stands in the set of documents.
    pub find: Arc<str>,
    /// What stands there instead.
    pub put: Arc<str>,
}

/// How calls to one backend travel: the same for SOAP and REST.
#[derive(Clone, PartialEq)]
pub struct TrafficSettings {
    /// `headers`: of every request.
    pub headers: Vec<(Arc<str>, String)>,
    /// `auth`: one or more.
    pub auth: Vec<Auth>,
    /// `ca`: a PEM file of authorities, relative to the project folder, in place of the system's.
    pub authorities: Option<Arc<str>>,
    /// `redirects`: how many are followed within the origin; 0.
    pub redirects: u32,
    /// `proxy`
    pub proxy: Proxy,
    /// `pool`: calls at once, and connections that are kept; 10.
    pub pool: u32,
    /// `queue`: calls that wait for one of them; 64.
    pub queue: u32,
    /// `breaker`
    pub breaker: Breaker,
    /// `connect`: a connection stands within this; 2s.
    pub connect: Duration,
    /// `idle`: between two pieces of an answer no more than this; 10s.
    pub idle: Duration,
    /// `max-reply`: bytes of an answer, decompressed; 10 MiB.
    pub max_reply: u64,
}

impl Default for TrafficSettings {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            auth: Vec::new(),
            authorities: None,
            redirects: 0,
            proxy: Proxy::None,
            pool: 10,
            queue: 64,
            breaker: Breaker::default(),
            connect: Duration::from_secs(2),
            idle: Duration::from_secs(10),
            max_reply: 10 << 20,
        }
    }
}

impl std::fmt::Debug for TrafficSettings {
    /// Without headers and auth, which hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrafficSettings")
            .field("pool", &self.pool)
            .field("queue", &self.queue)
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}

/// `proxy` of a backend.
#[derive(Clone, PartialEq, Eq)]
pub enum Proxy {
    /// None, whatever the environment says.
    None,
    /// `environment`: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    Environment,
    /// This address.
    Address(String),
}

/// `breaker`: after so many faults the backend is left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    /// Share of failed calls, 0 to 1, from which on it opens; 0.5.
    pub faults: f64,
    /// Over so many calls at least; 20.
    pub calls: u32,
    /// Then nothing is sent for this long, and after it one call tries; 5s.
    pub pause: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            faults: 0.5,
            calls: 20,
            pause: Duration::from_secs(5),
        }
    }
}

/// `auth`: how the gateway proves to a backend who calls. Never shown: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// `basic: {user, password}`
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// `digest: {user, password}` (RFC 7616)
    Digest {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// `bearer: TOKEN`
    Bearer(String),
    /// `header: {name, value}`, `query: {…}`, `cookie: {…}`
    Key {
        /// Where it stands.
        place: KeyPlace,
        /// Its name.
        name: String,
        /// The key.
        value: String,
    },
    /// `oauth2: {token-url, client, secret, scopes, audience, refresh-token}`
    OAuth2(OAuth2),
    /// `username-token: {user, password, digest, nonce, created, timestamp}` (WS-Security UsernameToken Profile 1.1)
    UsernameToken(UsernameToken),
    /// `certificate: {file, private-key}`: mutual TLS.
    Certificate {
        /// A PEM file, relative to the project folder.
        file: Arc<str>,
        /// The private key as PEM text, expanded.
        private_key: String,
    },
    /// `signature: {file, private-key}`: an X.509 signature of WS-Security.
    Signature {
        /// A PEM file, relative to the project folder.
        file: Arc<str>,
        /// The private key as PEM text, expanded.
        private_key: String,
    },
    /// `caller`: the caller's own name and password, or token, are passed on.
    Caller,
}

/// Where a fixed key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header.
    Header,
    /// A parameter of the query.
    Query,
    /// A cookie.
    Cookie,
}

/// `oauth2` (RFC 6749, sections 4.4 and 6).
#[derive(Clone, PartialEq, Eq)]
pub struct OAuth2 {
    /// Where tokens are got.
    pub token_url: String,
    /// The client's id.
    pub client: String,
    /// Its secret.
    pub secret: String,
    /// Scopes that are asked for.
    pub scopes: Vec<String>,
    /// `audience`, which some servers want.
    pub audience: Option<String>,
    /// A refresh token: then it is the grant, in place of client credentials.
    pub refresh: Option<String>,
}

/// `username-token`
#[derive(Clone, PartialEq, Eq)]
pub struct UsernameToken {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// PasswordDigest in place of PasswordText; off.
    pub digest: bool,
    /// A nonce is sent; on with `digest`.
    pub nonce: bool,
    /// The moment is sent; on with `digest`.
    pub created: bool,
    /// A Timestamp that ends after this is sent; off.
    pub timestamp: Option<Duration>,
}

/// `soap` and its keys.
#[derive(Debug)]
pub struct SoapStep {
    /// The service.
    pub backend: Arc<Backend>,
    /// The operation of its port.
    pub operation: Arc<str>,
    /// Which of several operations of this name, in the order of the port.
    pub overload: usize,
    /// The mapping says nothing of the reply that the description does not say, so that it may be streamed.
    pub plain: bool,
    /// The inside of the operation's wrapper.
    pub message: Message,
    /// `soap-headers`: header blocks by part.
    pub blocks: Vec<(Arc<str>, Tree)>,
    /// What SOAP and REST steps share.
    pub http: HttpStep,
}

/// `rest` and its keys.
#[derive(Debug)]
pub struct RestStep {
    /// The service.
    pub backend: Arc<Backend>,
    /// What is asked for.
    pub target: Target,
    /// `query`: null is left out, a list is repeated or as the document says.
    pub query: Vec<(Arc<str>, Tree)>,
    /// The body; [`Message::Arguments`] without `body` and `template`: what the document says, else none.
    pub message: Message,
    /// `content`: the media type of the body; JSON, or the document's.
    pub content: Option<Arc<str>>,
    /// `page`: the reply is a list that comes in pages.
    pub page: Option<Paging>,
    /// What SOAP and REST steps share.
    pub http: HttpStep,
}

/// `page`
#[derive(Debug)]
pub struct Paging {
    /// How the next page is found.
    pub by: PageBy,
    /// Items of a page.
    pub size: Tree,
    /// The one page that the caller asks for; `None`: all of them.
    pub only: Option<OnlyPage>,
    /// The cursor or the URL of the next page; null at the end.
    pub next: Option<Tree>,
    /// How many items there are.
    pub total: Option<Tree>,
    /// Of the file in which it stands: rows of a record set that was made under another one are refused.
    pub version: u64,
}

/// The page that the caller asks for.
#[derive(Debug)]
pub enum OnlyPage {
    /// Its number, from 1.
    Number(Tree),
    /// The number of items before it.
    Offset(Tree),
}

/// How the next page is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageBy {
    /// By the keys of `order`: of SQL alone.
    Keyset,
    /// `=page.number`
    Number,
    /// `=page.offset`
    Offset,
    /// `=page.cursor`, which the page before it told.
    Cursor,
    /// The header `Link` with `rel="next"` (RFC 8288).
    Link,
    /// A URL that the page before it told.
    Url,
    /// `=page.offset` to `=page.last`; the header `Content-Range` says what came (RFC 9110, section 14.4).
    Range,
}

/// What is said of SOAP and REST steps alike.
#[derive(Debug)]
pub struct HttpStep {
    /// `headers`: HTTP headers; null is left out.
    pub headers: Vec<(Arc<str>, Tree)>,
    /// Whether it may change anything: GET and HEAD do not, all else does unless `writes: false`.
    pub writes: bool,
    /// `retry`: how often it is sent again.
    pub retry: u32,
    /// The service's types, with preset and names of this backend where the service says none; those that its document
    /// describes are whole.
    pub scope: Arc<TypeScope>,
    /// The same with types as they are written: what the mapping says beyond the document.
    pub declared: Arc<TypeScope>,
    /// Where the kind's key stands.
    pub place: Place,
    /// What its engine made of it.
    pub made: Made,
}

/// What an engine makes of a step, once, and keeps with it. The model knows no engines, so it may be anything.
#[derive(Default)]
pub struct Made(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Made {
    /// What was made, or is made now. All calls of one step ask for the same kind of thing; another kind is made anew
    /// each time.
    pub fn or_make<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Arc<T> {
        let made = self.0.get_or_init(|| Arc::new(make()));
        Arc::clone(made)
            .downcast()
            .unwrap_or_else(|_| Arc::new(make()))
    }
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}

/// What a request carries.
#[derive(Debug)]
pub enum Message {
    /// The operation's arguments, by the names that the description has.
    Arguments,
    /// `body`
    Tree(Tree),
    /// `template`: handlebars text.
    Template(Arc<Template>),
}

/// What a `rest` step asks for.
#[derive(Debug)]
pub enum Target {
    /// An operation of the document, by its id.
    Operation(Arc<str>),
    /// `METHOD /path`, with `{expressions}`.
    Path {
        /// The method, upper case.
        method: Arc<str>,
        /// The path below the backend's address, in pieces.
        path: Vec<Piece>,
        /// As it was written, for descriptions and logs: `/customers/{id}`.
        written: Arc<str>,
    },
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it stands.
    Text(Arc<str>),
    /// One encoded segment, or part of one.
    Value(Expression),
}

//! One request on its way, and its redirects within the origin.

use std::borrow::Cow;

use footbridge_mapping::model::TrafficSettings;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName,
    LOCATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::address::Address;
use crate::auth::{Authorities, Sending};
use crate::guests::Guests;
use crate::refusal::{Kind, Refusal};
use crate::request::Request;

/// Headers that frame a message or a connection: not a mapping's to say.
const FRAMING: [HeaderName; 7] = [
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    EXPECT,
    TE,
    TRAILER,
    UPGRADE,
];

/// One request on the way of a call.
struct Part<'p> {
    method: &'p Method,
    url: &'p Url,
    with_body: bool,
    /// Whether this is the origin that the call began with, for which its `Authorization` was meant.
    proof: bool,
}

/// What all requests of a backend share.
pub(crate) struct Road {
    pub(crate) http: reqwest::Client,
    pub(crate) address: Address,
    pub(crate) authorities: Authorities,
    /// Fixed headers.
    pub(crate) headers: HeaderMap,
    pub(crate) redirects: u32,
    pub(crate) proxied: bool,
    /// Others that a proxy may ask.
    pub(crate) guests: Option<Guests>,
}

impl Road {
    /// Fixed headers of the settings.
    ///
    /// # Errors
    /// A name or value that is none, in a clause without the value.
    pub(crate) fn fixed(settings: &TrafficSettings) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let parsed = HeaderName::try_from(&**name)
                .map_err(|_| format!("`{name}` is no name of a header"))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| format!("the header `{name}` has a value that cannot be sent"))?;
            headers.append(parsed, value);
        }
        Ok(headers)
    }

    /// Sends a request and gives its answer, whose body is still to be read.
    ///
    /// # Errors
    /// Every refusal that can come before the body.
    pub(crate) async fn go(
        &self,
        request: &Request,
        first: &Url,
        deadline: Instant,
    ) -> Result<reqwest::Response, Refusal> {
        let mut method = request.method.clone();
        let mut url = Cow::Borrowed(first);
        let mut with_body = true;
        let mut hops = 0;
        loop {
            let part = Part {
                method: &method,
                url: &url,
                with_body,
                proof: hops == 0 || url.origin() == first.origin(),
            };
            let response = self.step(request, &part, deadline).await?;
            let status = response.status().as_u16();
            let moved = matches!(status, 301 | 302 | 303 | 307 | 308);
            let location = response.headers().get(LOCATION);
            let Some(location) = location.filter(|_| moved && self.redirects > 0) else {
                return Ok(response);
            };
            if hops == self.redirects {
                return Err(Refusal::new(
                    Kind::Redirect,
                    "the backend redirects too often",
                ));
            }
            hops += 1;
            let elsewhere = |_| Refusal::new(Kind::Redirect, "the backend redirects elsewhere");
            let next = location
                .to_str()
                .map_err(|_| Refusal::new(Kind::Redirect, "the backend redirects to nowhere"))?;
            let next = url
                .join(next)
                .map_err(|_| Refusal::new(Kind::Redirect, "the backend redirects to nowhere"))?;
            url = Cow::Owned(self.address.own(next).map_err(elsewhere)?);
            // A POST stays one where it moved, as SOAP needs it; only 303 asks for GET (RFC 9110, section 15.4).
            if status == 303 && method != Method::HEAD {
                method = Method::GET;
                with_body = false;
            }
        }
    }

    /// One request; a second one where the backend wants to know who calls.
    async fn step(
        &self,
        request: &Request,
        part: &Part<'_>,
        deadline: Instant,
    ) -> Result<reqwest::Response, Refusal> {
        let Part {
            method,
            url,
            with_body,
            proof,
        } = *part;
        // Another than the backend gets none of what it is told: no fixed headers, no keys, no cookies.
        let guests = self.guests.as_ref().filter(|_| !self.address.is_own(url));
        let body = if with_body {
            request.body.clone()
        } else {
            bytes::Bytes::new()
        };
        let mut again = false;
        loop {
            let mut headers = match guests {
                None => self.headers.clone(),
                Some(_) => HeaderMap::new(),
            };
            for name in request.headers.keys() {
                headers.remove(name);
            }
            for (name, value) in &request.headers {
                headers.append(name, value.clone());
            }
            for name in &FRAMING {
                headers.remove(name);
            }
            if !with_body {
                headers.remove(CONTENT_TYPE);
            }
            if !proof {
                headers.remove(AUTHORIZATION);
            }
            if !headers.contains_key(ACCEPT_ENCODING) {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
            }
            let jar = request.cookies.as_ref().filter(|_| guests.is_none());
            if let Some(jar) = jar {
                jar.put(url, &mut headers);
            }
            let mut sending = Sending {
                method,
                url: url.clone(),
                headers,
                body: &body,
            };
            let token = match guests {
                None => {
                    let caller = request.caller.as_ref();
                    let authorities = &self.authorities;
                    authorities
                        .put(&mut sending, caller, &self.http, deadline)
                        .await?
                }
                Some(_) => None,
            };
            let mut going = reqwest::Request::new(method.clone(), sending.url);
            *going.headers_mut() = sending.headers;
            if !body.is_empty() {
                *going.body_mut() = Some(body.clone().into());
            }
            let http = guests.map_or(&self.http, |guests| &guests.http);
            let response = timeout_at(deadline, http.execute(going))
                .await
                .map_err(|_| Refusal::late())?
                .map_err(|error| Refusal::of(error, self.proxied))?;
            if let Some(jar) = jar {
                jar.keep(url, response.headers());
            }
            match response.status().as_u16() {
                401 if !again
                    && guests.is_none()
                    && self
                        .authorities
                        .learn(response.headers(), token.as_deref())
                        .await =>
                {
                    again = true;
                }
                407 => {
                    return Err(Refusal::new(
                        Kind::Proxy,
                        "the proxy wants to know who calls",
                    ));
                }
                _ => return Ok(response),
            }
        }
    }
}

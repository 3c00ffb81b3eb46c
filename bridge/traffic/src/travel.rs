//! One request on its way, and its redirects within the origin.

use footbridge_mapping::model::TrafficSettings;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName, LOCATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::address::Address;
use crate::auth::{Authorities, Sending};
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

/// What all requests of a backend share.
pub(crate) struct Road {
    pub(crate) http: reqwest::Client,
    pub(crate) address: Address,
    pub(crate) authorities: Authorities,
    /// Fixed headers.
    pub(crate) headers: HeaderMap,
    pub(crate) redirects: u32,
    pub(crate) proxied: bool,
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
        url: Url,
        deadline: Instant,
    ) -> Result<reqwest::Response, Refusal> {
        let mut method = request.method.clone();
        let mut url = url;
        let mut with_body = true;
        let mut hops = 0;
        loop {
            let response = self
                .step(request, &method, &url, with_body, deadline)
                .await?;
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
            url = self.address.own(next).map_err(elsewhere)?;
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
        method: &Method,
        url: &Url,
        with_body: bool,
        deadline: Instant,
    ) -> Result<reqwest::Response, Refusal> {
        let body = if with_body {
            request.body.clone()
        } else {
            bytes::Bytes::new()
        };
        let mut again = false;
        loop {
            let mut headers = self.headers.clone();
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
            if !headers.contains_key(ACCEPT_ENCODING) {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
            }
            if let Some(jar) = &request.cookies {
                jar.put(url, &mut headers);
            }
            let mut sending = Sending {
                method,
                url: url.clone(),
                headers,
                body: &body,
            };
            let token = self
                .authorities
                .put(&mut sending, request.caller.as_ref(), &self.http, deadline)
                .await?;
            let mut going = self
                .http
                .request(method.clone(), sending.url)
                .headers(sending.headers);
            if !body.is_empty() {
                going = going.body(body.clone());
            }
            let response = timeout_at(deadline, going.send())
                .await
                .map_err(|_| Refusal::late())?
                .map_err(|error| Refusal::of(error, self.proxied))?;
            if let Some(jar) = &request.cookies {
                jar.keep(url, response.headers());
            }
            match response.status().as_u16() {
                401 if !again
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

use crate::{Keys, Scope, escape::segment, signature};
use reqwest::{Client, Method, RequestBuilder};
use time::OffsetDateTime;
use url::Url;

/// A request to AWS that is not signed yet.
///
/// ```rust
/// use reqwest::Method;
/// use tidings_aws_http::{Keys, Scope, Unsigned};
/// use time::macros::datetime;
///
/// let keys = Keys {
///     access_key_id: "AKIDEXAMPLE".into(),
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
///     session_token: None,
/// };
/// let scope = Scope { region: "us-east-1", service: "ses" };
/// let url = "https://email.us-east-1.amazonaws.com/v2/email/account".parse()?;
/// let signed = Unsigned::new(Method::GET, url).sign(&keys, scope, datetime!(2026-07-15 15:00 UTC));
/// let names: Vec<_> = signed.headers.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["x-amz-date", "authorization"]);
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Unsigned {
    method: Method,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A signed request, to be sent as it is.
#[derive(Clone)]
pub struct Signed {
    /// The method.
    pub method: Method,
    /// The address, escaped as it was signed.
    pub url: Url,
    /// Every header but `host`, which the address tells.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Unsigned {
    /// A request without headers and without a body.
    ///
    /// Path and query are escaped anew, since AWS signs them in one form only; a `+` in the query is a
    /// blank.
    pub fn new(method: Method, mut url: Url) -> Self {
        let path: Vec<_> = url.path().split('/').map(segment).collect();
        url.set_path(&path.join("/"));
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        let query = crate::form(pairs);
        url.set_query((!query.is_empty()).then_some(&query));
        url.set_fragment(None);
        Self {
            method,
            url,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header, its name in lower case. It is signed.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body and its content type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self.header("content-type", content_type)
        }
    }

    /// Signs it, by Signature Version 4, for the minutes around `now`.
    pub fn sign(self, keys: &Keys, scope: Scope<'_>, now: OffsetDateTime) -> Signed {
        let mut signed = Signed {
            method: self.method,
            url: self.url,
            headers: self.headers,
            body: self.body,
        };
        signature::add(&mut signed, keys, scope, now);
        signed
    }
}

impl Signed {
    /// The request for a client, which must not follow redirects.
    pub fn builder(self, http: &Client) -> RequestBuilder {
        let start = http.request(self.method, self.url);
        let headers = self.headers.into_iter();
        headers
            .fold(start, |request, (name, value)| request.header(name, value))
            .body(self.body)
    }
}

impl std::fmt::Debug for Signed {
    /// Headers and body hold secrets and what people say.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

//! A request as it goes over the wire.

use serde_json::Value;

/// One HTTP request, as an adapter made it and a fake received it.
///
/// ```
/// use tidings_wire_specs::Request;
///
/// let request = Request::new("POST", "/v3/sms/send?dry=1")
///     .headers([("Authorization", "Basic dTprZXk=")])
///     .form(&[("to", "+15550002222")]);
/// assert_eq!(request.headers.len(), 2);
/// assert_eq!(request.body, b"to=%2B15550002222");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method; its case does not matter.
    pub method: String,
    /// A whole URL, or the path with its query. The host is not checked, so that a fake's address
    /// stands for the provider's.
    pub url: String,
    /// Names and values in the order of the wire; the case of a name does not matter.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and without a body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds headers, for example all that a fake received.
    #[must_use]
    pub fn headers<N: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let headers = headers.into_iter();
        self.headers
            .extend(headers.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Replaces the body and says nothing of its type.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Replaces the body by JSON and adds its content type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Replaces the body by a form and adds its content type.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    /// The first value of a header.
    pub(crate) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The content type without its parameters, in small letters.
    pub(crate) fn media_type(&self) -> Option<String> {
        self.header_value("content-type").map(essence)
    }

    /// The path between the host and the query, still encoded.
    pub(crate) fn path(&self) -> &str {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => url,
        }
    }

    /// The names and values of the query, decoded.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let url = self.url.split('#').next().unwrap_or_default();
        url.split_once('?')
            .map(|(_, query)| pairs(query.as_bytes()))
            .unwrap_or_default()
    }
}

/// A media type without its parameters, in small letters.
pub(crate) fn essence(content_type: &str) -> String {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

/// The names and values of a form, decoded.
pub(crate) fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}

/// A step of a path, decoded; what is not UTF-8 is replaced.
pub(crate) fn decode_step(step: &str) -> String {
    let bytes = step.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = step
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = pair {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stands_between_host_and_query() {
        for (url, path) in [
            ("https://api.example.com/v1/a?b=/c", "/v1/a"),
            ("http://127.0.0.1:8080/v1/a#b", "/v1/a"),
            ("https://api.example.com", ""),
            ("https://api.example.com?x=1", ""),
            ("/v1/a?u=https://b/c", "/v1/a"),
        ] {
            assert_eq!(Request::new("GET", url).path(), path, "{url}");
        }
    }

    #[test]
    fn queries_and_steps_are_decoded() {
        let request = Request::new("GET", "/a?To=%2B1+2&x");
        let expected = [("To", "+1 2"), ("x", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(request.query(), expected);
        assert_eq!(decode_step("%2B1+2%"), "+1+2%");
    }
}

//! Signature Version 4 of requests.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::accounts::AwsAccount;
use crate::clock;
use crate::crypto::{hex, hmac_sha256, sha256};
use crate::request::authorization;
use crate::world::World;

/// Clocks may differ by so much.
const SKEW: Duration = Duration::minutes(5);
const DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// Why a request is not anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSigned {
    /// There is no signature.
    Missing,
    /// Nobody has this access key.
    UnknownKey,
    /// The signature is another one, or for another place.
    Wrong,
    /// It was signed long ago, or will be.
    Skewed,
}

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// What the header `Authorization` says.
struct Claim<'a> {
    key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    /// In the order of signing.
    headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let part = |name: &str| {
            text.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let mut scope = part("Credential")?.split('/');
        let claim = Self {
            key: scope.next()?,
            date: scope.next()?,
            region: scope.next()?,
            service: scope.next()?,
            headers: part("SignedHeaders")?.split(';').collect(),
            signature: part("Signature")?,
        };
        (scope.next() == Some("aws4_request")).then_some(claim)
    }
}

impl Signed<'_> {
    /// The account that has signed the request for this service.
    pub(crate) fn verify(self, world: &World, service: &str) -> Result<Arc<AwsAccount>, NotSigned> {
        let claim = authorization(self.headers, "AWS4-HMAC-SHA256 ")
            .and_then(Claim::read)
            .ok_or(NotSigned::Missing)?;
        let account = world
            .registry
            .aws
            .get(claim.key)
            .ok_or(NotSigned::UnknownKey)?;
        if claim.region != account.region || claim.service != service {
            return Err(NotSigned::Wrong);
        }
        self.check(&claim, &account.secret_access_key, clock::now())?;
        Ok(account)
    }

    fn check(self, claim: &Claim<'_>, secret: &str, now: OffsetDateTime) -> Result<(), NotSigned> {
        let stamp = self.header("x-amz-date");
        let at = PrimitiveDateTime::parse(&stamp, DATE)
            .map_err(|_| NotSigned::Missing)?
            .assume_utc();
        if (now - at).abs() > SKEW {
            return Err(NotSigned::Skewed);
        }
        let is_bound = |name| claim.headers.contains(&name);
        if !stamp.starts_with(claim.date) || !is_bound("host") || !is_bound("x-amz-date") {
            return Err(NotSigned::Wrong);
        }
        let hash = hex(&sha256(self.canonical(&claim.headers).as_bytes()));
        let scope = format!(
            "{}/{}/{}/aws4_request",
            claim.date, claim.region, claim.service
        );
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hash}");
        let start = format!("AWS4{secret}").into_bytes();
        let key = [claim.date, claim.region, claim.service, "aws4_request"]
            .into_iter()
            .fold(start, |key, part| hmac_sha256(&key, part.as_bytes()));
        if hex(&hmac_sha256(&key, text.as_bytes())) == claim.signature {
            Ok(())
        } else {
            Err(NotSigned::Wrong)
        }
    }

    /// The values of a header, each without needless blanks.
    fn header(self, name: &str) -> String {
        let values: Vec<String> = self
            .headers
            .get_all(name)
            .iter()
            .map(|value| {
                let text = String::from_utf8_lossy(value.as_bytes());
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        values.join(",")
    }

    fn canonical(self, names: &[&str]) -> String {
        // Every service but S3 encodes the path once more.
        let path: Vec<String> = self.uri.path().split('/').map(encode).collect();
        let mut pairs: Vec<(String, String)> = self
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (encode(&decode(name)), encode(&decode(value)))
            })
            .collect();
        pairs.sort();
        let query: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let headers: Vec<String> = names
            .iter()
            .map(|name| format!("{name}:{}", self.header(name)))
            .collect();
        format!(
            "{}\n{}\n{}\n{}\n\n{}\n{}",
            self.method,
            path.join("/"),
            query.join("&"),
            headers.join("\n"),
            names.join(";"),
            hex(&sha256(self.body))
        )
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

/// The reverse.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let byte = after
            .get(..2)
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Method};
    use time::macros::datetime;

    use super::{Claim, NotSigned, Signed, decode, encode};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    /// Host, path, media type, body and signature, computed with botocore.
    const VECTORS: [(&str, &str, &str, &str, &str, &str); 2] = [
        (
            "sns",
            "sns.us-east-1.amazonaws.com",
            "/",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Action=Publish&Message=Your%20table%20is%20ready&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=Transactional&PhoneNumber=%2B15550002222&Version=2010-03-31",
            "237436aff5c3f9cb84e94e5c03cfd9834af0d76ab16c57781d44b7b954b76c7f",
        ),
        (
            "ses",
            "email.us-east-1.amazonaws.com",
            "/v2/email/outbound-emails",
            "application/json",
            r#"{"FromEmailAddress":"no-reply@example.com","Destination":{"ToAddresses":["ann@example.net"]},"Content":{"Simple":{"Subject":{"Data":"Hi"},"Body":{"Text":{"Data":"Hello"}}}}}"#,
            "e0068127361c05db8860aebce41cc77ec84e042c11f1ea853cebe9c2517413c3",
        ),
    ];

    #[test]
    fn requests_that_the_official_kit_has_signed_are_known() {
        for (service, host, path, media_type, body, signature) in VECTORS {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_static;
            headers.insert("content-type", value(media_type));
            headers.insert("host", value(host));
            headers.insert("x-amz-date", value("20260102T030405Z"));
            let text = format!(
                "Credential=AKIDEXAMPLE/20260102/us-east-1/{service}/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
            );
            let claim = Claim::read(&text).expect("a claim");
            let uri = path.parse().expect("a path");
            let request = Signed {
                method: &Method::POST,
                uri: &uri,
                headers: &headers,
                body: body.as_bytes(),
            };
            let now = datetime!(2026-01-02 03:06 UTC);
            assert_eq!(request.check(&claim, SECRET, now), Ok(()), "{service}");
            assert_eq!(request.check(&claim, "other", now), Err(NotSigned::Wrong));
            let late = datetime!(2026-01-02 03:10 UTC);
            assert_eq!(request.check(&claim, SECRET, late), Err(NotSigned::Skewed));
            let changed = Signed {
                body: b"{}",
                ..request
            };
            assert_eq!(changed.check(&claim, SECRET, now), Err(NotSigned::Wrong));
        }
    }

    #[test]
    fn encoding_keeps_the_unreserved_and_nothing_else() {
        assert_eq!(encode("a-b_c.d~e"), "a-b_c.d~e");
        assert_eq!(encode("+ /é%"), "%2B%20%2F%C3%A9%25");
        assert_eq!(decode("%2B%20%2f%C3%A9%25"), "+ /é%");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz"), "%zz");
    }
}

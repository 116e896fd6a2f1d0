//! Signature Version 4, in its form for headers (AWS Signature Version 4 for API requests).

use crate::{Keys, Scope, Signed, escape::escape};
use secrecy::ExposeSecret;
use tidings_provider_http::{hex, hmac_sha256, sha256_hex};
use time::{OffsetDateTime, UtcOffset};
use url::Url;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const LAST_PART: &str = "aws4_request";

/// Adds the headers that make up the signature.
pub(crate) fn add(request: &mut Signed, keys: &Keys, scope: Scope<'_>, now: OffsetDateTime) {
    let instant = Instant::of(now);
    request.headers.push(("x-amz-date", instant.second.clone()));
    if let Some(token) = &keys.session_token {
        let token = token.expose_secret().to_owned();
        request.headers.push(("x-amz-security-token", token));
    }
    let headers = Headers::of(request);
    let canonical = sha256_hex(canonical(request, &headers).as_bytes());
    let Scope { region, service } = scope;
    let scope = format!("{}/{region}/{service}/{LAST_PART}", instant.day);
    let signed = format!("{ALGORITHM}\n{}\n{scope}\n{canonical}", instant.second);
    let secret = format!("AWS4{}", keys.secret_access_key.expose_secret());
    let key = [instant.day.as_str(), region, service, LAST_PART]
        .iter()
        .fold(secret.into_bytes(), |key, part| {
            hmac_sha256(&key, part.as_bytes())
        });
    let signature = hex(&hmac_sha256(&key, signed.as_bytes()));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        keys.access_key_id, headers.names
    );
    request.headers.push(("authorization", authorization));
}

fn canonical(request: &Signed, headers: &Headers) -> String {
    [
        request.method.as_str(),
        &path(&request.url),
        &query(&request.url),
        &headers.lines,
        &headers.names,
        &sha256_hex(&request.body),
    ]
    .join("\n")
}

/// The path of the wire with each segment escaped once more, without empty segments.
fn path(url: &Url) -> String {
    let path = url.path();
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut canonical: String = segments
        .flat_map(|segment| ["/".to_owned(), escape(segment)])
        .collect();
    if path.ends_with('/') || canonical.is_empty() {
        canonical.push('/');
    }
    canonical
}

/// The query of the wire, by name and value.
fn query(url: &Url) -> String {
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (escape(&name), escape(&value)))
        .collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

struct Headers {
    /// A line for each, and a line break behind each.
    lines: String,
    /// The names with semicolons between them.
    names: String,
}

impl Headers {
    fn of(request: &Signed) -> Self {
        let mut headers: Vec<(&str, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (*name, single_blanks(value)))
            .collect();
        headers.push(("host", host(&request.url)));
        headers.sort();
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"));
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        Self {
            lines: lines.collect(),
            names: names.join(";"),
        }
    }
}

/// Without blanks at the ends, and with one in place of several.
fn single_blanks(value: &str) -> String {
    let words = value.split(' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The `host` header that a client sends.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// An instant as signatures write it.
struct Instant {
    /// `20260715T150000Z`.
    second: String,
    /// `20260715`.
    day: String,
}

impl Instant {
    fn of(now: OffsetDateTime) -> Self {
        let now = now.to_offset(UtcOffset::UTC);
        let (year, month, day) = now.to_calendar_date();
        let (hour, minute, second) = now.to_hms();
        let day = format!("{year:04}{:02}{day:02}", u8::from(month));
        Self {
            second: format!("{day}T{hour:02}{minute:02}{second:02}Z"),
            day,
        }
    }
}

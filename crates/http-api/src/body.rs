use crate::{
    envelope::RequestId,
    error::ApiError,
    problem::{FieldError, step},
};
use axum::{
    extract::{FromRequest, MatchedPath, Request},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment};
use std::borrow::Cow;

/// The most that a request of JSON may weigh.
pub(crate) const JSON_LIMIT: usize = 1 << 20;

/// What a request says of itself beside its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// The `Idempotency-Key` header, if any.
    pub(crate) key: Option<String>,
    /// Method and path pattern, such as `POST /v1/messages`.
    pub(crate) endpoint: String,
    /// The request's name.
    pub(crate) request_id: String,
}

/// A request whose repetition can be recognized.
pub(crate) trait Repeatable {
    fn asked(&self) -> &Asked;

    /// What a repetition must equal: SHA-256 over the path, which names the thing, and the raw body.
    fn fingerprint(&self) -> [u8; 32];
}

/// A request's body as it came.
#[derive(Debug, Clone)]
pub(crate) struct RawBody {
    bytes: Bytes,
    is_json: bool,
    asked: Asked,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        let key = request
            .headers()
            .get("idempotency-key")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let path = request.uri().path().to_owned();
        let extensions = request.extensions();
        let pattern = extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        let endpoint = format!("{} {}", request.method(), pattern.unwrap_or(&path));
        let request_id = extensions.get::<RequestId>();
        let request_id = request_id.map(|id| id.0.clone()).unwrap_or_default();
        Self {
            path,
            key,
            endpoint,
            request_id,
        }
    }

    /// A fingerprint that lacks the body.
    pub(crate) fn fingerprint(&self) -> Context {
        let mut context = Context::new(&SHA256);
        context.update(self.path.as_bytes());
        context.update(&[0]);
        context
    }
}

/// The bytes of a finished hash.
pub(crate) fn digest(context: Context) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(place, byte)| *place = *byte);
    hash
}

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = media_type(request.headers()).eq_ignore_ascii_case("application/json");
        let asked = Asked::of(&request);
        let bytes = read(request, JSON_LIMIT).await?;
        Ok(Self {
            bytes,
            is_json,
            asked,
        })
    }
}

/// Refuses a body that is announced as larger than the limit, before any of it is read.
pub(crate) fn check_announced(headers: &HeaderMap, limit: usize) -> Result<(), ApiError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    match announced {
        Some(length) if length > limit => Err(ApiError::BodyTooLarge(limit)),
        Some(_) | None => Ok(()),
    }
}

/// Reads a body up to a limit.
pub(crate) async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    check_announced(request.headers(), limit)?;
    let mut body = request.into_body().into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| ApiError::IncompleteBody)?;
        if bytes.len() + part.len() > limit {
            return Err(ApiError::BodyTooLarge(limit));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}

/// What the body is said to be, without parameters; empty when nothing is said.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';').next().unwrap_or(kind).trim()
}

impl Repeatable for RawBody {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn fingerprint(&self) -> [u8; 32] {
        let mut context = self.asked.fingerprint();
        context.update(&self.bytes);
        digest(context)
    }
}

impl RawBody {
    /// Reads the body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        if !self.is_json {
            return Err(ApiError::UnsupportedMediaType("application/json"));
        }
        parse(&self.bytes)
    }

    /// Checks that a request that takes nothing brings nothing, so that a typo is never ignored.
    pub(crate) fn nothing(&self) -> Result<(), ApiError> {
        let Nothing {} = self.json_or_empty()?;
        Ok(())
    }

    /// Reads the body as JSON; an empty one is `{}`.
    pub(crate) fn json_or_empty<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        if self.bytes.is_empty() {
            return parse(b"{}");
        }
        self.json()
    }
}

/// A request without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Reads a text of JSON, and says where it is wrong.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if has_nul(bytes) {
        return Err(ApiError::field(
            "",
            "invalid_value",
            "a text holds the character U+0000, which cannot be kept",
        ));
    }
    // Serde reads a list as the fields of a struct in order, which is nothing that we promise.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::field("", "invalid_type", "send an object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| located(error.path(), error.inner()))?;
    reader
        .end()
        .map_err(|error| ApiError::field("", "invalid_json", error.to_string()))?;
    Ok(value)
}

/// Whether some text has an escaped NUL, which PostgreSQL cannot store.
pub(crate) fn has_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let after = rest.get(at + 1..).unwrap_or_default();
        if after.starts_with(b"u0000") {
            return true;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    false
}

/// Reads the parameters of a query as if they were the members of an object of texts.
pub(crate) fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let mut members = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.contains('\0') {
            return Err(ApiError::field(
                format!("?{name}"),
                "invalid_value",
                "the character U+0000 cannot be searched for",
            ));
        }
        let pointer = format!("?{name}");
        let earlier = members.insert(name.into_owned(), value.into_owned().into());
        if earlier.is_some() {
            return Err(ApiError::field(pointer, "duplicate_field", "give it once"));
        }
    }
    serde_path_to_error::deserialize(serde_json::Value::Object(members)).map_err(|error| {
        match located(error.path(), error.inner()) {
            ApiError::Invalid(errors) => ApiError::Invalid(
                errors
                    .into_iter()
                    .map(|error| FieldError {
                        pointer: error.pointer.replacen('/', "?", 1),
                        ..error
                    })
                    .collect(),
            ),
            other => other,
        }
    })
}

fn located(path: &Path, error: &serde_json::Error) -> ApiError {
    explained(pointer(path), error)
}

/// What a client is told about JSON that is wrong at `pointer`.
pub(crate) fn explained(mut pointer: String, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    let detail = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(before, _)| before);
    if !error.is_data() {
        return ApiError::field("", "invalid_json", message);
    }
    let plain = without_our_names(detail);
    let named = |prefix: &str| {
        detail
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('`').next())
    };
    let kinds = [
        ("missing field `", "missing_field"),
        ("unknown field `", "unknown_field"),
        ("duplicate field `", "duplicate_field"),
    ];
    let of_name = kinds
        .iter()
        .find_map(|(prefix, code)| Some((named(prefix)?, *code)));
    let code = match of_name {
        Some((name, code)) => {
            // The path already ends in the field for some of these, and in its parent for others.
            let last = format!("/{}", step(name));
            if code == "missing_field" || !pointer.ends_with(&last) {
                pointer.push_str(&last);
            }
            code
        }
        None if detail.starts_with("invalid type") => "invalid_type",
        None => "invalid_value",
    };
    ApiError::Invalid(vec![FieldError::new(pointer, code, plain)])
}

/// The message without the name of a type of ours, which says nothing to a client.
fn without_our_names(message: &str) -> Cow<'_, str> {
    match message.rsplit_once("expected struct ") {
        Some((before, _)) => format!("{before}expected an object").into(),
        None => message.into(),
    }
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&step(key));
            }
            // Our enums are words; neither occurs with a name that a client wrote.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use tidings_kernel::Region;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        name: String,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        region: Region,
    }

    fn refused(json: &str) -> (String, String) {
        match parse::<Outer>(json.as_bytes()) {
            Err(ApiError::Invalid(errors)) => (errors[0].pointer.clone(), errors[0].code.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_field_is_pointed_at() {
        for (json, pointer, code) in [
            (r#"{"name":1}"#, "/name", "invalid_type"),
            (r#"{"name":"x","nam~e":1}"#, "/nam~0e", "unknown_field"),
            (r"{}", "/name", "missing_field"),
            (
                r#"{"name":"x","list":[{"region":"US"},{"region":"USA"}]}"#,
                "/list/1/region",
                "invalid_value",
            ),
            (
                r#"{"name":"x","list":[{"region":"US","y":1}]}"#,
                "/list/0/y",
                "unknown_field",
            ),
            (
                r#"{"name":"x","list":[{}]}"#,
                "/list/0/region",
                "missing_field",
            ),
            (r#"{"name":"x""#, "", "invalid_json"),
            (r#"{"name":"x"} 1"#, "", "invalid_json"),
            (r#"{"name":"a\u0000b"}"#, "", "invalid_value"),
            (r#"{"name":"x","name":"y"}"#, "/name", "duplicate_field"),
            (r#" ["x",[]]"#, "", "invalid_type"),
            (r#"{"name":"x","list":["US"]}"#, "/list/0", "invalid_type"),
        ] {
            assert_eq!(refused(json), (pointer.into(), code.into()), "{json}");
        }
    }

    #[test]
    fn no_answer_names_a_type_of_ours() {
        for json in ["1", "null", r#"{"name":"x","list":[1]}"#] {
            match parse::<Outer>(json.as_bytes()) {
                Err(ApiError::Invalid(errors)) => {
                    let detail = &errors[0].detail;
                    assert!(detail.ends_with("expected an object"), "{detail}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_plain_text() {
        assert!(parse::<Outer>(br#"{"name":"a\\u0000"}"#).is_ok());
    }
}

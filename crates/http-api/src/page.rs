use crate::{body::parse_query, error::ApiError, wire::Listed};
use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use std::str::FromStr;
use tidings_kernel::{
    AccountId, ContactId, ConversationId, MediaId, MessageId, QuickReplyId, TemplateId,
    WebhookEndpointId,
};
use tidings_messaging::{Page, Paged};
use utoipa::ToSchema;
use uuid::Uuid;

/// The parameters of a query. An unknown one is refused, so that a typo is never silently ignored.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// A switch in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Switch {
    True,
    False,
}

/// How many entries to give, from 1 to 200.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 200, default = 50)]
pub(crate) struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .ok()
            .filter(|limit| (1..=200).contains(limit))
            .map(Self)
            .ok_or_else(|| D::Error::custom("give a number from 1 to 200"))
    }
}

/// Where a list goes on; opaque to clients.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String)]
pub(crate) struct Cursor(Uuid);

impl Cursor {
    fn write(id: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(id.as_bytes())
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| Uuid::from_slice(&bytes).ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("this is not a cursor: use next of the page before"))
    }
}

/// The part of a list that was asked for.
pub(crate) fn page(limit: Limit, after: Option<Cursor>) -> Page {
    Page {
        limit: limit.0,
        after: after.map(|cursor| cursor.0),
    }
}

/// The answer to a list.
pub(crate) fn listed<T, U>(paged: Paged<T>, view: impl FnMut(T) -> U) -> Listed<U> {
    Listed {
        data: paged.data.into_iter().map(view).collect(),
        next: paged.next.map(Cursor::write),
    }
}

/// The id in a path. What is no id names nothing: 404, the same as an id that does not exist.
pub(crate) struct PathId<T>(pub(crate) T);

/// What an id names, for the answer 404.
pub(crate) trait Named: FromStr {
    /// Such as `contact`.
    const NOUN: &'static str;
}

impl Named for ContactId {
    const NOUN: &'static str = "contact";
}

impl Named for AccountId {
    const NOUN: &'static str = "provider account";
}

impl Named for MessageId {
    const NOUN: &'static str = "message";
}

impl Named for ConversationId {
    const NOUN: &'static str = "conversation";
}

impl Named for MediaId {
    const NOUN: &'static str = "media";
}

impl Named for QuickReplyId {
    const NOUN: &'static str = "quick reply";
}

impl Named for TemplateId {
    const NOUN: &'static str = "template";
}

impl Named for WebhookEndpointId {
    const NOUN: &'static str = "webhook endpoint";
}

impl<T: Named, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::<String>::from_request_parts(parts, state)
            .await
            .ok()
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or(ApiError::NotFound(T::NOUN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Some50 {
        #[serde(default)]
        limit: Limit,
        after: Option<Cursor>,
    }

    fn refused(query: &str) -> String {
        match parse_query::<Some50>(query) {
            Err(ApiError::Invalid(errors)) => format!("{} {}", errors[0].pointer, errors[0].code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_survives_the_round_trip() {
        let id = Uuid::from_u128(42);
        let query = format!("after={}", Cursor::write(id));
        let read: Some50 = parse_query(&query).unwrap();
        assert_eq!(page(read.limit, read.after).after, Some(id));
        assert_eq!(page(read.limit, read.after).limit, 50);
    }

    #[test]
    fn bad_parameters_are_pointed_at() {
        assert_eq!(refused("limit=0"), "?limit invalid_value");
        assert_eq!(refused("limit=201"), "?limit invalid_value");
        assert_eq!(refused("after=x"), "?after invalid_value");
        assert_eq!(refused("lmit=1"), "?lmit unknown_field");
        assert_eq!(refused("limit=1&limit=2"), "?limit duplicate_field");
    }
}

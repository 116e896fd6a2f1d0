//! What a tenant says of an endpoint for webhooks.

use super::stream::kinds;
use crate::{api::Api, error::ApiError, problem::FieldError, wire::given};
use serde::Deserialize;
use tidings_messaging::{EventKind, WebhookUrl};
use utoipa::ToSchema;

/// The longest description, in characters.
const LONGEST: usize = 500;

/// A new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    /// An address with https that the public reaches.
    #[schema(example = "https://shop.example.com/hooks/tidings")]
    pub(crate) url: String,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// What it is told; everything when this is empty or left out.
    #[serde(default)]
    #[schema(value_type = Vec<crate::wire::EventType>)]
    pub(crate) types: Vec<String>,
    /// Whether it is called, which it is when this is left out.
    #[serde(default)]
    pub(crate) enabled: Option<bool>,
}

/// A change of an endpoint; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointPatch {
    #[serde(default, deserialize_with = "given")]
    pub(crate) url: Option<String>,
    /// An empty one takes it away.
    #[serde(default, deserialize_with = "given")]
    pub(crate) description: Option<String>,
    /// An empty list stands for everything.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<crate::wire::EventType>>)]
    pub(crate) types: Option<Vec<String>>,
    /// What is pending goes on when it is enabled again.
    #[serde(default, deserialize_with = "given")]
    pub(crate) enabled: Option<bool>,
}

/// What was given, once it is read.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) url: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) kinds: Option<Vec<EventKind>>,
    pub(crate) enabled: Option<bool>,
}

impl From<NewEndpoint> for EndpointPatch {
    fn from(new: NewEndpoint) -> Self {
        Self {
            url: Some(new.url),
            description: new.description,
            types: Some(new.types),
            enabled: new.enabled,
        }
    }
}

impl EndpointPatch {
    /// Reads it, and says everything that is wrong with it at once.
    pub(crate) fn read(self, api: &Api) -> Result<Wanted, ApiError> {
        let mut errors: Vec<FieldError> = Vec::new();
        let url = self.url.and_then(|text| {
            let url = WebhookUrl::parse(&text, api.config.webhook_reach());
            url.map(|url| url.as_str().to_owned())
                .map_err(|error| {
                    errors.push(FieldError::new("/url", "invalid_url", error.to_string()));
                })
                .ok()
        });
        let kinds = self.types.map(|types| {
            let mut read = Vec::new();
            for (index, name) in types.iter().enumerate() {
                let pointer = format!("/types/{index}");
                for kind in kinds([name.as_str()], &pointer, &mut errors) {
                    if !read.contains(&kind) {
                        read.push(kind);
                    }
                }
            }
            read
        });
        let description = self.description.as_deref().unwrap_or_default();
        if description.chars().count() > LONGEST {
            let detail = format!("at most {LONGEST} characters");
            errors.push(FieldError::new("/description", "too_long", detail));
        }
        if !errors.is_empty() {
            return Err(ApiError::Invalid(errors));
        }
        Ok(Wanted {
            url,
            description: self.description,
            kinds,
            enabled: self.enabled,
        })
    }
}

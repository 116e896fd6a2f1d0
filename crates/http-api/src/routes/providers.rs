use crate::{
    api::Api,
    auth::{Caller, Read},
    wire::{self, Listed},
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::Channel;
use tidings_messaging::Descriptor;
use utoipa::ToSchema;

/// What a provider can do and what it needs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView {
    /// The name to use in requests.
    #[schema(example = "twilio")]
    name: &'static str,
    /// The name for people.
    #[schema(example = "Twilio")]
    title: &'static str,
    channels: Vec<AbilityView>,
    credentials: Vec<CredentialView>,
    /// Whether the provider itself answers STOP on SMS.
    answers_stop: bool,
    /// Whether the provider can be asked what became of a message.
    can_be_asked: bool,
}

/// One channel of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ability)]
pub(crate) struct AbilityView {
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    media: bool,
    templates: bool,
    read_receipts: bool,
}

/// One credential to ask for, for a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CredentialField)]
pub(crate) struct CredentialView {
    /// The key in `credentials`.
    name: &'static str,
    /// What the provider calls it.
    label: &'static str,
    /// Where to find it and what it looks like.
    hint: &'static str,
    required: bool,
    /// Whether to hide it while typing.
    secret: bool,
}

impl From<&'static Descriptor> for ProviderView {
    fn from(descriptor: &'static Descriptor) -> Self {
        Self {
            name: descriptor.name,
            title: descriptor.title,
            channels: descriptor
                .channels
                .iter()
                .map(|ability| AbilityView {
                    channel: ability.channel,
                    media: ability.carries_media,
                    templates: ability.carries_templates,
                    read_receipts: ability.reports_reading,
                })
                .collect(),
            credentials: descriptor
                .credentials
                .iter()
                .map(|field| CredentialView {
                    name: field.name,
                    label: field.label,
                    hint: field.hint,
                    required: field.is_required,
                    secret: field.is_secret,
                })
                .collect(),
            answers_stop: descriptor.answers_stop,
            can_be_asked: descriptor.can_be_asked,
        }
    }
}

/// List providers
///
/// The catalog, by name: what each can do, and what credentials it needs. Always complete in one page.
#[utoipa::path(get, path = "/v1/providers", tag = "Provider accounts",
    responses((status = 200, body = Listed<ProviderView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    _caller: Caller<Read>,
) -> Json<Listed<ProviderView>> {
    Json(Listed {
        data: api
            .catalog
            .iter()
            .map(|provider| provider.descriptor().into())
            .collect(),
        next: None,
    })
}

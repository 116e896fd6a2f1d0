//! What messages and replies say.

use super::{message_request::needed, whatsapp_request::WhatsappBody};
use crate::{api::Api, checks::Checks, error::ApiError, wire::given};
use serde::Deserialize;
use serde_json::{Map, Value};
use tidings_kernel::{Channel, MediaId, TenantId};
use tidings_messaging::{
    Media,
    media::{NotAttached, media_address},
    send::ContentWish,
};
use utoipa::ToSchema;

/// A template and its data.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateCall)]
pub(crate) struct TemplateBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required)]
    name: Option<String>,
    /// Else the contact's, else the tenant's.
    locale: Option<String>,
    #[serde(default)]
    data: Map<String, Value>,
}

/// An attachment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMedia)]
pub(crate) struct MediaBody {
    /// Where the provider fetches it.
    #[schema(example = "https://example.com/photo.jpg")]
    url: Option<String>,
    /// A file that was taken in by `POST /v1/media`, or came from a contact; instead of `url`.
    #[schema(value_type = Option<String>, example = "med_01h2xcejqtf2nbrexx3vqjhp41")]
    media_id: Option<MediaId>,
}

/// Files of ours are looked up for one message at a time.
pub(super) fn refuse_uploads(media: Option<&[MediaBody]>) -> Result<(), ApiError> {
    let mut media = media.into_iter().flatten();
    match media.position(|medium| medium.media_id.is_some()) {
        Some(index) => Err(ApiError::not_supported(
            &format!("/media/{index}/media_id"),
            "many messages together take files by url alone for now",
        )),
        None => Ok(()),
    }
}

/// Sees that the files of ours among attachments exist, and that these channels carry them; and says what they are.
pub(super) async fn attach(
    api: &Api,
    tenant: TenantId,
    media: &mut [Media],
    channels: &[Channel],
) -> Result<(), ApiError> {
    match api.keeping.attach(tenant, media, channels).await? {
        Ok(()) => Ok(()),
        Err((place, problem)) => {
            let code = match &problem {
                NotAttached::NotFound => "media_not_found",
                NotAttached::NotStored(_) => "media_not_stored",
                NotAttached::NotCarried { .. } => "media_not_carried",
                NotAttached::TooLarge { .. } => "media_too_large",
            };
            let pointer = format!("/media/{place}/media_id");
            Err(ApiError::field(pointer, code, problem.to_string()))
        }
    }
}

/// Attachments that can be fetched.
pub(super) fn media(checks: &mut Checks, media: Option<Vec<MediaBody>>) -> Vec<Media> {
    let media = media.unwrap_or_default().into_iter().enumerate();
    media
        .filter_map(|(index, medium)| medium.checked(checks, index))
        .collect()
}

/// What is said by text, template and form, of which not all go together.
pub(super) fn content(
    checks: &mut Checks,
    said: (Option<String>, Option<TemplateBody>, Option<WhatsappBody>),
    media: &[Media],
) -> Option<ContentWish> {
    match said {
        (Some(_), Some(_), _) => {
            checks.refuse("/text", "conflict", "give text or template, not both");
            None
        }
        (None, Some(_), Some(_)) => {
            let detail = "give whatsapp or template, not both";
            checks.refuse("/whatsapp", "conflict", detail);
            None
        }
        (text, None, Some(form)) => form.wish(checks, text, media),
        (Some(text), None, None) => Some(ContentWish::Text(text)),
        (None, Some(template), None) => template.wish(checks, "/template"),
        (None, None, None) => Some(ContentWish::MediaOnly),
    }
}

impl TemplateBody {
    /// The template in the domain's terms, if it is named.
    pub(super) fn wish(self, checks: &mut Checks, pointer: &str) -> Option<ContentWish> {
        let pointer = format!("{pointer}/name");
        let name = needed(checks, &pointer, self.name)?;
        checks.text(&pointer, Some(&name), 512);
        Some(ContentWish::Template {
            name,
            locale: self.locale,
            data: self.data,
        })
    }

    pub(super) fn over(self, common: &Self) -> Self {
        let mut data = common.data.clone();
        data.extend(self.data);
        Self {
            name: self.name.or_else(|| common.name.clone()),
            locale: self.locale.or_else(|| common.locale.clone()),
            data,
        }
    }
}

impl MediaBody {
    fn checked(self, checks: &mut Checks, index: usize) -> Option<Media> {
        let pointer = format!("/media/{index}/url");
        if let Some(id) = self.media_id {
            if self.url.is_some() {
                checks.refuse(pointer, "conflict", "give url or media_id, not both");
                return None;
            }
            return Some(Media {
                url: media_address(id),
                content_type: None,
            });
        }
        let Some(url) = self.url else {
            checks.refuse(
                pointer,
                "missing_field",
                "give the address of the file, or its media_id",
            );
            return None;
        };
        let is_plain = !url.contains(|c: char| c.is_control() || c.is_whitespace());
        let is_web = url::Url::parse(&url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web || !is_plain || url.len() > 2_048 {
            checks.refuse(
                pointer,
                "invalid_url",
                "give an address that starts with https://, without spaces, of at most 2048 bytes",
            );
            return None;
        }
        Some(Media {
            url,
            content_type: None,
        })
    }
}

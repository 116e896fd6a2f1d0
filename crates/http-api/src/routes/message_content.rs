//! What messages and replies say.

use super::{message_request::needed, whatsapp_request::WhatsappBody};
use crate::{checks::Checks, error::ApiError, wire::given};
use serde::Deserialize;
use serde_json::{Map, Value};
use tidings_messaging::{Media, send::ContentWish};
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
    /// Uploaded media are not offered yet: `not_supported`.
    media_id: Option<String>,
}

/// Uploaded media are not offered yet.
pub(super) fn refuse_uploads(media: Option<&[MediaBody]>) -> Result<(), ApiError> {
    let mut media = media.into_iter().flatten();
    match media.position(|medium| medium.media_id.is_some()) {
        Some(index) => Err(ApiError::not_supported(
            &format!("/media/{index}/media_id"),
            "uploads come later; give a url",
        )),
        None => Ok(()),
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
        let Some(url) = self.url else {
            checks.refuse(pointer, "missing_field", "give the address of the file");
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

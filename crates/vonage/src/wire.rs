//! The body of `POST /v1/messages`, as far as we fill it.

use serde::Serialize;
use serde_json::Value;

/// A message on its way out.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    pub(crate) channel: WireChannel,
    /// Digits without `+`, or a business-scoped user id of WhatsApp.
    pub(crate) to: String,
    /// Digits without `+`, or a name.
    pub(crate) from: &'a str,
    /// Comes back in every status of this message.
    pub(crate) client_ref: String,
    /// Where statuses of this message go, whatever the application or account has set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_url: Option<&'a str>,
    pub(crate) webhook_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ttl: Option<i64>,
    #[serde(flatten)]
    pub(crate) payload: Payload<'a>,
}

/// The channels as Vonage has them: attachments make an SMS another channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WireChannel {
    Sms,
    Mms,
    Whatsapp,
}

/// What the message holds, under the key that `message_type` names.
#[derive(Debug, Serialize)]
#[serde(tag = "message_type", rename_all = "snake_case")]
pub(crate) enum Payload<'a> {
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sms: Option<SmsOptions>,
    },
    Image {
        image: File<'a>,
    },
    Video {
        video: File<'a>,
    },
    Audio {
        audio: File<'a>,
    },
    Vcard {
        vcard: File<'a>,
    },
    File {
        file: File<'a>,
    },
    Sticker {
        sticker: File<'a>,
    },
    /// Several attachments, by MMS.
    Content {
        content: Vec<Item<'a>>,
    },
    Template {
        template: Template<'a>,
        whatsapp: TemplateOptions,
    },
    /// What Meta takes, in Meta's own words.
    Custom {
        custom: Value,
    },
}

/// How an SMS is encoded.
#[derive(Debug, Serialize)]
pub(crate) struct SmsOptions {
    pub(crate) encoding_type: &'static str,
}

/// A file that Vonage fetches.
#[derive(Debug, Serialize)]
pub(crate) struct File<'a> {
    pub(crate) url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// One of several attachments.
#[derive(Debug, Serialize)]
pub(crate) struct Item<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) file: File<'a>,
}

/// A call of a template that takes values in its body alone.
#[derive(Debug, Serialize)]
pub(crate) struct Template<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<&'a str>,
}

/// Which variant of the template.
#[derive(Debug, Serialize)]
pub(crate) struct TemplateOptions {
    pub(crate) policy: &'static str,
    pub(crate) locale: String,
}

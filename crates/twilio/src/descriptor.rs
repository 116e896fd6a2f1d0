use tidings_kernel::Channel;
use tidings_messaging::{
    ChannelAbility, ChannelPace, CredentialField, Descriptor, RichKind, Thanks,
};

/// What Twilio can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "twilio",
    title: "Twilio",
    credentials: &[
        ACCOUNT_SID,
        AUTH_TOKEN,
        API_KEY_SID,
        API_KEY_SECRET,
        MESSAGING_SERVICE_SID,
    ],
    channels: &[
        ChannelAbility {
            channel: Channel::Sms,
            carries_media: true,
            carries_templates: false,
            rich: &[],
            reports_reading: false,
            pace: ChannelPace::UNKNOWN,
        },
        ChannelAbility {
            channel: Channel::Whatsapp,
            carries_media: true,
            carries_templates: true,
            rich: RICH,
            reports_reading: true,
            pace: ChannelPace::UNKNOWN,
        },
    ],
    answers_stop: true,
    can_be_asked: true,
    // Twilio runs the body as a program, and takes an empty answer of another type for an error.
    thanks: Some(Thanks {
        content_type: "text/xml; charset=utf-8",
        body: "<Response/>",
    }),
};

/// The rich messages that Twilio carries; others need a Content made for each.
const RICH: &[RichKind] = &[RichKind::Location];

pub(crate) const ACCOUNT_SID: CredentialField = CredentialField {
    name: "account_sid",
    label: "Account SID",
    hint: "Console home, Account Info; AC and 32 hexadecimal digits",
    is_required: true,
    is_secret: false,
};

pub(crate) const AUTH_TOKEN: CredentialField = CredentialField {
    name: "auth_token",
    label: "Auth Token",
    hint: "Console home, Account Info; the primary token, since it signs callbacks",
    is_required: true,
    is_secret: true,
};

pub(crate) const API_KEY_SID: CredentialField = CredentialField {
    name: "api_key_sid",
    label: "API Key SID",
    hint: "Console, API keys & tokens; SK and 32 hexadecimal digits; sends with this key instead of the Auth Token",
    is_required: false,
    is_secret: false,
};

pub(crate) const API_KEY_SECRET: CredentialField = CredentialField {
    name: "api_key_secret",
    label: "API Key Secret",
    hint: "shown once when the API key is made",
    is_required: false,
    is_secret: true,
};

pub(crate) const MESSAGING_SERVICE_SID: CredentialField = CredentialField {
    name: "messaging_service_sid",
    label: "Messaging Service SID",
    hint: "Console, Messaging, Services; MG and 32 hexadecimal digits; senders that are numbers must be in its pool. Not needed for a sender that is itself a service",
    is_required: false,
    is_secret: false,
};

use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor};

/// What Vonage can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "vonage",
    title: "Vonage",
    credentials: &[
        API_KEY,
        API_SECRET,
        SIGNATURE_SECRET,
        APPLICATION_ID,
        PRIVATE_KEY,
        REPORTS,
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
            rich: &[],
            reports_reading: true,
            pace: ChannelPace::UNKNOWN,
        },
    ],
    // Nothing in a callback tells that Vonage has answered, and nothing documents that it does.
    answers_stop: false,
    can_be_asked: true,
    thanks: None,
};

pub(crate) const API_KEY: CredentialField = CredentialField {
    name: "api_key",
    label: "API key",
    hint: "Dashboard, API settings; eight letters and digits",
    is_required: true,
    is_secret: false,
};

pub(crate) const API_SECRET: CredentialField = CredentialField {
    name: "api_secret",
    label: "API secret",
    hint: "Dashboard, API settings; make one of its own for this installation, so that it can be revoked alone",
    is_required: true,
    is_secret: true,
};

pub(crate) const SIGNATURE_SECRET: CredentialField = CredentialField {
    name: "signature_secret",
    label: "Signature secret",
    hint: "Dashboard, API settings; it signs callbacks and is another than the API secret",
    is_required: true,
    is_secret: true,
};

pub(crate) const APPLICATION_ID: CredentialField = CredentialField {
    name: "application_id",
    label: "Application ID",
    hint: "Dashboard, Applications; 36 characters; needed for numbers that are linked to an application, and for WhatsApp",
    is_required: false,
    is_secret: false,
};

pub(crate) const PRIVATE_KEY: CredentialField = CredentialField {
    name: "private_key",
    label: "Private key",
    hint: "the whole file private.key of the application, from -----BEGIN PRIVATE KEY----- on",
    is_required: false,
    is_secret: true,
};

pub(crate) const REPORTS: CredentialField = CredentialField {
    name: "reports",
    label: "Use the Reports API",
    hint: "yes, to ask Vonage what became of messages without a receipt; each question costs money at Vonage; otherwise empty",
    is_required: false,
    is_secret: false,
};

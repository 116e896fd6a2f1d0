use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor, Thanks};

/// What MessageBird and Bird can do and what they need.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "messagebird",
    title: "MessageBird (Bird)",
    credentials: &[
        ACCESS_KEY,
        SIGNING_KEY,
        WORKSPACE_ID,
        SMS_CHANNEL_ID,
        WHATSAPP_CHANNEL_ID,
        INBOUND_FIELDS,
    ],
    channels: &[
        ChannelAbility {
            channel: Channel::Sms,
            // The platform refuses pictures by SMS for now, and nobody could tell its accounts from others.
            carries_media: false,
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
    answers_stop: false,
    can_be_asked: true,
    thanks: Some(Thanks {
        content_type: "text/plain; charset=utf-8",
        body: "OK",
    }),
};

pub(crate) const ACCESS_KEY: CredentialField = CredentialField {
    name: "access_key",
    label: "API key or access key",
    hint: "Bird's platform: API keys, bk_ and the region; a workspace at app.bird.com: Settings, Access \
           keys; MessageBird's dashboard: Developers, API access, a live key",
    is_required: true,
    is_secret: true,
};

pub(crate) const SIGNING_KEY: CredentialField = CredentialField {
    name: "signing_key",
    label: "Webhook secret or signing key",
    hint: "Bird's platform: the secret of the webhook, whsec_ and more; app.bird.com: the signingKey \
           that you chose for the webhook subscriptions; MessageBird's dashboard: Developers, API \
           settings, Signing key; without it every callback is refused",
    is_required: false,
    is_secret: true,
};

pub(crate) const WORKSPACE_ID: CredentialField = CredentialField {
    name: "workspace_id",
    label: "Workspace id",
    hint: "needed for a key of app.bird.com alone: the UUID of the workspace; with a bk_ key you may give \
           ws_ and more, and callbacks of other workspaces are refused",
    is_required: false,
    is_secret: false,
};

pub(crate) const SMS_CHANNEL_ID: CredentialField = CredentialField {
    name: "sms_channel_id",
    label: "SMS channel id",
    hint: "for a key of app.bird.com alone: Channels, your SMS channel; a UUID",
    is_required: false,
    is_secret: false,
};

pub(crate) const WHATSAPP_CHANNEL_ID: CredentialField = CredentialField {
    name: "whatsapp_channel_id",
    label: "WhatsApp channel id",
    hint: "for a key of app.bird.com alone: Channels, your WhatsApp channel; a UUID",
    is_required: false,
    is_secret: false,
};

pub(crate) const INBOUND_FIELDS: CredentialField = CredentialField {
    name: "inbound_fields",
    label: "Fields of inbound messages",
    hint: "for a key of MessageBird's dashboard alone, and only if your flow names its fields in its own \
           way: such as id=messageId,from=msisdn,to=vmn,text=content",
    is_required: false,
    is_secret: false,
};

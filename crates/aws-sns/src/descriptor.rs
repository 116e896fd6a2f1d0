use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor};

/// What AWS can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "aws_sns",
    title: "AWS SMS",
    credentials: &[
        ACCESS_KEY_ID,
        SECRET_ACCESS_KEY,
        SESSION_TOKEN,
        REGION,
        API,
        CONFIGURATION_SET,
        TOPIC_ARN,
    ],
    channels: &[ChannelAbility {
        channel: Channel::Sms,
        carries_media: true,
        carries_templates: false,
        rich: &[],
        reports_reading: false,
        // Numbers have so many parts a second by kind and country; AWS does not say which.
        pace: ChannelPace {
            counts_parts: true,
            ..ChannelPace::UNKNOWN
        },
    }],
    answers_stop: true,
    can_be_asked: false,
    thanks: None,
};

pub(crate) const ACCESS_KEY_ID: CredentialField = CredentialField {
    name: "access_key_id",
    label: "Access key ID",
    hint: "IAM console, Users, Security credentials; AKIA and 16 letters and digits",
    is_required: true,
    is_secret: false,
};

pub(crate) const SECRET_ACCESS_KEY: CredentialField = CredentialField {
    name: "secret_access_key",
    label: "Secret access key",
    hint: "shown once when the access key is made",
    is_required: true,
    is_secret: true,
};

pub(crate) const SESSION_TOKEN: CredentialField = CredentialField {
    name: "session_token",
    label: "Session token",
    hint: "only for temporary keys (ASIA…), which end after some hours",
    is_required: false,
    is_secret: true,
};

pub(crate) const REGION: CredentialField = CredentialField {
    name: "region",
    label: "Region",
    hint: "where the numbers are, such as us-east-1",
    is_required: true,
    is_secret: false,
};

pub(crate) const API: CredentialField = CredentialField {
    name: "api",
    label: "API",
    hint: "eum for AWS End User Messaging, which is meant when this is empty; sns for keys that may only publish with SNS, which has no receipts",
    is_required: false,
    is_secret: false,
};

pub(crate) const CONFIGURATION_SET: CredentialField = CredentialField {
    name: "configuration_set",
    label: "Configuration set",
    hint: "End User Messaging console, Configuration sets; its events are the receipts, so without it there are none",
    is_required: false,
    is_secret: false,
};

pub(crate) const TOPIC_ARN: CredentialField = CredentialField {
    name: "topic_arn",
    label: "Topic ARN",
    hint: "the SNS topic of events and replies, arn:aws:sns:…; several with commas between them; callbacks of other topics are refused",
    is_required: false,
    is_secret: false,
};

use crate::identity::{FROM_NAME, REPLY_TO};
use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor};

/// What SES can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "aws_ses",
    title: "Amazon SES",
    credentials: &[
        ACCESS_KEY_ID,
        SECRET_ACCESS_KEY,
        SESSION_TOKEN,
        REGION,
        CONFIGURATION_SET,
        TOPIC_ARN,
        TENANT_NAME,
        FROM_NAME,
        REPLY_TO,
    ],
    channels: &[ChannelAbility {
        channel: Channel::Email,
        carries_media: false,
        carries_templates: false,
        rich: &[],
        reports_reading: true,
        pace: ChannelPace::UNKNOWN,
    }],
    answers_stop: false,
    can_be_asked: true,
    thanks: None,
};

pub(super) const ACCESS_KEY_ID: CredentialField = CredentialField {
    name: "access_key_id",
    label: "Access key ID",
    hint: "IAM console, Users, Security credentials; AKIA and 16 letters and digits",
    is_required: true,
    is_secret: false,
};

pub(super) const SECRET_ACCESS_KEY: CredentialField = CredentialField {
    name: "secret_access_key",
    label: "Secret access key",
    hint: "shown once when the access key is made",
    is_required: true,
    is_secret: true,
};

pub(super) const SESSION_TOKEN: CredentialField = CredentialField {
    name: "session_token",
    label: "Session token",
    hint: "only for temporary keys (ASIA…), which end after some hours",
    is_required: false,
    is_secret: true,
};

pub(super) const REGION: CredentialField = CredentialField {
    name: "region",
    label: "Region",
    hint: "where the sending domain is verified, such as eu-west-1",
    is_required: true,
    is_secret: false,
};

pub(super) const CONFIGURATION_SET: CredentialField = CredentialField {
    name: "configuration_set",
    label: "Configuration set",
    hint: "SES console, Configuration sets; its events are the receipts, so without it there are none",
    is_required: false,
    is_secret: false,
};

pub(super) const TOPIC_ARN: CredentialField = CredentialField {
    name: "topic_arn",
    label: "Topic ARN",
    hint: "the SNS topic of the events, arn:aws:sns:…; several with commas between them; callbacks of other topics are refused",
    is_required: false,
    is_secret: false,
};

pub(super) const TENANT_NAME: CredentialField = CredentialField {
    name: "tenant_name",
    label: "SES tenant",
    hint: "only where one AWS account sends for several businesses, each a tenant of SES",
    is_required: false,
    is_secret: false,
};

use crate::identity::{FROM_NAME, REPLY_TO};
use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor};

/// What any SMTP server can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "smtp",
    title: "SMTP",
    credentials: &[
        HOST,
        PORT,
        SECURITY,
        USERNAME,
        PASSWORD,
        FROM_NAME,
        REPLY_TO,
        CA_CERTIFICATE,
    ],
    channels: &[ChannelAbility {
        channel: Channel::Email,
        carries_media: false,
        carries_templates: false,
        rich: &[],
        reports_reading: false,
        pace: ChannelPace::UNKNOWN,
    }],
    answers_stop: false,
    can_be_asked: false,
    thanks: None,
};

pub(super) const HOST: CredentialField = CredentialField {
    name: "host",
    label: "Server",
    hint: "the name of the outgoing mail server, such as smtp.example.com",
    is_required: true,
    is_secret: false,
};

pub(super) const PORT: CredentialField = CredentialField {
    name: "port",
    label: "Port",
    hint: "587 if left out; 465 where the server speaks TLS from the start",
    is_required: false,
    is_secret: false,
};

pub(super) const SECURITY: CredentialField = CredentialField {
    name: "security",
    label: "Encryption",
    hint: "tls or starttls; if left out, tls on the ports 465 and 2465, else starttls",
    is_required: false,
    is_secret: false,
};

pub(super) const USERNAME: CredentialField = CredentialField {
    name: "username",
    label: "User name",
    hint: "often the whole email address; leave out both only where the server knows us otherwise",
    is_required: false,
    is_secret: false,
};

pub(super) const PASSWORD: CredentialField = CredentialField {
    name: "password",
    label: "Password",
    hint: "a password for this program alone, where the server has such",
    is_required: false,
    is_secret: true,
};

pub(super) const CA_CERTIFICATE: CredentialField = CredentialField {
    name: "ca_certificate",
    label: "Own certificate authority",
    hint: "PEM; only for a server whose certificate no public authority has signed",
    is_required: false,
    is_secret: false,
};

use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor};

/// What ClickSend can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "clicksend",
    title: "ClickSend",
    credentials: &[USERNAME, API_KEY, USER_ID, SUBACCOUNT_ID],
    channels: &[ChannelAbility {
        channel: Channel::Sms,
        carries_media: true,
        carries_templates: false,
        rich: &[],
        reports_reading: false,
        pace: ChannelPace::UNKNOWN,
    }],
    // It keeps a list of those who replied STOP; that it answers them is documented nowhere.
    answers_stop: false,
    can_be_asked: true,
    thanks: None,
};

pub(crate) const USERNAME: CredentialField = CredentialField {
    name: "username",
    label: "API Username",
    hint: "Dashboard, API Credentials; of the account or, better, of a subaccount made for this",
    is_required: true,
    is_secret: false,
};

pub(crate) const API_KEY: CredentialField = CredentialField {
    name: "api_key",
    label: "API Key",
    hint: "Dashboard, API Credentials, beside the username; 36 characters in five groups",
    is_required: true,
    is_secret: true,
};

pub(crate) const USER_ID: CredentialField = CredentialField {
    name: "user_id",
    label: "User ID",
    hint: "a number that the connection test tells; callbacks that name another user are refused",
    is_required: false,
    is_secret: false,
};

pub(crate) const SUBACCOUNT_ID: CredentialField = CredentialField {
    name: "subaccount_id",
    label: "Subaccount ID",
    hint: "a number that the connection test tells; callbacks that name another subaccount are refused",
    is_required: false,
    is_secret: false,
};

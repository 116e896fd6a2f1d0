use tidings_kernel::Channel;
use tidings_messaging::{ChannelAbility, ChannelPace, CredentialField, Descriptor, RichKind};
use tidings_routing::Limit;

/// The provider's name in API and tables.
pub const NAME: &str = "whatsapp_cloud";

/// What the WhatsApp Cloud API can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: NAME,
    title: "WhatsApp Cloud API",
    credentials: &[
        ACCESS_TOKEN,
        APP_SECRET,
        VERIFY_TOKEN,
        PHONE_NUMBER_ID,
        WABA_ID,
    ],
    channels: &[ChannelAbility {
        channel: Channel::Whatsapp,
        carries_media: true,
        carries_templates: true,
        rich: RICH,
        reports_reading: true,
        // Reference, section 10: 80 a second for each number unless Meta raised it, and one in six seconds for each
        // pair, of which up to 45 may be borrowed.
        pace: ChannelPace {
            counts_parts: false,
            per_second: Some(80),
            pair: Some(Limit::Rate {
                most: 1,
                within: time::Duration::seconds(6),
                burst: 45,
            }),
        },
    }],
    answers_stop: false,
    can_be_asked: false,
    thanks: None,
};

/// The rich messages that the Cloud API carries: all.
const RICH: &[RichKind] = &[
    RichKind::Reply,
    RichKind::Buttons,
    RichKind::List,
    RichKind::Link,
    RichKind::Product,
    RichKind::ProductList,
    RichKind::Catalog,
    RichKind::LocationRequest,
    RichKind::Location,
    RichKind::Contacts,
    RichKind::Reaction,
];

pub(crate) const ACCESS_TOKEN: CredentialField = CredentialField {
    name: "access_token",
    label: "Access token",
    hint: "Business settings, System users: a token of the app below that does not expire, with the permissions whatsapp_business_messaging and whatsapp_business_management",
    is_required: true,
    is_secret: true,
};

pub(crate) const APP_SECRET: CredentialField = CredentialField {
    name: "app_secret",
    label: "App secret",
    hint: "App dashboard, App settings, Basic: 32 letters and digits",
    is_required: true,
    is_secret: true,
};

pub(crate) const VERIFY_TOKEN: CredentialField = CredentialField {
    name: "verify_token",
    label: "Verify token",
    hint: "A phrase of your choice; give the same one when you enter the callback address at Meta",
    is_required: true,
    is_secret: true,
};

pub(crate) const PHONE_NUMBER_ID: CredentialField = CredentialField {
    name: "phone_number_id",
    label: "Phone number ID",
    hint: "WhatsApp, API setup: digits, not the phone number itself",
    is_required: true,
    is_secret: false,
};

pub(crate) const WABA_ID: CredentialField = CredentialField {
    name: "waba_id",
    label: "WhatsApp Business Account ID",
    hint: "WhatsApp, API setup: digits",
    is_required: true,
    is_secret: false,
};
